"""Keys of classes that came with a later release: added by command, never in the place of one that was lost."""

import pytest

from fac import app
from fac.crypto.keys import FileRoot
from fac.errors import KeyUnavailable
from tests.families import new_family
from tests.world import World, open_keeping

LACKING = "DELETE FROM class_keys WHERE purpose = $1"
HELD = "SELECT epoch, state FROM class_keys WHERE purpose = $1"


async def test_an_older_database_starts_no_server_until_its_new_classes_have_keys(world: World, database_url: str):
    root, keeping = FileRoot(world.folder / "root.keys", "test"), await open_keeping(database_url)
    try:
        for purpose in ("kek:staff_record", "kek:privileged", "kek:partner_record"):
            await world.fetch(LACKING, purpose)
        with pytest.raises(KeyUnavailable):
            await app.open_ring(keeping, root, create=False)
        ring = await app.open_ring(keeping, root, create=True)
        again = await app.open_ring(keeping, root, create=True)
        assert ring.purposes == again.purposes
        assert [tuple(row) for row in await world.fetch(HELD, "kek:privileged")] == [(1, "active")]
        assert ring.subkey("kek:privileged", 1, "x") == again.subkey("kek:privileged", 1, "x")
        assert ring.subkey("kek:privileged", 1, "x") != ring.subkey("kek:staff_record", 1, "x")
    finally:
        await keeping.close()


async def test_a_key_that_something_lies_under_is_not_made_anew(world: World, database_url: str):
    await new_family(world)
    root, keeping = FileRoot(world.folder / "root.keys", "test"), await open_keeping(database_url)
    try:
        await world.fetch(LACKING, "kek:contact")
        with pytest.raises(KeyUnavailable):
            await app.open_ring(keeping, root, create=True)
        assert await world.fetch(HELD, "kek:contact") == []
    finally:
        await keeping.close()
