"""The variables of a request against the types its document gives them.

A form filled in wrongly is told field by field, as a verb tells it: the library's own words quote what was sent.
Never: echo a value, or a name that the schema does not hold.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    assert_leaf_type,
    is_enum_type,
    is_required_input_field,
    type_from_ast,
)
from graphql.execution.values import get_variable_values

from fac.errors import DocumentRefused, FieldProblem, InvalidInput

MOST_TOLD = 50


def coerced(schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables as the schema reads them; raises InvalidInput that names each bad field."""
    found = get_variable_values(schema, operation.variable_definitions or (), dict(variables))
    if isinstance(found, list):
        refuse(schema, operation, variables)
        raise DocumentRefused("invalid_variables")
    return found.coerced


def refuse(schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> None:
    """Raise InvalidInput when a variable does not have the form its type asks for; ``MOST_TOLD`` fields at most."""
    problems = tuple(islice(_problems(schema, operation, variables), MOST_TOLD))
    if problems:
        raise InvalidInput(*problems)


def _problems(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> Iterator[FieldProblem]:
    for each in operation.variable_definitions or ():
        name, type_ = each.variable.name.value, type_from_ast(schema, each.type)
        value = variables.get(name, Undefined)
        if type_ is not None and not (value is Undefined and each.default_value is not None):
            yield from _of_value(value, type_, name)


def _of_value(value: Any, type_: Any, path: str) -> Iterator[FieldProblem]:
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
        if value is None or value is Undefined:
            yield FieldProblem(path, "required", "This must be given.")
            return
    if value is None or value is Undefined:
        return
    if isinstance(type_, GraphQLList):
        items = enumerate(value) if isinstance(value, list) else [(None, value)]
        for place, item in items:
            yield from _of_value(item, type_.of_type, path if place is None else f"{path}.{place}")
    elif isinstance(type_, GraphQLInputObjectType):
        yield from _of_object(value, type_, path)
    elif not _is_read(value, type_):
        yield FieldProblem(path, "malformed", _hint(type_))


def _of_object(value: Any, type_: GraphQLInputObjectType, path: str) -> Iterator[FieldProblem]:
    if not isinstance(value, dict):
        yield FieldProblem(path, "malformed", f"An object of the type {type_.name}.")
        return
    for name, each in type_.fields.items():
        if name in value or is_required_input_field(each):
            yield from _of_value(value.get(name, Undefined), each.type, f"{path}.{name}")
    if value.keys() - type_.fields.keys():
        yield FieldProblem(path, "unknown_field", f"The type {type_.name} does not have one of the fields sent.")


def _is_read(value: Any, type_: GraphQLInputType) -> bool:
    try:
        return assert_leaf_type(type_).coerce_input_value(value) is not Undefined
    except (GraphQLError, ValueError, TypeError, OverflowError):
        return False


def _hint(type_: Any) -> str:
    if is_enum_type(type_):
        return f"One of the words of {type_.name}."
    return type_.description if type_.name in _EXPLAINED else f"A value of the type {type_.name}."


_EXPLAINED = frozenset({"BirthDate", "LanguageTag", "PageLength"})
