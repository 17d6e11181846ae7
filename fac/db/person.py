"""Persons, their households, how they are involved and how they are related.

Names, dates of birth, addresses and numbers live in sealed bundles; the plain columns are coded words for counting and
for the de-identified preview.
Never: hold a name, a date of birth or an address in a plain column.
"""

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    Uuid,
    text,
)

from fac.crypto.columns import SealedBytes
from fac.db.base import instant, tenant_key, tenant_table, unique, word
from fac.domain.vocabulary import AgeBand, Gender, InvolvementRole, KinCode

households = tenant_table(
    "households",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    instant("created_at"),
    unique("case_id", "id"),
)

persons = tenant_table(
    "persons",
    Column("case_id", Uuid, nullable=False),
    Column("household_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    # A person's household belongs to the person's case: the pair is one key.
    ForeignKeyConstraint(
        ["incident_id", "case_id", "household_id"],
        ["households.incident_id", "households.case_id", "households.id"],
        name="fk_persons_household_of_case",
    ),
    Column("identity", SealedBytes, nullable=False),
    Column("contact", SealedBytes, nullable=True),
    *word("age_band", AgeBand),
    Column("spoken_language", Text, nullable=False),
    Column("written_language", Text, nullable=False),
    Column("needs_interpreter", Boolean, nullable=False),
    *word("gender", Gender),
    Column("races", ARRAY(Text), nullable=False),
    Column("special_classifications", ARRAY(Text), nullable=False),
    Column("victimizations", ARRAY(Text), nullable=False),
    instant("created_at"),
    # Since then no bundle of the person opens: fac.db.places says what else was emptied, and what stays to be counted.
    instant("erased_at", optional=True),
    Column("version", Integer, nullable=False),
    Index(None, "incident_id", "household_id"),
)

involvements = tenant_table(
    "involvements",
    Column("person_id", Uuid, nullable=False),
    *tenant_key("person_id", "persons"),
    # The person's case, which never changes. Here too, so that an agency's own logins are kept away from a colleague's
    # case without being shown the colleague (fac.db.rls.doors).
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases", indexed=False),
    *word("role", InvolvementRole),
    # A death is an identification and a notification, of other readers; nobody writes it here (domain invariant 7).
    CheckConstraint("role <> 'deceased'", name="states_no_death"),
    # A first responder's own agency must not see wellness records (domain invariant 11).
    Column("agency_organization_id", Uuid, ForeignKey("organizations.id"), nullable=True),
    unique("person_id", "role"),
    Index(
        None,
        "incident_id",
        "agency_organization_id",
        postgresql_where=text("agency_organization_id IS NOT NULL"),
    ),
)

relationships = tenant_table(
    "relationships",
    Column("person_id", Uuid, nullable=False),
    *tenant_key("person_id", "persons"),
    Column("other_person_id", Uuid, nullable=False),
    *tenant_key("other_person_id", "persons"),
    *word("kin", KinCode),
    Column("is_legal_next_of_kin", Boolean, nullable=False),
    Column("next_of_kin_evidence", Text, nullable=True),
    Column("has_consent_authority", Boolean, nullable=False),
    Column("is_pickup_authorized", Boolean, nullable=False),
    Column("is_restricted", Boolean, nullable=False),
    Column("is_emergency_contact", Boolean, nullable=False),
    CheckConstraint("person_id <> other_person_id", name="two_persons"),
    CheckConstraint("NOT is_legal_next_of_kin OR next_of_kin_evidence IS NOT NULL", name="next_of_kin_has_evidence"),
    CheckConstraint(
        "NOT (is_restricted AND (has_consent_authority OR is_pickup_authorized))", name="restricted_has_no_authority"
    ),
    unique("person_id", "other_person_id"),
)

__all__ = ["households", "involvements", "persons", "relationships"]
