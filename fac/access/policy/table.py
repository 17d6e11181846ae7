"""Compiles the permissions into one mask per (role, action, record, relation), and finds lines that do nothing.

Never: decide; it only multiplies out what the lines say.
"""

from collections.abc import Iterator, Mapping
from itertools import product

from fac.access.policy.lines import Book, Line
from fac.access.policy.snapshot import Grant
from fac.access.policy.words import Vocabulary
from fac.domain.vocabulary import InfoClass, Role, mask_of
from fac.errors import PolicyInvalid

ALWAYS = "my_incident"  # holds on every row an actor can meet, so what it denies is denied everywhere

Place = tuple[str, str, str, str]  # role, action, record, relation


def places_of(book: Book, line: Line) -> Iterator[Place]:
    """Yield every place of the table the line speaks about."""
    return (
        (role, action, record, line.rows)
        for role, action, record in product(
            book.words("role", line.role), book.words("action", line.action), book.words("record", line.record)
        )
    )


def classes_in(book: Book, line: Line) -> int:
    """Return the mask of classes the line speaks about."""
    return mask_of([InfoClass(word) for word in book.words("info", line.info)])


def compile_table(book: Book, vocabulary: Vocabulary) -> dict[tuple[Role, str, str], tuple[Grant, ...]]:
    """Return the whole table: every (role, action, record) with its grants in the order of the relations."""
    masks, _ = _told(book)
    order = {relation: place for place, relation in enumerate(vocabulary.words["rows"])}
    spoken: dict[tuple[str, str, str], list[Grant]] = {}
    for place in sorted(masks["allow"].keys() | masks["deny"].keys(), key=lambda place: order[place[3]]):
        grant = Grant(place[3], masks["allow"].get(place, 0), masks["deny"].get(place, 0))
        spoken.setdefault(place[:3], []).append(grant)
    words = vocabulary.words
    return {
        (role, action, record): tuple(spoken.get((role, action, record), ()))
        for role, action, record in product(map(Role, words["role"]), words["action"], words["record"])
    }


def refuse_idle_lines(book: Book, reach: Mapping[str, frozenset[str]]) -> None:
    """Raise PolicyInvalid for lines on records their relation never holds on, and for lines that change nothing.

    A line is shadowed when lines of the same effect say all of it already, and unreachable when it allows only what a
    deny in the same rows, or in every row, takes away.
    """
    once, twice = _told(book)
    faults = []
    for line in book.lines:
        classes, places = classes_in(book, line), tuple(places_of(book, line))
        beyond = [record for record in book.words("record", line.record) if record not in reach[line.rows]]
        if beyond:
            faults.append(f"{line}: {line.rows} never holds on {', '.join(beyond)}")
        elif not any(classes & ~twice[line.eft].get(place, 0) for place in places):
            faults.append(f"{line}: other lines already say all of this (shadowed)")
        elif line.eft == "allow" and not any(classes & ~_denied(once["deny"], place) for place in places):
            faults.append(f"{line}: a deny takes all of this away (unreachable)")
    if faults:
        raise PolicyInvalid(*faults)


def _told(book: Book) -> tuple[dict[str, dict[Place, int]], dict[str, dict[Place, int]]]:
    """Return, by effect and place, the classes told by at least one line and by at least two."""
    once: dict[str, dict[Place, int]] = {"allow": {}, "deny": {}}
    twice: dict[str, dict[Place, int]] = {"allow": {}, "deny": {}}
    for line in book.lines:
        classes = classes_in(book, line)
        for place in places_of(book, line):
            before = once[line.eft].get(place, 0)
            twice[line.eft][place] = twice[line.eft].get(place, 0) | before & classes
            once[line.eft][place] = before | classes
    return once, twice


def _denied(deny: Mapping[Place, int], place: Place) -> int:
    role, action, record, _ = place
    return deny.get(place, 0) | deny.get((role, action, record, ALWAYS), 0)
