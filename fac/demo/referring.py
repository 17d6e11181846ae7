"""Releases and referrals of a story: signed by whoever must, sent, answered, and left in any state there is.

Never: send what has no release; what awaits one waits.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

from fac.access.actor import Actor
from fac.casework.assistance import record_assistance
from fac.casework.consent import ReleaseTerms, Signed, give_release, revoke_release
from fac.casework.need import resolve_need
from fac.casework.partner_note import write_partner_note
from fac.casework.referral import (
    ReferralDraft,
    accept_referral,
    cancel_referral,
    complete_referral,
    create_referral,
    decline_referral,
    expire_referral,
    mark_referral_entered_in_error,
    mark_referral_not_engaged,
    receive_referral,
    schedule_referral,
    send_referral,
    start_referral,
    waitlist_referral,
)
from fac.casework.referral.expiring import EXPIRES_AFTER
from fac.demo import markers
from fac.demo.directory import Service
from fac.demo.story import OpenNeed, Story
from fac.demo.telling import Verb
from fac.demo.wording import PARTNER_NOTES, REASONS
from fac.domain.sensitivity import need_code, report_lines
from fac.domain.substance_use import NEEDS, ConsentTerms
from fac.domain.vocabulary import (
    DeclineReason,
    Discloser,
    InfoClass,
    NeedStatus,
    ReferralKind,
    ReferralOutcome,
    ReferralStatus,
    ReleaseForm,
    ReleasePurpose,
    ServiceCategory,
    SignatoryCapacity,
    SubstanceUseContent,
    Urgency,
)

_S = ReferralStatus
_Path: TypeAlias = tuple[ReferralStatus, tuple[str, ...]]
_ANSWERED = ("send", "receive", "accept")
# Where a referral is left, and the steps that lead there. One entry a turn; families take turns by their number.
PATHS: Final[tuple[_Path, ...]] = (
    (_S.completed, (*_ANSWERED, "complete")),
    (_S.completed, (*_ANSWERED, "schedule", "start", "complete")),
    (_S.sent, ("send",)),
    (_S.accepted, _ANSWERED),
    (_S.in_service, (*_ANSWERED, "schedule", "start")),
    (_S.declined, ("send", "receive", "decline")),
    (_S.scheduled, (*_ANSWERED, "schedule")),
    (_S.not_engaged, (*_ANSWERED, "schedule", "mark_not_engaged")),
    (_S.awaiting_release, ("send",)),
    (_S.waitlisted, (*_ANSWERED, "waitlist")),
    (_S.completed, (*_ANSWERED, "schedule", "start", "complete")),
    (_S.completed, (*_ANSWERED, "waitlist", "start", "complete")),
    (_S.received, ("send", "receive")),
    (_S.cancelled, ("send", "receive", "cancel")),
    (_S.accepted, _ANSWERED),
    (_S.expired, ("send", "expire")),
    (_S.draft, ()),
    (_S.in_service, (*_ANSWERED, "waitlist", "start")),
    (_S.entered_in_error, ("send", "mark_entered_in_error")),
    (_S.scheduled, (*_ANSWERED, "waitlist", "schedule")),
)
COMPLETED: Final = PATHS[1]
_CANCELLED = next(each for each in PATHS if each[0] is _S.cancelled)
_SILENCE = EXPIRES_AFTER + timedelta(days=6)  # from sending on: the longest deadline, and the month after it
_UNANSWERED = (_S.sent, _S.received)
_OPEN = (_S.draft, _S.awaiting_release, *_UNANSWERED, _S.accepted, _S.in_service, _S.scheduled, _S.waitlisted)
_GIVEN_BACK = (_S.declined, _S.not_engaged, _S.cancelled, _S.expired, _S.entered_in_error)
_MONEY = (ServiceCategory.compensation, ServiceCategory.financial)
_SPECIAL = {
    ServiceCategory.counseling: InfoClass.clinical, ServiceCategory.medical: InfoClass.clinical,
    ServiceCategory.legal: InfoClass.legal, ServiceCategory.justice: InfoClass.legal,
    ServiceCategory.compensation: InfoClass.financial, ServiceCategory.financial: InfoClass.financial,
}  # fmt: skip
CONSENT: Final = ConsentTerms(
    (Discloser.center_of_the_case, Discloser.recipient_program),
    (SubstanceUseContent.need_and_referral, SubstanceUseContent.attendance), revocation_explained=True,
)  # fmt: skip
_SAFETY_MARGIN = timedelta(days=45)
_VERBS: Final[dict[str, tuple[str, Verb]]] = {
    "send": ("sendReferral", send_referral),
    "receive": ("receiveReferral", receive_referral),
    "accept": ("acceptReferral", accept_referral),
    "decline": ("declineReferral", decline_referral),
    "waitlist": ("waitlistReferral", waitlist_referral),
    "schedule": ("scheduleReferral", schedule_referral),
    "start": ("startReferral", start_referral),
    "complete": ("completeReferral", complete_referral),
    "mark_not_engaged": ("markReferralNotEngaged", mark_referral_not_engaged),
    "cancel": ("cancelReferral", cancel_referral),
    "expire": ("expireReferral", expire_referral),
    "mark_entered_in_error": ("markReferralEnteredInError", mark_referral_entered_in_error),
}
_REQUESTER = ("send", "cancel", "mark_entered_in_error")


async def refer(story: Story, path: _Path) -> None:
    """Refer the family's first open need along ``path``."""
    end, steps = _possible(story, path)
    if not story.open_needs:
        return
    need = next((each for each in story.open_needs if each.code in NEEDS), story.open_needs[0])
    if end in _UNANSWERED:
        story.wait_till_lately(0.1, 9)
    service = _service(story, need)
    kind = _kind(story, end)
    named = kind is not ReferralKind.information_only  # who only asks for information stays unnamed
    refs = _for_whom(story, need) if named else ()
    purpose = _purpose(service)
    signed: list[UUID] = []
    consents = False
    if named and end not in (_S.awaiting_release, _S.draft):
        # Some consent to their center speaking of substance use, and others do not: then that need is not shown.
        consents = service.is_program or (need.code in NEEDS and story.number % 2 == 0)
        signed = await _sign(story, refs, service, purpose, consents=consents)
    referral_id = await _draft(story, need, refs, service, kind, purpose)
    for version, verb in enumerate(steps, 1):
        _wait_before(story, end, verb)
        operation, act = _VERBS[verb]
        given = _given(story, verb)
        await story.act(_who(story, service, verb), operation, act, referral_id, version=version, **given)
        if verb == "accept" and story.number % 3 == 0:
            await _write_down(story, service, referral_id)
    if named and (consents or need.code not in NEEDS):
        need.version += ("send" in steps and end is not _S.awaiting_release) + (end in _GIVEN_BACK)
    story.owes = story.owes or end in _OPEN
    if end is _S.completed:
        await _count(story, need, referral_id)
    if story.number % 7 == 6:
        # They would rather not have it known any longer: from here on the partner sees the preview only.
        await _revoke(story, signed)


async def _write_down(story: Story, service: Service, referral_id: UUID) -> None:
    """A partner's worker keeps a note of their organisation's own."""
    body = PARTNER_NOTES[story.number // 3 % len(PARTNER_NOTES)]
    await story.act(_who(story, service, "accept"), "writePartnerNote", write_partner_note, referral_id, body=body)


def _service(story: Story, need: OpenNeed) -> Service:
    """Return a service for the need whose partner is bound by an agreement as long as the referral may take."""
    bound = [
        each
        for each in story.directory.services
        if each.agreed_until is not None and each.agreed_until > (story.at + _SAFETY_MARGIN).date()
    ]
    domain = need_code(need.code).domain
    return story.chance.choice([each for each in bound if each.category is domain] or bound)


def _kind(story: Story, end: ReferralStatus) -> ReferralKind:
    if story.number == 0 or end is _S.awaiting_release:
        return ReferralKind.pii_transfer
    return story.chance.choices(list(ReferralKind), (2, 2, 6))[0]


def _for_whom(story: Story, need: OpenNeed) -> tuple[str, ...]:
    """Return who is referred: whoever has the need, and often somebody of the household with them."""
    others = [each for each in (*story.family.adults, *story.family.minors) if each != need.ref]
    if others and story.chance.random() < 0.3:
        return (need.ref, story.chance.choice(others))
    return (need.ref,)


def _purpose(service: Service) -> ReleasePurpose:
    return ReleasePurpose.benefits_application if service.category in _MONEY else ReleasePurpose.service_delivery


async def _sign(
    story: Story, refs: tuple[str, ...], service: Service, purpose: ReleasePurpose, *, consents: bool
) -> list[UUID]:
    """Give a release for each person; some end early, some are revoked and signed again for less."""
    soon_over = story.number % 7 == 2 and story.left > timedelta(days=80)
    expires_at = story.at + timedelta(days=60 if soon_over else story.chance.randint(180, 360))
    given = []
    for ref in refs:
        terms = _terms(story, ref, service, purpose, expires_at)
        if consents:
            terms = replace(terms, classes=(*terms.classes, InfoClass.substance_use), substance_use=CONSENT)
        person_id = story.persons[ref]
        release_id = await story.act(story.keeper, "giveRelease", give_release, person_id, terms=terms)
        if story.number % 7 == 4 and not consents:
            await _revoke(story, [release_id])
            narrow = _terms(story, ref, service, purpose, expires_at, narrow=True)
            release_id = await story.act(story.keeper, "giveRelease", give_release, person_id, terms=narrow)
        given.append(release_id)
    return given


async def _revoke(story: Story, release_ids: list[UUID]) -> None:
    for each in release_ids:
        story.wait(0.1, 0.5)
        await story.act(story.keeper, "revokeRelease", revoke_release, each, version=1)


def _terms(  # what a release names, in the order of the form
    story: Story, ref: str, service: Service, purpose: ReleasePurpose, expires_at: datetime, *, narrow: bool = False
) -> ReleaseTerms:
    classes = [InfoClass.identity, InfoClass.contact]
    if not narrow:
        classes.append(InfoClass.narrative)
        if service.category in _SPECIAL:
            classes.append(_SPECIAL[service.category])
    signed = [Signed(story.persons[ref], SignatoryCapacity.self, story.today)]
    if ref in story.family.minors:
        signed.append(Signed(story.persons[story.family.guardian], SignatoryCapacity.guardian, story.today))
    return ReleaseTerms(
        service.organization_id, purpose, tuple(classes), story.chance.choice(tuple(ReleaseForm)),
        "es" if story.family.spanish else "en", risks_explained=True, expires_at=expires_at, signed=tuple(signed),
    )  # fmt: skip


async def _draft(  # what a referral names, in the order of the form
    story: Story, need: OpenNeed, refs: tuple[str, ...], service: Service, kind: ReferralKind, purpose: ReleasePurpose
) -> UUID:
    reason = None if kind is ReferralKind.information_only else story.words(REASONS)
    if need.code in NEEDS and not service.is_program:
        reason = None  # its words would reach who is not shown the need
    urgency = story.chance.choices(list(Urgency), (1, 4, 15))[0]
    draft = ReferralDraft(
        service_id=service.id, kind=kind, urgency=urgency, purpose=purpose, need_ids=(need.id,) if refs else (),
        person_ids=tuple(story.persons[ref] for ref in refs),
        reason=markers.REFERRAL_REASON if story.number == 0 else reason,
    )  # fmt: skip
    return await story.act(story.keeper, "createReferral", create_referral, story.case_id, draft=draft)


def _possible(story: Story, path: _Path) -> _Path:
    """Return the path, or another where the present is too near for somebody to have been silent for so long."""
    return _CANCELLED if path[0] is _S.expired and story.left < _SILENCE * 1.2 else path


def _wait_before(story: Story, end: ReferralStatus, verb: str) -> None:
    if verb == "expire":
        story.at += _SILENCE
    elif not (end in _UNANSWERED and verb == "receive"):
        story.wait(0.2, 4)


def _who(story: Story, service: Service, verb: str) -> Actor:
    if verb == "expire":
        return story.directory.system_worker
    return story.keeper if verb in _REQUESTER else story.directory.partner(service.organization_id)


def _given(story: Story, verb: str) -> dict[str, Any]:
    match verb:
        case "decline":
            return {"reason": story.chance.choice(tuple(DeclineReason))}
        case "schedule":
            return {"at": story.at + timedelta(days=story.chance.randint(1, 20))}
        case "complete":
            return {"outcome": ReferralOutcome.service_completed}
    return {}


async def _count(story: Story, need: OpenNeed, referral_id: UUID) -> None:
    """What was delivered is counted, and the need is met."""
    line = need_code(need.code).default_report_line
    line = line if line in report_lines() else "B4"
    await story.act(
        story.keeper,
        "recordAssistance",
        record_assistance,
        story.persons[need.ref],
        line_code=line,
        occurrences=story.chance.randint(1, 8),
        delivered_on=story.today,
        award_id=story.directory.awards[0],
        referral_id=referral_id,
    )
    await story.act(
        story.keeper,
        "resolveNeed",
        resolve_need,
        need.id,
        version=need.version,
        status=NeedStatus.met,
    )
    story.open_needs.remove(need)
