"""A person's facts, normalised once, for terms and scores alike.

Never: show itself.
"""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from fac.domain.identity.address import Home, normal_address
from fac.domain.identity.contact import normal_email, normal_phone, normal_postal_code
from fac.domain.identity.fact import IdentityFacts
from fac.domain.identity.name import normal_name
from fac.domain.identity.nickname import groups_of
from fac.domain.identity.surname import in_full

_MOST_CONTACTS = 4
_LONGEST_SYLLABLE = 4
_ABBREVIATED = {"ma": "maria", "fco": "francisco", "gpe": "guadalupe", "ant": "antonio"}


@dataclass(frozen=True, slots=True, repr=False)
class Profile:
    """Normalised facts: name parts in order, other names' parts, groups of all given names, contacts, home."""

    given: tuple[str, ...]
    family: tuple[str, ...]
    other_given: tuple[str, ...]
    other_family: tuple[str, ...]
    groups: frozenset[str]
    born_on: date | None
    born_estimated: bool
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    postal_code: str | None
    home: Home | None

    def __repr__(self) -> str:
        return "<Profile>"


Told: TypeAlias = IdentityFacts | Profile  # what is known of a person, as told or normalised already


def profile(facts: Told) -> Profile:
    """Return the normalised form of ``facts``; forms that cannot be read are left out."""
    if isinstance(facts, Profile):
        return facts
    given = _given(facts.given_name)
    family = tuple(in_full(part) for part in normal_name(facts.family_name or ""))
    other_given = [*_given(facts.preferred_name), *_written_together(given)]
    other_family: list[str] = []
    for alias in facts.aliases[:_MOST_CONTACTS]:
        first, *rest = normal_name(alias) or ("",)
        other_given.append(_ABBREVIATED.get(first, first))
        other_family.extend(map(in_full, rest))
    phones = (normal_phone(each) for each in facts.phones[: 2 * _MOST_CONTACTS])
    emails = (normal_email(each) for each in facts.emails[: 2 * _MOST_CONTACTS])
    return Profile(
        given=given,
        family=family,
        other_given=_distinct(other_given, given),
        other_family=_distinct(other_family, family),
        groups=frozenset(root for part in (*given, *other_given) if len(part) > 1 for root in groups_of(part)),
        born_on=facts.born_on,
        born_estimated=facts.born_estimated,
        phones=tuple(dict.fromkeys(each for each in phones if each))[:_MOST_CONTACTS],
        emails=tuple(dict.fromkeys(each for each in emails if each))[:_MOST_CONTACTS],
        postal_code=normal_postal_code(facts.postal_code) if facts.postal_code else None,
        home=normal_address(facts.address) if facts.address else None,
    )


def crosswise(one: Profile, two: Profile) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Return each side's names beside those of the other box of the other side."""
    return (one.given, two.family), (one.family, two.given)


def _given(text: str | None) -> tuple[str, ...]:
    return tuple(_ABBREVIATED.get(part, part) for part in normal_name(text or ""))


def _written_together(given: tuple[str, ...]) -> list[str]:
    # Xiao Ming, Xiao-Ming and Xiaoming are one given name of two syllables.
    is_syllables = len(given) == 2 and all(1 < len(part) <= _LONGEST_SYLLABLE and not groups_of(part) for part in given)
    return ["".join(given)] if is_syllables else []


def _distinct(parts: list[str], known: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part for part in dict.fromkeys(parts) if part and part not in known)
