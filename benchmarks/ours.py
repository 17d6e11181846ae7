"""The contender that is the real application: bearer sign-in, trusted documents, policy, release, audit, sealing.

Started as a process of its own: ``python -m benchmarks.ours CONFIG``.
Never: switch anything off for being measured.
"""

import sys
from pathlib import Path
from typing import Any

from benchmarks.process import Config, run_server
from fac import app, logs
from fac.api import schema
from fac.api.document import Documents
from fac.api.endpoint import Endpoint
from fac.crypto.keys import FileRoot
from fac.db.claims import POOLS, Login
from fac.db.engine import Database
from fac.db.rls.login_roles import address
from fac.db.rls.safety import refuse_unsafe
from fac.resources import graphql_dir

OPERATIONS = Path(__file__).parent / "operations"


async def make(config: Config) -> Any:
    """Return the application, with the benchmark's two reads among its trusted documents."""
    logs.configure()
    addresses = {login: address(config.dsn, login, config.passwords[login]) for login in POOLS}
    database = await Database.open(addresses, own=Login.worker, size=config.connections)
    await refuse_unsafe(database)
    ring = await app.open_ring(database, FileRoot(Path(config.root_file), "test"), create=False)
    parts = app.make_parts(database, ring, free_documents=False)
    framework = app.make_application(parts).framework
    built = schema.build(parts.tools.policy)
    documents = Documents(built, OPERATIONS, introspection=False)
    documents.trusted |= Documents(built, graphql_dir() / "operations", introspection=False).trusted
    return app.Application(Endpoint(parts, built, documents), framework)


if __name__ == "__main__":
    run_server(make, sys.argv[1])
