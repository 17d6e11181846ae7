"""Unusual access: the days on which somebody read more, later, or other than their work explains. Told from the audit.

One statement over the reads of some days: whose values were opened, by whom, on which day of the incident's own time.
A row is a question for a person, with the counts it was told by; the events themselves are one look away
(fac.casework.access_event). Nothing is decided by it.
Never: show whom somebody read, or look at more than the asked days and those they are compared with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from fac.access import guard
from fac.access.guard import Permit
from fac.casework.work import OUTLINE, Work
from fac.db.unusual_access import unusual_days
from fac.domain.vocabulary import AccessRule, InfoClass, Role
from fac.errors import InvalidInput, NotPermitted

LONGEST: Final = timedelta(days=31)
COMPARED_WITH: Final = timedelta(days=28)  # the days before, for what is usual of a hat
RECORD: Final = "audit_event"
_HELD: Final = ("my_incident",)
_FIRST: Final = (date.max, UUID(int=(1 << 128) - 1))


@dataclass(frozen=True, slots=True)
class UnusualAccess:
    """One rule that one hat's day answers to. ``peers`` and ``usual`` are what is usual, where that was compared."""

    id: UUID
    day: date
    rule: AccessRule
    count: int
    peers: float | None
    usual: float | None
    membership_id: UUID
    role: Role
    organization: str | None
    center: str | None
    name: str | None
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """One page, the newest day first, and how many there are in all."""

    rows: tuple[UnusualAccess, ...]
    has_next: bool
    total: int


def may_look(work: Work) -> bool:
    """Return whether names of staff may be shown; raises NotFound or NotPermitted where the trail may not be read."""
    work.demand("read", RECORD, held=_HELD, info=OUTLINE)
    named = guard.decide(work.tools.policy, work.actor, "read", RECORD, InfoClass.workforce.bit, _HELD)
    return isinstance(named, Permit)


def refuse_period(since: datetime, until: datetime) -> None:
    """Raise InvalidInput unless both are instants, in order, and no more than LONGEST apart."""
    for path, instant in (("since", since), ("until", until)):
        if instant.tzinfo is None:
            raise InvalidInput.at(path, "not_an_instant", "Write the time zone too, such as Z.")
    if not since < until <= since + LONGEST:
        raise InvalidInput.at("until", "not_a_period", f"End after the beginning, and within {LONGEST.days} days.")


async def unusual_access(
    work: Work, *, since: datetime, until: datetime, rule: AccessRule | None, first: int,
    after: tuple[date, UUID] | None = None,
) -> Page:  # fmt: skip
    """Return a page of the days, begun between ``since`` and ``until``, on which access was unusual by a rule.

    Raises NotFound or NotPermitted, InvalidInput for a period that is none or too long. Its reading is audited.
    """
    named = may_look(work)
    refuse_period(since, until)
    day, id = after or _FIRST
    row = await unusual_days.first(
        work.connection, incident_id=work.incident_id, history=since - COMPARED_WITH, since=since, until=until,
        rule=rule, named=named, after_day=day, after_id=id, limit=first + 1,
    )  # fmt: skip
    if row is None:
        raise NotPermitted("not_for_your_role")
    await work.tell_now("record.read", RECORD, None, subjects=(), classes=0, report="unusual_access")
    found = tuple(_told(each) for each in row["page"])
    return Page(found[:first], len(found) > first, row["total"])


def _told(row: Sequence[Any]) -> UnusualAccess:
    id, day, rule, count, peers, usual, membership_id, role, organization, center, name, begins_at, ends_at = row
    return UnusualAccess(
        id, day, AccessRule(rule), count, peers, usual, membership_id, Role(role), organization, center, name,
        begins_at, ends_at,
    )  # fmt: skip
