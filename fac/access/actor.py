"""Who asks: one person on duty in one role, organisation, center and incident (one hat a request).

Never: unite two roles, or stand for nobody; the system acts as an actor too.
"""

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from fac.db.claims import LOGIN_OF, Claims
from fac.domain.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """The hat a request is made in; identifiers and a role word, nothing personal.

    Somebody served acts for no organisation: ``organization_id`` is None, and no relation by organisation holds.
    """

    incident_id: UUID
    membership_id: UUID
    account_id: UUID
    session_id: UUID | None
    role: Role
    organization_id: UUID | None
    center_id: UUID | None

    @property
    def claims(self) -> Claims:
        """What this hat's transactions claim, in the pool of its role."""
        return _claims_of(self)


@lru_cache(maxsize=10_000)
def _claims_of(actor: Actor) -> Claims:
    return Claims(
        LOGIN_OF[actor.role],
        incident=actor.incident_id,
        membership=actor.membership_id,
        account=actor.account_id,
        organization=actor.organization_id,
        center=actor.center_id,
        session=actor.session_id,
        role=actor.role,
    )
