"""Portal accesses: a worker who knows who stands there hands a served person what opens their record to them.

It is a token on paper, shown to the worker once and kept as a hash; it is a session with one hat. It is for the record
of one person: the holder's own, or that of a child whose guardian the holder is; a guardian's ends before the child is
of age. The worker or the holder take it back at once, another takes the place of one that was lost, and the erasure of
either of the two ends it.
Never: give one to somebody restricted, or without somebody having seen who it is; store or log a token.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, exists, or_, select, update

from fac.access.actor import Actor
from fac.access.login import new_token
from fac.casework.instant import aware
from fac.casework.loading import Loaded, load
from fac.casework.local_day import local_day
from fac.casework.of_age import of_age
from fac.casework.same_person import kept_records
from fac.casework.staff import end_hat, insert_account, insert_membership, insert_session, revoke_all
from fac.casework.work import Result, Work
from fac.db.person import persons, relationships
from fac.db.portal_access import portal_accesses
from fac.db.statement import Connection, Row, Statement, insert_into
from fac.domain.consent import Signer, is_minor
from fac.domain.ids import new_id
from fac.domain.portal_access import USUAL, check_expiry, check_holder, check_last
from fac.domain.vocabulary import AgeBand, IdentityCheck, Role
from fac.errors import FieldProblem, InvalidInput, InvalidTransition, NotFound

WITHDRAWN = "portal_access.withdrawn"
DISPLAY_NAME = "Somebody served"  # who it is, stands in the sealed record and nowhere else

_insert = insert_into(portal_accesses)
_holder_of_case = Statement(
    select(persons.c.age_band, persons.c.erased_at)
    .where(
        persons.c.incident_id == bindparam("incident_id"),
        persons.c.id == bindparam("id"),
        persons.c.case_id == bindparam("case_id"),
    )
    .with_for_update(read=True)
)
_is_restricted = Statement(
    select(
        exists().where(
            relationships.c.incident_id == bindparam("incident_id"),
            relationships.c.person_id == any_(bindparam("person_ids", type_=ARRAY(Uuid))),
            relationships.c.is_restricted,
        )
    )
)
_has_authority = Statement(
    select(
        exists().where(
            relationships.c.incident_id == bindparam("incident_id"),
            relationships.c.person_id == bindparam("holder_id"),
            relationships.c.other_person_id == bindparam("person_id"),
            relationships.c.has_consent_authority,
        )
    )
)
_standing_of = Statement(
    select(portal_accesses.c.id)
    .where(
        portal_accesses.c.incident_id == bindparam("incident_id"),
        portal_accesses.c.holder_id == any_(bindparam("holder_ids", type_=ARRAY(Uuid))),
        portal_accesses.c.withdrawn_at.is_(None),
    )
    .with_for_update()
)
_of_erased = Statement(
    select(portal_accesses.c.id, portal_accesses.c.person_id, portal_accesses.c.holder_id)
    .where(
        portal_accesses.c.incident_id == bindparam("incident_id"),
        or_(
            portal_accesses.c.person_id == any_(bindparam("ids", type_=ARRAY(Uuid))),
            portal_accesses.c.holder_id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        ),
        portal_accesses.c.withdrawn_at.is_(None),
    )
    .order_by(portal_accesses.c.id)
    .with_for_update()
)
_same = Statement(
    select(portal_accesses.c.id)
    .where(
        portal_accesses.c.incident_id == bindparam("incident_id"),
        portal_accesses.c.person_id == bindparam("person_id"),
        portal_accesses.c.holder_id == bindparam("holder_id"),
        portal_accesses.c.withdrawn_at.is_(None),
    )
    .with_for_update()
)
_withdraw = Statement(
    update(portal_accesses)
    .where(portal_accesses.c.incident_id == bindparam("of_incident"), portal_accesses.c.id == bindparam("of_id"))
    .values(withdrawn_at=bindparam("at"), withdrawn_by=bindparam("by"), version=portal_accesses.c.version + 1)
)


async def give_portal_access(
    work: Work,
    person_id: UUID,
    *,
    holder_id: UUID | None = None,
    identity_check: IdentityCheck,
    expires_at: datetime | None = None,
) -> Result:
    """Give a person, or a minor's guardian, what opens the person's record to them.

    The token is shown with the answer (fac.api.portal_access). One that stands for the same two is withdrawn: it was
    lost, or is about to lapse. A guardian's ends before the child is of age, whatever later end is asked for. Raises
    InvalidInput naming why somebody may not hold one, NotFound for a holder who is not of the case, InvalidTransition
    for somebody erased, Unreadable where the birth date does not open.
    """
    person = await load(work, "person", person_id, action="read", then=("give", "portal_access"))
    permit = work.demand("give", "portal_access", held=person.held)
    if person["erased_at"] is not None:
        raise InvalidTransition(state="erased", verb="give")
    holder_id = holder_id or person_id
    ends_at = await _ends_at(work, person, holder_id, expires_at)
    named = {"incident_id": work.incident_id, "person_id": person_id, "holder_id": holder_id}
    for each in await _same.all(work.connection, **named):
        await _take_back(work, each["id"], subjects={person_id, holder_id}, replaced=True)
    hat = Actor(work.incident_id, new_id(), new_id(), new_id(), Role.family_member, None, None)
    epoch = work.tools.portal_tokens.active_epoch
    await _insert_hat(work, hat, epoch, ends_at)
    await _insert.run(
        work.connection, **named, id=hat.membership_id, case_id=person["case_id"], identity_check=identity_check,
        key_epoch=epoch, given_by=work.actor.membership_id, given_at=work.now, expires_at=ends_at, withdrawn_at=None,
        withdrawn_by=None, version=1,
    )  # fmt: skip
    work.tell(
        "portal_access.given", permit.record, hat.membership_id, subjects=tuple({person_id, holder_id}),
        identity_check=identity_check, holder=holder_id, expires_at=ends_at.isoformat(),
    )  # fmt: skip
    return {"portal_access": str(hat.membership_id), "epoch": epoch}


async def withdraw_portal_access(work: Work, access_id: UUID, *, version: int) -> Result:
    """Take an access back: from the next statement on it opens nothing. Raises InvalidTransition when it was."""
    access = await load(work, "portal_access", access_id, action="withdraw", version=version)
    if access["withdrawn_at"] is not None:
        raise InvalidTransition(state="withdrawn", verb="withdraw")
    await _take_back(work, access_id, subjects={access["person_id"], access["holder_id"]})
    return {"withdrawn_at": work.now.isoformat()}


async def withdraw_from_restricted(work: Work, holder_ids: Iterable[UUID]) -> None:
    """Take back what these records of one person hold, if one of them is restricted: a part of what made it known.

    What a record's own ties say cuts it off anyhow (fac.access.about); this is for the other records of the person.
    """
    records = await _records_of(work, holder_ids)
    if not await _is_restricted.value(work.connection, incident_id=work.incident_id, person_ids=records):
        return
    for each in await _standing_of.all(work.connection, incident_id=work.incident_id, holder_ids=records):
        await _take_back(work, each["id"], subjects=set(), restricted=True)


async def withdraw_from_erased(work: Work, person_id: UUID) -> None:
    """Take back what opens the record of somebody who is erased, and what they held of another: part of the erasure."""
    ended = await end_of_erased(
        work.connection, work.incident_id, (person_id,), by=work.actor.membership_id, at=work.now
    )
    for each in ended:
        work.tell(WITHDRAWN, "portal_access", each["id"], subjects=(each["person_id"], each["holder_id"]), erased=True)


async def end_of_erased(
    connection: Connection, incident_id: UUID, person_ids: Iterable[UUID], *, by: UUID, at: datetime
) -> list[Row]:
    """End every access about these persons or held by one of them, and return their rows; the caller tells of it."""
    rows = await _of_erased.all(connection, incident_id=incident_id, ids=list(person_ids))
    for each in rows:
        await _end(connection, incident_id, each["id"], by=by, at=at)
    return list(rows)


async def _ends_at(work: Work, person: Loaded, holder_id: UUID, expires_at: datetime | None) -> datetime:
    """Return when the access ends; raises InvalidInput naming all that speaks against it."""
    ends_at = work.now + USUAL if expires_at is None else aware("expiresAt", expires_at)
    of_age_on, today = await of_age(work, person), await local_day(work)
    subject = Signer(is_minor(AgeBand(person["age_band"])) if of_age_on is None else today < of_age_on)
    problems = [*await _refusals(work, person, holder_id, subject), *check_expiry(ends_at, work.now)]
    if of_age_on is not None and subject.is_minor and holder_id != person["id"]:
        # By days from the hour it is given, so that the end that is stored looks like any other and tells no birthday.
        last = work.now + timedelta(days=(of_age_on - today).days - 1)
        problems += check_last(last, work.now)
        ends_at = min(ends_at, last)
    if problems:
        raise InvalidInput(*problems)
    return ends_at


async def _refusals(work: Work, person: Loaded, holder_id: UUID, subject: Signer) -> list[FieldProblem]:
    own = {"incident_id": work.incident_id}
    holder = await _holder_of_case.first(work.connection, **own, id=holder_id, case_id=person["case_id"])
    if holder is None or holder["erased_at"] is not None:
        raise NotFound
    records = await _records_of(work, (holder_id,))
    seen = Signer(
        is_minor(AgeBand(holder["age_band"])),
        is_restricted=await _is_restricted.value(work.connection, **own, person_ids=records),
        has_consent_authority=await _has_authority.value(
            work.connection, **own, holder_id=holder_id, person_id=person["id"]
        ),
    )
    return list(check_holder(subject, seen, is_the_person=holder_id == person["id"]))


async def _records_of(work: Work, ids: Iterable[UUID]) -> list[UUID]:
    """Return these records and all that stand for the same person."""
    known = set(ids)
    kept = await kept_records(work, known)
    return sorted(known | kept.keys() | set(kept.values()))


async def _insert_hat(work: Work, hat: Actor, epoch: int, ends_at: datetime) -> None:
    material = work.tools.portal_tokens.material(epoch, work.incident_id, hat.membership_id)
    _, hashed = new_token(work.incident_id, material)
    await insert_account.run(
        work.connection, id=hat.account_id, login=f"portal:{hat.membership_id}", display_name=DISPLAY_NAME,
        created_at=work.now,
    )  # fmt: skip
    await insert_membership(work.connection, hat, work.now)
    await insert_session.run(
        work.connection, incident_id=work.incident_id, id=hat.session_id, membership_id=hat.membership_id,
        token_hash=hashed, created_at=work.now, expires_at=ends_at, revoked_at=None,
        # It lies on paper between two looks weeks apart, and nobody could sign in anew without coming in.
        idle_minutes=None, lapses_at=None,
    )  # fmt: skip


async def _take_back(work: Work, access_id: UUID, *, subjects: set[UUID], **why: bool) -> None:
    await _end(work.connection, work.incident_id, access_id, by=work.actor.membership_id, at=work.now)
    work.tell(WITHDRAWN, "portal_access", access_id, subjects=tuple(subjects), **why)


async def _end(connection: Connection, incident_id: UUID, access_id: UUID, *, by: UUID, at: datetime) -> None:
    of = {"of_incident": incident_id}
    await _withdraw.run(connection, **of, of_id=access_id, at=at, by=by)
    await revoke_all.run(connection, **of, of_membership=access_id, to_revoked_at=at)
    await end_hat.run(connection, **of, of_id=access_id, to_ended_at=at)
