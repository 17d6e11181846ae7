"""One way to the data, two ways to shape it: compiled plans and the library's own execution answer alike."""

import json
from random import Random
from typing import Any

import orjson
import pytest
import pytest_asyncio
from graphql import GraphQLEnumType, GraphQLObjectType, GraphQLSchema, get_named_type

from fac.api import execute, schema, variables
from fac.api.context import Context
from fac.api.document import Documents
from fac.audit.ledger import Circumstances
from fac.domain.ids import new_id
from fac.errors import DocumentRefused
from fac.reading.catalog import NOUNS, ROOTS
from fac.reading.noun import Classes, Plain, SealedKey
from fac.resources import graphql_dir
from tests.caseloads import carried_family
from tests.families import new_family
from tests.reading.operations import Maker, Operation
from tests.referring import accepted, sent
from tests.world import World

OPERATIONS = 30  # of each hat
HATS = (
    "intake", "fac_manager", "fac_supervisor", "counselor", "stranger", "privacy_officer", "funder", "administrator",
)  # fmt: skip
TOO_MUCH = {"too_many_objects", "too_many_aliases", "too_many_directives", "too_many_fields", "too_deep"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def documents(world: World) -> Documents:
    """Free documents of the world's schema, over a world with families and referrals."""
    family = await carried_family(world, "fac_manager")
    await accepted(world, family)
    await accepted(world)
    await sent(world)
    await new_family(world, "intake")
    return Documents(schema.build(world.parts.tools.policy), graphql_dir() / "operations", introspection=True)


async def ids_of(world: World) -> dict[str, list[str]]:
    """Return opaque ids of up to five rows of every noun."""
    found = {}
    for noun in NOUNS.values():
        rows = await world.fetch(f"SELECT id FROM {noun.table.name} ORDER BY id LIMIT 5")  # noqa: S608  # our own word
        found[noun.name] = [world.id(noun.name, row["id"]) for row in rows]
    return found


def words_of(built: GraphQLSchema) -> dict[tuple[str, str], list[str]]:
    """Return the words of every argument that is an enumeration, by (root or Noun.field, argument)."""
    found = {}
    for type_ in built.type_map.values():
        if not isinstance(type_, GraphQLObjectType) or (type_.name != "Query" and type_.name not in NOUNS):
            continue
        for name, field in type_.fields.items():
            for argument, declared in field.args.items():
                kind = get_named_type(declared.type)
                if isinstance(kind, GraphQLEnumType):
                    place = name if type_.name == "Query" else f"{type_.name}.{name}"
                    found[place, argument] = list(kind.values)
    return found


async def context_of(world: World, hat: str) -> Context:
    """Return a fresh request of ``hat``."""
    parts = world.parts
    async with parts.database.transaction(parts.sign_in.claims(world[hat].token)) as connection:
        actor = await parts.sign_in.find(connection, world[hat].token, parts.clock())
    return Context(parts, actor, Circumstances(parts.clock(), parts.tools.policy.version, new_id()))


async def both_ways(world: World, documents: Documents, hat: str, operation: Operation) -> tuple[Any, Any]:
    """Return what the plans and what the library answer."""
    built = schema.build(world.parts.tools.policy)
    prepared = documents.free_document(operation.text, None)
    planned = await context_of(world, hat)
    coerced = variables.coerced(built, prepared.operation, operation.variables)
    selected = prepared.selection(coerced)
    assert selected is not None, "the compiler knows every root there is"
    mine = await execute._by_plan(selected, coerced, planned)
    theirs = await execute._by_library(built, prepared, operation.variables, await context_of(world, hat))
    return as_sent(mine), as_sent(theirs)


def as_sent(answer: Any) -> Any:
    """Return the answer as it goes over the wire, with its fields in their order."""
    return json.loads(
        orjson.dumps(answer, option=orjson.OPT_PASSTHROUGH_SUBCLASS, default=str), object_pairs_hook=Ordered
    )


class Ordered(dict[str, Any]):
    """An object whose order counts when it is compared."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, dict) and list(self.items()) == list(other.items())

    __hash__ = None  # type: ignore[assignment]  # like dict


def problems(answer: Any) -> list[tuple[str, str]]:
    """Return code and path of every error."""
    return sorted((each["extensions"]["code"], str(each.get("path"))) for each in answer.get("errors", ()))


@pytest.mark.parametrize("hat", HATS)
async def test_random_operations_answer_alike_both_ways(world: World, documents: Documents, hat: str) -> None:
    random = Random(f"seed of {hat}")  # noqa: S311  # the same operations at every run
    maker = Maker(random, await ids_of(world), words_of(schema.build(world.parts.tools.policy)))
    ran, told = 0, 0
    for number in range(8 * OPERATIONS):
        if number >= OPERATIONS and told >= 3:  # a hat that may read little is asked until it was told something
            break
        operation = maker.make(random.sample(list(ROOTS.values()), k=1 if number % 3 else 2))
        try:
            mine, theirs = await both_ways(world, documents, hat, operation)
        except DocumentRefused as refusal:
            if refusal.reason not in TOO_MUCH:
                raise
            continue
        ran += 1
        assert mine["data"] == theirs["data"], operation.text
        if mine["data"] is not None:
            assert problems(mine) == problems(theirs), operation.text
            told += any(value is not None for value in mine["data"].values())
    assert ran >= OPERATIONS // 2
    assert told >= 3, "hardly anything was read: the comparison proves nothing"


async def test_every_root_is_asked_both_ways_for_all_its_own_fields(world: World, documents: Documents) -> None:
    ids = await ids_of(world)
    for root in ROOTS.values():
        noun = NOUNS[root.noun]
        fields = " ".join(
            name for name, source in noun.fields.items() if isinstance(source, Plain | SealedKey | Classes)
        )
        inner = f"{{ {fields} access {{ visible }} }}"
        if root.order is None:
            given = "" if root.fixed else f'(id: "{(ids[noun.name] or ["none"])[0]}")'
            text = f"{{ {root.name}{given} {inner} }}"
        else:
            text = f"{{ {root.name} {{ totalCount nodes {inner} }} }}"
        for hat in HATS:
            mine, theirs = await both_ways(world, documents, hat, Operation(text, {}))
            assert mine["data"] == theirs["data"], (hat, text)
