"""Match terms: what is looked up, under a key, to find the few people worth comparing.

Every term of a name is a compound (surname + birth month, given + surname, name + postal code), because a lone name
under a keyed hash still falls to a list of common names. Day and month may have been swapped, so both readings are
terms. An estimated date gives no term.
Never: make a term of a single name, a date or a code alone.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Final

from fac.domain.identity.fact import IdentityFacts
from fac.domain.identity.name import sound_of
from fac.domain.identity.nickname import roots_of
from fac.domain.identity.profile import Profile, profile

MAX_TERMS: Final = 64
_MOST_SURNAMES: Final = 4
_MOST_GIVEN: Final = 6


def match_terms(facts: IdentityFacts) -> list[str]:
    """Return at most MAX_TERMS distinct terms, in a fixed order; none when too little is known."""
    return list(islice(dict.fromkeys(_terms(profile(facts))), MAX_TERMS))


def _terms(known: Profile) -> Iterator[str]:
    yield from (f"phone:{phone}" for phone in known.phones)
    yield from (f"email:{email}" for email in known.emails)
    surnames = _first(_MOST_SURNAMES, map(sound_of, _told(known.family, known.other_family)))
    given = _first(_MOST_GIVEN, (root for part in _told(known.given, known.other_given) for root in roots_of(part)))
    months = [] if known.born_on is None or known.born_estimated else _months(known.born_on)
    yield from (f"surname_month:{surname}:{month}" for surname in surnames for month in months)
    yield from (f"given_month:{name}:{month}" for name in given for month in months)
    yield from (f"given_surname:{name}:{surname}" for name in given for surname in surnames)
    for name, surname in zip(_told(known.given)[:1], _told(known.family)[:1], strict=False):
        yield f"given_surname:{roots_of(surname)[0]}:{sound_of(name)}"  # each in the other's box of the form
    if known.postal_code:
        yield from (f"surname_place:{surname}:{known.postal_code}" for surname in surnames)
        yield from (f"given_place:{name}:{known.postal_code}" for name in given)


def _told(*names: tuple[str, ...]) -> list[str]:
    return [part for parts in names for part in parts if len(part) > 1]  # an initial finds everybody


def _first(most: int, keys: Iterable[str]) -> list[str]:
    return list(islice(dict.fromkeys(keys), most))


def _months(born_on: date) -> list[str]:
    months = {born_on.month} | ({born_on.day} if born_on.day <= 12 else set())
    return [f"{born_on.year:04d}-{month:02d}" for month in sorted(months)]
