"""Canaries: a marker in every sealed word of a family, and every role asks for everything the schema has.

Each role's queries are made from the schema itself, every root down to several levels, and the shipped documents are
run too. What comes back may hold a marker only where the role, standing as it does to this family, may see its class.
"""

import io
import logging
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from graphql import GraphQLObjectType, OperationType, get_named_type, is_leaf_type

from fac import logs
from fac.access.policy import load
from fac.api import schema
from fac.api.document import Documents
from fac.errors import DocumentRefused
from fac.reading.catalog import NOUNS
from fac.resources import graphql_dir, policies_dir
from tests.journeys.following import MARKERS, Following, walk
from tests.world import Hat, World

POLICY = load(policies_dir())
SCHEMA = schema.build(POLICY)
DEEPLY_ASKED = ("Case", "Person", "Referral", "Handoff", "FollowUp", "Report")
DEEP, SHALLOW = 3, 2  # from one record, and from a list, whose records can each be asked for by id
IDENTITY = {MARKERS[each] for each in ("given name", "family name", "preferred name", "alias")}
CONTACT = {MARKERS[each] for each in ("email", "address", "best times")} | {"3125550177"}
REASON, MESSAGE, NEED = {MARKERS["referral reason"]}, {MARKERS["handoff message"]}, {MARKERS["need detail"]}
SOUGHT = {MARKERS["sought name"], MARKERS["sought description"]}
EVERY_MARKER = IDENTITY | CONTACT | REASON | MESSAGE | NEED | SOUGHT | {MARKERS["note"]}
A_DEATH = ("deceased", "identity_pending")  # before the family was told nobody reads such a word (domain invariant 7)
WHILE_SERVED = {
    "intake": set(), "reunification_supervisor": set(), "navigator": set(), "resiliency_supervisor": set(),
    "fac_intake": IDENTITY | CONTACT | SOUGHT,
    "fac_manager": IDENTITY | CONTACT | NEED | REASON | MESSAGE | SOUGHT,
    "fac_manager_two": IDENTITY | SOUGHT,
    "fac_supervisor": IDENTITY | CONTACT | NEED | REASON | MESSAGE | SOUGHT,
    "counselor": IDENTITY | CONTACT | REASON, "lawyer": set(), "stranger": set(), "funder": set(), "auditor": set(),
    "privacy_officer": set(), "administrator": set(), "system": set(), "reunifier": set(), "volunteer": set(),
    "liaison": IDENTITY | CONTACT | SOUGHT, "counseling_administrator": set(), "fund": set(),
}  # fmt: skip
AFTERWARDS = WHILE_SERVED | {
    "fac_manager": EVERY_MARKER, "fac_supervisor": EVERY_MARKER, "counselor": set(),
}  # fmt: skip


def selection(type_: GraphQLObjectType, depth: int) -> str:
    """Return every field of a type, objects down to ``depth``."""
    parts = []
    for name, field in type_.fields.items():
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            parts.append(name)
        elif isinstance(inner, GraphQLObjectType) and not any(
            str(each.type).endswith("!") for each in field.args.values()
        ):
            level = (
                depth
                if inner.name in ("Access", "Masked", "PageInfo") or inner.name.endswith(("Connection", "Edge"))
                else depth - 1
            )
            if level > 0 and name != "edges":
                first = "(first: 3)" if "first" in field.args else ""
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
        elif "first" in field.args:
            head = f"{{ {name}(first: 10)"
        elif not any(str(each.type).endswith("!") for each in field.args.values()):
            head = f"{{ {name}"
        else:
            continue
        for body in fitting(head, inner):
            yield name, f"{head} {{ {body} }} }}"
    # What the budget no longer takes together with all the rest of a case.
    yield "case", "query($id: ID!) { case(id: $id) { assignments { worker { id role } center { id } } } }"


def fitting(head: str, type_: GraphQLObjectType) -> Iterator[str]:
    """Yield the deepest selection the budget takes; one object field at a time where that goes deeper."""
    book = Documents(SCHEMA, graphql_dir() / "none", introspection=True)
    for depth in range(DEEP if type_.name in DEEPLY_ASKED and "$id" in head else SHALLOW, 0, -1):
        body = selection(type_, depth)
        try:
            book.free_document(f"{head} {{ {body} }} }}", None)
        except DocumentRefused as refused:  # too heavy: less deep then
            if not refused.reason.startswith("too_"):
                raise
            continue
        yield body
        return
    raise AssertionError(head)


CRAWLS = list(crawls())


@pytest.fixture(scope="module")
def log() -> Iterator[io.BytesIO]:
    """The lines the process logs."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, sys.excepthook, threading.excepthook)
    stream = io.BytesIO()
    logs.configure(stream, level="debug")
    yield stream
    root.handlers[:], level, sys.excepthook, threading.excepthook = before
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


async def everything_said(way: Following, hat: Hat) -> list[Any]:
    """Return every answer to every crawl and every shipped query, for every id of the family."""
    answers = []
    for name, query in CRAWLS:
        wanted = [id for root, id in way.ids.items() if root == name] if "$id" in query else [None]
        wanted += list(way.family.persons.values()) if name == "person" else []
        for id in wanted:
            variables = {} if id is None else {"id": id}
            answers.append((await hat.post({"query": query, "variables": variables})).json())
    for name, prepared in BOOK.trusted.items():
        operation = next(iter(prepared.values())).operation
        if operation.operation is not OperationType.QUERY:
            continue
        root = getattr(operation.selection_set.selections[0], "name").value  # noqa: B009  # a field, in every document
        needs_id = any(each.variable.name.value == "id" for each in operation.variable_definitions or ())
        variables = {"id": way.ids.get(root, way.family.case_id)} if needs_id else {}
        answers.append((await hat.post({"documentId": name, "variables": variables})).json())
    return answers


BOOK = Documents(SCHEMA, graphql_dir() / "operations", introspection=True)


def digits_kept(text: str) -> str:
    """Return text with telephone numbers written one way."""
    return text.replace("312 555 0177", "3125550177").replace("(312) 555-0177", "3125550177")


def holds_objects(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(each, dict) for each in value))


def check_places(answer: Any) -> None:
    """Check that each object shows values only of the classes it says are visible."""
    if isinstance(answer, list):
        for each in answer:
            check_places(each)
    elif isinstance(answer, dict):
        kind = answer.get("__typename")
        if kind in NOUNS and "access" in answer:
            plain = {name: str(value) for name, value in answer.items() if not holds_objects(value)}
            for name, said in plain.items():
                if any(marker in digits_kept(said) for marker in EVERY_MARKER):
                    assert POLICY.field(kind, name).info in answer["access"]["visible"], (kind, name)
        for each in answer.values():
            check_places(each)


async def test_every_marker_seen_is_one_the_role_may_see(world: World, log: io.BytesIO):
    checked: dict[str, int] = {}

    async def onlookers(way: Following, step: str) -> None:
        expected = {"in_service by the other": WHILE_SERVED, "note": AFTERWARDS}.get(step)
        if expected is None:
            return
        assert set(expected) == set(world.hats)
        for name, allowed in expected.items():
            answers = await everything_said(way, world[name])
            text = digits_kept(str(answers))
            seen = {marker for marker in EVERY_MARKER if marker in text}
            assert seen == allowed, (step, name)
            assert any(word in text for word in A_DEATH) is (name == "liaison"), (step, name)
            assert "'internal'" not in text, (step, name)
            for answer in answers:
                check_places(answer)
                assert not any(marker in digits_kept(str(answer.get("errors"))) for marker in EVERY_MARKER)
            checked[step] = checked.get(step, 0) + len(answers)

    await walk(world, onlookers)
    assert len(checked) == 2
    assert min(checked.values()) > len(world.hats) * len(CRAWLS)
    written = digits_kept(log.getvalue().decode())
    assert not [marker for marker in EVERY_MARKER if marker in written]


def test_the_crawl_reaches_every_field_of_every_noun():
    reached = " ".join(query for _, query in CRAWLS)
    missing = [name for name in POLICY.fields if name.partition(".")[2] not in reached]
    assert missing == []
    assert {name for name, _ in CRAWLS} >= {"case", "person", "referral", "note", "cases", "referralInbox", "viewer"}
