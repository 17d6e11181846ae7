"""Checks never.csv: combinations that no edit of the policy may ever open, tried one by one over the whole table.

Never: be satisfied by an invariant that speaks about nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from fac.access.policy.lines import Book
from fac.access.policy.sheets import Sources, rows_of
from fac.access.policy.snapshot import Grant
from fac.access.policy.table import ALWAYS
from fac.access.policy.words import Vocabulary
from fac.domain.vocabulary import InfoClass, Role, mask_of
from fac.errors import PolicyInvalid

HEADER = ("role", "action", "record", "info", "rows", "because")
_ALL, _EXCEPT, _WHENEVER = "all", "all but ", "whenever "

Table = Mapping[tuple[Role, str, str], tuple[Grant, ...]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """What never may be: any of these roles doing any of these actions, in any of these rows.

    With ``whenever`` the rows are walls: what stands in one is closed, whatever else it stands in.
    """

    number: int
    roles: tuple[str, ...]
    actions: tuple[str, ...]
    records: tuple[str, ...]
    classes: int
    rows: frozenset[str]
    because: str
    whenever: bool = False


def read_invariants(sources: Sources, vocabulary: Vocabulary, book: Book) -> tuple[Invariant, ...]:
    """Return the invariants of never.csv.

    A cell holds words or bundles with spaces between them; ``all`` or ``all but WORD ...`` take every word of the kind.
    Rows may be ``whenever WORD ...``: in rows that stand in one of these, whatever other relations they stand in.
    Raises PolicyInvalid for unknown words and for a line that is there twice.
    """
    found, seen = [], set()
    for number, cells in rows_of("never.csv", sources["never.csv"], HEADER):
        where = f"never.csv:{number}"
        if cells[:5] in seen:
            raise PolicyInvalid(f"{where}: is there twice")
        seen.add(cells[:5])
        whenever = cells[4].startswith(_WHENEVER)
        asked = (*cells[:4], cells[4].removeprefix(_WHENEVER))
        role, action, record, info, rows = (
            _chosen(where, kind, cell, vocabulary, book)
            for kind, cell in zip(("role", "action", "record", "info", "rows"), asked, strict=True)
        )
        classes = mask_of([InfoClass(word) for word in info])
        found.append(Invariant(number, role, action, record, classes, frozenset(rows), cells[5], whenever))
    if not found:
        raise PolicyInvalid("never.csv: holds no invariant")
    return tuple(found)


def _chosen(where: str, kind: str, cell: str, vocabulary: Vocabulary, book: Book) -> tuple[str, ...]:
    every = tuple(vocabulary.words[kind])
    if cell == _ALL:
        return every
    named: set[str] = set()
    for word in cell.removeprefix(_EXCEPT).split(" "):
        if not vocabulary.knows(kind, word):
            raise PolicyInvalid(f"{where}: unknown {kind} {word}")
        named.update(book.words(kind, word))
    chosen = tuple(word for word in every if (word in named) != cell.startswith(_EXCEPT))
    if not chosen:
        raise PolicyInvalid(f"{where}: no {kind} is left")
    return chosen


def breaches(table: Table, invariants: tuple[Invariant, ...]) -> Iterator[str]:
    """Yield one sentence for each place where the table allows what must never be.

    This is the whole check at run time: over relations as words. tests/access/test_proof.py proves the same lines over
    what the relations are.
    """
    opened: dict[tuple[str, str, str], int] = {place: _allowed(grants) for place, grants in table.items() if grants}
    for each in invariants:
        for place in product(each.roles, each.actions, each.records):
            # Most places open nothing at all, and a policy is loaded wherever a process starts.
            if not opened.get(place, 0) & each.classes:
                continue
            role, action, record = place
            grants = table[Role(role), action, record]
            everywhere = next((grant.denied for grant in grants if grant.relation == ALWAYS), 0)
            for relation in _open_in(grants, each, everywhere):
                yield (
                    f"never.csv:{each.number}: {role} may {action} {record} in {relation}, "
                    f"but never must: {each.because}"
                )


def _open_in(grants: tuple[Grant, ...], never: Invariant, everywhere: int) -> Iterator[str]:
    """Yield the relations in which the grants open a class that ``never`` closes."""
    for grant in grants:
        if grant.relation in never.rows and grant.allowed & ~grant.denied & ~everywhere & never.classes:
            yield grant.relation
    if never.whenever:
        allowed = _allowed(grants)
        denied = {grant.relation: grant.denied for grant in grants}
        for wall in sorted(never.rows):
            if allowed & ~everywhere & ~denied.get(wall, 0) & never.classes:
                yield wall


def _allowed(grants: tuple[Grant, ...]) -> int:
    """Return the classes that any of the grants allows."""
    allowed = 0
    for grant in grants:
        allowed |= grant.allowed
    return allowed
