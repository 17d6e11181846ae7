"""Persons, households, involvements and relationships as readers see them.

Never: show a sealed value that the row's mask does not open.
"""

from fac.db.person import households, involvements, persons, relationships
from fac.db.referral import referral_persons
from fac.reading.noun import Access, Many, Noun, One, Order, Root, SealedKey, Via, camel, plain
from fac.reading.redisclosure import ON_A_PERSON

_IDENTITY = ("given_name", "family_name", "preferred_name", "aliases", "born_on", "is_birth_date_estimated")
_CONTACT = (
    "phones", "emails", "address", "postal_code", "is_substitute_address", "safe_channels", "best_times",
    "topics_to_avoid",
)  # fmt: skip

PERSON = Noun(
    "Person",
    20,
    "person",
    persons,
    plain(
        "id", "age_band", "spoken_language", "written_language", "needs_interpreter", "gender", "races",
        "special_classifications", "victimizations", "created_at", "erased_at", "version",
    )
    | {camel(key): SealedKey("identity", key) for key in _IDENTITY}
    | {camel(key): SealedKey("contact", key) for key in _CONTACT}
    | {
        "case": One("Case", "case_id"),
        "involvements": Many("Involvement", Order("id", descending=False), column="person_id"),
        "relationships": Many("Relationship", Order("id", descending=False), column="person_id"),
        "needs": Many("Need", Order("opened_at"), column="person_id"),
        "releases": Many("Release", Order("recorded_at"), column="person_id"),
        "household": One("Household", "household_id"),
        "referrals": Many("Referral", Order("created_at"), via=Via(referral_persons, "person_id", "referral_id")),
        "mergedRecords": Many("PersonMerge", Order("merged_at"), column="person_id", is_null="unmerged_at"),
        "mergedInto": Many("PersonMerge", Order("merged_at"), column="other_person_id", is_null="unmerged_at"),
        "possibleDuplicates": Many("DuplicateSuspicion", Order("raised_at"), column="person_id"),
        "portalAccesses": Many("PortalAccess", Order("given_at"), column="person_id"),
        "redisclosureNotice": ON_A_PERSON,
        "access": Access(),
    },
    case_column="case_id",
)  # fmt: skip
HOUSEHOLD = Noun(
    "Household",
    21,
    "household",
    households,
    plain("id", "created_at")
    | {"persons": Many("Person", Order("created_at", descending=False), column="household_id"), "access": Access()},
    case_column="case_id",
)
INVOLVEMENT = Noun(
    "Involvement",
    22,
    "involvement",
    involvements,
    plain("id", "role") | {"agency": One("Organization", "agency_organization_id"), "access": Access()},
    person_column="person_id",
)
RELATIONSHIP = Noun(
    "Relationship",
    23,
    "relationship",
    relationships,
    plain(
        "id", "kin", "is_legal_next_of_kin", "has_consent_authority", "is_pickup_authorized", "is_restricted",
        "is_emergency_contact",
    )
    | {"other": One("Person", "other_person_id"), "access": Access()},
    person_column="person_id",
)  # fmt: skip
ROOTS = (Root("person", "Person"),)
