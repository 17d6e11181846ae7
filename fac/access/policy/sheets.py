"""Reads the policy files as text and as tables, strictly: what looks odd is refused, never guessed at.

Never: skip a line, strip a value, or repair a file.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from fac.errors import PolicyInvalid

FILES = (
    "model.conf",
    "policy.csv",
    "vocabulary.csv",
    "reach.csv",
    "fields.csv",
    "operations.csv",
    "never.csv",
    "separation.csv",
)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]")

Sources = Mapping[str, str]


def read_sources(directory: Path) -> dict[str, str]:
    """Return the text of every policy file by name; raises PolicyInvalid naming each file that cannot be taken."""
    texts: dict[str, str] = {}
    faults: list[str] = []
    for name in FILES:
        try:
            texts[name] = read_text(directory, name)
        except PolicyInvalid as fault:
            faults.extend(fault.faults)
    if faults:
        raise PolicyInvalid(*faults)
    return texts


def read_text(directory: Path, name: str) -> str:
    """Return the text of one file; raises PolicyInvalid when it is missing, empty, cut off or not plain UTF-8."""
    try:
        raw = (directory / name).read_bytes()
    except OSError:
        raise PolicyInvalid(f"{name}: cannot be read") from None
    return plain_text(name, raw)


def plain_text(name: str, raw: bytes) -> str:
    """Return ``raw`` as text; raises PolicyInvalid when it is empty, cut off or not plain UTF-8."""
    if raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise PolicyInvalid(f"{name}: starts with a byte order mark")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise PolicyInvalid(f"{name}: is not UTF-8") from None
    if not text.strip():
        raise PolicyInvalid(f"{name}: is empty")
    if not text.endswith("\n"):
        raise PolicyInvalid(f"{name}: the last line is cut off (no line end)")
    odd = _CONTROL.search(text)
    if odd:
        raise PolicyInvalid(f"{name}:{text.count(chr(10), 0, odd.start()) + 1}: holds a control character")
    return text


def rows_of(name: str, text: str, header: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield (line number, cells) of a CSV table with exactly ``header``; # lines and empty ones are notes.

    Raises PolicyInvalid at the first line with another number of cells, an empty cell or space around a cell.
    """
    found = False
    for number, line in enumerate(text.split("\n"), start=1):
        if not line or line.startswith("#"):
            continue
        cells = _cells(name, number, line)
        if not found:
            if cells != header:
                raise PolicyInvalid(f"{name}:{number}: the first line must be {','.join(header)}")
            found = True
            continue
        if len(cells) != len(header):
            raise PolicyInvalid(f"{name}:{number}: has {len(cells)} cells, not {len(header)}")
        if any(not cell or cell != cell.strip() for cell in cells):
            raise PolicyInvalid(f"{name}:{number}: has an empty cell or space around one")
        yield number, cells
    if not found:
        raise PolicyInvalid(f"{name}: holds no header")


def _cells(name: str, number: int, line: str) -> tuple[str, ...]:
    try:
        (cells,) = csv.reader([line], strict=True)
    except (csv.Error, ValueError):
        raise PolicyInvalid(f"{name}:{number}: is not one line of CSV") from None
    return tuple(cells)
