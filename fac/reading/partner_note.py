"""A partner's own notes as readers see them.

Never: show one to anybody outside the organisation that wrote it.
"""

from fac.db.partner_note import partner_notes
from fac.reading.noun import Access, Noun, One, Root, SealedKey, plain

PARTNER_NOTE = Noun(
    "PartnerNote",
    58,
    "partner_note",
    partner_notes,
    plain("id", "written_at")
    | {
        "body": SealedKey("body", "text"),
        "referral": One("Referral", "referral_id"),
        "writtenBy": One("Membership", "written_by"),
        "access": Access(),
    },
    case_column="case_id",
)
ROOTS = (Root("partnerNote", "PartnerNote"),)
