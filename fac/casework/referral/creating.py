"""A referral is drafted: to a service, for persons and needs of one case.

Never: reach into another case, or refuse a second referral to the same service: families do need one.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from fac.casework.conflict_wall import refuse_walled_organization
from fac.casework.loading import Loaded, load
from fac.casework.referral.basis import is_program
from fac.casework.referral.stepping import keep_step
from fac.casework.responder import refuse_own_agency
from fac.casework.subject_key import seal_text
from fac.casework.work import Result, Work
from fac.db.need import needs
from fac.db.organization import services
from fac.db.person import persons
from fac.db.referral import SHOWN_TO_NOBODY, referral_needs, referral_persons, referrals
from fac.db.statement import Statement, insert_into
from fac.domain.ids import new_id
from fac.domain.substance_use import NEEDS
from fac.domain.vocabulary import (
    CaseStatus,
    InfoClass,
    NeedStatus,
    ReferralKind,
    ReferralStatus,
    ReleasePurpose,
    Urgency,
)
from fac.domain.workflow import CASE, NEED, step
from fac.errors import FieldProblem, InvalidInput, InvalidTransition, NotFound

MOST_NAMED = 50
MOST_REASON = 4_000

insert_referral = insert_into(referrals)
insert_referral_person = insert_into(referral_persons)
insert_referral_need = insert_into(referral_needs)
_find_service = Statement(
    select(services.c.organization_id).where(
        services.c.incident_id == bindparam("incident_id"), services.c.id == bindparam("id")
    )
)
_ids = bindparam("ids", type_=ARRAY(Uuid))
_find_persons = Statement(
    select(persons.c.id).where(
        persons.c.incident_id == bindparam("incident_id"),
        persons.c.case_id == bindparam("case_id"),
        persons.c.id == any_(_ids),
    )
)
_find_needs = Statement(
    select(needs.c.id, needs.c.person_id, needs.c.code, needs.c.status).where(
        needs.c.incident_id == bindparam("incident_id"),
        needs.c.case_id == bindparam("case_id"),
        needs.c.id == any_(_ids),
    )
)


@dataclass(frozen=True, slots=True)
class ReferralDraft:
    """What is asked, of which service, for whom; ``reason`` is sealed as the case's narrative."""

    service_id: UUID
    kind: ReferralKind
    urgency: Urgency
    purpose: ReleasePurpose
    person_ids: tuple[UUID, ...]
    need_ids: tuple[UUID, ...] = ()
    reason: str | None = None

    def __repr__(self) -> str:
        return f"<ReferralDraft {self.kind}>"


async def create_referral(work: Work, case_id: UUID, *, draft: ReferralDraft) -> Result:
    """Draft a referral; raises NotFound for a service, person or need that is not this case's to name."""
    case = await load(work, "case", case_id, action="read", then=("create", "referral"))
    work.demand("create", "referral", held=case.held)
    if case["status"] == CaseStatus.closed:
        raise InvalidTransition(state=case["status"], verb="create_referral", possible=CASE.possible(CaseStatus.closed))
    _refuse_malformed(draft)
    work.demand("read", "service", held=("my_incident",))
    organization_id = await _find_service.value(work.connection, incident_id=work.incident_id, id=draft.service_id)
    if organization_id is None:
        raise NotFound
    await refuse_own_agency(work, case_id, organization_id, path="serviceId")
    await refuse_walled_organization(work, case_id, organization_id, path="serviceId")
    names_it = await _refuse_foreign(work, case, draft, organization_id)
    referral_id = await _insert(work, case_id, draft, organization_id, names_substance_use=names_it)
    await keep_step(work, case_id, referral_id, "create", None, ReferralStatus.draft)
    work.tell(
        "referral.created", "referral", referral_id, subjects=draft.person_ids, organization_id=organization_id,
        classes=InfoClass.narrative.bit if (draft.reason or "").strip() else 0, kind=draft.kind,
    )  # fmt: skip
    return {"referral": str(referral_id)}


def _refuse_malformed(draft: ReferralDraft) -> None:
    found = []
    if draft.kind is ReferralKind.information_only and (draft.reason or "").strip():
        found.append(FieldProblem("reason", "not_for_information_only", "Nothing personal goes with information."))
    if draft.kind is not ReferralKind.information_only and not draft.person_ids:
        found.append(FieldProblem("personIds", "required", "Say for whom the referral is."))
    if len(draft.reason or "") > MOST_REASON:
        found.append(FieldProblem("reason", "too_long", f"{MOST_REASON} characters at most."))
    for path, ids in (("personIds", draft.person_ids), ("needIds", draft.need_ids)):
        if len(ids) > MOST_NAMED:
            found.append(FieldProblem(path, "too_many", f"{MOST_NAMED} at most."))
        if len(set(ids)) < len(ids):
            found.append(FieldProblem(path, "repeated", "Name each once."))
    if found:
        raise InvalidInput(*found)


async def _refuse_foreign(work: Work, case: Loaded, draft: ReferralDraft, organization_id: UUID) -> bool:
    """Tell whether a need of substance use is named.

    Raises NotFound for persons or needs of another case, InvalidInput for a need of nobody named, and for words that
    would reach who is not shown the need.
    """
    within = {"incident_id": work.incident_id, "case_id": case["id"]}
    known = await _find_persons.all(work.connection, **within, ids=list(draft.person_ids))
    carried = await _find_needs.all(work.connection, **within, ids=list(draft.need_ids))
    if len(known) != len(draft.person_ids) or len(carried) != len(draft.need_ids):
        raise NotFound
    whose = {each["id"]: each["person_id"] for each in carried}
    problems = [
        FieldProblem(f"needIds.{place}", "person_not_named", "Name the person who has this need, too.")
        for place, need_id in enumerate(draft.need_ids)
        if whose[need_id] not in draft.person_ids
    ]
    if problems:
        raise InvalidInput(*problems)
    # The words of a referral reach whoever works on it; hidden from some, they would tell that there is something.
    names_it = any(each["code"] in NEEDS for each in carried)
    if names_it and (draft.reason or "").strip() and not await is_program(work, organization_id):
        raise InvalidInput.at(
            "reason", "names_substance_use", "Write it into the need; a referral that names such a need has no words."
        )
    for each in carried:
        step(NEED, NeedStatus(each["status"]), "refer")
    return names_it


async def _insert(
    work: Work, case_id: UUID, draft: ReferralDraft, organization_id: UUID, *, names_substance_use: bool
) -> UUID:
    id, own = new_id(), {"incident_id": work.incident_id}
    sealed = await seal_text(
        work, draft.reason, table="referrals", row_id=id, subject_id=case_id, info=InfoClass.narrative
    )
    await insert_referral.run(
        work.connection,
        **own, id=id, case_id=case_id, kind=draft.kind, status=ReferralStatus.draft, urgency=draft.urgency,
        purpose=draft.purpose, service_id=draft.service_id, organization_id=organization_id,
        created_by=work.actor.membership_id, created_at=work.now, sent_at=None, due_at=None, received_at=None,
        accepted_at=None, accepted_by=None, scheduled_at=None, ended_at=None, escalated_at=None, decline_reason=None,
        outcome=None, reason=sealed, names_substance_use=names_substance_use, version=1,
    )  # fmt: skip
    for statement, column, ids in (
        (insert_referral_person, "person_id", draft.person_ids),
        (insert_referral_need, "need_id", draft.need_ids),
    ):
        if ids:
            named = own | {"referral_id": id, "shown_to": SHOWN_TO_NOBODY}
            rows = [named | {"id": new_id(), column: each} for each in ids]
            await statement.run_many(work.connection, rows)
    return id
