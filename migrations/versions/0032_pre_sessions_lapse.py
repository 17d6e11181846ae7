"""A session lapses by disuse (fac.db.staff).

Those of people on duty that are open now lapse a day after their last use from here on; a portal's never.
Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and let what is open lapse."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("sessions", sa.Column("idle_minutes", sa.Integer(), nullable=True))
    op.add_column("sessions", sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE sessions SET idle_minutes = 1440, lapses_at = now() + interval '1 day' FROM memberships m"
        " WHERE m.incident_id = sessions.incident_id AND m.id = sessions.membership_id AND m.role <> 'family_member'"
        " AND sessions.revoked_at IS NULL AND sessions.expires_at > now()"
    )
    op.create_check_constraint(
        op.f("ck_sessions_idling_is_whole"),
        "sessions",
        "(idle_minutes IS NULL) = (lapses_at IS NULL) AND idle_minutes > 0",
    )


def downgrade() -> None:
    """Take the columns away: sessions end at their instant alone."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f("ck_sessions_idling_is_whole"), "sessions")
    op.drop_column("sessions", "lapses_at")
    op.drop_column("sessions", "idle_minutes")
