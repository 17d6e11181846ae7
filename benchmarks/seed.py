"""Fills a migrated database with an incident of a given size, by raw batched copies.

Everything a workload reads is really sealed, under really wrapped keys; the persons nobody opens carry filler of the
same length, so that tables and indexes have their true size.
Never: used for demonstrations or tests: those go through the verbs.
"""

import os
from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Table

from benchmarks.load import invented_name
from fac import app
from fac.access.login import new_token
from fac.access.policy import load
from fac.casework.work import Tools
from fac.crypto.columns import Sealed
from fac.crypto.keys import FileRoot
from fac.db import (
    assistance,
    case,
    consent,
    duplicate,
    follow_up,
    handoff,
    incident,
    keys,
    need,
    organization,
    person,
    referral,
    staff,
)
from fac.db.claims import Login
from fac.db.engine import Database, Pool
from fac.domain.ids import encode_global, new_case_number, new_id
from fac.domain.vocabulary import InfoClass
from fac.reading.catalog import NOUNS
from fac.resources import policies_dir

FULL_CASES = 40
PARTNERS = 40
MANAGERS = 30
BATCH = 5_000
OPENED = InfoClass.identity.bit | InfoClass.contact.bit


@dataclass(frozen=True, slots=True)
class Seeded:
    """What the contenders and the load need to know of a seeded database; all of it is text."""

    cases: int
    incident_id: str
    partner_id: str
    manager_id: str
    intake_center_id: str
    lead_id: str
    intake_id: str
    partner_token: str
    manager_token: str
    intake_token: str
    full_cases: list[str]
    full_case_ids: list[str]


def identity_values(number: int) -> dict[str, Any]:
    """Return what is sealed as a person's identity."""
    return {
        "given_name": invented_name(number), "family_name": invented_name(number * 7919 + 13), "preferred_name": None, "aliases": [],
        "born_on": f"{1940 + number % 70}-{1 + number % 12:02d}-{1 + number % 28:02d}", "is_birth_date_estimated": False,
    }  # fmt: skip


def contact_values(number: int) -> dict[str, Any]:
    """Return what is sealed as the ways to reach a person."""
    return {
        "phones": [f"+1202555{100 + number % 100:04d}"], "emails": [f"p{number}@example.org"], "address": f"{number % 900 + 1} Cedar Street",
        "postal_code": "62701", "is_substitute_address": False, "safe_channels": ["voice", "text"], "best_times": None, "topics_to_avoid": [],
    }  # fmt: skip


class Seeder:
    """Collects rows and copies them in batches."""

    def __init__(self, connection: Any, tools: Tools, cases: int) -> None:
        self._connection = connection
        self._tools = tools
        self._cases = cases
        self._rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)
        self.incident_id = new_id()
        self.now = datetime.now(UTC)
        self.tokens: dict[str, str] = {}
        self.lead, self.award = new_id(), new_id()
        self.partners = [new_id() for _ in range(PARTNERS)]
        self.services = [new_id() for _ in range(PARTNERS)]
        self.centers = [new_id() for _ in range(3)]
        self.managers: list[UUID] = []
        self.full: list[UUID] = []
        self._filler: dict[InfoClass, bytes] = {}
        self._numbers: set[str] = set()
        self._wrapped = b""

    async def fill(self) -> None:
        """Copy everything in."""
        await self._connection.execute("SET session_replication_role = replica")  # the rows are known to fit together
        self._directory()
        for number in range(self._cases):
            self._case(number)
            if number % BATCH == BATCH - 1:
                await self._copy()
        await self._copy()
        await self._connection.execute("SET session_replication_role = origin")
        await self._connection.execute("VACUUM ANALYZE")
        await self._connection.execute("CHECKPOINT")

    def add(self, table: Table, **values: Any) -> UUID:
        """Leave a row to be copied; a tenant row gets its incident and an id."""
        if "incident_id" in table.c:
            values["incident_id"] = self.incident_id
        if "id" in table.c:
            values.setdefault("id", new_id())
        if "version" in table.c:
            values.setdefault("version", 1)
        self._rows[table].append(values)
        id: UUID = values.get("id", self.incident_id)
        return id

    async def _copy(self) -> None:
        for table, rows in self._rows.items():
            columns = [each.name for each in table.c if each.computed is None]
            records = [tuple(_bare(row.get(name)) for name in columns) for row in rows]
            await self._connection.copy_records_to_table(table.name, records=records, columns=columns)
        self._rows.clear()

    def _hat(self, name: str, role: str, organization_id: UUID, center_id: UUID | None) -> UUID:
        account = self.add(
            staff.accounts, login=f"{name}-{self.incident_id}", display_name=f"Worker {name}", created_at=self.now
        )
        hat = self.add(
            staff.memberships, account_id=account, role=role, organization_id=organization_id, center_id=center_id,
            started_at=self.now - timedelta(days=90),
        )  # fmt: skip
        token, hashed = new_token(self.incident_id)
        self.tokens[name] = token
        self.add(
            staff.sessions,
            membership_id=hat,
            token_hash=hashed,
            created_at=self.now,
            expires_at=self.now + timedelta(days=30),
        )
        return hat

    def _directory(self) -> None:
        now, today = self.now, self.now.date()
        add = self.add
        add(
            organization.organizations,
            id=self.lead,
            name="County",
            kind="lead_agency",
            confidentiality_regime="none",
            created_at=now,
        )
        add(
            incident.incidents, id=self.incident_id, name="Benchmark", is_exercise=True, timezone="UTC", occurred_on=today, status="open",
            lead_organization_id=self.lead, created_at=now,
        )  # fmt: skip
        kinds = ("family_assistance_center", "reunification_center", "resiliency_center")
        for id, kind in zip(self.centers, kinds, strict=True):
            add(
                incident.centers,
                id=id,
                kind=kind,
                name=kind,
                address="1 Main Street",
                organization_id=self.lead,
                opened_at=now,
            )
        for place, (id, service) in enumerate(zip(self.partners, self.services, strict=True)):
            add(
                organization.organizations,
                id=id,
                name=f"Partner {place}",
                kind="nonprofit",
                confidentiality_regime="voca",
                created_at=now,
            )
            add(
                organization.services, id=service, organization_id=id, name=f"Service {place}", category="counseling", description="help",
                languages=["en"], wait_days=2, is_accepting=True,
            )  # fmt: skip
            add(
                organization.agreements, organization_id=id, kind="mou", scope="services", data_terms="as released",
                attests_nondiscrimination=True, effective_on=today - timedelta(days=30), expires_on=today + timedelta(days=330),
            )  # fmt: skip
        add(
            assistance.awards, id=self.award, funder_organization_id=self.lead, organization_id=self.lead, name="Award", award_number="A-1",
            starts_on=today - timedelta(days=300), ends_on=today + timedelta(days=300), new_resets_in_month=7,
        )  # fmt: skip
        self.managers = [self._hat(f"manager-{n}", "case_manager", self.lead, self.centers[0]) for n in range(MANAGERS)]
        self.intake = self._hat("intake", "intake_worker", self.lead, self.centers[0])
        self._hat("partner", "partner_user", self.partners[0], None)

    def _seal(
        self, table: str, row_id: UUID, subject_id: UUID, info: InfoClass, values: dict[str, Any], *, key: Any = None
    ) -> bytes:
        disclosure = self._tools.disclosure
        if key is None:
            key = disclosure.new_key(self.incident_id, subject_id, info)
            self._rows[keys.data_keys].append(dict(key))
        return disclosure.seal(key, table=table, row_id=row_id, info=info, values=values).blob

    def _bundle(self, person_id: UUID, info: InfoClass, values: dict[str, Any], *, real: bool) -> bytes:
        if real:
            blob = self._seal("persons", person_id, person_id, info, values)
            self._filler.setdefault(info, os.urandom(len(blob)))
            self._wrapped = self._wrapped or os.urandom(len(self._rows[keys.data_keys][-1]["wrapped"]))
            return blob
        self._rows[keys.data_keys].append(
            {
                "incident_id": self.incident_id, "subject_id": person_id, "info": info.code, "version": 1, "epoch": 1,
                "wrapped": self._wrapped,
            }
        )  # fmt: skip
        return self._filler[info]

    def _number(self) -> str:
        """Return a case number not yet drawn: among 100,000 two are the same in one run of seven."""
        while (number := new_case_number()) in self._numbers:
            pass
        self._numbers.add(number)
        return number

    def _case(self, number: int) -> None:
        is_full = number >= self._cases - FULL_CASES
        at = self.now - timedelta(days=60) + timedelta(days=50) * (number / self._cases)
        center = self.centers[0] if is_full else self.centers[number % 3]
        hat = self.managers[0] if is_full else self.managers[1 + number % (MANAGERS - 1)]
        id = self.add(
            case.cases, case_number=self._number(), status="open", center_id=center, responsible_id=hat, opened_at=at
        )
        self.add(case.case_assignments, case_id=id, membership_id=hat, center_id=center, started_at=at)
        self.add(case.intakes, case_id=id, center_id=center, recorded_by=self.intake, language="en", recorded_at=at)
        household = self.add(person.households, case_id=id, created_at=at)
        family = [self._person(number * 4 + each, id, household, at, real=is_full or each == 0) for each in range(4)]
        needs = [
            self.add(
                need.needs,
                case_id=id,
                person_id=each,
                code="legal_advice",
                detail_class=InfoClass.legal.code,
                horizon="short_term",
                status="identified",
                opened_at=at,
            )
            for each in family[:2]
        ]
        self._referral(number, id, family[0], needs[0], hat, at)
        self._return(number, id, center, hat, at)
        if is_full:
            self.full.append(id)
            self._fullness(id, family, hat, at)

    def _person(self, number: int, case_id: UUID, household: UUID, at: datetime, *, real: bool) -> UUID:
        id = new_id()
        self.add(
            person.persons, id=id, case_id=case_id, household_id=household, age_band="age_25_59", spoken_language="en",
            written_language="en", needs_interpreter=False, gender="female", races=["white"], special_classifications=[], victimizations=[],
            created_at=at, identity=self._bundle(id, InfoClass.identity, identity_values(number), real=real),
            contact=self._bundle(id, InfoClass.contact, contact_values(number), real=real),
        )  # fmt: skip
        self.add(person.involvements, person_id=id, case_id=case_id, role="witness")
        for _ in range(2):
            self.add(duplicate.match_postings, token=os.urandom(8), pointer=os.urandom(46), normaliser=1)
        return id

    def _referral(self, number: int, case_id: UUID, person_id: UUID, need_id: UUID, hat: UUID, at: datetime) -> None:
        partner = 0 if number % 5 == 0 else 1 + number % (PARTNERS - 1)
        is_accepted = partner == 0 or number % 2 == 0
        id = self._sent(case_id, partner, hat, at, "accepted" if is_accepted else "sent")
        shown = {"referral_id": id, "shown_to": self.partners[partner]}
        self.add(referral.referral_persons, **shown, person_id=person_id)
        self.add(referral.referral_needs, **shown, need_id=need_id)
        if is_accepted:
            self.add(
                consent.releases, case_id=case_id, person_id=person_id, organization_id=self.partners[partner], purpose="service_delivery",
                classes=OPENED, form="written", language="en", risks_explained=True, effective_at=at, expires_at=at + timedelta(days=300),
                recorded_by=hat, recorded_at=at,
            )  # fmt: skip

    def _return(self, number: int, case_id: UUID, center: UUID, hat: UUID, at: datetime) -> None:
        """A follow-up that is done, and a handoff that was withdrawn; one in fifty is still offered."""
        self.add(
            follow_up.follow_ups, case_id=case_id, reason="wellbeing_check", status="done", due_on=at.date() - timedelta(days=1),
            created_by=hat, created_at=at, ended_at=at, outcome="reached",
        )  # fmt: skip
        is_open = number % 50 == 0
        self.add(
            handoff.handoffs, case_id=case_id, from_center_id=center, to_center_id=self.centers[(self.centers.index(center) + 1) % 3],
            status="proposed" if is_open else "withdrawn", proposed_by=hat, proposed_at=at, expires_at=at + timedelta(days=90),
            decided_by=None if is_open else hat, decided_at=None if is_open else at, client_agreed=True,
        )  # fmt: skip

    def _sent(self, case_id: UUID, partner: int, hat: UUID, at: datetime, status: str) -> UUID:
        return self.add(
            referral.referrals, case_id=case_id, kind="warm", status=status, urgency="routine", purpose="service_delivery",
            service_id=self.services[partner], organization_id=self.partners[partner], created_by=hat, created_at=at, sent_at=at,
            due_at=at + timedelta(days=5), accepted_at=at + timedelta(days=1) if status == "accepted" else None, names_substance_use=False,
        )  # fmt: skip

    def _fullness(self, case_id: UUID, family: list[UUID], hat: UUID, at: datetime) -> None:
        for place, person_id in enumerate(family):
            key = dict(self._tools.disclosure.new_key(self.incident_id, person_id, InfoClass.clinical))
            self._rows[keys.data_keys].append(key)
            for more in range(1 + place % 2):
                id, opened_at = new_id(), at + timedelta(hours=place * 2 + more + 1)
                words = {"text": f"Words of person {place}, told at the first interview."}
                sealed = self._seal("needs", id, person_id, InfoClass.clinical, words, key=key)
                self.add(
                    need.needs, id=id, case_id=case_id, person_id=person_id, code="counseling_individual", horizon="immediate",
                    status="identified", detail=sealed, detail_class=InfoClass.clinical.code, opened_at=opened_at,
                )  # fmt: skip
        for place in range(3):
            self._sent(case_id, 1 + place, hat, at + timedelta(hours=place + 1), "sent")
        for place in range(8):
            self.add(
                assistance.assistances, case_id=case_id, person_id=family[place % 4], organization_id=self.lead, line_code="A1",
                occurrences=1 + place, award_id=self.award, delivered_on=at.date(), recorded_by=hat, recorded_at=at + timedelta(hours=place),
            )  # fmt: skip
        for place in range(5):
            self.add(
                follow_up.follow_ups, case_id=case_id, person_id=family[place % 4], reason="wellbeing_check", status="due",
                due_on=at.date() + timedelta(days=place), created_by=hat, created_at=at,
            )  # fmt: skip


def _bare(value: Any) -> Any:
    return value.blob if isinstance(value, Sealed) else value


async def seed(dsn: str, root: FileRoot, cases: int) -> Seeded:
    """Fill the migrated, empty database at ``dsn`` with ``cases`` cases; return what is needed to ask for them."""
    database = Database({Login.worker: await Pool.open(dsn, size=2)}, own=Login.worker)
    try:
        tools = app.make_tools(await app.open_ring(database, root, create=True), load(policies_dir()))
    finally:
        await database.close()
    connection = await asyncpg.connect(dsn)
    try:
        seeder = Seeder(connection, tools, cases)
        await seeder.fill()
    finally:
        await connection.close()
    return Seeded(
        cases=cases,
        incident_id=str(seeder.incident_id),
        partner_id=str(seeder.partners[0]),
        manager_id=str(seeder.managers[0]),
        intake_center_id=str(seeder.centers[0]),
        lead_id=str(seeder.lead),
        intake_id=str(seeder.intake),
        partner_token=seeder.tokens["partner"],
        manager_token=seeder.tokens["manager-0"],
        intake_token=seeder.tokens["intake"],
        full_cases=[encode_global(NOUNS["Case"].code, seeder.incident_id, each) for each in seeder.full],
        full_case_ids=[str(each) for each in seeder.full],
    )


def as_json(seeded: Seeded) -> dict[str, Any]:
    """Return what is handed to the contenders' processes."""
    return asdict(seeded)
