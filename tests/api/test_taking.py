"""Inputs as the schema's coercion builds them are the inputs that Strawberry would make of the same values."""

from typing import Any
from uuid import uuid4

import pytest
import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    Undefined,
    is_required_input_field,
)
from graphql.utilities import coerce_input_value
from strawberry.types.arguments import convert_argument

from fac.api import schema, wiring

WORDS = {
    "Int": 3, "Boolean": True, "String": "words", "ID": "abc", "Date": "2026-01-02", "DateTime": "2026-01-02T03:04:05Z",
    "LanguageTag": "es", "BirthDate": "1985-04-12",
}  # fmt: skip


def sample(type_: Any, *, whole: bool) -> Any:
    """Return a value of an input type, with its optional fields or without."""
    match type_:
        case GraphQLNonNull():
            return sample(type_.of_type, whole=whole)
        case GraphQLList():
            return [sample(type_.of_type, whole=whole), sample(type_.of_type, whole=whole)]
        case GraphQLInputObjectType():
            wanted = {name: each for name, each in type_.fields.items() if whole or is_required_input_field(each)}
            return {name: sample(each.type, whole=whole) for name, each in wanted.items()}
        case GraphQLEnumType():
            return next(iter(type_.values))
    return str(uuid4()) if type_.name == "UUID" else WORDS[type_.name]


@pytest.fixture(scope="module")
def by_strawberry() -> tuple[GraphQLSchema, Any]:
    """A schema whose inputs stay plain values, and what Strawberry needs to convert them."""
    made: list[Any] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(wiring, "build_inputs", lambda _type: None)
        whole = strawberry.Schema
        patched.setattr(strawberry, "Schema", lambda *given, **named: made.append(whole(*given, **named)) or made[-1])
        built = schema.make()
    return built, made[0]


@pytest.mark.parametrize("whole", [True, False], ids=["every field", "required fields"])
def test_every_input_is_built_as_strawberry_would(by_strawberry: tuple[GraphQLSchema, Any], whole: bool) -> None:
    plain, strawberries = by_strawberry
    ours, compared = schema.make(), 0
    for name, type_ in ours.type_map.items():
        if not isinstance(type_, GraphQLInputObjectType):
            continue
        value = sample(type_, whole=whole)
        coerced = coerce_input_value(value, plain.type_map[name])
        assert coerced is not Undefined, name
        declared = type_.extensions["strawberry-definition"].origin
        converted = convert_argument(
            coerced, declared, strawberries.schema_converter.scalar_registry, strawberries.config
        )
        built = coerce_input_value(value, type_)
        assert type(built) is declared
        assert built == converted
        assert [type(each) for each in vars(built).values()] == [type(each) for each in vars(converted).values()]
        compared += 1
    assert compared > 30
