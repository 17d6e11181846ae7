"""Reunification: a minor or dependent leaves with somebody who may, checked twice by two people (domain invariant 8).

The first check holds for an hour; the second is made by another person, who looks at the photo identification and at
the authority again. What stands between is looked up again too: a tie may have been recorded as restricted meanwhile.
Never: let one person be both checks, in whatever hats, or let anybody leave twice on one.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Uuid, and_, any_, bindparam, exists, or_, select

from fac.casework.loading import load
from fac.casework.same_person import kept_records, restricted_among
from fac.casework.work import Result, Work
from fac.db.person import persons, relationships
from fac.db.reunification import reunification_confirmations, reunifications
from fac.db.statement import Statement, insert_into
from fac.domain.consent import is_minor
from fac.domain.ids import new_id
from fac.domain.vocabulary import AgeBand, SignatureKind
from fac.errors import FieldProblem, InvalidInput, InvalidTransition, NotFound, NotPermitted

FIRST_CHECK_HOLDS = timedelta(hours=1)

_insert_first = insert_into(reunifications)
_insert_second = insert_into(reunification_confirmations)
_adult_of_case = Statement(
    select(persons.c.age_band).where(
        persons.c.incident_id == bindparam("incident_id"),
        persons.c.id == bindparam("id"),
        persons.c.case_id == bindparam("case_id"),
    )
)
_adults, _children = (bindparam(name, type_=ARRAY(Uuid)) for name in ("adult_ids", "child_ids"))
# Every tie between the two, whichever way round it was written down; held, so that none changes meanwhile.
_ties = Statement(
    select(
        relationships.c.id, relationships.c.person_id, relationships.c.other_person_id,
        relationships.c.is_pickup_authorized, relationships.c.is_restricted,
    )
    .where(
        relationships.c.incident_id == bindparam("incident_id"),
        or_(
            and_(relationships.c.person_id == any_(_adults), relationships.c.other_person_id == any_(_children)),
            and_(relationships.c.person_id == any_(_children), relationships.c.other_person_id == any_(_adults)),
        ),
    )
    .with_for_update(read=True)
)  # fmt: skip
_left_since = Statement(
    select(
        exists()
        .select_from(
            reunification_confirmations.join(
                reunifications,
                and_(
                    reunifications.c.incident_id == reunification_confirmations.c.incident_id,
                    reunifications.c.id == reunification_confirmations.c.reunification_id,
                ),
            )
        )
        .where(
            reunifications.c.incident_id == bindparam("incident_id"),
            reunification_confirmations.c.incident_id == bindparam("incident_id"),
            reunifications.c.person_id == any_(bindparam("person_ids", type_=ARRAY(Uuid))),
            reunification_confirmations.c.left_at >= bindparam("since", type_=DateTime(timezone=True)),
        )
    )
)


@dataclass(frozen=True, slots=True)
class Check:
    """What one worker looked at: both must be so, or nobody leaves."""

    photo_id_matched: bool
    authority_checked: bool
    signature: SignatureKind

    def problems(self) -> list[FieldProblem]:
        """Return what was not checked."""
        wanted = (
            ("photoIdMatched", self.photo_id_matched, "Match the photo identification of whoever comes first."),
            ("authorityChecked", self.authority_checked, "Check the authority to take this person along first."),
        )
        return [FieldProblem(path, "not_checked", hint) for path, is_so, hint in wanted if not is_so]


async def begin_reunification(work: Work, person_id: UUID, *, picked_up_by_id: UUID, check: Check) -> Result:
    """Record the first check; whoever comes has a recorded tie that authorises it. It holds for FIRST_CHECK_HOLDS.

    Raises InvalidInput for what was not checked, for a restricted person, a minor, or one without authority; NotFound
    for a person who is not of the case.
    """
    person = await load(work, "person", person_id, action="read", then=("begin", "reunification"))
    work.demand("begin", "reunification", held=person.held)
    if check.problems():
        raise InvalidInput(*check.problems())
    relationship_id = await _authority(work, person["case_id"], person_id, picked_up_by_id)
    reunification_id = new_id()
    await _insert_first.run(
        work.connection, incident_id=work.incident_id, id=reunification_id, case_id=person["case_id"],
        person_id=person_id, picked_up_by_id=picked_up_by_id, relationship_id=relationship_id,
        photo_id_matched=check.photo_id_matched, authority_checked=check.authority_checked, signature=check.signature,
        begun_by=work.actor.membership_id, account_id=work.actor.account_id, begun_at=work.now,
        expires_at=work.now + FIRST_CHECK_HOLDS,
    )  # fmt: skip
    work.tell("reunification.begun", "reunification", reunification_id, subjects=(person_id, picked_up_by_id))
    return {"reunification": str(reunification_id)}


async def confirm_reunification(work: Work, reunification_id: UUID, *, check: Check) -> Result:
    """Record the second check, by another person: the minor or dependent has left.

    Raises NotPermitted for whoever made the first check, InvalidTransition when it has lapsed or the person has left
    since, InvalidInput as the first check does.
    """
    # Written once, so it is not locked.
    first = await load(work, "reunification", reunification_id, action="confirm", lock=False)
    # The person is held: of two checks that were begun, with different people waiting, one only lets them leave.
    await load(work, "person", first["person_id"], action="read")
    if first["account_id"] == work.actor.account_id:
        raise NotPermitted("needs_another_worker")
    if check.problems():
        raise InvalidInput(*check.problems())
    children = await _records_of(work, first["person_id"])
    named = {"incident_id": work.incident_id, "person_ids": children, "since": first["begun_at"]}
    if await _left_since.value(work.connection, **named):
        raise InvalidTransition(state="left", verb="confirm")
    if work.now >= first["expires_at"]:
        raise InvalidTransition(state="lapsed", verb="confirm", possible=("begin",))
    await _authority(work, first["case_id"], first["person_id"], first["picked_up_by_id"])
    await _insert_second.run(
        work.connection, incident_id=work.incident_id, id=new_id(), reunification_id=reunification_id,
        first_account_id=first["account_id"], photo_id_matched=check.photo_id_matched,
        authority_checked=check.authority_checked, signature=check.signature, confirmed_by=work.actor.membership_id,
        account_id=work.actor.account_id, left_at=work.now,
    )  # fmt: skip
    work.tell(
        "reunification.confirmed", "reunification", reunification_id,
        subjects=(first["person_id"], first["picked_up_by_id"]), first_check_by=first["begun_by"],
    )  # fmt: skip
    return {"reunification": str(reunification_id)}


async def _authority(work: Work, case_id: UUID, person_id: UUID, adult_id: UUID) -> UUID:
    """Return the tie that authorises ``adult_id`` to take the person along."""
    band = await _adult_of_case.value(work.connection, incident_id=work.incident_id, id=adult_id, case_id=case_id)
    if band is None:
        raise NotFound
    # Who is restricted is so in whatever record they are written down; authority is never taken over from another.
    adults, children = await _records_of(work, adult_id), await _records_of(work, person_id)
    found = await _ties.all(work.connection, incident_id=work.incident_id, adult_ids=adults, child_ids=children)
    if await restricted_among(work, (adult_id,)) or any(each["is_restricted"] for each in found):
        raise InvalidInput.at("pickedUpById", "restricted_person", "This person must not take anybody of the family.")
    if is_minor(AgeBand(band)):
        raise InvalidInput.at("pickedUpById", "is_a_minor", "An adult picks a minor or dependent up.")
    pair = (adult_id, person_id)
    for each in found:
        if (each["person_id"], each["other_person_id"]) == pair and each["is_pickup_authorized"]:
            relationship_id: UUID = each["id"]
            return relationship_id
    raise InvalidInput.at("pickedUpById", "not_authorized", "Record a relationship that authorises the pick-up.")


async def _records_of(work: Work, person_id: UUID) -> list[UUID]:
    """Return every record that stands for the person."""
    kept = await kept_records(work, (person_id,))
    own = kept.get(person_id, person_id)
    return [own, *(merged for merged, into in kept.items() if into == own)]
