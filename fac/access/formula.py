"""The language the relations are written in: named facts joined by and, or, not, and "there is a row of which ...".

A formula is data. Read by fac.access.rendering it becomes the SQL that guards the rows; read by tests/access/solver.py
it becomes what a solver proves never.csv over. Nobody writes a condition twice, so what is proved is what runs.
Never: hold a condition outside a fact: what has no name cannot be spoken of in a proof.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import ColumnElement, FromClause, Table

if TYPE_CHECKING:
    from fac.access.standing import Standing


@dataclass(frozen=True, slots=True)
class Scene:
    """What a fact is asked about: the row that is looked at, and the rows found on the way, by their record.

    ``person_id`` is the person the row concerns, where it is one of several (each person a referral names).
    """

    of: "Standing"
    found: tuple[tuple[str, FromClause], ...] = ()
    person_id: ColumnElement[Any] | None = None

    def __getitem__(self, record: str) -> FromClause:
        """Return a row found on the way; the nearest, if there are several of that record."""
        found = dict(self.found).get(record)
        if found is None:
            raise LookupError(f"no {record} was found before this is asked")
        return found

    def finding(self, record: str, row: FromClause) -> "Scene":
        """Return the scene with one more row."""
        return replace(self, found=(*self.found, (record, row)))


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is so or not, about the rows named in ``about`` ("row" is the one that is looked at)."""

    name: str
    about: tuple[str, ...]
    sql: Callable[[Scene], ColumnElement[bool]] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; of no parts, always."""

    parts: tuple["Formula", ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """One of the parts holds."""

    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Formula"


@dataclass(frozen=True, slots=True)
class Through:
    """A link table between what is found and what it is linked to.

    ``id_column`` names the found row, or with ``found_column`` what that column of the found row names too.
    """

    table: Table
    id_column: str
    column: str
    found_column: str = "id"


@dataclass(frozen=True, slots=True)
class Link:
    """How a found row hangs together with another: two columns that are equal. Named, as a fact is.

    ``far`` is a column of the found row, or where ``through`` gives a link table, one of that. ``names_the_row`` marks
    the link that a row at hand has already: it is at hand because it names the row.
    """

    name: str
    about: tuple[str, ...]
    near: Callable[[Scene], ColumnElement[Any]] = field(compare=False, repr=False)
    far: str = ""
    through: Callable[[Scene], Through | None] | None = field(default=None, compare=False, repr=False)
    names_the_row: bool = False


@dataclass(frozen=True, slots=True)
class Some:
    """There is a row of ``record``, linked by ``links``, of which ``where`` holds.

    A row that is itself of ``record`` is asked instead of looking for one. ``leads`` tells when the found rows are
    listed first (an IN the server can drive by), only for whole lists or always: the plan changes, never the answer.
    """

    record: str
    table: Table = field(compare=False, repr=False)
    links: tuple[Link, ...]
    where: "Formula"
    leads: str = "never"  # never, whole_lists, always


Formula: TypeAlias = Fact | All | Either | Not | Some
ALWAYS = All()


def every(*parts: Formula) -> Formula:
    """Return the formula that holds where all ``parts`` do."""
    return All(parts)


def either(*parts: Formula) -> Formula:
    """Return the formula that holds where one of ``parts`` does."""
    return Either(parts)


def terms_of(formula: Formula) -> Iterator[str]:
    """Yield the name of every fact and link in the formula."""
    match formula:
        case Fact(name):
            yield name
        case All(parts) | Either(parts):
            for part in parts:
                yield from terms_of(part)
        case Not(part):
            yield from terms_of(part)
        case Some(_, _, links, where):
            yield from (each.name for each in links)
            yield from terms_of(where)


def without(formula: Formula, term: str) -> Formula:
    """Return the formula as if nobody had written ``term``: what a slip of the pen would leave; for tests."""
    match formula:
        case Fact(name):
            return ALWAYS if name == term else formula
        case All(parts):
            return All(tuple(without(each, term) for each in parts))
        case Either(parts):
            return Either(tuple(without(each, term) for each in parts))
        case Not(Fact(name)) if name == term:
            return ALWAYS
        case Not(part):
            return Not(without(part, term))
        case Some():
            links = tuple(each for each in formula.links if each.name != term)
            return replace(formula, links=links, where=without(formula.where, term))
