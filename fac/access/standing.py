"""One row as the relations see it: its kind, its columns, the case it hangs on, and what stands over it.

Never: decide anything; a standing is what the facts of fac.access.relation are asked about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Column,
    ColumnElement,
    DateTime,
    FromClause,
    Uuid,
    any_,
    bindparam,
    func,
    select,
)

from fac.access.actor import Actor
from fac.db.aliased import another
from fac.db.case import cases


def actor_parameter(name: str) -> BindParameter[Any]:
    """Return the bind of a fact about the actor, one of those of ``facts_about``."""
    return bindparam(name, type_=DateTime(timezone=True) if name == "now" else Uuid(), required=True)


def facts_about(actor: Actor, now: datetime) -> dict[str, Any]:
    """Return the values of every ``actor_parameter``, for the statement that asks how rows stand to the actor."""
    return {
        "incident": actor.incident_id,
        "me": actor.membership_id,
        "my_account": actor.account_id,
        "my_organization": actor.organization_id,
        "my_center": actor.center_id,
        "now": now,
    }


@dataclass(frozen=True, slots=True)
class Known:
    """What a row of ``source`` tells of the case beside it: for each relation its condition, and the column it is in.

    A condition that a row below comes to as well is not asked again: the column has its answer.
    """

    source: FromClause
    asked: Mapping[str, tuple[ColumnElement[bool], ColumnElement[bool]]]

    def answer(self, relation: str, condition: ColumnElement[bool]) -> ColumnElement[bool] | None:
        """Return the column that holds the answer to the very ``condition``, None where it is another one."""
        known, column = self.asked.get(relation, (None, None))
        return column if known is not None and condition.compare(known) else None


@dataclass(frozen=True, slots=True)
class Above:
    """Rows over the one that is looked at: the case it hangs on, or a referral that names it.

    ``known`` is what was asked of that case already.
    """

    case: FromClause | None = None
    referral: FromClause | None = None
    known: Known | None = None

    @property
    def rows(self) -> tuple[FromClause, ...]:
        """The rows there are."""
        known = None if self.known is None else self.known.source
        return tuple(each for each in (self.case, self.referral, known) if each is not None)

    def row_of(self, record: str) -> FromClause | None:
        """Return the row of that record, where it is at hand."""
        return self.referral if record == "referral" else None


NOTHING = Above()


@dataclass(frozen=True, slots=True)
class Standing:
    """One row as the relations see it: its record kind, its columns, and the case it hangs on.

    ``above`` are rows that the statement has at hand already: they answer without looking, and never otherwise.
    The row itself is at hand, unless it is one of a whole list that the relation should lead to.
    """

    record: str
    row: FromClause
    case_id: ColumnElement[Any] | None = None
    above: Above = NOTHING
    at_hand: bool = True

    def of_case(self, column: str) -> ColumnElement[Any]:
        """Return ``column`` of the row's case."""
        if self.above.case is not None:
            return self.above.case.c[column]
        if self.case_id is None:
            raise LookupError(f"{self.record} hangs on no case")
        found = another(cases)
        return (
            select(found.c[column])
            .where(found.c.incident_id == actor_parameter("incident"), found.c.id == self.case_id)
            .correlate_except(found)
            .scalar_subquery()
        )

    def is_of_case_with(self, column: str, value: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition that ``column`` of the row's case is ``value``; the few such cases lead to their rows.

        In a whole list asked the other way round, every row of the incident would be held against its case. Listed as
        an array, because the server would rather read the whole table than believe that they are few.
        """
        is_asked_here = self.at_hand or self.record == "case" or self.above.case is not None
        if is_asked_here or not isinstance(self.case_id, Column):
            return self.of_case(column) == value
        found = cases.alias()
        chosen = select(found.c.id).where(found.c.incident_id == actor_parameter("incident"), found.c[column] == value)
        listed = func.array(chosen.correlate_except(found).scalar_subquery(), type_=ARRAY(Uuid))
        return self.case_id == any_(listed)
