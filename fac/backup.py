"""Takes a backup: a dump of one snapshot and the manifest that says what is in it, in a folder of its own.

Everything personal in it is sealed, and the keys in it are wrapped; what opens them (the root), who was erased (the
shred ledger) and the escrow are not in it, and are kept elsewhere.
Never: leave a half of a backup under a name that a whole one has.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fac import opening
from fac.audit.manifest import Manifest, describe, sign
from fac.audit.shred_ledger import Head
from fac.db import dumping, migrating
from fac.db.claims import BACKING, Login
from fac.db.programs import find_client_programs
from fac.db.tables import metadata
from fac.errors import BackupInvalid

if TYPE_CHECKING:
    from fac.api.context import Parts
    from fac.settings import Settings

Progress = Callable[[str, int, int], None]

DUMP: Final = "database.dump"
_UNFINISHED: Final = ".unfinished"
_TABLES: Final = len(metadata.sorted_tables)


async def take(settings: "Settings", folder: Path, progress: Progress) -> tuple[Path, Manifest]:
    """Write a backup into a new folder under ``folder``, named for its instant; return it and its manifest.

    A run that was killed leaves nothing that looks like a backup, and the next one clears it away. Raises
    DatabaseUnavailable, BackupInvalid while another backup is being written there, and as ``opening.opened``.
    """
    address = opening.address_of(settings, Login.backup)
    with _alone(folder) as building:
        async with opening.opened(settings, BACKING, personal=False, policy_must_hold=False) as parts:
            schema = (await migrating.schema_state(address)).current or ""
            async with parts.database.own_transaction() as connection:
                await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                await connection.execute("SET LOCAL statement_timeout = 0")
                await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
                said = await _described(parts, settings, connection, schema)
                programs = find_client_programs(connection.get_server_version().major, settings.postgres_programs)
                await dumping.dump(
                    programs, address, snapshot, building / DUMP, lambda n: progress("tables", min(n, _TABLES), _TABLES)
                )
            manifest = sign(said, [building / DUMP], parts.tools.signer)
        return _finished(building, manifest), manifest


async def _described(parts: "Parts", settings: "Settings", connection: Any, schema: str) -> dict[str, Any]:
    has_ledger = settings.shred_ledger is not None and settings.shred_ledger.is_file()
    head: Head | None = parts.tools.shred_ledger.head() if has_ledger else None
    return await describe(connection, parts.tools.signer, schema=schema, head=head, taken_at=parts.clock())


def _finished(building: Path, manifest: Manifest) -> Path:
    """Give the backup its name, once the disk holds it."""
    manifest.write(building)
    _settle(building / DUMP)
    target = building.with_name(manifest.taken_at.strftime("%Y%m%dT%H%M%S.%fZ"))
    building.rename(target)
    _settle(target.parent)
    return target


@contextmanager
def _alone(folder: Path) -> Iterator[Path]:
    """Lend an empty folder to write into; nobody else writes a backup beside it meanwhile."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / ".lock", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BackupInvalid("Another backup is being written into this folder.") from None
        building = folder / _UNFINISHED
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(mode=0o700)
        yield building
    finally:
        os.close(descriptor)


def _settle(path: Path) -> None:
    """Have the disk hold what was written."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
