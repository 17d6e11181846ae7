"""On what a referral may carry personal data: a release of every person, and an agreement, both in force now.

For those who counsel, a credential too (fac.casework.referral.credentialed).

The same facts as fac.access.scope asks of every read; here they are asked before a step and held still for it.
Never: count a release for another organisation or purpose.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, literal_column, or_, select

from fac.access.guard import Reason
from fac.casework.loading import Loaded
from fac.casework.referral.credentialed import without_provider
from fac.casework.referral.stepping import persons_of
from fac.casework.work import Work
from fac.db.consent import releases
from fac.db.organization import agreements, organizations
from fac.db.referral import referral_persons
from fac.db.statement import Statement
from fac.domain.substance_use import BIT, REGIME
from fac.domain.vocabulary import ReferralKind
from fac.errors import NotPermitted

_released = Statement(
    select(releases.c.person_id)
    .select_from(
        referral_persons.join(
            releases,
            and_(
                releases.c.incident_id == referral_persons.c.incident_id,
                releases.c.person_id == referral_persons.c.person_id,
            ),
        )
    )
    .where(
        referral_persons.c.incident_id == bindparam("incident_id"),
        referral_persons.c.referral_id == bindparam("referral_id"),
        releases.c.organization_id == bindparam("organization_id"),
        releases.c.purpose == bindparam("purpose"),
        releases.c.revoked_at.is_(None),
        releases.c.effective_at <= bindparam("now"),
        releases.c.expires_at > bindparam("now"),
        # To a program for substance use nothing goes on a general release (fac.access.opened).
        or_(
            releases.c.classes.op("&")(literal_column(str(BIT))) != literal_column("0"),
            bindparam("organization_id", type_=Uuid).not_in(
                select(organizations.c.id).where(organizations.c.confidentiality_regime == REGIME)
            ),
        ),
    )
    .with_for_update(read=True, of=releases)
)
_agreed = Statement(
    select(agreements.c.id)
    .where(
        agreements.c.incident_id == bindparam("incident_id"),
        agreements.c.organization_id == bindparam("organization_id"),
        agreements.c.effective_on <= bindparam("today"),
        agreements.c.expires_on > bindparam("today"),
        agreements.c.ended_at.is_(None),
    )
    .limit(1)
    .with_for_update(read=True)
)


_program = Statement(
    select(organizations.c.id).where(
        organizations.c.id == bindparam("id"), organizations.c.confidentiality_regime == REGIME
    )
)


@dataclass(frozen=True, slots=True)
class Lacking:
    """What stands between the referral and its recipient: the agreement, and persons without release or provider."""

    releases_of: Sequence[UUID]
    agreement: bool
    providers_for: Sequence[UUID] = ()

    def __bool__(self) -> bool:
        return bool(self.releases_of or self.providers_for) or self.agreement


async def is_program(work: Work, organization_id: UUID) -> bool:
    """Tell whether the organisation is a program for substance use (42 CFR Part 2)."""
    return await _program.value(work.connection, id=organization_id) is not None


async def lacking(work: Work, referral: Loaded) -> Lacking:
    """Return what the referral lacks at this moment; one that carries no personal data lacks nothing."""
    if referral["kind"] == ReferralKind.information_only:
        return Lacking((), agreement=False)
    whose = {"incident_id": work.incident_id, "organization_id": referral["organization_id"]}
    rows = await _released.all(
        work.connection, **whose, referral_id=referral["id"], purpose=referral["purpose"], now=work.now
    )
    released = {each["person_id"] for each in rows}
    agreed = await _agreed.value(work.connection, **whose, today=work.now.date())
    wanting = [each for each in await persons_of(work, referral) if each not in released]
    return Lacking(wanting, agreement=agreed is None, providers_for=await without_provider(work, referral))


async def demand_basis(work: Work, referral: Loaded) -> None:
    """Raise NotPermitted, saying what is lacking, unless the referral may carry what it is for."""
    found = await lacking(work, referral)
    if found.agreement:
        raise NotPermitted("needs_agreement", requestable=True)
    if found.providers_for:
        raise NotPermitted("needs_credential", requestable=True)
    if found:
        raise NotPermitted(Reason.needs_release, requestable=True)
