"""Persons: corrected, added to a family, related to one another.

A correction opens the sealed bundles only when it touches them, after a permit and an audit row, and seals them again
with the change; the blind postings follow, so that the person is found under what is true now.
Never: state a death, or let a value out; what comes back is an id.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Text, bindparam, select, update

from fac.casework.case import load_working
from fac.casework.duplicate import find_duplicates
from fac.casework.follow_up import check_of_case
from fac.casework.indexing import post_anew
from fac.casework.intake import Family, add_to_case, sealed_classes
from fac.casework.intake_form import IntakeForm, PersonForm, RelationshipForm, person_problems, relationship_problems
from fac.casework.loading import Loaded, load
from fac.casework.local_day import local_day
from fac.casework.not_erased import not_erased
from fac.casework.person_change import SEALED, Change, changed, classes_touched, form_of
from fac.casework.person_record import contact_of, facts_of, identity_of, person_row, seal_bundles
from fac.casework.portal_access import withdraw_from_restricted
from fac.casework.responder import own_agency
from fac.casework.subject_key import subject_key
from fac.casework.suspicion import tell_suspicions
from fac.casework.work import OUTLINE, Result, Work
from fac.crypto.columns import SealedBytes
from fac.db.case import cases
from fac.db.incident import centers
from fac.db.person import households, persons, relationships
from fac.db.statement import Statement, insert_into
from fac.domain.identity import IdentityFacts, profile
from fac.domain.ids import new_id
from fac.domain.vocabulary import InfoClass
from fac.errors import InvalidInput, InvalidTransition, NotFound, Unreadable

_BUNDLES = (InfoClass.identity, InfoClass.contact)
_TYPES: Mapping[str, Any] = {
    "age_band": Text, "spoken_language": Text, "written_language": Text, "needs_interpreter": Boolean, "gender": Text,
    "races": ARRAY(Text), "special_classifications": ARRAY(Text), "victimizations": ARRAY(Text),
}  # fmt: skip
_SEALED_TYPES: Mapping[str, Any] = {str(info): SealedBytes for info in _BUNDLES}


def _writing(columns: Mapping[str, Any]) -> Statement:
    return Statement(
        update(persons)
        .where(persons.c.incident_id == bindparam("of_incident"), persons.c.id == bindparam("of_id"))
        .values(
            {name: bindparam(f"to_{name}", type_=kind) for name, kind in columns.items()}
            | {"version": persons.c.version + 1}
        )
    )


# Without the date of birth at hand the age band stays as it is.
_write_coded = _writing({name: kind for name, kind in _TYPES.items() if name != "age_band"})
_write_all = _writing({**_TYPES, **_SEALED_TYPES})
# The organisation that runs the case's center: in its index, and no other's, what is learnt now can be found.
_custodian = Statement(
    select(centers.c.organization_id).where(
        cases.c.incident_id == bindparam("incident_id"),
        cases.c.id == bindparam("case_id"),
        centers.c.incident_id == cases.c.incident_id,
        centers.c.id == cases.c.center_id,
    )
)
_household_of_case = Statement(
    select(households.c.id).where(
        households.c.incident_id == bindparam("incident_id"),
        households.c.id == bindparam("id"),
        households.c.case_id == bindparam("case_id"),
    )
)
_insert_relationship = insert_into(relationships)


async def update_person(work: Work, person_id: UUID, *, version: int, change: Change) -> Result:
    """Correct what is known of a person; ``change`` holds fields of PersonForm, None to empty one.

    Raises InvalidInput with every problem, InvalidTransition for somebody erased, Unreadable when a bundle that must be
    opened does not.
    """
    touched = classes_touched(change)
    person = await load(work, "person", person_id, action="update", version=version, info=touched)
    if person["erased_at"] is not None:
        raise InvalidTransition(state="erased", verb="update")
    opens = bool(touched & SEALED)
    keys = {info: await subject_key(work, person_id, info) for info in _BUNDLES} if opens else {}
    before = form_of(dict(person.row), *(await _open(work, person, keys) if opens else ({}, {})))
    after = changed(before, change, await local_day(work))
    # The age band stays that of the day of intake.
    columns: dict[str, Any] = person_row(after, on=person["created_at"].date())
    if opens:
        columns |= seal_bundles(work.tools, person_id, keys, identity_of(after), contact_of(after))
    await (_write_all if opens else _write_coded).run(
        work.connection, of_incident=work.incident_id, of_id=person_id,
        **{f"to_{name}": value for name, value in columns.items()},
    )  # fmt: skip
    work.tell("person.updated", "person", person_id, subjects=(person_id,), classes=touched, fields=sorted(change))
    if opens:
        named = {"incident_id": work.incident_id, "case_id": person["case_id"]}
        custodian_id = await _custodian.value(work.connection, **named)
        await post_anew(work, custodian_id, person_id, _facts(before), _facts(after))
    return {"person": str(person_id)}


async def add_person(work: Work, case_id: UUID, *, form: PersonForm, household_id: UUID | None = None) -> Result:
    """Add somebody to the family, in ``household_id`` or in a household of their own."""
    case = await load_working(work, case_id, "add_person", then=("add", "person"))
    work.demand("add", "person", held=case.held, info=OUTLINE | SEALED)
    problems = person_problems(form, await local_day(work))
    if problems:
        raise InvalidInput(*problems)
    named = {"incident_id": work.incident_id, "case_id": case_id}
    if household_id and await _household_of_case.value(work.connection, **named, id=household_id) is None:
        raise NotFound
    person_id, facts = new_id(), profile(_facts(form))
    custodian_id = await _custodian.value(work.connection, **named)
    if form.agency_organization_id is not None and form.agency_organization_id == custodian_id:
        raise InvalidInput(*own_agency((form,), {custodian_id}))
    suspicions = await find_duplicates(work, custodian_id, {person_id: facts})
    family = Family(
        IntakeForm(form.spoken_language, (form,)),
        case_id,
        {form.ref: person_id},
        {form.household: household_id or new_id()},
        are_households_known=household_id is not None,
    )
    await add_to_case(work, family, custodian_id, {person_id: facts})
    told = await tell_suspicions(work, suspicions)
    work.tell("person.added", "person", person_id, subjects=(person_id,), classes=sealed_classes((form,)), case=case_id)
    return {"person": str(person_id), "suspicions": told}


async def add_relationship(work: Work, person_id: UUID, *, other_person_id: UUID, form: RelationshipForm) -> Result:
    """Record that the person is the ``kin`` of another of the same case; Conflict when that is recorded already.

    Raises InvalidInput for next of kin without evidence, or authority for a restricted person; InvalidTransition where
    one of the two was erased.
    """
    person = await load(work, "person", person_id, action="read", then=("add", "relationship"))
    work.demand("add", "relationship", held=person.held)
    await check_of_case(work, person["case_id"], person_id=other_person_id, referral_id=None)
    both = {person_id, other_person_id}
    if await not_erased(work, both) < both:
        raise InvalidTransition(state="erased", verb="add")
    problems = relationship_problems(form, {form.person_ref, form.other_ref})
    if problems:
        raise InvalidInput(*problems)
    relationship_id = new_id()
    await _insert_relationship.run(
        work.connection, incident_id=work.incident_id, id=relationship_id, person_id=person_id,
        other_person_id=other_person_id, kin=form.kin, is_legal_next_of_kin=form.is_legal_next_of_kin,
        next_of_kin_evidence=form.next_of_kin_evidence, has_consent_authority=form.has_consent_authority,
        is_pickup_authorized=form.is_pickup_authorized, is_restricted=form.is_restricted,
        is_emergency_contact=form.is_emergency_contact,
    )  # fmt: skip
    work.tell(
        "relationship.added", "relationship", relationship_id, subjects=(person_id, other_person_id), kin=form.kin,
        restricted=form.is_restricted,
    )  # fmt: skip
    if form.is_restricted:
        await withdraw_from_restricted(work, (person_id,))
    return {"relationship": str(relationship_id)}


def _facts(form: PersonForm) -> IdentityFacts:
    return facts_of(identity_of(form), contact_of(form))


async def _open(
    work: Work, person: Loaded, keys: Mapping[InfoClass, Mapping[str, Any]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the opened identity and contact bundles; the audit row stands before either is opened."""
    person_id: UUID = person["id"]
    receipt = await work.tell_now("record.read", "person", person_id, subjects=(person_id,), classes=SEALED)
    opening = work.tools.disclosure.opening(person.permit, receipt)
    bundles = []
    for info in _BUNDLES:
        blob: bytes | None = person[str(info)]
        key = keys[info]
        named = (key["epoch"], key["version"], key["wrapped"])
        bundle = {} if blob is None else opening.open("persons", info, person_id, person_id, named, blob)
        if bundle is None:
            raise Unreadable  # writing half of it anew would lose the rest
        bundles.append(bundle)
    return bundles[0], bundles[1]
