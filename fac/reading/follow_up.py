"""Follow-ups and attempts to reach the family, as readers see them.

Never: hide an overdue one.
"""

from fac.db.follow_up import contact_attempts, follow_ups
from fac.domain.vocabulary import InfoClass
from fac.reading.noun import Access, Many, Noun, One, Order, Root, plain

FOLLOW_UP = Noun(
    "FollowUp",
    55,
    "follow_up",
    follow_ups,
    plain("id", "reason", "status", "due_on", "created_at", "ended_at", "outcome", "version")
    | {
        "case": One("Case", "case_id"),
        "person": One("Person", "person_id"),
        "referral": One("Referral", "referral_id"),
        "attempts": Many("ContactAttempt", Order("attempted_at", descending=False), column="follow_up_id"),
        "access": Access(),
    },
    case_column="case_id",
)
CONTACT_ATTEMPT = Noun(
    "ContactAttempt",
    56,
    "follow_up",
    contact_attempts,
    plain("id", "channel", "outcome", "attempted_at")
    | {"attemptedBy": One("Membership", "attempted_by"), "access": Access()},
    inherits=InfoClass.outline.bit,
)
ROOTS = (
    Root("followUp", "FollowUp"),
    Root(
        "followUps",
        "FollowUp",
        order=Order("due_on", descending=False),
        filters={"status": "status"},
        upto={"dueBy": "due_on"},
    ),
)
