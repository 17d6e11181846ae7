"""How fast keys change, in rows a second: an embedded server, families taken in over GraphQL, each rotation once.

Run: python -m benchmarks.rotation [families]. Nothing else works on the incident meanwhile; docs/keys.md has the figures.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from fac.crypto.keys import FileRoot
from fac.db import migrating
from fac.db.claims import Login
from fac.db.embedded import Server
from fac.db.rls.login_roles import hand_to_owner, make_login_roles
from fac.jobs.rotation import reindexing, resealing, rewrapping
from fac.jobs.rotation.holding import Custody, Holder, following
from fac.jobs.rotation.operating import find_operator
from tests.families import new_family
from tests.world import World, address_of, open_keeping, open_world, password_of

FAMILIES = 250
CLIENTS = 4


async def fill(world: World, families: int) -> None:
    """Take in ``families`` of four persons each."""
    waiting = list(range(families))

    async def client() -> None:
        while waiting:
            waiting.pop()
            await new_family(world)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))


async def measure(dsn: str, folder: Path, families: int) -> None:
    """Print rows a second of every rotation."""
    await make_login_roles(dsn, {login: password_of(dsn, login) for login in Login})
    await hand_to_owner(dsn)
    await migrating.upgrade(address_of(dsn, Login.owner))
    database = await open_keeping(dsn)
    async with open_world(dsn, folder) as world:
        await fill(world, families)
        parts, root = world.parts, FileRoot(folder / "root.keys", "test")
        ring = parts.tools.blind_index._ring
        holder = Holder(parts.database, parts.tools, ring, root)
        custody = Custody(database, parts.tools, ring, root, holder, parts.clock)
        (row,) = await world.fetch("SELECT login FROM accounts WHERE login LIKE 'administrator-%'")
        async with following(holder):
            operator = await find_operator(custody, row["login"])
            for rotate in (rewrapping.rotate_kek, resealing.rotate_dek, reindexing.rotate_index):
                began = time.perf_counter()
                rows = await rotate(custody, operator, lambda *_: None)
                seconds = time.perf_counter() - began
                print(f"{rotate.__name__:<14}{rows:8} rows {seconds:7.2f} s {rows / seconds:10.0f} rows/s", flush=True)
    await database.close()


def main() -> None:
    """Measure once."""
    families = int(sys.argv[1]) if len(sys.argv) > 1 else FAMILIES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        with Server(folder / "cluster") as server:
            keys = folder / "keys"
            keys.mkdir()
            dsn = asyncio.run(migrating.create_database(server.dsn(), "fac_rotation"))
            asyncio.run(measure(dsn, keys, families))


if __name__ == "__main__":
    main()
