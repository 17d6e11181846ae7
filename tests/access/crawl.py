"""Everything the schema lets anybody ask, asked by one hat: every root down to several levels, and every shipped query.

The queries are made from the schema itself, so that a new field is asked for the day it is there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any
from uuid import UUID

from graphql import GraphQLObjectType, GraphQLUnionType, OperationType, get_named_type, is_leaf_type

from fac.access.policy import load
from fac.api import schema
from fac.api.document import Documents
from fac.domain.ids import decode_global
from fac.errors import DocumentRefused
from fac.reading.catalog import NOUNS
from fac.resources import graphql_dir, policies_dir
from tests.world import Hat

POLICY = load(policies_dir())
SCHEMA = schema.build(POLICY)
FREE = Documents(SCHEMA, graphql_dir() / "none", introspection=True)
BOOK = Documents(SCHEMA, graphql_dir() / "operations", introspection=True)
DEEPLY_ASKED = ("Case", "Person", "Referral", "FollowUp", "Report")
DEEP, SHALLOW = 3, 2  # from one record, and from a list, whose records can each be asked for by id
PERIOD = 'first: 10, since: "2026-02-20T00:00:00Z", until: "2026-03-20T00:00:00Z"'
ASKED = {"unusualAccess": PERIOD, "accessEvents": f'membershipId: "nobody", {PERIOD}'}
ONLOOKER = (
    "membershipId role organization center classes"
    " sights { relation records classes until referralIds releases { releaseId personId classes until } }"
)
KIND_OF_CODE = {each.code: each.name for each in NOUNS.values()}


class Outlet(StrEnum):
    """A way for a value to leave the house."""

    by_id = auto()
    in_a_list = auto()
    under_another = auto()
    in_a_shipped_query = auto()
    in_a_search = auto()


@dataclass(frozen=True, slots=True)
class Shown:
    """One object of an answer: where it stood, what it is, and what was filled in."""

    outlet: Outlet
    kind: str
    id: UUID | None
    fields: dict[str, Any]


def selection(type_: GraphQLObjectType, depth: int) -> str:
    """Return every field of a type, objects down to ``depth``."""
    parts = []
    for name, field in type_.fields.items():
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            parts.append(name)
        elif isinstance(inner, GraphQLUnionType) and depth > 1:
            among = (f"... on {each.name} {{ {selection(each, depth - 1)} }}" for each in inner.types)
            parts.append(f"{name} {{ {' '.join(among)} }}")
        elif isinstance(inner, GraphQLObjectType) and not any(
            str(each.type).endswith("!") for each in field.args.values()
        ):
            level = (
                depth
                if inner.name in ("Access", "Masked", "PageInfo") or inner.name.endswith(("Connection", "Edge"))
                else depth - 1
            )
            if level > 0 and name != "edges":
                first = "(first: 5)" if "first" in field.args else ""
                parts.append(f"{name}{first} {{ {selection(inner, level)} }}")
    return "__typename " + " ".join(parts)


def crawls() -> Iterator[tuple[str, str]]:
    """Yield every root with a query of all it leads to, split so that each stays within the budget."""
    query = SCHEMA.query_type
    assert query is not None
    for name, field in query.fields.items():
        inner = get_named_type(field.type)
        if not isinstance(inner, GraphQLObjectType):
            continue
        if "id" in field.args:
            head = f"query($id: ID!) {{ {name}(id: $id)"
        elif name in ASKED:
            head = f"{{ {name}({ASKED[name]})"
        elif "first" in field.args:
            head = f"{{ {name}(first: 10)"
        elif not any(str(each.type).endswith("!") for each in field.args.values()):
            head = f"{{ {name}"
        else:
            continue
        for body in fitting(head, inner):
            yield name, f"{head} {{ {body} }} }}"
    # Everybody on duty, by name; and what the budget no longer takes together with all the rest of a case.
    yield "memberships", "{ memberships(first: 100) { nodes { __typename id account { __typename id displayName } } } }"
    yield "whoCanSee", f"query($id: ID!) {{ whoCanSee(id: $id) {{ nodes {{ {ONLOOKER} }} }} }}"
    yield "case", "query($id: ID!) { case(id: $id) { assignments { worker { id role } center { id } } } }"


def fitting(head: str, type_: GraphQLObjectType) -> Iterator[str]:
    """Yield the deepest selection the budget takes."""
    for depth in range(DEEP if type_.name in DEEPLY_ASKED and "$id" in head else SHALLOW, 0, -1):
        body = selection(type_, depth)
        try:
            FREE.free_document(f"{head} {{ {body} }} }}", None)
        except DocumentRefused as refused:  # too heavy: less deep then
            if not refused.reason.startswith("too_"):
                raise
            continue
        yield body
        return
    raise AssertionError(head)


CRAWLS = list(crawls())


async def crawl(hat: Hat, ids: dict[str, list[str]], search: str) -> list[tuple[Outlet, str, Any]]:
    """Return every answer to every crawl, every shipped query and the search, for the ids given by root."""
    answers: list[tuple[Outlet, str, Any]] = []
    for name, query in CRAWLS:
        outlet = Outlet.by_id if "$id" in query else Outlet.in_a_list
        for id in ids.get(name, []) if outlet is Outlet.by_id else [None]:
            variables = {} if id is None else {"id": id}
            answers.append((outlet, name, (await hat.post({"query": query, "variables": variables})).json()))
    for name, prepared in BOOK.trusted.items():
        operation = next(iter(prepared.values())).operation
        if operation.operation is not OperationType.QUERY or name == "SearchPeople":
            continue
        root = getattr(operation.selection_set.selections[0], "name").value  # noqa: B009  # a field, in every document
        needs_id = any(each.variable.name.value == "id" for each in operation.variable_definitions or ())
        variables = {"id": ids.get(root, ids["case"])[0]} if needs_id else {}
        body = (await hat.post({"documentId": name, "variables": variables})).json()
        answers.append((Outlet.in_a_shipped_query, root, body))
    body = (await hat.post({"query": search})).json()
    return [*answers, (Outlet.in_a_search, "searchPeople", body)]


def shown_in(outlet: Outlet, root: str, answer: Any) -> Iterator[Shown]:
    """Yield every object of an answer, with the outlet it stands in."""
    value = (answer.get("data") or {}).get(root)
    at_root = [value] if outlet is Outlet.by_id else (value or {}).get("nodes", []) if isinstance(value, dict) else []
    for each in objects_in(value):
        stands = Outlet.under_another if outlet is Outlet.by_id and each is not value else outlet
        if outlet is Outlet.in_a_list and not any(each is node for node in at_root):
            stands = Outlet.under_another
        kind, id = kind_and_id(each)
        if kind:
            yield Shown(stands, kind, id, each)


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in an answer."""
    if isinstance(value, list):
        for each in value:
            yield from objects_in(each)
    elif isinstance(value, dict):
        yield value
        for each in value.values():
            yield from objects_in(each)


def kind_and_id(found: dict[str, Any]) -> tuple[str | None, UUID | None]:
    """Return the type of an object and the id of its row, as far as it tells them."""
    decoded = decode_global(found["id"]) if isinstance(found.get("id"), str) else None
    kind = found.get("__typename") or (KIND_OF_CODE.get(decoded[0]) if decoded else None)
    return kind, decoded[2] if decoded else None
