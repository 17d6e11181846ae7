"""`fac keys escrow`: make the custodians' second way to the keys, try it once a year, and use it when the root is lost.

Never: print or log a key; a share is written to its own file of mode 0600 and shown nowhere.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from fac.private_files import write_private

if TYPE_CHECKING:
    from argparse import Namespace

    from fac.crypto.escrow import UnlockedEscrow
    from fac.crypto.keys import KeyRow
    from fac.settings import Settings

ESCROW_FILE = "escrow.json"


def make(chosen: Namespace, settings: Settings) -> int:
    """Write the escrow file and a file a custodian into a new folder."""
    from fac import opening
    from fac.crypto.escrow import Escrow

    rows, root = asyncio.run(_rows(settings)), opening.open_root(settings)
    escrow, shares = Escrow.make(rows, root, threshold=chosen.threshold, custodians=chosen.custodians)
    folder: Path = chosen.folder
    folder.mkdir(mode=0o700, parents=True)  # never over an older escrow
    write_private(folder / ESCROW_FILE, escrow.as_text())
    for number, share in enumerate(shares, 1):
        write_private(folder / f"share-{number}.txt", share + "\n")
    print(f"{len(escrow.names)} keys in {folder / ESCROW_FILE}; any {chosen.threshold} of {len(shares)} shares open it")
    print(
        "Give each share to its custodian, on paper or a stick, and erase it here. Keep the file apart from them all."
    )
    return 0


def check(chosen: Namespace, settings: Settings) -> int:
    """Tell whether the shares open the escrow, and whether it holds every key the database has now."""
    from fac.errors import KeyUnavailable

    unlocked = _unlocked(chosen)
    rows = asyncio.run(_rows(settings))
    missing = []
    for row in rows:
        try:
            unlocked.check(row)
        except KeyUnavailable:
            missing.append(f"{row.purpose}@{row.epoch}")
    print(f"the shares open {len(rows) - len(missing)} of {len(rows)} keys")
    for name in missing:
        print(f"  not in the escrow, which is older: {name}. Make it anew.")
    return 1 if missing else 0


def recover(chosen: Namespace, settings: Settings) -> int:
    """Put every key in the escrow under the root that the settings name now; done twice it changes nothing."""
    count = asyncio.run(_recover(chosen, settings))
    print(f"{count} keys are under the new root")
    return 0


def _unlocked(chosen: Namespace) -> UnlockedEscrow:
    from fac.crypto.escrow import Escrow

    return Escrow.read(chosen.escrow.read_text("utf-8")).unlocked([each.read_text("utf-8") for each in chosen.share])


async def _rows(settings: Settings) -> list[KeyRow]:
    from fac import app, opening

    async with opening.connected(settings) as database, database.own_transaction() as connection:
        rows = await app.held_keys(connection)
    return [row for row in rows if row.state != "destroyed"]


async def _recover(chosen: Namespace, settings: Settings) -> int:
    from fac import opening
    from fac.crypto.root import secret_name
    from fac.db.key_row import rewrap_class_key

    unlocked, root = _unlocked(chosen), opening.open_root(settings)
    rows = await _rows(settings)
    for row in rows:
        family, epoch = secret_name(f"{row.purpose}@{row.epoch}")
        while max(root.epochs(family), default=0) < epoch:
            root.add_epoch(family)
    fresh = [unlocked.rewrapped(row, root) for row in rows]
    async with opening.connected(settings) as database, database.own_transaction() as connection:
        for row in fresh:
            await rewrap_class_key.run(connection, of_purpose=row.purpose, of_epoch=row.epoch, to_wrapped=row.wrapped)
    return len(fresh)


COMMANDS = {"escrow_make": make, "escrow_check": check, "escrow_recover": recover}
