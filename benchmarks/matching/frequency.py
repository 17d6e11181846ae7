"""The frequency attack: who has a dump and a public list of names, how many people do they recognise?

The dump is a real one, of a database that the product's verbs filled (``stolen``), taken before its postings were mixed
(fac.jobs.mixing) and after; the thief uses all of it (``thief``). What a count of tokens tells is asked of more people
too, whose terms are only worked out: the attacker writes down every compound of names and births (and, told where the
people live, postal codes) with the count it should have, and reads off the tokens of the same ranks. As a control the
same is done to what the product never keeps, an index of single surnames.
Run: python -m benchmarks.matching.frequency [--people 100000] [--families 20000]
Never: give the attacker less than the distributions the people were drawn from.
"""

import argparse
import asyncio
import json
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

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
from benchmarks.matching.stolen import dump, fill, opened, set_desk
from benchmarks.matching.thief import Loot, judge, ranked
from benchmarks.report import machine, write
from fac.db.embedded import Server
from fac.domain.identity import match_terms
from fac.domain.identity.term import heard_start
from fac.jobs.mixing import mix_postings

FAINTEST = 1e-5
RESULTS = Path(__file__).parents[1] / "results" / "frequency.json"


@dataclass(frozen=True, slots=True)
class Recovered:
    """Shares from 0 to 1: of all postings, and of the people with at least one; and how many postings of each kind."""

    postings: float
    people: float
    kinds: Counter[str]

    def as_dict(self) -> dict[str, Any]:
        """Return the shares by name."""
        return {"postings": round(self.postings, 6), "people": round(self.people, 6), "kinds": dict(self.kinds)}


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
    right = [token for token, term in ranked(counts, expected).items() if term_of[token] == term]
    known = {number for token in right for number in owners[token]}
    kinds: Counter[str] = Counter()
    for token in right:
        kinds[term_of[token].partition(":")[0]] += counts[token]
    return Recovered(kinds.total() / counts.total(), len(known) / len(kept), kinds)


def expected_compounds(size: int, *, with_codes: bool) -> Iterator[tuple[float, str]]:
    """Yield the compounds the attacker can write down, with the count each should have among ``size`` people.

    Those of less than FAINTEST of the people are left out: more are expected more often than the attacker guesses.
    """
    given = GIVEN.of_root
    family = {root: share * COMMON_SURNAMES for root, share in FAMILY.of_root.items()}
    either = Counter(given) + Counter(family)
    for one, two, share in _likely(given, family):
        yield size * share, f"names:{min(one, two)}:{max(one, two)}"
    days = Counter((FIRST_BIRTH + timedelta(days=day)).isoformat()[:7] for day in range(DAYS))
    for name, month, share in _likely(either, {month: many / DAYS for month, many in days.items()}):
        yield size * share, f"name_month:{name}:{month}"
    if with_codes:
        yield from _expected_in_codes(size, given, family)


def _expected_in_codes(size: int, given: dict[str, float], family: dict[str, float]) -> Iterator[tuple[float, str]]:
    """Yield the names in each postal code, with the start of the other name."""
    of_given: Counter[str] = Counter()
    for name, share in zip(GIVEN.names, GIVEN.shares, strict=True):
        of_given[heard_start(name.lower())] += share
    # A root that is both a given name and a surname is expected as both.
    named: Counter[str] = Counter()
    for own, starts in ((given, surname_starts()), (family, of_given)):
        for name, start, share in _likely(own, starts):
            named[f"{name}:{start}"] += share
    codes = {code: share / sum(POSTCODES.values()) for code, share in POSTCODES.items()}
    for name, code, share in _likely(named, codes):
        yield size * share, f"name_place:{name}:{code}"


def _likely(one: Mapping[str, float], two: Mapping[str, float]) -> Iterator[tuple[str, str, float]]:
    """Yield the pairs that FAINTEST of the people have at least, with the share of those who do."""
    others = sorted(two.items(), key=lambda each: -each[1])
    for name, share in one.items():
        for other, also in others:
            if share * also < FAINTEST:
                break
            yield name, other, share * also


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


async def of_dumps(folder: Path, server: Server, families: int) -> dict[str, Any]:
    """Fill a database with ``families``; return what a dump gives away before its postings are mixed, and after."""
    found: dict[str, Any] = {}
    async with opened(folder, server) as (parts, address):
        truth = await fill(parts, await set_desk(parts), families)
        expected = list(expected_compounds(len(truth.people), with_codes=True))
        for name in ("before its postings were mixed", "after"):
            if name == "after":
                await mix_postings(parts.database)
            dump(address, folder / "dump.sql")
            loot = Loot.read(folder / "dump.sql", truth.incident_id)
            found[name] = judge(loot, expected, truth, parts.tools.blind_index).as_dict()
    return {"families": families, "people": len(truth.people), "postings": len(loot.tokens), "dumps": found}


def of_memory(size: int) -> dict[str, Any]:
    """Return what counts alone give away of the terms of ``size`` people."""
    return {
        name: {"people": size, **found.as_dict()}
        for name, found in (
            ("compounds, list of names", compounds(size, with_codes=False)),
            ("compounds, names and postal codes", compounds(size, with_codes=True)),
            ("single surnames, as a control", single_surnames(size)),
        )
    }


def main() -> None:
    """Print what is recovered from the product's dump and index, and from the index it does not keep."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--families", type=int, default=20_000)
    given = parser.parse_args()
    found: dict[str, Any] = {"machine": machine(), "options": vars(given)}
    with tempfile.TemporaryDirectory(prefix="fac-stolen-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with Server(folder / "cluster", durable=False) as server:
            found["dump"] = asyncio.run(of_dumps(folder, server, given.families))
    found["counts"] = of_memory(given.people)
    write(RESULTS, found)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
