"""One row as the relations see it: its kind, its columns, the case it hangs on, and what stands over it.

Never: decide anything; a standing is what the facts of fac.access.relation are asked about.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, DateTime, FromClause, Uuid, bindparam, select

from fac.db.case import cases


def actor_parameter(name: str) -> BindParameter[Any]:
    """Return the bind of a fact about the actor: incident, me, my_organization, my_center or now."""
    return bindparam(name, type_=DateTime(timezone=True) if name == "now" else Uuid(), required=True)


@dataclass(frozen=True, slots=True)
class Above:
    """Rows over the one that is looked at: the case it hangs on, or a referral that names it."""

    case: FromClause | None = None
    referral: FromClause | None = None

    @property
    def rows(self) -> tuple[FromClause, ...]:
        """The rows there are."""
        return tuple(each for each in (self.case, self.referral) if each is not None)

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
        found = cases.alias()
        return (
            select(found.c[column])
            .where(found.c.incident_id == actor_parameter("incident"), found.c.id == self.case_id)
            .correlate_except(found)
            .scalar_subquery()
        )
