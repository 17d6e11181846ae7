"""Identifications as the liaison sees them, and that a family was told as its center does.

Never: be reached from a search, a person or a case; the way leads from an identification to the searches only.
"""

from fac.db.identification import death_notifications, identification_matches, identifications
from fac.reading.noun import Access, Many, Noun, One, Order, Root, Via, plain

IDENTIFICATION = Noun(
    "Identification",
    81,
    "identification",
    identifications,
    plain("id", "status", "method", "opened_at", "confirmed_at", "withdrawn_at", "version")
    | {
        "openedBy": One("Membership", "opened_by"),
        "confirmedBy": One("Membership", "confirmed_by"),
        "searches": Many(
            "PersonOfConcern",
            Order("reported_at", descending=False),
            via=Via(identification_matches, "identification_id", "person_of_concern_id"),
        ),
        "notifications": Many("DeathNotification", Order("notified_at", descending=False), column="identification_id"),
        "access": Access(),
    },
)
DEATH_NOTIFICATION = Noun(
    "DeathNotification",
    82,
    "death_notification",
    death_notifications,
    plain("id", "team", "manner", "advocate_present", "notified_at", "recorded_at")
    | {
        "personOfConcern": One("PersonOfConcern", "person_of_concern_id"),
        "recordedBy": One("Membership", "recorded_by"),
        "access": Access(),
    },
    case_column="case_id",
)
ROOTS = (
    Root("identification", "Identification"),
    Root("identifications", "Identification", order=Order("opened_at"), filters={"status": "status"}),
)
