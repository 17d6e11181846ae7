"""How a running process keeps up with the keys: it looks for changes twice a second, and says which state it holds.

A key is used only after every process holds it, and forgotten only after every process has let it go; so a rotation
waits for the holders (``settled``), and a process that has taken over new keys says so only when every transaction that
began under the old ones is over. It says that it is there before it looks for the first time, and goes on saying so
while it waits for a transaction or for the root; one that is not heard of for GONE_SECONDS is waited for no longer, and
by then it commits nothing any more under what it holds (a machine stood still): its lease is over, and what it had left
open the server has ended. So nothing is ever written under a key after a rotation from it was finished.
Never: stop serving because a look failed, or say that keys are held that are not.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import asyncpg

from fac.casework.work import Tools
from fac.crypto.keys import INDEX, KeyRing, KeyRow, KeyState, RootProvider
from fac.db import key_row
from fac.db.claims import Claims
from fac.db.engine import Database, instant
from fac.db.statement import Connection
from fac.domain.ids import new_id
from fac.errors import FacError, RotationBlocked
from fac.logs import get_log

EVERY_SECONDS: Final = 0.5
BEAT_SECONDS: Final = 5.0
LEASE_SECONDS: Final = 20.0  # a process silent for so long commits nothing until it has looked again
GONE_SECONDS: Final = 60.0  # longer by more than a transaction may be idle: so silent a process is not there any more
_PATIENCE_SECONDS: Final = 120.0
_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, FacError)


def as_key_row(row: Mapping[str, Any]) -> KeyRow:
    """Return a row of ``class_keys`` as the ring takes it."""
    return KeyRow(row["purpose"], row["epoch"], row["wrapped"], row["canary"], row["state"])


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys as the database has them; ``version`` is the one that subjects' keys are made in."""

    rows: Sequence[Mapping[str, Any]]
    version: int

    def of(self, purposes: Collection[str]) -> "Keys":
        """Return what of them concerns a process that serves ``purposes``."""
        return Keys([row for row in self.rows if row["purpose"] in purposes], self.version)

    @property
    def state(self) -> bytes:
        """A digest of which keys there are and what each is for; two processes that hold the same agree."""
        text = "".join(sorted(f"{row['purpose']}@{row['epoch']}={row['state']};" for row in self.rows))
        return sha256(f"{text}{self.version}".encode()).digest()


async def keys_now(connection: Connection) -> Keys:
    """Return the keys there are now."""
    rows = await key_row.all_class_keys.all(connection)
    return Keys([dict(row) for row in rows], int(await key_row.highest_target.value(connection, kind="dek") or 1))


async def holds_what_is_active(ring: KeyRing, connection: Connection) -> bool:
    """Tell whether ``ring`` can seal and open under the keys that are in force now, of each purpose it serves."""
    active = {row["purpose"]: row["epoch"] for row in await key_row.all_class_keys.all(connection)
              if row["state"] == KeyState.active}  # fmt: skip
    return all(active.get(purpose) in ring.epochs(purpose) for purpose in ring.purposes)


class Holder:
    """The keys of this process, kept up with the database's."""

    def __init__(self, database: Database, tools: Tools, ring: KeyRing, root: RootProvider) -> None:
        self._id = new_id()
        self._database = database
        self._tools = tools
        self._ring = ring
        self._root = root
        self._seen = self._taken = b""
        self._told = -math.inf  # when it was last said that this process is there
        self._times = 0  # that it began to be waited for
        self._is_current = False  # looked since it began to be
        self._turn, self._telling = asyncio.Lock(), asyncio.Lock()

    async def look(self) -> None:
        """Take over what changed, and say so; raises WrongKey, KeyUnavailable or what the database raises."""
        async with self._turn:
            if self._is_overdue():
                await self.tell()  # waited for from here on, what is read next stays true until it is told
            times = self._times
            async with self._apart() as connection:
                keys = await keys_now(connection)
            if keys.state != self._seen:
                await self._take_own(keys.of(self._ring.purposes))
                await self.tell(keys.state)
            if self._times == times:
                self._is_current = True
                self._lease()

    async def tell(self, seen: bytes | None = None) -> None:
        """Say that this process is there, and which state of the keys it holds: that of before, or ``seen``."""
        async with self._telling:
            if self._is_overdue():
                self._times, self._is_current = self._times + 1, False
            began = instant()
            async with self._apart() as connection:
                seen = self._seen if seen is None else seen
                await key_row.tell_held.run(connection, id=self._id, seen=seen)
            self._seen, self._told = seen, began
            self._lease()

    def _is_overdue(self) -> bool:
        return instant() - self._told > LEASE_SECONDS

    def _lease(self) -> None:
        self._database.commits_until = self._told + LEASE_SECONDS if self._is_current else -math.inf

    @asynccontextmanager
    async def _apart(self) -> AsyncIterator[Connection]:
        """Open a transaction that no lease holds back: it is by these that one is had again."""
        own = Claims(self._database.own)
        async with self._database.pool(own.login).transaction(own.opening) as connection:
            yield connection

    async def _take_own(self, keys: Keys) -> None:
        """Take over what concerns this process: while another's keys change, no long reading of it is waited for."""
        if keys.state != self._taken:
            await self._take(keys)
            await self._database.drained()
            self._taken = keys.state

    async def _take(self, keys: Keys) -> None:
        # The root may be a service on the network, so it is asked beside the requests and not between them.
        held, purposes = [as_key_row(row) for row in keys.rows], tuple(sorted(self._ring.purposes))
        fresh = await asyncio.to_thread(KeyRing.open, held, self._root, purposes)
        self._ring.adopt(fresh)
        self._tools.disclosure.adopt_keys(keys.version)
        if INDEX in purposes:
            self._tools.blind_index.adopt()
        tools = self._tools
        for under_audit in (tools.mac, tools.signer, tools.factors, tools.portal_tokens):
            under_audit.adopt()

    async def look_for_ever(self) -> None:
        """Look until cancelled; what is held goes on serving while the database or the root is away."""
        while True:
            try:
                await self.look()
            except Exception as fault:  # noqa: BLE001  # who stops looking holds up every rotation from then on
                get_log().warning("keys.not_followed", exc_info=fault)
            await asyncio.sleep(EVERY_SECONDS)

    async def tell_for_ever(self) -> None:
        """Say until cancelled that this process is there, whatever a look waits for."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                await self.tell()
            except Exception as fault:  # noqa: BLE001  # as above
                get_log().warning("keys.not_told", exc_info=fault)

    async def leave(self) -> None:
        """Say that this process holds no keys any more."""
        self._database.commits_until = None
        with suppress(*_AWAY):
            async with self._apart() as connection:
                await key_row.forget_holder.run(connection, id=self._id)


@dataclass(frozen=True, slots=True)
class Custody:
    """What the keys are changed with: the parts of a process, its keys, and the root they hang on."""

    database: Database
    tools: Tools
    ring: KeyRing
    root: RootProvider
    holder: Holder
    clock: Callable[[], datetime]


@asynccontextmanager
async def following(holder: Holder) -> AsyncIterator[None]:
    """Keep a process's keys up with the database's for the length of the block."""
    tasks = [asyncio.create_task(holder.tell_for_ever())]
    try:
        await holder.look()
        tasks.append(asyncio.create_task(holder.look_for_ever()))
        yield
    finally:
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await holder.leave()


async def settled(custody: Custody, *, patience: float = _PATIENCE_SECONDS) -> None:
    """Return once every process holds the keys as they are now; raises RotationBlocked when one does not get there."""
    await custody.holder.look()
    clock = asyncio.get_running_loop()
    until = clock.time() + patience
    while True:
        async with custody.database.own_transaction() as connection:
            state = (await keys_now(connection)).state
            behind = await key_row.holders_behind.value(connection, seen=state, within=GONE_SECONDS)
        if not behind:
            return
        if clock.time() > until:
            raise RotationBlocked(f"{behind} processes have not taken over the new keys.")
        await asyncio.sleep(EVERY_SECONDS / 5)
