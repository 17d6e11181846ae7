"""Every shipped document, a query or a mutation, leaves the audit rows it must: walked, so that none is left out.

What was shown is read off the answer itself, with the policy's map of fields; whose it is, off the rows' keys. A
document that no errand runs (tests/audit/errands.py) fails.
"""

from collections.abc import AsyncIterator, Iterator
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from graphql import FieldNode, GraphQLEnumType, GraphQLObjectType, InlineFragmentNode, OperationType, get_named_type

from fac.audit.events import EVENTS
from fac.audit.left import LEFT_BY
from fac.domain.ids import decode_global
from fac.domain.sensitivity import need_code, need_codes, note_class
from fac.domain.vocabulary import ALL_INFO, SEALED_CLASSES, NoteKind, mask_of
from fac.reading.catalog import NOUNS
from fac.reading.noun import Noun, SealedKey
from tests.access.crawl import BOOK, POLICY, SCHEMA
from tests.audit.errands import all_errands
from tests.audit.heard import Heard, Run, hearing, with_rows
from tests.audit.opened import Said
from tests.world import World

OPERATIONS = {name: next(iter(prepared.values())).operation for name, prepared in BOOK.trusted.items()}
QUERIES = sorted(name for name, each in OPERATIONS.items() if each.operation is OperationType.QUERY)
MUTATIONS = sorted(name for name, each in OPERATIONS.items() if each.operation is OperationType.MUTATION)
SEALED = mask_of(SEALED_CLASSES)
# Whose changes name nobody served: the directory, people on duty, figures; and who died, until the family was told
# (tests/casework/test_identification.py).
NAMING_NOBODY = {
    "agreement", "anonymous_contact", "award", "center", "identification", "membership", "organization",
    "organization_contact", "provider_credential", "report", "second_factor", "service",
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def run(world: World) -> AsyncIterator[Run]:
    """Every errand, once."""
    with hearing() as found:
        await all_errands(world)
    yield await with_rows(world, found)


def test_nothing_but_queries_and_mutations_is_shipped() -> None:
    assert len(QUERIES) + len(MUTATIONS) == len(OPERATIONS)
    assert {name[0].lower() + name[1:] for name in MUTATIONS} == set(LEFT_BY)


@pytest.mark.parametrize("document", [*QUERIES, *MUTATIONS])
class TestEveryDocument:
    """What holds of queries and mutations alike."""

    async def test_each_row_says_who_asked_for_what_under_which_policy(
        self, world: World, run: Run, document: str
    ) -> None:
        heard, names = run.of(document), {document, *(each.name.value for each in roots(document))}
        assert heard, f"{document}: no errand in tests/audit/errands.py runs it"
        assert document in MUTATIONS or any(shows(each.data) for each in heard), f"{document}: nothing was shown"
        for each in heard:
            assert each.rows, f"{document} left no audit row"
            for row in each.rows:
                assert row["event"] in EVENTS
                assert row["operation"] in names
                assert row["policy_version"] == world.parts.tools.policy.version
                assert (row["membership_id"], row["is_theirs"]) == (each.hat.membership_id, True)

    async def test_its_rows_name_whoever_is_shown_and_the_classes_opened(
        self, world: World, run: Run, document: str
    ) -> None:
        for heard in run.of(document):
            for row in heard.rows:
                said = run.opened.get(row["id"], Said())
                assert said.subjects <= set(row["subjects"]), row
                if row["event"] == "record.read":
                    assert row["classes"] == said.classes, row
                    assert said.subjects in (set(), set(row["subjects"])), row
            for kind, id, bit in set(shown(heard)):
                assert heard.classes & bit, (document, kind, bit)
                if kind in NOUNS:
                    assert await subject_of(world, kind, id) in heard.subjects, (document, kind)


@pytest.mark.parametrize("document", MUTATIONS)
async def test_a_change_leaves_its_event_with_whom_it_is_about_and_what_it_seals(run: Run, document: str) -> None:
    (root,) = roots(document)
    name = root.name.value
    for heard in run.of(document):
        left = [row for row in heard.rows if row["event"] in LEFT_BY[name] and row["operation"] == name]
        subjects = {id for row in left for id in row["subjects"]}
        assert left, [row["event"] for row in heard.rows]
        assert persons_given(heard.variables) <= subjects
        assert (subjects == set()) == (POLICY.operation(name).record in NAMING_NOBODY)
        wanted = sealed_by(name, heard.variables["input"])
        told = reduce(or_, (row["classes"] for row in left))
        assert told & wanted == wanted, (told, wanted)


def test_something_sealed_of_every_kind_was_shown(run: Run) -> None:
    seen = {kind for heard in run.heard for kind, _, _ in shown(heard)}
    assert seen == {name for name, noun in NOUNS.items() if noun.bundles} | {"AccountedDisclosure"}


def roots(document: str) -> list[FieldNode]:
    return [each for each in OPERATIONS[document].selection_set.selections if isinstance(each, FieldNode)]


def shows(value: Any) -> bool:
    """Tell whether an answer holds anything at all beyond counts of pages."""
    if isinstance(value, dict):
        return any(shows(each) for name, each in value.items() if name not in ("totalCount", "pageInfo", "__typename"))
    return any(map(shows, value)) if isinstance(value, list) else value is not None


def shown(heard: Heard) -> Iterator[tuple[str, str | None, int]]:
    """Yield each sealed value of an answer: the type it stands in, that object's id, and the bit of its class."""
    root = SCHEMA.get_root_type(OPERATIONS[heard.document].operation)
    assert root is not None
    yield from shown_in(root, OPERATIONS[heard.document].selection_set, heard.data)


def shown_in(type_: Any, selections: Any, value: Any) -> Iterator[tuple[str, str | None, int]]:
    if isinstance(value, list):
        for each in value:
            yield from shown_in(type_, selections, each)
    elif isinstance(value, dict):
        if not isinstance(type_, GraphQLObjectType):
            type_ = SCHEMA.type_map[value["__typename"]]
        assert isinstance(type_, GraphQLObjectType)
        for each in selections.selections:
            if isinstance(each, InlineFragmentNode):
                if each.type_condition is None or each.type_condition.name.value in kinds(type_):
                    yield from shown_in(type_, each.selection_set, value)
                continue
            name, inner = each.name.value, value.get((each.alias or each.name).value)
            rule = POLICY.fields.get(f"{type_.name}.{name}")
            if inner not in (None, "", [], False) and rule is not None and rule.mask & SEALED:
                yield type_.name, value.get("id"), class_in(value) & rule.mask
            if each.selection_set is not None and name in type_.fields:
                yield from shown_in(get_named_type(type_.fields[name].type), each.selection_set, inner)


def class_in(row: dict[str, Any]) -> int:
    """Return the classes that the row's own words leave it: a need's code and a note's kind say one."""
    if row.get("code") in need_codes():
        return need_code(row["code"]).detail.bit
    return note_class(NoteKind(row["kind"])).bit if row.get("kind") in list(NoteKind) else ALL_INFO


def kinds(type_: GraphQLObjectType) -> set[str]:
    return {type_.name, *(each.name for each in type_.interfaces)}


async def subject_of(world: World, kind: str, id: str | None) -> UUID:
    """Return whose key a row's sealed values are under, as the row itself says."""
    decoded = decode_global(id or "")
    assert decoded is not None, f"the document asks for sealed fields of {kind} without its id"
    (subject,) = {each.subject for each in NOUNS[kind].bundles.values()}
    table = NOUNS[kind].table.name
    ((found,),) = await world.fetch(f"SELECT {subject} FROM {table} WHERE id = $1", decoded[2])  # noqa: S608
    return UUID(str(found))


def persons_given(value: Any) -> set[UUID]:
    """Return the persons that an input names."""
    if isinstance(value, dict | list):
        return {id for each in (value.values() if isinstance(value, dict) else value) for id in persons_given(each)}
    decoded = decode_global(value) if isinstance(value, str) else None
    return {decoded[2]} if decoded is not None and decoded[0] == NOUNS["Person"].code else set()


def sealed_by(mutation: str, given: dict[str, Any]) -> int:
    """Return the classes of what an input brings that the record keeps sealed."""
    nouns = [each for each in NOUNS.values() if each.record == POLICY.operation(mutation).record]
    return sealed_as(nouns, given, set(coded(mutation)))


def sealed_as(nouns: list[Noun], given: dict[str, Any], words: set[str]) -> int:
    found = 0
    for name, value in given.items():
        of = NOUNS.get(name.removesuffix("s").capitalize())
        if of is not None:  # person, persons, needs
            for each in value if isinstance(value, list) else [value]:
                found |= sealed_as([of], each, words) if isinstance(each, dict) else 0
        for source in (noun.fields.get(name) for noun in nouns):
            if isinstance(source, SealedKey) and value and name not in words:
                bundle = next(noun.bundles[source.bundle] for noun in nouns if source.bundle in noun.bundles)
                found |= class_in(given) & bundle.mask
    return found


def coded(mutation: str) -> Iterator[str]:
    """Yield the input's fields that hold a word of the vocabulary, whatever else is called like them."""
    assert SCHEMA.mutation_type is not None
    given = get_named_type(SCHEMA.mutation_type.fields[mutation].args["input"].type)
    for name, field in getattr(given, "fields", {}).items():
        if isinstance(get_named_type(field.type), GraphQLEnumType):
            yield name
