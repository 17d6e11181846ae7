"""Editions of a federal form: its questions, rows and service lines as versioned data, and what a row means.

A person's words are kept as they were said; an edition maps them to its rows at report time, so that a form may change
(as the gender rows did in 2025) without touching a record. A new edition is a new folder beside the others.
Never: change an edition that a report was made with: reports name the edition and its digest.
"""

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path

from fac.domain.sensitivity import COMPENSATION_QUESTION
from fac.domain.vocabulary import AgeBand, Gender, Race, SpecialClassification, VictimizationType
from fac.errors import InvalidInput

DEFAULT_EDITION = "ovc_pmt_2024"
COMPENSATION_LINE = COMPENSATION_QUESTION  # recorded like a service line; on the form a question of its own
TWO_OR_MORE = "two_or_more"
NOT_REPORTED = "not_reported"
NOT_TRACKED = "not_tracked"

_DATA = Path(__file__).parent / "data"
_AXES: dict[str, type[StrEnum]] = {
    "Q4A": Race,
    "Q4B": Gender,
    "Q4C": AgeBand,
    "Q5A": VictimizationType,
    "Q5C": SpecialClassification,
}
_COLUMNS = {
    "questions.csv": ("question", "asked", "answered", "title"),
    "rows.csv": ("question", "position", "means", "label"),
    "lines.csv": ("code", "category", "category_label", "label"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the form; one that is not ``is_counted`` is answered by a person."""

    name: str
    title: str
    is_annual: bool
    is_counted: bool


@dataclass(frozen=True, slots=True)
class AxisRow:
    """One row of a population question; ``key`` is its first word, ``words`` are all that it covers."""

    key: str
    words: tuple[str, ...]
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """One service line, such as ``C4``."""

    code: str
    category: str
    label: str


@dataclass(frozen=True, slots=True)
class Edition:
    """A whole form. ``digest`` is the SHA-256 over its files; ``row_of`` maps question and word to the row's key."""

    name: str
    digest: bytes
    questions: dict[str, Question]
    axes: dict[str, tuple[AxisRow, ...]]
    row_of: dict[str, dict[str, str]]
    categories: dict[str, str]
    lines: tuple[Line, ...]

    def row_keys(self, question: str, words: frozenset[str]) -> frozenset[str]:
        """Return the keys of the rows of ``question`` that ``words`` fall into; a foreign word raises InvalidInput."""
        keys = self.row_of[question]
        if not words <= keys.keys():
            raise InvalidInput.at(question, "unknown_word", "A record holds a word that this edition does not know.")
        return frozenset(keys[word] for word in words)


def editions(folder: Path = _DATA) -> tuple[str, ...]:
    """Return the names of the editions there are, oldest first."""
    return tuple(sorted(each.name for each in folder.iterdir() if (each / "questions.csv").is_file()))


@cache
def load_edition(name: str = DEFAULT_EDITION, folder: Path = _DATA) -> Edition:
    """Return edition ``name``; raises InvalidInput when there is none or its files do not hold together."""
    if name not in editions(folder):
        raise InvalidInput.at("edition", "unknown_edition", "There is no such edition of the form.")
    home = folder / name
    lines = [Line(code, category, label) for code, category, _, label in _read(home, "lines.csv")]
    axes = _axes(home)
    edition = Edition(
        name=name,
        digest=sha256(b"\0".join((home / file).read_bytes() for file in sorted(_COLUMNS))).digest(),
        questions={
            question: Question(question, title, asked == "annually", answered == "counted")
            for question, asked, answered, title in _read(home, "questions.csv")
        },
        axes=axes,
        row_of={question: {word: row.key for row in rows for word in row.words} for question, rows in axes.items()},
        categories={category: label for _, category, label, _ in _read(home, "lines.csv")},
        lines=tuple(lines),
    )
    if len({line.code for line in lines}) != len(lines):
        raise InvalidInput.at("lines.csv", "duplicate", "A line code appears twice.")
    return edition


def _axes(home: Path) -> dict[str, tuple[AxisRow, ...]]:
    rows = sorted(_read(home, "rows.csv"), key=lambda row: (row[0], int(row[1])))
    axes: dict[str, tuple[AxisRow, ...]] = {}
    for question, vocabulary in _AXES.items():
        own = [(means.split(), label) for name, _, means, label in rows if name == question]
        axis = tuple(AxisRow(words[0], tuple(words), label) for words, label in own)
        covered = [word for row in axis for word in row.words]
        if len(covered) != len(set(covered)) or not {word.value for word in vocabulary} <= set(covered):
            raise InvalidInput.at("rows.csv", "not_a_partition", f"Every word of {question} falls into one row.")
        axes[question] = axis
    return axes


def _read(home: Path, file: str) -> list[list[str]]:
    with (home / file).open(encoding="utf-8", newline="") as source:
        header, *rows = csv.reader(source)
    if tuple(header) != _COLUMNS[file] or any(len(row) != len(header) for row in rows):
        raise InvalidInput.at(file, "columns", "The columns of this edition file are not the expected ones.")
    return rows
