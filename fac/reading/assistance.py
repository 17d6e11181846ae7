"""Awards and what was delivered under them, as readers see them.

Never: show a funder a person; funders have awards and reports.
"""

from fac.db.assistance import anonymous_contacts, assistances, awards
from fac.reading.noun import Access, Noun, One, Order, Root, plain

AWARD = Noun(
    "Award",
    50,
    "award",
    awards,
    plain("id", "name", "award_number", "starts_on", "ends_on", "new_resets_in_month", "version")
    | {
        "funder": One("Organization", "funder_organization_id"),
        "organization": One("Organization", "organization_id"),
        "access": Access(),
    },
)
ASSISTANCE = Noun(
    "Assistance",
    51,
    "assistance",
    assistances,
    plain("id", "line_code", "occurrences", "delivered_on", "recorded_at", "entered_in_error_at", "version")
    | {
        "person": One("Person", "person_id"),
        "award": One("Award", "award_id"),
        "organization": One("Organization", "organization_id"),
        "recordedBy": One("Membership", "recorded_by"),
        "access": Access(),
    },
    case_column="case_id",
)
ANONYMOUS_CONTACT = Noun(
    "AnonymousContact",
    52,
    "anonymous_contact",
    anonymous_contacts,
    plain("id", "contacted_on", "contacts", "recorded_at") | {"award": One("Award", "award_id"), "access": Access()},
)
ROOTS = (
    Root("award", "Award"),
    Root("awards", "Award", order=Order("starts_on")),
    Root("anonymousContacts", "AnonymousContact", order=Order("contacted_on")),
)
