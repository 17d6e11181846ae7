"""Answers who can see a case now, and why: the compiled question (fac.reading.onlooker) asked, told, and put in words.

Never: answer without the audit row, or show more of a colleague than the hat and the name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from fac.access.policy import Policy
from fac.access.relation import WITH_RELEASE
from fac.access.standing import facts_about
from fac.audit.ledger import Entry
from fac.db.statement import Row
from fac.domain.vocabulary import InfoClass, Role, classes_of
from fac.errors import NotFound
from fac.reading.kept import Kept
from fac.reading.onlooker import LASTING, RECORD, Kind, Onlooking, compile_onlooking
from fac.reading.read import Reader

REFERRED = "referred_to_my_org"
_QUESTIONS: Kept[Onlooking] = Kept(64)


@dataclass(frozen=True, slots=True)
class ReleaseInForce:
    """A release that opens something of one person to the organisation: which classes, until when."""

    release_id: UUID
    person_id: UUID
    classes: tuple[InfoClass, ...]
    until: datetime


@dataclass(frozen=True, slots=True)
class Sight:
    """What a hat sees by one relation: of which kinds of record, which classes, and until when that holds at most."""

    relation: str
    records: tuple[str, ...]
    classes: tuple[InfoClass, ...]
    until: datetime | None = None
    referrals: tuple[UUID, ...] = ()
    releases: tuple[ReleaseInForce, ...] = ()


@dataclass(frozen=True, slots=True)
class Onlooker:
    """A hat that sees something of the case. ``masks`` are the classes seen of each kind of record."""

    membership_id: UUID
    role: Role
    name: str
    organization: str | None
    center: str | None
    sights: tuple[Sight, ...]
    masks: Mapping[str, int]

    @property
    def classes(self) -> tuple[InfoClass, ...]:
        """Every class the hat sees of anything of the case."""
        whole = 0
        for mask in self.masks.values():
            whole |= mask
        return tuple(classes_of(whole))


@dataclass(frozen=True, slots=True)
class Onlookers:
    """One page, those on duty longest first. ``total`` only where it was asked for."""

    rows: tuple[Onlooker, ...]
    has_next: bool
    total: int | None


async def who_can_see(
    reader: Reader, operation: str, case_id: UUID, *, first: int, after: UUID | None = None, counted: bool = False
) -> Onlookers:
    """Return a page of the hats that see something of the case: one statement, and its audit row beside it.

    Raises NotFound for a case that the reader may not ask it of, NotPermitted for a role that may ask it of none,
    NotSignedIn, AuditUnavailable.
    """
    actor, at = reader.actor, reader.circumstances.at
    asked = question(reader.policy, actor.role)
    statement = asked.counted if counted else asked.page
    values = {**facts_about(actor, at), "case_id": case_id, "after": after or UUID(int=0), "limit": first + 1}
    async with reader.database.transaction(actor.claims) as connection:
        row = await statement.first(connection, **values)
        if row is None:
            raise NotFound
        entry = Entry("record.read", operation, RECORD, case_id)
        await reader.ledger.append(connection, actor, entry, reader.circumstances)
    found = [_onlooker(asked.kinds, each) for each in row["page"]]
    return Onlookers(tuple(found[:first]), len(found) > first, row["total"] if counted else None)


def question(policy: Policy, role: Role) -> Onlooking:
    """Return the compiled question, made at its first use under this policy."""
    return _QUESTIONS.get((policy.version, role), lambda: compile_onlooking(policy, role))


def _onlooker(kinds: Sequence[Kind], row: Row) -> Onlooker:
    id, role, name, organization, center, seen, until, referrals, releases = row
    masks: dict[str, int] = {}
    by_relation: dict[str, dict[str, int]] = {}
    for kind, found in zip(kinds, seen, strict=True):
        for relation, mask in zip(kind.relations, found, strict=True):
            if mask:
                masks[kind.record] = masks.get(kind.record, 0) | mask
                records = by_relation.setdefault(relation, {})
                records[kind.record] = records.get(kind.record, 0) | mask
    ends = dict(zip(LASTING, until, strict=True))
    sights = tuple(_sight(relation, of, ends, referrals, releases) for relation, of in by_relation.items())
    return Onlooker(id, Role(role), name, organization, center, sights, masks)


def _sight(
    relation: str, masks: Mapping[str, int], ends: Mapping[str, datetime | None], referrals: Any, releases: Any
) -> Sight:
    whole = 0
    for mask in masks.values():
        whole |= mask
    opened = tuple(_in_force(releases, whole)) if relation == WITH_RELEASE else ()
    until = max((each.until for each in opened), default=None) if opened else ends.get(relation)
    by = tuple(id for (id,) in referrals) if relation in (REFERRED, WITH_RELEASE) else ()
    return Sight(relation, tuple(sorted(masks)), tuple(classes_of(whole)), until, by, opened)


def _in_force(releases: Any, whole: int) -> Iterator[ReleaseInForce]:
    for id, person_id, classes, expires_at, agreement_ends_on in releases:
        until = min(expires_at, datetime.combine(agreement_ends_on, time(), UTC))
        if classes & whole:
            yield ReleaseInForce(id, person_id, tuple(classes_of(classes & whole)), until)
