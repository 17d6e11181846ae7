"""Reads policy.csv: the bundles (g lines) and the permissions (p lines), each checked against the vocabulary.

Plain Casbin lets a misspelt effect, an unknown line type or a byte order mark pass, and then allows too much or
nothing; here each is a fault.
Never: read a line two ways, or pass over one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fac.access.policy.sheets import Sources
from fac.access.policy.words import BUNDLED, KINDS, Vocabulary
from fac.errors import PolicyInvalid

GROUPINGS = dict(zip(("g", "g2", "g3", "g4"), ("role", "record", "info", "action"), strict=True))
EFFECTS = ("allow", "deny")


@dataclass(frozen=True, slots=True)
class Line:
    """One permission: who, does what, to which record, in which class, in which rows, and the effect."""

    number: int
    role: str
    action: str
    record: str
    info: str
    rows: str
    eft: str

    def cells(self) -> tuple[str, str, str, str, str, str]:
        """Return the six words in the order of the model's policy definition."""
        return self.role, self.action, self.record, self.info, self.rows, self.eft

    def __str__(self) -> str:
        return f"policy.csv:{self.number}: p, {', '.join(self.cells())}"


@dataclass(frozen=True, slots=True)
class Book:
    """What policy.csv says: its permissions, its groupings as written, and the words of each bundle."""

    lines: tuple[Line, ...]
    groupings: tuple[tuple[str, str, str], ...]  # g, member, bundle
    members: Mapping[str, Mapping[str, tuple[str, ...]]]  # kind -> bundle -> words

    def words(self, kind: str, word: str) -> tuple[str, ...]:
        """Return the plain words that ``word`` stands for: itself, or every member of the bundle."""
        return self.members.get(kind, {}).get(word, (word,))


def read_book(sources: Sources, vocabulary: Vocabulary) -> Book:
    """Return the parsed policy; raises PolicyInvalid with every fault found."""
    lines: list[Line] = []
    groupings: dict[tuple[str, str, str], int] = {}
    seen: dict[tuple[str, ...], int] = {}
    faults: list[str] = []
    for number, text in enumerate(sources["policy.csv"].split("\n"), start=1):
        if not text or text.startswith("#"):
            continue
        cells = tuple(cell.strip(" ") for cell in text.split(","))
        fault = _fault(cells, vocabulary)
        if fault is None and cells in seen:
            fault = f"says the same as line {seen[cells]}"
        seen.setdefault(cells, number)
        if fault is not None:
            faults.append(f"policy.csv:{number}: {fault}")
        elif cells[0] == "p":
            lines.append(Line(number, *cells[1:]))
        else:
            groupings[cells[0], cells[1], cells[2]] = number
    if faults:
        raise PolicyInvalid(*faults)
    if not any(line.eft == "allow" for line in lines):
        raise PolicyInvalid("policy.csv: allows nothing")
    return Book(tuple(lines), tuple(groupings), _members(tuple(groupings), vocabulary))


def _fault(cells: tuple[str, ...], vocabulary: Vocabulary) -> str | None:
    if cells[0] in GROUPINGS:
        return _grouping_fault(cells, vocabulary)
    if cells[0] != "p":
        return f"unknown line type {cells[0]}"
    if len(cells) != 1 + len(KINDS) + 1:
        return f"has {len(cells)} cells, a permission has {1 + len(KINDS) + 1}"
    for kind, word in zip(("role", "action", "record", "info", "rows"), cells[1:6], strict=True):
        if not vocabulary.knows(kind, word):
            return f"unknown {kind} {word}"
    if cells[6] not in EFFECTS:
        return f"the effect is {cells[6]}, neither allow nor deny"
    return None


def _grouping_fault(cells: tuple[str, ...], vocabulary: Vocabulary) -> str | None:
    if len(cells) != 3:
        return f"has {len(cells)} cells, a grouping has 3"
    kind = GROUPINGS[cells[0]]
    if not vocabulary.knows(kind, cells[1]):
        return f"unknown {kind} {cells[1]}"
    if cells[2] not in vocabulary.bundles[kind]:
        return f"{cells[2]} is not a bundle of {kind} words"
    return None


def _members(
    groupings: tuple[tuple[str, str, str], ...], vocabulary: Vocabulary
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the words of every bundle, bundles of bundles opened; raises PolicyInvalid for empty ones and circles."""
    inside: dict[tuple[str, str], list[str]] = {}
    for grouping, member, bundle in groupings:
        inside.setdefault((GROUPINGS[grouping], bundle), []).append(member)

    def opened(kind: str, word: str, path: tuple[str, ...]) -> set[str]:
        if word in path:
            raise PolicyInvalid(f"policy.csv: the bundle {word} holds itself")
        if word in vocabulary.words[kind]:
            return {word}
        if (kind, word) not in inside:
            raise PolicyInvalid(f"policy.csv: no g line says what the {kind} bundle {word} holds")
        return set().union(*(opened(kind, each, (*path, word)) for each in inside[kind, word]))

    members: dict[str, dict[str, tuple[str, ...]]] = {}
    for kind in BUNDLED:
        order = list(vocabulary.words[kind])
        members[kind] = {
            bundle: tuple(sorted(opened(kind, bundle, ()), key=order.index)) for bundle in vocabulary.bundles[kind]
        }
    return members
