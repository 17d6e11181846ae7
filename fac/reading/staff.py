"""Hats as readers see them: who is on duty as what, where.

Never: show how to sign in.
"""

from sqlalchemy import literal_column

from fac.db.staff import accounts, memberships
from fac.domain.vocabulary import InfoClass, Role
from fac.reading.noun import Access, Noun, One, Order, Root, plain

ACCOUNT = Noun(
    "Account",
    7,
    "membership",
    accounts,
    plain("id", "display_name") | {"access": Access()},
    inherits=InfoClass.outline.bit | InfoClass.workforce.bit,
)
MEMBERSHIP = Noun(
    "Membership",
    8,
    "membership",
    memberships,
    plain("id", "role", "started_at", "ended_at", "vetted_at", "vetted_until")
    | {
        "vettedBy": One("Membership", "vetted_by"),
        "account": One("Account", "account_id"),
        "organization": One("Organization", "organization_id"),
        "center": One("Center", "center_id"),
        "access": Access(),
    },
)
ROOTS = (
    Root("viewer", "Membership", fixed="me"),
    # Who is on duty: nobody served is, though each acts in a hat too (fac.db.portal_access).
    Root(
        "memberships",
        "Membership",
        order=Order("started_at"),
        filters={"role": "role"},
        where=lambda hat: hat.c.role != literal_column(f"'{Role.family_member}'"),
    ),
)
