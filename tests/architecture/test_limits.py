"""docs/limits.md says what the code holds."""

import re
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "limits.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text("utf-8").splitlines()
    if re.search(r"`fac\.[\w.]+` \|$", line)
]
UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}


def held(name: str) -> float:
    """Return the number behind a dotted name: a module's constant, or the default of a class's field."""
    path, _, last = name.rpartition(".")
    try:
        found = getattr(import_module(path), last)
    except ModuleNotFoundError:
        module, _, owner = path.rpartition(".")
        found = getattr(import_module(module), owner).__dataclass_fields__[last].default
    return found.total_seconds() if isinstance(found, timedelta) else float(found)


def test_the_page_is_read() -> None:
    assert len(ROWS) == PAGE.read_text("utf-8").count("| `fac.")
    assert len(ROWS) > 20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_limit_is_what_the_code_holds(row: list[str]) -> None:
    number, unit = re.match(r"([\d.]+)(?: (\w+))?", row[1]).groups()  # type: ignore[union-attr]
    name = row[-1].strip("`")
    factor = UNITS.get(unit or "", 1) if name.rpartition(".")[2].isupper() else 1
    assert held(name) == float(number) * factor
