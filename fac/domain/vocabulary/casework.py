"""Words of the work: cases, needs, releases, referrals, handoffs, follow-ups, notes.

Sources: FHIR Task for referrals, 28 CFR 94.115 for releases.
Never: hold a rule.
"""

from enum import StrEnum, auto


class CaseStatus(StrEnum):
    """Life of a case; never closed by a timer, reopening always possible."""

    open = auto()
    paused = auto()
    closed = auto()


class CloseReason(StrEnum):
    """Why a case was closed."""

    client_choice = auto()
    goals_met = auto()
    unable_to_contact = auto()


class Horizon(StrEnum):
    """When a need must be met: within 72 hours, three months, or as long as it takes."""

    immediate = auto()
    short_term = auto()
    ongoing = auto()


class NeedStatus(StrEnum):
    """Life of a need."""

    identified = auto()
    in_progress = auto()
    referred = auto()
    met = auto()
    partially_met = auto()
    unmet_no_capacity = auto()
    unmet_ineligible = auto()
    client_declined = auto()
    no_longer_needed = auto()


class Urgency(StrEnum):
    """How soon a referral must be answered."""

    emergency = auto()  # 4 hours
    urgent = auto()  # 24 hours
    routine = auto()  # 5 days


class ReferralKind(StrEnum):
    """How much travels: nothing personal, an introduction with the person present, or the person's data."""

    information_only = auto()
    warm = auto()
    pii_transfer = auto()


class ReferralStatus(StrEnum):
    """Life of a referral; each maps to a FHIR Task status."""

    draft = auto()
    awaiting_release = auto()
    sent = auto()
    received = auto()
    accepted = auto()
    declined = auto()
    waitlisted = auto()
    scheduled = auto()
    in_service = auto()
    completed = auto()
    not_engaged = auto()
    cancelled = auto()
    expired = auto()
    entered_in_error = auto()


class DeclineReason(StrEnum):
    """Why a partner declined."""

    no_capacity = auto()
    out_of_scope = auto()
    ineligible = auto()
    conflict_of_interest = auto()
    language = auto()
    client_unreachable = auto()
    client_declined = auto()
    other = auto()


class ReferralOutcome(StrEnum):
    """What came of a completed referral."""

    service_completed = auto()
    ongoing = auto()
    no_show = auto()
    could_not_contact = auto()
    client_withdrew = auto()
    referred_onward = auto()


class ReleasePurpose(StrEnum):
    """What a release of information is for."""

    service_delivery = auto()
    care_coordination = auto()
    benefits_application = auto()
    handoff = auto()


class ReleaseForm(StrEnum):
    """The form of communication that a release allows."""

    electronic = auto()
    verbal = auto()
    written = auto()
    any = auto()


class Discloser(StrEnum):
    """Who may disclose under a consent to substance-use information (42 CFR 2.31(a)(2)), as a class of persons."""

    center_of_the_case = auto()  # whichever center carries the case
    recipient_program = auto()  # the recipient, back to that center


class SubstanceUseContent(StrEnum):
    """What of substance use a consent covers (42 CFR 2.31(a)(3)), in words that a form can name."""

    need_and_referral = auto()
    attendance = auto()
    assessment = auto()
    treatment_summary = auto()


class SignatoryCapacity(StrEnum):
    """In what capacity somebody signed a release."""

    self = auto()
    guardian = auto()
    minor_may_consent = auto()
    court_appointed_guardian = auto()


class HandoffStatus(StrEnum):
    """Life of a handoff between centers."""

    proposed = auto()
    accepted = auto()
    declined = auto()
    withdrawn = auto()
    expired = auto()


class HandoffDeclineReason(StrEnum):
    """Why a center declined a handoff."""

    no_capacity = auto()
    out_of_area = auto()
    family_prefers_other = auto()
    incomplete = auto()
    other = auto()


class FollowUpReason(StrEnum):
    """Why a human must come back to the family."""

    wellbeing_check = auto()
    referral_outcome = auto()
    referral_overdue = auto()
    glass_broken = auto()
    document_needed = auto()
    anniversary = auto()
    court_event = auto()
    deadline = auto()
    handoff = auto()


class FollowUpStatus(StrEnum):
    """Life of a follow-up."""

    due = auto()
    done = auto()
    cancelled = auto()


class ContactOutcome(StrEnum):
    """What came of an attempt to reach the family."""

    reached = auto()
    left_safe_message = auto()
    no_answer = auto()
    wrong_number = auto()
    declined_now = auto()
    requested_no_contact = auto()
    in_person = auto()


class NoteKind(StrEnum):
    """What a note is; privileged kinds are not for partners nor for supervisors.

    ``substance_use_counseling``: what was said in such counselling, kept apart from the rest (42 CFR 2.11).
    """

    casework = auto()
    clinical = auto()
    safety = auto()
    clergy_privileged = auto()
    counsel_privileged = auto()
    substance_use_counseling = auto()
