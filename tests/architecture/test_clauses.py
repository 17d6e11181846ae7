"""What the program promises is shown: every clause of the lists has its row, and every row what it names."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.architecture.clauses import FOLDER, ROOT, TABLES, Clause, fault_of_test, faults_of, page, read, with_gaps

SECURITY = (ROOT / "docs" / "security.md").read_text("utf-8")


def cited(section: str, *paragraphs: str) -> list[str]:
    return [f"{section}{each}" for each in paragraphs]


# The invariants of the field that concern disclosure.
INVARIANTS = ["2", "3", "5", "6", "7", "9", "10", "11", "12", "13", "14", "15", "16", "18"]
LAW = [
    *cited("28 CFR 94.115", "(a)", "(a)(1)", "(a)(2) consent", "(a)(2) abuser", "(a)(2) minor", "(b)", "(c)(1)"),
    *cited("28 CFR 94.115", "(c)(2)", "(c)(3)", "(d)(1)", "(d)(2)", "(e)"),
    *cited("34 USC 12291(b)(2)", "(A)", "(B)(i)", "(B)(ii) consent", "(B)(ii) minor", "(B)(ii) abuser"),
    *cited("34 USC 12291(b)(2)", "(B)(ii) alone", "(C)(i)", "(C)(ii)", "(D)(i)(I)", "(D)(i)(II)", "(D)(i)(III)"),
    *cited("34 USC 12291(b)(2)", "(D)(ii)(I)", "(D)(ii)(II)", "(E)", "(F)", "(G)", "(H)"),
    *cited("42 CFR 2.31", *(f"(a)({number})" for number in range(1, 11)), "(b)", "(c)", "(d)"),
    *cited("42 CFR 2.32", "(a)", "(b)"),
    *cited("45 CFR 164.312", "(a)(1)", "(a)(2)(i)", "(a)(2)(ii)", "(a)(2)(iii)", "(a)(2)(iv)", "(b)", "(c)(1)"),
    *cited("45 CFR 164.312", "(c)(2)", "(d)", "(e)(1)", "(e)(2)(i)", "(e)(2)(ii)"),
]
# ASVS 5.0.0: levels 1 and 2 of V8, V11 and V16 whole, then the items of level 3 that are claimed.
ASVS = re.findall(
    r"\S+",
    """
    V8.1.1 V8.1.2 V8.2.1 V8.2.2 V8.2.3 V8.3.1 V8.4.1
    V11.1.1 V11.1.2 V11.2.1 V11.2.2 V11.2.3 V11.3.1 V11.3.2 V11.3.3 V11.4.1 V11.4.2 V11.4.3 V11.4.4 V11.5.1 V11.6.1
    V16.1.1 V16.2.1 V16.2.2 V16.2.3 V16.2.4 V16.2.5 V16.3.1 V16.3.2 V16.3.3 V16.3.4 V16.4.1 V16.4.2 V16.4.3
    V16.5.1 V16.5.2 V16.5.3
    V1.2.10 V1.3.12 V1.5.3 V2.3.5 V3.5.8 V4.1.4 V4.1.5 V6.3.5 V6.3.7 V6.3.8 V6.4.6 V6.5.6 V6.5.8 V6.7.2 V7.5.3
    V8.3.2 V8.3.3 V8.4.2 V11.2.4 V11.2.5 V11.3.4 V13.1.2 V13.1.3 V13.2.6 V13.3.4 V13.4.6 V14.2.6 V14.2.7 V15.2.4
    V15.4.1 V15.4.2 V16.5.4
    """,
)
REQUIRED = {"invariants": INVARIANTS, "law": LAW, "asvs": ASVS}
ROW = Clause("1", "asks", "shown", ("fac/errors.py",), ("tests/architecture/test_clauses.py::TestClauses",), "")


class TestClauses:
    @pytest.mark.parametrize("table", TABLES)
    def test_every_clause_of_the_list_has_one_row(self, table: str) -> None:
        assert sorted(row.clause for row in read(table)) == sorted(REQUIRED[table])

    @pytest.mark.parametrize("table", TABLES)
    def test_every_row_names_what_is_there(self, table: str) -> None:
        assert [fault for row in read(table) for fault in faults_of(row)] == []

    def test_the_pages_are_made_of_the_tables(self) -> None:
        assert (FOLDER / "clauses.md").read_text("utf-8") == page(), "python -m tests.architecture.clauses"
        assert with_gaps(SECURITY) == SECURITY, "python -m tests.architecture.clauses"


class TestTheChecksThemselves:
    def test_a_sound_row_has_no_fault(self) -> None:
        assert list(faults_of(ROW)) == []

    @pytest.mark.parametrize(
        "spoiled",
        [
            {"status": "done"},
            {"tests": ()},
            {"mechanism": ()},
            {"mechanism": ("fac/gone.py",)},
            {"status": "partly"},
            {"status": "not done", "note": "why"},
            {"status": "not applicable", "tests": ()},
            {"tests": ("tests/architecture/clauses.py",)},
            {"tests": ("tests/architecture/test_gone.py",)},
            {"tests": ("tests/architecture/test_clauses.py::TestGone",)},
            {"tests": ("tests/architecture/test_clauses.py::ROW",)},
            {"tests": ("tests/architecture/test_clauses.py::TestClauses::test_gone",)},
        ],
    )
    def test_a_spoiled_one_has(self, spoiled: dict[str, object]) -> None:
        assert list(faults_of(replace(ROW, **spoiled))) != []  # type: ignore[arg-type]  # one field each


def promises() -> Iterator[tuple[str, str, str]]:
    """Yield promise, mechanism and test of each row of the table in docs/security.md."""
    table = SECURITY.partition("## Promise, mechanism, test")[2].partition("\n## ")[0]
    for line in table.splitlines():
        if line.startswith("| ") and not line.startswith("| promise |"):
            promise, mechanism, tests = (cell.strip() for cell in line.strip("|").split(" | "))
            yield promise.removeprefix("| "), mechanism, tests


@pytest.mark.parametrize(("promise", "mechanism", "tests"), [pytest.param(*row, id=row[0][:60]) for row in promises()])
def test_a_promise_names_its_mechanism_and_its_test(promise: str, mechanism: str, tests: str) -> None:
    named = re.findall(r"`([^`]+)`", tests)
    assert named, "name its test in backticks"
    assert [fault for each in named if (fault := fault_of_test(each))] == []
    assert mechanism, "say what does it"
    paths = re.findall(r"`((?:fac|policies|migrations)/[^`]+)`", mechanism)
    assert [each for each in paths if not (ROOT / each).exists()] == []
