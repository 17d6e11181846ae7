"""A CSV file as people save it, made into numbered rows of named cells.

Byte order marks, Latin-1, semicolons, tabs, Windows line ends, title lines above the header, empty rows and columns are
all met in practice and all read; a workbook saved as .xlsx is told apart and refused.
Never: echo a cell, or even a header that is not known: without a header line it would be somebody's name.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fac.casework.importing.column import MANY, column_of
from fac.errors import InvalidInput

MOST_BYTES = 32 * 1024 * 1024
MOST_ROWS = 100_000
_DELIMITERS = ",;\t|"
_HEADER_WITHIN = 15  # rows
_NAMES = frozenset({"given_name", "family_name", "full_name", "preferred_name"})


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number as a spreadsheet program shows it, and the texts of its known columns."""

    number: int
    cells: dict[str, list[str]] = field(repr=False)

    def text(self, column: str) -> str:
        """Return the first text in ``column``, empty where there is none."""
        return next(iter(self.cells.get(column, ())), "")

    def texts(self, column: str) -> list[str]:
        """Return every text in ``column``."""
        return self.cells.get(column, [])


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a file, the columns that were known, and the letters of those that were not read."""

    rows: list[SheetRow] = field(repr=False)
    columns: frozenset[str]
    ignored: tuple[str, ...]


def read_sheet(content: bytes) -> Sheet:
    """Return the sheet in ``content``; raises InvalidInput when there is no header line to go by."""
    lines = _numbered(_decoded(content))
    for number, cells in lines:
        columns = [column_of(each) for each in cells]
        known = {each for each in columns if each}
        if "family" in known and known & _NAMES:
            _refuse_doubled(columns)
            ignored = tuple(
                _letter(place) for place, each in enumerate(columns) if each is None and cells[place].strip()
            )
            return Sheet(list(_rows(lines, columns)), frozenset(known), ignored)
        if number >= _HEADER_WITHIN:
            break
    raise InvalidInput.at(
        "file",
        "no_header",
        "A line near the top must name the columns: at least the family and a name (docs/import.md).",
    )


def _decoded(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise InvalidInput.at("file", "too_large", "The file has 32 MB at most; divide it.")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InvalidInput.at("file", "workbook", "This is a workbook; save the sheet as CSV first.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _guarded(content, "utf-16")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _guarded(content, "cp1252")
    if "\0" in text:
        raise InvalidInput.at("file", "not_text", "This is no text file; save the sheet as CSV.")
    return text


def _guarded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise InvalidInput.at("file", "not_text", "Save the sheet as CSV in UTF-8.") from None


def _numbered(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that holds something, with its number: rows are counted, not lines (a cell may hold several)."""
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            if number > MOST_ROWS:
                raise InvalidInput.at("file", "too_long", f"The sheet has {MOST_ROWS} rows at most; divide it.")
            if any(each.strip() for each in cells):
                yield number, cells
    except csv.Error:
        raise InvalidInput.at("file", "malformed", "A quotation mark is not closed; save the sheet again.") from None


def _delimiter(text: str) -> str:
    """Return the delimiter that parts the first lines into most known columns."""
    top = text[:20_000].splitlines()[:_HEADER_WITHIN]

    def known(delimiter: str) -> int:
        return max((sum(column_of(cell) is not None for cell in line.split(delimiter)) for line in top), default=0)

    return max(_DELIMITERS, key=known)


def _refuse_doubled(columns: Sequence[str | None]) -> None:
    for each in set(columns):
        if each is not None and each not in MANY and columns.count(each) > 1:
            raise InvalidInput.at(f"columns.{each}", "column_repeated", "Two columns say the same; delete one of them.")


def _rows(lines: Iterator[tuple[int, list[str]]], columns: Sequence[str | None]) -> Iterator[SheetRow]:
    for number, cells in lines:
        named: dict[str, list[str]] = {}
        for column, cell in zip(columns, cells, strict=False):
            # A cell that lists several has them one under the other; elsewhere a line end is a space.
            lines_of_cell = [" ".join(line.split()) for line in cell.splitlines() if line.strip()]
            text = ("\n" if column in MANY else " ").join(lines_of_cell)
            if column is not None and text:
                named.setdefault(column, []).append(text)
        if named and [column_of(each) for each in cells] != list(columns):  # a header repeated on a new page
            yield SheetRow(number, named)


def _letter(place: int) -> str:
    """Return the letter of a column as spreadsheets show it: A, B, ... Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
