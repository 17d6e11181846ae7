"""The floors: bare ASGI, hand-written SQL on asyncpg, the same decryptions and sealing, orjson. No policy, no sign-in.

The same-work floor also writes one audit row a read, before anything is opened; the bare floor does not. Started as a
process of its own: ``python -m benchmarks.floor CONFIG``.
Never: a thing to copy: it answers whoever asks.
"""

import sys
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from benchmarks import floor_intake
from benchmarks.process import Config, run_server
from fac import app
from fac.access.policy import load
from fac.casework.work import Tools
from fac.crypto.envelope import Opener, Vault
from fac.crypto.keys import FileRoot
from fac.db.claims import Login
from fac.db.engine import Database, Pool
from fac.domain.ids import encode_global, new_id
from fac.domain.vocabulary import InfoClass
from fac.reading.catalog import NOUNS
from fac.reading.cursor import encode_cursor
from fac.resources import policies_dir

IDENTITY, CONTACT, CLINICAL = InfoClass.identity.code, InfoClass.contact.code, InfoClass.clinical.code
OPENED = InfoClass.identity.bit | InfoClass.contact.bit

_PERSON = """
ROW(p.id, p.age_band, p.spoken_language, p.identity, i.epoch, i.version, i.wrapped, p.contact, c.epoch, c.version, c.wrapped)
"""
_PERSON_KEYS = f"""
JOIN data_keys i ON i.incident_id = $1 AND i.subject_id = p.id AND i.info = {IDENTITY}
JOIN data_keys c ON c.incident_id = $1 AND c.subject_id = p.id AND c.info = {CONTACT}
"""
INBOX = f"""
SELECT r.id, r.kind, r.status, r.urgency, r.purpose, r.created_at, r.sent_at, r.due_at, r.accepted_at, r.version, s.name, s.category, o.name,
  ARRAY(
    SELECT {_PERSON} FROM referral_persons l JOIN persons p ON p.incident_id = $1 AND p.id = l.person_id {_PERSON_KEYS}
    WHERE l.incident_id = $1 AND l.referral_id = r.id ORDER BY p.created_at, p.id
  )
FROM (
  SELECT id, kind, status, urgency, purpose, created_at, sent_at, due_at, accepted_at, version, service_id, organization_id
  FROM referrals WHERE incident_id = $1 AND organization_id = $2 AND sent_at IS NOT NULL ORDER BY sent_at DESC, id DESC LIMIT 51
) r
JOIN services s ON s.incident_id = $1 AND s.id = r.service_id JOIN organizations o ON o.id = r.organization_id
ORDER BY r.sent_at DESC, r.id DESC
"""
CASE = f"""
SELECT k.id, k.case_number, k.status, k.opened_at, k.version, a.display_name,
  ARRAY(SELECT {_PERSON} FROM persons p {_PERSON_KEYS} WHERE p.incident_id = $1 AND p.case_id = k.id ORDER BY p.created_at, p.id LIMIT 200),
  ARRAY(
    SELECT ROW(n.id, n.code, n.horizon, n.status, n.opened_at, n.person_id, n.detail, d.epoch, d.version, d.wrapped)
    FROM needs n LEFT JOIN data_keys d ON d.incident_id = $1 AND d.subject_id = n.person_id AND d.info = {CLINICAL}
    WHERE n.incident_id = $1 AND n.case_id = k.id ORDER BY n.opened_at DESC, n.id DESC LIMIT 26
  ),
  ARRAY(
    SELECT ROW(r.id, r.kind, r.status, r.urgency, r.sent_at, s.name, o.name)
    FROM referrals r JOIN services s ON s.incident_id = $1 AND s.id = r.service_id JOIN organizations o ON o.id = r.organization_id
    WHERE r.incident_id = $1 AND r.case_id = k.id ORDER BY r.created_at DESC, r.id DESC LIMIT 26
  ),
  ARRAY(
    SELECT ROW(t.id, t.line_code, t.occurrences, t.delivered_on, w.name)
    FROM assistances t LEFT JOIN awards w ON w.incident_id = $1 AND w.id = t.award_id
    WHERE t.incident_id = $1 AND t.case_id = k.id ORDER BY t.recorded_at DESC, t.id DESC LIMIT 26
  ),
  ARRAY(
    SELECT ROW(f.id, f.reason, f.status, f.due_on) FROM follow_ups f
    WHERE f.incident_id = $1 AND f.case_id = k.id ORDER BY f.due_on, f.id LIMIT 26
  )
FROM cases k
JOIN memberships m ON m.incident_id = $1 AND m.id = k.responsible_id JOIN accounts a ON a.id = m.account_id
WHERE k.incident_id = $1 AND k.id = $2
"""
AUDIT = """
INSERT INTO audit_events (incident_id, id, at, event, membership_id, operation, record, subjects, classes, detail, policy_version, correlation_id, mac)
VALUES ($1, $2, $3, 'record.read', $4, $5, $6, $7, $8, '{}', $9, $2, $9)
"""
_BYTES = bytes(32)


class Floor:
    """One floor: an ASGI application."""

    def __init__(self, config: Config, database: Pool, tools: Tools, vault: Vault) -> None:
        seeded = config.seeded
        self.database, self.tools, self.audits = database, tools, config.audits
        self.incident, self.partner = UUID(seeded["incident_id"]), UUID(seeded["partner_id"])
        self.reader = UUID(seeded["manager_id"])
        self.intake = floor_intake.Intake(self.incident, seeded, tools)
        self.person = _Opened(vault, self.incident)
        self.detail: Opener = vault.opener(self.incident, "needs", InfoClass.clinical)
        self.answers: dict[str, Callable[[Any], Awaitable[Any]]] = {
            "PartnerInbox": self.inbox,
            "WholeCase": self.case,
            "RecordIntake": self.record,
        }

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one ASGI call."""
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": message["type"] + ".complete"})
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        asked = orjson.loads(body)
        answer = orjson.dumps({"data": await self.answers[asked["documentId"]](asked["variables"])})
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def inbox(self, _: Any) -> Any:
        """Answer the partner's inbox."""
        async with self._reading() as connection:
            rows = await connection.fetch(INBOX, self.incident, self.partner)
            await self._audit(connection, "PartnerInbox", "referral", [each[0] for row in rows for each in row[13]])
        nodes = [
            {
                "id": self._id(_REFERRAL, row[0]), "kind": row[1], "status": row[2], "urgency": row[3], "purpose": row[4], "createdAt": row[5],
                "sentAt": row[6], "dueAt": row[7], "acceptedAt": row[8], "version": row[9],
                "service": {"name": row[10], "category": row[11]}, "recipient": {"name": row[12]},
                "persons": [self.person(each) for each in row[13]],
            }
            for row in rows[:50]
        ]  # fmt: skip
        cursor = encode_cursor(rows[49][6], rows[49][0])
        return {"referralInbox": {"nodes": nodes, "pageInfo": {"hasNextPage": len(rows) > 50, "endCursor": cursor}}}

    async def case(self, variables: Any) -> Any:
        """Answer a whole case."""
        id = UUID(bytes=urlsafe_b64decode(variables["id"])[17:])
        async with self._reading() as connection:
            row = await connection.fetchrow(CASE, self.incident, id)
            await self._audit(connection, "WholeCase", "case", [each[0] for each in row[6]])
        return {
            "case": {
                "id": variables["id"], "caseNumber": row[1], "status": row[2], "openedAt": row[3], "version": row[4],
                "responsible": {"account": {"displayName": row[5]}},
                "persons": [{"id": self._id(_PERSON_CODE, each[0])} | self.person(each) for each in row[6]],
                "needs": {"nodes": [self._need(each) for each in row[7][:25]]},
                "referrals": {
                    "nodes": [
                        {
                            "id": self._id(_REFERRAL, each[0]), "kind": each[1], "status": each[2], "urgency": each[3], "sentAt": each[4],
                            "service": {"name": each[5]}, "recipient": {"name": each[6]},
                        }
                        for each in row[8][:25]
                    ]
                },
                "assistances": {
                    "nodes": [
                        {
                            "id": self._id(_ASSISTANCE, each[0]), "lineCode": each[1], "occurrences": each[2], "deliveredOn": each[3],
                            "award": {"name": each[4]},
                        }
                        for each in row[9][:25]
                    ]
                },
                "followUps": {
                    "nodes": [
                        {"id": self._id(_FOLLOW_UP, each[0]), "reason": each[1], "status": each[2], "dueOn": each[3]} for each in row[10][:25]
                    ]
                },
            }
        }  # fmt: skip

    async def record(self, variables: Any) -> Any:
        """Record a family."""
        return {"recordIntake": await self.intake.record(self.database, variables["input"], audits=self.audits)}

    def _need(self, row: Any) -> dict[str, Any]:
        detail = None
        if row[6] is not None:
            detail = self.detail.open(row[7], row[8], row[9], row[0], row[5], row[6])["text"]
        return {
            "id": self._id(_NEED, row[0]), "code": row[1], "horizon": row[2], "status": row[3], "openedAt": row[4], "detail": detail,
        }  # fmt: skip

    def _id(self, code: int, id: UUID) -> str:
        return encode_global(code, self.incident, id)

    def _reading(self) -> Any:
        # The same work: the product promises that a read and its audit row stand in one transaction.
        return self.database.transaction() if self.audits else self.database.connection()

    async def _audit(self, connection: Any, operation: str, record: str, subjects: list[UUID]) -> None:
        if self.audits:
            now = datetime.now(UTC)
            await connection.execute(
                AUDIT, self.incident, new_id(), now, self.reader, operation, record, subjects, OPENED, _BYTES
            )


class _Opened:
    """Opens the two bundles of a person's row and shapes it."""

    def __init__(self, vault: Vault, incident_id: UUID) -> None:
        self._identity = vault.opener(incident_id, "persons", InfoClass.identity)
        self._contact = vault.opener(incident_id, "persons", InfoClass.contact)

    def __call__(self, row: Any) -> dict[str, Any]:
        """Return the person's fields."""
        identity = self._identity.open(row[4], row[5], row[6], row[0], row[0], row[3])
        contact = self._contact.open(row[8], row[9], row[10], row[0], row[0], row[7])
        return {
            "ageBand": row[1], "spokenLanguage": row[2], "givenName": identity["given_name"], "familyName": identity["family_name"],
            "bornOn": identity["born_on"], "phones": contact["phones"], "address": contact["address"], "safeChannels": contact["safe_channels"],
        }  # fmt: skip


_REFERRAL, _PERSON_CODE, _NEED = NOUNS["Referral"].code, NOUNS["Person"].code, NOUNS["Need"].code
_ASSISTANCE, _FOLLOW_UP = NOUNS["Assistance"].code, NOUNS["FollowUp"].code


async def make(config: Config) -> Any:
    """Return the floor."""
    # The superuser's connections: the floor pays nothing for row-level security.
    pool = await Pool.open(config.dsn, size=config.connections)
    ring = await app.open_ring(
        Database({Login.worker: pool}, own=Login.worker), FileRoot(Path(config.root_file), "test"), create=False
    )
    return Floor(config, pool, app.make_tools(ring, load(policies_dir())), Vault(ring))


if __name__ == "__main__":
    run_server(make, sys.argv[1])
