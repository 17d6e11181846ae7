"""Reunifications: a minor or dependent leaves with somebody, checked twice by two people (domain invariant 8).

Both tables are written once and never changed; a trigger refuses it. That the two checks are two people's is a rule of
the tables: a confirmation repeats the account of the first check, which its foreign key holds to, and its own differs.
Never: hold a departure that was checked once.
"""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, ForeignKeyConstraint, Index, Uuid, text

from fac.db.base import instant, tenant_key, tenant_table, unique, word
from fac.domain.vocabulary import SignatureKind

reunifications = tenant_table(
    "reunifications",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    Column("person_id", Uuid, nullable=False),
    *tenant_key("person_id", "persons"),
    Column("picked_up_by_id", Uuid, nullable=False),
    *tenant_key("picked_up_by_id", "persons", indexed=False),
    Column("relationship_id", Uuid, nullable=False),
    *tenant_key("relationship_id", "relationships", indexed=False),
    Column("photo_id_matched", Boolean, nullable=False),
    Column("authority_checked", Boolean, nullable=False),
    *word("signature", SignatureKind),
    Column("begun_by", Uuid, nullable=False),
    *tenant_key("begun_by", "memberships", indexed=False),
    Column("account_id", Uuid, ForeignKey("accounts.id"), nullable=False),
    instant("begun_at"),
    instant("expires_at"),
    unique("id", "account_id"),
    CheckConstraint("photo_id_matched AND authority_checked", name="both_were_checked"),
    CheckConstraint("person_id <> picked_up_by_id", name="two_persons"),
    Index(None, "incident_id", text("begun_at DESC"), text("id DESC")),
)

reunification_confirmations = tenant_table(
    "reunification_confirmations",
    Column("reunification_id", Uuid, nullable=False),
    Column("first_account_id", Uuid, nullable=False),
    ForeignKeyConstraint(
        ["incident_id", "reunification_id", "first_account_id"],
        ["reunifications.incident_id", "reunifications.id", "reunifications.account_id"],
        name="fk_reunification_confirmations_first_check",
    ),
    Column("photo_id_matched", Boolean, nullable=False),
    Column("authority_checked", Boolean, nullable=False),
    *word("signature", SignatureKind),
    Column("confirmed_by", Uuid, nullable=False),
    *tenant_key("confirmed_by", "memberships", indexed=False),
    Column("account_id", Uuid, ForeignKey("accounts.id"), nullable=False),
    instant("left_at"),
    unique("reunification_id"),
    CheckConstraint("photo_id_matched AND authority_checked", name="both_were_checked"),
    CheckConstraint("account_id <> first_account_id", name="two_people"),
)
