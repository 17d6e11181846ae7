"""Notes: one row a note, written once.

Never: be edited; a correction is another note. Privileged kinds are readable by their author alone.
"""

from sqlalchemy import Column, Uuid

from fac.crypto.columns import SealedBytes
from fac.db.base import class_of_row, instant, tenant_key, tenant_table, word
from fac.domain.sensitivity import NOTE_CLASSES
from fac.domain.vocabulary import NoteKind

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
)
