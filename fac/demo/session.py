"""Actors to look around as: one of each role, and several partners, with tokens that follow from the folder's secret.

But for somebody served: their token is the one on the paper they were handed (fac.demo.portal).
Never: keep a token; the same secret makes the same one again.
"""

import hashlib
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from sqlalchemy import bindparam, select

from fac.access.actor import Actor
from fac.access.login import new_token
from fac.casework.staff import LONGEST_SESSION, issue_session
from fac.db.claims import Claims
from fac.db.incident import centers, incidents
from fac.db.organization import organizations
from fac.db.staff import accounts, memberships, sessions
from fac.db.statement import Row, Statement
from fac.demo.directory import ADMINISTRATOR, FUND_ADMINISTRATOR, LIAISON, login_of, partner_login
from fac.demo.portal import served_actor
from fac.demo.telling import Telling
from fac.domain.vocabulary import CenterKind, Role
from fac.errors import NotSignedIn

if TYPE_CHECKING:
    from fac.api.context import Parts

Introduced: TypeAlias = "dict[str, str | None]"

_SHOWN_PARTNERS: Final = (0, 3, 8, 9, 12, 29)
_LASTS: Final = LONGEST_SESSION - timedelta(days=1)
SHOWN: Final = (
    *(
        login_of(role, kind, 1)
        for kind in CenterKind
        for role in (Role.intake_worker, Role.case_manager, Role.supervisor)
    ),
    *(
        login_of(role, CenterKind.reunification_center, number)
        for role, number in ((Role.reunification_worker, 1), (Role.volunteer, 1), (Role.volunteer, 2))
    ),
    *(partner_login(number) for number in _SHOWN_PARTNERS),
    f"administrator.{partner_login(0)}",
    FUND_ADMINISTRATOR,
    LIAISON,
    "reports@example.org",
    "auditor@example.org",
    "privacy_officer@example.org",
    ADMINISTRATOR,
)
_stages = Statement(select(incidents.c.id).order_by(incidents.c.is_exercise, incidents.c.name))
_hats = Statement(
    select(
        memberships, accounts.c.login, accounts.c.display_name.label("name"),
        organizations.c.name.label("organization"), centers.c.name.label("center"),
    )
    .join(accounts, accounts.c.id == memberships.c.account_id)
    .join(organizations, organizations.c.id == memberships.c.organization_id)
    .outerjoin(
        centers,
        (centers.c.incident_id == memberships.c.incident_id) & (centers.c.id == memberships.c.center_id),
    )
    .where(memberships.c.incident_id == bindparam("incident_id"), memberships.c.ended_at.is_(None))
)  # fmt: skip
_find_session = Statement(
    select(sessions.c.expires_at, sessions.c.revoked_at).where(
        sessions.c.incident_id == bindparam("incident_id"), sessions.c.token_hash == bindparam("token_hash")
    )
)


async def actors(parts: "Parts", secret: bytes) -> list[Introduced]:
    """Return ``{role, name, organization, center, token}`` of the shown actors, the real incident's first."""
    introduced: list[Introduced] = []
    async with parts.database.transaction(Claims.of_system()) as connection:
        stages = await _stages.all(connection)
    for stage in stages:
        async with parts.database.transaction(Claims.of_system(stage["id"])) as connection:
            telling = Telling(connection, parts.tools, parts.clock())
            rows = {row["login"]: row for row in await _hats.all(connection, incident_id=stage["id"])}
            if ADMINISTRATOR in rows:
                administrator = _actor(rows[ADMINISTRATOR])
                introduced += [
                    await _introduce(telling, administrator, rows[login], secret) for login in SHOWN if login in rows
                ]
                served = await served_actor(telling, administrator)
                introduced += [served] if served else []
    return introduced


async def _introduce(telling: Telling, administrator: Actor, row: Row, secret: bytes) -> Introduced:
    introduced = {name: row[name] for name in ("role", "name", "organization", "center")}
    for turn in range(256):  # a session that has ended makes room for the next
        material = hmac.digest(secret, row["incident_id"].bytes + row["id"].bytes + bytes([turn]), hashlib.sha256)
        token, hashed = new_token(row["incident_id"], material)
        found = await _find_session.first(telling.connection, incident_id=row["incident_id"], token_hash=hashed)
        if found is None:
            work = telling.work(administrator, telling.now, "issueSession")
            await issue_session(work, row["id"], expires_at=telling.now + _LASTS, idle=None, material=material)
            await work.finish()
        if found is None or (found["revoked_at"] is None and found["expires_at"] > telling.now):
            return introduced | {"token": token}
    raise NotSignedIn


def _actor(row: Row) -> Actor:
    role = Role(row["role"])
    return Actor(row["incident_id"], row["id"], row["account_id"], None, role, row["organization_id"], None)
