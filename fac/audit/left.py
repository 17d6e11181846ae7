"""Which audit event each change must leave: the operation's word, and the event's.

Held where the change is about to be committed (fac.casework.work), so that a change without its event does not happen;
tests/architecture holds the table against the schema, so that a new mutation is refused until it has its line.
Never: name an event that fac.audit.events does not list.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from fac.audit.ledger import Entry

LEFT_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "acceptHandoff": ("handoff.accepted",),
    "acceptReferral": ("referral.accepted",),
    "addNeed": ("need.added",),
    "addOrganization": ("organization.added",),
    "addOrganizationContact": ("organization_contact.added",),
    "addPerson": ("person.added",),
    "addRelationship": ("relationship.added",),
    "approveErasure": ("erasure.carried_out",),
    "assignCase": ("case.assigned",),
    "attemptFollowUp": ("follow_up.attempted",),
    "beginReunification": ("reunification.begun",),
    "breakGlass": ("glass_break.broken",),
    "cancelFollowUp": ("follow_up.cancelled",),
    "cancelReferral": ("referral.cancelled",),
    "changeService": ("service.changed",),
    "closeCase": ("case.closed",),
    "closeCenter": ("center.closed",),
    "completeFollowUp": ("follow_up.completed",),
    "completeReferral": ("referral.completed",),
    "concludeReview": ("review.concluded",),
    "confirmIdentification": ("identification.confirmed",),
    "confirmReunification": ("reunification.confirmed",),
    "createReferral": ("referral.created",),
    "declineHandoff": ("handoff.declined",),
    "declineReferral": ("referral.declined",),
    "dismissDuplicate": ("duplicate.dismissed",),
    "endAgreement": ("agreement.ended",),
    "endMembership": ("membership.ended",),
    "endVetting": ("membership.vetting_ended",),
    "enrollSecondFactor": ("second_factor.enrolled",),
    "generateReport": ("report.generated",),
    "giveRelease": ("release.given",),
    "givePortalAccess": ("portal_access.given",),
    "grantMembership": ("membership.granted",),
    "joinIdentification": ("identification.joined",),
    "liftConflictWall": ("conflict_wall.lifted",),
    "liftLegalHold": ("legal_hold.lifted",),
    "locatePersonOfConcern": ("person_of_concern.located",),
    "markAssistanceEnteredInError": ("assistance.entered_in_error",),
    "markReferralEnteredInError": ("referral.entered_in_error",),
    "markReferralNotEngaged": ("referral.not_engaged",),
    "mergePersons": ("duplicate.merged",),
    "offerService": ("service.offered",),
    "openCenter": ("center.opened",),
    "openIdentification": ("identification.opened",),
    "pauseCase": ("case.paused",),
    "placeLegalHold": ("legal_hold.placed",),
    "planFollowUp": ("follow_up.planned",),
    "proposeErasure": ("erasure.proposed",),
    "proposeHandoff": ("handoff.proposed",),
    "publishReport": ("report.published",),
    "raiseConflictWall": ("conflict_wall.raised",),
    "receiveReferral": ("referral.received",),
    "recordAgreement": ("agreement.recorded",),
    "recordAnonymousContacts": ("anonymous_contact.recorded",),
    "recordAssistance": ("assistance.recorded",),
    "recordAward": ("award.recorded",),
    "recordDeathNotification": ("death_notification.recorded",),
    "recordIntake": ("intake.recorded",),
    "reopenCase": ("case.reopened",),
    "reopenPersonOfConcern": ("person_of_concern.reopened",),
    "reportPersonOfConcern": ("person_of_concern.reported",),
    "resetSecondFactor": ("second_factor.reset",),
    "resolveNeed": ("need.resolved",),
    "resumeCase": ("case.resumed",),
    "revokeRelease": ("release.revoked",),
    "scheduleReferral": ("referral.scheduled",),
    "sendReferral": ("referral.sent", "referral.awaiting_release"),
    "startReferral": ("referral.started",),
    "stepUp": ("second_factor.proved", "second_factor.refused"),
    "unmergePersons": ("duplicate.unmerged",),
    "updatePerson": ("person.updated",),
    "vetMembership": ("membership.vetted",),
    "waitlistReferral": ("referral.waitlisted",),
    "withdrawErasure": ("erasure.withdrawn",),
    "withdrawHandoff": ("handoff.withdrawn",),
    "withdrawIdentification": ("identification.withdrawn",),
    "withdrawPortalAccess": ("portal_access.withdrawn",),
    "withdrawPersonOfConcern": ("person_of_concern.withdrawn",),
    "writeNote": ("note.written",),
}


def leaves_its_event(operation: str, entries: Iterable[Entry]) -> bool:
    """Tell whether one of ``entries`` is the event that the operation must leave; no mutation, no such event."""
    return operation not in LEFT_BY or not {each.event for each in entries}.isdisjoint(LEFT_BY[operation])
