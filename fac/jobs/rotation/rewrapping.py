"""Rotation of the class keys: every subject's key is wrapped anew, and no sealed value is touched.

Never: wait for a row that somebody works with; it is met again on the next pass.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Integer, LargeBinary, Uuid, bindparam, column, func, select, update
from sqlalchemy import tuple_ as pair

from fac.db.key_row import has_key
from fac.db.keys import data_keys
from fac.db.statement import Connection, Row, Statement
from fac.errors import RotationBlocked, Unreadable
from fac.jobs.rotation.epochs import KEK, advance, begin, finish, rows_under
from fac.jobs.rotation.holding import Custody
from fac.jobs.rotation.operating import Operator, incidents_of

Progress = Callable[[str, int, int], None]

BATCH: Final = 500
_PASSES: Final = 20
_PAUSE_SECONDS: Final = 0.5
_FIRST: Final = (UUID(int=0), 0)

_batch = Statement(
    select(data_keys)
    .where(
        data_keys.c.incident_id == bindparam("incident_id"),
        data_keys.c.epoch < bindparam("target", type_=Integer),
        has_key,
        pair(data_keys.c.subject_id, data_keys.c.info)
        > pair(bindparam("subject_id", type_=Uuid), bindparam("info", type_=Integer)),
    )
    .order_by(data_keys.c.subject_id, data_keys.c.info)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_PLACES: Final = {"subject_id": Uuid, "info": Integer, "was": LargeBinary, "version": Integer, "epoch": Integer,
                  "wrapped": LargeBinary}  # fmt: skip
_given = (
    func.unnest(*(bindparam(name, type_=ARRAY(kind), required=True) for name, kind in _PLACES.items()))
    .table_valued(*(column(name, kind) for name, kind in _PLACES.items()), name="given")
    .render_derived()
)
# Compared with what it was made from: a key that was shredded or replaced meanwhile stays as it is.
_replace = Statement(
    update(data_keys)
    .where(
        data_keys.c.incident_id == bindparam("of_incident", type_=Uuid),
        data_keys.c.subject_id == _given.c.subject_id,
        data_keys.c.info == _given.c.info,
        data_keys.c.wrapped == _given.c.was,
    )
    .values(version=_given.c.version, epoch=_given.c.epoch, wrapped=_given.c.wrapped)
)


async def replace_keys(connection: Connection, incident_id: UUID, old: list[Row], fresh: list[dict[str, Any]]) -> int:
    """Put ``fresh`` key rows in the place of ``old`` ones that are still as they were; return how many."""
    return await _replace.run(
        connection,
        of_incident=incident_id,
        was=[each["wrapped"] for each in old],
        **{name: [each[name] for each in fresh] for name in _PLACES if name != "was"},
    )


async def rotate_kek(custody: Custody, operator: Operator, progress: Progress) -> int:
    """Bring every subject's key under a new epoch of its class's key; return how many were wrapped anew.

    Resumes what a killed run left. Raises RotationBlocked when rows stay locked, or a process does not follow.
    """
    rotation = await begin(custody, operator, KEK)
    await advance(custody, KEK, rotation.target)
    total = sum([await rows_under(custody, KEK, epoch) for epoch in range(1, rotation.target)])
    done = 0
    for turn in range(_PASSES):
        for incident_id in await incidents_of(custody):
            done += await _rewrap_incident(
                custody, incident_id, rotation.target, lambda n: progress(KEK, n, total), done
            )
        left = sum([await rows_under(custody, KEK, epoch) for epoch in range(1, rotation.target)])
        if not left:
            await finish(custody, operator, rotation)
            return done
        await asyncio.sleep(_PAUSE_SECONDS * turn)
    raise RotationBlocked(f"{left} rows are left: locked, or damaged.")


async def _rewrap_incident(
    custody: Custody, incident_id: UUID, target: int, tell: Callable[[int], None], before: int
) -> int:
    done, (subject_id, info) = 0, _FIRST
    while True:
        async with custody.database.own_transaction() as connection:
            rows = await _batch.all(
                connection, incident_id=incident_id, target=target, subject_id=subject_id, info=info, most=BATCH
            )
            if not rows:
                return done
            old, fresh = _rewrapped(custody, rows)
            done += await replace_keys(connection, incident_id, old, fresh)
        subject_id, info = rows[-1]["subject_id"], rows[-1]["info"]
        tell(before + done)


def _rewrapped(custody: Custody, rows: list[Row]) -> tuple[list[Row], list[dict[str, Any]]]:
    old, fresh = [], []
    for row in rows:
        with suppress(Unreadable):  # a damaged key stays where it is, and counts as left
            fresh.append(custody.tools.disclosure.rewrap(dict(row)))
            old.append(row)
    return old, fresh


__all__ = ["Progress", "replace_keys", "rotate_kek"]
