"""Whom a provider may be sent to on the strength of a credential: verified, not expired, fit for age and language.

Source: domain invariant 9. A language nobody of the provider speaks is no bar where they work with a qualified
interpreter: nobody is turned away for their language (45 CFR 92.201). An age or language that is not known bars nobody;
the provider asks.
Never: read the clock, or count what somebody recorded and nobody else verified.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from fac.domain.text import require_languages, require_texts
from fac.domain.vocabulary import AgeBand, CredentialKind, Modality, ServiceCategory
from fac.errors import FieldProblem

LICENSED: Final = (ServiceCategory.counseling,)  # what is given only by who holds a credential
LEVELS: Final = range(1, 5)  # of ESAR-VHP: 1 is ready to practise in a hospital, 4 has no health profession
_JURISDICTION: Final = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")  # ISO 3166-2
_UNKNOWN: Final = ("", "und", "mis", "mul", "zxx")  # of BCP 47, what names no language


@dataclass(frozen=True, slots=True)
class CredentialFacts:
    """What of a credential decides whom it suits."""

    verified_at: datetime | None
    revoked_at: datetime | None
    expires_on: date
    age_bands: frozenset[AgeBand]
    languages: frozenset[str]
    works_with_interpreter: bool


def in_force(facts: CredentialFacts, on: date) -> bool:
    """Tell whether the credential counts on that day: verified, not revoked, not expired."""
    return facts.verified_at is not None and facts.revoked_at is None and facts.expires_on > on


def suits(facts: CredentialFacts, band: AgeBand, language: str) -> bool:
    """Tell whether it is for people of that age, in that language (BCP 47; a region makes no difference)."""
    of_age = band is AgeBand.not_reported or band in facts.age_bands
    spoken = _primary(language)
    understood = spoken in _UNKNOWN or facts.works_with_interpreter or spoken in map(_primary, facts.languages)
    return of_age and understood


def _primary(language: str) -> str:
    return language.partition("-")[0].casefold()


@dataclass(frozen=True, slots=True)
class CredentialDraft:
    """A credential as it was filled in. Holder and number are of somebody at work, as staff's names are."""

    kind: CredentialKind
    title: str
    holder_name: str
    number: str
    board: str
    jurisdiction: str
    expires_on: date
    age_bands: tuple[AgeBand, ...]
    languages: tuple[str, ...]
    works_with_interpreter: bool
    modalities: tuple[Modality, ...] = ()
    esar_vhp_level: int | None = None


def check_credential(draft: CredentialDraft, today: date) -> Iterator[FieldProblem]:
    """Yield every problem of the draft, none when it may be recorded."""
    yield from require_texts(title=draft.title, holderName=draft.holder_name, number=draft.number, board=draft.board)
    if not _JURISDICTION.fullmatch(draft.jurisdiction):
        yield FieldProblem(
            "jurisdiction", "not_a_jurisdiction", "Write the board's state as ISO 3166-2, such as US-IL."
        )
    if draft.expires_on <= today:
        yield FieldProblem("expiresOn", "expired", "What has expired is renewed first.")
    if not draft.age_bands or AgeBand.not_reported in draft.age_bands:
        yield FieldProblem("ageBands", "required", "Say for people of which ages.")
    yield from require_languages("languages", list(draft.languages))
    for path, words in (("ageBands", draft.age_bands), ("modalities", draft.modalities)):
        if len(set(words)) < len(words):
            yield FieldProblem(path, "repeated", "Name each once.")
    if draft.esar_vhp_level is not None and draft.esar_vhp_level not in LEVELS:
        yield FieldProblem("esarVhpLevel", "out_of_range", f"A level is {LEVELS.start} to {LEVELS.stop - 1}.")
