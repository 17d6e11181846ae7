"""What there is of keys, in lines for an operator: epochs and what is left under them, and what is under way.

Never: show a key.
"""

from typing import Any

from sqlalchemy import func, select

from fac.crypto.keys import AUDIT, INDEX, KeyState
from fac.crypto.signature import AuditSigner
from fac.db import key_row
from fac.db.keys import data_keys
from fac.db.statement import Statement
from fac.jobs.rotation.epochs import CODES, KEK, rows_under
from fac.jobs.rotation.holding import GONE_SECONDS, Custody
from fac.jobs.rotation.resealing import keys_left

_wrapped = Statement(
    select(data_keys.c.info, data_keys.c.epoch, func.count().label("count"))
    .where(key_row.has_key)
    .group_by(data_keys.c.info, data_keys.c.epoch),
    across_incidents=True,
)


async def key_lines(custody: Custody) -> list[str]:
    """Return a line a key with its state and, where it is on its way out, the rows left; then what is under way.

    At last what whoever keeps witnesses' lines knows the audit's key by.
    """
    async with custody.database.own_transaction() as connection:
        await connection.execute("SET LOCAL statement_timeout = 0")
        rows = await key_row.all_class_keys.all(connection)
        counted = {(row["info"], row["epoch"]): row["count"] for row in await _wrapped.all(connection)}
        under_way = await key_row.unfinished_rotations.all(connection)
        alive = await key_row.holders_alive.value(connection, within=GONE_SECONDS)
    lines = [await _line(custody, row, counted) for row in rows]
    lines += [
        f"rotation of {row['kind']} to {row['target']} is not finished: {await _left(custody, row)} left"
        for row in under_way
    ]
    return [*lines, *witness_lines(custody.tools.signer), f"{alive} processes hold keys"]


def witness_lines(signer: AuditSigner) -> list[str]:
    """Return the public key of the audit's witnesses, and which former one vouches for it, back to the first."""
    vouched = [
        f"the one before, {key.hex()}, vouches for it: {signature.hex()}" for key, signature in signer.successions()
    ]
    return [f"the audit's witnesses know it by the public key {signer.public_key.hex()}", *vouched]


async def _line(custody: Custody, row: Any, counted: dict[tuple[int, int], int]) -> str:
    line = f"{row['purpose']}@{row['epoch']} {row['state']}"
    if row["state"] != KeyState.retiring:
        return line
    if row["purpose"] == AUDIT:
        return f"{line}, kept: what was written under it is verified by it"
    if row["purpose"] == INDEX:
        return f"{line}, {await rows_under(custody, INDEX, row['epoch'])} rows left"
    return f"{line}, {counted.get((CODES[row['purpose']], row['epoch']), 0)} rows left"


async def _left(custody: Custody, rotation: Any) -> int:
    if rotation["kind"] == AUDIT:
        return 0
    if rotation["kind"] == "dek":
        return await keys_left(custody, rotation["target"])
    family = KEK if rotation["kind"] == KEK else INDEX
    return sum([await rows_under(custody, family, epoch) for epoch in range(1, rotation["target"])])
