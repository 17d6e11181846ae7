"""The levels of agreement between two people, one comparison at a time, with what each weighs and the reason it gives.

The weights are log2 likelihood ratios in the manner of Fellegi and Sunter (1969), rounded, and lowered for what members
of one household share (surname, phone, address).
Never: let an unknown count against anybody; what either side does not know has no level.
"""

from collections.abc import Mapping
from enum import StrEnum, auto
from types import MappingProxyType
from typing import Final


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
    name_in_other_box = auto()
    birth_date = auto()
    birth_day_month_swapped = auto()
    birth_date_similar = auto()
    birth_year = auto()
    birth_date_differs = auto()
    phone = auto()
    phone_similar = auto()
    email = auto()
    postal_code = auto()
    address = auto()
    address_similar = auto()


class Level(StrEnum):
    """How far two records agree in one comparison."""

    given_all = auto()
    given_same = auto()
    given_shared = auto()
    given_alias = auto()
    given_near = auto()
    given_cut = auto()
    given_close = auto()
    given_conflict = auto()
    given_initial = auto()
    given_differs = auto()
    family_all = auto()
    family_same = auto()
    family_one_told = auto()
    family_one_shared = auto()
    family_alias = auto()
    family_near = auto()
    family_cut = auto()
    family_close = auto()
    family_differs = auto()
    swapped = auto()
    swapped_near = auto()
    swapped_one = auto()
    swapped_one_near = auto()
    birth_same = auto()
    birth_same_new_year = auto()
    birth_swapped = auto()
    birth_slip = auto()
    birth_year_told = auto()
    birth_two_parts = auto()
    birth_differs = auto()
    birth_about_same = auto()
    birth_about_near = auto()
    birth_about_differs = auto()
    phone_same = auto()
    phone_slip = auto()
    phone_differs = auto()
    email_same = auto()
    place_same = auto()
    place_slip = auto()
    place_differs = auto()
    home_same = auto()
    home_near = auto()
    home_street = auto()
    home_house = auto()
    home_differs = auto()


Weights = Mapping[Level, float]

WEIGHTS: Final[Weights] = MappingProxyType({
    Level.given_all: 5.0, Level.given_same: 4.0, Level.given_shared: 3.5, Level.given_alias: 3.0, Level.given_near: 2.5,
    Level.given_cut: 2.0, Level.given_close: 1.0, Level.given_conflict: 1.0, Level.given_initial: 0.5,
    Level.given_differs: -6.0,
    Level.family_all: 7.0, Level.family_same: 5.0, Level.family_one_told: 4.0, Level.family_one_shared: 2.0,
    Level.family_alias: 3.0, Level.family_near: 3.5, Level.family_cut: 2.5, Level.family_close: 1.5,
    Level.family_differs: -3.0,
    Level.swapped: 7.0, Level.swapped_near: 5.0, Level.swapped_one: 0.0, Level.swapped_one_near: -1.5,
    Level.birth_same: 9.0, Level.birth_same_new_year: 6.0, Level.birth_swapped: 7.0, Level.birth_slip: 4.0,
    Level.birth_year_told: 1.5, Level.birth_two_parts: 0.0, Level.birth_differs: -6.0,
    Level.birth_about_same: 2.0, Level.birth_about_near: 0.0, Level.birth_about_differs: -4.0,
    Level.phone_same: 5.0, Level.phone_slip: 2.5, Level.phone_differs: -0.5, Level.email_same: 5.0,
    Level.place_same: 1.5, Level.place_slip: 0.5, Level.place_differs: -0.5,
    Level.home_same: 3.0, Level.home_near: 1.5, Level.home_street: 0.5, Level.home_house: 0.5, Level.home_differs: -0.5,
})  # fmt: skip

REASONS: Final[Mapping[Level, Reason]] = MappingProxyType({
    Level.given_all: Reason.given_name, Level.given_same: Reason.given_name, Level.given_shared: Reason.given_name,
    Level.given_alias: Reason.given_nickname, Level.given_near: Reason.given_similar,
    Level.given_cut: Reason.given_similar, Level.given_close: Reason.given_similar,
    Level.given_conflict: Reason.given_part, Level.given_initial: Reason.given_initial,
    Level.given_differs: Reason.given_differs,
    Level.family_all: Reason.surname, Level.family_same: Reason.surname, Level.family_one_told: Reason.surname_part,
    Level.family_one_shared: Reason.surname_part, Level.family_alias: Reason.surname_part,
    Level.family_near: Reason.surname_similar, Level.family_cut: Reason.surname_similar,
    Level.family_close: Reason.surname_similar, Level.family_differs: Reason.surname_differs,
    Level.swapped: Reason.names_swapped, Level.swapped_near: Reason.names_swapped,
    Level.swapped_one: Reason.name_in_other_box, Level.swapped_one_near: Reason.name_in_other_box,
    Level.birth_same: Reason.birth_date, Level.birth_same_new_year: Reason.birth_date,
    Level.birth_swapped: Reason.birth_day_month_swapped, Level.birth_slip: Reason.birth_date_similar,
    Level.birth_year_told: Reason.birth_year, Level.birth_differs: Reason.birth_date_differs,
    Level.birth_about_same: Reason.birth_year, Level.birth_about_differs: Reason.birth_date_differs,
    Level.phone_same: Reason.phone, Level.phone_slip: Reason.phone_similar, Level.email_same: Reason.email,
    Level.place_same: Reason.postal_code, Level.home_same: Reason.address, Level.home_near: Reason.address_similar,
})  # fmt: skip
