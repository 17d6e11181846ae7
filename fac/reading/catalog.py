"""Every noun and every root by its GraphQL name.

Never: declare one here.
"""

from fac.reading import (
    assistance,
    case,
    conflict_wall,
    consent,
    disclosure,
    duplicate,
    erasure,
    follow_up,
    glass,
    handoff,
    identification,
    incident,
    need,
    note,
    organization,
    partner_note,
    person,
    person_of_concern,
    policy,
    portal_access,
    provider_credential,
    referral,
    reunification,
    staff,
)
from fac.reading.noun import Noun, Root

_ROOMS = (
    assistance, case, conflict_wall, consent, disclosure, duplicate, erasure, follow_up, glass, handoff, identification,
    incident, need, note, organization, partner_note, person, person_of_concern, policy, portal_access,
    provider_credential, referral, reunification, staff,
)  # fmt: skip
NOUNS: dict[str, Noun] = {each.name: each for room in _ROOMS for each in vars(room).values() if isinstance(each, Noun)}
ROOTS: dict[str, Root] = {each.name: each for room in _ROOMS for each in getattr(room, "ROOTS", ())}
