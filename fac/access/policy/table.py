"""Compiles the permissions into one mask per (role, action, record, relation), and finds lines that do nothing.

Never: decide; it only multiplies out what the lines say.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product

from fac.access.policy.lines import Book, Line
from fac.access.policy.snapshot import Grant
from fac.access.policy.words import Vocabulary
from fac.domain.vocabulary import InfoClass, Role, mask_of
from fac.errors import PolicyInvalid

ALWAYS = "my_incident"  # holds on every row an actor can meet, so what it denies is denied everywhere

Place = tuple[str, str, str]  # role, action, record
Told = dict[str, dict[str, dict[Place, int]]]  # by effect and relation: the classes told of a place


def places_of(book: Book, line: Line) -> Iterator[Place]:
    """Yield every place of the table the line speaks about, in its relation."""
    return product(book.words("role", line.role), book.words("action", line.action), book.words("record", line.record))


def classes_in(book: Book, line: Line) -> int:
    """Return the mask of classes the line speaks about."""
    return mask_of([InfoClass(word) for word in book.words("info", line.info)])


def compile_table(book: Book, vocabulary: Vocabulary) -> dict[tuple[Role, str, str], tuple[Grant, ...]]:
    """Return the whole table: every (role, action, record) with its grants in the order of the relations."""
    masks, _ = _told(book)
    words = vocabulary.words
    # A bundle of everything multiplies out to tens of thousands of places, and to a handful of different grants.
    grant = cache(Grant)
    spoken: dict[Place, list[Grant]] = {}
    for relation in words["rows"]:
        allow, deny = masks["allow"].get(relation, {}), masks["deny"].get(relation, {})
        for place in allow.keys() | deny.keys():
            spoken.setdefault(place, []).append(grant(relation, allow.get(place, 0), deny.get(place, 0)))
    roles = [Role(word) for word in words["role"]]
    return {place: tuple(spoken.get(place, ())) for place in product(roles, words["action"], words["record"])}


def refuse_idle_lines(book: Book, reach: Mapping[str, frozenset[str]]) -> None:
    """Raise PolicyInvalid for lines on records their relation never holds on, and for lines that change nothing.

    A line is shadowed when lines of the same effect say all of it already, and unreachable when it allows only what a
    deny in the same rows, or in every row, takes away.
    """
    once, twice = _told(book)
    everywhere = once["deny"].get(ALWAYS, {})
    faults = []
    for line in book.lines:
        classes = classes_in(book, line)
        again, denied = twice[line.eft].get(line.rows, {}), once["deny"].get(line.rows, {})
        beyond = [record for record in book.words("record", line.record) if record not in reach[line.rows]]
        if beyond:
            faults.append(f"{line}: {line.rows} never holds on {', '.join(beyond)}")
        elif not any(classes & ~again.get(place, 0) for place in places_of(book, line)):
            faults.append(f"{line}: other lines already say all of this (shadowed)")
        elif line.eft == "allow" and not any(
            classes & ~denied.get(place, 0) & ~everywhere.get(place, 0) for place in places_of(book, line)
        ):
            faults.append(f"{line}: a deny takes all of this away (unreachable)")
    if faults:
        raise PolicyInvalid(*faults)


def _told(book: Book) -> tuple[Told, Told]:
    """Return the classes told by at least one line, and by at least two."""
    once: Told = {"allow": {}, "deny": {}}
    twice: Told = {"allow": {}, "deny": {}}
    for line in book.lines:
        classes = classes_in(book, line)
        first, again = (each[line.eft].setdefault(line.rows, {}) for each in (once, twice))
        for place in places_of(book, line):
            before = first.get(place, 0)
            if before & classes:
                again[place] = again.get(place, 0) | before & classes
            first[place] = before | classes
    return once, twice
