"""How what a client sends becomes the inputs that mutations take.

The GraphQL library coerces every value anyway; here it is told to build the declared inputs as it goes. Strawberry
would walk the finished value once more, resolving each field's type anew at every request: a fifth of an intake.
Never: take a value that the schema's own coercion has not passed.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any

from graphql import GraphQLField, GraphQLInputObjectType, GraphQLResolveInfo

from fac.api.context import Context


def build_inputs(type_: GraphQLInputObjectType) -> None:
    """Let coercion make ``type_`` into its declared class; an optional field that is absent takes its default."""
    declared = type_.extensions["strawberry-definition"]
    names = {field.python_name for field in declared.fields}
    by_name = {each.replace("_", "").lower(): each for each in names}
    for name, field in type_.fields.items():
        field.out_name = by_name[name.lower()]
    absent = {
        field.python_name: None
        for field in declared.fields
        if field.default is MISSING and field.default_factory is MISSING
    }
    make = declared.origin

    def built(value: Mapping[str, Any]) -> Any:
        return make(**(absent | dict(value)))

    type_.out_type = built  # type: ignore[method-assign]  # the library's own way to set it is a constructor's argument


def mutation_resolver(field: GraphQLField) -> Callable[..., Any]:
    """Return what carries the mutation ``field`` out: its declared function, given the built inputs."""
    declared: Any = field.extensions["strawberry-definition"]
    if declared.extensions or declared.permission_classes:
        raise TypeError(f"{declared.name}: extensions and permission classes of Strawberry are not used here")
    carry_out = declared.base_resolver.wrapped_func

    async def resolve(_source: Any, info: GraphQLResolveInfo[Context], **given: Any) -> Any:
        return await carry_out(None, info, **given)

    return resolve
