"""A formula as SQL: one condition of the statement that reads the row, so that a revoked fact holds from the next on.

The tenant is added to every look for other rows, and no formula can leave it out. What is at hand already (the row
itself, or a row over it) is asked before anything is looked for.
Never: change what a formula says; how it is looked up is all that is decided here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, literal_column, not_, or_, select, true

from fac.access.formula import All, Either, Fact, Formula, Not, Scene, Some
from fac.access.standing import Standing, actor_parameter
from fac.db.aliased import another


def holds(formula: Formula, of: Standing) -> ColumnElement[bool]:
    """Return the condition that ``formula`` holds of the row ``of``."""
    return render(formula, Scene(of))


def render(formula: Formula, scene: Scene) -> ColumnElement[bool]:
    """Return the condition that ``formula`` holds of what ``scene`` shows."""
    match formula:
        case Fact():
            return formula.sql(scene)
        case All(()):
            return true()
        case All(parts):
            return and_(*(render(each, scene) for each in parts))
        case Either(parts):
            return or_(*(render(each, scene) for each in parts))
        case Not(part):
            return not_(render(part, scene))
        case Some():
            return _some(formula, scene)


def _some(some: Some, scene: Scene) -> ColumnElement[bool]:
    of = scene.of
    if of.record == some.record:
        return _of_a_row_at_hand(some, scene, of.row)
    found, at_hand = _found(some, scene), of.above.row_of(some.record)
    return found if at_hand is None else or_(_of_a_row_at_hand(some, scene, at_hand), found)


def _of_a_row_at_hand(some: Some, scene: Scene, row: FromClause) -> ColumnElement[bool]:
    seen = scene.finding(some.record, row)
    links = [each.near(scene) == row.c[each.far] for each in some.links if not each.names_the_row]
    return and_(*links, render(some.where, seen))


def _found(some: Some, scene: Scene) -> ColumnElement[bool]:
    look = search(some, scene)
    if look.links and (some.leads == "always" or (some.leads == "whole_lists" and not scene.of.at_hand)):
        (near, far), *others = look.links
        found = near.in_(look.select(far, others))
        if scene.of.at_hand or not _looks_back(some.where):
            return found
        # What is asked of the found rows speaks of the row too, so the server could only ask it of every row there is:
        # the few rows that are linked at all are listed first.
        return and_(near.in_(replace(look, where=true()).select(far, others)), found)
    there = look.select(literal_column("true"), look.links)
    return there.limit(literal_column("1")).scalar_subquery().is_not(None)


def _looks_back(formula: Formula) -> bool:
    """Tell whether the formula, asked of a found row, speaks of the row that is looked at."""
    match formula:
        case Fact():
            return "row" in formula.about
        case All(parts) | Either(parts):
            return any(_looks_back(each) for each in parts)
        case Not(part):
            return _looks_back(part)
        case Some():
            return any("row" in each.about for each in formula.links) or _looks_back(formula.where)


@dataclass(frozen=True, slots=True)
class Search:
    """Where a row is looked for: the tables, the pairs of columns (near, far) that link it, what must hold of it."""

    found: FromClause
    source: FromClause
    tables: tuple[FromClause, ...]
    links: tuple[tuple[ColumnElement[Any], ColumnElement[Any]], ...]
    where: ColumnElement[bool]

    def select(
        self, wanted: ColumnElement[Any], links: Iterable[tuple[ColumnElement[Any], ColumnElement[Any]]]
    ) -> Select[Any]:
        """Return the select of ``wanted`` from the rows, in the actor's incident whatever else is said."""
        tenant = (each.c.incident_id == actor_parameter("incident") for each in self.tables)
        linked = (far == near for near, far in links)
        return (
            select(wanted).select_from(self.source).where(*tenant, *linked, self.where).correlate_except(*self.tables)
        )


def search(some: Some, scene: Scene) -> Search:
    """Return how a row of ``some`` is looked for."""
    found: FromClause = another(some.table)
    source, tables = found, [found]
    links: list[tuple[ColumnElement[Any], ColumnElement[Any]]] = []
    for each in some.links:
        through = None if each.through is None else each.through(scene)
        if through is None:
            far: ColumnElement[Any] = found.c[each.far]
        else:
            linked = another(through.table)
            named = found.c[through.found_column] == linked.c[through.id_column]
            same = and_(found.c.incident_id == linked.c.incident_id, named)
            source, far = linked.join(found, same), linked.c[through.column]
            tables.insert(0, linked)
        links.append((each.near(scene), far))
    where = render(some.where, scene.finding(some.record, found))
    return Search(found, source, tuple(tables), tuple(links), where)
