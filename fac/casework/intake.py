"""Records a family's intake: persons, household, case, needs, contact safety, languages, relationships, releases.

One form, one transaction: the whole family is there or none of it. Who may already be known is told, never merged.
Never: make anything depend on a release, a police report or immigration status (domain invariant 4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from fac.casework.duplicate import find_duplicates
from fac.casework.indexing import post
from fac.casework.intake_form import IntakeForm, PersonForm, problems_of
from fac.casework.intake_release import record_releases
from fac.casework.need import insert_need
from fac.casework.person_record import contact_of, facts_of, identity_of, person_row, seal_bundles
from fac.casework.responder import own_agency
from fac.casework.suspicion import tell_suspicions
from fac.casework.work import Result, Work
from fac.db.case import case_assignments, cases, intakes
from fac.db.incident import centers
from fac.db.key_row import insert_data_key
from fac.db.person import households, involvements, persons, relationships
from fac.db.statement import Statement, insert_into
from fac.domain.identity import IdentityFacts
from fac.domain.ids import new_case_number, new_id
from fac.domain.vocabulary import CaseStatus, InfoClass, InvolvementRole, NeedStatus
from fac.errors import InvalidInput, NotPermitted

_SEALED = InfoClass.identity.bit | InfoClass.contact.bit
_find_center = Statement(
    select(centers.c.organization_id, centers.c.closed_at).where(
        centers.c.incident_id == bindparam("incident_id"), centers.c.id == bindparam("id")
    )
)
_insert_case = insert_into(cases)
_insert_assignment = insert_into(case_assignments)
_insert_household = insert_into(households)
_insert_person = insert_into(persons)
_insert_involvement = insert_into(involvements)
_insert_relationship = insert_into(relationships)
_insert_intake = insert_into(intakes)


@dataclass(frozen=True, slots=True)
class Family:
    """The form with the ids its rows will have."""

    form: IntakeForm
    case_id: UUID
    ids: Mapping[str, UUID]  # ref -> person
    households: Mapping[str, UUID]
    are_households_known: bool = False

    @property
    def persons(self) -> list[tuple[UUID, PersonForm]]:
        """The ids and the forms of the persons."""
        return [(self.ids[person.ref], person) for person in self.form.persons]


async def record_intake(work: Work, form: IntakeForm) -> Result:
    """Record the family and open its case, the acting worker being accountable for it.

    Raises InvalidInput with every problem of the form, NotPermitted away from the actor's own open center.
    """
    custodian_id = await _custodian(work)
    problems = problems_of(form, work.now.date())
    problems.extend(own_agency(form.persons, {custodian_id, work.actor.organization_id or custodian_id}))
    if problems:
        raise InvalidInput(*problems)
    family = Family(
        form,
        new_id(),
        {person.ref: new_id() for person in form.persons},
        {name: new_id() for name in dict.fromkeys(person.household for person in form.persons)},
    )
    facts = {id: facts_of(identity_of(person), contact_of(person)) for id, person in family.persons}
    # Looked for before the family itself is in the index; the form is always recorded, known or not.
    suspicions = await find_duplicates(work, custodian_id, facts)
    case_number = await _open_case(work, family)
    await record_persons(work, family, custodian_id, facts)
    await record_needs(work, family)
    await _record_ties(work, family)
    told = await tell_suspicions(work, suspicions)
    work.tell("intake.recorded", "intake", family.case_id, subjects=tuple(family.ids.values()), classes=_SEALED)
    await record_releases(work, family.case_id, form, family.ids)
    return {
        "case": str(family.case_id),
        "case_number": case_number,
        # In the order of the form: its own refs may be names, and a stored result holds nothing personal.
        "persons": [str(id) for id in family.ids.values()],
        "suspicions": told,
    }


async def _custodian(work: Work) -> UUID:
    """Return the organisation that runs the actor's center: whose index the family goes into."""
    center_id = work.actor.center_id
    if center_id is None:
        raise NotPermitted("needs_center")
    work.demand("record", "intake", held=("my_incident", "my_center"))
    center = await _find_center.first(work.connection, incident_id=work.incident_id, id=center_id)
    if center is None or center["closed_at"] is not None:
        raise NotPermitted("center_closed")
    custodian: UUID = center["organization_id"]
    return custodian


async def _open_case(work: Work, family: Family) -> str:
    own = {"incident_id": work.incident_id}
    hat, center_id, case_number = work.actor.membership_id, work.actor.center_id, new_case_number()
    await _insert_case.run(
        work.connection, **own, id=family.case_id, case_number=case_number, status=CaseStatus.open, center_id=center_id,
        responsible_id=hat, opened_at=work.now, closed_at=None, close_reason=None, version=1,
    )  # fmt: skip
    await _insert_assignment.run(
        work.connection, **own, id=new_id(), case_id=family.case_id, membership_id=hat, center_id=center_id,
        handoff_id=None, started_at=work.now, ended_at=None,
    )  # fmt: skip
    await _insert_intake.run(
        work.connection, **own, id=new_id(), case_id=family.case_id, center_id=center_id, recorded_by=hat,
        language=family.form.language, recorded_at=work.now, import_digest=family.form.import_digest,
    )  # fmt: skip
    return case_number


async def record_persons(work: Work, family: Family, custodian_id: UUID, facts: Mapping[UUID, IdentityFacts]) -> None:
    """Write the persons with their keys, households, involvements and blind postings."""
    tools, incident_id = work.tools, work.incident_id
    keys: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    roles: list[dict[str, Any]] = []
    for person_id, person in family.persons:
        own_keys = {
            info: tools.disclosure.new_key(incident_id, person_id, info)
            for info in (InfoClass.identity, InfoClass.contact)
        }
        keys.extend(own_keys.values())
        sealed = seal_bundles(tools, person_id, own_keys, identity_of(person), contact_of(person))
        rows.append(
            {
                "incident_id": incident_id, "id": person_id, "case_id": family.case_id,
                "household_id": family.households[person.household], "created_at": work.now,
                "erased_at": None, "version": 1,
            }
            | sealed
            | person_row(person, on=work.now.date())
        )  # fmt: skip
        roles.extend(_involvements(work, family.case_id, person_id, person))
    homes = [
        {"incident_id": incident_id, "id": id, "case_id": family.case_id, "created_at": work.now}
        for id in family.households.values()
        if not family.are_households_known
    ]
    for statement, many in (
        (insert_data_key, keys),
        (_insert_household, homes),
        (_insert_person, rows),
        (_insert_involvement, roles),
    ):
        await statement.run_many(work.connection, many)
    await post(work, custodian_id, facts)


def _involvements(work: Work, case_id: UUID, person_id: UUID, person: PersonForm) -> Sequence[dict[str, Any]]:
    return [
        {
            "incident_id": work.incident_id,
            "id": new_id(),
            "person_id": person_id,
            "case_id": case_id,
            "role": role,
            "agency_organization_id": person.agency_organization_id
            if role is InvolvementRole.first_responder
            else None,
        }
        for role in dict.fromkeys(person.involvements)
    ]


async def record_needs(work: Work, family: Family) -> None:
    """Write the needs that the persons of the form told of."""
    disclosure, rows, keys = work.tools.disclosure, [], []
    for person_id, person in family.persons:
        key = None
        for need in person.needs:
            need_id, sealed = new_id(), None
            if need.detail and need.detail.strip():
                if key is None:
                    key = disclosure.new_key(work.incident_id, person_id, InfoClass.narrative)
                    keys.append(key)
                values = {"text": need.detail}
                sealed = disclosure.seal(key, table="needs", row_id=need_id, info=InfoClass.narrative, values=values)
            rows.append(
                {
                    "incident_id": work.incident_id, "id": need_id, "case_id": family.case_id, "person_id": person_id,
                    "code": need.code, "horizon": need.horizon, "status": NeedStatus.identified, "detail": sealed,
                    "opened_at": work.now, "ended_at": None, "version": 1,
                }
            )  # fmt: skip
    if keys:
        await insert_data_key.run_many(work.connection, keys)
    if rows:
        await insert_need.run_many(work.connection, rows)


async def _record_ties(work: Work, family: Family) -> None:
    rows = [
        {
            "incident_id": work.incident_id, "id": new_id(), "person_id": family.ids[each.person_ref],
            "other_person_id": family.ids[each.other_ref], "kin": each.kin,
            "is_legal_next_of_kin": each.is_legal_next_of_kin, "next_of_kin_evidence": each.next_of_kin_evidence,
            "has_consent_authority": each.has_consent_authority, "is_pickup_authorized": each.is_pickup_authorized,
            "is_restricted": each.is_restricted, "is_emergency_contact": each.is_emergency_contact,
        }
        for each in family.form.relationships
    ]  # fmt: skip
    if rows:
        await _insert_relationship.run_many(work.connection, rows)
