"""The commands on the keys: what there is, rotations, an epoch destroyed, erasures made again.

Never: hold logic, print a key, or change one for nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from fac import opening
from fac.db.claims import WORKING, Login

if TYPE_CHECKING:
    from argparse import Namespace

    from fac.jobs.rotation.holding import Custody
    from fac.jobs.rotation.operating import Operator
    from fac.jobs.rotation.rewrapping import Progress
    from fac.settings import Settings


def create(_: Namespace, settings: Settings) -> int:
    """Make the root and the first keys."""
    made = opening.create_root(settings)
    print("the root was made" if made else "the root is there already")
    return _print_status(settings, create=True)


def status(_: Namespace, settings: Settings) -> int:
    """Say which keys there are, what is left under each, and what is under way."""
    return _print_status(settings)


def rotate_kek(chosen: Namespace, settings: Settings) -> int:
    """Wrap every subject's key under new class keys."""
    from fac.jobs.rotation.rewrapping import rotate_kek

    return _rotate(chosen, settings, rotate_kek, "keys wrapped anew")


def rotate_dek(chosen: Namespace, settings: Settings) -> int:
    """Give every subject new keys, and seal everything anew."""
    from fac.jobs.rotation.resealing import rotate_dek

    return _rotate(chosen, settings, rotate_dek, "keys replaced, and what they sealed sealed anew")


def rotate_index(chosen: Namespace, settings: Settings) -> int:
    """Make every blind posting anew under a new index key."""
    from fac.jobs.rotation.reindexing import rotate_index

    return _rotate(chosen, settings, rotate_index, "postings replaced")


def rotate_audit(chosen: Namespace, settings: Settings) -> int:
    """Write the audit under a new key from now on."""
    from fac.jobs.rotation.overview import witness_lines
    from fac.jobs.rotation.reauditing import rotate_audit

    told: list[str] = []

    async def act(custody: Custody, operator: Operator) -> None:
        epoch = await rotate_audit(custody, operator, lambda *_: None)
        told.append(f"the audit is written under audit@{epoch} now; what was written before verifies as it did")
        told.extend(witness_lines(custody.tools.signer))

    # The worker's login seals what was written under the former key.
    asyncio.run(_acting(chosen, settings, act, also=WORKING))
    print("\n".join(told))
    return 0


def destroy_epoch(chosen: Namespace, settings: Settings) -> int:
    """Destroy an old epoch at the root."""
    from fac.jobs.rotation.epochs import destroy

    async def act(custody: Custody, operator: Operator) -> None:
        await destroy(custody, operator, chosen.family, chosen.epoch)

    asyncio.run(_acting(chosen, settings, act))
    print(f"{chosen.family}@{chosen.epoch} is destroyed: nothing that lies under it opens again, in no backup")
    return 0


def replay(chosen: Namespace, settings: Settings) -> int:
    """Erase again whom the shred ledger names and the database knows."""
    from fac.jobs.rotation.replaying import Replayed, replay
    from fac.progress import Bars

    found: list[Replayed] = []

    async def act(custody: Custody, operator: Operator) -> None:
        with Bars() as progress:
            found.append(await replay(custody, operator, progress))

    asyncio.run(_acting(chosen, settings, act))
    print(f"the ledger has {found[0].lines} erasures; {found[0].erased} people were erased again; nobody is left")
    return 0


def _rotate(
    chosen: Namespace,
    settings: Settings,
    rotate: Callable[[Custody, Operator, Progress], Awaitable[int]],
    words: str,
) -> int:
    from fac.progress import Bars

    counted = []

    async def act(custody: Custody, operator: Operator) -> None:
        with Bars() as progress:
            counted.append(await rotate(custody, operator, progress))

    asyncio.run(_acting(chosen, settings, act))
    print(f"{counted[0]} {words}; nothing is left")
    return 0


async def _acting(
    chosen: Namespace,
    settings: Settings,
    act: Callable[[Custody, Operator], Awaitable[None]],
    *,
    also: Sequence[Login] = (),
) -> None:
    from fac.jobs.rotation.operating import find_operator

    async with opening.in_custody(settings, also=also) as custody:
        await act(custody, await find_operator(custody, chosen.login))


def _print_status(settings: Settings, *, create: bool = False) -> int:
    from fac.jobs.rotation.overview import key_lines

    async def main() -> list[str]:
        async with opening.in_custody(settings, create_keys=create) as custody:
            return await key_lines(custody)

    print("\n".join(asyncio.run(main())))
    return 0


COMMANDS: dict[str, Callable[[Namespace, Settings], int]] = {
    "keys_create": create,
    "keys_status": status,
    "keys_rotate_kek": rotate_kek,
    "keys_rotate_dek": rotate_dek,
    "keys_rotate_index": rotate_index,
    "keys_rotate_audit": rotate_audit,
    "keys_destroy_epoch": destroy_epoch,
    "keys_replay": replay,
}
