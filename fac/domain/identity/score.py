"""Are these two the same person? A sum of weights with reasons, for a human to decide.

Weights are log2 likelihood ratios in the manner of Fellegi and Sunter (1969), rounded and lowered for what members of
one household share (phone, address, surname). Families are the rule here, so two gates stand beside the sum: nobody is
``same`` unless given name and surname agree and no exact birth dates differ, and a person with another given name is at
most under ``review``, and only when the birth dates agree (twins).
Never: return a value among the reasons.
"""

from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final

from fac.domain.identity.compare import Finding, Reason, compare_birth, compare_contact, compare_names
from fac.domain.identity.fact import IdentityFacts
from fac.domain.identity.profile import Profile, profile

__all__ = ["Grade", "Match", "Profile", "Reason", "profile", "score"]

_SAME: Final = 13.0
_REVIEW: Final = 7.0
_GIVEN_AGREES: Final = frozenset({Reason.given_name, Reason.given_nickname, Reason.given_similar, Reason.names_swapped})
_BIRTH_AGREES: Final = frozenset(
    {Reason.birth_date, Reason.birth_day_month_swapped, Reason.birth_date_similar, Reason.birth_year}
)


class Grade(StrEnum):
    """What to do about a pair."""

    same = auto()
    review = auto()
    new = auto()


@dataclass(frozen=True, slots=True)
class Match:
    """The answer: a grade, the sum of weights (bits), and the reasons in words."""

    grade: Grade
    score: float
    reasons: list[Reason]


def score(one: IdentityFacts | Profile, two: IdentityFacts | Profile) -> Match:
    """Compare two people; symmetric. Give a :class:`Profile` where one person is compared with many."""
    first = profile(one) if isinstance(one, IdentityFacts) else one
    second = profile(two) if isinstance(two, IdentityFacts) else two
    findings: list[Finding] = [
        *compare_names(first, second),
        *compare_birth(first, second),
        *compare_contact(first, second),
    ]
    total = round(sum(weight for weight, _ in findings), 1)
    reasons = [reason for _, reason in findings if reason is not None]
    return Match(_grade(total, frozenset(reasons)), total, reasons)


def _grade(total: float, reasons: frozenset[Reason]) -> Grade:
    if total < _REVIEW:
        return Grade.new
    if Reason.given_differs in reasons and not reasons & _BIRTH_AGREES:
        return Grade.new
    doubtful = {Reason.surname_differs, Reason.birth_date_differs, Reason.given_differs}
    if total >= _SAME and reasons & _GIVEN_AGREES and not reasons & doubtful:
        return Grade.same
    return Grade.review
