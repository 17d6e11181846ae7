"""What live releases open to the actor's organisation: evaluated in the statement that reads the row.

A partner holds a class of a person only while a referral to it is accepted and not ended, a release that names it, the
purpose and the class is in force, and its agreement is (domain invariants 2 and 3; 34 USC 12291(b)(2)). Written in the
language of fac.access.formula, so that the proof speaks about the same conditions.
Never: open anything for a referral that carries no personal data, or remember a release that was in force.
"""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Date, case, func, literal_column, select

from fac.access.formula import ALWAYS, Fact, Formula, Link, Scene, Some, every
from fac.access.relation import REFERRAL_IS_TO_MY_ORG, REFERRAL_NAMES_IT, REFERRED
from fac.access.rendering import render, search
from fac.access.standing import Standing, actor_parameter
from fac.db.aliased import another
from fac.db.consent import releases
from fac.db.organization import agreements
from fac.db.referral import referral_persons, referrals
from fac.db.statement import among
from fac.domain.vocabulary import ReferralStatus

# A partner holds what a release covers only between acceptance and the end of the referral.
ACTIVE_FOR_PARTNER = (
    ReferralStatus.accepted,
    ReferralStatus.waitlisted,
    ReferralStatus.scheduled,
    ReferralStatus.in_service,
)


def _person_of(at: Scene) -> ColumnElement[Any]:
    if at.person_id is not None:
        return at.person_id
    return at.of.row.c.id if at.of.record == "person" else at.of.row.c.person_id


def _today() -> ColumnElement[Any]:
    return func.date(func.timezone(literal_column("'UTC'"), actor_parameter("now")), type_=Date())


AGREED = Some(
    "agreement",
    agreements,
    (),
    every(
        Fact(
            "agreement_is_of_my_org",
            ("agreement",),
            lambda at: at["agreement"].c.organization_id == actor_parameter("my_organization"),
        ),
        Fact("agreement_has_begun", ("agreement",), lambda at: at["agreement"].c.effective_on <= _today()),
        Fact("agreement_is_not_over", ("agreement",), lambda at: at["agreement"].c.expires_on > _today()),
        Fact("agreement_was_not_ended", ("agreement",), lambda at: at["agreement"].c.ended_at.is_(None)),
    ),
)
ACTIVE = Some(
    "referral",
    referrals,
    (
        Link("referral_has_the_purpose", ("referral", "release"), lambda at: at["release"].c.purpose, "purpose"),
        REFERRAL_NAMES_IT,
    ),
    every(
        REFERRAL_IS_TO_MY_ORG,
        Fact("referral_is_active", ("referral",), lambda at: among(at["referral"].c.status, ACTIVE_FOR_PARTNER)),
        Fact(
            "referral_carries_data",
            ("referral",),
            lambda at: at["referral"].c.kind != literal_column("'information_only'"),
        ),
    ),
    leads="always",
)
# In force now: not revoked, effective, not expired (domain invariant 3).
RELEASED = Some(
    "release",
    releases,
    (Link("release_is_of_the_person", ("release", "person"), _person_of, "person_id"),),
    every(
        Fact(
            "release_is_to_my_org",
            ("release",),
            lambda at: at["release"].c.organization_id == actor_parameter("my_organization"),
        ),
        Fact("release_is_not_revoked", ("release",), lambda at: at["release"].c.revoked_at.is_(None)),
        Fact("release_has_begun", ("release",), lambda at: at["release"].c.effective_at <= actor_parameter("now")),
        Fact("release_is_not_over", ("release",), lambda at: at["release"].c.expires_at > actor_parameter("now")),
        ACTIVE,
    ),
)


@dataclass(frozen=True, slots=True)
class Opening:
    """The classes that the releases found by ``released`` cover, where ``when`` holds.

    ``first`` is asked before either: it is cheap, and where it does not hold nothing would be found (or shown) anyway.
    ``of_everyone``: a referral's own words concern everyone named in it, so each of them must have released the class.
    """

    when: Formula
    released: Some
    first: Formula = ALWAYS
    of_everyone: bool = False


# What a need says travels with the referrals that carry it, and ends with them.
OPENINGS = {
    "person": Opening(AGREED, RELEASED),
    "need": Opening(AGREED, RELEASED, first=REFERRED),
    "referral": Opening(AGREED, RELEASED, first=replace(ACTIVE, links=()), of_everyone=True),
}


def classes_with_release(of: Standing) -> ColumnElement[int]:
    """Return the mask a live release opens in the row; 0 or NULL where there is none."""
    opening, scene = OPENINGS[of.record], Scene(of)
    opened: ColumnElement[Any] = _of_everyone(opening, of) if opening.of_everyone else _union(opening.released, scene)
    if opening.first != ALWAYS:
        opened = case((render(opening.first, scene), opened), else_=literal_column("0"))
    return case((render(opening.when, scene), opened), else_=literal_column("0"))


def _union(released: Some, scene: Scene) -> ColumnElement[int]:
    look = search(released, scene)
    return look.select(func.bit_or(look.found.c.classes), look.links).scalar_subquery()


def _of_everyone(opening: Opening, of: Standing) -> ColumnElement[int]:
    named = another(referral_persons)
    scene = Scene(of, person_id=named.c.person_id)
    each = func.coalesce(_union(opening.released, scene), literal_column("0"))
    return (
        select(func.bit_and(each))
        .where(named.c.incident_id == actor_parameter("incident"), named.c.referral_id == of.row.c.id)
        .correlate_except(named)
        .scalar_subquery()
    )
