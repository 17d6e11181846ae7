"""The composition root: settings become an engine, keys, a policy, a schema, and one ASGI application.

Never: hold logic; every part is made by the floor it belongs to.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Response

from fac.access.in_force import Policies
from fac.access.login import SignIn
from fac.access.policy import Policy
from fac.access.proposal import read_packaged
from fac.access.served import classes_served, finds_persons
from fac.api import schema
from fac.api.context import Parts
from fac.api.document import Documents
from fac.api.endpoint import Endpoint
from fac.audit.ledger import Ledger
from fac.audit.shred_ledger import ShredLedger
from fac.casework.disclosure import Disclosure
from fac.casework.work import Tools
from fac.crypto.blind_index import BlindIndex
from fac.crypto.envelope import Vault
from fac.crypto.keys import (
    ALL_PURPOSES,
    AUDIT,
    INDEX,
    KeyRing,
    KeyRow,
    KeyState,
    RootProvider,
    new_key_row,
    new_key_rows,
)
from fac.crypto.mac import AuditMac
from fac.crypto.one_time_code import FactorSecrets
from fac.crypto.portal_token import PortalTokens
from fac.crypto.signature import AuditSigner
from fac.db import key_row
from fac.db.engine import Database
from fac.db.statement import Connection
from fac.domain.vocabulary import SEALED_CLASSES, Role
from fac.errors import KeyUnavailable
from fac.jobs.readiness import readiness
from fac.jobs.rotation.holding import holds_what_is_active
from fac.resources import graphql_dir, policies_dir

Clock = Callable[[], datetime]
NOTHING_PERSONAL: Final = (AUDIT,)  # the keys of a process that never seals or opens a personal value


def utc_now() -> datetime:
    """Return the present instant; the one clock of a process."""
    return datetime.now(UTC)


async def open_ring(
    database: Database,
    root: RootProvider,
    *,
    create: bool,
    create_later: bool = False,
    purposes: Sequence[str] = ALL_PURPOSES,
) -> KeyRing:
    """Return the unwrapped keys of ``purposes``; with ``create`` a database is given the first ones of what it lacks.

    With ``create_later`` only a database that has keys is, of the classes that came with a later release.

    Raises WrongKey when the root is not the one the database was sealed under, KeyUnavailable when there are none, or
    where one is gone that something lies under.
    """
    async with database.own_transaction() as connection:
        held = await held_keys(connection)
        fresh = await _missing(connection, held, root) if create or (create_later and held) else []
        if fresh:
            now = utc_now()
            await key_row.insert_class_key.run_many(
                connection,
                [
                    {
                        "purpose": each.purpose, "epoch": each.epoch, "wrapped": each.wrapped, "canary": each.canary,
                        "state": str(each.state), "created_at": now,
                    }
                    for each in fresh
                ],
            )  # fmt: skip
    held += fresh
    if not held:
        raise KeyUnavailable
    return KeyRing.open(held, root, purposes)


async def _missing(connection: Connection, held: list[KeyRow], root: RootProvider) -> list[KeyRow]:
    """Return first keys: of everything for an empty database, else of classes that came with a later release."""
    if not held:
        return new_key_rows(root)
    known = {each.purpose for each in held}
    lacking = {f"kek:{info}": info.code for info in SEALED_CLASSES if f"kek:{info}" not in known}
    if not lacking:
        return []
    for code in lacking.values():
        if await key_row.keys_of_class.value(connection, info=code):
            raise KeyUnavailable
    # Never a key under another root than those beside it.
    KeyRing.open(held, root, [purpose for purpose in ALL_PURPOSES if purpose in known])
    epoch = max(each.epoch for each in held if each.purpose.startswith("kek:") and each.state == KeyState.active)
    return [new_key_row(root, purpose, epoch) for purpose in lacking]


async def held_keys(connection: Connection) -> list[KeyRow]:
    """Return every key of the database, wrapped."""
    rows = await key_row.all_class_keys.all(connection)
    return [KeyRow(row["purpose"], row["epoch"], row["wrapped"], row["canary"], row["state"]) for row in rows]


def packaged_policies() -> Policies:
    """Return the program's own policy as all that is in force; raises PolicyInvalid."""
    return Policies(read_packaged(policies_dir()))


def purposes_to_serve(roles: Collection[Role], policy: Policy | None = None) -> tuple[str, ...]:
    """Return the keys that a process serving ``roles`` needs, by the policy; each of them writes the audit."""
    if frozenset(roles) == frozenset(Role):
        return ALL_PURPOSES
    policy = policy or packaged_policies().current.policy
    finds = (INDEX,) if finds_persons(policy, roles) else ()
    return (*(f"kek:{info}" for info in sorted(classes_served(policy, roles))), *finds, *NOTHING_PERSONAL)


def make_tools(ring: KeyRing, policy: Policy, shred_ledger: Path | None = None) -> Tools:
    """Return what every verb works with; without a file for the shred ledger nobody is erased."""
    mac = AuditMac(ring)
    disclosure, index, erased = Disclosure(Vault(ring)), BlindIndex(ring), ShredLedger(shred_ledger, mac)
    signer, factors, portals = AuditSigner(ring), FactorSecrets(ring), PortalTokens(ring)
    return Tools(policy, Ledger(mac), disclosure, index, mac, signer, factors, portals, erased)


def make_parts(
    database: Database,
    ring: KeyRing,
    *,
    free_documents: bool,
    clock: Clock = utc_now,
    roles: Collection[Role] = tuple(Role),
    policies: Policies | None = None,
    shred_ledger: Path | None = None,
) -> Parts:
    """Return the parts of the edge, which knows only the sessions of ``roles``; the program's own policy by default."""
    policies = policies or packaged_policies()
    tools = make_tools(ring, policies.current.policy, shred_ledger)
    sign_in = SignIn(roles, tools.policy.separated)
    return Parts(
        database, tools, sign_in, clock, free_documents, introspection=free_documents, policies=policies,
        keys_are_usable=partial(holds_what_is_active, ring),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Application:
    """GraphQL first, the framework for everything else (its pipeline alone costs as much as a read)."""

    endpoint: Endpoint
    framework: FastAPI

    def compiled_for(self, roles: Collection[Role]) -> "Application":
        """Return this application with its trusted queries compiled for ``roles`` (a few seconds)."""
        self.endpoint.compile_for(roles)
        return self

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one ASGI call."""
        if scope["type"] == "http" and scope["path"] == "/graphql":
            await self.endpoint(scope, receive, send)
        else:
            await self.framework(scope, receive, send)


def make_documents(policy: Policy, *, introspection: bool) -> Documents:
    """Return the shipped documents, prepared for a schema that ``policy`` maps whole."""
    return Documents(schema.build(policy), graphql_dir() / "operations", introspection=introspection)


def make_application(
    parts: Parts, *, documents: Documents | None = None, on_close: Callable[[], Awaitable[None]] | None = None
) -> Application:
    """Return the ASGI application over ``parts``; applications of one process may share their documents."""
    built = schema.build(parts.tools.policy)
    documents = documents or make_documents(parts.tools.policy, introspection=parts.introspection)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        if on_close is not None:
            await on_close()

    framework = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)

    @framework.get("/livez")
    async def livez() -> dict[str, str]:
        """Tell that the process runs."""
        return {"status": "live"}

    @framework.get("/readyz")
    async def readyz(response: Response) -> dict[str, Any]:
        """Tell that requests can be served, and whether the worker keeps up (fac.jobs.readiness)."""
        refused = parts.policies.refused is not None
        found = await readiness(parts.database, parts.keys_are_usable, utc_now(), refused_policy=refused)
        response.status_code = 200 if found.can_serve else 503
        return found.as_answer()

    return Application(Endpoint(parts, built, documents), framework)
