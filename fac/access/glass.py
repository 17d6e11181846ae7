"""Which breakings of the glass stand while somebody reads, and whose records they opened: for the audit row.

Never: decide anything; what broken glass opens is the relation ``broken_glass`` and the policy's to say.
"""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from fac.access.guard import READ
from fac.access.policy import Policy
from fac.access.standing import actor_parameter
from fac.db.aliased import another
from fac.db.glass import glass_breaks
from fac.db.person import persons
from fac.domain.vocabulary import Role

GLASS = "broken_glass"


def may_break(policy: Policy, role: Role) -> bool:
    """Tell whether the role reads anything by broken glass; the statements of all others ask nothing about it."""
    return any(
        grant.relation == GLASS and grant.allowed
        for record in policy.records
        for grant in policy.grants(role, READ, record)
    )


def standing_glass() -> ColumnElement[Any]:
    """Return the actor's breakings that still stand as rows (id, case, its persons); asked once a statement.

    The persons are rows of one id each: the driver reads an array of ids inside a row only on a connection that has
    met one before, and the first read after a start may be one in an emergency.
    """
    glass, person = another(glass_breaks), another(persons)
    family = (
        select(func.row(person.c.id))
        .where(person.c.incident_id == actor_parameter("incident"), person.c.case_id == glass.c.case_id)
        .correlate(glass)
        .scalar_subquery()
    )
    standing = select(func.row(glass.c.id, glass.c.case_id, func.array(family))).where(
        glass.c.incident_id == actor_parameter("incident"),
        glass.c.broken_by == actor_parameter("me"),
        glass.c.ends_at > actor_parameter("now"),
    )
    return func.array(standing.scalar_subquery())


def under_glass(
    standing: Iterable[tuple[UUID, UUID, Collection[tuple[UUID]]]], subjects: Collection[UUID]
) -> list[str]:
    """Return the ids of the breakings on whose case one of ``subjects`` hangs."""
    read = frozenset(subjects)
    return sorted(
        {str(id) for id, case_id, family in standing if case_id in read or any(each[0] in read for each in family)}
    )
