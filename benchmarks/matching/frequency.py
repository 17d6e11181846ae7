"""The frequency attack: who has a dump and a public list of names, how many people do they recognise?

A dump of ``match_postings`` shows keyed tokens in no order, each with a sealed pointer; nothing else in it tells which
of them are equal or belong together. The attacker does what is best against such a table: writes down every compound of
names and births (and, told where the people live, postal codes) with the count it should have, and reads off the tokens
of the same ranks. As a control the same attack is run on what the product never keeps, an index of single surnames.
Run: python -m benchmarks.matching.frequency [--people 100000]
Never: give the attacker less than the distributions the people were drawn from.
"""

import argparse
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from heapq import nlargest
from itertools import islice

from benchmarks.matching.county import COMMON_SURNAMES, DAYS, FAMILY, FIRST_BIRTH, GIVEN, POSTCODES, people
from fac.domain.identity import IdentityFacts, match_terms

GUESSES = 20_000


@dataclass(frozen=True, slots=True)
class Recovered:
    """Shares from 0 to 1: of all postings, and of the people with at least one; and how many postings of each kind."""

    postings: float
    people: float
    kinds: Counter[str]


def attack(
    population: list[IdentityFacts],
    terms_of: Callable[[IdentityFacts], Iterable[str]],
    expected: Iterable[tuple[float, str]],
) -> Recovered:
    """Return what an attacker recovers who ranks tokens by their count and terms by their expected count."""
    key, term_of, owners = os.urandom(32), dict[bytes, str](), defaultdict[bytes, list[int]](list)
    for number, facts in enumerate(population):
        for term in terms_of(facts):
            token = blake2b(term.encode(), digest_size=8, key=key).digest()
            term_of[token] = term
            owners[token].append(number)
    counts = Counter({token: len(whose) for token, whose in owners.items()})
    guessed = [term for _, term in nlargest(GUESSES, expected)]
    # Tokens of one count are in the order of the tokens, which is chance.
    ranked = sorted(counts, key=lambda token: (-counts[token], token))
    right = [token for token, term in zip(ranked, guessed, strict=False) if term_of[token] == term]
    known = {number for token in right for number in owners[token]}
    kinds: Counter[str] = Counter()
    for token in right:
        kinds[term_of[token].partition(":")[0]] += counts[token]
    return Recovered(kinds.total() / counts.total(), len(known) / len(population), kinds)


def expected_compounds(size: int, *, with_codes: bool) -> Iterator[tuple[float, str]]:
    """Yield the compounds the attacker can write down, with the count each should have among ``size`` people."""
    given = GIVEN.of_root
    family = {root: share * COMMON_SURNAMES for root, share in FAMILY.of_root.items()}
    codes = {code: share / sum(POSTCODES.values()) for code, share in POSTCODES.items()}
    either: dict[str, float] = dict(given)
    for root, share in family.items():
        either[root] = either.get(root, 0.0) + share
    months = Counter((FIRST_BIRTH + timedelta(days=day)).isoformat()[:7] for day in range(DAYS))
    common = dict(nlargest(400, either.items(), key=lambda each: each[1]))
    for one, share in given.items():
        for two, other in family.items():
            yield size * share * other, f"names:{min(one, two)}:{max(one, two)}"
    for name, share in common.items():
        for month, days in months.items():
            yield size * share * days / DAYS, f"name_month:{name}:{month}"
    if not with_codes:
        return
    for code, other in codes.items():
        for name, share in either.items():
            yield size * share * other, f"name_place:{name}:{code}"
        for month, days in months.items():
            yield size * other * days / DAYS, f"month_place:{month}:{code}"


def compounds(size: int, *, with_codes: bool, seed: int = 1) -> Recovered:
    """Attack the terms that the product keeps of ``size`` people, told where they live or not."""
    return attack(list(islice(people(seed), size)), match_terms, expected_compounds(size, with_codes=with_codes))


def single_surnames(size: int, *, seed: int = 1) -> Recovered:
    """Attack an index of single surnames, which the product refuses to keep."""
    population = list(islice(people(seed), size))
    return attack(
        population,
        lambda facts: [f"surname:{(facts.family_name or '').lower()}"],
        (
            (size * share * COMMON_SURNAMES, f"surname:{name.lower()}")
            for name, share in zip(FAMILY.names, FAMILY.shares, strict=True)
        ),
    )


def main() -> None:
    """Print what is recovered from the product's index, and from the one it does not keep."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=100_000)
    size = parser.parse_args().people
    for name, found in (
        ("compounds, list of names", compounds(size, with_codes=False)),
        ("compounds, names and postal codes", compounds(size, with_codes=True)),
        ("single surnames, as a control", single_surnames(size)),
    ):
        print(
            f"{name:<34} {size} people: recovered {found.postings:.4%} of postings, of {found.people:.3%} of people; "
            f"{dict(found.kinds)}",
            flush=True,
        )


if __name__ == "__main__":
    main()
