"""From a bearer token to the actor it stands for.

The token carries its incident, so the look-up is by ``(incident_id, token_hash)``. Who a session belongs to never
changes, so that is remembered for a while; whether it still lives is checked again in the transaction of every read and
change (fac.audit.ledger), so a revocation holds from the next statement on.
A session that lapses by disuse is moved on where it is looked up, every few minutes of its use, in the look-up's own
transaction: a request writes nothing for it.
Never: log or keep a token; tell an unknown one from an expired one; let in who wears hats that are kept apart.
"""

import hashlib
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import DateTime, Uuid, bindparam, func, select, update

from fac.access.actor import Actor
from fac.db.claims import Claims, Login, logins_of
from fac.db.staff import memberships, session_lives, sessions
from fac.db.statement import Connection, Row, Statement
from fac.domain.vocabulary import Role
from fac.errors import NotPermitted, NotSignedIn

MOVED_ON_EVERY = timedelta(minutes=3)  # a session may lapse this much early, never late
_RANDOM_BYTES = 32
_MOST_REMEMBERED = 10_000

_instant = DateTime(timezone=True)
_hats = memberships.alias()
_worn = (
    select(func.array_agg(_hats.c.role))
    .where(
        _hats.c.incident_id == bindparam("incident_id"),
        _hats.c.account_id == memberships.c.account_id,
        _hats.c.ended_at.is_(None),
    )
    .correlate(memberships)
    .scalar_subquery()
)
_find = Statement(
    select(
        sessions.c.id.label("session_id"),
        sessions.c.idle_minutes,
        sessions.c.lapses_at,
        memberships.c.id,
        memberships.c.account_id,
        memberships.c.role,
        memberships.c.organization_id,
        memberships.c.center_id,
        _worn.label("worn"),
    ).where(
        sessions.c.incident_id == bindparam("incident_id"),
        sessions.c.token_hash == bindparam("token_hash"),
        *session_lives("now"),
    )
)
_move_on = Statement(
    update(sessions)
    .where(
        sessions.c.incident_id == bindparam("of_incident", type_=Uuid),
        sessions.c.id == bindparam("of_session", type_=Uuid),
        sessions.c.lapses_at < bindparam("to", type_=_instant),
    )
    .values(lapses_at=bindparam("to", type_=_instant))
)


def new_token(incident_id: UUID, material: bytes | None = None) -> tuple[str, bytes]:
    """Return a fresh token and the hash to keep of it; ``material`` (32 bytes) takes the place of chance."""
    if material is not None and len(material) != _RANDOM_BYTES:
        raise ValueError("a token is made of 32 bytes")
    token = incident_id.bytes + (material or secrets.token_bytes(_RANDOM_BYTES))
    return urlsafe_b64encode(token).decode(), hashlib.sha256(token).digest()


class SignIn:
    """Finds actors by token, remembering those it has found."""

    def __init__(self, roles: Collection[Role] = tuple(Role), separated: Collection[frozenset[Role]] = ()) -> None:
        self._roles = frozenset(roles)  # those this process serves; the others have no session here
        self._separated = tuple(separated)  # the roles nobody may combine (policies/separation.csv)
        self._login = next(iter(logins_of(roles)), Login.staff)
        # Each with the instant from which it is looked up again: None for a session that disuse does not end.
        self._known: OrderedDict[bytes, tuple[Actor, datetime | None]] = OrderedDict()

    def claims(self, token: str) -> Claims:
        """Return the claims under which the actor of ``token`` is looked for; raises NotSignedIn for what is none.

        The hat is not known yet: the incident of the token is claimed, in the first login that the process has.
        """
        return Claims(self._login, UUID(bytes=_unpacked(token)[:16]))

    def remembered(self, token: str, now: datetime) -> Actor | None:
        """Return the actor of a token seen before, without asking the database; None when it is time to ask again."""
        known = self._known.get(hashlib.sha256(_unpacked(token)).digest())
        if known is None or (known[1] is not None and known[1] <= now):
            return None
        return known[0]

    async def find(self, connection: Connection, token: str, now: datetime) -> Actor:
        """Return the actor; raises NotSignedIn when the token is unknown, revoked, expired or lapsed by disuse.

        Raises NotPermitted (kept_apart) while the person wears hats that nobody may combine: granting refuses them, and
        a line added to separation.csv since, or hats brought in another way, are found here.
        """
        packed = _unpacked(token)
        hashed = hashlib.sha256(packed).digest()
        incident_id = UUID(bytes=packed[:16])
        row = await _find.first(connection, incident_id=incident_id, token_hash=hashed, now=now)
        if row is None or row["role"] not in self._roles:
            self._known.pop(hashed, None)
            raise NotSignedIn
        worn = frozenset(Role(each) for each in row["worn"])
        if any(each <= worn for each in self._separated):
            self._known.pop(hashed, None)
            raise NotPermitted("kept_apart")
        actor = Actor(
            incident_id=incident_id,
            membership_id=row["id"],
            account_id=row["account_id"],
            session_id=row["session_id"],
            role=Role(row["role"]),
            organization_id=row["organization_id"],
            center_id=row["center_id"],
        )
        await _use(connection, actor, row, now)
        self._known[hashed] = actor, now + MOVED_ON_EVERY if row["idle_minutes"] else None
        if len(self._known) > _MOST_REMEMBERED:
            self._known.popitem(last=False)
        return actor

    def forget(self, token: str) -> None:
        """Forget a token, after its session was found ended; one that is no token at all was never known."""
        with suppress(NotSignedIn):
            self._known.pop(hashlib.sha256(_unpacked(token)).digest(), None)


async def _use(connection: Connection, actor: Actor, row: Row, now: datetime) -> None:
    """Move on when the session lapses, unless that was done moments ago, by whatever process."""
    if row["idle_minutes"] is None:
        return
    to = now + timedelta(minutes=row["idle_minutes"])
    if to - row["lapses_at"] >= MOVED_ON_EVERY:
        await _move_on.run(connection, of_incident=actor.incident_id, of_session=actor.session_id, to=to)


def _unpacked(token: str) -> bytes:
    try:
        packed = urlsafe_b64decode(token.encode("ascii"))
    except ValueError:
        raise NotSignedIn from None
    if len(packed) != 16 + _RANDOM_BYTES:
        raise NotSignedIn
    return packed
