"""Conflict walls: a case that one person or one organisation may know nothing of, whatever else they may.

A wall is raised against a person by one of their hats, and holds in all of them. Raised and lifted, never deleted: who
stood behind it when is part of the case's history.
Never: hold why in words of its own; the reason is a code, so that a wall says nothing about the family.
"""

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Uuid,
    any_,
    bindparam,
    exists,
    func,
    or_,
    select,
    text,
)

from fac.db.base import instant, tenant_key, tenant_table, unique_while, word
from fac.db.person import involvements, persons
from fac.db.statement import Statement
from fac.domain.vocabulary import WallReason

conflict_walls = tenant_table(
    "conflict_walls",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    # The hat it was raised by, to show; the account is what it holds against.
    Column("membership_id", Uuid, nullable=True),
    *tenant_key("membership_id", "memberships", indexed=False),
    Column("account_id", Uuid, ForeignKey("accounts.id"), nullable=True),
    Column("organization_id", Uuid, ForeignKey("organizations.id"), nullable=True),
    *word("reason", WallReason),
    Column("raised_by", Uuid, nullable=False),
    *tenant_key("raised_by", "memberships", indexed=False),
    instant("raised_at"),
    Column("lifted_by", Uuid, nullable=True),
    *tenant_key("lifted_by", "memberships", indexed=False),
    instant("lifted_at", optional=True),
    Column("version", Integer, nullable=False),
    CheckConstraint("num_nonnulls(account_id, organization_id) = 1", name="one_side"),
    CheckConstraint("(membership_id IS NULL) = (account_id IS NULL)", name="account_has_hat"),
    CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name="lifted_by_somebody"),
    # One standing wall a side and case. The scope of every read asks these two which cases are walled off.
    unique_while("uq_conflict_walls_account", "account_id", "case_id", where="lifted_at IS NULL"),
    unique_while("uq_conflict_walls_organization", "organization_id", "case_id", where="lifted_at IS NULL"),
    Index(None, "incident_id", text("raised_at DESC"), text("id DESC")),
)

# How many walls stand between a case and a person of an organisation; either may be null, and stands for nobody then.
standing_walls = Statement(
    select(func.count()).where(
        conflict_walls.c.incident_id == bindparam("incident_id"),
        conflict_walls.c.case_id == bindparam("case_id"),
        or_(
            conflict_walls.c.account_id == bindparam("account_id", type_=Uuid),
            conflict_walls.c.organization_id == bindparam("organization_id", type_=Uuid),
        ),
        conflict_walls.c.lifted_at.is_(None),
    )
)

# Which of some persons are in a case that a person or an organisation is kept from: by a wall, or because somebody in
# it was a first responder of that organisation.
persons_kept_from = Statement(
    select(persons.c.id).where(
        persons.c.incident_id == bindparam("incident_id"),
        persons.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        or_(
            exists().where(
                conflict_walls.c.incident_id == bindparam("incident_id"),
                conflict_walls.c.case_id == persons.c.case_id,
                or_(
                    conflict_walls.c.account_id == bindparam("account_id", type_=Uuid),
                    conflict_walls.c.organization_id == bindparam("organization_id", type_=Uuid),
                ),
                conflict_walls.c.lifted_at.is_(None),
            ),
            exists().where(
                involvements.c.incident_id == bindparam("incident_id"),
                involvements.c.case_id == persons.c.case_id,
                involvements.c.agency_organization_id == bindparam("organization_id", type_=Uuid),
            ),
        ),
    )
)
