"""Joins the declared schema to the readings: which function fills which field of the library's own execution.

Rows and payloads are plain data keyed by response key, so one default serves every declared type; roots and the node
fields of payloads run compiled plans. Declaring a type is all a room does.
Never: leave a field unmapped in the policy: the schema refuses to build.
"""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

from fac.access.policy import Policy
from fac.api.acting import tell_refusal
from fac.api.context import Context
from fac.api.problems import PROBLEMS, Payload
from fac.api.taking import build_inputs, mutation_resolver
from fac.domain.ids import encode_global
from fac.errors import NotPermitted, PolicyInvalid
from fac.reading.argument import argued, variant
from fac.reading.catalog import NOUNS, ROOTS
from fac.reading.noun import Root
from fac.reading.plan import Plan, compile_plan
from fac.reading.read import read
from fac.reading.selection import Asked, Variable, select

ROOT_TYPES = ("Query", "Mutation")
_NODE_ID = "id of the node"
# They carry mapped rows or a mutation's own answer; every other type must be mapped field by field.
_ENVELOPES = frozenset({"Access", "FieldProblem", "Masked", "PageInfo", "RecordedPerson"})


def wire(schema: GraphQLSchema) -> None:
    """Give every field of the declared types what fills it."""
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLUnionType):
            type_.resolve_type = lambda value, _info, _abstract: value.type_name
        if isinstance(type_, GraphQLInputObjectType):
            build_inputs(type_)
        if not isinstance(type_, GraphQLObjectType) or type_.name.startswith("__"):
            continue
        type_.is_type_of = None
        if type_.name == "Query":
            for name, field in type_.fields.items():
                if name in ROOTS:
                    field.resolve = _root(ROOTS[name])
        else:
            for name, field in type_.fields.items():
                field.resolve = mutation_resolver(field) if type_.name == "Mutation" else _value_of(name, field)


def _root(root: Root) -> Callable[..., Any]:
    async def resolve(_source: Any, info: GraphQLResolveInfo[Context], **_given: Any) -> Any:
        asked = select(info.field_nodes, info.fragments, _variables(info))
        return await run(info.context, root, asked, _variables(info))

    return resolve


async def run(context: Context, root: Root, asked: Asked, variables: Any) -> Any:
    """Return the answer of one root; raises NotPermitted when the role may never read it."""
    plan = _plan_for(context, root, asked, variables)
    if plan is None:
        refusal = NotPermitted("not_for_your_role")
        await tell_refusal(context, refusal)
        raise refusal
    answers, failures = await read(context.reader(), context.operation, [plan], variables)
    context.unreadable.extend(failures)
    return answers[0]


def _plan_for(context: Context, root: Root, asked: Asked, variables: Any) -> Plan | None:
    policy, role = context.parts.tools.policy, context.actor.role
    key = (root.name, root.order, asked, policy.version, role, variant(argued(asked), variables))
    return context.plans.get(key, lambda: compile_plan(policy, role, root, asked, variables))


def _value_of(name: str, field: GraphQLField) -> Callable[..., Any]:
    """Return what takes a value out of a row (by response key) or a payload (by name; its nodes are read by plan)."""
    noun = NOUNS.get(get_named_type(field.type).name)

    def resolve(source: Any, info: GraphQLResolveInfo[Context], **_given: Any) -> Any:
        if not isinstance(source, Payload):
            # A row is keyed by response key; a plain value inside a payload by name.
            return source[info.path.key] if info.path.key in source else source.get(name)
        value = source.values.get(name)
        if noun is None or value is None:
            return value
        return _node(noun.name, value, info)

    return resolve


async def _node(noun_name: str, value: Any, info: GraphQLResolveInfo[Context]) -> Any:
    """Return the row (or rows) a payload names, through the same plans as every other read."""
    if isinstance(value, list):
        return [await _node(noun_name, each, info) for each in value]
    noun, context = NOUNS[noun_name], info.context
    variables = _variables(info)
    asked = select(info.field_nodes, info.fragments, variables)
    incident_id = None if noun.is_global else context.actor.incident_id
    # The id travels beside the client's variables, under a name none of them can have: one plan serves all.
    by_id = Asked(asked.key, asked.name, (("id", Variable(_NODE_ID)),), asked.below)
    id = encode_global(noun.code, incident_id, UUID(str(value)))
    return await run(context, Root(asked.name, noun_name), by_id, {**variables, _NODE_ID: id})


def _variables(info: GraphQLResolveInfo[Context]) -> Any:
    values = info.variable_values
    return values.coerced if hasattr(values, "coerced") else values


def refuse_unmapped(schema: GraphQLSchema, policy: Policy) -> None:
    """Raise PolicyInvalid unless the policy maps every field, operation and argument, and no other.

    Deny by default: a field nobody thought about must not be readable.
    """
    fields, operations, envelopes = set[str](), set[str](), _envelopes(schema)
    for type_ in schema.type_map.values():
        if type_.name.startswith("__") or not isinstance(
            type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType
        ):
            continue
        if type_.name in ROOT_TYPES:
            operations.update(_operations_of(type_.fields))
        elif type_.name in NOUNS or (isinstance(type_, GraphQLObjectType) and type_.name not in envelopes):
            fields.update(f"{type_.name}.{name}" for name in type_.fields)
    faults = [
        *(f"fields.csv does not map {each}" for each in sorted(fields - set(policy.fields))),
        *(f"fields.csv maps {each}, which the schema does not have" for each in sorted(set(policy.fields) - fields)),
        *(f"operations.csv does not map {each}" for each in sorted(operations - set(policy.operations))),
        *(
            f"operations.csv maps {each}, which the schema does not have"
            for each in sorted(set(policy.operations) - operations)
        ),
    ]
    if faults:
        raise PolicyInvalid(*faults)


def _envelopes(schema: GraphQLSchema) -> set[str]:
    """Return the types that only carry others: what mutations come to, pages, and the few named above.

    A union that no refusal is one of is what some query answers, and its types are mapped like all others.
    """
    refused = {each.__name__ for each in PROBLEMS}
    unions = [
        each
        for each in schema.type_map.values()
        if isinstance(each, GraphQLUnionType) and refused <= {member.name for member in each.types}
    ]
    pages = {f"{shown}{part}" for shown in schema.type_map for part in ("Connection", "Edge")}
    return {each.name for union in unions for each in union.types} | pages | _ENVELOPES


def _operations_of(fields: dict[str, GraphQLField]) -> Iterable[str]:
    for name, field in fields.items():
        yield name
        for argument in field.args:
            if argument not in ("input", "first", "after", "id"):
                yield f"{name}.{argument}"
