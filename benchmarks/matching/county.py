"""A county's people, by the public frequencies of names: what an attacker knows, and what fills a large index.

Names and their shares are those of Faker's American lists (which follow the census). Its thousand surnames are taken for
the share of people that Smith's true share implies (0.83 % of the census of 2010, and 2.17 % of the list); everybody
else has a surname of few. Births and postal codes are drawn from shares that the attacker is given too.
Never: used as a claim about a real county.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from faker.providers.person.en_US import Provider

from fac.domain.identity import IdentityFacts
from fac.domain.identity.nickname import roots_of
from fac.domain.identity.term import heard_start

COMMON_SURNAMES = 0.0083 / 0.0217  # the share of people who have one of the list
_SYLLABLES = [one + two for one in "bcdfghjklmnprstvwz" for two in "aeiou"]
_SIZES = {1: 28, 2: 35, 3: 15, 4: 13, 5: 6, 6: 3}  # households of the United States by size, in hundredths (census)
_OWN_SURNAME = 0.15
FIRST_BIRTH, DAYS = date(1935, 1, 1), 32_500
# Sixty postal codes, the largest with a tenth of the people: city codes are as uneven.
POSTCODES = {f"627{number:02d}": 1 / (number + 1) for number in range(60)}


@dataclass(frozen=True, slots=True)
class Names:
    """Names with their shares, which sum to one."""

    names: list[str]
    shares: list[float]

    @property
    def of_root(self) -> dict[str, float]:
        """The share of each normalised form."""
        found: dict[str, float] = {}
        for name, share in zip(self.names, self.shares, strict=True):
            for root in roots_of(name.lower()):
                found[root] = found.get(root, 0.0) + share
        return found


def _names(weighted: dict[str, float]) -> Names:
    total = sum(weighted.values())
    return Names(list(weighted), [share / total for share in weighted.values()])


GIVEN, FAMILY = _names(dict(Provider.first_names)), _names(dict(Provider.last_names))
_GIVEN, _FAMILY = list(accumulate(GIVEN.shares)), list(accumulate(FAMILY.shares))


def people(seed: int) -> Iterator[IdentityFacts]:
    """Yield people without end; the same seed yields the same ones."""
    draw = random.Random(seed)
    codes, code_shares = list(POSTCODES), list(accumulate(POSTCODES.values()))
    number = 0
    while True:
        number += 1
        (code,) = draw.choices(codes, cum_weights=code_shares)
        yield IdentityFacts(
            given_name(draw),
            surname(draw),
            born_on=FIRST_BIRTH + timedelta(days=draw.randrange(DAYS)),
            phones=(f"+1312{2 + seed % 8}{number // 3 % 1_000_000:06d}",),
            postal_code=code,
        )


def households(seed: int) -> Iterator[list[IdentityFacts]]:
    """Yield households without end: one home, one phone, mostly one surname."""
    draw = random.Random(seed)
    codes, code_shares = list(POSTCODES), list(accumulate(POSTCODES.values()))
    while True:
        (size,) = draw.choices(list(_SIZES), list(_SIZES.values()))
        (code,) = draw.choices(codes, cum_weights=code_shares)
        street = "".join(draw.choices(_SYLLABLES, k=2)).capitalize()
        family, home = surname(draw), f"{draw.randrange(1, 2000)} {street} Street"
        phone = f"+1312{draw.randrange(200, 1000)}{draw.randrange(10_000):04d}"
        yield [
            IdentityFacts(
                given_name(draw),
                surname(draw) if draw.random() < _OWN_SURNAME else family,
                born_on=FIRST_BIRTH + timedelta(days=draw.randrange(DAYS)),
                phones=(phone,),
                postal_code=code,
                address=home,
            )
            for _ in range(size)
        ]


def surname_starts() -> dict[str, float]:
    """Return the share of people whose surname starts in each way."""
    found: Counter[str] = Counter()
    for name, share in zip(FAMILY.names, FAMILY.shares, strict=True):
        found[heard_start(name.lower())] += share * COMMON_SURNAMES
    for syllable in _SYLLABLES:
        found[heard_start(syllable + "bababa")] += (1 - COMMON_SURNAMES) / len(_SYLLABLES)
    return dict(found)


def given_name(draw: random.Random) -> str:
    """Draw a given name by its share."""
    return draw.choices(GIVEN.names, cum_weights=_GIVEN)[0]


def surname(draw: random.Random) -> str:
    """Draw a surname by its share, or one that few have."""
    if draw.random() < COMMON_SURNAMES:
        return draw.choices(FAMILY.names, cum_weights=_FAMILY)[0]
    return "".join(draw.choices(_SYLLABLES, k=4)).capitalize()
