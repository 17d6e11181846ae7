"""Weighs a document before anything else looks at it, in time linear in its size.

Tokens and nesting are counted while it is lexed; then depth, aliases, directives and objects asked for, with every
fragment weighed once however often it is spread, so that no document can be made exponential.
Never: walk a fragment twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Source,
    TokenKind,
    get_named_type,
    parse,
)
from graphql.language.lexer import Lexer

from fac.errors import DocumentRefused

MOST_TOKENS = 4_000
MOST_NESTING = 60
MOST_DEPTH = 14
MOST_ALIASES = 60
MOST_DIRECTIVES = 60
MOST_FIELDS = 2_000
MOST_SELECTIONS = 200  # side by side in one pair of braces: validation compares each with each
MOST_OBJECTS = 60_000
_UNKNOWN_PAGE = 100  # a page length in a variable may be the longest
_LIST = 8  # a list without pages: the persons of a referral, the signatories of a release
_OPENING = {TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L}
_CLOSING = {TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R}


@dataclass(slots=True)
class Weight:
    """What a selection asks for. ``fields`` and ``objects`` count every spread of a fragment."""

    depth: int = 0
    aliases: int = 0
    fields: int = 0
    objects: int = 0

    def take(self, other: "Weight", times: int = 1) -> None:
        """Add ``other``, whose objects are asked for ``times`` times."""
        self.depth = max(self.depth, other.depth)
        self.aliases += other.aliases
        self.fields += other.fields
        self.objects += other.objects * times


def weigh(schema: GraphQLSchema, text: str) -> DocumentNode:
    """Return the parsed document; raises DocumentRefused when it is malformed or over budget."""
    _lex(text)
    try:
        document = parse(text, no_location=True, max_tokens=MOST_TOKENS)
    except (GraphQLError, RecursionError):
        raise DocumentRefused("malformed_document") from None
    if sum(1 for _ in directives_of(document)) > MOST_DIRECTIVES:
        raise DocumentRefused("too_many_directives")
    try:
        _Scale(schema, document).refuse_heavy()
    except RecursionError:  # a long chain of fragments, each spreading the next
        raise DocumentRefused("too_deep") from None
    return document


def directives_of(document: DocumentNode) -> Iterator[DirectiveNode]:
    """Yield every directive of the document, each fragment's once."""
    waiting: list[SelectionSetNode] = []
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            yield from definition.directives or ()
            waiting.append(definition.selection_set)
    while waiting:
        for node in waiting.pop().selections:
            yield from node.directives or ()
            if isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set:
                waiting.append(node.selection_set)


def _lex(text: str) -> None:
    lexer, tokens, nesting = Lexer(Source(text)), 0, 0
    try:
        while (kind := lexer.advance().kind) is not TokenKind.EOF:
            tokens += 1
            nesting += (kind in _OPENING) - (kind in _CLOSING)
            if tokens > MOST_TOKENS or nesting > MOST_NESTING:
                raise DocumentRefused("document_too_large")
    except GraphQLError:
        raise DocumentRefused("malformed_document") from None


class _Scale:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._document = document
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._weights: dict[str, Weight | None] = {}  # None while it is being weighed: a cycle

    def refuse_heavy(self) -> None:
        whole = Weight()
        for definition in self._document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                root = self._schema.get_root_type(definition.operation)
                whole.take(self._set(definition.selection_set, root))
        for name in self._fragments:
            self._spread(name)
        limits = (
            ("too_deep", whole.depth, MOST_DEPTH),
            ("too_many_aliases", whole.aliases, MOST_ALIASES),
            ("too_many_fields", whole.fields, MOST_FIELDS),
            ("too_many_objects", whole.objects, MOST_OBJECTS),
        )
        for reason, weight, most in limits:
            if weight > most:
                raise DocumentRefused(reason)

    def _set(self, selections: SelectionSetNode, parent: GraphQLNamedType | None) -> Weight:
        weight = Weight()
        if len(selections.selections) > MOST_SELECTIONS:
            raise DocumentRefused("too_many_fields")
        for node in selections.selections:
            match node:
                case FieldNode():
                    weight.take(self._field(node, parent))
                case FragmentSpreadNode():
                    weight.take(self._spread(node.name.value))
                case InlineFragmentNode():
                    named = self._schema.get_type(node.type_condition.name.value) if node.type_condition else parent
                    weight.take(self._set(node.selection_set, named))
        return weight

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Weight:
        weight = Weight(depth=1, aliases=int(node.alias is not None), fields=1)
        if node.selection_set is None:
            return weight
        known = parent if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None
        found = known.fields.get(node.name.value) if known else None
        inner = self._set(node.selection_set, get_named_type(found.type) if found else None)
        times = 1 if found is None else _times(node, str(found.type), "first" in found.args)
        weight.take(Weight(0, inner.aliases, inner.fields, inner.objects + 1), times)
        weight.depth = inner.depth + 1
        return weight

    def _spread(self, name: str) -> Weight:
        if name not in self._weights:
            self._weights[name] = None
            fragment = self._fragments.get(name)
            if fragment is None:
                raise DocumentRefused("invalid_document")
            self._weights[name] = self._set(
                fragment.selection_set, self._schema.get_type(fragment.type_condition.name.value)
            )
        weight = self._weights[name]
        if weight is None:
            raise DocumentRefused("circular_fragments")
        return weight


def _times(node: FieldNode, type_text: str, is_page: bool) -> int:
    if not is_page:
        # The rows of a page are counted where the page is asked for.
        return _LIST if type_text.startswith("[") and node.name.value not in ("nodes", "edges") else 1
    given = next((each.value for each in node.arguments or () if each.name.value == "first"), None)
    if given is None:
        return 25
    return int(given.value) if isinstance(given, IntValueNode) and len(given.value) < 5 else _UNKNOWN_PAGE
