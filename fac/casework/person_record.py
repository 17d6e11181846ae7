"""A person as rows: sealed bundles, coded columns.

Never: write a name, a date of birth or an address into a plain column.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from fac.casework.intake_form import PersonForm, birth_date, is_whole_date
from fac.casework.work import Tools
from fac.crypto.columns import Sealed
from fac.domain.identity import IdentityFacts, age_band, normal_email, normal_phone
from fac.domain.vocabulary import InfoClass

Key = Mapping[str, Any]


def identity_of(person: PersonForm) -> dict[str, Any]:
    """Return what is sealed as the person's identity."""
    return {
        "given_name": person.given_name,
        "family_name": person.family_name,
        "preferred_name": person.preferred_name,
        "aliases": list(person.aliases),
        "born_on": person.born_on,
        "is_birth_date_estimated": person.is_birth_date_estimated,
    }


def contact_of(person: PersonForm) -> dict[str, Any]:
    """Return what is sealed as the ways to reach the person."""
    return {
        "phones": [normal_phone(each) for each in person.phones],
        "emails": [normal_email(each) for each in person.emails],
        "address": person.address,
        "postal_code": person.postal_code,
        "is_substitute_address": person.is_substitute_address,
        "safe_channels": [str(each) for each in person.safe_channels],
        "best_times": person.best_times,
        "topics_to_avoid": [str(each) for each in person.topics_to_avoid],
    }


def facts_of(identity: Mapping[str, Any], contact: Mapping[str, Any]) -> IdentityFacts:
    """Return the facts that matching compares, from opened (or not yet sealed) bundles."""
    born_on = identity.get("born_on")
    return IdentityFacts(
        given_name=identity.get("given_name"),
        family_name=identity.get("family_name"),
        preferred_name=identity.get("preferred_name"),
        aliases=tuple(identity.get("aliases") or ()),
        born_on=birth_date(born_on),
        born_estimated=bool(identity.get("is_birth_date_estimated")) or not is_whole_date(born_on),
        phones=tuple(contact.get("phones") or ()),
        emails=tuple(contact.get("emails") or ()),
        # A substitute address says nothing about where the person lives.
        postal_code=None if contact.get("is_substitute_address") else contact.get("postal_code"),
        address=None if contact.get("is_substitute_address") else contact.get("address"),
    )


def seal_bundles(
    tools: Tools,
    person_id: UUID,
    keys: Mapping[InfoClass, Key],
    identity: Mapping[str, Any],
    contact: Mapping[str, Any],
) -> dict[str, Sealed]:
    """Return the sealed columns of a row of ``persons``."""
    seal = tools.disclosure.seal
    return {
        "identity": seal(
            keys[InfoClass.identity], table="persons", row_id=person_id, info=InfoClass.identity, values=identity
        ),
        "contact": seal(
            keys[InfoClass.contact], table="persons", row_id=person_id, info=InfoClass.contact, values=contact
        ),
    }


def person_row(person: PersonForm, *, on: date) -> dict[str, Any]:
    """Return the coded columns of a row of ``persons``."""
    return {
        "age_band": age_band(birth_date(person.born_on), on),
        "spoken_language": person.spoken_language,
        "written_language": person.written_language,
        "needs_interpreter": person.needs_interpreter,
        "gender": person.gender,
        "races": [str(each) for each in person.races],
        "special_classifications": [str(each) for each in person.special_classifications],
        "victimizations": [str(each) for each in person.victimizations],
    }
