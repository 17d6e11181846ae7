"""The figures of a report: sections, rows, counts, ready for a table, a file or GraphQL.

Never: know how a figure was counted or who may see it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. ``count`` is None where a public edition hides it."""

    key: str
    label: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Section:
    """One question. ``total`` is None where the form has none, or where a public edition hides it."""

    question: str
    title: str
    rows: tuple[Row, ...]
    has_total: bool = False
    total: int | None = None

    def count(self, key: str) -> int:
        """Return the figure of row ``key``; raises KeyError if there is none or it is hidden."""
        for row in self.rows:
            if row.key == key and row.count is not None:
                return row.count
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class Counts:
    """Every section, in the order of the form."""

    sections: tuple[Section, ...]

    def section(self, question: str) -> Section:
        """Return the section of ``question``; raises KeyError if the form has none."""
        for section in self.sections:
            if section.question == question:
                return section
        raise KeyError(question)

    def value(self, question: str, key: str = "value") -> int:
        """Return one figure; the only row of a question of one figure is called ``value``."""
        return self.section(question).count(key)

    def cells(self) -> Iterator[tuple[str, str, int]]:
        """Yield (question, row key, count) of every figure that is not hidden; totals repeat other figures."""
        for section in self.sections:
            for row in section.rows:
                if row.count is not None:
                    yield section.question, row.key, row.count

    def as_json(self) -> list[dict[str, Any]]:
        """Return plain values for a JSON column."""
        return [
            {
                "question": section.question,
                "title": section.title,
                "rows": [[row.key, row.label, row.count] for row in section.rows],
                "has_total": section.has_total,
                "total": section.total,
            }
            for section in self.sections
        ]

    @classmethod
    def from_json(cls, sections: list[dict[str, Any]]) -> "Counts":
        """Return what ``as_json`` wrote."""
        return cls(
            tuple(
                Section(
                    section["question"],
                    section["title"],
                    tuple(Row(*row) for row in section["rows"]),
                    section["has_total"],
                    section["total"],
                )
                for section in sections
            )
        )
