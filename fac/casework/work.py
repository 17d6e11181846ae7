"""One request's work: an actor, a transaction, and what must be written with the change.

The edge opens the transaction and commits it; in between a verb loads inside scope, asks the guard, steps a workflow,
and leaves its audit entries and jobs here. They are written in the same transaction, with the stored result by which
a retry converges.
Never: commit, use the network, act without an actor.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from sqlalchemy import DateTime, LargeBinary, Text, Uuid, bindparam, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as pg_insert

from fac.access import guard
from fac.access.actor import Actor
from fac.access.guard import Held, Permit
from fac.access.policy import Policy
from fac.audit.ledger import Circumstances, Entry, Ledger, Receipt, session_is_live
from fac.audit.left import leaves_its_event
from fac.audit.shred_ledger import ShredLedger
from fac.casework.disclosure import Disclosure
from fac.casework.proven import PROOFS
from fac.db import outbox
from fac.db.audit import idempotency_keys
from fac.db.statement import Connection, Statement
from fac.domain.vocabulary import InfoClass
from fac.errors import Busy, KeyReused, NotSignedIn

if TYPE_CHECKING:
    from fac.crypto.blind_index import BlindIndex
    from fac.crypto.mac import AuditMac
    from fac.crypto.one_time_code import FactorSecrets
    from fac.crypto.portal_token import PortalTokens
    from fac.crypto.signature import AuditSigner

Result: TypeAlias = dict[str, Any]  # ids and words only: it is stored for retries
OUTLINE = InfoClass.outline.bit


@dataclass(frozen=True, slots=True)
class Tools:
    """What every verb works with; made once a process."""

    policy: Policy
    ledger: Ledger
    disclosure: Disclosure
    blind_index: "BlindIndex"
    mac: "AuditMac"
    signer: "AuditSigner"
    factors: "FactorSecrets"
    portal_tokens: "PortalTokens"
    shred_ledger: ShredLedger


@dataclass(slots=True)
class Work:
    """The running request. ``operation`` is the GraphQL field, the same word in policy, audit and operations."""

    connection: Connection
    actor: Actor
    tools: Tools
    circumstances: Circumstances
    operation: str
    entries: list[Entry] = field(default_factory=list)
    jobs: list[tuple[str, datetime | None, dict[str, UUID]]] = field(default_factory=list)
    lasts: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    is_proven: bool = False  # by the second factor, for this act

    @property
    def now(self) -> datetime:
        """The instant of the request (UTC)."""
        return self.circumstances.at

    @property
    def incident_id(self) -> UUID:
        """The incident everything in this work belongs to."""
        return self.actor.incident_id

    def demand(self, action: str, record: str, *, held: Held, info: int = OUTLINE) -> Permit:
        """Return the guard's Permit; raises NotFound or NotPermitted."""
        return guard.demand(self.tools.policy, self.actor, action, record, info, held)

    def tell(
        self,
        event: str,
        record: str,
        record_id: UUID,
        *,
        subjects: Sequence[UUID] = (),
        classes: int = 0,
        **detail: Any,
    ) -> None:
        """Leave an audit entry to be written with the change; ``detail`` holds ids and words only."""
        plain = {name: str(value) if isinstance(value, UUID) else value for name, value in detail.items()}
        self.entries.append(Entry(event, self.operation, record, record_id, subjects, classes, plain))

    async def tell_now(
        self,
        event: str,
        record: str,
        record_id: UUID | None,
        *,
        subjects: Sequence[UUID],
        classes: int,
        **detail: Any,
    ) -> Receipt:
        """Write an audit row at once and return its receipt: needed before a sealed value is opened."""
        entry = Entry(event, self.operation, record, record_id, subjects, classes, detail)
        return await self.tools.ledger.append(self.connection, self.actor, entry, self.circumstances)

    def later(self, task: str, *, at: datetime | None = None, **ids: UUID) -> None:
        """Leave a job to be enqueued with the change; ids only. The incident and the acting hat are added."""
        self.jobs.append((task, at, ids))

    def at_last(self, act: Callable[[], Awaitable[None]]) -> None:
        """Leave what reaches outside the database, and so cannot be rolled back: it is done when nothing is left but
        the commit.
        """
        self.lasts.append(act)

    async def finish(self) -> None:
        """Write the audit entries and jobs that the verb left.

        Raises LookupError, and nothing is done, for an act that demanded no proof and is listed as asking for one.
        """
        if self.operation in PROOFS and not self.is_proven:
            raise LookupError(f"{self.operation} demanded no proof")
        if self.entries:
            await self.tools.ledger.append_all(self.connection, self.actor, self.entries, self.circumstances)
        for task, at, ids in self.jobs:
            await outbox.defer(self.connection, task, {"incident_id": self.incident_id} | ids, at=at)


Verb: TypeAlias = Callable[[Work], Awaitable[Result]]

_CLAIM_TYPES: dict[str, Any] = {
    "incident_id": Uuid, "membership_id": Uuid, "key": Uuid, "operation": Text, "digest": LargeBinary,
    "created_at": DateTime(timezone=True),
}  # fmt: skip
_claim = Statement(
    pg_insert(idempotency_keys)
    .from_select(
        list(_CLAIM_TYPES),
        select(
            *(
                bindparam("at" if name == "created_at" else name, type_=kind, required=True)
                for name, kind in _CLAIM_TYPES.items()
            )
        ).where(session_is_live()),
    )
    .on_conflict_do_nothing()
)
_stored = Statement(
    select(idempotency_keys.c.operation, idempotency_keys.c.digest, idempotency_keys.c.result).where(
        idempotency_keys.c.incident_id == bindparam("incident_id"),
        idempotency_keys.c.membership_id == bindparam("membership_id"),
        idempotency_keys.c.key == bindparam("key"),
    )
)
_store = Statement(
    update(idempotency_keys)
    .where(
        idempotency_keys.c.incident_id == bindparam("in_incident"),
        idempotency_keys.c.membership_id == bindparam("of_membership"),
        idempotency_keys.c.key == bindparam("by_key"),
    )
    .values(result=bindparam("stored", type_=JSONB))
)


async def once(work: Work, key: UUID, payload: bytes, verb: Verb) -> Result:
    """Carry ``verb`` out, or return what it returned when ``key`` was first used.

    ``payload`` is the canonical request; only its keyed digest is stored (a digest of personal data is personal data).
    Two requests with one key wait for each other: the second finds the first's result. Raises KeyReused when the
    payload differs, Busy when the first is rolled back or still in flight, NotSignedIn when the session has ended;
    LookupError, and nothing is done, for a change that would leave no audit event of its own (fac.audit.left).
    """
    names = {"incident_id": work.incident_id, "membership_id": work.actor.membership_id, "key": key}
    said = [work.operation.encode(), payload]
    digest = work.tools.mac.tag(said)
    claimed = await _claim.run(
        work.connection,
        **names, operation=work.operation, digest=digest, at=work.now, session_id=work.actor.session_id,
    )  # fmt: skip
    if not claimed:
        return await _earlier(work, names, said)
    result = await verb(work)
    if not leaves_its_event(work.operation, work.entries):
        raise LookupError(f"{work.operation} left no audit event of its own")
    await work.finish()
    await _store.run(
        work.connection, in_incident=work.incident_id, of_membership=work.actor.membership_id, by_key=key, stored=result
    )
    for act in work.lasts:
        await act()
    return result


async def _earlier(work: Work, names: Mapping[str, UUID], said: Sequence[bytes]) -> Result:
    found = await _stored.first(work.connection, **names)
    if found is None:
        raise NotSignedIn
    if found["operation"] != work.operation or not work.tools.mac.verify(said, bytes(found["digest"])):
        raise KeyReused
    if found["result"] is None:
        raise Busy
    result: Result = found["result"]
    return result
