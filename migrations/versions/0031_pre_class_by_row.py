"""The row says of what class a need's detail and a note's body are; notes of a substance-use counsellor have a kind.

What is there already keeps its seal, under which it opens (fac.reading.noun.Bundle), and is of its proper class for the
policy from now on; ``fac keys rotate-dek`` seals it anew under that class. Codes are those of fac.domain.vocabulary.
Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_CLINICAL, _LEGAL, _FINANCIAL, _NARRATIVE, _STAFF_RECORD, _PRIVILEGED = 5, 6, 7, 8, 12, 13
_NEEDS = {
    _CLINICAL: (
        "emergency_medical_advocacy medical_care medication durable_medical_equipment dental_vision crisis_intervention"
        " counseling_individual counseling_child grief_support_group peer_support other_therapy substance_use"
        " disability_accommodation first_responder_wellness"
    ),
    _LEGAL: (
        "law_enforcement_interview immigration case_status_notice victim_impact_statement restitution protective_order"
        " family_law estate_probate other_justice prosecution_accompaniment court_accompaniment legal_advice"
        " benefit_loss_advice"
    ),
    _FINANCIAL: (
        "public_benefits creditor_landlord emergency_financial compensation_application victim_fund_application psob"
        " va_benefits insurance_claim financial_counseling"
    ),
}
_PRIVILEGED_NOW = "'clergy_privileged', 'counsel_privileged', 'substance_use_counseling'"
_PRIVILEGED_KINDS = "('clergy_privileged', 'counsel_privileged')"
_KINDS = "'casework', 'clinical', 'safety', 'clergy_privileged', 'counsel_privileged', 'substance_use_counseling'"


def upgrade() -> None:
    """Add both columns, say the class of what is there, and allow the new kind."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    of_code = " ".join(f"WHEN code = ANY ('{{{','.join(each.split())}}}') THEN {code}" for code, each in _NEEDS.items())
    of_kind = f"WHEN kind = 'clinical' THEN {_CLINICAL} WHEN kind IN {_PRIVILEGED_KINDS} THEN {_PRIVILEGED}"
    for table, column, cases, otherwise, classes in (
        ("needs", "detail_class", of_code, _NARRATIVE, (_CLINICAL, _LEGAL, _FINANCIAL, _NARRATIVE)),
        ("notes", "body_class", of_kind, _STAFF_RECORD, (_CLINICAL, _STAFF_RECORD, _PRIVILEGED)),
    ):
        op.add_column(table, sa.Column(column, sa.Integer(), nullable=True))
        op.execute(f"UPDATE {table} SET {column} = CASE {cases} ELSE {otherwise} END")  # noqa: S608  # our own words
        op.alter_column(table, column, nullable=False)
        op.create_check_constraint(
            op.f(f"ck_{table}_{column}_of_{column.removesuffix('_class')}"),
            table,
            f"{column} IN ({', '.join(map(str, classes))})",
        )
    op.create_check_constraint(
        op.f("ck_notes_class_follows_kind"),
        "notes",
        f"body_class = CASE WHEN kind = 'clinical' THEN {_CLINICAL}"
        f" WHEN kind IN ({_PRIVILEGED_NOW}) THEN {_PRIVILEGED} ELSE {_STAFF_RECORD} END",
    )
    op.drop_constraint(op.f("ck_notes_kind_word"), "notes")
    op.create_check_constraint(op.f("ck_notes_kind_word"), "notes", f"kind IN ({_KINDS})")


def downgrade() -> None:
    """Refuse: what is sealed as privileged would open to whoever reads notes."""
    raise RuntimeError("a schema is not taken back; restore a backup instead")
