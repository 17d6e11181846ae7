"""Whom a family looks for, as it was told, and what is wrong with how it was written down.

Never: echo a value; a problem names the field and says what would be right.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from fac.casework.intake_form import MOST_LONG_TEXT, MOST_TEXT, born_problems
from fac.errors import FieldProblem

MOST_ALIASES = 10


@dataclass(frozen=True, slots=True)
class ConcernForm:
    """What is known of somebody looked for: ``born_on`` is EDTF level 0; a description stands in for a name."""

    given_name: str | None = None
    family_name: str | None = None
    aliases: tuple[str, ...] = ()
    born_on: str | None = None
    is_birth_date_estimated: bool = False
    description: str | None = None
    last_seen: str | None = None

    def __repr__(self) -> str:
        return "<ConcernForm>"

    def sealed(self) -> dict[str, Any]:
        """Return what is sealed: all of it."""
        return {
            "given_name": self.given_name,
            "family_name": self.family_name,
            "aliases": list(self.aliases),
            "born_on": self.born_on,
            "is_birth_date_estimated": self.is_birth_date_estimated,
            "description": self.description,
            "last_seen": self.last_seen,
        }


def concern_problems(form: ConcernForm, today: date) -> list[FieldProblem]:
    """Return everything that is wrong with the form, nothing when it may be recorded."""
    return [*_told(form), *born_problems(form.born_on, today), *_lengths(form)]


def _told(form: ConcernForm) -> Iterator[FieldProblem]:
    if not any(said and said.strip() for said in (form.given_name, form.family_name, form.description)):
        yield FieldProblem("givenName", "required", "Say a name, or describe who is looked for.")


def _lengths(form: ConcernForm) -> Iterator[FieldProblem]:
    for name, said, most in (
        ("givenName", form.given_name, MOST_TEXT),
        ("familyName", form.family_name, MOST_TEXT),
        ("description", form.description, MOST_LONG_TEXT),
        ("lastSeen", form.last_seen, MOST_LONG_TEXT),
    ):
        if said and len(said) > most:
            yield FieldProblem(name, "too_long", f"{most} characters at most.")
    if len(form.aliases) > MOST_ALIASES or any(len(each) > MOST_TEXT for each in form.aliases):
        yield FieldProblem("aliases", "too_many", f"Ten at most, each of {MOST_TEXT} characters at most.")
