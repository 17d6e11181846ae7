"""Comparing two people field by field: each comparison gives weights (bits) with the reason in a word.

Never: let an unknown count against anybody; what either side does not know weighs nothing.
"""

from datetime import date
from enum import StrEnum, auto
from typing import Final

from jellyfish import damerau_levenshtein_distance, jaro_winkler_similarity

from fac.domain.identity.name import sound_of
from fac.domain.identity.nickname import groups_of
from fac.domain.identity.profile import Profile


class Reason(StrEnum):
    """Why two records look alike, or do not."""

    given_name = auto()
    given_nickname = auto()
    given_similar = auto()
    given_part = auto()
    given_initial = auto()
    given_differs = auto()
    surname = auto()
    surname_part = auto()
    surname_similar = auto()
    surname_differs = auto()
    names_swapped = auto()
    birth_date = auto()
    birth_day_month_swapped = auto()
    birth_date_similar = auto()
    birth_year = auto()
    birth_date_differs = auto()
    phone = auto()
    phone_similar = auto()
    email = auto()
    postal_code = auto()


Finding = tuple[float, Reason | None]
_NEAR: Final = 0.92
_CLOSE: Final = 0.85


def compare_names(one: Profile, two: Profile) -> list[Finding]:
    """Compare given names and surnames, also when they were written in each other's place."""
    findings = [_compare_given(one, two), _compare_family(one, two)]
    if any(reason in {Reason.given_differs, Reason.surname_differs} for _, reason in findings):
        crossed = set(one.given) & set(two.family) and set(one.family) & set(two.given)
        if crossed:
            return [(7.0, Reason.names_swapped)]
    return findings


def compare_birth(one: Profile, two: Profile) -> list[Finding]:
    """Compare birth dates: exact, day and month swapped, one slip of a digit, the year where a date is a guess."""
    if one.born_on is None or two.born_on is None:
        return []
    if one.born_estimated or two.born_estimated:
        apart = abs(one.born_on.year - two.born_on.year)
        if apart <= 1:
            return [(2.0, Reason.birth_year)]
        return [(0.0, None)] if apart <= 3 else [(-4.0, Reason.birth_date_differs)]
    return [_compare_exact_births(one.born_on, two.born_on)]


def compare_contact(one: Profile, two: Profile) -> list[Finding]:
    """Compare phones, e-mail addresses and postal codes; households share them, so a difference weighs little."""
    findings: list[Finding] = []
    if one.phones and two.phones:
        findings.append(_compare_phones(one.phones, two.phones))
    if set(one.emails) & set(two.emails):
        findings.append((5.0, Reason.email))
    if one.postal_code and two.postal_code:
        alike = one.postal_code == two.postal_code
        findings.append((1.5, Reason.postal_code) if alike else (-0.5, None))
    return findings


def _compare_given(one: Profile, two: Profile) -> Finding:
    mine, theirs = (*one.given, *one.other_given), (*two.given, *two.other_given)
    if not mine or not theirs:
        return (0.0, None)
    if one.given == two.given:
        return (5.0 if len(one.given) > 1 else 4.0, Reason.given_name)
    shared = set(mine) & set(theirs)
    if any(len(part) > 1 for part in shared):
        # María José and María Elena are sisters; María José and María J. are not told apart.
        return (1.0, Reason.given_part) if _parts_conflict(one.given, two.given) else (3.5, Reason.given_name)
    if one.groups & two.groups:
        return (3.0, Reason.given_nickname)
    likeness = _likeness(mine, theirs)
    if likeness >= _CLOSE:
        return (2.5 if likeness >= _NEAR else 1.0, Reason.given_similar)
    if any(len(part) == 1 for part in (*mine, *theirs)) and mine[0][0] == theirs[0][0]:
        return (0.5, Reason.given_initial)
    return (-6.0, Reason.given_differs)


def _parts_conflict(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    more, others = set(mine) - set(theirs), set(theirs) - set(mine)
    alike = any(
        (part[0] == other[0] and 1 in {len(part), len(other)}) or bool({*groups_of(part)} & {*groups_of(other)})
        for part in more
        for other in others
    )
    return bool(more and others and set(mine) & set(theirs)) and not alike


def _compare_family(one: Profile, two: Profile) -> Finding:
    mine, theirs = one.family, two.family
    if not mine or not theirs:
        return (0.0, None)
    if sorted(mine) == sorted(theirs):
        return (7.0 if len(mine) > 1 else 5.0, Reason.surname)
    if set(mine) & set(theirs):
        # "García" told once as "García López" is usual; two different second surnames are cousins more often.
        return (2.0 if len(mine) > 1 and len(theirs) > 1 else 4.0, Reason.surname_part)
    if {*mine, *one.other_family} & {*theirs, *two.other_family}:
        return (3.0, Reason.surname_part)
    likeness = max(_likeness(mine, theirs), _spelled_alike("".join(mine), "".join(theirs)))
    if likeness >= _CLOSE:
        return (3.5 if likeness >= _NEAR else 1.5, Reason.surname_similar)
    return (-3.0, Reason.surname_differs)


def _likeness(mine: tuple[str, ...], theirs: tuple[str, ...]) -> float:
    best = 0.0
    for part in mine:
        for other in theirs:
            if min(len(part), len(other)) < 2:
                continue
            heard_alike = len(sound_of(part)) > 2 and sound_of(part) == sound_of(other)
            best = max(best, _spelled_alike(part, other), _NEAR if heard_alike else 0.0)
    return best


def _spelled_alike(part: str, other: str) -> float:
    return jaro_winkler_similarity(min(part, other), max(part, other))  # in one order, so that the score is symmetric


def _compare_exact_births(one: date, two: date) -> Finding:
    on_first_of_year = [
        each.month == each.day == 1 for each in (one, two)
    ]  # what a form says when only a year is known
    if one == two:
        return (6.0 if all(on_first_of_year) else 9.0, Reason.birth_date)
    if (one.year, one.month, one.day) == (two.year, two.day, two.month):
        return (7.0, Reason.birth_day_month_swapped)
    if one.year == two.year and any(on_first_of_year):
        return (1.5, Reason.birth_year)
    if damerau_levenshtein_distance(one.isoformat(), two.isoformat()) == 1:
        return (4.0, Reason.birth_date_similar)
    parts_alike = (one.year == two.year) + (one.month == two.month) + (one.day == two.day)
    return (0.0, None) if parts_alike == 2 else (-6.0, Reason.birth_date_differs)


def _compare_phones(mine: tuple[str, ...], theirs: tuple[str, ...]) -> Finding:
    if set(mine) & set(theirs):
        return (5.0, Reason.phone)
    slips = (damerau_levenshtein_distance(one, two) for one in mine for two in theirs)
    return (2.5, Reason.phone_similar) if min(slips) == 1 else (-0.5, None)
