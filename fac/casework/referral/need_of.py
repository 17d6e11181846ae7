"""The needs a referral carries: referred with it, and taken back when it ends without meeting them.

The rows are locked in the order of their ids before they are judged, so that two referrals of one need never each take
the other for still open.
Never: take a need back that another referral still works on, or call one referred that the recipient is not shown.
"""

from uuid import UUID

from sqlalchemy import Text, Uuid, and_, bindparam, literal_column, select, update

from fac.casework.work import Work
from fac.db.consent import releases
from fac.db.need import needs
from fac.db.referral import referral_needs, referrals
from fac.db.rls.counted import taking_back
from fac.db.statement import Statement, among
from fac.domain.substance_use import BIT, NEEDS
from fac.domain.vocabulary import NeedStatus
from fac.domain.workflow import NEED, REFERRAL

_REFERABLE = {each.source for each in NEED.steps if each.verb == "refer" and each.source is not NeedStatus.referred}
# Sent, and neither ended nor back with us.
_SENT = {
    each.target
    for each in REFERRAL.steps
    if each.target not in REFERRAL.ends and "send" not in REFERRAL.possible(each.target)
}

_of_referral = select(referral_needs.c.need_id).where(
    referral_needs.c.incident_id == bindparam("of_incident"), referral_needs.c.referral_id == bindparam("of_referral")
)
_lock = Statement(
    select(needs.c.id)
    .where(needs.c.incident_id == bindparam("of_incident"), needs.c.id.in_(_of_referral))
    .order_by(needs.c.id)
    .with_for_update()
)
# What the recipient is not shown is not referred: needs of substance use without a consent to it (domain invariant 12).
_withheld = (
    select(needs.c.id)
    .where(
        needs.c.incident_id == bindparam("of_incident"),
        needs.c.id.in_(_of_referral),
        among(needs.c.code, NEEDS),
        needs.c.person_id.not_in(
            select(releases.c.person_id)
            .select_from(
                releases.join(
                    referrals,
                    and_(
                        referrals.c.incident_id == releases.c.incident_id,
                        referrals.c.organization_id == releases.c.organization_id,
                        referrals.c.purpose == releases.c.purpose,
                    ),
                )
            )
            .where(
                releases.c.incident_id == bindparam("of_incident"),
                referrals.c.incident_id == bindparam("of_incident"),
                referrals.c.id == bindparam("of_referral"),
                releases.c.classes.op("&")(literal_column(str(BIT))) != literal_column("0"),
                releases.c.revoked_at.is_(None),
                releases.c.effective_at <= bindparam("now"),
                releases.c.expires_at > bindparam("now"),
            )
        ),
    )
    .order_by(needs.c.id)
)
_find_withheld = Statement(_withheld)
_refer = Statement(
    update(needs)
    .where(
        needs.c.incident_id == bindparam("of_incident"),
        needs.c.id.in_(_of_referral),
        needs.c.id.not_in(_withheld.order_by(None)),
        among(needs.c.status, _REFERABLE),
    )
    .values(status=bindparam("to_status"), version=needs.c.version + 1)
)
# Sent already to whom a consent now names.
_consented = (
    needs.c.incident_id == bindparam("of_incident"),
    needs.c.person_id == bindparam("of_person", type_=Uuid),
    among(needs.c.code, NEEDS),
    among(needs.c.status, _REFERABLE),
    needs.c.id.in_(
        select(referral_needs.c.need_id)
        .select_from(
            referral_needs.join(
                referrals,
                and_(
                    referrals.c.incident_id == referral_needs.c.incident_id,
                    referrals.c.id == referral_needs.c.referral_id,
                ),
            )
        )
        .where(
            referral_needs.c.incident_id == bindparam("of_incident"),
            referrals.c.organization_id == bindparam("of_organization", type_=Uuid),
            referrals.c.purpose == bindparam("of_purpose", type_=Text),
            among(referrals.c.status, _SENT),
        )
    ),
)
_lock_consented = Statement(select(needs.c.id).where(*_consented).order_by(needs.c.id).with_for_update())
_refer_consented = Statement(
    update(needs).where(*_consented).values(status=bindparam("to_status"), version=needs.c.version + 1)
)
# Whoever ends a referral may not see the others, nor every need of its own.
_take_back = Statement(taking_back(bindparam("of_referral", type_=Uuid), _SENT))


async def refer_needs(work: Work, referral_id: UUID) -> list[UUID]:
    """Mark the referral's open needs as referred; returns those withheld from the recipient, which are not."""
    await _locked(work, referral_id)
    of = {"of_incident": work.incident_id, "of_referral": referral_id}
    await _refer.run(work.connection, **of, now=work.now, to_status=NeedStatus.referred)
    return [each["id"] for each in await _find_withheld.all(work.connection, **of, now=work.now)]


async def refer_consented(work: Work, person_id: UUID, organization_id: UUID, purpose: str) -> None:
    """Mark as referred what had been withheld of referrals on their way, now that a consent in force shows it."""
    of = {
        "of_incident": work.incident_id, "of_person": person_id, "of_organization": organization_id,
        "of_purpose": purpose,
    }  # fmt: skip
    await _lock_consented.run(work.connection, **of)
    await _refer_consented.run(work.connection, **of, to_status=NeedStatus.referred)


async def take_needs_back(work: Work, referral_id: UUID) -> None:
    """Take the referral's needs back into our own hands, unless another referral under way carries them."""
    await _take_back.run(work.connection, of_referral=referral_id)


async def _locked(work: Work, referral_id: UUID) -> None:
    await _lock.run(work.connection, of_incident=work.incident_id, of_referral=referral_id)
