"""Hats and sessions: who is on duty as what, where; given, ended, and signed in to.

Never: give a hat to oneself, or beside a role it must be kept apart from; keep or log a token; leave a family's case
with somebody who has gone.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, exists, select, update

from fac.access.actor import Actor
from fac.access.login import new_token
from fac.audit.ledger import Circumstances
from fac.casework.loading import load
from fac.casework.organization import require_organization, standing_of
from fac.casework.second_factor import demand_proof
from fac.casework.work import OUTLINE, Result, Tools, Work
from fac.db.case import cases
from fac.db.incident import centers
from fac.db.staff import accounts, memberships, sessions
from fac.db.statement import Connection, Row, Statement, insert_into
from fac.domain.ids import new_id
from fac.domain.text import refuse, require_texts
from fac.domain.vocabulary import CaseStatus, InfoClass, Role
from fac.errors import InvalidInput, InvalidTransition, NotFound, NotSignedIn

CENTER_ROLES = (
    Role.intake_worker, Role.reunification_worker, Role.case_manager, Role.supervisor, Role.volunteer,
)  # fmt: skip
LONGEST_SESSION = timedelta(days=366)
USUAL_IDLE, LONGEST_IDLE = timedelta(minutes=30), timedelta(hours=24)
SHORTEST_IDLE = timedelta(minutes=5)  # longer than use may go unwritten (MOVED_ON_EVERY), or it would end in use
_LISTED = OUTLINE | InfoClass.workforce.bit
_NOT_ISSUED = (Role.system_worker, Role.family_member)

insert_account = insert_into(accounts, or_ignore=True)
_lock_account = Statement(select(accounts.c.id).where(accounts.c.login == bindparam("login")).with_for_update())
_insert_membership = insert_into(memberships)
insert_session = insert_into(sessions)
_hats_of = Statement(
    select(memberships).where(
        memberships.c.incident_id == bindparam("incident_id"),
        memberships.c.account_id == bindparam("account_id"),
        memberships.c.ended_at.is_(None),
    )
)
_closed_at_of = Statement(
    select(centers.c.id, centers.c.closed_at)
    .where(centers.c.incident_id == bindparam("incident_id"), centers.c.id == bindparam("id"))
    .with_for_update(read=True, key_share=False)
)
_administrators = Statement(
    select(memberships.c.id)
    .where(
        memberships.c.incident_id == bindparam("incident_id"),
        memberships.c.role == Role.system_administrator,
        memberships.c.ended_at.is_(None),
    )
    .order_by(memberships.c.id)
    .with_for_update()
)
_carries_cases = Statement(
    select(
        exists().where(
            cases.c.incident_id == bindparam("incident_id"),
            cases.c.responsible_id == bindparam("membership_id"),
            cases.c.status != CaseStatus.closed,
        )
    )
)
end_hat = Statement(
    update(memberships)
    .where(memberships.c.incident_id == bindparam("of_incident"), memberships.c.id == bindparam("of_id"))
    .values(ended_at=bindparam("to_ended_at"))
)
revoke_all = Statement(
    update(sessions)
    .where(
        sessions.c.incident_id == bindparam("of_incident"),
        sessions.c.membership_id == bindparam("of_membership"),
        sessions.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("to_revoked_at"))
)
_find_administrator = Statement(
    select(memberships)
    .join(accounts, accounts.c.id == memberships.c.account_id)
    .where(
        memberships.c.incident_id == bindparam("incident_id"),
        accounts.c.login == bindparam("login"),
        memberships.c.role == Role.system_administrator,
        memberships.c.ended_at.is_(None),
    )
    .order_by(memberships.c.started_at)
)


async def lock_account(connection: Connection, login: str, display_name: str, now: datetime) -> UUID:
    """Return the account of ``login``, made if there is none, locked so that two grants to it wait for each other."""
    known_as = login.strip().casefold()
    await insert_account.run(connection, id=new_id(), login=known_as, display_name=display_name.strip(), created_at=now)
    found: UUID = await _lock_account.value(connection, login=known_as)
    return found


async def insert_membership(connection: Connection, hat: Actor, now: datetime) -> None:
    """Write the hat that ``hat`` names."""
    await _insert_membership.run(
        connection, incident_id=hat.incident_id, id=hat.membership_id, account_id=hat.account_id, role=hat.role,
        organization_id=hat.organization_id, center_id=hat.center_id, started_at=now, ended_at=None, vetted_by=None,
        vetted_at=None, vetted_until=None,
    )  # fmt: skip


async def grant_membership(
    work: Work, *, login: str, display_name: str, role: Role, organization_id: UUID, center_id: UUID | None
) -> Result:
    """Give an account a role for an organisation, at a center if the role works at one.

    An account that exists keeps its name: it may belong to other incidents too. Raises InvalidInput for a hat nobody
    may have, NotFound for an unknown organisation or center, NotPermitted without a fresh proof (needs_step_up).
    """
    held = _standing_of_hat(work, role, organization_id, center_id)
    permit = work.demand("grant", "membership", held=held, info=_LISTED)
    refuse(require_texts(login=login, displayName=display_name))
    await require_organization(work.connection, organization_id)
    await _refuse_place(work, role, center_id)
    account_id = await lock_account(work.connection, login, display_name, work.now)
    hat = Actor(work.incident_id, new_id(), account_id, None, role, organization_id, center_id)
    await _refuse_combination(work, hat)
    await demand_proof(work)
    await insert_membership(work.connection, hat, work.now)
    work.tell("membership.granted", permit.record, hat.membership_id, role=role, organization=organization_id)
    return {"membership": str(hat.membership_id)}


def _standing_of_hat(work: Work, role: Role, organization_id: UUID, center_id: UUID | None) -> tuple[str, ...]:
    """Return the relations in which a new hat would stand to the actor."""
    held = list(standing_of(work, organization_id))
    if center_id is not None and center_id == work.actor.center_id:
        held.append("my_center")
    if role is Role.partner_user and "my_org" in held:
        held.append("partner_users_of_my_org")
    return tuple(held)


async def _refuse_place(work: Work, role: Role, center_id: UUID | None) -> None:
    if role is Role.system_worker:
        raise InvalidInput.at("role", "not_for_people", "The system's own hat is worn by nobody.")
    if role is Role.family_member:
        raise InvalidInput.at("role", "portal_only", "Who is served is given a portal access, by who carries the case.")
    if role not in CENTER_ROLES:
        if center_id is not None:
            raise InvalidInput.at("centerId", "not_at_a_center", "This role works at no center.")
        return
    if center_id is None:
        raise InvalidInput.at("centerId", "required", "This role works at a center.")
    center = await _closed_at_of.first(work.connection, incident_id=work.incident_id, id=center_id)
    if center is None:
        raise NotFound
    if center["closed_at"] is not None:
        raise InvalidInput.at("centerId", "closed", "This center is closed.")


async def _refuse_combination(work: Work, hat: Actor) -> None:
    if hat.account_id == work.actor.account_id:
        raise InvalidInput.at("login", "own_account", "Nobody gives themselves a role.")
    worn = await _hats_of.all(work.connection, incident_id=hat.incident_id, account_id=hat.account_id)
    if work.tools.policy.conflicts(hat.role, [Role(each["role"]) for each in worn]):
        raise InvalidInput.at(
            "role", "kept_apart", "This person has a role here that must be kept apart from this one."
        )
    same = (hat.role, hat.organization_id, hat.center_id)
    if any((each["role"], each["organization_id"], each["center_id"]) == same for each in worn):
        raise InvalidInput.at("login", "has_it_already", "This person has this role already.")


async def end_membership(work: Work, membership_id: UUID) -> Result:
    """End a hat: its sessions die with it, at once.

    Raises InvalidInput while it is accountable for an open case, or when it is the last administrator's or the
    system's own; InvalidTransition when it has ended; NotPermitted without a fresh proof (needs_step_up).
    """
    hat = await load(work, "membership", membership_id, action="end", info=_LISTED)
    if hat["ended_at"] is not None:
        raise InvalidTransition(state="ended", verb="end")
    await _refuse_needed(work, hat.row)
    await demand_proof(work)
    await end_hat.run(work.connection, of_incident=work.incident_id, of_id=membership_id, to_ended_at=work.now)
    await revoke_all.run(
        work.connection, of_incident=work.incident_id, of_membership=membership_id, to_revoked_at=work.now
    )
    work.tell("membership.ended", "membership", membership_id, role=hat["role"])
    return {"membership": str(membership_id)}


async def _refuse_needed(work: Work, hat: Row) -> None:
    if hat["role"] == Role.system_worker:
        raise InvalidInput.at("membershipId", "not_for_people", "The system's own hat does not end.")
    if hat["role"] == Role.family_member:
        raise InvalidInput.at("membershipId", "portal_only", "Withdraw the portal access instead.")
    if await _carries_cases.value(work.connection, incident_id=work.incident_id, membership_id=hat["id"]):
        raise InvalidInput.at("membershipId", "carries_cases", "Assign their open cases to somebody else first.")
    if hat["role"] == Role.system_administrator:
        others = await _administrators.all(work.connection, incident_id=work.incident_id)
        if len(others) == 1:
            raise InvalidInput.at("membershipId", "last_administrator", "Give somebody else this role first.")


async def act_for_administrator(
    connection: Connection, tools: Tools, *, incident_id: UUID, login: str, operation: str, now: datetime
) -> Work:
    """Return the work of an administrator at the machine itself, where no session is asked for.

    Raises NotSignedIn when ``login`` administers no such incident.
    """
    hat = await _find_administrator.first(connection, incident_id=incident_id, login=login.strip().casefold())
    if hat is None:
        raise NotSignedIn
    role = Role(hat["role"])
    actor = Actor(incident_id, hat["id"], hat["account_id"], None, role, hat["organization_id"], hat["center_id"])
    return Work(connection, actor, tools, Circumstances(now, tools.policy.version, new_id()), operation)


async def issue_session(
    work: Work,
    membership_id: UUID,
    *,
    expires_at: datetime,
    idle: timedelta | None = USUAL_IDLE,
    material: bytes | None = None,
) -> str:
    """Return the token of a new session of a hat: shown once, kept as a hash only.

    It ends at ``expires_at``, or after so much disuse: minutes, None (for demonstrations) for never. ``material`` (32
    bytes, for demonstrations) makes the token repeatable; left out it is random. Raises InvalidInput for an end in the
    past or more than a year ahead, for idling shorter than 5 minutes or longer than a day, or beside a hat that must be
    kept apart from this one, InvalidTransition for a hat that has ended.
    """
    hat = await load(work, "membership", membership_id, action="grant", info=_LISTED)
    if hat["ended_at"] is not None or hat["role"] in _NOT_ISSUED:
        raise InvalidTransition(state="ended" if hat["ended_at"] else hat["role"], verb="issue")
    worn = await _hats_of.all(work.connection, incident_id=work.incident_id, account_id=hat["account_id"])
    if work.tools.policy.conflicts(Role(hat["role"]), [Role(each["role"]) for each in worn]):
        raise InvalidInput.at("membershipId", "kept_apart", "End one of the two hats of this person first.")
    if not work.now < expires_at <= work.now + LONGEST_SESSION:
        raise InvalidInput.at("expiresAt", "out_of_range", "A session ends in the future, within a year.")
    if idle is not None and not SHORTEST_IDLE <= idle <= LONGEST_IDLE:
        raise InvalidInput.at("idle", "out_of_range", "A session lapses after five minutes to a day of disuse.")
    token, hashed = new_token(work.incident_id, material)
    session_id = new_id()
    await insert_session.run(
        work.connection, incident_id=work.incident_id, id=session_id, membership_id=membership_id, token_hash=hashed,
        created_at=work.now, expires_at=expires_at, revoked_at=None,
        idle_minutes=None if idle is None else idle // timedelta(minutes=1),
        lapses_at=None if idle is None else work.now + idle,
    )  # fmt: skip
    work.tell("session.issued", "membership", membership_id, session=session_id, expires_at=expires_at.isoformat())
    return token


async def revoke_sessions(work: Work, membership_id: UUID) -> int:
    """End every session of a hat, which keeps the hat; returns how many there were."""
    await load(work, "membership", membership_id, action="grant", info=_LISTED)
    ended = await revoke_all.run(
        work.connection, of_incident=work.incident_id, of_membership=membership_id, to_revoked_at=work.now
    )
    work.tell("session.revoked", "membership", membership_id, sessions=ended)
    return ended
