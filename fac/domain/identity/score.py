"""Are these two the same person? A sum of weights with reasons, for a human to decide.

Families are the rule here, so two gates stand beside the sum: nobody is ``same`` unless given name and surname agree
and no exact birth dates differ, and a person with another given name, or one whose only name in common stands in the
other box, is at most under ``review``, and only when the birth dates agree (twins).
Never: return a value among the reasons.
"""

from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final

from fac.domain.identity.compare import levels
from fac.domain.identity.fact import IdentityFacts
from fac.domain.identity.level import REASONS, WEIGHTS, Reason, Weights
from fac.domain.identity.profile import Profile, profile
from fac.domain.identity.rarity import RARITY, Rarity

__all__ = ["Grade", "Match", "Profile", "Reason", "profile", "score"]

_SAME: Final = 13.0
_REVIEW: Final = 7.0
_GIVEN_AGREES: Final = frozenset({Reason.given_name, Reason.given_nickname, Reason.given_similar, Reason.names_swapped})
_ANOTHER_NAME: Final = frozenset({Reason.given_differs, Reason.name_in_other_box})
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


def score(
    one: IdentityFacts | Profile, two: IdentityFacts | Profile, weights: Weights = WEIGHTS, rarity: Rarity = RARITY
) -> Match:
    """Compare two people; symmetric. Give a :class:`Profile` where one person is compared with many."""
    first = profile(one) if isinstance(one, IdentityFacts) else one
    second = profile(two) if isinstance(two, IdentityFacts) else two
    found = levels(first, second)
    total = round(sum(weights[level] for level in found) + rarity.of_pair(first, second, found), 1)
    reasons = [REASONS[level] for level in found if level in REASONS]
    return Match(_grade(total, frozenset(reasons)), total, reasons)


def _grade(total: float, reasons: frozenset[Reason]) -> Grade:
    if total < _REVIEW:
        return Grade.new
    if reasons & _ANOTHER_NAME and not reasons & _BIRTH_AGREES:
        return Grade.new
    doubtful = {Reason.surname_differs, Reason.birth_date_differs, Reason.given_differs}
    if total >= _SAME and reasons & _GIVEN_AGREES and not reasons & doubtful:
        return Grade.same
    return Grade.review
