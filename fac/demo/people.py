"""Invented people, as a county where two languages are spoken has them.

Double surnames and particles, hyphens and nicknames, birth dates half known, telephones that many share: what matching
and forms must live with. Numbers are 555-01xx, addresses of the mail example.org.
Never: describe somebody who lives.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from faker import Faker

from fac.domain.vocabulary import Gender

_ENGLISH, _SPANISH = Faker("en_US", use_weighting=False), Faker("es_MX", use_weighting=False)
# Area codes of the United States, where relatives call from: each has a hundred numbers that ring nowhere.
_AREAS = [
    code for code in range(201, 990)
    if code // 10 % 10 != 9 and code % 100 != 11 and code % 100 != 55 and code not in (500, 555, 600, 700, 800, 900)
]  # fmt: skip
_NUMBERS = 100
_STREETS = ("Alder", "Birch", "Canal", "Dogwood", "Elm", "Foundry", "Grant", "Hickory", "Juniper", "Linden", "Mill")
_KINDS = ("Street", "Avenue", "Lane", "Court", "Road")
_SPANISH_PARTICLES = ("de la", "del", "de los", "de las", "de")
_ENGLISH_FORMS = ("van der {}", "O'{}", "Mc{}", "St. {}", "{}-{}", "{} Jr.", "de {}")
_NICKNAMES = {
    "Elizabeth": "Liz", "William": "Bill", "Robert": "Bob", "Michael": "Mike", "Katherine": "Kate", "James": "Jim",
    "Francisco": "Paco", "José": "Pepe", "Guadalupe": "Lupe", "Dolores": "Lola", "Ignacio": "Nacho", "Jesús": "Chuy",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Surname:
    """What is handed down: the first surname, and in Spanish the second beside it."""

    first: str
    second: str | None = None

    @property
    def written(self) -> str:
        """The surname as it stands on a form."""
        return f"{self.first} {self.second}" if self.second else self.first


def sow(seed: str) -> Random:
    """Return the chance of one family and set the name makers to it; the same seed makes the same family."""
    chance = Random(seed)  # noqa: S311  # invented people, not secrets
    _ENGLISH.seed_instance(chance.getrandbits(64))
    _SPANISH.seed_instance(chance.getrandbits(64))
    return chance


def surname(chance: Random, *, spanish: bool) -> Surname:
    """Return a surname of one person's own."""
    if spanish:
        first, second = str(_SPANISH.last_name()), str(_SPANISH.last_name())
        if chance.random() < 0.12:
            first = f"{chance.choice(_SPANISH_PARTICLES)} {first}"
        return Surname(first, None if chance.random() < 0.15 else second)
    name = str(_ENGLISH.last_name())
    if chance.random() < 0.1:
        return Surname(chance.choice(_ENGLISH_FORMS).format(name, _ENGLISH.last_name()))
    return Surname(name)


def child_surname(father: Surname, mother: Surname | None, *, spanish: bool) -> Surname:
    """Return what a child of both is called: in Spanish the first surname of each."""
    if not spanish:
        return father
    return Surname(father.first, mother.first if mother else father.second)


def given_name(chance: Random, gender: Gender, *, spanish: bool) -> str:
    """Return a given name, in Spanish often two."""
    maker = _SPANISH if spanish else _ENGLISH
    make = maker.first_name_female if gender is Gender.female else maker.first_name_male
    names = [str(make())]
    if chance.random() < (0.4 if spanish else 0.08):
        names.append(str(make()))
    return " ".join(dict.fromkeys(names))


def nickname(given: str) -> str | None:
    """Return what a bearer of the name is often called."""
    return _NICKNAMES.get(given.split(maxsplit=1)[0])


def born(chance: Random, today: date, youngest: int, oldest: int) -> tuple[str, bool]:
    """Return a birth date between two ages, as it was told, and whether it is an estimate."""
    days = chance.randint(youngest * 365 + youngest // 4 + 2, (oldest + 1) * 365 + oldest // 4 - 2)
    day = today - timedelta(days=days)
    told = chance.random()
    if told < 0.08:
        return f"{day:%Y}", True
    if told < 0.12:
        return f"{day:%Y-%m}", True
    return day.isoformat(), told < 0.15


def phone(number: int) -> str:
    """Return telephone number ``number``: distinct until the area codes are used up, then shared, as in families."""
    area = _AREAS[number % len(_AREAS)]
    return f"({area}) 555-01{number // len(_AREAS) % _NUMBERS:02d}"


def email(given: str, family: str, number: int) -> str:
    """Return an address that no mail reaches."""
    written = f"{given.partition(' ')[0]}.{family.rpartition(' ')[2]}"
    local = unicodedata.normalize("NFKD", written).encode("ascii", "ignore").decode()
    return f"{local.replace(chr(39), '').lower()}{number}@example.org"


def address(chance: Random) -> tuple[str, str]:
    """Return a street address and its postal code, of a place that is not on the map."""
    street = f"{chance.randint(1, 1899)} {chance.choice(_STREETS)} {chance.choice(_KINDS)}"
    return f"{street}, Larkmoor", f"{chance.randint(99_801, 99_899)}"
