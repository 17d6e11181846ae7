"""What a cell means: dates, yes and no, and the words of our vocabulary as people write them in English and Spanish.

Never: guess. An unknown word or a date that can be read two ways is a problem for a person, not a value.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from fac.casework.importing.column import plain
from fac.domain.vocabulary import (
    ContactTopic,
    Gender,
    Horizon,
    InvolvementRole,
    KinCode,
    Race,
    SpecialClassification,
)

Word = TypeVar("Word", bound=StrEnum)


class DateOrder(StrEnum):
    """How the sheet writes a date that is not year-month-day: told by whoever imports, never guessed."""

    mdy = "mdy"
    dmy = "dmy"


_YES = frozenset({"y", "yes", "x", "1", "true", "si", "s", "ok"})
_NO = frozenset({"", "n", "no", "0", "false"})
_LISTED = re.compile(r"[;|\n,]")
_WORDS = re.compile(r"[;|\n,/]")
_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ]00:00(?::00)?)?")
_SLASHED = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?: 0?0:00(?::00)?)?")
_ABOUT = re.compile(r"^(?:~|c\.|ca\.?|circa|about|approx\.?|est\.?|aprox\.?|alrededor de|hacia)\s*", re.IGNORECASE)
_AGE = re.compile(r"(\d{1,3})(?:\s*(?:years?|yrs?|a[nñ]os?))?(?:\s+old)?")
_LONGEST_LIFE = 120

_LANGUAGES: Mapping[str, str] = {
    "english": "en", "ingles": "en", "spanish": "es", "espanol": "es", "castellano": "es", "french": "fr",
    "frances": "fr", "haitian creole": "ht", "creole": "ht", "criollo haitiano": "ht", "vietnamese": "vi",
    "vietnamita": "vi", "chinese": "zh", "mandarin": "zh", "chino": "zh", "tagalog": "tl", "arabic": "ar",
    "arabe": "ar", "russian": "ru", "ruso": "ru", "korean": "ko", "coreano": "ko", "portuguese": "pt",
    "portugues": "pt", "american sign language": "ase", "asl": "ase", "k iche": "quc", "mam": "mam", "nahuatl": "nah",
}  # fmt: skip
_GENDERS: Mapping[str, Gender] = {
    "f": Gender.female, "woman": Gender.female, "girl": Gender.female, "femenino": Gender.female,
    "mujer": Gender.female, "m": Gender.male, "man": Gender.male, "boy": Gender.male, "masculino": Gender.male,
    "hombre": Gender.male, "x": Gender.other, "nonbinary": Gender.other, "non binary": Gender.other,
    "otro": Gender.other, "unknown": Gender.not_reported, "no informado": Gender.not_reported,
}  # fmt: skip
_RACES: Mapping[str, Race] = {
    "american indian": Race.american_indian_or_alaska_native, "native american": Race.american_indian_or_alaska_native,
    "alaska native": Race.american_indian_or_alaska_native, "asiatico": Race.asian, "asiatica": Race.asian,
    "black": Race.black_or_african_american, "african american": Race.black_or_african_american,
    "negro": Race.black_or_african_american, "negra": Race.black_or_african_american,
    "hispanic": Race.hispanic_or_latino, "latino": Race.hispanic_or_latino, "latina": Race.hispanic_or_latino,
    "hispano": Race.hispanic_or_latino, "hispana": Race.hispanic_or_latino,
    "native hawaiian": Race.native_hawaiian_or_pacific_islander,
    "pacific islander": Race.native_hawaiian_or_pacific_islander, "blanco": Race.white, "blanca": Race.white,
    "caucasian": Race.white, "other": Race.some_other_race, "otra": Race.some_other_race,
    "unknown": Race.not_reported, "no informado": Race.not_reported,
}  # fmt: skip
_R = InvolvementRole
_ROLES: Mapping[str, InvolvementRole] = {
    "fallecido": _R.deceased, "fallecida": _R.deceased, "hospitalized": _R.injured_hospitalized,
    "herido hospitalizado": _R.injured_hospitalized, "herida hospitalizada": _R.injured_hospitalized,
    "hospitalizado": _R.injured_hospitalized, "hospitalizada": _R.injured_hospitalized,
    "treated and released": _R.injured_treated_released, "herido dado de alta": _R.injured_treated_released,
    "herida dada de alta": _R.injured_treated_released, "present": _R.present_not_injured,
    "presente sin heridas": _R.present_not_injured, "testigo": _R.witness, "family of deceased": _R.family_of_deceased,
    "familiar de fallecido": _R.family_of_deceased, "family of injured": _R.family_of_injured,
    "familiar de herido": _R.family_of_injured, "familiar de herida": _R.family_of_injured,
    "responder": _R.first_responder, "primer respondiente": _R.first_responder, "socorrista": _R.first_responder,
    "familiar de socorrista": _R.family_of_first_responder, "covictim": _R.co_victim, "covictima": _R.co_victim,
    "miembro de la comunidad": _R.community_member, "employee": _R.employee_of_site, "empleado": _R.employee_of_site,
    "empleada": _R.employee_of_site, "reporting party": _R.reporting_party, "denunciante": _R.reporting_party,
}  # fmt: skip
_K = KinCode
_KINS: Mapping[str, KinCode] = {
    "wife": _K.spouse, "husband": _K.spouse, "esposa": _K.spouse, "esposo": _K.spouse, "conyuge": _K.spouse,
    "pareja": _K.partner, "mother": _K.parent, "father": _K.parent, "madre": _K.parent, "padre": _K.parent,
    "son": _K.child, "daughter": _K.child, "hijo": _K.child, "hija": _K.child, "brother": _K.sibling,
    "sister": _K.sibling, "hermano": _K.sibling, "hermana": _K.sibling, "grandmother": _K.grandparent,
    "grandfather": _K.grandparent, "abuela": _K.grandparent, "abuelo": _K.grandparent, "grandson": _K.grandchild,
    "granddaughter": _K.grandchild, "nieto": _K.grandchild, "nieta": _K.grandchild, "tutor": _K.guardian,
    "tutora": _K.guardian, "uncle": _K.other_relative, "aunt": _K.other_relative, "cousin": _K.other_relative,
    "nephew": _K.other_relative, "niece": _K.other_relative, "tio": _K.other_relative, "tia": _K.other_relative,
    "primo": _K.other_relative, "prima": _K.other_relative, "sobrino": _K.other_relative,
    "sobrina": _K.other_relative, "amigo": _K.friend, "amiga": _K.friend, "colega": _K.coworker, "otro": _K.other,
    "otra": _K.other,
}  # fmt: skip
_HORIZONS: Mapping[str, Horizon] = {
    "now": Horizon.immediate, "urgent": Horizon.immediate, "inmediato": Horizon.immediate,
    "inmediata": Horizon.immediate, "corto plazo": Horizon.short_term, "continuo": Horizon.ongoing,
    "largo plazo": Horizon.ongoing, "long term": Horizon.ongoing,
}  # fmt: skip
_TOPICS: Mapping[str, ContactTopic] = {
    "press": ContactTopic.media, "prensa": ContactTopic.media, "medios": ContactTopic.media,
    "homenaje": ContactTopic.memorial, "fondo": ContactTopic.fund, "juicio": ContactTopic.trial,
    "investigacion": ContactTopic.research,
}  # fmt: skip
SYNONYMS: Mapping[type[StrEnum], Mapping[str, StrEnum]] = {
    Gender: _GENDERS, Race: _RACES, InvolvementRole: _ROLES, KinCode: _KINS, Horizon: _HORIZONS, ContactTopic: _TOPICS,
    SpecialClassification: {},
}  # fmt: skip


def word_of(words: type[Word], text: str) -> Word | None:
    """Return the word that ``text`` means, None when it is not known."""
    said = plain(text)
    if (name := said.replace(" ", "_")) in words.__members__:
        return words(name)
    found = SYNONYMS.get(words, {}).get(said)
    return found if isinstance(found, words) else None


def parts_of(texts: Iterable[str], *, words: bool = False) -> list[str]:
    """Return the entries of cells that list several; among ``words`` a slash parts two as well."""
    divider = _WORDS if words else _LISTED
    return [part.strip() for text in texts for part in divider.split(text) if part.strip()]


def truth_of(text: str) -> bool | None:
    """Return what a yes-or-no cell says; an empty one says no, an unknown word nothing."""
    said = plain(text)
    if said in _YES:
        return True
    return False if said in _NO else None


def language_of(text: str) -> str:
    """Return the language tag that ``text`` names; anything else is handed on for the form to judge."""
    return _LANGUAGES.get(plain(text), text.strip())


def born_of(text: str, order: DateOrder) -> tuple[str, bool] | None:
    """Return a birth date as EDTF (YYYY, YYYY-MM, YYYY-MM-DD) and whether it is an estimate; None if it is no date."""
    bare = _ABOUT.sub("", text.strip())
    estimated = bare != text.strip()
    if found := _ISO.fullmatch(bare):
        year, month, day = found.groups()
    elif found := _SLASHED.fullmatch(bare):
        first, second, year = found.groups()
        month, day = (first, second) if order is DateOrder.mdy else (second, first)
    else:
        return None
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    parts = [year, *(each.zfill(2) for each in (month, day) if each)]
    return "-".join(parts), estimated


def born_by_age(text: str, today: date) -> tuple[str, bool] | None:
    """Return the birth year that an age in years means, an estimate; None when it is no age."""
    number = _AGE.fullmatch(text.strip().casefold())
    if number is None or int(number[1]) > _LONGEST_LIFE:
        return None
    return str(today.year - int(number[1])), True
