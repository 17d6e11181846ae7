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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from hashlib import blake2b
from heapq import nlargest
from itertools import islice

from benchmarks.matching.county import (
    COMMON_SURNAMES,
    DAYS,
    FAMILY,
    FIRST_BIRTH,
    GIVEN,
    POSTCODES,
    people,
    surname_starts,
)
from fac.domain.identity import match_terms
from fac.domain.identity.term import heard_start

GUESSES = 20_000


@dataclass(frozen=True, slots=True)
class Recovered:
    """Shares from 0 to 1: of all postings, and of the people with at least one; and how many postings of each kind."""

    postings: float
    people: float
    kinds: Counter[str]


def attack(kept: Sequence[Sequence[str]], expected: Iterable[tuple[float, str]]) -> Recovered:
    """Return what is recovered of the terms ``kept`` of each person.

    The attacker ranks tokens by their count and terms by the count they are expected to have.
    """
    key, term_of, owners = os.urandom(32), dict[bytes, str](), defaultdict[bytes, list[int]](list)
    for number, terms in enumerate(kept):
        for term in terms:
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
    return Recovered(kinds.total() / counts.total(), len(known) / len(kept), kinds)


def expected_compounds(size: int, *, with_codes: bool) -> Iterator[tuple[float, str]]:
    """Yield the compounds the attacker can write down, with the count each should have among ``size`` people."""
    given = GIVEN.of_root
    family = {root: share * COMMON_SURNAMES for root, share in FAMILY.of_root.items()}
    either = Counter(given) + Counter(family)
    for one, share in given.items():
        for two, other in family.items():
            yield size * share * other, f"names:{min(one, two)}:{max(one, two)}"
    months = Counter((FIRST_BIRTH + timedelta(days=day)).isoformat()[:7] for day in range(DAYS))
    for name, share in either.most_common(400):
        for month, days in months.items():
            yield size * share * days / DAYS, f"name_month:{name}:{month}"
    if with_codes:
        yield from _expected_in_codes(size, given, family)


def _expected_in_codes(size: int, given: dict[str, float], family: dict[str, float]) -> Iterator[tuple[float, str]]:
    """Yield the names in each postal code, with the start of the other name."""
    of_given: Counter[str] = Counter()
    for name, share in zip(GIVEN.names, GIVEN.shares, strict=True):
        of_given[heard_start(name.lower())] += share
    # A root that is both a given name and a surname is expected as both.
    expected: Counter[str] = Counter()
    for own, starts in ((given, surname_starts()), (family, of_given)):
        for name, share in own.items():
            for start, also in starts.items():
                expected[f"{name}:{start}"] += share * also
    for code, share in POSTCODES.items():
        for named, also in expected.items():
            yield size * also * share / sum(POSTCODES.values()), f"name_place:{named}:{code}"


@cache
def _kept(size: int, seed: int) -> list[list[str]]:
    return [match_terms(facts) for facts in islice(people(seed), size)]


def compounds(size: int, *, with_codes: bool, seed: int = 1) -> Recovered:
    """Attack the terms that the product keeps of ``size`` people, told where they live or not."""
    return attack(_kept(size, seed), expected_compounds(size, with_codes=with_codes))


def single_surnames(size: int, *, seed: int = 1) -> Recovered:
    """Attack an index of single surnames, which the product refuses to keep."""
    return attack(
        [[f"surname:{(facts.family_name or '').lower()}"] for facts in islice(people(seed), size)],
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
