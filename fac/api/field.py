"""How rooms declare fields: a type, a sentence, and arguments; what fills them is decided by the reading of the row.

Never: give a field a resolver that reads the database.
"""

import dataclasses
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from fac.api import words  # noqa: F401  # the enumerations must be declared before types name them
from fac.api.scalars import PageLength
from fac.domain.vocabulary import InfoClass

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


def field(description: str, **filters: tuple[Any, str]) -> Any:
    """Declare a field; ``filters`` are optional arguments, each a type and a sentence."""
    declared = strawberry.field(description=description)
    declared.arguments = [_argument(name, kind, said) for name, (kind, said) in filters.items()]
    return declared


def given(description: str, default: Any = dataclasses.MISSING) -> Any:
    """Declare a field of an input; without ``default`` it is required."""
    return strawberry.field(description=description, default=default)


def mutation_key() -> Any:
    """Declare ``clientMutationId``."""
    return given(
        "A UUID of your own making. Sent again with the same contents it changes nothing and answers the same."
    )


def mutation(description: str) -> Callable[[F], F]:
    """Declare a field of Mutation with its sentence; the library's own decorator forgets the function's type."""
    declared: Callable[[F], F] = strawberry.mutation(description=description)
    return declared


def query(description: str) -> Callable[[F], F]:
    """Declare a field of Query that is not read through a compiled plan, because it shows no row."""
    declared: Callable[[F], F] = strawberry.field(description=description)
    return declared


def page(description: str, **filters: tuple[Any, str]) -> Any:
    """Declare a connection: ``first`` rows ``after`` a cursor, with optional filters."""
    return field(
        description,
        first=(PageLength, "How many rows; 25 when left out, 100 at most."),
        after=(str, "The endCursor of the page before."),
        **filters,
    )


def by_id(description: str) -> Any:
    """Declare a field that finds one row by its id."""
    declared = strawberry.field(description=description)
    declared.arguments = [
        StrawberryArgument(
            python_name="id",
            graphql_name=None,
            type_annotation=StrawberryAnnotation(strawberry.ID),
            description="The row's id.",
        )
    ]
    return declared


def _argument(name: str, kind: Any, description: str) -> StrawberryArgument:
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(kind | None),
        description=description,
        default=None,
    )


@strawberry.type(description="Where a page stands in its list. Pages run forward.")
class PageInfo:
    """Where a page stands."""

    has_next_page: bool = field("Whether more rows follow.")
    end_cursor: str | None = field("The cursor of the last row: pass it as `after` for the next page.")


@strawberry.type(description="One row of a page, with its cursor.")
class Edge(Generic[T]):
    """One row with its cursor."""

    cursor: str = field("The row's place in the list.")
    node: T | None = field("The row.")


@strawberry.type(description="A page of rows, and the count of all rows in your scope.")
class Connection(Generic[T]):
    """A page of rows."""

    nodes: list[T] = field("The rows.")
    edges: list[Edge[T]] = field("The rows with their cursors.")
    page_info: PageInfo = field("Whether there is more.")
    total_count: int = field("How many rows there are in your scope, by the same conditions as the rows.")


@strawberry.type(description="A class of information that you do not see in this row, and why.")
class Masked:
    """A masked class."""

    info: InfoClass = field("The class.")
    reason: str = field(
        "Why: a code such as not_for_your_role, not_in_these_records, needs_release, withheld, unreadable."
    )
    requestable: bool = field("Whether another fact, such as a release, would open it.")


@strawberry.type(description="What of this row you may see, so that empty and hidden differ.")
class Access:
    """What is visible in a row."""

    visible: list[InfoClass] = field("The classes you see.")
    masked: list[Masked] = field("The classes you do not see.")
