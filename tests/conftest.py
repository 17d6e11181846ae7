"""One PostgreSQL for the whole run, a migrated template, and a fresh copy of it for every test module.

Order: FAC_TEST_DATABASE_URL (a superuser's address), a container when FAC_TEST_CONTAINERS=1, else the embedded server.
Never: a database shared by two modules, or tmp_path for the server: its unprivileged user cannot enter there.
"""

import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from fac.db import migrating
from fac.db.claims import Login
from fac.db.embedded import Server
from fac.db.rls.login_roles import hand_to_owner, make_login_roles
from tests.world import World, address_of, open_world, password_of

_TEMPLATE = f"fac_template_{os.getpid()}"

# A busy machine is no fault of the code: no example fails for its own slowness.
settings.register_profile("fac", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fac")

# Two workers take whole files in this order: what takes longest must not be what is left for one of them at the end.
_LONGEST_FIRST = (
    "access/test_policy_table.py",
    "access/test_scope.py",
    "access/test_canaries.py",
    "journeys/test_killed_server.py",
    "platform/test_demonstration.py",
    "access/test_proof.py",
    "access/test_policy_change.py",
    "reading/test_plans.py",
    "reading/test_differential.py",
    "platform/test_serve.py",
    "demo/test_load.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, and leave what collecting made out of every later garbage collection."""
    place = {f"tests/{name}": number for number, name in enumerate(_LONGEST_FIRST)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(place)))
    gc.collect()
    gc.freeze()
    # With all that frozen the collector thinks little is alive and walks the rest again and again: a quarter of the
    # processor time of what compiles many reads.
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A temporary folder that the unprivileged user of an embedded server may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="fac-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster(open_folder: Path) -> Iterator[str]:
    """The superuser's address of the one PostgreSQL server of this run."""
    if given := os.environ.get("FAC_TEST_DATABASE_URL"):
        yield migrating.plain_dsn(given)
    elif os.environ.get("FAC_TEST_CONTAINERS") == "1":
        from testcontainers.community.postgres import PostgresContainer

        with PostgresContainer("postgres:18", driver="asyncpg") as container:
            yield migrating.plain_dsn(container.get_connection_url())
    else:
        chosen = os.environ.get("FAC_PG_BIN")
        with Server(open_folder / "cluster", programs=Path(chosen) if chosen else None, durable=False) as server:
            yield server.dsn()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def login_roles(cluster: str) -> None:
    """The login roles of the server: the same for every database on it."""
    await make_login_roles(cluster, {login: password_of(cluster, login) for login in Login})


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def template_database(cluster: str, login_roles: None) -> AsyncIterator[str]:
    """The name of a database with the newest schema and no rows; nobody stays connected to it.

    It is the owner's who migrated it, as anywhere else.
    """
    place = await migrating.create_database(cluster, _TEMPLATE)
    assert await hand_to_owner(place)
    await migrating.upgrade(address_of(place, Login.owner))
    yield _TEMPLATE
    await migrating.drop_database(cluster, _TEMPLATE)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database_url(cluster: str, template_database: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The superuser's address of this module's own copy of the template, dropped afterwards.

    The application under test never connects by it: see ``tests.world.address_of``.
    """
    name = f"fac_{os.getpid()}_{sha256(request.node.nodeid.encode()).hexdigest()[:12]}"
    place = await migrating.create_database(cluster, name, template=template_database)
    assert await hand_to_owner(place)
    yield place
    await migrating.drop_database(cluster, name)


@pytest_asyncio.fixture(loop_scope="session")
async def empty_database_url(cluster: str, login_roles: None, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The address of a database without any table, for tests of the migrations themselves."""
    name = f"fac_{os.getpid()}_empty_{sha256(request.node.nodeid.encode()).hexdigest()[:12]}"
    yield await migrating.create_database(cluster, name)
    await migrating.drop_database(cluster, name)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A fresh incident with every role on duty, over this module's own database."""
    async with open_world(database_url, tmp_path_factory.mktemp("keys")) as opened:
        yield opened
