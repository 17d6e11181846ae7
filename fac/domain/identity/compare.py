"""Comparing two people field by field: each comparison finds one level of agreement, none where a side knows nothing.

Never: weigh; how much a level counts is in fac.domain.identity.level.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from jellyfish import damerau_levenshtein_distance, jaro_winkler_similarity

from fac.domain.identity.address import Home
from fac.domain.identity.level import Level
from fac.domain.identity.name import sound_of
from fac.domain.identity.nickname import groups_of
from fac.domain.identity.profile import Profile, crosswise
from fac.domain.identity.surname import families_of

_NEAR: Final = 0.92
_CLOSE: Final = 0.85
_SHORTEST_CUT: Final = 3
_NAMES_DOUBTFUL: Final = frozenset({Level.given_differs, Level.family_differs, Level.given_initial})


def levels(one: Profile, two: Profile) -> list[Level]:
    """Return the levels of every comparison that both sides know something of; symmetric."""
    return [*_names(one, two), *_births(one, two), *_contacts(one, two)]


def _names(one: Profile, two: Profile) -> list[Level]:
    found = [level for level in (_given(one, two), _family(one, two)) if level is not None]
    crossed = _crossed(one, two) if _NAMES_DOUBTFUL & set(found) else None
    if crossed is None and _NAMES_DOUBTFUL.issuperset(found):
        crossed = _crossed_once(one, two)
    return found if crossed is None else [crossed]


def _crossed(one: Profile, two: Profile) -> Level | None:
    """Return how alike the names are when one side's given names are read as surnames, and its surnames as given."""
    if not (one.given and one.family and two.given and two.family):
        return None
    if set(one.given) & set(two.family) and set(one.family) & set(two.given):
        return Level.swapped
    likeness = min(_likeness(one.given, two.family), _likeness(one.family, two.given))
    return Level.swapped_near if likeness >= _CLOSE else None


def _crossed_once(one: Profile, two: Profile) -> Level | None:
    """Return how alike a name is to the other side's name in the other box, where no name agrees in its own."""
    boxes = crosswise(one, two)
    if any(len(part) > 1 for mine, theirs in boxes for part in set(mine) & set(theirs)):
        return Level.swapped_one
    likeness = max(_likeness(mine, theirs) for mine, theirs in boxes)
    return Level.swapped_one_near if likeness >= _CLOSE else None


def _given(one: Profile, two: Profile) -> Level | None:
    mine, theirs = (*one.given, *one.other_given), (*two.given, *two.other_given)
    if not mine or not theirs:
        return None
    if one.given == two.given:
        return Level.given_all if len(one.given) > 1 else Level.given_same
    if any(len(part) > 1 for part in set(mine) & set(theirs)):
        # María José and María Elena are sisters; María José and María J. are not told apart.
        return Level.given_conflict if _parts_conflict(one.given, two.given) else Level.given_shared
    if one.groups & two.groups:
        return Level.given_alias
    likeness = max(_likeness(mine, theirs), _spelled_alike("".join(one.given), "".join(two.given)))
    if likeness >= _NEAR:
        return Level.given_near
    if _is_cut(mine, theirs):
        return Level.given_cut
    if likeness >= _CLOSE:
        return Level.given_close
    is_initial = any(len(part) == 1 for part in (*mine, *theirs)) and mine[0][0] == theirs[0][0]
    return Level.given_initial if is_initial else Level.given_differs


def _parts_conflict(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    more, others = set(mine) - set(theirs), set(theirs) - set(mine)
    alike = any(
        (part[0] == other[0] and 1 in {len(part), len(other)})
        or bool({*groups_of(part)} & {*groups_of(other)})
        or _spelled_alike(part, other) >= _CLOSE
        for part in more
        for other in others
    )
    return bool(more and others and set(mine) & set(theirs)) and not alike


def _family(one: Profile, two: Profile) -> Level | None:
    mine, theirs = one.family, two.family
    if not mine or not theirs:
        return None
    if sorted(mine) == sorted(theirs):
        return Level.family_all if len(mine) > 1 else Level.family_same
    if set(mine) & set(theirs):
        return _one_shared(mine, theirs)
    if {*mine, *one.other_family} & {*theirs, *two.other_family}:
        return Level.family_alias
    likeness = max(_likeness(mine, theirs), _spelled_alike("".join(mine), "".join(theirs)))
    if likeness >= _NEAR or {root for part in mine for root in families_of(part)} & {
        root for part in theirs for root in families_of(part)
    }:
        return Level.family_near
    if _is_cut(mine, theirs):
        return Level.family_cut
    if set(mine) & set(two.given[1:]) or set(theirs) & set(one.given[1:]):
        return Level.family_alias  # a chain of fathers' names, cut at another link
    return Level.family_close if likeness >= _CLOSE else Level.family_differs


def _one_shared(mine: tuple[str, ...], theirs: tuple[str, ...]) -> Level:
    # "García" told once as "García López" is usual; two different second surnames are cousins more often.
    if len(mine) == 1 or len(theirs) == 1:
        return Level.family_one_told
    more, others = tuple(set(mine) - set(theirs)), tuple(set(theirs) - set(mine))
    is_same_line = not more or not others or _likeness(more, others) >= _CLOSE or _is_cut(more, others)
    return Level.family_one_told if is_same_line else Level.family_one_shared


def _likeness(mine: tuple[str, ...], theirs: tuple[str, ...]) -> float:
    ours, others = ([part for part in parts if len(part) > 1] for parts in (mine, theirs))
    best = max((_spelled_alike(part, other) for part in ours for other in others), default=0.0)
    # Hearing costs twenty times what spelling does, and can only lift to _NEAR.
    return _NEAR if best < _NEAR and _sounds(ours) & _sounds(others) else best


def _sounds(parts: list[str]) -> set[str]:
    return {sound for part in parts if len(sound := sound_of(part)) > 2}


def _spelled_alike(part: str, other: str) -> float:
    return jaro_winkler_similarity(min(part, other), max(part, other))  # in one order, so that the score is symmetric


def _is_cut(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Return whether a part of one side is the beginning of a part of the other: "Hern", "Montserr"."""
    return any(
        min(len(part), len(other)) >= _SHORTEST_CUT and (part.startswith(other) or other.startswith(part))
        for part in mine
        for other in theirs
    )


def _births(one: Profile, two: Profile) -> Iterator[Level]:
    if one.born_on is None or two.born_on is None:
        return
    if one.born_estimated or two.born_estimated:
        apart = abs(one.born_on.year - two.born_on.year)
        near = Level.birth_about_near if apart <= 3 else Level.birth_about_differs
        yield Level.birth_about_same if apart <= 1 else near
    else:
        yield _exact_births(one.born_on, two.born_on)


def _exact_births(one: date, two: date) -> Level:
    # The first of January is what a form says when only a year is known.
    on_new_year = [each.month == each.day == 1 for each in (one, two)]
    if one == two:
        return Level.birth_same_new_year if all(on_new_year) else Level.birth_same
    if (one.year, one.month, one.day) == (two.year, two.day, two.month):
        return Level.birth_swapped
    if one.year == two.year and any(on_new_year):
        return Level.birth_year_told
    if damerau_levenshtein_distance(one.isoformat(), two.isoformat()) == 1:
        return Level.birth_slip
    parts_alike = (one.year == two.year) + (one.month == two.month) + (one.day == two.day)
    return Level.birth_two_parts if parts_alike == 2 else Level.birth_differs


def _contacts(one: Profile, two: Profile) -> Iterator[Level]:
    """Yield the levels of what households share; a difference weighs little."""
    if one.phones and two.phones:
        yield _phones(one.phones, two.phones)
    if set(one.emails) & set(two.emails):
        yield Level.email_same
    if one.postal_code and two.postal_code:
        slip = damerau_levenshtein_distance(one.postal_code, two.postal_code)
        yield (Level.place_same, Level.place_slip)[slip] if slip < 2 else Level.place_differs
    if one.home is not None and two.home is not None:
        yield _homes(one.home, two.home)


def _phones(mine: tuple[str, ...], theirs: tuple[str, ...]) -> Level:
    if set(mine) & set(theirs):
        return Level.phone_same
    slips = (damerau_levenshtein_distance(one, two) for one in mine for two in theirs)
    return Level.phone_slip if min(slips) == 1 else Level.phone_differs


def _homes(one: Home, two: Home) -> Level:
    fewer, more = sorted((one.words, two.words), key=lambda words: (len(words), words))
    # By spelling alone: an address has many words, and hearing each would cost a hundred times as much.
    alike = sum(1 for word in fewer if any(_spelled_alike(word, other) >= _NEAR for other in more))
    share = alike / len(fewer) if fewer else 0.0
    same_house = one.number is not None and one.number == two.number
    if share >= 0.6:
        return Level.home_same if same_house else Level.home_near
    if share >= 0.3:
        return Level.home_near if same_house else Level.home_street
    return Level.home_house if same_house else Level.home_differs
