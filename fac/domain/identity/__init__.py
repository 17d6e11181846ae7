"""Knowing a person again: normalising, match terms and scoring, for names as families of many
languages write them.

Normalised forms go into keyed tokens (fac.crypto.blind_index), so a change of what ``match_terms`` returns must raise
``NORMALISER_VERSION`` and re-key the index.
Never: log, keep or echo a value; merge anybody.
"""

from typing import Final

from fac.domain.identity.age import age_band, comes_of_age_on
from fac.domain.identity.contact import normal_email, normal_phone, normal_postal_code
from fac.domain.identity.fact import IdentityFacts
from fac.domain.identity.name import normal_name
from fac.domain.identity.profile import Told
from fac.domain.identity.score import Grade, Match, Profile, Reason, profile, score
from fac.domain.identity.term import MAX_ASKED, MAX_TERMS, asked_terms, match_terms

__all__ = [
    "MAX_ASKED",
    "MAX_TERMS",
    "NORMALISER_VERSION",
    "Grade",
    "IdentityFacts",
    "Match",
    "Profile",
    "Reason",
    "Told",
    "age_band",
    "asked_terms",
    "comes_of_age_on",
    "match_terms",
    "normal_email",
    "normal_name",
    "normal_phone",
    "normal_postal_code",
    "profile",
    "score",
]

NORMALISER_VERSION: Final = 3
