"""What live releases open to the actor's organisation: evaluated in the statement that reads the row.

A partner holds a class of a person only while a referral to it is accepted and not ended, a release that names it, the
purpose and the class is in force, and its agreement is (domain invariants 2 and 3; 34 USC 12291(b)(2)). Written in the
language of fac.access.formula, so that the proof speaks about the same conditions.
Never: open anything for a referral that carries no personal data, or remember a release that was in force.
"""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, case, func, literal_column, select

from fac.access.formula import ALWAYS, Fact, Formula, Link, Not, Scene, Some, either, every
from fac.access.referred import REFERRAL_IS_TO_MY_ORG, REFERRAL_NAMES_IT, REFERRED
from fac.access.rendering import render, search
from fac.access.standing import Standing, actor_parameter
from fac.db.aliased import another
from fac.db.consent import releases
from fac.db.organization import agreements, organizations
from fac.db.referral import referral_persons, referrals
from fac.db.statement import among
from fac.domain import substance_use
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


def today() -> ColumnElement[Any]:
    """Return the day of the request (UTC), by which agreements and credentials end."""
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
        Fact("agreement_has_begun", ("agreement",), lambda at: at["agreement"].c.effective_on <= today()),
        Fact("agreement_is_not_over", ("agreement",), lambda at: at["agreement"].c.expires_on > today()),
        Fact("agreement_was_not_ended", ("agreement",), lambda at: at["agreement"].c.ended_at.is_(None)),
    ),
)
OF_THE_PURPOSE = Link(
    "referral_has_the_purpose", ("referral", "release"), lambda at: at["release"].c.purpose, "purpose"
)
ACTIVE = Some(
    "referral",
    referrals,
    (
        OF_THE_PURPOSE,
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
IN_FORCE = (
    Fact(
        "release_is_to_my_org",
        ("release",),
        lambda at: at["release"].c.organization_id == actor_parameter("my_organization"),
    ),
    Fact("release_is_not_revoked", ("release",), lambda at: at["release"].c.revoked_at.is_(None)),
    Fact("release_has_begun", ("release",), lambda at: at["release"].c.effective_at <= actor_parameter("now")),
    Fact("release_is_not_over", ("release",), lambda at: at["release"].c.expires_at > actor_parameter("now")),
)
# A general release never covers substance-use information: one that does names it (domain invariant 12; 42 CFR 2.31).
NAMES_SUBSTANCE_USE = Fact(
    "release_names_substance_use",
    ("release",),
    lambda at: at["release"].c.classes.op("&")(literal_column(str(substance_use.BIT))) != literal_column("0"),
)
# Whoever is referred to such a program is so for what it treats: nothing of them goes there without such a consent.
TO_A_PROGRAM = Fact(
    "release_is_to_a_substance_use_program",
    ("release",),
    lambda at: at["release"].c.organization_id.in_(
        select(organizations.c.id).where(
            organizations.c.confidentiality_regime == literal_column(f"'{substance_use.REGIME}'")
        )
    ),
)
NEED_IS_SUBSTANCE_USE = Fact("need_is_substance_use", ("row",), lambda at: among(at.of.row.c.code, substance_use.NEEDS))
# A referral's own words may speak of any need it names, also of one that the reader's login is not shown. One without
# words is as any other, so that what is masked does not tell.
SPEAKS_OF_SUCH_A_NEED = Fact(
    "referral_speaks_of_substance_use",
    ("row",),
    lambda at: and_(at.of.row.c.names_substance_use, at.of.row.c.reason.is_not(None)),
)


def _released(*about_substance_use: Formula) -> Some:
    """Return a release in force; where one of ``about_substance_use`` holds, one that names substance use."""
    return Some(
        "release",
        releases,
        (Link("release_is_of_the_person", ("release", "person"), _person_of, "person_id"),),
        every(*IN_FORCE, ACTIVE, either(NAMES_SUBSTANCE_USE, Not(either(TO_A_PROGRAM, *about_substance_use)))),
    )


RELEASED = _released()
# A need that says so is not even there for a recipient without a consent to it: neither listed nor counted. With one it
# is shown as any other is, from the moment the referral was sent.
SUBSTANCE_USE_UNRELEASED = every(
    NEED_IS_SUBSTANCE_USE,
    Not(
        every(
            AGREED,
            Some(
                "release",
                releases,
                (Link("release_is_of_whose_need", ("release", "row"), lambda at: at.of.row.c.person_id, "person_id"),),
                every(
                    *IN_FORCE,
                    NAMES_SUBSTANCE_USE,
                    Some("referral", referrals, (OF_THE_PURPOSE, REFERRAL_NAMES_IT), REFERRED.where),
                ),
            ),
        )
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
    "need": Opening(AGREED, _released(NEED_IS_SUBSTANCE_USE), first=REFERRED),
    "referral": Opening(AGREED, _released(SPEAKS_OF_SUCH_A_NEED), first=replace(ACTIVE, links=()), of_everyone=True),
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
