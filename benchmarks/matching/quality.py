"""How well people written twice are found: by the terms the product keeps and the grades it gives, nothing else.

Never: look at more pairs than the terms lead to.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.matching.people import Written
from fac.domain.identity import Grade, asked_terms, match_terms, profile, score


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares from 0 to 1 (the grades ``same`` and ``review`` both find), candidates for each query, and what was missed."""

    precision: float
    recall: float
    same_precision: float
    same_recall: float
    candidates: float
    terms: float
    missed: Counter[str]

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def measure(first: Sequence[Written], second: Sequence[Written]) -> Quality:
    """Return how well each of ``second`` is found among ``first``."""
    index: dict[str, list[int]] = defaultdict(list)
    terms = 0
    for place, known in enumerate(first):
        for term in match_terms(known.facts):
            index[term].append(place)
            terms += 1
    profiles = [profile(known.facts) for known in first]
    truth = {known.person for known in first} & {new.person for new in second}
    found: Counter[tuple[Grade, bool]] = Counter()
    looked, missed = 0, Counter[str]()
    for new in second:
        candidates = {place for term in asked_terms(new.facts) for place in index.get(term, ())}
        looked += len(candidates)
        mine = profile(new.facts)
        grades = {place: score(profiles[place], mine).grade for place in candidates}
        found.update((grade, first[place].person == new.person) for place, grade in grades.items())
        if new.person in truth and not any(
            first[place].person == new.person and grade is not Grade.new for place, grade in grades.items()
        ):
            missed.update(new.slips)
    same, all_same = found[Grade.same, True], found[Grade.same, True] + found[Grade.same, False]
    right = same + found[Grade.review, True]
    shown = all_same + found[Grade.review, True] + found[Grade.review, False]
    return Quality(
        right / shown, right / len(truth), same / all_same, same / len(truth),
        looked / len(second), terms / len(first), missed,
    )  # fmt: skip
