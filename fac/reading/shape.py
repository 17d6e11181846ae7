"""Rows into answers: small closures, put together once a plan, run once a row.

A row is a flat tuple. Every object's row holds its visibility mask; an object whose outline is not visible is null, a
field whose class is not visible is null, and a sealed value is opened only through the Opening handed in.
Never: open anything itself, or look anything up.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from fac.domain.ids import encode_global
from fac.domain.vocabulary import InfoClass, classes_of

Row: TypeAlias = Sequence[Any]
OUTLINE = InfoClass.outline.bit


# (epoch, version, wrapped key, row, subject, bundle) -> its values, or None when it does not open
Open: TypeAlias = Callable[[int, int, bytes, UUID, UUID, bytes], "dict[str, Any] | None"]


class Opening(Protocol):
    """What shaping needs of the disclosure module."""

    def opener(self, table: str, info: InfoClass) -> Open:
        """Return what opens bundles of that class in rows of that table; a failure is recorded and alarmed."""


@dataclass(slots=True)
class Answering:
    """One plan of a request while its rows are shaped."""

    incident_id: UUID
    opening: Opening | None = None
    firsts: list[int] = field(default_factory=list)  # the asked length of each page of the plan
    openers: dict[int, Open] = field(default_factory=dict)  # by the bundle's number in the plan


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


def constant(value: Any) -> Getter:
    """Return the getter of one value for every row."""
    return lambda row, seen, opened, answering: value


@dataclass(frozen=True, slots=True)
class Cell:
    """A value that stands in the row as it is answered, and is visible whenever the object is."""

    place: int


def column(place: int, bit: int) -> Getter | Cell:
    """Return the getter of a plain column, null where its class is not visible."""
    if bit == OUTLINE:
        return Cell(place)
    return lambda row, seen, opened, answering: row[place] if seen & bit else None


def reference(place: int, bit: int, code: int, is_global: bool) -> Getter:
    """Return the getter of an opaque id."""

    def get(row: Row, seen: int, opened: Opened, answering: Answering) -> str | None:
        id = row[place]
        if id is None or not seen & bit:
            return None
        return encode_global(code, None if is_global else answering.incident_id, id)

    return get


def classes(place: int, bit: int) -> Getter:
    """Return the getter of a mask of classes, as words."""
    return lambda row, seen, opened, answering: classes_of(row[place]) if seen & bit else None


def notice(place: int, bit: int, text: str) -> Getter:
    """Return the getter of a notice: its text where the row calls for it and its class is visible."""
    return lambda row, seen, opened, answering: text if row[place] and seen & bit else None


def sealed(bundle: int, key: str) -> Getter:
    """Return the getter of one key of an opened bundle; null where it is masked or does not open."""

    def get(row: Row, seen: int, opened: Opened, answering: Answering) -> Any:
        values = opened[bundle]
        return values.get(key) if values else None

    return get


def nested(shaper: Shaper, bit: int) -> Getter:
    """Return the getter of a to-one object."""
    return lambda row, seen, opened, answering: shaper(row, answering) if seen & bit else None


@dataclass(frozen=True, slots=True)
class BundlePlace:
    """Where a sealed bundle and what it takes to open it stand in the row."""

    table: str
    info: InfoClass
    blob: int
    row_id: int
    subject_id: int
    epoch: int
    version: int
    wrapped: int
    number: int  # among all sealed bundles of the plan


def bundle_opener(place: BundlePlace) -> Callable[[Row, Answering], dict[str, Any] | None]:
    """Return what opens one bundle of a row; an absent or erased one is empty, one that does not open is None."""
    blob, number = place.blob, place.number
    taken = itemgetter(place.epoch, place.version, place.wrapped, place.row_id, place.subject_id, place.blob)

    def open_bundle(row: Row, answering: Answering) -> dict[str, Any] | None:
        if not row[blob]:  # absent, or emptied when its subject was erased
            return {}
        opener = answering.openers.get(number)
        if opener is None:
            if answering.opening is None:
                raise RuntimeError("a sealed value was shaped without an Opening")
            opener = answering.openers[number] = answering.opening.opener(place.table, place.info)
        return opener(*taken(row))

    return open_bundle


def bundle_toucher(place: BundlePlace) -> Toucher:
    """Return what notes whose bundle a row would open."""
    blob, subject, bit = place.blob, place.subject_id, place.info.bit

    def touch(row: Row, touched: Touched) -> None:
        if row[blob]:
            touched.subjects.add(row[subject])
            touched.classes |= bit

    return touch


def an_object(seen_at: int, fields: Sequence[tuple[str, Getter | Cell]], bundles: list[BundlePlace]) -> Shaper:
    """Return the shaper of one object: null unless its outline is visible.

    Cells are taken out of the row all at once; what must be worked out has the mask in its place until it is.
    """
    keys = [key for key, _ in fields]
    places = [get.place if isinstance(get, Cell) else seen_at for _, get in fields]
    worked_out = [(key, get) for key, get in fields if not isinstance(get, Cell)]
    openers = [bundle_opener(place) for place in bundles]
    taken = itemgetter(*places, seen_at, seen_at)  # two more, so that it is always several

    def shape(row: Row, answering: Answering) -> dict[str, Any] | None:
        seen = row[seen_at]
        if seen is None or not seen & OUTLINE:
            return None
        answer = dict(zip(keys, taken(row), strict=False))
        if worked_out:
            opened = [open_bundle(row, answering) for open_bundle in openers]
            for key, get in worked_out:
                answer[key] = get(row, seen, opened, answering)
        return answer

    return shape


def a_list(place: int, item: Shaper) -> Getter:
    """Return the getter of a list whose rows stand as an array in the parent's row."""

    def get(row: Row, seen: int, opened: Opened, answering: Answering) -> list[Any]:
        shaped = [item(each, answering) for each in row[place]]
        return [each for each in shaped if each is not None]

    return get


def list_toucher(place: int, touchers: Sequence[Toucher], slot: int | None = None) -> Toucher:
    """Return what notes whose bundles the rows of an array would open; of a ``slot``, of as many as asked."""

    def touch(row: Row, touched: Touched) -> None:
        if touchers:
            for each in row[place] if slot is None else row[place][: touched.firsts[slot]]:
                for toucher in touchers:
                    toucher(each, touched)

    return touch
