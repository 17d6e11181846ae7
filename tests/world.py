"""A small incident to test in: three centers, seven organisations, one hat of every role, and a way to act as each.

Rows of the directory are put in directly; families come in through the real verbs, over HTTP, with the shipped
documents.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import httpx

from fac import app
from fac.access.login import new_token
from fac.api.context import Parts
from fac.api.document import Documents
from fac.crypto.keys import FileRoot, KeyRing
from fac.db.assistance import awards
from fac.db.claims import POOLS, Login
from fac.db.engine import Database, Pool
from fac.db.incident import centers, incidents
from fac.db.organization import agreements, organization_contacts, organizations, services
from fac.db.provider_credential import provider_credentials
from fac.db.rls.login_roles import address
from fac.db.staff import accounts, memberships, sessions
from fac.db.statement import insert_into
from fac.domain.ids import encode_global, new_id
from fac.domain.vocabulary import Role
from fac.reading.catalog import NOUNS

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """A clock that tests may set; it moves only when told to."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(slots=True)
class Hat:
    """One actor: membership, token, and a client that acts as it."""

    world: "World"
    name: str
    role: Role
    membership_id: UUID
    session_id: UUID
    token: str

    async def post(self, body: dict[str, Any], **headers: str) -> httpx.Response:
        """Send one GraphQL request as this hat."""
        return await self.world.http.post(
            "/graphql", json=body, headers={"authorization": f"Bearer {self.token}"} | headers
        )

    async def run(self, document: str, **variables: Any) -> Any:
        """Run a trusted document and return its ``data``; fails the test on any error."""
        response = await self.post({"documentId": document, "variables": variables})
        body = response.json()
        assert response.status_code == 200, body
        assert "errors" not in body, body
        return body["data"]

    async def do(self, document: str, **given: Any) -> Any:
        """Run a trusted mutation document with ``input`` and return the payload of its one field."""
        given.setdefault("clientMutationId", str(uuid4()))
        data = await self.run(document, input=given)
        (payload,) = data.values()
        return payload

    async def ask(self, query: str, **variables: Any) -> Any:
        """Run a free document and return the whole response body."""
        return (await self.post({"query": query, "variables": variables})).json()


@dataclass(slots=True)
class World:
    """The incident, its people on duty, and the application they use."""

    http: httpx.AsyncClient
    parts: Parts
    clock: Clock
    incident_id: UUID
    folder: Path
    beneath: Pool  # the superuser's: for setting the stage, and for looking where no user can
    organizations: dict[str, UUID] = field(default_factory=dict)
    centers: dict[str, UUID] = field(default_factory=dict)
    services: dict[str, UUID] = field(default_factory=dict)
    agreements: dict[str, UUID] = field(default_factory=dict)
    credentials: dict[str, UUID] = field(default_factory=dict)
    award_id: UUID = field(default_factory=new_id)
    hats: dict[str, Hat] = field(default_factory=dict)

    def __repr__(self) -> str:
        return "World(...)"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Print few words for Hypothesis, which otherwise goes through every field of what a failing test was given."""
        printer.text(repr(self))

    def __getitem__(self, name: str) -> Hat:
        return self.hats[name]

    def id(self, noun: str, id: UUID | str) -> str:
        """Return the opaque id of a row of ``noun``."""
        kind = NOUNS[noun]
        return encode_global(kind.code, None if kind.is_global else self.incident_id, UUID(str(id)))

    async def fetch(self, sql: str, *arguments: Any) -> Any:
        """Look into the database, as no user can."""
        async with self.beneath.connection() as connection:
            return await connection.fetch(sql, *arguments)


# name -> (kind, regime, service category or None)
ORGANIZATIONS = {
    "county": ("lead_agency", "none", None),
    "counseling": ("nonprofit", "voca", "counseling"),
    "legal_aid": ("legal_provider", "state_privilege", "legal"),
    "stranger": ("nonprofit", "none", "support"),
    "funder": ("funder", "none", None),
    "medical_examiner": ("government", "none", None),
    "recovery": ("health_provider", "part2_sud", "counseling"),
    "victim_fund": ("nonprofit", "none", "compensation"),
}
CENTERS = ("reunification_center", "family_assistance_center", "resiliency_center")
# hat -> (role, organisation, center or None)
HATS = {
    "intake": (Role.intake_worker, "county", "reunification_center"),
    "reunification_supervisor": (Role.supervisor, "county", "reunification_center"),
    "fac_intake": (Role.intake_worker, "county", "family_assistance_center"),
    "fac_manager": (Role.case_manager, "county", "family_assistance_center"),
    "fac_manager_two": (Role.case_manager, "county", "family_assistance_center"),
    "fac_supervisor": (Role.supervisor, "county", "family_assistance_center"),
    "navigator": (Role.case_manager, "county", "resiliency_center"),
    "resiliency_supervisor": (Role.supervisor, "county", "resiliency_center"),
    "reunifier": (Role.reunification_worker, "county", "reunification_center"),
    "volunteer": (Role.volunteer, "county", "reunification_center"),
    "liaison": (Role.identification_liaison, "medical_examiner", None),
    "counselor": (Role.partner_user, "counseling", None),
    "counseling_administrator": (Role.partner_administrator, "counseling", None),
    "recoverer": (Role.partner_user, "recovery", None),
    "fund": (Role.fund_administrator, "victim_fund", None),
    "lawyer": (Role.partner_user, "legal_aid", None),
    "stranger": (Role.partner_user, "stranger", None),
    "funder": (Role.report_viewer, "funder", None),
    "auditor": (Role.auditor, "county", None),
    "privacy_officer": (Role.privacy_officer, "county", None),
    "administrator": (Role.system_administrator, "county", None),
    "system": (Role.system_worker, "county", None),
}


@asynccontextmanager
async def open_world(
    database_url: str, folder: Path, *, free_documents: bool = True, name: str = "incident"
) -> AsyncIterator[World]:
    """Open the application over ``database_url`` with a fresh incident in it; several may share a database."""
    root_file = folder / "root.keys"
    if not root_file.exists():
        FileRoot.create(root_file)
    clock = Clock()
    beneath = await Pool.open(database_url, size=8)
    database = await open_database(database_url)
    try:
        ring = await first_keys(database_url, FileRoot(root_file, "test"))
        parts = app.make_parts(
            database, ring, free_documents=free_documents, clock=clock, shred_ledger=folder / "shred-ledger.jsonl"
        )
        application = app.make_application(parts, documents=_documents(parts.tools.policy.version, free_documents))
        transport = httpx.ASGITransport(app=application)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            world = World(http, parts, clock, new_id(), folder, beneath)
            await _found(world, name)
            yield world
    finally:
        await database.close()
        await beneath.close()


@lru_cache(maxsize=4)
def _documents(version: bytes, introspection: bool) -> Documents:
    """Return the shipped documents with the plans that the worlds before this one had compiled: as in a long run."""
    policy = app.packaged_policies().current.policy
    assert policy.version == version
    return app.make_documents(policy, introspection=introspection)


async def open_keeping(superuser: str) -> Database:
    """Open the keeper's pool, and the worker's that seals, as the commands on the keys do."""
    addresses = {login: address_of(superuser, login) for login in (Login.keeper, Login.worker)}
    return await Database.open(addresses, own=Login.keeper, size=4)


async def first_keys(superuser: str, root: FileRoot) -> KeyRing:
    """Give the database its first keys, or return those it has."""
    keeping = await open_keeping(superuser)
    try:
        return await app.open_ring(keeping, root, create=True)
    finally:
        await keeping.close()


async def open_database(superuser: str) -> Database:
    """Open every login's pool over the database at a superuser's address."""
    addresses = {login: address_of(superuser, login) for login in POOLS}
    return await Database.open(addresses, own=Login.worker, size=8)


def password_of(superuser: str, login: Login) -> str:
    """Return a login role's password on the server of a superuser's address: the same for all its databases."""
    return sha256(f"{urlsplit(superuser).netloc} {login}".encode()).hexdigest()


def address_of(superuser: str, login: Login) -> str:
    """Return the address of the database at ``superuser`` for one of the login roles."""
    return address(superuser, login, password_of(superuser, login))


def keep_passwords(superuser: str, folder: Path) -> dict[str, str]:
    """Write the login roles' passwords into ``folder`` and return the settings that lead a process to them."""
    folder.mkdir(exist_ok=True)
    for login in Login:
        (folder / login.role).write_text(password_of(superuser, login), "ascii")
    parts = urlsplit(superuser)
    place = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return {"FAC_DATABASE_URL": place, "FAC_DATABASE_PASSWORDS": str(folder)}


async def _found(world: World, name: str) -> None:
    async with world.beneath.transaction() as connection:
        now = world.clock.now
        for label, (kind, regime, _) in ORGANIZATIONS.items():
            id = world.organizations[label] = new_id()
            await insert_into(organizations).run(
                connection,
                id=id,
                name=f"{label} {name}",
                kind=kind,
                confidentiality_regime=regime,
                created_at=now,
                version=1,
            )
        await insert_into(incidents).run(
            connection, id=world.incident_id, name=name, is_exercise=False, timezone="America/Chicago",
            occurred_on=now.date(), status="open", lead_organization_id=world.organizations["county"], created_at=now,
            version=1,
        )  # fmt: skip
        own = {"incident_id": world.incident_id}
        for kind in CENTERS:
            id = world.centers[kind] = new_id()
            await insert_into(centers).run(
                connection, **own, id=id, kind=kind, name=kind, address="1 Main Street",
                organization_id=world.organizations["county"], opened_at=now, closed_at=None, version=1,
            )  # fmt: skip
        for label, (_, _, category) in ORGANIZATIONS.items():
            if category is None:
                continue
            of = own | {"organization_id": world.organizations[label]}
            id = world.services[label] = new_id()
            await insert_into(services).run(
                connection, **of, id=id, name=f"{label} service", category=category, description="help",
                languages=["en", "es"], wait_days=2, is_accepting=True, version=1,
            )  # fmt: skip
            await insert_into(organization_contacts).run(
                connection, **of, id=new_id(), label="desk", phone="+15555550100", email=f"desk@{label}.example.org",
                is_round_the_clock=True, verified_on=now.date(), version=1,
            )  # fmt: skip
            id = world.agreements[label] = new_id()
            await insert_into(agreements).run(
                connection, **of, id=id, kind="mou", scope="services to families", data_terms="as released",
                attests_nondiscrimination=True, effective_on=now.date() - timedelta(days=30),
                expires_on=now.date() + timedelta(days=330), ended_at=None, version=1,
            )  # fmt: skip
        await insert_into(awards).run(
            connection, **own, id=world.award_id, funder_organization_id=world.organizations["funder"],
            organization_id=world.organizations["county"], name="AEAP", award_number="15POVC-TEST",
            starts_on=date(2025, 10, 1),
            ends_on=date(2028, 10, 1), new_resets_in_month=7, version=1,
        )  # fmt: skip
        for label, (role, organization, center) in HATS.items():
            await put_on_duty(world, connection, label, role, organization, center)
        for label, (_, _, category) in ORGANIZATIONS.items():
            if category == "counseling":
                await _license(world, connection, label)


async def _license(world: World, connection: Any, label: str) -> None:
    """Let an organisation counsel people of every age and language."""
    now, id = world.clock.now, new_id()
    world.credentials[label] = id
    await insert_into(provider_credentials).run(
        connection, incident_id=world.incident_id, id=id, organization_id=world.organizations[label], kind="license",
        title="licensed clinical social worker", holder_name=f"Holder {label}", number="149-000001",
        board="Board of Social Work", jurisdiction="US-IL", esar_vhp_level=1,
        age_bands=["age_0_12", "age_13_17", "age_18_24", "age_25_59", "age_60_plus"], languages=["en", "es"],
        works_with_interpreter=True, modalities=["emdr"], expires_on=now.date() + timedelta(days=700),
        recorded_by=world["administrator"].membership_id, recorded_at=now,
        verified_by=world["fac_supervisor"].membership_id, verified_at=now, revoked_by=None, revoked_at=None,
        revoke_reason=None, version=1,
    )  # fmt: skip


async def put_on_duty(
    world: World, connection: Any, name: str, role: Role, organization: str, center: str | None
) -> None:
    """Give somebody a hat and a token, as ``world[name]``."""
    now, own = world.clock.now, {"incident_id": world.incident_id}
    account_id, membership_id, session_id = new_id(), new_id(), new_id()
    token, hashed = new_token(world.incident_id)
    await insert_into(accounts).run(
        connection, id=account_id, login=f"{name}-{account_id}", display_name=f"Worker {name}", created_at=now
    )
    await insert_into(memberships).run(
        connection, **own, id=membership_id, account_id=account_id, role=role,
        organization_id=world.organizations[organization], center_id=world.centers[center] if center else None,
        started_at=now, ended_at=None, vetted_by=None, vetted_at=None, vetted_until=None,
    )  # fmt: skip
    await insert_into(sessions).run(
        connection, **own, id=session_id, membership_id=membership_id, token_hash=hashed, created_at=now,
        expires_at=now + timedelta(days=3650), revoked_at=None, idle_minutes=None, lapses_at=None,
    )  # fmt: skip
    world.hats[name] = Hat(world, name, role, membership_id, session_id, token)


async def together(count: int, action: Callable[[int], Any]) -> list[Any]:
    """Run ``action`` ``count`` times at once and return what each came to."""
    return list(await asyncio.gather(*(action(number) for number in range(count))))
