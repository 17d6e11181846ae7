"""Match terms: what is kept and looked up, under a key, to find the few people worth comparing.

Every term of a name is a compound (two names, name + birth month, initial + birth date, name + start of the other
name + postal code, name + street + postal code), because a lone name under a keyed hash still falls to a list of common
names, and so does a name in the postal code of a tenth of everybody. Which of a person's names is the given one is not
in the term: boxes of forms are filled in crosswise, and many families write the surname first. Day and month may have
been swapped, so both readings are terms. An estimated date is kept only by its year; so whoever is looked for is also
asked for as if the date had been told the other way, by year or by month; and whose other name is not known, by every
start it may have.
Never: make a term of a single name, a date, a code, a gender or a need alone.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from string import ascii_lowercase
from typing import Final

from fac.domain.identity.name import sound_of
from fac.domain.identity.nickname import roots_of
from fac.domain.identity.profile import Profile, Told, profile

MAX_TERMS: Final = 64
MAX_ASKED: Final = 512
_YEARS_OFF: Final = 1  # an estimated year is off by one as often as it is right
_MOST_SURNAMES: Final = 4
_MOST_GIVEN: Final = 6
_MOST_INITIALS: Final = 4
_MOST_PARTNERS: Final = 2  # of each of the other names one letter goes with a name into a postal code
_NO_OTHER_NAME: Final = "-"
_OTHER_SCRIPT: Final = "*"
_FLOWING: Final = "lmnr"
_EVERY_START: Final = (*(letter + kind for letter in ascii_lowercase for kind in "012"), _OTHER_SCRIPT, _NO_OTHER_NAME)


def match_terms(facts: Told) -> list[str]:
    """Return at most MAX_TERMS distinct terms, in a fixed order; none when too little is known."""
    return list(islice(dict.fromkeys(_terms(profile(facts))), MAX_TERMS))


def asked_terms(facts: Told) -> list[str]:
    """Return at most MAX_ASKED terms under which the same person may be kept: ``match_terms`` first.

    A date told in full may be kept as an estimate, a year off, and an estimate as a date in full; a single name may be
    kept with any other.
    """
    known = profile(facts)
    terms = dict.fromkeys(islice(dict.fromkeys(_terms(known)), MAX_TERMS))
    return list(islice(dict.fromkeys((*terms, *_told_otherwise(known))), MAX_ASKED))


def _told_otherwise(known: Profile) -> Iterator[str]:
    code, names = known.postal_code, _names(known)
    if known.born_on is not None:
        year = known.born_on.year
        years = range(year - _YEARS_OFF, year + _YEARS_OFF + 1)
        yield from (f"name_about:{name}:{each:04d}" for name in names for each in years)
        if known.born_estimated:
            yield from (f"name_month:{name}:{year:04d}-{month:02d}" for name in names for month in range(1, 13))
    if code and not (known.given and known.family):
        yield from (f"name_place:{name}:{start}:{code}" for name in names for start in _EVERY_START)


def _terms(known: Profile) -> Iterator[str]:
    yield from (f"phone:{phone}" for phone in known.phones)
    yield from (f"email:{email}" for email in known.emails)
    surnames, given = _surnames(known), _given(known)
    names = list(dict.fromkeys((*surnames, *given)))
    yield from _of_birth(known, names)
    yield from (f"names:{min(one, two)}:{max(one, two)}" for one in given for two in surnames)
    yield from _of_place(known, names)


def _of_place(known: Profile, names: list[str]) -> Iterator[str]:
    code, home = known.postal_code, known.home
    if home is not None and home.key is not None:
        yield f"home:{home.key}"
    if code is None:
        return
    if home is not None and home.number is not None:
        yield f"house_place:{home.number}:{code}"
    for own, other in ((_surnames(known), known.given[:1]), (_given(known), known.family[:_MOST_PARTNERS])):
        starts = dict.fromkeys(map(heard_start, other)) or (_NO_OTHER_NAME,)
        yield from (f"name_place:{name}:{start}:{code}" for name in own for start in starts)
    if home is not None and home.words:
        yield from (f"name_street:{name}:{sound_of(home.words[0])}:{code}" for name in names)


def heard_start(part: str) -> str:
    """Return how the name a person goes by, short or whole, starts in sound: its letter, and what kind the next one is.

    The kind (none, flowing, any other) is what keeps the commonest names of a large postal code from standing out.
    """
    heard = sound_of(roots_of(part)[0].lstrip("="))
    if heard[0] not in ascii_lowercase:
        return _OTHER_SCRIPT
    return heard[0] + ("0" if len(heard) == 1 else "1" if heard[1] in _FLOWING else "2")


def _surnames(known: Profile) -> list[str]:
    return _keys(_MOST_SURNAMES, _told(known.family, known.other_family))


def _given(known: Profile) -> list[str]:
    return _keys(_MOST_GIVEN, _told(known.given, known.other_given))


def _names(known: Profile) -> list[str]:
    return list(dict.fromkeys((*_surnames(known), *_given(known))))


def _of_birth(known: Profile, names: list[str]) -> Iterator[str]:
    if known.born_on is None:
        return
    if known.born_estimated:
        yield from (f"name_about:{name}:{known.born_on.year:04d}" for name in names)
        return
    days = list(_readings(known.born_on))
    yield from (f"name_month:{name}:{month}" for name in names for month in dict.fromkeys(day[:7] for day in days))
    letters = dict.fromkeys(part[0] for part in _told(known.family[:2], known.given[:2]))
    initials = islice(letters, _MOST_INITIALS)
    yield from (f"initial_date:{letter}:{day}" for letter in initials for day in days)


def _told(*names: tuple[str, ...]) -> list[str]:
    return [part for parts in names for part in parts if len(part) > 1]  # an initial finds everybody


def _keys(most: int, parts: Iterable[str]) -> list[str]:
    return list(islice(dict.fromkeys(root for part in parts for root in roots_of(part)), most))


def _readings(born_on: date) -> Iterator[str]:
    """Yield the date as told, and with day and month in each other's place where that is a date too."""
    yield born_on.isoformat()
    if born_on.day <= 12 and born_on.day != born_on.month:
        yield f"{born_on.year:04d}-{born_on.day:02d}-{born_on.month:02d}"
