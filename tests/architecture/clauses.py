"""The tables of docs/security/: read, checked against the code and the tests, and written out for people to read.

After a change of a table ``python -m tests.architecture.clauses`` makes docs/security/clauses.md anew, and in
docs/security.md the list of what is not whole.
"""

import ast
import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "security"
TABLES = {
    "invariants": "The field's own invariants that concern disclosure",
    "law": "28 CFR 94.115, 34 USC 12291(b)(2), 42 CFR 2.31-2.32, 45 CFR 164.312",
    "asvs": "OWASP ASVS 5.0: V8, V11 and V16 to level 2, and the items of level 3 that are claimed",
}
STATUSES = ("shown", "partly", "not done", "not applicable")
_HEAD = """# Clause by clause

Made by `python -m tests.architecture.clauses` from the tables beside it; change those. A test fails when a clause of a
list has no row, or when a row names a mechanism or a test that is not there.
"""
HEADER = ["clause", "asks", "status", "mechanism", "tests", "note"]
BEGIN, END = "<!-- made by tests/architecture/clauses.py -->", "<!-- end -->"


@dataclass(frozen=True, slots=True)
class Clause:
    """One row: what is asked, how far it is shown, by what, in which tests, and what is missing or why not at all."""

    clause: str
    asks: str
    status: str
    mechanism: tuple[str, ...]
    tests: tuple[str, ...]
    note: str


def read(table: str) -> list[Clause]:
    """Return the rows of a table."""
    with (FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == HEADER, f"{table}: the columns are {', '.join(HEADER)}"
    return [Clause(*row[:3], _listed(row[3]), _listed(row[4]), row[5]) for row in rows]


def faults_of(row: Clause) -> Iterator[str]:
    """Yield what is wrong with a row: a status that is not earned, a path or a test that is not there."""
    if row.status not in STATUSES:
        yield f"{row.clause}: the status {row.status} is none of {', '.join(STATUSES)}"
    claims = row.status in ("shown", "partly")
    if claims and not (row.mechanism and row.tests):
        yield f"{row.clause}: {row.status} needs a mechanism and a test"
    if not claims and row.tests:
        yield f"{row.clause}: {row.status} claims a test"
    if row.status != "shown" and not row.note:
        yield f"{row.clause}: {row.status} needs a word why"
    yield from (f"{row.clause}: {path} is not there" for path in row.mechanism if not (ROOT / path).exists())
    yield from (f"{row.clause}: {fault}" for each in row.tests if (fault := fault_of_test(each)))


def fault_of_test(named: str) -> str | None:
    """Return what is wrong with ``file``, ``file::Class``, ``file::test`` or ``file::Class::test``, None if it runs."""
    path, *names = named.split("::")
    if not (path.startswith("tests/") and Path(path).name.startswith("test_") and (ROOT / path).is_file()):
        return f"{path} is no file of tests"
    body: list[ast.stmt] = _parsed(path).body
    for name in names or [""]:
        found = [each for each in body if _runs(each) and name in ("", _name(each))]
        if not found:
            return f"{named} is not collected"
        body = found[0].body if isinstance(found[0], ast.ClassDef) else []
    return None


def _name(node: ast.stmt) -> str:
    return node.name if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) else ""


def _runs(node: ast.stmt) -> bool:
    """Tell whether pytest collects the class or function, and nothing says to skip it."""
    if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    marks = " ".join(ast.unparse(each) for each in node.decorator_list)
    if "skip" in marks or "xfail" in marks:
        return False
    if isinstance(node, ast.ClassDef):
        return node.name.startswith("Test") and any(_runs(each) for each in node.body)
    return node.name.startswith("test_")


@cache
def _parsed(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text("utf-8"))


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(each for part in cell.split(";") if (each := part.strip()))


def page() -> str:
    """Return docs/security/clauses.md: every table as people read it."""
    parts = [_HEAD]
    for table, title in TABLES.items():
        rows = read(table)
        counts = ", ".join(f"{sum(row.status == each for row in rows)} {each}" for each in STATUSES)
        parts.append(f"\n## {title}\n\n[{table}.csv]({table}.csv): {counts}.\n\n")
        parts.append("| clause | asks | status | mechanism | tests |\n|---|---|---|---|---|\n")
        parts.extend(_line(row) for row in rows)
    return "".join(parts)


def _line(row: Clause) -> str:
    status = f"{row.status}: {row.note}" if row.note else row.status
    mechanism, tests = (", ".join(f"`{each}`" for each in cell) for cell in (row.mechanism, row.tests))
    return f"| {row.clause} | {row.asks} | {status} | {mechanism} | {tests} |\n"


def gaps() -> str:
    """Return the list of what is not done or not whole, as it stands in docs/security.md."""
    lines = [
        f"- {row.clause} ({row.status}): {row.note}\n"
        for table in TABLES
        for row in read(table)
        if row.status in ("not done", "partly")
    ]
    return f"{BEGIN}\n\n{''.join(lines)}\n{END}"


def with_gaps(text: str) -> str:
    """Return docs/security.md with its list as it must be."""
    before, rest = text.split(BEGIN)
    return before + gaps() + rest.split(END, 1)[1]


if __name__ == "__main__":
    (FOLDER / "clauses.md").write_text(page(), "utf-8")
    told = ROOT / "docs" / "security.md"
    told.write_text(with_gaps(told.read_text("utf-8")), "utf-8")
    sys.exit(0)
