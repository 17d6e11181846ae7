"""What a GraphQL object is made of: which columns, which sealed bundles, which other objects.

A noun is declared once, in the room of its name; the schema, the compiler and the tests read the same declaration.
Never: name a role, or hold a statement.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy import ColumnElement, FromClause, Table

from fac.db.places import Place, sealed_in

# A page is cut to one of these lengths in SQL: a parameterised LIMIT nearly doubled the cost of the plan.
PAGE_SIZES = (10, 25, 50, 100)
LIST_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Plain:
    """A value as it stands in ``column``."""

    column: str


@dataclass(frozen=True, slots=True)
class Classes:
    """A mask of information classes in ``column``, shown as a list of words."""

    column: str


@dataclass(frozen=True, slots=True)
class SealedKey:
    """The value under ``key`` of a sealed bundle."""

    bundle: str
    key: str


@dataclass(frozen=True, slots=True)
class One:
    """The row of ``noun`` that ``column`` names."""

    noun: str
    column: str


@dataclass(frozen=True, slots=True)
class Order:
    """The stable order of a list: ``column`` then id."""

    column: str
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Via:
    """A link table between two nouns: ``near`` names this row, ``far`` the other."""

    table: Table
    near: str
    far: str


@dataclass(frozen=True, slots=True)
class Many:
    """The rows of ``noun`` whose ``column`` names this row (or that ``via`` links to it)."""

    noun: str
    order: Order
    column: str = ""
    via: Via | None = None
    paged: bool = False
    filters: Mapping[str, str] = field(default_factory=dict)  # argument -> column, by equality
    is_null: str = ""  # the column that must not be set


@dataclass(frozen=True, slots=True)
class Access:
    """What of this row the reader may see, so that "empty" and "hidden" differ."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence of the law that goes with the row wherever ``when`` holds of it, null elsewhere."""

    text: str
    when: Callable[[FromClause], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Flag:
    """Whether ``holds`` is so of the row, at the moment of the request."""

    holds: Callable[[FromClause], ColumnElement[bool]]


Source: TypeAlias = Plain | Classes | SealedKey | One | Many | Access | Notice | Flag


@dataclass(frozen=True, slots=True)
class Noun:
    """One kind of object. ``code`` is written into its opaque ids: never reuse one."""

    name: str
    code: int
    record: str
    table: Table
    fields: Mapping[str, Source]
    case_column: str | None = None  # the column that names the case the row hangs on
    person_column: str | None = None  # set where the case is found through a person
    inherits: int = 0  # reached only through its parent: these classes are as visible as the parent is

    @property
    def bundles(self) -> Mapping[str, Place]:
        """The sealed columns of its rows, by name: as rotation and erasure know them."""
        return sealed_in(self.table)

    @property
    def is_global(self) -> bool:
        """Tell whether rows belong to every incident."""
        return "incident_id" not in self.table.c


@dataclass(frozen=True, slots=True)
class Root:
    """A field of Query: one row by id, or a page of rows in the reader's scope."""

    name: str
    noun: str
    order: Order | None = None  # None: a single row by its id argument
    filters: Mapping[str, str] = field(default_factory=dict)  # argument -> column, by equality
    upto: Mapping[str, str] = field(default_factory=dict)  # argument -> column, "on or before"
    not_null: str = ""  # the column that must be set
    is_null: str = ""  # the column that must not be set
    where: Callable[[FromClause], ColumnElement[bool]] | None = None  # a condition of its own, on top of the scope
    mine: str = ""  # the column that must be the actor's membership
    fixed: str = ""  # the actor fact that names the row: "incident" or "me"
    among: str = ""  # the variable of ours (no client can name it) that lists the ids of the rows


def plain(*columns: str) -> dict[str, Source]:
    """Return fields named like their columns, in GraphQL's spelling."""
    return {camel(column): Plain(column) for column in columns}


def camel(name: str) -> str:
    """Return ``snake_case`` as ``camelCase``."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
