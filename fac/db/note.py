"""Notes: one row a note, written once.

Never: be edited; a correction is another note. Privileged kinds are readable by their author alone.
"""

from sqlalchemy import CheckConstraint, Column, Uuid

from fac.crypto.columns import SealedBytes
from fac.db.base import class_of_row, instant, tenant_key, tenant_table, word
from fac.domain.sensitivity import NOTE_CLASSES, PRIVILEGED
from fac.domain.vocabulary import InfoClass, NoteKind

_PRIVILEGED = ", ".join(f"'{each}'" for each in PRIVILEGED)

notes = tenant_table(
    "notes",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    *word("kind", NoteKind),
    Column("body", SealedBytes, nullable=False),
    *class_of_row("body_class", NOTE_CLASSES, "body"),
    Column("written_by", Uuid, nullable=False),
    *tenant_key("written_by", "memberships", indexed=False),
    instant("written_at"),
    CheckConstraint(
        f"body_class = CASE WHEN kind = 'clinical' THEN {InfoClass.clinical.code}"
        f" WHEN kind IN ({_PRIVILEGED}) THEN {InfoClass.privileged.code} ELSE {InfoClass.staff_record.code} END",
        name="class_follows_kind",
    ),
)
