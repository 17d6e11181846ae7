"""Rotation of the subjects' keys: another key a subject and class, and everything of theirs sealed under it.

The key's row is locked, the bundles are compared with what was read, and both change in one transaction, so a reader
sees the old pair or the new one. A writer holds the key it seals under until it is done (fac.db.key_row.find_data_key).
No row's version moves: nobody has changed the record.
Never: replace a key while one bundle under it did not open, or wait for a row somebody works with.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

import asyncpg
from sqlalchemy import Integer, Uuid, bindparam, func, select
from sqlalchemy import tuple_ as pair

from fac.db import key_row
from fac.db.key_row import has_key
from fac.db.keys import data_keys
from fac.db.places import SEALED, Place, bundles_of, replacing
from fac.db.statement import Connection, Row, Statement
from fac.domain.vocabulary import classes_of
from fac.errors import RotationBlocked, Unreadable
from fac.jobs.rotation.epochs import DEK, begin, finish
from fac.jobs.rotation.holding import Custody, settled
from fac.jobs.rotation.operating import Operator, incidents_of
from fac.jobs.rotation.rewrapping import Progress, replace_keys

BATCH: Final = 100
_Whose: TypeAlias = tuple[UUID, int]  # subject, code of the class


class _InUseError(Exception):
    """Somebody works with a row; it is come back to."""


class _Resealed(NamedTuple):
    """A bundle as it was and as sealed anew, and the keys it lay and is to lie under."""

    row_id: UUID
    under: _Whose
    to: _Whose
    was: bytes
    now: bytes


_PASSES: Final = 20
_PAUSE_SECONDS: Final = 0.5
_FIRST: Final = (UUID(int=0), 0)

_older = data_keys.c.version < bindparam("target", type_=Integer)
_batch = Statement(
    select(data_keys)
    .where(
        data_keys.c.incident_id == bindparam("incident_id"),
        _older,
        has_key,
        pair(data_keys.c.subject_id, data_keys.c.info)
        > pair(bindparam("subject_id", type_=Uuid), bindparam("info", type_=Integer)),
    )
    .order_by(data_keys.c.subject_id, data_keys.c.info)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_left = Statement(select(func.count()).select_from(data_keys).where(_older, has_key), across_incidents=True)


async def keys_left(custody: Custody, target: int) -> int:
    """Return how many subjects' keys are older than ``target``."""
    async with custody.database.own_transaction() as connection:
        await connection.execute("SET LOCAL statement_timeout = 0")
        count: int = await _left.value(connection, target=target)
    return count


async def rotate_dek(custody: Custody, operator: Operator, progress: Progress) -> int:
    """Give every subject another key a class and seal everything anew; return how many keys were replaced.

    Resumes what a killed run left. Raises RotationBlocked when keys are left: rows that stay locked, or bundles that do
    not open, whose keys are kept.
    """
    rotation = await begin(custody, operator, DEK)
    await settled(custody)  # from now on new keys are made in the rotation's own version
    total, done = await keys_left(custody, rotation.target), 0
    for turn in range(_PASSES):
        for incident_id in await incidents_of(custody):
            done += await _reseal_incident(
                custody, incident_id, rotation.target, lambda n: progress(DEK, n, total), done
            )
        left = await keys_left(custody, rotation.target)
        if not left:
            await finish(custody, operator, rotation)
            return done
        await asyncio.sleep(_PAUSE_SECONDS * turn)
    raise RotationBlocked(f"{left} keys are left: their rows are in use, or something under them does not open.")


async def _reseal_incident(
    custody: Custody, incident_id: UUID, target: int, tell: Callable[[int], None], before: int
) -> int:
    done, after = 0, _FIRST
    while True:
        rows, replaced = await _try_batch(custody, incident_id, target, after, BATCH)
        if not rows:
            return done
        if replaced is None:  # somebody works with one of them: each by itself, and that one later
            for row in rows:
                before_row = (row["subject_id"], row["info"] - 1)
                alone, one = await _try_batch(custody, incident_id, target, before_row, 1)
                done += (one or 0) if alone and alone[0]["subject_id"] == row["subject_id"] else 0
        else:
            done += replaced
        after = (rows[-1]["subject_id"], rows[-1]["info"])
        tell(before + done)


async def _try_batch(
    custody: Custody, incident_id: UUID, target: int, after: tuple[UUID, int], most: int
) -> tuple[list[Row], int | None]:
    """Return the keys met and how many were replaced, or None for how many when a row is in use."""
    rows: list[Row] = []
    try:
        async with custody.database.own_transaction() as connection:
            await connection.execute("SET LOCAL lock_timeout = '1s'")
            rows = await _batch.all(
                connection, incident_id=incident_id, target=target, subject_id=after[0], info=after[1], most=most
            )
            return rows, await _replace(custody, connection, incident_id, target, rows) if rows else 0
    except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, _InUseError):
        return rows, None


async def _replace(custody: Custody, connection: Connection, incident_id: UUID, target: int, rows: list[Row]) -> int:
    disclosure = custody.tools.disclosure
    old = {(row["subject_id"], row["info"]): dict(row) for row in rows}
    fresh = {whose: disclosure.renew(row, target) for whose, row in old.items()}
    resealed: dict[Place, list[_Resealed]] = {}
    damaged = set[_Whose]()
    classes = {code for _, code in old}
    for place in SEALED:
        if not classes.isdisjoint(place.codes):
            subjects = list({subject_id for subject_id, _ in old})
            found = await bundles_of(place).all(connection, incident_id=incident_id, subjects=subjects)
            under = _under_its_class(place, found, damaged)
            mine = [row for row in under if (row["subject_id"], row["sealed_as"]) in old]
            await _have_keys(custody, connection, incident_id, mine, fresh)
            resealed[place] = _resealed(custody, place, mine, old, fresh, damaged)
    _keep_what_holds(damaged, [each for bundles in resealed.values() for each in bundles])
    for place, bundles in resealed.items():
        whole = [each for each in bundles if each.under not in damaged]
        if whole:
            ids, _, _, was, now = zip(*whole, strict=True)
            given = {"ids": list(ids), "was": list(was), "bundles": list(now)}
            if await replacing(place).run(connection, of_incident=incident_id, **given) != len(whole):
                raise RotationBlocked("A sealed value changed under its own lock.")
    kept = [row for row in rows if (row["subject_id"], row["info"]) not in damaged]
    return await replace_keys(connection, incident_id, kept, [fresh[row["subject_id"], row["info"]] for row in kept])


def _under_its_class(place: Place, bundles: list[Row], damaged: set[_Whose]) -> list[Row]:
    """Return the bundles that lie under the row's class, or the one of an earlier release.

    What says something else in its header is damaged, or the row is: any of the subject's keys may be the one that
    opens it when it is repaired, so all that the column may lie under are kept.
    """
    older = None if place.formerly is None else place.formerly.code
    found = []
    for row in bundles:
        if row["bundle"] and row["sealed_as"] not in (row["info"], older):
            damaged.update((row["subject_id"], code) for code in place.codes)
        elif row["bundle"]:  # not emptied when its subject was erased
            found.append(row)
    return found


def _keep_what_holds(damaged: set[_Whose], bundles: list[_Resealed]) -> None:
    """Add to ``damaged`` the keys of bundles that were to go under a key which stays: those bundles stay too."""
    while staying := {each.under for each in bundles if each.to in damaged} - damaged:
        damaged |= staying


async def _have_keys(
    custody: Custody, connection: Connection, incident_id: UUID, bundles: list[Row], fresh: dict[_Whose, dict[str, Any]]
) -> None:
    """Add to ``fresh`` the keys of classes that bundles are of and do not lie under yet, made where there is none."""
    for row in bundles:
        whose = row["subject_id"], row["info"]
        if whose in fresh:
            continue
        wanted = {"incident_id": incident_id, "subject_id": whose[0], "info": whose[1]}
        found = await key_row.find_data_key.first(connection, **wanted)
        if found is None:
            made = custody.tools.disclosure.new_key(incident_id, whose[0], *classes_of(1 << whose[1]))
            await key_row.insert_data_key.run(connection, **made)
            found = await key_row.find_data_key.first(connection, **wanted)
        if found is None or not found["wrapped"]:  # its subject is being erased
            raise _InUseError
        fresh[whose] = dict(found)


def _resealed(
    custody: Custody,
    place: Place,
    bundles: list[Row],
    old: Mapping[_Whose, Mapping[str, Any]],
    fresh: Mapping[_Whose, dict[str, Any]],
    damaged: set[_Whose],
) -> list[_Resealed]:
    """Return each bundle under the fresh key of its class; the key of what does not open is noted in ``damaged``."""
    found: list[_Resealed] = []
    for row in bundles:
        was, under, to = row["bundle"], (row["subject_id"], row["sealed_as"]), (row["subject_id"], row["info"])
        try:
            now = custody.tools.disclosure.reseal(
                old[under], fresh[to], table=place.table.name, row_id=row["id"], blob=was
            )
        except Unreadable:
            damaged.add(under)
            continue
        found.append(_Resealed(row["id"], under, to, was, now))
    return found
