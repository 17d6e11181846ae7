"""Referrals as readers see them, and a partner's inbox.

Never: show a draft to the recipient; the inbox holds what was sent.
"""

from fac.db.referral import referral_needs, referral_persons, referral_steps, referrals
from fac.domain.vocabulary import InfoClass
from fac.reading.noun import Access, Many, Noun, One, Order, Root, SealedKey, Via, plain
from fac.reading.redisclosure import ON_A_REFERRAL
from fac.reading.unagreed import OF_A_REFERRAL, lacks_agreement

REFERRAL = Noun(
    "Referral",
    40,
    "referral",
    referrals,
    plain(
        "id", "kind", "status", "urgency", "purpose", "created_at", "sent_at", "due_at", "received_at", "accepted_at",
        "scheduled_at", "ended_at", "escalated_at", "decline_reason", "outcome", "version",
    )
    | {
        "reason": SealedKey("reason", "text"),
        "case": One("Case", "case_id"),
        "service": One("Service", "service_id"),
        "recipient": One("Organization", "organization_id"),
        "createdBy": One("Membership", "created_by"),
        "acceptedBy": One("Membership", "accepted_by"),
        "persons": Many(
            "Person", Order("created_at", descending=False), via=Via(referral_persons, "referral_id", "person_id")
        ),
        "needs": Many("Need", Order("opened_at", descending=False), via=Via(referral_needs, "referral_id", "need_id")),
        "partnerNotes": Many("PartnerNote", Order("written_at"), column="referral_id", paged=True),
        "steps": Many("ReferralStep", Order("taken_at", descending=False), column="referral_id"),
        "lacksAgreement": OF_A_REFERRAL,
        "redisclosureNotice": ON_A_REFERRAL,
        "access": Access(),
    },
    case_column="case_id",
)  # fmt: skip
REFERRAL_STEP = Noun(
    "ReferralStep",
    41,
    "referral",
    referral_steps,
    plain("id", "from_status", "to_status", "verb", "taken_at")
    | {"takenBy": One("Membership", "taken_by"), "access": Access()},
    inherits=InfoClass.outline.bit,
)
ROOTS = (
    Root("referral", "Referral"),
    Root("referrals", "Referral", order=Order("created_at"), filters={"status": "status"}),
    Root("referralInbox", "Referral", order=Order("sent_at"), filters={"status": "status"}, not_null="sent_at"),
    # Those an agreement that ran out has shut (domain invariant 15).
    Root("referralsWithoutAgreement", "Referral", order=Order("sent_at"), not_null="sent_at", where=lacks_agreement),
)
