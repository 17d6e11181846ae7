"""A partner's own notes as readers see them.

Never: show one to anybody outside the organisation that wrote it.
"""

from fac.db.partner_note import partner_notes
from fac.domain.vocabulary import InfoClass
from fac.reading.noun import Access, Bundle, Noun, One, Root, SealedKey, plain

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
    bundles={"body": Bundle("body", (InfoClass.partner_record,), "case_id", formerly=InfoClass.narrative)},
    case_column="case_id",
)
ROOTS = (Root("partnerNote", "PartnerNote"),)
