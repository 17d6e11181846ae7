"""Puts a database back to an earlier time, and settles what was decided since before anybody can look at it.

In this order, each step seen in the database and not remembered, so that a run that was killed is run again: fence and
mark; load, all or nothing; give up queued notices; migrate and open the doors, which nobody passes for the fence;
compare with the manifest and verify the audit; end every session; replay the shred ledger; tell it in every trail; take
the fence away.
Never: take the fence away when a step has failed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

from sqlalchemy import DateTime, Uuid, bindparam, select, update

from fac import opening
from fac.audit.manifest import Manifest, count
from fac.audit.verify import verify
from fac.backup import DUMP
from fac.db import dumping, fencing, migrating
from fac.db.claims import BACKING, Claims, Login
from fac.db.erasure import erasures
from fac.db.programs import find_client_programs
from fac.db.staff import sessions
from fac.db.statement import Connection, Statement
from fac.db.tables import metadata
from fac.domain.vocabulary import ErasureStatus
from fac.errors import AuditBroken, BackupInvalid, ShredLedgerInvalid
from fac.jobs.rotation.operating import Operator, find_operator, incidents_of, tell_everywhere
from fac.jobs.rotation.replaying import Replayed, replay

if TYPE_CHECKING:
    from fac.jobs.rotation.holding import Custody
    from fac.settings import Settings

Progress = Callable[[str, int, int], None]

_IN_PLACE: Final = "in place"
_TABLES: Final = len(metadata.sorted_tables)
_BACKING: Final = Claims(Login.backup)
_end_sessions = Statement(
    update(sessions)
    .where(sessions.c.incident_id == bindparam("of_incident", type_=Uuid), sessions.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at", type_=DateTime(timezone=True)))
)
_carried_out = Statement(
    select(erasures.c.person_id).where(erasures.c.status == ErasureStatus.carried_out), across_incidents=True
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was settled: sessions ended, notices given up, and who was erased again."""

    sessions: int
    notices: int
    replayed: Replayed


async def restore(settings: "Settings", folder: Path, login: str, progress: Progress) -> Restored:
    """Load the backup in ``folder`` into the empty database of the settings, and settle it; ``login`` answers for it.

    Raises BackupInvalid, DatabaseUnavailable, AuditBroken, ShredLedgerInvalid, WrongKey and KeyUnavailable (the keys of
    the backup are destroyed, or another root's), NotSignedIn for who administers nothing; the fence stands then.
    """
    _refuse_no_ledger(settings)
    manifest = Manifest.read(folder)
    if not migrating.knows(manifest.schema):
        raise BackupInvalid("A newer program took it.")
    what, address = f"of {manifest.digest}", opening.address_of(settings, Login.owner)
    async with fencing.owning(address) as owner:
        if await fencing.mark_of(owner) != what and not await fencing.is_empty(owner):
            raise BackupInvalid("The database is not empty; make a new one, or drop this one first.")
        await fencing.shut(owner, what)
        if await fencing.is_empty(owner):
            programs = find_client_programs(owner.get_server_version().major, settings.postgres_programs)
            await dumping.load(programs, address, folder / DUMP, lambda n: progress("tables", min(n, _TABLES), _TABLES))
        return await _settle(settings, owner, login, manifest, progress)


async def settle_in_place(settings: "Settings", login: str, progress: Progress) -> Restored:
    """Settle a database that something else has put back: a base backup, a point in time, a disk's snapshot.

    Raises as ``restore``.
    """
    _refuse_no_ledger(settings)
    async with fencing.owning(opening.address_of(settings, Login.owner)) as owner:
        if await fencing.is_empty(owner):
            raise BackupInvalid("The database is empty: there is nothing to settle.")
        await fencing.shut(owner, _IN_PLACE)
        return await _settle(settings, owner, login, None, progress)


async def _settle(
    settings: "Settings", owner: Connection, login: str, manifest: Manifest | None, progress: Progress
) -> Restored:
    notices = await fencing.park_notices(owner)
    await migrating.upgrade(opening.address_of(settings, Login.owner))
    # What was taken before a release that brought classes has no keys of these.
    async with opening.in_custody(settings, create_later_keys=True, also=BACKING) as custody:
        operator = await find_operator(custody, login)
        if manifest is not None:
            await _refuse_other_data(custody, manifest)
        await _refuse_broken_audit(custody, manifest, progress)
        await _refuse_other_ledger(custody, manifest)
        restored = Restored(await _sign_out(custody), notices, await replay(custody, operator, progress))
        await _tell(custody, operator, manifest, restored)
    await fencing.open_again(owner)
    return restored


async def _refuse_other_data(custody: "Custody", manifest: Manifest) -> None:
    manifest.refuse_unsigned(custody.tools.signer)
    async with custody.database.transaction(_BACKING) as connection:
        await connection.execute("SET LOCAL statement_timeout = 0")
        manifest.refuse_other_counts(await count(connection))


async def _refuse_broken_audit(custody: "Custody", manifest: Manifest | None, progress: Progress) -> None:
    kept = manifest.checkpoints(custody.tools.signer) if manifest is not None else {}
    incidents = sorted({*await incidents_of(custody), *kept})
    for number, incident_id in enumerate(incidents, 1):
        async with custody.database.transaction(Claims(Login.backup, incident_id)) as connection:
            await connection.execute("SET LOCAL statement_timeout = 0")
            verdict = await verify(connection, custody.tools.mac, incident_id, witnesses=kept.get(incident_id, ()))
        if verdict.fault is not None:
            raise AuditBroken(f"Incident {incident_id}: {verdict.fault.sentence}")
        progress("audit trails", number, len(incidents))


def _refuse_no_ledger(settings: "Settings") -> None:
    if settings.shred_ledger is None or not settings.shred_ledger.is_file():
        raise ShredLedgerInvalid("FAC_SHRED_LEDGER names no file; make an empty one where nobody was ever erased.")


async def _refuse_other_ledger(custody: "Custody", manifest: Manifest | None) -> None:
    """Raise ShredLedgerInvalid where the ledger is not the one that the backup, or the database itself, knows of."""
    ledger = custody.tools.shred_ledger
    if manifest is not None and manifest.head is not None:
        ledger.continues(manifest.head)
    named = {each.person_id for each in ledger.read()}
    async with custody.database.transaction(_BACKING) as connection:
        known: set[UUID] = {row["person_id"] for row in await _carried_out.all(connection)}
    if known - named:
        raise ShredLedgerInvalid(f"It does not name {len(known - named)} people whom the database knows as erased.")


async def _sign_out(custody: "Custody") -> int:
    ended = 0
    for incident_id in await incidents_of(custody):
        async with custody.database.own_transaction(incident_id) as connection:
            ended += await _end_sessions.run(connection, of_incident=incident_id, at=custody.clock())
    return ended


async def _tell(custody: "Custody", operator: Operator, manifest: Manifest | None, restored: Restored) -> None:
    async with custody.database.own_transaction() as connection:
        await tell_everywhere(
            custody, connection, operator, "database.restored",
            taken_at=manifest.taken_at.isoformat() if manifest is not None else None, sessions=restored.sessions,
            notices=restored.notices, erasures=restored.replayed.erased,
        )  # fmt: skip
