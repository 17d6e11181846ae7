"""Random valid operations over the declared nouns and roots: aliases, fragments, directives, arguments, nesting."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from fac.reading.catalog import NOUNS
from fac.reading.noun import Access, Many, Noun, One, Root


@dataclass(slots=True)
class Operation:
    """One operation: its text and its variables."""

    text: str
    variables: dict[str, Any]


@dataclass(slots=True)
class Maker:
    """Makes operations; ``ids`` are opaque ids to ask for, by noun; ``words`` the filters each root's enum allows."""

    random: Random
    ids: dict[str, Sequence[str]]
    words: dict[tuple[str, str], Sequence[str]]  # (root or Noun.field, argument) -> enum words
    _fragments: list[str] = field(default_factory=list)
    _aliases: int = 0

    def make(self, roots: Sequence[Root]) -> Operation:
        """Return an operation over ``roots``."""
        self._fragments.clear()
        self._aliases = 0
        asked = "\n".join(self._root(each) for each in roots)
        text = "{\n" + asked + "\n}\n" + "\n".join(self._fragments)
        declared = {"yes": "$yes: Boolean!", "few": "$few: PageLength"}
        variables = {"yes": self.random.random() < 0.5, "few": self.random.choice((None, 1, 3))}
        used = [name for name in declared if f"${name}" in text]
        head = f"query Random({', '.join(declared[name] for name in used)}) " if used else "query Random "
        return Operation(head + text, {name: variables[name] for name in used})

    def _root(self, root: Root) -> str:
        noun = NOUNS[root.noun]
        if root.order is not None:
            return f"{self._alias()}{root.name}{self._page(root.name)} {self._connection(noun, 2)}"
        given = "" if root.fixed else f'(id: "{self._id(noun)}")'
        return f"{self._alias()}{root.name}{given} {self._object(noun, 3)}"

    def _id(self, noun: Noun) -> str:
        others = [id for ids in self.ids.values() for id in ids]
        known = self.ids.get(noun.name, ())
        return self.random.choice([*known, *known, *known, "nonsense", self.random.choice(others)])

    def _alias(self) -> str:
        self._aliases += 1
        return f"a{self._aliases}: "

    def _page(self, place: str) -> str:
        given = []
        if self.random.random() < 0.7:
            given.append(f"first: {self.random.choice(('1', '2', '10', '$few', 'null'))}")
        for (where, argument), words in self.words.items():
            if where == place and words and self.random.random() < 0.25:
                given.append(f"{argument}: {self.random.choice([*words, 'null'])}")
        return f"({', '.join(given)})" if given else ""

    def _connection(self, noun: Noun, depth: int) -> str:
        parts = [f"nodes {self._object(noun, depth)}"]
        if self.random.random() < 0.3:
            parts.append(f"edges {{ cursor node {self._object(noun, 0)} }}")
        if self.random.random() < 0.3:
            parts.append("pageInfo { hasNextPage endCursor }")
        if self.random.random() < 0.3:
            parts.append("totalCount __typename")
        return "{ " + " ".join(parts) + " }"

    def _object(self, noun: Noun, depth: int) -> str:
        names = [name for name, source in noun.fields.items() if depth > 0 or not isinstance(source, One | Many)]
        chosen = self.random.sample(names, k=min(len(names), self.random.randint(1, 7)))
        fields = [self._field(noun, name, depth) for name in chosen] + (
            ["__typename"] if self.random.random() < 0.2 else []
        )
        return "{ " + " ".join(self._wrapped(noun, each) for each in fields) + " }"

    def _field(self, noun: Noun, name: str, depth: int) -> str:
        source = noun.fields[name]
        match source:
            case Access():
                return f"{self._alias()}{name} {{ visible masked {{ info reason requestable }} }}"
            case One():
                return f"{self._alias()}{name} {self._object(NOUNS[source.noun], depth - 1)}"
            case Many() if source.paged:
                asked = self._connection(NOUNS[source.noun], depth - 1)
                return f"{self._alias()}{name}{self._page(f'{noun.name}.{name}')} {asked}"
            case Many():
                return f"{self._alias()}{name} {self._object(NOUNS[source.noun], depth - 1)}"
            case _:
                return name if self.random.random() < 0.8 else f"{self._alias()}{name}"

    def _wrapped(self, noun: Noun, asked: str) -> str:
        chance = self.random.random()
        if chance < 0.06:
            return f"... on {noun.name} {{ {asked} }}"
        if chance < 0.12:
            name = f"F{len(self._fragments)}"
            self._fragments.append(f"fragment {name} on {noun.name} {{ {asked} }}")
            return f"...{name}"
        if chance < 0.18:
            directive = self.random.choice(("include", "skip"))
            return f"... @{directive}(if: {self.random.choice(('true', 'false', '$yes'))}) {{ {asked} }}"
        return asked
