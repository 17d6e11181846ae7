"""Referrals under way whose recipient has no agreement in force: nothing personal opens there any more.

Never: flag what has ended, or what carries nothing personal.
"""

from sqlalchemy import ColumnElement, FromClause, and_, literal_column, not_, select

from fac.access.opened import today
from fac.access.standing import actor_parameter
from fac.db.aliased import another
from fac.db.organization import agreements
from fac.domain.vocabulary import ReferralKind
from fac.reading.noun import Flag


def lacks_agreement(referral: FromClause) -> ColumnElement[bool]:
    """Return the condition that the referral is under way and no agreement with its recipient is in force."""
    agreement = another(agreements)
    standing = (
        select(literal_column("true"))
        .where(
            agreement.c.incident_id == actor_parameter("incident"),
            agreement.c.organization_id == referral.c.organization_id,
            agreement.c.effective_on <= today(),
            agreement.c.expires_on > today(),
            agreement.c.ended_at.is_(None),
        )
        .correlate_except(agreement)
        .exists()
    )
    return and_(
        referral.c.sent_at.is_not(None),
        referral.c.ended_at.is_(None),
        referral.c.kind != literal_column(f"'{ReferralKind.information_only}'"),
        not_(standing),
    )


OF_A_REFERRAL = Flag(lacks_agreement)
