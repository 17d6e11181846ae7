"""How many strangers of one's name are shown to a human, and what it costs in people found, where names crowd.

Twenty thousand people by the shares of names in the country, of each of whom something is not told (a phone, a code, a
birth date or all but its year); a thousand of them come again, with the slips of forms, and two thousand others for the
first time. Graded with the product's rarity of names, and as if all names were as common.
Run: python -m benchmarks.matching.namesakes
Never: choose anything by what it finds.
"""

import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from itertools import islice

from benchmarks.matching.county import people
from benchmarks.matching.people import slipped
from fac.domain.identity import IdentityFacts, asked_terms, match_terms, profile, score
from fac.domain.identity.rarity import RARITY, Rarity

KNOWN, AGAIN, STRANGERS = 20_000, 1_000, 2_000


def partly_told(facts: IdentityFacts, draw: random.Random) -> IdentityFacts:
    """Return ``facts`` with something left out, as forms are filled in after a disaster."""
    if draw.random() < 0.25:
        facts = replace(facts, phones=())
    if draw.random() < 0.3:
        facts = replace(facts, postal_code=None)
    chance = draw.random()
    if facts.born_on is not None and chance < 0.15:
        return replace(facts, born_on=date(facts.born_on.year, 1, 1), born_estimated=True)
    return replace(facts, born_on=None) if chance > 0.75 else facts


def grades(rarities: dict[str, Rarity], *, seed: int = 1) -> dict[str, Counter[tuple[str, bool]]]:
    """Return, for each way to weigh rarity, how many pairs had each grade, by whether they are one person."""
    draw, everybody = random.Random(seed), list(islice(people(seed), KNOWN + STRANGERS))
    index: dict[str, list[int]] = defaultdict(list)
    known = [partly_told(facts, draw) for facts in everybody[:KNOWN]]
    for place, facts in enumerate(known):
        for term in match_terms(facts):
            index[term].append(place)
    again = [(place, slipped(partly_told(everybody[place], draw), draw)) for place in range(AGAIN)]
    asked = [*again, *((-1, partly_told(facts, draw)) for facts in everybody[KNOWN:])]
    found: dict[str, Counter[tuple[str, bool]]] = {name: Counter() for name in rarities}
    for who, facts in asked:
        mine = profile(facts)
        for place in {place for term in asked_terms(facts) for place in index.get(term, ())}:
            theirs = profile(known[place])
            for name, rarity in rarities.items():
                found[name][str(score(mine, theirs, rarity=rarity).grade), place == who] += 1
    return found


def main() -> None:
    """Print the grades."""
    ways = {"by how common names are": RARITY, "as if all names were as common": replace(RARITY, counted=0.0)}
    for name, found in grades(ways).items():
        print(
            f"{name:<31} the same: {found['same', True]} right, {found['same', False]} wrong; for a human: "
            f"{found['review', True]} right, {found['review', False]} strangers"
        )


if __name__ == "__main__":
    main()
