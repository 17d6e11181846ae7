"""Erasures of what is known of a person, and legal holds, which win over them.

An erasure is proposed by one and carried out by another; both, and every hold, stay as rows without a personal value.
Never: be deleted, or hold why in words of its own; the reason is a code.
"""

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    or_,
    select,
    text,
)

from fac.db.base import instant, tenant_key, tenant_table, unique_while, word
from fac.db.person import persons
from fac.db.statement import Statement
from fac.domain.vocabulary import ErasureReason, ErasureStatus, HoldReason

legal_holds = tenant_table(
    "legal_holds",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    # Of one person in the case; null holds everybody in it.
    Column("person_id", Uuid, nullable=True),
    *tenant_key("person_id", "persons", indexed=False),
    *word("reason", HoldReason),
    Column("placed_by", Uuid, nullable=False),
    *tenant_key("placed_by", "memberships", indexed=False),
    instant("placed_at"),
    Column("lifted_by", Uuid, nullable=True),
    *tenant_key("lifted_by", "memberships", indexed=False),
    instant("lifted_at", optional=True),
    Column("version", Integer, nullable=False),
    CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name="lifted_by_somebody"),
    Index(None, "incident_id", text("placed_at DESC"), text("id DESC")),
)

erasures = tenant_table(
    "erasures",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    Column("person_id", Uuid, nullable=False),
    *tenant_key("person_id", "persons", indexed=False),
    *word("reason", ErasureReason),
    *word("status", ErasureStatus),
    # What was written of the whole case (notes, reasons of referrals, handoff messages) may name the person too.
    Column("includes_case_words", Boolean, nullable=False),
    Column("proposed_by", Uuid, nullable=False),
    *tenant_key("proposed_by", "memberships", indexed=False),
    instant("proposed_at"),
    Column("ended_by", Uuid, nullable=True),
    *tenant_key("ended_by", "memberships", indexed=False),
    instant("ended_at", optional=True),
    Column("version", Integer, nullable=False),
    CheckConstraint("(status = 'proposed') = (ended_at IS NULL)", name="ended_has_instant"),
    CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_somebody"),
    CheckConstraint("status <> 'carried_out' OR ended_by <> proposed_by", name="carried_out_by_another"),
    unique_while("uq_erasures_proposed", "person_id", where="status = 'proposed'"),
    Index(None, "incident_id", text("proposed_at DESC"), text("id DESC")),
)

# How many holds stand over some persons: their own, and those of their whole cases.
standing_holds = Statement(
    select(func.count())
    .select_from(
        legal_holds.join(
            persons,
            and_(persons.c.incident_id == legal_holds.c.incident_id, persons.c.case_id == legal_holds.c.case_id),
        )
    )
    .where(
        legal_holds.c.incident_id == bindparam("incident_id"),
        persons.c.id == any_(bindparam("person_ids", type_=ARRAY(Uuid))),
        or_(legal_holds.c.person_id.is_(None), legal_holds.c.person_id == persons.c.id),
        legal_holds.c.lifted_at.is_(None),
    )
)
# How many holds stand over anybody in a case.
holds_in_case = Statement(
    select(func.count()).where(
        legal_holds.c.incident_id == bindparam("incident_id"),
        legal_holds.c.case_id == bindparam("case_id"),
        legal_holds.c.lifted_at.is_(None),
    )
)
