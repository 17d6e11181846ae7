"""The vocabulary: every word the policy may use, its kind, and one plain sentence for people.

Never: accept a role or a class of information that the code does not have, or miss one that it has.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from fac.access.policy.sheets import Sources, rows_of
from fac.domain.vocabulary import InfoClass, Role
from fac.errors import PolicyInvalid

KINDS = ("role", "action", "record", "info", "rows")
BUNDLED = ("role", "action", "record", "info")
HEADER = ("kind", "word", "sentence")
_WORD = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words and bundles by kind; the value of each is its sentence, the order is the file's."""

    words: Mapping[str, Mapping[str, str]]
    bundles: Mapping[str, Mapping[str, str]] = field(repr=False)

    def sentence(self, kind: str, word: str) -> str:
        """Return the plain sentence of a word or bundle; raises PolicyInvalid when there is no such word."""
        for shelf in (self.words, self.bundles):
            if word in shelf.get(kind, {}):
                return shelf[kind][word]
        raise PolicyInvalid(f"vocabulary.csv: no {kind} {word}")

    def knows(self, kind: str, word: str) -> bool:
        """Tell whether ``word`` is a word or a bundle of this kind."""
        return word in self.words[kind] or word in self.bundles.get(kind, {})


def read_vocabulary(sources: Sources) -> Vocabulary:
    """Return the vocabulary; raises PolicyInvalid with every fault found."""
    words: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
    bundles: dict[str, dict[str, str]] = {kind: {} for kind in BUNDLED}
    shelves = words | {f"{kind}_bundle": bundles[kind] for kind in BUNDLED}
    faults = []
    for number, (kind, word, sentence) in rows_of(
        "vocabulary.csv", sources["vocabulary.csv"], ("kind", "word", "sentence")
    ):
        where = f"vocabulary.csv:{number}:"
        if kind not in shelves:
            faults.append(f"{where} unknown kind {kind}")
        elif not _WORD.fullmatch(word):
            faults.append(f"{where} {word} is not a snake_case word")
        elif word in words[kind.removesuffix("_bundle")] or word in bundles.get(kind.removesuffix("_bundle"), {}):
            faults.append(f"{where} {kind} {word} is there twice")
        else:
            shelves[kind][word] = sentence
    faults += _unlike("role", words["role"], Role) + _unlike("info", words["info"], InfoClass)
    faults += [f"vocabulary.csv: holds no {kind}" for kind in KINDS if not words[kind]]
    if faults:
        raise PolicyInvalid(*faults)
    return Vocabulary(words, bundles)


def _unlike(kind: str, found: Mapping[str, str], known: type[Role] | type[InfoClass]) -> list[str]:
    names = {member.value for member in known}
    strange = [f"vocabulary.csv: the code has no {kind} {word}" for word in found if word not in names]
    return strange + [f"vocabulary.csv: {kind} {word} is missing" for word in sorted(names - found.keys())]


def read_reach(sources: Sources, vocabulary: Vocabulary) -> dict[str, frozenset[str]]:
    """Return, for each relation, the records it can hold on; raises PolicyInvalid for unknown or unreached words."""
    reach: dict[str, set[str]] = {word: set() for word in vocabulary.words["rows"]}
    faults = []
    for number, (relation, record) in rows_of("reach.csv", sources["reach.csv"], ("rows", "record")):
        where = f"reach.csv:{number}:"
        if relation not in reach:
            faults.append(f"{where} unknown relation {relation}")
        elif record not in vocabulary.words["record"]:
            faults.append(f"{where} unknown record {record}")
        elif record in reach[relation]:
            faults.append(f"{where} is there twice")
        else:
            reach[relation].add(record)
    faults += [f"reach.csv: {relation} reaches no record" for relation, records in reach.items() if not records]
    if faults:
        raise PolicyInvalid(*faults)
    return {relation: frozenset(records) for relation, records in reach.items()}


def read_separation(sources: Sources, vocabulary: Vocabulary) -> frozenset[frozenset[Role]]:
    """Return the pairs of roles that nobody may combine in one incident; raises PolicyInvalid."""
    pairs: set[frozenset[Role]] = set()
    faults = []
    for number, (role, other, _) in rows_of("separation.csv", sources["separation.csv"], ("role", "other", "because")):
        where = f"separation.csv:{number}:"
        unknown = [word for word in (role, other) if word not in vocabulary.words["role"]]
        if unknown:
            faults.append(f"{where} unknown role {unknown[0]}")
        elif role == other:
            faults.append(f"{where} a role cannot be kept apart from itself")
        elif frozenset((role, other)) in pairs:
            faults.append(f"{where} is there twice")
        else:
            pairs.add(frozenset((Role(role), Role(other))))
    if faults:
        raise PolicyInvalid(*faults)
    return frozenset(pairs)
