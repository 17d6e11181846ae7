"""The peer: PostGraphile 5 with a role and settings for each request, over a plain-text copy of the same rows.

It neither seals nor opens nor audits, and its row security is two lines; it is a peer in turning GraphQL into SQL and
rows into JSON. Its packages are looked for in ``benchmarks/node_modules`` or ``FAC_BENCH_NODE``.
Never: let its answers differ from ours in anything but the spelling of ids and cursors.
"""

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import asyncpg

from benchmarks import floor
from benchmarks.contender import Contender, Process
from benchmarks.seed import Seeded
from fac import app
from fac.crypto.envelope import Vault
from fac.crypto.keys import FileRoot
from fac.db.claims import Login
from fac.db.engine import Database, Pool

HERE = Path(__file__).parent
PERSON = "ageBand spokenLanguage givenName familyName bornOn phones address safeChannels"
INBOX = f"""
query Inbox($organization: UUID!, $first: Int!) {{
  referralInbox: allReferrals(first: $first, orderBy: [SENT_AT_DESC, ROW_ID_DESC], condition: {{organizationId: $organization}}) {{
    nodes {{
      id: rowId kind status urgency purpose createdAt sentAt dueAt acceptedAt version
      service: serviceByServiceId {{ name category }}
      recipient: organizationByOrganizationId {{ name }}
      persons: referralPeopleByReferralId {{ nodes {{ person: personByPersonId {{ {PERSON} }} }} }}
    }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""
CASE = f"""
query Whole($id: UUID!) {{
  case: caseByRowId(rowId: $id) {{
    id: rowId caseNumber status openedAt version
    responsible: membershipByResponsibleId {{ account: accountByAccountId {{ displayName }} }}
    persons: peopleByCaseId(orderBy: [CREATED_AT_ASC, ROW_ID_ASC]) {{ nodes {{ id: rowId {PERSON} }} }}
    needs: needsByCaseId(first: 25, orderBy: [OPENED_AT_DESC, ROW_ID_DESC]) {{ nodes {{ id: rowId code horizon status openedAt detail }} }}
    referrals: referralsByCaseId(first: 25, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {{
      nodes {{
        id: rowId kind status urgency sentAt service: serviceByServiceId {{ name }} recipient: organizationByOrganizationId {{ name }}
      }}
    }}
    assistances: assistancesByCaseId(first: 25, orderBy: [RECORDED_AT_DESC, ROW_ID_DESC]) {{
      nodes {{ id: rowId lineCode occurrences deliveredOn award: awardByAwardId {{ name }} }}
    }}
    followUps: followUpsByCaseId(first: 25, orderBy: [DUE_ON_ASC, ROW_ID_ASC]) {{ nodes {{ id: rowId reason status dueOn }} }}
  }}
}}
"""


def packages() -> Path | None:
    """Return the folder that holds ``node_modules`` with PostGraphile and Node, or None."""
    found = Path(os.environ.get("FAC_BENCH_NODE", HERE))
    return found if (found / "node_modules/postgraphile").is_dir() else None


@contextmanager
def running(dsn: str, root_file: str, folder: Path, seeded: Seeded) -> Iterator[Contender | None]:
    """Copy the rows, run the server, and yield it; None where its packages are missing."""
    modules = packages()
    if modules is None:
        print("PostGraphile is left out: npm install postgraphile@5 node@22 in benchmarks/, or set FAC_BENCH_NODE")
        yield None
        return
    asyncio.run(_copy(dsn, root_file, seeded))
    parts, query = urlsplit(dsn), parse_qs(urlsplit(dsn).query)
    config = folder / "postgraphile.json"
    config.write_text(
        json.dumps(
            {
                "modules": str(modules), "host": query["host"][0], "port": int(query["port"][0]), "user": parts.username,
                "password": parts.password, "database": parts.path[1:], "connections": 10, "organization": seeded.partner_id,
                "center": seeded.intake_center_id,
            }
        )
    )  # fmt: skip
    config.chmod(0o600)
    node = modules / "node_modules/.bin/node"
    environment = {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    process = Process(
        "postgraphile", [str(node), str(HERE / "postgraphile.mjs"), str(config)], folder / "log", environment
    )
    try:
        yield Contender("postgraphile", process, bodies=_bodies(seeded), center=seeded.intake_center_id)
    finally:
        process.stop()


def _bodies(seeded: Seeded) -> dict[str, list[str]]:
    inbox = {"query": INBOX, "variables": {"organization": seeded.partner_id, "first": 50}}
    return {
        "Q1": [json.dumps(inbox)],
        "Q2": [json.dumps({"query": CASE, "variables": {"id": each}}) for each in seeded.full_case_ids],
    }


async def _copy(dsn: str, root_file: str, seeded: Seeded) -> None:
    """Copy the rows, with the plain text of what the workloads read."""
    pool = await Pool.open(dsn, size=2)
    incident = UUID(seeded.incident_id)
    try:
        vault = Vault(
            await app.open_ring(
                Database({Login.worker: pool}, own=Login.worker), FileRoot(Path(root_file), "test"), create=False
            )
        )
        person = floor._Opened(vault, incident)  # the same opening as the floor's
        async with pool.connection() as connection:
            inbox = await connection.fetch(floor.INBOX, incident, UUID(seeded.partner_id))
            cases = [await connection.fetchrow(floor.CASE, incident, UUID(each)) for each in seeded.full_case_ids]
    finally:
        await pool.close()
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute((HERE / "plain.sql").read_text("utf-8"))
        rows = [each for row in inbox for each in row[13]] + [each for row in cases for each in row[6]]
        await connection.executemany(
            "UPDATE plain.persons SET given_name = $2, family_name = $3, born_on = $4, phones = $5, address = $6, safe_channels = $7"
            " WHERE id = $1",
            [(each[0], *_values(person(each))) for each in rows],
        )
        await connection.executemany(
            "UPDATE plain.needs SET detail = $2 WHERE id = $1", _details(vault, incident, cases)
        )
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def _values(person: dict[str, Any]) -> list[Any]:
    return [person[name] for name in ("givenName", "familyName", "bornOn", "phones", "address", "safeChannels")]


def _details(vault: Vault, incident: UUID, cases: list[Any]) -> list[tuple[UUID, str]]:
    opener = vault.opener(incident, "needs", floor.InfoClass.clinical)
    return [
        (each[0], opener.open(each[7], each[8], each[9], each[0], each[5], each[6])["text"])
        for row in cases
        for each in row[7]
        if each[6] is not None
    ]


def as_ours(value: Any) -> Any:
    """Return an answer of PostGraphile's in our shape: lists without pages are bare there."""
    data = dict(value)
    if "referralInbox" in data:
        for node in data["referralInbox"]["nodes"]:
            node["persons"] = [each["person"] for each in node["persons"]["nodes"]]
    if "case" in data:
        data["case"]["persons"] = data["case"]["persons"]["nodes"]
    return data
