"""What live releases open to the actor's organisation, as SQL: evaluated in the statement that reads the row.

A partner holds a class of a person only while a referral to it is accepted and not ended, a release that names it, the
purpose and the class is in force, and its agreement is (domain invariants 2 and 3; 34 USC 12291(b)(2)).
Never: open anything for a referral that carries no personal data, or remember a release that was in force.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, func, literal_column, or_, select

from fac.access.relation import Standing, actor_parameter, referred_to_my_org
from fac.db.consent import releases
from fac.db.organization import agreements
from fac.db.referral import referral_needs, referral_persons, referrals
from fac.db.statement import among
from fac.domain.vocabulary import ReferralStatus

# A partner holds what a release covers only between acceptance and the end of the referral.
ACTIVE_FOR_PARTNER = (
    ReferralStatus.accepted,
    ReferralStatus.waitlisted,
    ReferralStatus.scheduled,
    ReferralStatus.in_service,
)


def live_agreement() -> ColumnElement[bool]:
    """Tell whether the actor's organisation has an agreement in force (an uncorrelated sub-select: run once)."""
    found = agreements.alias()
    today = func.date(func.timezone(literal_column("'UTC'"), actor_parameter("now")))
    return (
        select(literal_column("true"))
        .where(
            found.c.incident_id == actor_parameter("incident"),
            found.c.organization_id == actor_parameter("my_organization"),
            found.c.effective_on <= today,
            found.c.expires_on > today,
            found.c.ended_at.is_(None),
        )
        .limit(literal_column("1"))
        .scalar_subquery()
    ).is_not(None)


def live_release(release: FromClause) -> ColumnElement[bool]:
    """Tell whether ``release`` is in force now: not revoked, effective, not expired (domain invariant 3)."""
    return and_(
        release.c.revoked_at.is_(None),
        release.c.effective_at <= actor_parameter("now"),
        release.c.expires_at > actor_parameter("now"),
    )


def released_classes(
    person_id: ColumnElement[Any],
    purpose: ColumnElement[Any] | None = None,
    *,
    need_id: ColumnElement[Any] | None = None,
    named_in: FromClause | None = None,
) -> ColumnElement[int]:
    """Return the mask of classes of ``person_id`` that live releases open to the actor's organisation.

    Without ``purpose`` the release must match the purpose of an active referral to the organisation: of that person, or
    of the need ``need_id`` (what a need says travels with the referrals that carry it, and ends with them).
    ``named_in``, a referral at hand that names the person, is looked at first.
    """
    release = releases.alias()
    wanted = [
        release.c.incident_id == actor_parameter("incident"),
        release.c.person_id == person_id,
        release.c.organization_id == actor_parameter("my_organization"),
        live_release(release),
    ]
    if purpose is not None:
        matches = release.c.purpose == purpose
    else:
        of_person, of_need = referral_persons.alias(), referral_needs.alias()
        purposes = (
            _active_purposes(of_person, of_person.c.person_id == person_id)
            if need_id is None
            else _active_purposes(of_need, of_need.c.need_id == need_id)
        )
        matches = release.c.purpose.in_(purposes)
        if named_in is not None:
            matches = or_(and_(release.c.purpose == named_in.c.purpose, _is_active(named_in)), matches)
    wanted.append(matches)
    return select(func.bit_or(release.c.classes)).where(*wanted).correlate_except(release).scalar_subquery()


def _active_purposes(linked: FromClause, is_linked: ColumnElement[bool]) -> Any:
    active = referrals.alias()
    return (
        select(active.c.purpose)
        .select_from(
            linked.join(active, and_(active.c.incident_id == linked.c.incident_id, active.c.id == linked.c.referral_id))
        )
        .where(
            linked.c.incident_id == actor_parameter("incident"),
            active.c.incident_id == actor_parameter("incident"),
            is_linked,
            _is_active(active),
        )
        .correlate_except(linked, active)
    )


def _is_active(referral: FromClause) -> ColumnElement[bool]:
    return and_(
        referral.c.organization_id == actor_parameter("my_organization"),
        among(referral.c.status, ACTIVE_FOR_PARTNER),
        referral.c.kind != literal_column("'information_only'"),
    )


def classes_with_release(of: Standing) -> ColumnElement[int]:
    """Return the mask a live release opens in the row; 0 or NULL where there is none."""
    match of.record:
        case "person":
            opened = released_classes(of.row.c.id, named_in=of.above.referral)
        case "need":
            opened = case(
                (referred_to_my_org(of), released_classes(of.row.c.person_id, need_id=of.row.c.id)),
                else_=literal_column("0"),
            )
        case "referral":
            # A referral's own words concern everyone named in it: each of them must have released the class.
            linked = referral_persons.alias()
            everyone = (
                select(
                    func.bit_and(
                        func.coalesce(released_classes(linked.c.person_id, of.row.c.purpose), literal_column("0"))
                    )
                )
                .where(linked.c.incident_id == actor_parameter("incident"), linked.c.referral_id == of.row.c.id)
                .correlate_except(linked)
                .scalar_subquery()
            )
            opened = case((_is_active(of.row), everyone), else_=literal_column("0"))
        case _:
            opened = released_classes(of.row.c.person_id)
    return case((live_agreement(), opened), else_=literal_column("0"))
