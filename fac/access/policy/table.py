"""Compiles the permissions into one mask per (role, action, record, relation), and finds lines that do nothing.

Never: decide; it only multiplies out what the lines say.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, reduce
from itertools import product
from operator import or_

from fac.access.policy.lines import Book, Line
from fac.access.policy.snapshot import Grant
from fac.access.policy.words import Vocabulary
from fac.domain.vocabulary import InfoClass, Role, mask_of
from fac.errors import PolicyInvalid

ALWAYS = "my_incident"  # holds on every row an actor can meet, so what it denies is denied everywhere

Place = tuple[str, str, str]  # role, action, record
Masks = dict[str, tuple[int, int]]  # by relation: the classes allowed, the classes denied
Told = dict[str, dict[str, dict[Place, int]]]  # by effect and relation: the classes told of a place


def places_of(book: Book, line: Line) -> Iterator[Place]:
    """Yield every place of the table the line speaks about, in its relation."""
    return product(book.words("role", line.role), book.words("action", line.action), book.words("record", line.record))


def classes_in(book: Book, line: Line) -> int:
    """Return the mask of classes the line speaks about."""
    return mask_of([InfoClass(word) for word in book.words("info", line.info)])


def compile_table(book: Book, vocabulary: Vocabulary) -> dict[tuple[Role, str, str], tuple[Grant, ...]]:
    """Return the whole table: every (role, action, record) with its grants in the order of the relations."""
    words = vocabulary.words
    # Half a dozen lines speak of every action, and so of nearly all places: they are read once a role and record.
    wide: dict[tuple[str, str], Masks] = {}
    narrow: dict[Place, Masks] = {}
    for line in book.lines:
        if words["action"].keys() <= set(book.words("action", line.action)):
            for pair in product(book.words("role", line.role), book.words("record", line.record)):
                _tell(wide.setdefault(pair, {}), book, line)
        else:
            for place in places_of(book, line):
                _tell(narrow.setdefault(place, {}), book, line)
    order, grant = list(words["rows"]), cache(Grant)

    def grants(*told: Masks) -> tuple[Grant, ...]:
        spoken = sorted({relation for each in told for relation in each}, key=order.index)
        both = [(relation, [each[relation] for each in told if relation in each]) for relation in spoken]
        return tuple(grant(name, _any(a for a, _ in masks), _any(d for _, d in masks)) for name, masks in both)

    roles = [Role(word) for word in words["role"]]
    of_pair = {pair: grants(wide.get(pair, {})) for pair in product(roles, words["record"])}
    table = {place: of_pair[place[0], place[2]] for place in product(roles, words["action"], words["record"])}
    for place, told in narrow.items():
        key = Role(place[0]), place[1], place[2]
        if key in table:
            table[key] = grants(wide.get((place[0], place[2]), {}), told)
    return table


def _tell(masks: Masks, book: Book, line: Line) -> None:
    allowed, denied = masks.get(line.rows, (0, 0))
    classes = classes_in(book, line)
    masks[line.rows] = (allowed | classes, denied) if line.eft == "allow" else (allowed, denied | classes)


def _any(masks: Iterable[int]) -> int:
    return reduce(or_, masks, 0)


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
