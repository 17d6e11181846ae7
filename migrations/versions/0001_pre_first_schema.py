"""The first schema: every table of the journey, the job library's own, and an append-only audit.

Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

from fac.crypto.columns import SealedBytes

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit_events", "audit_seals")


def upgrade() -> None:
    """Make every table."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _make_tables()
    _install_jobs()
    _make_append_only()


def downgrade() -> None:
    """Refuse: going back would drop people's records."""
    raise RuntimeError("the first schema is not undone; restore a backup instead")


def _install_jobs() -> None:
    # The library's own schema, from the version the lock file names; several statements, so the driver runs them.
    schema = SchemaManager.get_schema()
    adapted = op.get_bind().connection.dbapi_connection
    assert adapted is not None
    adapted.run_async(lambda driver: driver.execute(schema))


def _make_append_only() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'append-only table %', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END$$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER refuse_row_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _make_tables() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("login", name=op.f("uq_accounts_login")),
    )
    op.create_table(
        "class_keys",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("canary", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("purpose", "epoch", name=op.f("pk_class_keys")),
    )
    op.create_table(
        "data_keys",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("info", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("version >= 1 AND epoch >= 1", name=op.f("ck_data_keys_counts_from_one")),
        sa.PrimaryKeyConstraint("incident_id", "subject_id", "info", name=op.f("pk_data_keys")),
    )
    op.create_table(
        "organizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("confidentiality_regime", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "confidentiality_regime IN ('voca', 'vawa', 'fvpsa', 'hipaa', 'part2_sud', 'ferpa', 'state_privilege', 'none')",
            name=op.f("ck_organizations_confidentiality_regime_word"),
        ),
        sa.CheckConstraint(
            "kind IN ('lead_agency', 'government', 'nonprofit', 'health_provider', 'legal_provider', 'faith_community', 'funder', 'business')",
            name=op.f("ck_organizations_kind_word"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_exercise", sa.Boolean(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("lead_organization_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_incidents_status_word")),
        sa.ForeignKeyConstraint(
            ["lead_organization_id"], ["organizations.id"], name=op.f("fk_incidents_lead_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_table(
        "agreements",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("data_terms", sa.Text(), nullable=False),
        sa.Column("attests_nondiscrimination", sa.Boolean(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('mou', 'moa', 'contract')", name=op.f("ck_agreements_kind_word")),
        sa.CheckConstraint("expires_on > effective_on", name=op.f("ck_agreements_expires_after_effective")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_agreements_incident_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_agreements_organization_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_agreements")),
    )
    op.create_index(
        op.f("ix_agreements_incident_id_organization_id_expires_on"),
        "agreements",
        ["incident_id", "organization_id", "expires_on"],
        unique=False,
    )
    op.create_table(
        "audit_events",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("subjects", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("classes", sa.Integer(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("policy_version", sa.LargeBinary(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_audit_events_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_audit_events")),
    )
    op.create_index(
        op.f("ix_audit_events_incident_id_record_id"), "audit_events", ["incident_id", "record_id"], unique=False
    )
    op.create_table(
        "audit_seals",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_event_id", sa.Uuid(), nullable=False),
        sa.Column("last_event_id", sa.Uuid(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("event_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("cardinality(event_ids) = events", name=op.f("ck_audit_seals_lists_its_events")),
        sa.CheckConstraint("number >= 1 AND events >= 1", name=op.f("ck_audit_seals_counts_from_one")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_audit_seals_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_audit_seals")),
        sa.UniqueConstraint(
            "incident_id", "number", name=op.f("uq_audit_seals_incident_id_number"), postgresql_nulls_not_distinct=None
        ),
    )
    op.create_index(
        op.f("ix_audit_seals_incident_id_last_event_id"), "audit_seals", ["incident_id", "last_event_id"], unique=False
    )
    op.create_table(
        "awards",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("funder_organization_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("award_number", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("new_resets_in_month", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_awards_ends_after_starts")),
        sa.CheckConstraint("new_resets_in_month BETWEEN 1 AND 12", name=op.f("ck_awards_month")),
        sa.ForeignKeyConstraint(
            ["funder_organization_id"], ["organizations.id"], name=op.f("fk_awards_funder_organization_id")
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_awards_incident_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_awards_organization_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_awards")),
    )
    op.create_index(
        op.f("ix_awards_incident_id_funder_organization_id"),
        "awards",
        ["incident_id", "funder_organization_id"],
        unique=False,
    )
    op.create_table(
        "centers",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('reunification_center', 'family_assistance_center', 'resiliency_center')",
            name=op.f("ck_centers_kind_word"),
        ),
        sa.CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name=op.f("ck_centers_closed_after_opened")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_centers_incident_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_centers_organization_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_centers")),
    )
    op.create_table(
        "match_postings",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("pointer", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("octet_length(token) = 8", name=op.f("ck_match_postings_token_is_64_bits")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_match_postings_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_match_postings")),
    )
    op.create_index(
        op.f("ix_match_postings_incident_id_token"), "match_postings", ["incident_id", "token"], unique=False
    )
    op.create_table(
        "organization_contacts",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("is_round_the_clock", sa.Boolean(), nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_organization_contacts_incident_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_organization_contacts_organization_id")
        ),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_organization_contacts")),
    )
    op.create_index(
        op.f("ix_organization_contacts_incident_id_organization_id"),
        "organization_contacts",
        ["incident_id", "organization_id"],
        unique=False,
    )
    op.create_table(
        "services",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("languages", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("wait_days", sa.Integer(), nullable=False),
        sa.Column("is_accepting", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "category IN ('information', 'advocacy', 'medical', 'legal', 'counseling', 'support', 'spiritual', 'housing', 'justice', 'funeral', 'compensation', 'financial')",
            name=op.f("ck_services_category_word"),
        ),
        sa.CheckConstraint("wait_days >= 0", name=op.f("ck_services_wait_days_not_negative")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_services_incident_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_services_organization_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_services")),
    )
    op.create_index(
        op.f("ix_services_incident_id_organization_id"), "services", ["incident_id", "organization_id"], unique=False
    )
    op.create_table(
        "memberships",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("center_id", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "center_id IS NOT NULL OR role NOT IN ('intake_worker', 'case_manager', 'supervisor')",
            name=op.f("ck_memberships_needs_center"),
        ),
        sa.CheckConstraint(
            "role IN ('intake_worker', 'case_manager', 'supervisor', 'partner_user', 'report_viewer', 'auditor', 'privacy_officer', 'system_administrator', 'system_worker')",
            name=op.f("ck_memberships_role_word"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_memberships_account_id")),
        sa.ForeignKeyConstraint(
            ["incident_id", "center_id"],
            ["centers.incident_id", "centers.id"],
            name=op.f("fk_memberships_incident_id_center_id"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_memberships_incident_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_memberships_organization_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_memberships")),
        sa.UniqueConstraint(
            "incident_id",
            "account_id",
            "role",
            "organization_id",
            "center_id",
            "started_at",
            name=op.f("uq_memberships_incident_id_account_id_role_organization_id_center_id_started_at"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        op.f("ix_memberships_incident_id_center_id"), "memberships", ["incident_id", "center_id"], unique=False
    )
    op.create_index(
        op.f("ix_memberships_incident_id_organization_id"),
        "memberships",
        ["incident_id", "organization_id"],
        unique=False,
    )
    op.create_table(
        "notices",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id", "contact_id"],
            ["organization_contacts.incident_id", "organization_contacts.id"],
            name=op.f("fk_notices_incident_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_notices_incident_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_notices_organization_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_notices")),
        sa.UniqueConstraint(
            "incident_id",
            "cause_id",
            "event",
            "contact_id",
            name=op.f("uq_notices_incident_id_cause_id_event_contact_id"),
            postgresql_nulls_not_distinct=None,
        ),
    )
    op.create_index(op.f("ix_notices_incident_id_record_id"), "notices", ["incident_id", "record_id"], unique=False)
    op.create_table(
        "anonymous_contacts",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("award_id", sa.Uuid(), nullable=True),
        sa.Column("contacted_on", sa.Date(), nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("contacts BETWEEN 1 AND 100000", name=op.f("ck_anonymous_contacts_contacts_range")),
        sa.ForeignKeyConstraint(
            ["incident_id", "award_id"],
            ["awards.incident_id", "awards.id"],
            name=op.f("fk_anonymous_contacts_incident_id_award_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "recorded_by"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_anonymous_contacts_incident_id_recorded_by"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_anonymous_contacts_incident_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_anonymous_contacts_organization_id")
        ),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_anonymous_contacts")),
    )
    op.create_index(
        op.f("ix_anonymous_contacts_incident_id_award_id_contacted_on"),
        "anonymous_contacts",
        ["incident_id", "award_id", "contacted_on"],
        unique=False,
    )
    op.create_table(
        "cases",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("center_id", sa.Uuid(), nullable=False),
        sa.Column("responsible_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(status = 'closed') = (close_reason IS NOT NULL)", name=op.f("ck_cases_closed_has_reason")),
        sa.CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_cases_closed_has_instant")),
        sa.CheckConstraint(
            "close_reason IN ('client_choice', 'goals_met', 'unable_to_contact')",
            name=op.f("ck_cases_close_reason_word"),
        ),
        sa.CheckConstraint("status IN ('open', 'paused', 'closed')", name=op.f("ck_cases_status_word")),
        sa.ForeignKeyConstraint(
            ["incident_id", "center_id"],
            ["centers.incident_id", "centers.id"],
            name=op.f("fk_cases_incident_id_center_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "responsible_id"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_cases_incident_id_responsible_id"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_cases_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_cases")),
        sa.UniqueConstraint(
            "incident_id",
            "case_number",
            name=op.f("uq_cases_incident_id_case_number"),
            postgresql_nulls_not_distinct=None,
        ),
    )
    op.create_index(
        op.f("ix_cases_incident_id"),
        "cases",
        ["incident_id", sa.literal_column("opened_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        op.f("ix_cases_incident_id_center_id"),
        "cases",
        ["incident_id", "center_id", sa.literal_column("opened_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        op.f("ix_cases_incident_id_responsible_id"),
        "cases",
        ["incident_id", "responsible_id", sa.literal_column("opened_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id", "membership_id"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_idempotency_keys_incident_id_membership_id"),
        ),
        sa.PrimaryKeyConstraint("incident_id", "membership_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "reports",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("award_id", sa.Uuid(), nullable=False),
        sa.Column("period_starts_on", sa.Date(), nullable=False),
        sa.Column("period_ends_on", sa.Date(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("input_hash", sa.LargeBinary(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("generated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("generated_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("period_ends_on > period_starts_on", name=op.f("ck_reports_period_runs_forward")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_reports_counts_from_one")),
        sa.ForeignKeyConstraint(
            ["incident_id", "award_id"],
            ["awards.incident_id", "awards.id"],
            name=op.f("fk_reports_incident_id_award_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "generated_by"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_reports_incident_id_generated_by"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_reports_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_reports")),
        sa.UniqueConstraint(
            "incident_id",
            "kind",
            "award_id",
            "period_starts_on",
            "period_ends_on",
            "revision",
            name=op.f("uq_reports_incident_id_kind_award_id_period_starts_on_period_ends_on_revision"),
            postgresql_nulls_not_distinct=None,
        ),
    )
    op.create_index(op.f("ix_reports_incident_id_award_id"), "reports", ["incident_id", "award_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("octet_length(token_hash) = 32", name=op.f("ck_sessions_token_hash_is_sha256")),
        sa.ForeignKeyConstraint(
            ["incident_id", "membership_id"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_sessions_incident_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_sessions_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_sessions")),
        sa.UniqueConstraint(
            "incident_id",
            "token_hash",
            name=op.f("uq_sessions_incident_id_token_hash"),
            postgresql_nulls_not_distinct=None,
        ),
    )
    op.create_index(
        op.f("ix_sessions_incident_id_membership_id"), "sessions", ["incident_id", "membership_id"], unique=False
    )
    op.create_table(
        "case_assignments",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("center_id", sa.Uuid(), nullable=False),
        sa.Column("handoff_id", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= started_at", name=op.f("ck_case_assignments_ended_after_started")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "case_id"],
            ["cases.incident_id", "cases.id"],
            name=op.f("fk_case_assignments_incident_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "center_id"],
            ["centers.incident_id", "centers.id"],
            name=op.f("fk_case_assignments_incident_id_center_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "membership_id"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_case_assignments_incident_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_case_assignments_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_case_assignments")),
    )
    op.create_index(
        op.f("ix_case_assignments_incident_id_case_id"), "case_assignments", ["incident_id", "case_id"], unique=False
    )
    op.create_index(
        op.f("ix_case_assignments_incident_id_membership_id"),
        "case_assignments",
        ["incident_id", "membership_id"],
        unique=False,
    )
    op.create_index(
        "uq_case_assignments_open",
        "case_assignments",
        ["incident_id", "case_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "handoffs",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("from_center_id", sa.Uuid(), nullable=False),
        sa.Column("to_center_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receiving_worker_id", sa.Uuid(), nullable=True),
        sa.Column("decline_reason", sa.Text(), nullable=True),
        sa.Column("client_agreed", sa.Boolean(), nullable=False),
        sa.Column("message", SealedBytes(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'accepted') = (receiving_worker_id IS NOT NULL)", name=op.f("ck_handoffs_accepted_names_worker")
        ),
        sa.CheckConstraint(
            "(status = 'declined') = (decline_reason IS NOT NULL)", name=op.f("ck_handoffs_declined_has_reason")
        ),
        sa.CheckConstraint(
            "(status = 'proposed') = (decided_at IS NULL)", name=op.f("ck_handoffs_decided_has_instant")
        ),
        sa.CheckConstraint(
            "decline_reason IN ('no_capacity', 'out_of_area', 'family_prefers_other', 'incomplete', 'other')",
            name=op.f("ck_handoffs_decline_reason_word"),
        ),
        sa.CheckConstraint(
            "status IN ('proposed', 'accepted', 'declined', 'withdrawn', 'expired')",
            name=op.f("ck_handoffs_status_word"),
        ),
        sa.CheckConstraint("client_agreed", name=op.f("ck_handoffs_family_agreed")),
        sa.CheckConstraint("from_center_id <> to_center_id", name=op.f("ck_handoffs_two_centers")),
        sa.ForeignKeyConstraint(
            ["incident_id", "case_id"], ["cases.incident_id", "cases.id"], name=op.f("fk_handoffs_incident_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "decided_by"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_handoffs_incident_id_decided_by"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "from_center_id"],
            ["centers.incident_id", "centers.id"],
            name=op.f("fk_handoffs_incident_id_from_center_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "proposed_by"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_handoffs_incident_id_proposed_by"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "receiving_worker_id"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_handoffs_incident_id_receiving_worker_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "to_center_id"],
            ["centers.incident_id", "centers.id"],
            name=op.f("fk_handoffs_incident_id_to_center_id"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_handoffs_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_handoffs")),
    )
    op.create_index(
        op.f("ix_handoffs_incident_id"),
        "handoffs",
        ["incident_id", sa.literal_column("proposed_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(op.f("ix_handoffs_incident_id_case_id"), "handoffs", ["incident_id", "case_id"], unique=False)
    op.create_index(
        op.f("ix_handoffs_incident_id_from_center_id"),
        "handoffs",
        ["incident_id", "from_center_id", sa.literal_column("proposed_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        op.f("ix_handoffs_incident_id_to_center_id"),
        "handoffs",
        ["incident_id", "to_center_id", sa.literal_column("proposed_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_handoffs_offered",
        "handoffs",
        ["incident_id", "to_center_id", "case_id"],
        unique=False,
        postgresql_where=sa.text("status = 'proposed'"),
    )
    op.create_index(
        "uq_handoffs_proposed",
        "handoffs",
        ["incident_id", "case_id"],
        unique=True,
        postgresql_where=sa.text("status = 'proposed'"),
    )
    op.create_table(
        "households",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id", "case_id"],
            ["cases.incident_id", "cases.id"],
            name=op.f("fk_households_incident_id_case_id"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_households_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_households")),
        sa.UniqueConstraint(
            "incident_id",
            "case_id",
            "id",
            name=op.f("uq_households_incident_id_case_id_id"),
            postgresql_nulls_not_distinct=None,
        ),
    )
    op.create_index(op.f("ix_households_incident_id_case_id"), "households", ["incident_id", "case_id"], unique=False)
    op.create_table(
        "intakes",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("center_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("import_digest", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id", "case_id"], ["cases.incident_id", "cases.id"], name=op.f("fk_intakes_incident_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "center_id"],
            ["centers.incident_id", "centers.id"],
            name=op.f("fk_intakes_incident_id_center_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "recorded_by"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_intakes_incident_id_recorded_by"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_intakes_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_intakes")),
    )
    op.create_index(op.f("ix_intakes_incident_id_case_id"), "intakes", ["incident_id", "case_id"], unique=False)
    op.create_index(
        "uq_intakes_import_digest",
        "intakes",
        ["incident_id", "import_digest"],
        unique=True,
        postgresql_where=sa.text("import_digest IS NOT NULL"),
    )
    op.create_table(
        "notes",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", SealedBytes(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('casework', 'clinical', 'safety', 'clergy_privileged', 'counsel_privileged')",
            name=op.f("ck_notes_kind_word"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "case_id"], ["cases.incident_id", "cases.id"], name=op.f("fk_notes_incident_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "written_by"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_notes_incident_id_written_by"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_notes_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_incident_id_case_id"), "notes", ["incident_id", "case_id"], unique=False)
    op.create_table(
        "referrals",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_reason", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", SealedBytes(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'completed') = (outcome IS NOT NULL)", name=op.f("ck_referrals_completed_has_outcome")
        ),
        sa.CheckConstraint(
            "(status = 'declined') = (decline_reason IS NOT NULL)", name=op.f("ck_referrals_declined_has_reason")
        ),
        sa.CheckConstraint(
            "decline_reason IN ('no_capacity', 'out_of_scope', 'ineligible', 'conflict_of_interest', 'language', 'client_unreachable', 'client_declined', 'other')",
            name=op.f("ck_referrals_decline_reason_word"),
        ),
        sa.CheckConstraint(
            "kind <> 'information_only' OR reason IS NULL", name=op.f("ck_referrals_information_only_has_no_reason")
        ),
        sa.CheckConstraint("kind IN ('information_only', 'warm', 'pii_transfer')", name=op.f("ck_referrals_kind_word")),
        sa.CheckConstraint(
            "outcome IN ('service_completed', 'ongoing', 'no_show', 'could_not_contact', 'client_withdrew', 'referred_onward')",
            name=op.f("ck_referrals_outcome_word"),
        ),
        sa.CheckConstraint(
            "purpose IN ('service_delivery', 'care_coordination', 'benefits_application', 'handoff')",
            name=op.f("ck_referrals_purpose_word"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'awaiting_release', 'sent', 'received', 'accepted', 'declined', 'waitlisted', 'scheduled', 'in_service', 'completed', 'not_engaged', 'cancelled', 'expired', 'entered_in_error')",
            name=op.f("ck_referrals_status_word"),
        ),
        sa.CheckConstraint("urgency IN ('emergency', 'urgent', 'routine')", name=op.f("ck_referrals_urgency_word")),
        sa.CheckConstraint("(sent_at IS NULL) = (due_at IS NULL)", name=op.f("ck_referrals_sent_has_deadline")),
        sa.ForeignKeyConstraint(
            ["incident_id", "accepted_by"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_referrals_incident_id_accepted_by"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "case_id"], ["cases.incident_id", "cases.id"], name=op.f("fk_referrals_incident_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "created_by"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_referrals_incident_id_created_by"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "service_id"],
            ["services.incident_id", "services.id"],
            name=op.f("fk_referrals_incident_id_service_id"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_referrals_incident_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_referrals_organization_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_referrals")),
    )
    op.create_index(
        "ix_referrals_inbox",
        "referrals",
        ["incident_id", "organization_id", sa.literal_column("sent_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("sent_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_referrals_incident_id"),
        "referrals",
        ["incident_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(op.f("ix_referrals_incident_id_case_id"), "referrals", ["incident_id", "case_id"], unique=False)
    op.create_index(
        "ix_referrals_overdue",
        "referrals",
        ["incident_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('sent', 'received') AND escalated_at IS NULL"),
    )
    op.create_index(
        "ix_referrals_sent",
        "referrals",
        ["incident_id", sa.literal_column("sent_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("sent_at IS NOT NULL"),
    )
    op.create_table(
        "persons",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("identity", SealedBytes(), nullable=False),
        sa.Column("contact", SealedBytes(), nullable=True),
        sa.Column("age_band", sa.Text(), nullable=False),
        sa.Column("spoken_language", sa.Text(), nullable=False),
        sa.Column("written_language", sa.Text(), nullable=False),
        sa.Column("needs_interpreter", sa.Boolean(), nullable=False),
        sa.Column("gender", sa.Text(), nullable=False),
        sa.Column("races", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("special_classifications", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("victimizations", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "age_band IN ('age_0_12', 'age_13_17', 'age_18_24', 'age_25_59', 'age_60_plus', 'not_reported')",
            name=op.f("ck_persons_age_band_word"),
        ),
        sa.CheckConstraint(
            "gender IN ('male', 'female', 'other', 'not_reported', 'not_tracked')", name=op.f("ck_persons_gender_word")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "case_id", "household_id"],
            ["households.incident_id", "households.case_id", "households.id"],
            name="fk_persons_household_of_case",
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "case_id"], ["cases.incident_id", "cases.id"], name=op.f("fk_persons_incident_id_case_id")
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_persons_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_persons")),
    )
    op.create_index(op.f("ix_persons_incident_id_case_id"), "persons", ["incident_id", "case_id"], unique=False)
    op.create_index(
        op.f("ix_persons_incident_id_household_id"), "persons", ["incident_id", "household_id"], unique=False
    )
    op.create_table(
        "referral_steps",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "to_status IN ('draft', 'awaiting_release', 'sent', 'received', 'accepted', 'declined', 'waitlisted', 'scheduled', 'in_service', 'completed', 'not_engaged', 'cancelled', 'expired', 'entered_in_error')",
            name=op.f("ck_referral_steps_to_status_word"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "case_id"],
            ["cases.incident_id", "cases.id"],
            name=op.f("fk_referral_steps_incident_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "referral_id"],
            ["referrals.incident_id", "referrals.id"],
            name=op.f("fk_referral_steps_incident_id_referral_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "taken_by"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_referral_steps_incident_id_taken_by"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_referral_steps_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_referral_steps")),
    )
    op.create_index(
        op.f("ix_referral_steps_incident_id_referral_id"),
        "referral_steps",
        ["incident_id", "referral_id"],
        unique=False,
    )
    op.create_table(
        "assistances",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("line_code", sa.Text(), nullable=False),
        sa.Column("occurrences", sa.Integer(), nullable=False),
        sa.Column("award_id", sa.Uuid(), nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_in_error_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("occurrences BETWEEN 1 AND 1000", name=op.f("ck_assistances_occurrences_range")),
        sa.ForeignKeyConstraint(
            ["incident_id", "award_id"],
            ["awards.incident_id", "awards.id"],
            name=op.f("fk_assistances_incident_id_award_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "case_id"],
            ["cases.incident_id", "cases.id"],
            name=op.f("fk_assistances_incident_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "person_id"],
            ["persons.incident_id", "persons.id"],
            name=op.f("fk_assistances_incident_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "recorded_by"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_assistances_incident_id_recorded_by"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "referral_id"],
            ["referrals.incident_id", "referrals.id"],
            name=op.f("fk_assistances_incident_id_referral_id"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_assistances_incident_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_assistances_organization_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_assistances")),
    )
    op.create_index(
        op.f("ix_assistances_incident_id_award_id_delivered_on"),
        "assistances",
        ["incident_id", "award_id", "delivered_on"],
        unique=False,
    )
    op.create_index(op.f("ix_assistances_incident_id_case_id"), "assistances", ["incident_id", "case_id"], unique=False)
    op.create_index(
        op.f("ix_assistances_incident_id_person_id"), "assistances", ["incident_id", "person_id"], unique=False
    )
    op.create_table(
        "duplicate_suspicions",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("other_person_id", sa.Uuid(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("grade IN ('same', 'review')", name=op.f("ck_duplicate_suspicions_grade_word")),
        sa.CheckConstraint("person_id <> other_person_id", name=op.f("ck_duplicate_suspicions_two_persons")),
        sa.ForeignKeyConstraint(
            ["incident_id", "other_person_id"],
            ["persons.incident_id", "persons.id"],
            name=op.f("fk_duplicate_suspicions_incident_id_other_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "person_id"],
            ["persons.incident_id", "persons.id"],
            name=op.f("fk_duplicate_suspicions_incident_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_duplicate_suspicions_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_duplicate_suspicions")),
        sa.UniqueConstraint(
            "incident_id",
            "person_id",
            "other_person_id",
            name=op.f("uq_duplicate_suspicions_incident_id_person_id_other_person_id"),
            postgresql_nulls_not_distinct=None,
        ),
    )
    op.create_index(
        op.f("ix_duplicate_suspicions_incident_id_other_person_id"),
        "duplicate_suspicions",
        ["incident_id", "other_person_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_duplicate_suspicions_incident_id_person_id"),
        "duplicate_suspicions",
        ["incident_id", "person_id"],
        unique=False,
    )
    op.create_table(
        "follow_ups",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(status = 'done') = (outcome IS NOT NULL)", name=op.f("ck_follow_ups_done_has_outcome")),
        sa.CheckConstraint("(status = 'due') = (ended_at IS NULL)", name=op.f("ck_follow_ups_ended_has_instant")),
        sa.CheckConstraint(
            "outcome IN ('reached', 'left_safe_message', 'no_answer', 'wrong_number', 'declined_now', 'requested_no_contact', 'in_person')",
            name=op.f("ck_follow_ups_outcome_word"),
        ),
        sa.CheckConstraint(
            "reason IN ('wellbeing_check', 'referral_outcome', 'referral_overdue', 'document_needed', 'anniversary', 'court_event', 'deadline', 'handoff')",
            name=op.f("ck_follow_ups_reason_word"),
        ),
        sa.CheckConstraint("status IN ('due', 'done', 'cancelled')", name=op.f("ck_follow_ups_status_word")),
        sa.ForeignKeyConstraint(
            ["incident_id", "case_id"],
            ["cases.incident_id", "cases.id"],
            name=op.f("fk_follow_ups_incident_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "created_by"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_follow_ups_incident_id_created_by"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "person_id"],
            ["persons.incident_id", "persons.id"],
            name=op.f("fk_follow_ups_incident_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "referral_id"],
            ["referrals.incident_id", "referrals.id"],
            name=op.f("fk_follow_ups_incident_id_referral_id"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_follow_ups_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_follow_ups")),
    )
    op.create_index(op.f("ix_follow_ups_incident_id_case_id"), "follow_ups", ["incident_id", "case_id"], unique=False)
    op.create_index(
        op.f("ix_follow_ups_incident_id_due_on_id"), "follow_ups", ["incident_id", "due_on", "id"], unique=False
    )
    op.create_index(
        op.f("ix_follow_ups_incident_id_referral_id"), "follow_ups", ["incident_id", "referral_id"], unique=False
    )
    op.create_index(
        op.f("ix_follow_ups_incident_id_status_due_on_id"),
        "follow_ups",
        ["incident_id", "status", "due_on", "id"],
        unique=False,
    )
    op.create_table(
        "involvements",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("agency_organization_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "role IN ('deceased', 'injured_hospitalized', 'injured_treated_released', 'present_not_injured', 'witness', 'family_of_deceased', 'family_of_injured', 'first_responder', 'family_of_first_responder', 'co_victim', 'community_member', 'employee_of_site', 'reporting_party')",
            name=op.f("ck_involvements_role_word"),
        ),
        sa.ForeignKeyConstraint(
            ["agency_organization_id"], ["organizations.id"], name=op.f("fk_involvements_agency_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "person_id"],
            ["persons.incident_id", "persons.id"],
            name=op.f("fk_involvements_incident_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_involvements_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_involvements")),
        sa.UniqueConstraint(
            "incident_id",
            "person_id",
            "role",
            name=op.f("uq_involvements_incident_id_person_id_role"),
            postgresql_nulls_not_distinct=None,
        ),
    )
    op.create_index(
        op.f("ix_involvements_incident_id_person_id"), "involvements", ["incident_id", "person_id"], unique=False
    )
    op.create_table(
        "needs",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("horizon", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("detail", SealedBytes(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (status IN ('identified', 'in_progress', 'referred'))",
            name=op.f("ck_needs_ended_has_instant"),
        ),
        sa.CheckConstraint("horizon IN ('immediate', 'short_term', 'ongoing')", name=op.f("ck_needs_horizon_word")),
        sa.CheckConstraint(
            "status IN ('identified', 'in_progress', 'referred', 'met', 'partially_met', 'unmet_no_capacity', 'unmet_ineligible', 'client_declined', 'no_longer_needed')",
            name=op.f("ck_needs_status_word"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "case_id"], ["cases.incident_id", "cases.id"], name=op.f("fk_needs_incident_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "person_id"],
            ["persons.incident_id", "persons.id"],
            name=op.f("fk_needs_incident_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_needs_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_needs")),
    )
    op.create_index(op.f("ix_needs_incident_id_case_id"), "needs", ["incident_id", "case_id"], unique=False)
    op.create_index(op.f("ix_needs_incident_id_person_id"), "needs", ["incident_id", "person_id"], unique=False)
    op.create_index(op.f("ix_needs_incident_id_status_code"), "needs", ["incident_id", "status", "code"], unique=False)
    op.create_table(
        "referral_persons",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id", "person_id"],
            ["persons.incident_id", "persons.id"],
            name=op.f("fk_referral_persons_incident_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "referral_id"],
            ["referrals.incident_id", "referrals.id"],
            name=op.f("fk_referral_persons_incident_id_referral_id"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_referral_persons_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_referral_persons")),
        sa.UniqueConstraint(
            "incident_id",
            "referral_id",
            "person_id",
            name=op.f("uq_referral_persons_incident_id_referral_id_person_id"),
            postgresql_nulls_not_distinct=None,
        ),
    )
    op.create_index(
        op.f("ix_referral_persons_incident_id_person_id"),
        "referral_persons",
        ["incident_id", "person_id"],
        unique=False,
    )
    op.create_table(
        "relationships",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("other_person_id", sa.Uuid(), nullable=False),
        sa.Column("kin", sa.Text(), nullable=False),
        sa.Column("is_legal_next_of_kin", sa.Boolean(), nullable=False),
        sa.Column("next_of_kin_evidence", sa.Text(), nullable=True),
        sa.Column("has_consent_authority", sa.Boolean(), nullable=False),
        sa.Column("is_pickup_authorized", sa.Boolean(), nullable=False),
        sa.Column("is_restricted", sa.Boolean(), nullable=False),
        sa.Column("is_emergency_contact", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kin IN ('spouse', 'partner', 'parent', 'child', 'sibling', 'grandparent', 'grandchild', 'guardian', 'ward', 'other_relative', 'friend', 'coworker', 'other')",
            name=op.f("ck_relationships_kin_word"),
        ),
        sa.CheckConstraint(
            "NOT (is_restricted AND (has_consent_authority OR is_pickup_authorized))",
            name=op.f("ck_relationships_restricted_has_no_authority"),
        ),
        sa.CheckConstraint(
            "NOT is_legal_next_of_kin OR next_of_kin_evidence IS NOT NULL",
            name=op.f("ck_relationships_next_of_kin_has_evidence"),
        ),
        sa.CheckConstraint("person_id <> other_person_id", name=op.f("ck_relationships_two_persons")),
        sa.ForeignKeyConstraint(
            ["incident_id", "other_person_id"],
            ["persons.incident_id", "persons.id"],
            name=op.f("fk_relationships_incident_id_other_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "person_id"],
            ["persons.incident_id", "persons.id"],
            name=op.f("fk_relationships_incident_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_relationships_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_relationships")),
        sa.UniqueConstraint(
            "incident_id",
            "person_id",
            "other_person_id",
            name=op.f("uq_relationships_incident_id_person_id_other_person_id"),
            postgresql_nulls_not_distinct=None,
        ),
    )
    op.create_index(
        op.f("ix_relationships_incident_id_other_person_id"),
        "relationships",
        ["incident_id", "other_person_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_relationships_incident_id_person_id"), "relationships", ["incident_id", "person_id"], unique=False
    )
    op.create_table(
        "releases",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("classes", sa.Integer(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("risks_explained", sa.Boolean(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("form IN ('electronic', 'verbal', 'written', 'any')", name=op.f("ck_releases_form_word")),
        sa.CheckConstraint(
            "purpose IN ('service_delivery', 'care_coordination', 'benefits_application', 'handoff')",
            name=op.f("ck_releases_purpose_word"),
        ),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name=op.f("ck_releases_revoked_by_somebody")),
        sa.CheckConstraint("classes > 0", name=op.f("ck_releases_names_a_class")),
        sa.CheckConstraint("expires_at > effective_at", name=op.f("ck_releases_expires_after_effective")),
        sa.CheckConstraint("risks_explained", name=op.f("ck_releases_is_informed")),
        sa.ForeignKeyConstraint(
            ["incident_id", "case_id"], ["cases.incident_id", "cases.id"], name=op.f("fk_releases_incident_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "person_id"],
            ["persons.incident_id", "persons.id"],
            name=op.f("fk_releases_incident_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "recorded_by"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_releases_incident_id_recorded_by"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "revoked_by"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_releases_incident_id_revoked_by"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_releases_incident_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_releases_organization_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_releases")),
    )
    op.create_index(op.f("ix_releases_incident_id_case_id"), "releases", ["incident_id", "case_id"], unique=False)
    op.create_index(
        op.f("ix_releases_incident_id_person_id_organization_id"),
        "releases",
        ["incident_id", "person_id", "organization_id"],
        unique=False,
    )
    op.create_table(
        "contact_attempts",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("follow_up_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("attempted_by", sa.Uuid(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "channel IN ('voice', 'voicemail', 'text', 'email', 'mail')", name=op.f("ck_contact_attempts_channel_word")
        ),
        sa.CheckConstraint(
            "outcome IN ('reached', 'left_safe_message', 'no_answer', 'wrong_number', 'declined_now', 'requested_no_contact', 'in_person')",
            name=op.f("ck_contact_attempts_outcome_word"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "attempted_by"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_contact_attempts_incident_id_attempted_by"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "case_id"],
            ["cases.incident_id", "cases.id"],
            name=op.f("fk_contact_attempts_incident_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "follow_up_id"],
            ["follow_ups.incident_id", "follow_ups.id"],
            name=op.f("fk_contact_attempts_incident_id_follow_up_id"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_contact_attempts_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_contact_attempts")),
    )
    op.create_index(
        op.f("ix_contact_attempts_incident_id_follow_up_id"),
        "contact_attempts",
        ["incident_id", "follow_up_id"],
        unique=False,
    )
    op.create_table(
        "referral_needs",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id", "need_id"],
            ["needs.incident_id", "needs.id"],
            name=op.f("fk_referral_needs_incident_id_need_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "referral_id"],
            ["referrals.incident_id", "referrals.id"],
            name=op.f("fk_referral_needs_incident_id_referral_id"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_referral_needs_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_referral_needs")),
        sa.UniqueConstraint(
            "incident_id",
            "referral_id",
            "need_id",
            name=op.f("uq_referral_needs_incident_id_referral_id_need_id"),
            postgresql_nulls_not_distinct=None,
        ),
    )
    op.create_index(
        op.f("ix_referral_needs_incident_id_need_id"), "referral_needs", ["incident_id", "need_id"], unique=False
    )
    op.create_table(
        "release_signatories",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "capacity <> 'minor_may_consent' OR legal_basis IS NOT NULL",
            name=op.f("ck_release_signatories_minor_has_legal_basis"),
        ),
        sa.CheckConstraint(
            "capacity IN ('self', 'guardian', 'minor_may_consent')", name=op.f("ck_release_signatories_capacity_word")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "person_id"],
            ["persons.incident_id", "persons.id"],
            name=op.f("fk_release_signatories_incident_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "release_id"],
            ["releases.incident_id", "releases.id"],
            name=op.f("fk_release_signatories_incident_id_release_id"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_release_signatories_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_release_signatories")),
        sa.UniqueConstraint(
            "incident_id",
            "release_id",
            "person_id",
            name=op.f("uq_release_signatories_incident_id_release_id_person_id"),
            postgresql_nulls_not_distinct=None,
        ),
    )
    op.create_index(
        op.f("ix_release_signatories_incident_id_release_id"),
        "release_signatories",
        ["incident_id", "release_id"],
        unique=False,
    )
