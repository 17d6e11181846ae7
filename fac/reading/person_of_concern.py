"""Persons of concern as readers see them.

Never: lead from here to what the medical examiner knows, or to another family's search.
"""

from fac.db.person_of_concern import persons_of_concern
from fac.reading.noun import Access, Many, Noun, One, Order, Root, SealedKey, camel, plain

_IDENTITY = (
    "given_name", "family_name", "aliases", "born_on", "is_birth_date_estimated", "description", "last_seen",
)  # fmt: skip

PERSON_OF_CONCERN = Noun(
    "PersonOfConcern",
    80,
    "person_of_concern",
    persons_of_concern,
    plain("id", "kin", "status", "reported_at", "located_at", "version")
    | {camel(key): SealedKey("identity", key) for key in _IDENTITY}
    | {
        "case": One("Case", "case_id"),
        "reporter": One("Person", "reporter_id"),
        "reportedBy": One("Membership", "reported_by"),
        "notifications": Many("DeathNotification", Order("notified_at"), column="person_of_concern_id"),
        "duplicateOf": One("PersonOfConcern", "duplicate_of_id"),
        "access": Access(),
    },
    case_column="case_id",
)
ROOTS = (
    Root("personOfConcern", "PersonOfConcern"),
    Root("personsOfConcern", "PersonOfConcern", order=Order("reported_at"), filters={"status": "status"}),
)
