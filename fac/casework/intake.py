"""Records a family's intake: persons, household, case, needs, contact safety, languages, relationships, releases.

One form, one transaction: the whole family is there or none of it. Who may already be known is told, never merged.
Never: make anything depend on a release, a police report or immigration status (domain invariant 4).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Table, bindparam, select

from fac.casework.duplicate import find_duplicates
from fac.casework.indexing import postings_of
from fac.casework.intake_form import IntakeForm, PersonForm, problems_of
from fac.casework.intake_release import record_releases
from fac.casework.person_record import contact_of, facts_of, identity_of, person_row, seal_bundles
from fac.casework.responder import own_agency
from fac.casework.suspicion import tell_suspicions
from fac.casework.work import Result, Work
from fac.db.case import case_assignments, cases, intakes
from fac.db.duplicate import match_postings
from fac.db.incident import centers
from fac.db.keys import data_keys
from fac.db.need import needs
from fac.db.person import households, involvements, persons, relationships
from fac.db.statement import Statement
from fac.db.together import Together
from fac.domain.identity import Told, profile
from fac.domain.ids import new_case_number, new_id
from fac.domain.sensitivity import need_code
from fac.domain.vocabulary import CaseStatus, InfoClass, InvolvementRole, NeedStatus
from fac.errors import InvalidInput, NotPermitted

_SEALED = InfoClass.identity.bit | InfoClass.contact.bit
_find_center = Statement(
    select(centers.c.organization_id, centers.c.closed_at).where(
        centers.c.incident_id == bindparam("incident_id"), centers.c.id == bindparam("id")
    )
)
_OF_PERSONS = (data_keys, households, persons, involvements, needs, match_postings)
_insert_persons = Together(*_OF_PERSONS)
_insert_all = Together(cases, case_assignments, intakes, *_OF_PERSONS, relationships)


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
    # Normalised once: by it each is looked for, compared and posted.
    facts = {id: profile(facts_of(identity_of(person), contact_of(person))) for id, person in family.persons}
    # Looked for before the family itself is in the index; the form is always recorded, known or not.
    suspicions = await find_duplicates(work, custodian_id, facts)
    case_number, opened = _opened_case(work, family)
    await _insert_all.run(
        work.connection, opened | rows_of(work, family, custodian_id, facts) | {relationships: _ties(work, family)}
    )
    told = await tell_suspicions(work, suspicions)
    work.tell(
        "intake.recorded", "intake", family.case_id, subjects=tuple(family.ids.values()),
        classes=sealed_classes(form.persons),
    )  # fmt: skip
    await record_releases(work, family.case_id, form, family.ids)
    return {
        "case": str(family.case_id),
        "case_number": case_number,
        # In the order of the form: its own refs may be names, and a stored result holds nothing personal.
        "persons": [str(id) for id in family.ids.values()],
        "suspicions": told,
    }


def sealed_classes(persons: Iterable[PersonForm]) -> int:
    """Return the classes of what is sealed of them: who they are, how to reach them, and what they said of a need."""
    told = _SEALED
    for person in persons:
        for need in person.needs:
            told |= need_code(need.code).detail.bit if (need.detail or "").strip() else 0
    return told


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


def _opened_case(work: Work, family: Family) -> tuple[str, dict[Table, Any]]:
    own = {"incident_id": work.incident_id}
    hat, center_id, case_number = work.actor.membership_id, work.actor.center_id, new_case_number()
    return case_number, {
        cases: [
            own
            | {
                "id": family.case_id, "case_number": case_number, "status": CaseStatus.open, "center_id": center_id,
                "responsible_id": hat, "opened_at": work.now, "closed_at": None, "close_reason": None, "version": 1,
            }
        ],
        case_assignments: [
            own
            | {
                "id": new_id(), "case_id": family.case_id, "membership_id": hat, "center_id": center_id,
                "handoff_id": None, "started_at": work.now, "ended_at": None,
            }
        ],
        intakes: [
            own
            | {
                "id": new_id(), "case_id": family.case_id, "center_id": center_id, "recorded_by": hat,
                "language": family.form.language, "recorded_at": work.now, "import_digest": family.form.import_digest,
            }
        ],
    }  # fmt: skip


async def add_to_case(work: Work, family: Family, custodian_id: UUID, facts: Mapping[UUID, Told]) -> None:
    """Write persons of a case that is open already, with everything told of them, and let them be found."""
    await _insert_persons.run(work.connection, rows_of(work, family, custodian_id, facts))


def rows_of(work: Work, family: Family, custodian_id: UUID, facts: Mapping[UUID, Told]) -> dict[Table, Any]:
    """Return the persons with their keys, households, involvements, needs and blind postings, as rows."""
    tools, incident_id = work.tools, work.incident_id
    rows: dict[Table, list[dict[str, Any]]] = {each: [] for each in _OF_PERSONS}
    for person_id, person in family.persons:
        keys = {
            info: tools.disclosure.new_key(incident_id, person_id, info)
            for info in (InfoClass.identity, InfoClass.contact)
        }
        rows[data_keys].extend(keys.values())
        sealed = seal_bundles(tools, person_id, keys, identity_of(person), contact_of(person))
        rows[persons].append(
            {
                "incident_id": incident_id, "id": person_id, "case_id": family.case_id,
                "household_id": family.households[person.household], "created_at": work.now,
                "erased_at": None, "version": 1,
            }
            | sealed
            | person_row(person, on=work.now.date())
        )  # fmt: skip
        rows[involvements].extend(_involvements(work, family.case_id, person_id, person))
        _needs(work, family.case_id, person_id, person, rows)
    if not family.are_households_known:
        rows[households] = [
            {"incident_id": incident_id, "id": id, "case_id": family.case_id, "created_at": work.now}
            for id in family.households.values()
        ]
    rows[match_postings] = postings_of(work, custodian_id, facts)
    return rows


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


def _needs(
    work: Work, case_id: UUID, person_id: UUID, person: PersonForm, rows: Mapping[Table, list[dict[str, Any]]]
) -> None:
    """Add the needs that the person of the form told of, and the keys of what was said about them: one a class."""
    disclosure, keys = work.tools.disclosure, dict[InfoClass, dict[str, Any]]()
    for need in person.needs:
        need_id, sealed, info = new_id(), None, need_code(need.code).detail
        if need.detail and need.detail.strip():
            if info not in keys:
                keys[info] = disclosure.new_key(work.incident_id, person_id, info)
                rows[data_keys].append(keys[info])
            values = {"text": need.detail}
            sealed = disclosure.seal(keys[info], table="needs", row_id=need_id, info=info, values=values)
        rows[needs].append(
            {
                "incident_id": work.incident_id, "id": need_id, "case_id": case_id, "person_id": person_id,
                "code": need.code, "horizon": need.horizon, "status": NeedStatus.identified, "detail": sealed,
                "detail_class": info.code,
                "opened_at": work.now, "ended_at": None, "version": 1,
            }
        )  # fmt: skip


def _ties(work: Work, family: Family) -> list[dict[str, Any]]:
    return [
        {
            "incident_id": work.incident_id, "id": new_id(), "person_id": family.ids[each.person_ref],
            "other_person_id": family.ids[each.other_ref], "kin": each.kin,
            "is_legal_next_of_kin": each.is_legal_next_of_kin, "next_of_kin_evidence": each.next_of_kin_evidence,
            "has_consent_authority": each.has_consent_authority, "is_pickup_authorized": each.is_pickup_authorized,
            "is_restricted": each.is_restricted, "is_emergency_contact": each.is_emergency_contact,
        }
        for each in family.form.relationships
    ]  # fmt: skip
