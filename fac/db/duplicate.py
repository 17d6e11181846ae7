"""Blind postings by which a known person is found again, and the suspicions they raise.

A posting is ``token -> sealed pointer``: a dump shows neither which postings belong together nor to whom.
Never: merge, hold a token of a single name, or compare across custodians.
"""

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, Integer, LargeBinary, Text, Uuid

from fac.db.base import instant, tenant_key, tenant_table, unique

match_postings = tenant_table(
    "match_postings",
    Column("token", LargeBinary, nullable=False),
    Column("pointer", LargeBinary, nullable=False),
    # Under which version of the normaliser the token was made: what is older is found anew when the index is rotated.
    Column("normaliser", Integer, nullable=False),
    Index(None, "incident_id", "token"),
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
    CheckConstraint("grade IN ('same', 'review')", name="grade_word"),
    CheckConstraint("person_id <> other_person_id", name="two_persons"),
    unique("person_id", "other_person_id"),
)
