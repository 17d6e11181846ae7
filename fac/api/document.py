"""Documents made ready once: looked up or parsed, weighed, validated, and turned into selections.

Trusted documents are known by id and made ready at start, where a server also has their plans compiled
(fac.api.execute); free ones go through a bounded cache. A document is weighed in
one pass linear in its size before anything else looks at it (fac.api.budget).
Never: keep more than the cache's size, or suggest a field name to somebody who may not introspect.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    NonNullTypeNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    print_ast,
    specified_rules,
    validate,
)

from fac.api import budget
from fac.errors import DocumentRefused
from fac.reading.argument import DEFAULT_FIRST, argued
from fac.reading.catalog import ROOTS
from fac.reading.kept import Kept
from fac.reading.plan import Plan
from fac.reading.selection import Asked, Unplannable, deciding_variables, gather, select

_MOST_FREE = 256
_VALUE = re.compile(r'"(?:[^"\\]|\\.)*"|\d{4,}')  # what the library quotes of the values in a document


@dataclass(slots=True)
class Selected:
    """What one document asks for under one choice of its boolean variables; ``plans`` grow as roles meet it."""

    roots: tuple[Asked, ...]
    argued: tuple[list[Asked], ...]
    plans: Kept[Plan | None] = field(default_factory=Kept)


@dataclass(slots=True)
class Prepared:
    """One operation of a parsed and validated document."""

    name: str
    document: DocumentNode
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    deciding: tuple[str, ...]
    selected: dict[Any, Selected | None] = field(default_factory=dict)
    node_plans: Kept[Plan | None] = field(default_factory=Kept)  # of what the library's execution reads, by shape

    @property
    def is_query(self) -> bool:
        """Tell whether it only reads."""
        return self.operation.operation is OperationType.QUERY

    def required(self) -> dict[str, Any]:
        """Return some value for each variable that must be given: what a plan is compiled by is which are given."""
        found: dict[str, Any] = {}
        for each in self.operation.variable_definitions or ():
            if isinstance(each.type, NonNullTypeNode) and each.default_value is None:
                is_length = print_ast(each.type) == "PageLength!"
                found[each.variable.name.value] = DEFAULT_FIRST if is_length else True
        return found

    def selection(self, variables: Mapping[str, Any]) -> Selected | None:
        """Return what is asked for, or None when only the library's own execution can tell."""
        key = tuple(bool(variables.get(name)) for name in self.deciding)
        if key not in self.selected:
            self.selected[key] = self._select(variables)
        return self.selected[key]

    def _select(self, variables: Mapping[str, Any]) -> Selected | None:
        try:
            groups = gather(self.operation.selection_set, self.fragments, variables)
            if any(nodes[0].name.value not in ROOTS for nodes in groups.values()):
                return None
            roots = tuple(select(nodes, self.fragments, variables) for nodes in groups.values())
        except Unplannable:
            return None
        return Selected(roots, tuple(argued(each) for each in roots))


class Documents:
    """The documents a process knows."""

    def __init__(self, schema: GraphQLSchema, trusted: Path, *, introspection: bool) -> None:
        self._schema = schema
        self._rules = list(specified_rules)
        if not introspection:
            self._rules.append(NoSchemaIntrospectionCustomRule)
        self._introspection = introspection
        self._free: OrderedDict[bytes, Any] = OrderedDict()
        self.trusted = {path.stem: self._make_trusted(path) for path in sorted(trusted.glob("*.graphql"))}

    def queries(self) -> Iterator[Prepared]:
        """Yield the trusted queries."""
        return (each for made in self.trusted.values() for each in made.values() if each.is_query)

    def trusted_document(self, name: str, operation: str | None) -> Prepared:
        """Return a trusted document by its id (the file's name); raises DocumentRefused when there is none."""
        found = self.trusted.get(name)
        if found is None:
            raise DocumentRefused("unknown_document", status=404)
        return _chosen(found, operation)

    def free_document(self, text: str, operation: str | None) -> Prepared:
        """Return a free document, from the cache or made now; raises DocumentRefused."""
        key = hashlib.sha256(text.encode()).digest()
        found = self._free.get(key)
        if found is None:
            found = self._free[key] = self._make(text)
            if len(self._free) > _MOST_FREE:
                self._free.popitem(last=False)
        else:
            self._free.move_to_end(key)
        return _chosen(found, operation)

    def _make_trusted(self, path: Path) -> dict[str, Prepared]:
        try:
            return self._make(path.read_text("utf-8"))
        except DocumentRefused as refused:
            raise DocumentRefused(f"{path.name}: {refused.reason}", status=refused.status) from None

    def _make(self, text: str) -> dict[str, Prepared]:
        document = budget.weigh(self._schema, text)
        faults = validate(self._schema, document, self._rules, max_errors=10)
        if faults:
            # With introspection off every invalid document gets the same answer: names cannot be guessed.
            reason = "; ".join(_VALUE.sub("...", each.message) for each in faults)
            reason = reason if self._introspection else "invalid_document"
            raise DocumentRefused(reason)
        fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        deciding = tuple(sorted(deciding_variables(budget.directives_of(document))))
        return {
            each.name.value if each.name else "": Prepared(
                each.name.value if each.name else "", document, each, fragments, deciding
            )
            for each in document.definitions
            if isinstance(each, OperationDefinitionNode)
        }


def _chosen(found: Mapping[str, Prepared], operation: str | None) -> Prepared:
    if operation is None and len(found) == 1:
        return next(iter(found.values()))
    if operation is None or operation not in found:
        raise DocumentRefused("unknown_operation")
    return found[operation]
