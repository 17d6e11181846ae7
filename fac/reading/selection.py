"""What a reader asked for: a GraphQL selection as plain data, free of the library it was parsed with.

Fragments are spread, ``@skip`` and ``@include`` decided, equal response keys merged. Arguments stay symbolic, so that
one selection serves every value of its variables.
Never: look at the database or at who asks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    value_from_ast_untyped,
)


@dataclass(frozen=True, slots=True)
class Variable:
    """An argument whose value the request's variables hold."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """An argument written out in the document (hashable: lists become tuples)."""

    value: Any


@dataclass(frozen=True, slots=True)
class Asked:
    """One asked field: its response key, its name, its arguments and what is asked below it."""

    key: str
    name: str
    arguments: tuple[tuple[str, Variable | Literal], ...]
    below: tuple["Asked", ...]

    def child(self, name: str) -> "Asked | None":
        """Return the first asked field named ``name``, or None."""
        return next((each for each in self.below if each.name == name), None)


class Unplannable(Exception):  # a signal to take the other way, not an error anyone sees
    """The document uses something the compiler leaves to the library's own execution."""


Fragments = Mapping[str, FragmentDefinitionNode]


def select(nodes: Iterable[FieldNode], fragments: Fragments, variables: Mapping[str, Any]) -> Asked:
    """Return what the merged ``nodes`` of one response key ask for; raises Unplannable for what it does not know."""
    nodes = list(nodes)
    first = nodes[0]
    below: dict[str, list[FieldNode]] = {}
    for node in nodes:
        if node.selection_set:
            _gather(node.selection_set, fragments, variables, below)
    return Asked(
        key=first.alias.value if first.alias else first.name.value,
        name=first.name.value,
        arguments=tuple((each.name.value, _argument(each.value)) for each in first.arguments or ()),
        below=tuple(select(group, fragments, variables) for group in below.values()),
    )


def gather(
    selection_set: SelectionSetNode, fragments: Fragments, variables: Mapping[str, Any]
) -> dict[str, list[FieldNode]]:
    """Return the field nodes of ``selection_set`` by response key, in the order of the document."""
    found: dict[str, list[FieldNode]] = {}
    _gather(selection_set, fragments, variables, found)
    return found


def deciding_variables(nodes: Iterable[DirectiveNode]) -> set[str]:
    """Return the names of the variables that ``@skip`` and ``@include`` look at."""
    return {
        argument.value.name.value
        for node in nodes
        for argument in node.arguments or ()
        if isinstance(argument.value, VariableNode)
    }


def _gather(
    selection_set: SelectionSetNode,
    fragments: Fragments,
    variables: Mapping[str, Any],
    into: dict[str, list[FieldNode]],
) -> None:
    for node in selection_set.selections:
        if not _is_wanted(node.directives or (), variables):
            continue
        match node:
            case FieldNode():
                key = node.alias.value if node.alias else node.name.value
                into.setdefault(key, []).append(node)
            case FragmentSpreadNode():
                _gather(fragments[node.name.value].selection_set, fragments, variables, into)
            case InlineFragmentNode():
                _gather(node.selection_set, fragments, variables, into)
            case _:
                raise Unplannable


def _is_wanted(directives: Iterable[DirectiveNode], variables: Mapping[str, Any]) -> bool:
    for directive in directives:
        name = directive.name.value
        if name not in ("skip", "include"):
            raise Unplannable
        condition = (directive.arguments or ())[0].value
        match condition:
            case BooleanValueNode():
                holds = condition.value
            case VariableNode():
                holds = bool(variables.get(condition.name.value))
            case _:
                raise Unplannable
        if holds is (name == "skip"):
            return False
    return True


def _argument(node: ValueNode) -> Variable | Literal:
    if isinstance(node, VariableNode):
        return Variable(node.name.value)
    return Literal(_frozen(value_from_ast_untyped(node)))


def _frozen(value: Any) -> Any:
    match value:
        case list():
            return tuple(_frozen(each) for each in value)
        case dict():
            return tuple((key, _frozen(each)) for key, each in value.items())
        case _:
            return value
