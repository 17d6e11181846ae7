"""The commands that take a backup and put one back.

Never: hold logic, or print anything of a record.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace

    from fac.settings import Settings


def backup(chosen: Namespace, settings: Settings) -> int:
    """Take a backup into a new folder under the one that was named."""
    from fac import backup
    from fac.progress import Bars

    with Bars() as progress:
        folder, manifest = asyncio.run(backup.take(settings, chosen.folder, progress))
    rows = sum(sum(each.values()) for each in manifest.said["incidents"].values())
    print(f"the backup is in {folder}: {len(manifest.said['incidents'])} incidents, {rows} counted rows")
    print("Not in it, and kept elsewhere: the root of the keys, the escrow, the shred ledger.")
    return 0


def restore(chosen: Namespace, settings: Settings) -> int:
    """Put a backup back, or settle what something else has put back."""
    from fac import restoring
    from fac.progress import Bars

    with Bars() as progress:
        if chosen.in_place:
            restored = asyncio.run(restoring.settle_in_place(settings, chosen.login, progress))
        else:
            restored = asyncio.run(restoring.restore(settings, chosen.folder, chosen.login, progress))
    print(f"{restored.sessions} sessions ended; {restored.replayed.erased} people erased again; the audit holds")
    if restored.notices:
        print(f"{restored.notices} queued notices were not sent: fac doctor names them, fac worker --revive sends them")
    print("the database may be served")
    return 0


COMMANDS = {"backup": backup, "restore": restore}
