"""The relations of somebody served: what is about themself, and what is about a child they are the guardian of.

Both begin at a portal access that a worker gave for one person and that stands: not withdrawn, not lapsed, and not
held by somebody restricted, whenever that was written down (domain invariant 5). A guardian's ends with the authority,
with childhood as the age band has it, and before what the minor lawfully consented to alone.
Never: reach from one person of a family to another.
"""

from typing import Any

from sqlalchemy import ColumnElement, Uuid, literal_column, null, true, type_coerce

from fac.access.formula import Fact, Formula, Link, Not, Scene, Some, Through, every
from fac.access.standing import actor_parameter
from fac.db.consent import release_signatories, releases
from fac.db.person import persons, relationships
from fac.db.portal_access import portal_accesses
from fac.db.referral import referral_persons
from fac.db.statement import among
from fac.domain.consent import MINOR_BANDS

ACCESS = "portal_access"


def _concerned(at: Scene) -> ColumnElement[Any]:
    return at.of.row.c.id if at.of.record in ("person", "referral") else at.of.row.c.person_id


def _named_in_referrals(at: Scene) -> Through | None:
    """A referral concerns everyone it names."""
    return Through(referral_persons, "person_id", "referral_id", "person_id") if at.of.record == "referral" else None


def _recipient(at: Scene) -> ColumnElement[Any]:
    is_to_somebody = at.of.record in ("referral", "release")
    return at.of.row.c.organization_id if is_to_somebody else type_coerce(null(), Uuid())


def _of_the_access(column: str, names: str, far: str) -> Link:
    return Link(names, (names.partition("_")[0], ACCESS), lambda at: at[ACCESS].c[column], far)


def _of_a_referral(name: str, condition: Any) -> Fact:
    return Fact(name, ("row",), lambda at: condition(at.of.row.c) if at.of.record == "referral" else true())


IS_RESTRICTED = Some(
    "tie",
    relationships,
    (_of_the_access("holder_id", "tie_is_of_the_holder", "person_id"),),
    Fact("tie_forbids", ("tie",), lambda at: at["tie"].c.is_restricted),
)
IN_FORCE = every(
    Fact("access_is_not_withdrawn", (ACCESS,), lambda at: at[ACCESS].c.withdrawn_at.is_(None)),
    Fact("access_has_not_lapsed", (ACCESS,), lambda at: at[ACCESS].c.expires_at > actor_parameter("now")),
    Not(IS_RESTRICTED),
)
HAS_AUTHORITY = Some(
    "authority",
    relationships,
    (
        _of_the_access("holder_id", "authority_is_of_the_holder", "person_id"),
        _of_the_access("person_id", "authority_is_over_the_person", "other_person_id"),
    ),
    Fact("authority_is_to_consent", ("authority",), lambda at: at["authority"].c.has_consent_authority),
)
IS_A_MINOR = Some(
    "minor",
    persons,
    (_of_the_access("person_id", "minor_is_the_person", "id"),),
    Fact("minor_was_so_at_intake", ("minor",), lambda at: among(at["minor"].c.age_band, MINOR_BANDS)),
)
# To whom a minor lawfully consented alone, the guardian is not told of (45 CFR 164.502(g)(3)).
CONSENTED_ALONE = Some(
    "alone",
    releases,
    (
        _of_the_access("person_id", "alone_is_of_the_person", "person_id"),
        Link("alone_is_to_the_recipient", ("alone", "row"), _recipient, "organization_id"),
    ),
    Some(
        "signature",
        release_signatories,
        (Link("signature_is_under_it", ("signature", "alone"), lambda at: at["alone"].c.id, "release_id"),),
        Fact(
            "signature_is_the_minors_alone",
            ("signature",),
            lambda at: at["signature"].c.capacity == literal_column("'minor_may_consent'"),
        ),
    ),
)
IS_THE_HOLDER = Fact(
    "access_is_the_persons_own", (ACCESS,), lambda at: at[ACCESS].c.holder_id == at[ACCESS].c.person_id
)


def _mine(*rules: Formula) -> Formula:
    return every(
        # What was not sent, or should not have been, is the working paper of whoever writes it.
        _of_a_referral("row_if_referral_was_sent", lambda row: row.sent_at.is_not(None)),
        _of_a_referral("row_if_referral_is_no_mistake", lambda row: row.status != literal_column("'entered_in_error'")),
        Some(
            ACCESS,
            portal_accesses,
            (
                Link(
                    "access_is_about_the_row",
                    (ACCESS, "row"),
                    _concerned,
                    "person_id",
                    through=_named_in_referrals,
                    names_the_row=True,
                ),
                Link("access_is_mine", (ACCESS,), lambda _: actor_parameter("me"), "id"),
            ),
            every(IN_FORCE, *rules),
            leads="always",
        ),
    )


ABOUT_ME = _mine(IS_THE_HOLDER)
GUARDIAN_OF = _mine(HAS_AUTHORITY, IS_A_MINOR, Not(CONSENTED_ALONE))
