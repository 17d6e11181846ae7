"""Who asks: one person on duty in one role, organisation, center and incident (one hat a request).

Never: unite two roles, or stand for nobody; the system acts as an actor too.
"""

from dataclasses import dataclass
from uuid import UUID

from fac.domain.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """The hat a request is made in; identifiers and a role word, nothing personal."""

    incident_id: UUID
    membership_id: UUID
    account_id: UUID
    session_id: UUID | None
    role: Role
    organization_id: UUID
    center_id: UUID | None
