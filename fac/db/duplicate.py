"""Blind postings by which a known person is found again, the suspicions they raise, and the merges that follow.

A merge ties two records and moves nothing: each keeps its case, its history and its scope, and an undone merge leaves
no trace but its own row (domain invariant 14).

A posting is ``token -> sealed pointer``: a dump shows neither which postings belong together nor to whom.
Never: hold a token of a single name, or tie records of two organisations.
"""

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, Integer, LargeBinary, Text, Uuid, text

from fac.db.base import instant, tenant_key, tenant_table, unique, unique_while

match_postings = tenant_table(
    "match_postings",
    Column("token", LargeBinary, nullable=False),
    Column("pointer", LargeBinary, nullable=False),
    # Under which version of the normaliser the token was made: what is older is found anew when the index is rotated.
    Column("normaliser", Integer, nullable=False),
    # With the pointer in it, what many people share is read off one page of the index and not off a page of the table
    # each: among a million people a look-up costs a third less. It grows by 70 bytes a posting.
    Index(None, "incident_id", "token", postgresql_include=["pointer"]),
    CheckConstraint("octet_length(token) = 8", name="token_is_64_bits"),
)

duplicate_suspicions = tenant_table(
    "duplicate_suspicions",
    Column("person_id", Uuid, nullable=False),
    *tenant_key("person_id", "persons"),
    Column("other_person_id", Uuid, nullable=False),
    *tenant_key("other_person_id", "persons"),
    Column("grade", Text, nullable=False),
    Column("score", Integer, nullable=False),
    Column("reasons", ARRAY(Text), nullable=False),
    instant("raised_at"),
    # Somebody who may see both has said that they are two: not suggested again unless a name changes.
    Column("dismissed_by", Uuid, nullable=True),
    *tenant_key("dismissed_by", "memberships", indexed=False),
    instant("dismissed_at", optional=True),
    Column("version", Integer, nullable=False),
    CheckConstraint("(dismissed_at IS NULL) = (dismissed_by IS NULL)", name="dismissed_by_somebody"),
    CheckConstraint("grade IN ('same', 'review')", name="grade_word"),
    CheckConstraint("person_id <> other_person_id", name="two_persons"),
    unique("person_id", "other_person_id"),
    # Two records are one question, whichever of them raised it.
    Index(
        "uq_duplicate_suspicions_pair",
        "incident_id",
        text("LEAST(person_id, other_person_id)"),
        text("GREATEST(person_id, other_person_id)"),
        unique=True,
    ),
    Index(
        "ix_duplicate_suspicions_open",
        "incident_id",
        text("score DESC"),
        text("id DESC"),
        postgresql_where=text("dismissed_at IS NULL"),
    ),
)

person_merges = tenant_table(
    "person_merges",
    Column("person_id", Uuid, nullable=False),  # the record that is kept
    *tenant_key("person_id", "persons"),
    Column("other_person_id", Uuid, nullable=False),  # the record that stands for the same person
    *tenant_key("other_person_id", "persons"),
    Column("merged_by", Uuid, nullable=False),
    *tenant_key("merged_by", "memberships", indexed=False),
    instant("merged_at"),
    Column("unmerged_by", Uuid, nullable=True),
    *tenant_key("unmerged_by", "memberships", indexed=False),
    instant("unmerged_at", optional=True),
    Column("version", Integer, nullable=False),
    CheckConstraint("person_id <> other_person_id", name="two_persons"),
    CheckConstraint("(unmerged_at IS NULL) = (unmerged_by IS NULL)", name="unmerged_by_somebody"),
    # A record stands for one kept record at most; that a kept one stands for no other is held under both rows' locks.
    unique_while("uq_person_merges_in_force", "other_person_id", where="unmerged_at IS NULL"),
)
