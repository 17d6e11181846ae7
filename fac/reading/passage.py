"""By which referrals and releases a partner organisation sees something of a case, and until when.

The rows are found by the very formulas that let the partner in (fac.access.opened, fac.access.relation).
Never: find a release that opens nothing, or a referral that does not lead to the case.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, func, select, true

from fac.access.formula import Scene
from fac.access.opened import AGREED, RELEASED
from fac.access.referred import REFERRED
from fac.access.rendering import holds, render, search
from fac.access.standing import Above, Standing, actor_parameter
from fac.db.person import persons
from fac.db.referral import referrals


def passages(own: FromClause) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Return two arrays about the actor and the case ``own``: its referrals to them, and the releases that open it.

    Of a referral (id,); of a release (id, person, classes, when it expires, on which day the agreement does).
    """
    return _referrals(own), _releases(own)


def _referrals(own: FromClause) -> ColumnElement[Any]:
    row = referrals.alias()
    leading = select(func.row(row.c.id)).where(
        row.c.incident_id == actor_parameter("incident"),
        row.c.case_id == own.c.id,
        holds(REFERRED, Standing("referral", row, own.c.id, Above(case=own))),
    )
    # Whoever the actor stands for is of the statement around, as the case is.
    return func.array(leading.order_by(row.c.id).correlate_except(row).scalar_subquery())


def _releases(own: FromClause) -> ColumnElement[Any]:
    person = persons.alias()
    scene = Scene(Standing("person", person, own.c.id, Above(case=own)))
    release, agreement = search(RELEASED, scene), search(AGREED, scene)
    ends_on = agreement.select(func.max(agreement.found.c.expires_on), agreement.links).scalar_subquery()
    found = release.found.c
    each = release.select(found.id, release.links).add_columns(found.classes, found.expires_at).lateral()
    opening = (
        select(func.row(each.c.id, person.c.id, each.c.classes, each.c.expires_at, ends_on))
        .select_from(person.join(each, true()))
        .where(
            person.c.incident_id == actor_parameter("incident"),
            person.c.case_id == own.c.id,
            render(AGREED, scene),
        )
    )
    return func.array(opening.order_by(each.c.id).correlate_except(person, each).scalar_subquery())
