"""A form is data: complete, closed over our words, and replaceable without touching a record."""

import shutil
from pathlib import Path

import pytest

from fac.domain import sensitivity
from fac.errors import InvalidInput
from fac.reporting import editions
from fac.reporting.counting import count
from fac.reporting.editions import DEFAULT_EDITION, load_edition
from fac.reporting.period import Period
from tests.reporting.world import Given, World, person

SHIPPED = Path(editions.__file__).parent / "data"
QUARTER = Period.quarter(2027, 1)


def test_the_shipped_form_has_every_row_and_line() -> None:
    edition = load_edition()
    assert {question: len(rows) for question, rows in edition.axes.items()} == {
        "Q4A": 10,
        "Q4B": 5,
        "Q4C": 7,
        "Q5A": 26,
        "Q5C": 8,
    }
    assert {c: sum(line.category == c for line in edition.lines) for c in edition.categories} == {
        "A": 4,
        "B": 10,
        "C": 7,
        "D": 3,
        "E": 11,
    }
    assert edition.name in editions.editions()


def test_the_shipped_form_is_never_edited() -> None:
    # Frozen reports name this digest. A changed form is a new folder, not a changed file.
    assert (
        load_edition(DEFAULT_EDITION).digest.hex() == "461c2c62b19168f317c0e2e2a06757e5ab9f36b1c95e3d2ef97d8bdcdc17ad77"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SHIPPED, tmp_path / "data")
    return tmp_path / "data"


def test_another_edition_maps_the_same_words_to_other_rows(folder: Path) -> None:
    later = folder / "form_2025"
    shutil.copytree(folder / DEFAULT_EDITION, later)
    text = (later / "rows.csv").read_text()
    text = text.replace("Q4B,3,other,Other\n", "").replace(
        "Q4B,4,not_reported,Not Reported", "Q4B,4,not_reported other,Not Reported"
    )
    (later / "rows.csv").write_text(text)
    world = World([person(gender="other"), person(gender="male")], [])
    world.given = [Given(0, "A1", QUARTER.starts_on), Given(1, "A1", QUARTER.starts_on)]
    inputs = world.inputs(QUARTER)
    before = count(inputs, load_edition(DEFAULT_EDITION, folder), world.award, QUARTER)
    after = count(inputs, load_edition("form_2025", folder), world.award, QUARTER)
    assert before.value("Q4B", "other") == 1
    assert after.value("Q4B", "not_reported") == 1
    assert [row.key for row in after.section("Q4B").rows] == ["male", "female", "not_reported", "not_tracked"]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("rows.csv", "Q4B,1,male,Male\n", ""),  # a word without a row
        ("rows.csv", "Q4B,2,female,Female", "Q4B,2,female male,Female"),  # a word with two rows
        ("rows.csv", "question,position", "question,place"),
        ("lines.csv", "A2,A,", "A1,A,"),
        ("lines.csv", "A1,A,INFORMATION & REFERRAL,", "A1,A,"),
    ],
)
def test_a_form_that_does_not_hold_together_is_refused(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / DEFAULT_EDITION / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(InvalidInput):
        load_edition(DEFAULT_EDITION, folder)


@pytest.mark.parametrize("name", ["", "..", "../data/ovc_pmt_2024", "ovc_pmt_1999"])
def test_an_unknown_edition_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        load_edition(name)


@pytest.mark.parametrize("name", editions.editions())
def test_every_line_that_casework_may_record_is_a_line_of_the_form(name: str) -> None:
    of_the_form = {line.code for line in load_edition(name).lines} | {editions.COMPENSATION_LINE}
    assert set(sensitivity.report_lines()) | {sensitivity.COMPENSATION_QUESTION} == of_the_form
    assert {need.default_report_line for need in sensitivity.need_codes().values()} <= of_the_form
