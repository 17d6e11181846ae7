"""Epochs of the keys under the root: a new one made known, then used; an old one proved idle, then destroyed.

Every step can be killed and run again: what was done is seen in the database and at the root, not remembered.
Never: seal under a key that some process does not hold yet, or destroy one that something still needs.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, bindparam, func, select

from fac.crypto.keys import ALL_PURPOSES, AUDIT, INDEX, KeyState, new_key_row
from fac.db import key_row
from fac.db.duplicate import match_postings
from fac.db.keys import data_keys
from fac.db.statement import Statement
from fac.domain.ids import new_id
from fac.domain.vocabulary import SEALED_CLASSES
from fac.errors import KeyUnavailable, RotationBlocked, SettingsUnsafe
from fac.jobs.rotation.holding import Custody, settled
from fac.jobs.rotation.operating import OfTrail, Operator, tell_everywhere

KEK: Final = "kek"
DEK: Final = "dek"
_KEKS: Final = tuple(each for each in ALL_PURPOSES if each.startswith("kek:"))
PURPOSES: Final = {KEK: _KEKS, INDEX: (INDEX,), AUDIT: (AUDIT,)}
CODES: Final = {f"kek:{info}": info.code for info in SEALED_CLASSES}

_wrapped_under = Statement(
    select(func.count())
    .select_from(data_keys)
    .where(data_keys.c.epoch == bindparam("epoch", type_=Integer), key_row.has_key),
    across_incidents=True,
)
_posted_under = Statement(
    select(func.count())
    .select_from(match_postings)
    .where(
        func.get_byte(match_postings.c.pointer, 0) * 256 + func.get_byte(match_postings.c.pointer, 1)
        == bindparam("epoch", type_=Integer)
    ),
    across_incidents=True,
)


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotation under way: what everything is brought to, and whether this call began it."""

    id: UUID
    kind: str
    target: int
    is_new: bool


async def rows_under(custody: Custody, family: str, epoch: int) -> int:
    """Return how many rows need the key of an epoch: subjects' keys (kek) or postings (index)."""
    async with custody.database.own_transaction() as connection:
        await connection.execute("SET LOCAL statement_timeout = 0")
        counting = _wrapped_under if family == KEK else _posted_under
        count: int = await counting.value(connection, epoch=epoch)
    return count


async def begin(custody: Custody, operator: Operator, kind: str) -> Rotation:
    """Return the unfinished rotation of ``kind``, or begin one; either is told in every trail."""
    target = await _next_target(custody, kind)
    async with custody.database.own_transaction() as connection:
        fresh = {
            "id": new_id(), "kind": kind, "target": target, "started_by": operator.account_id,
            "started_at": custody.clock(), "finished_at": None,
        }  # fmt: skip
        is_new = await key_row.insert_rotation.run(connection, **fresh) == 1
        row = await key_row.unfinished_rotation.first(connection, kind=kind)
        if row is None:
            raise RotationBlocked("Another rotation ended this very moment.")
        event = "key.rotation_started" if is_new else "key.rotation_resumed"
        await tell_everywhere(custody, connection, operator, event, kind=kind, target=row["target"])
    return Rotation(row["id"], kind, row["target"], is_new)


async def finish(custody: Custody, operator: Operator, rotation: Rotation, of_trail: OfTrail | None = None) -> None:
    """Mark the rotation as done, and tell of it, and what ``of_trail`` says of each incident's trail."""
    async with custody.database.own_transaction() as connection:
        if await key_row.finish_rotation.run(connection, of_id=rotation.id, to_finished_at=custody.clock()):
            detail = {"kind": rotation.kind, "target": rotation.target}
            event = "key.rotation_finished"
            await tell_everywhere(custody, connection, operator, event, of_trail, **detail)


async def advance(custody: Custody, family: str, target: int) -> None:
    """Make ``target`` the epoch that new things are made under, in every process.

    Raises RotationBlocked when a process does not follow, KeyUnavailable when the root cannot make the epoch.
    """
    await asyncio.to_thread(_have_epoch, custody, family, target)
    await _announce(custody, family, target)
    await settled(custody)
    async with custody.database.own_transaction() as connection:
        for purpose in PURPOSES[family]:
            steps = [(epoch, KeyState.active, KeyState.retiring) for epoch in range(1, target)]
            for epoch, before, after in [*steps, (target, KeyState.arriving, KeyState.active)]:
                await key_row.set_key_state.run(
                    connection, of_purpose=purpose, of_epoch=epoch, from_state=before, to_state=after
                )
    await settled(custody)


async def destroy(custody: Custody, operator: Operator, family: str, epoch: int) -> None:
    """Destroy an epoch at the root: from now on nothing that lies wrapped under it opens, in no backup.

    Once destroyed it is nothing to do. Raises RotationBlocked while anything is left under it or a rotation is
    unfinished, SettingsUnsafe for the epoch in use, KeyUnavailable for one that never was.
    """
    rows = await _rows_of(custody, family, epoch)
    if any(row["state"] in (KeyState.active, KeyState.arriving) for row in rows):
        raise SettingsUnsafe("this epoch is in use; rotate first")
    if any(row["state"] != KeyState.destroyed for row in rows):
        await _refuse_needed(custody, family, epoch)
        await settled(custody)  # whoever read a row before it left this epoch is done with it
        await _refuse_needed(custody, family, epoch)
        async with custody.database.own_transaction() as connection:
            for row in rows:
                await key_row.drop_class_key.run(connection, of_purpose=row["purpose"], of_epoch=epoch)
            await tell_everywhere(custody, connection, operator, "key.epoch_destroyed", family=family, epoch=epoch)
        await settled(custody)
    if epoch in await asyncio.to_thread(custody.root.epochs, family):
        await asyncio.to_thread(custody.root.destroy_epoch, family, epoch)


async def _refuse_needed(custody: Custody, family: str, epoch: int) -> None:
    async with custody.database.own_transaction() as connection:
        if await key_row.unfinished_rotation.first(connection, kind=family) is not None:
            raise RotationBlocked("A rotation is not finished.")
    if left := await rows_under(custody, family, epoch):
        raise RotationBlocked(f"{left} rows are left under this epoch; rotate first.")


async def _rows_of(custody: Custody, family: str, epoch: int) -> list[dict[str, Any]]:
    async with custody.database.own_transaction() as connection:
        rows = await key_row.all_class_keys.all(connection)
    found = [dict(row) for row in rows if row["purpose"] in PURPOSES[family] and row["epoch"] == epoch]
    if not found:
        raise KeyUnavailable
    return found


async def _next_target(custody: Custody, kind: str) -> int:
    async with custody.database.own_transaction() as connection:
        if kind == DEK:
            return int(await key_row.highest_target.value(connection, kind=kind) or 1) + 1
        rows = await key_row.all_class_keys.all(connection)
    newest: int = max(row["epoch"] for row in rows if row["purpose"] in PURPOSES[kind])
    held = await asyncio.to_thread(custody.root.epochs, kind)
    # An epoch that the root has and the database does not is left from a run that was killed: it is used now.
    return max(newest + 1, *held)


def _have_epoch(custody: Custody, family: str, target: int) -> None:
    if target not in custody.root.epochs(family):
        custody.root.add_epoch(family)
    if target not in custody.root.epochs(family):
        raise KeyUnavailable


async def _announce(custody: Custody, family: str, target: int) -> None:
    async with custody.database.own_transaction() as connection:
        there = {(row["purpose"], row["epoch"]) for row in await key_row.all_class_keys.all(connection)}
        for purpose in PURPOSES[family]:
            if (purpose, target) in there:
                continue
            fresh = await asyncio.to_thread(new_key_row, custody.root, purpose, target)
            await key_row.announce_class_key.run(
                connection, purpose=purpose, epoch=target, wrapped=fresh.wrapped, canary=fresh.canary,
                state=KeyState.arriving, created_at=custody.clock(),
            )  # fmt: skip
