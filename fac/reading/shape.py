"""Rows into answers: functions compiled once a plan, run once a row.

A row is a flat tuple. Every object's row holds its visibility mask; an object whose outline is not visible is null, a
field whose class is not visible is null, and a sealed value is opened only through the Opening handed in.
Never: open anything itself, or look anything up.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from fac.crypto.columns import CLASS_AT
from fac.domain.ids import encode_global
from fac.domain.vocabulary import InfoClass, classes_of

Row: TypeAlias = Sequence[Any]
OUTLINE = InfoClass.outline.bit


# (epoch, version, wrapped key, row, subject, bundle) -> its values, or None when it does not open
Open: TypeAlias = Callable[[int, int, bytes, UUID, UUID, bytes], "dict[str, Any] | None"]


# A bundle's number in the plan, its class in the row, and the class of an older seal, if it lies under one.
Which: TypeAlias = tuple[int, InfoClass, InfoClass | None]


class Opening(Protocol):
    """What shaping needs of the disclosure module."""

    def opener(self, table: str, info: InfoClass, sealed_as: InfoClass | None = None) -> Open:
        """Return what opens bundles of that class in rows of that table; a failure is recorded and alarmed."""


@dataclass(slots=True)
class Answering:
    """One plan of a request while its rows are shaped."""

    incident_id: UUID
    opening: Opening | None = None
    firsts: list[int] = field(default_factory=list)  # the asked length of each page of the plan
    openers: dict[Which, Open] = field(default_factory=dict)


@dataclass(slots=True)
class Touched:
    """What a set of rows would disclose: whose sealed values, of which classes. Filled before anything is opened.

    ``firsts`` are the asked lengths of the plan's pages: a page is fetched somewhat longer, and what is beyond its end
    is shown to nobody.
    """

    subjects: set[UUID] = field(default_factory=set)
    classes: int = 0
    firsts: Sequence[int] = ()


Opened: TypeAlias = Sequence["dict[str, Any] | None"]
# (row, visible mask, opened bundles, answering) -> value
Getter: TypeAlias = Callable[[Row, int, Opened, Answering], Any]
Shaper: TypeAlias = Callable[[Row, Answering], Any]
Toucher: TypeAlias = Callable[[Row, Touched], None]


class Program:
    """The text of one object's shaper while it is put together: numbers, and names of its own for everything else."""

    def __init__(self) -> None:
        self.bound: dict[str, Any] = {}

    def name(self, value: Any) -> str:
        """Return the name by which the program knows ``value``."""
        name = f"v{len(self.bound)}"
        self.bound[name] = value
        return name


# From the program to the expression that fills one field, over row, seen, answering, opened and the bundles b0, b1, ...
Part: TypeAlias = Callable[[Program], str]


def constant(value: Any) -> Part:
    """Return the part of one value for every row."""
    return lambda program: program.name(value)


def worked_out(get: Getter) -> Part:
    """Return the part that a function works out."""
    return lambda program: f"{program.name(get)}(row, seen, opened, answering)"


def column(place: int, bit: int) -> Part:
    """Return the part of a plain column, null where its class is not visible."""
    return lambda program: _visible(f"row[{place}]", bit)


def reference(place: int, bit: int, code: int, is_global: bool) -> Part:
    """Return the part of an opaque id."""
    incident = "None" if is_global else "answering.incident_id"

    def expression(program: Program) -> str:
        encoded = f"{program.name(encode_global)}({code}, {incident}, row[{place}])"
        return _visible(f"(None if row[{place}] is None else {encoded})", bit)

    return expression


def classes(place: int, bit: int) -> Part:
    """Return the part of a mask of classes, as words."""
    return lambda program: _visible(f"{program.name(classes_of)}(row[{place}])", bit)


def notice(place: int, bit: int, text: str) -> Part:
    """Return the part of a notice: its text where the row calls for it and its class is visible."""
    return lambda program: _visible(f"({program.name(text)} if row[{place}] else None)", bit)


def sealed(bundle: int, key: str) -> Part:
    """Return the part of one key of an opened bundle; null where it is masked or does not open."""
    return lambda program: f"(b{bundle}.get({program.name(key)}) if b{bundle} else None)"


def nested(shaper: Shaper, bit: int) -> Part:
    """Return the part of a to-one object."""
    return lambda program: _visible(f"{program.name(shaper)}(row, answering)", bit)


def a_list(place: int, item: Shaper) -> Part:
    """Return the part of a list whose rows stand as an array in the parent's row."""

    def expression(program: Program) -> str:
        shaped = f"[{program.name(item)}(each, answering) for each in row[{place}]]"
        return f"[each for each in {shaped} if each is not None]"

    return expression


def _visible(expression: str, bit: int) -> str:
    return expression if bit == OUTLINE else f"({expression} if seen & {bit} else None)"


@dataclass(frozen=True, slots=True)
class BundlePlace:
    """Where a sealed bundle and what it takes to open it stand in the row.

    ``told_at`` is where the code of its class stands, when the row says which of ``classes`` it is.
    """

    table: str
    classes: tuple[InfoClass, ...]
    formerly: InfoClass | None
    told_at: int | None
    blob: int
    row_id: int
    subject_id: int
    epoch: int
    version: int
    wrapped: int
    number: int  # among all sealed bundles of the plan

    def bit_in(self, row: Row) -> int:
        """Return the bit of the bundle's class in a row."""
        return self.classes[0].bit if self.told_at is None else 1 << row[self.told_at]

    def which_in(self, row: Row) -> Which:
        """Return what opens the bundle of a row that has one."""
        bit, older = self.bit_in(row), self.formerly
        info = next(each for each in self.classes if each.bit == bit)
        is_older = older is not None and row[self.blob][CLASS_AT] == older.code
        return self.number, info, older if is_older else None


def bundle_opener(place: BundlePlace) -> Callable[[Row, Answering], dict[str, Any] | None]:
    """Return what opens one bundle of a row; an absent or erased one is empty, one that does not open is None."""
    blob, which_in = place.blob, place.which_in
    taken = itemgetter(place.epoch, place.version, place.wrapped, place.row_id, place.subject_id, place.blob)
    # Of most columns the same in every row.
    only = None if place.told_at is not None or place.formerly is not None else which_in(())

    def open_bundle(row: Row, answering: Answering) -> dict[str, Any] | None:
        if not row[blob]:  # absent, or emptied when its subject was erased
            return {}
        which = only or which_in(row)
        opener = answering.openers.get(which)
        if opener is None:
            if answering.opening is None:
                raise RuntimeError("a sealed value was shaped without an Opening")
            opener = answering.openers[which] = answering.opening.opener(place.table, *which[1:])
        return opener(*taken(row))

    return open_bundle


def bundle_toucher(place: BundlePlace) -> Toucher:
    """Return what notes whose bundle a row would open."""
    blob, subject, bit_in = place.blob, place.subject_id, place.bit_in

    def touch(row: Row, touched: Touched) -> None:
        if row[blob]:
            touched.subjects.add(row[subject])
            touched.classes |= bit_in(row)

    return touch


def an_object(seen_at: int, fields: Sequence[tuple[str, Part]], bundles: list[BundlePlace]) -> Shaper:
    """Return the shaper of one object: null unless its outline is visible.

    It is compiled, once a plan, into one function that builds the answer's mapping in a single expression: a call a
    field cost a third of a page's shaping. Its text holds numbers and the program's own names; response keys, and
    whatever else a client wrote, are values bound to names.
    """
    program = Program()
    entries = ", ".join(f"{program.name(key)}: {part(program)}" for key, part in fields)
    lines = [
        "def shape(row, answering):",
        f"    seen = row[{seen_at}]",
        f"    if seen is None or not seen & {OUTLINE}:",
        "        return None",
        *(f"    b{n} = {program.name(bundle_opener(place))}(row, answering)" for n, place in enumerate(bundles)),
        *([f"    opened = ({''.join(f'b{n}, ' for n in range(len(bundles)))})"] if "opened" in entries else []),
        f"    return {{{entries}}}",
    ]
    exec(compile("\n".join(lines), "<plan>", "exec"), program.bound)  # noqa: S102  # of our own words alone, as above
    shaper: Shaper = program.bound["shape"]
    return shaper


def list_toucher(place: int, touchers: Sequence[Toucher], slot: int | None = None) -> Toucher:
    """Return what notes whose bundles the rows of an array would open; of a ``slot``, of as many as asked."""

    def touch(row: Row, touched: Touched) -> None:
        if touchers:
            for each in row[place] if slot is None else row[place][: touched.firsts[slot]]:
                for toucher in touchers:
                    toucher(each, touched)

    return touch
