"""The rows of a noun that a reader may list: the incident, the scope, the filters, the page.

Never: return a row whose outline the reader may not see, or count and filter by other conditions than the rows'.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, FromClause, Select, func, literal_column, select, true, union

from fac.access import scope
from fac.access.policy import Grant
from fac.access.standing import NOTHING, Above, Standing, actor_parameter
from fac.db.aliased import another
from fac.db.person import persons
from fac.reading.noun import Noun, Order

Condition: TypeAlias = Callable[[FromClause], ColumnElement[bool]]


def standing_of(noun: Noun, row: FromClause, above: Above) -> Standing:
    """Return how the relations see a row of ``noun``."""
    if noun.person_column:
        person = another(persons)
        case_id: Any = (
            select(person.c.case_id)
            .where(person.c.incident_id == actor_parameter("incident"), person.c.id == row.c[noun.person_column])
            .correlate_except(person)
            .scalar_subquery()
        )
    else:
        case_id = row.c[noun.case_column] if noun.case_column else None
    return Standing(noun.record, row, case_id, _of_itself(row, above) if noun.record == "case" else above)


def _of_itself(case: FromClause, above: Above) -> Above:
    return above if above.case is case else Above(case=case)


def ordering(row: FromClause, order: Order) -> Sequence[ColumnElement[Any]]:
    """Return the ORDER BY of ``order``, with the id as tie-break."""
    columns = (row.c[order.column], row.c.id)
    return tuple(column.desc() if order.descending else column.asc() for column in columns)


@dataclass(frozen=True, slots=True)
class Scoped:
    """The conditions on the rows of one list. ``outer`` are rows of the enclosing statement they refer to.

    ``met`` are conditions that the row above has met: asked of the same case again they could only say the same.
    """

    noun: Noun
    grants: tuple[Grant, ...]
    conditions: Sequence[Condition]
    above: Above = NOTHING
    outer: tuple[FromClause, ...] = ()
    met: Sequence[ColumnElement[bool]] = ()

    def page(self, order: Order, limit: int, beyond: Condition | None) -> Select[Any]:
        """Return the rows of one page.

        At a root, with several relations, each drives its own index for a page's worth of ids, and their union is cut
        before a row is read: one OR over all of them would make the server sort every row of the center. Under another
        row the list is short and found by the index of the link, and one OR is cheapest.
        """
        table = self._table()
        relations = self._relations(table)
        if len(relations) <= 1 or self.outer:
            chosen = self._rows(select(table), table, [scope.any_of(relations), *self._beyond(table, beyond)])
        else:
            arms = [self._arm(place, order, limit, beyond) for place in range(len(relations))]
            found = union(*(select(arm) for arm in arms)).subquery()
            cut = select(found.c.id).order_by(*ordering(found, order)).limit(literal_column(str(limit)))
            chosen = select(table).where(*self._tenant(table), table.c.id.in_(cut))
        return chosen.order_by(*ordering(table, order)).limit(literal_column(str(limit))).correlate(*self.outer)

    def one(self, id: ColumnElement[Any]) -> Select[Any]:
        """Return the row with that id, if it is in scope."""
        table = self._table()
        return self._rows(select(table), table, [scope.any_of(self._relations(table, is_one=True)), table.c.id == id])

    def count(self) -> ColumnElement[int]:
        """Return how many rows are in scope, by the same conditions as the rows themselves."""
        table = self._table()
        counted = self._rows(select(func.count()).select_from(table), table, [scope.any_of(self._relations(table))])
        return counted.correlate(*self.outer).scalar_subquery()

    def _arm(self, place: int, order: Order, limit: int, beyond: Condition | None) -> FromClause:
        table = self._table()
        wanted = [self._relations(table)[place], *self._beyond(table, beyond)]
        ordered = (table.c[name] for name in dict.fromkeys((order.column, "id")))
        arm = self._rows(select(*ordered), table, wanted).order_by(*ordering(table, order))
        return arm.limit(literal_column(str(limit))).correlate(*self.outer).subquery()

    def _rows(self, chosen: Select[Any], table: FromClause, wanted: Sequence[ColumnElement[bool]]) -> Select[Any]:
        barred = [] if self.noun.inherits else scope.barred(self.grants, self._standing(table, is_one=False))
        asked = [each for each in barred if not any(each.compare(met) for met in self.met)]
        return chosen.where(*self._tenant(table), *wanted, *asked, *(each(table) for each in self.conditions))

    def _table(self) -> FromClause:
        return another(self.noun.table)

    def _tenant(self, table: FromClause) -> list[ColumnElement[bool]]:
        return [] if self.noun.is_global else [table.c.incident_id == actor_parameter("incident")]

    def _relations(self, table: FromClause, *, is_one: bool = False) -> list[ColumnElement[bool]]:
        if self.noun.inherits:
            return [true()]
        found = scope.readable(self.grants, self._standing(table, is_one=is_one))
        # A relation that always holds makes the others idle, and so does one that the list itself is of (a caseload).
        of_the_list = [each(table) for each in self.conditions]
        return next(
            (
                [each]
                for each in found
                if scope.always_holds(each) or any(each.compare(condition) for condition in of_the_list)
            ),
            found,
        )

    def _standing(self, table: FromClause, *, is_one: bool) -> Standing:
        # Under another row the rows are few; in a list of its own a relation must lead to its rows.
        return replace(standing_of(self.noun, table, self.above), at_hand=bool(self.outer) or is_one)

    @staticmethod
    def _beyond(table: FromClause, beyond: Condition | None) -> list[ColumnElement[bool]]:
        return [] if beyond is None else [beyond(table)]
