"""One family's way: received, assigned, referred, helped, handed on, come back to, and sometimes brought to a close.

Which way a family goes follows from its number, so that every state of every workflow occurs in any forty families.
Never: do what an actor may not: each act passes the guard like any other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from fac.access.actor import Actor
from fac.db.need import needs
from fac.db.statement import Statement
from fac.demo.directory import Directory
from fac.demo.household import Family
from fac.demo.telling import Telling, Verb
from fac.domain.vocabulary import CenterKind, Role

_needs_of = Statement(
    select(needs.c.id, needs.c.person_id, needs.c.code)
    .where(needs.c.incident_id == bindparam("incident_id"), needs.c.case_id == bindparam("case_id"))
    .order_by(needs.c.code)
)
_MOST_OF_WHAT_IS_LEFT = 0.3


@dataclass(slots=True)
class OpenNeed:
    """A need that has not come to an end, at the version it has now."""

    id: UUID
    ref: str
    code: str
    version: int = 1


@dataclass(slots=True)
class Story:
    """A family's story so far: its case, who carries it, what is open, and the hour it has come to."""

    telling: Telling
    directory: Directory
    family: Family
    number: int
    chance: Random
    center: CenterKind
    keeper: Actor
    at: datetime
    case_id: UUID
    persons: Mapping[str, UUID]  # ref -> id
    open_needs: list[OpenNeed] = field(default_factory=list)
    case_version: int = 1
    owes: bool = False  # something is still open besides needs

    @property
    def now(self) -> datetime:
        """The present."""
        return self.telling.now

    @property
    def left(self) -> timedelta:
        """How far the present is away."""
        return self.now - self.at

    @property
    def today(self) -> date:
        """A day that is over, wherever one is."""
        return (self.at - timedelta(hours=18)).date()

    def wait(self, least: float, most: float) -> None:
        """Let some days go by, never reaching the present."""
        self.at += min(timedelta(days=self.chance.uniform(least, most)), self.left * _MOST_OF_WHAT_IS_LEFT)

    def until(self, moment: datetime) -> None:
        """Go on at ``moment``, if that is still ahead."""
        self.at = max(self.at, moment)

    def wait_till_lately(self, least: float, most: float) -> None:
        """Go on so many days before the present."""
        self.until(self.now - timedelta(days=self.chance.uniform(least, most)))

    async def act(self, actor: Actor, operation: str, verb: Verb, /, *place: Any, **given: Any) -> UUID:
        """Carry out a verb now and return the first id of its result."""
        result = await self.telling.act(actor, self.at, operation, verb, *place, **given)
        return UUID(next(iter(result.values())))

    def worker(self, kind: CenterKind, role: Role = Role.case_manager) -> Actor:
        """Return the one on duty at a center to whom this family's number falls."""
        on_duty = self.directory.staff(kind, role)
        return on_duty[self.number // 3 % len(on_duty)]

    def words(self, said: Mapping[bool, Sequence[str]]) -> str:
        """Return something said, in the family's language."""
        return self.chance.choice(said[self.family.spanish])

    async def hear_needs(self) -> None:
        """Look up the needs that the intake recorded."""
        refs = {id: ref for ref, id in self.persons.items()}
        rows = await _needs_of.all(
            self.telling.connection, incident_id=self.directory.incident_id, case_id=self.case_id
        )
        self.open_needs = [OpenNeed(row["id"], refs[row["person_id"]], row["code"]) for row in rows]
        self.open_needs.sort(key=lambda need: (need.code, list(self.persons).index(need.ref)))
