"""Whether somebody is still found where only the rarest tokens are followed, in a crowd in which everything is common.

Of a crowd (``county``) a thousand people come again, each time partly told and with the slips of forms, and are looked
for as an intake does: once by every token, once by the rarest first until they have led to enough. Told are those who
are among the candidates then, and by which grade.
Run: python -m benchmarks.matching.nearest [--sizes 100000] [--ways county spread]
Never: choose anything by what it finds.
"""

import argparse
import json
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.matching.county import people, spread_people
from benchmarks.matching.namesakes import partly_told
from benchmarks.matching.people import slipped
from benchmarks.report import machine, write
from fac.casework.duplicate import MOST_CANDIDATES, _pairs
from fac.casework.posting import MOST_PER_TOKEN
from fac.domain.identity import IdentityFacts, asked_terms, match_terms, score

RESULTS = Path(__file__).parents[1] / "results" / "nearest.json"
AGAIN = 1_000
ASKING = UUID(int=2**127)
Index = dict[str, list[UUID]]


def led_to(index: Index, facts: IdentityFacts, enough: int) -> Index:
    """Return whom the rarest terms of ``facts`` lead to, as the statement of ``fac.casework.posting`` has it."""
    known = [(term, index[term][:MOST_PER_TOKEN]) for term in asked_terms(facts) if term in index]
    found: Index = {}
    rarer = 0
    for term, those in sorted(known, key=lambda each: len(each[1])):
        if rarer >= enough:
            break
        found[term] = those
        rarer += len(those)
    return found


def measured(way: str, size: int) -> dict[str, Any]:
    """Return how many of those who come again are found, by every term and by the rarest."""

    def crowd() -> Iterator[IdentityFacts]:
        return islice(people(1) if way == "county" else spread_people(1, size), size)

    draw, known, again = random.Random(5), dict[int, IdentityFacts](), dict[int, IdentityFacts]()
    for place, facts in islice(enumerate(crowd()), 0, size // AGAIN * AGAIN, size // AGAIN):
        known[place], again[place] = partly_told(facts, draw), slipped(partly_told(facts, draw), draw)
    wanted = {term for facts in again.values() for term in asked_terms(facts)}
    index: Index = defaultdict(list)
    for place, facts in enumerate(crowd()):
        for term in wanted.intersection(match_terms(known.get(place, facts))):
            index[term].append(UUID(int=place))
    found: dict[str, Any] = {"way": way, "people": size, "again": AGAIN}
    for name, enough in (("every token", 10**9), ("the rarest first", MOST_CANDIDATES)):
        grades: Counter[str] = Counter()
        opened = 0
        for place, facts in again.items():
            led = led_to(index, facts, enough)
            opened += sum(map(len, led.values()))
            if (ASKING, UUID(int=place)) in _pairs({term: [ASKING] for term in led}, led):
                grades[str(score(known[place], facts).grade)] += 1
        found[name] = {"found": grades.total() / AGAIN, "grades": dict(grades), "postings": round(opened / AGAIN, 1)}
    return found


def main() -> None:
    """Print and write who is found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000])
    parser.add_argument("--ways", nargs="+", default=["county", "spread"], choices=["county", "spread"])
    given = parser.parse_args()
    found: dict[str, Any] = {"machine": machine(), "options": vars(given), "crowds": []}
    for way in given.ways:
        for size in given.sizes:
            found["crowds"].append(measured(way, size))
            print(json.dumps(found["crowds"][-1]), flush=True)
    found["machine"]["load_after"] = [round(each, 2) for each in os.getloadavg()]
    write(RESULTS, found)


if __name__ == "__main__":
    main()
