"""Reports over HTTP: the funder sees the exact figures of what it funds, the host decides what is published."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from fac.access.login import new_token
from fac.api.report_reading import REPORT_CODE
from fac.db.organization import organizations
from fac.db.staff import accounts, memberships, sessions
from fac.db.statement import insert_into
from fac.domain.ids import encode_global, new_id
from fac.domain.vocabulary import Role
from fac.reading.catalog import NOUNS
from tests.caseloads import PERSONAL, assert_nothing_personal, audit_of, carried_family, raw
from tests.families import Family
from tests.world import Hat, World

NOBODY = ["stranger", "counselor", "intake", "fac_manager", "auditor", "privacy_officer", "administrator"]
# What `deliver` records for a family of four, counted by hand (2 March 2026 is in the second quarter of 2026).
BY_HAND = {
    ("Q1", "value"): 3,  # mother, father, daughter; the uncle received nothing
    ("Q2", "value"): 5,
    ("Q3", "value"): 3,  # nobody was served before
    ("Q4A", "hispanic_or_latino"): 1,  # the mother
    ("Q4A", "two_or_more"): 1,  # the father is white and Asian
    ("Q4A", "not_reported"): 1,  # the daughter was not asked
    ("Q4B", "female"): 2,
    ("Q4B", "male"): 1,
    ("Q6", "value"): 1,  # the father
    ("Q7", "B"): 0,
    ("Q7", "C"): 1,
    ("Q8C", "individuals"): 2,  # mother and daughter
    ("Q8C", "C4"): 3,  # two sessions and one
    ("Q8C", "C7"): 1,
    ("Q8A", "individuals"): 0,
}


async def deliver(world: World, family: Family, *given: tuple[str, str, int]) -> None:
    """Record deliveries (person, line, occurrences) on the award, today."""
    for person, line, occurrences in given:
        payload = await world["fac_manager"].do(
            "RecordAssistance", personId=family.persons[person], lineCode=line, occurrences=occurrences,
            deliveredOn=world.clock.now.date().isoformat(), awardId=award(world),
        )  # fmt: skip
        assert payload["__typename"] == "AssistanceRecorded", payload


@pytest.fixture(scope="module")
async def family(world: World) -> Family:
    """The one family whose deliveries are counted in BY_HAND."""
    family = await carried_family(world)
    await deliver(world, family, ("mother", "C4", 2), ("daughter", "C4", 1), ("mother", "C7", 1), ("father", "Q6", 1))
    payload = await world["fac_intake"].do(
        "RecordAnonymousContacts", contacts=5, contactedOn=world.clock.now.date().isoformat(), awardId=award(world)
    )
    assert payload["__typename"] == "AnonymousContactsRecorded", payload
    return family


@pytest.fixture(scope="module")
async def other_funder(world: World) -> Hat:
    """A report viewer of another funder, which funds nothing here."""
    token, hashed = new_token(world.incident_id)
    organization_id, account_id, membership_id, session_id = (new_id() for _ in range(4))
    now, own = world.clock.now, {"incident_id": world.incident_id}
    async with world.beneath.transaction() as connection:
        await insert_into(organizations).run(
            connection, id=organization_id, name="another funder", kind="funder", confidentiality_regime="none",
            created_at=now, version=1,
        )  # fmt: skip
        await insert_into(accounts).run(
            connection, id=account_id, login=str(account_id), display_name="Worker other", created_at=now
        )
        await insert_into(memberships).run(
            connection, **own, id=membership_id, account_id=account_id, role=Role.report_viewer,
            organization_id=organization_id, center_id=None, started_at=now, ended_at=None, vetted_by=None,
            vetted_at=None, vetted_until=None,
        )  # fmt: skip
        await insert_into(sessions).run(
            connection, **own, id=session_id, membership_id=membership_id, token_hash=hashed, created_at=now,
            expires_at=now + timedelta(days=30), revoked_at=None, idle_minutes=None, lapses_at=None,
        )  # fmt: skip
    world.hats["other_funder"] = Hat(world, "other_funder", Role.report_viewer, membership_id, session_id, token)
    return world["other_funder"]


def award(world: World) -> str:
    return world.id("Award", world.award_id)


def figures(report: Any) -> dict[tuple[str, str], int | None]:
    """Return every figure of a report by question and row."""
    return {(part["question"], row["key"]): row["count"] for part in report["sections"] for row in part["rows"]}


async def generate(world: World, hat: str = "funder", **given: Any) -> Any:
    given = {"awardId": award(world), "fiscalYear": 2026, "quarter": 2} | given
    return await world[hat].do("GenerateReport", **given)


class TestGenerateReport:
    @pytest.mark.parametrize("hat", [*NOBODY, "other_funder"])
    async def test_nobody_else_gets_one(self, world: World, family: Family, other_funder: Hat, hat: str) -> None:
        payload = await generate(world, hat)
        assert payload["__typename"] == "NotFound"
        assert payload == await generate(world, hat, awardId=world.id("Award", uuid4()))
        assert_nothing_personal(payload)
        assert await world.fetch("SELECT 1 FROM reports") == []

    async def test_the_funder_sees_the_exact_figures(self, world: World, family: Family) -> None:
        payload = await generate(world)
        assert payload["__typename"] == "ReportGenerated"
        report = payload["report"]
        found = figures(report)
        assert {cell: found[cell] for cell in BY_HAND} == BY_HAND
        totals = {part["question"]: part["total"] for part in report["sections"] if part["hasTotal"]}
        assert totals == {"Q4A": 3, "Q4B": 3, "Q4C": 3}
        assert (report["period"], report["startsOn"], report["endsOn"]) == ("FY2026 Q2", "2026-01-01", "2026-03-31")
        assert not any(each in str(payload) for each in PERSONAL)
        (told,) = await world.fetch(
            "SELECT operation, record, subjects FROM audit_events WHERE event = 'report.generated'"
        )
        assert (told["operation"], told["record"], told["subjects"]) == ("generateReport", "report", [])

    async def test_the_csv_says_the_same(self, world: World, family: Family) -> None:
        report = (await generate(world))["report"]
        lines = report["csv"].split("\r\n")
        assert lines[0] == "question,row,label,count"
        for (question, row), count in figures(report).items():
            assert any(line.startswith(f"{question},{row},") and line.endswith(f",{count}") for line in lines)

    async def test_the_same_inputs_give_the_same_report_to_whoever_asks(self, world: World, family: Family) -> None:
        first = (await generate(world))["report"]
        world.clock.advance(minutes=5)
        assert (await generate(world, "fac_supervisor"))["report"] == first
        assert len(await world.fetch("SELECT 1 FROM reports")) == 1

    async def test_the_same_key_twice_answers_the_same_and_another_period_is_refused(self, world: World) -> None:
        key = str(uuid4())
        first = await generate(world, clientMutationId=key)
        assert await generate(world, clientMutationId=key) == first
        assert (await generate(world, clientMutationId=key, quarter=3))["__typename"] == "Conflict"

    @pytest.mark.parametrize(
        ("given", "path"), [({"quarter": 5}, "quarter"), ({"quarter": 0}, "quarter"), ({"fiscalYear": 12}, "quarter")]
    )
    async def test_a_period_that_is_none_is_refused_at_its_field(self, world: World, given: Any, path: str) -> None:
        payload = await generate(world, **given)
        assert [each["path"] for each in payload["problems"]] == [path]

    async def test_a_late_entry_makes_a_revision_and_leaves_the_first_as_it_was(
        self, world: World, family: Family
    ) -> None:
        first = (await generate(world))["report"]
        await deliver(world, family, ("uncle", "B9", 1))
        second = (await generate(world))["report"]
        assert (first["revision"], second["revision"]) == (1, 2)
        assert figures(second)["Q1", "value"] == BY_HAND["Q1", "value"] + 1
        again = (await world["funder"].run("Report", id=first["id"]))["report"]
        assert (again["csv"], again["sections"]) == (first["csv"], first["sections"])

    async def test_the_year_is_a_report_of_its_own(self, world: World, family: Family) -> None:
        report = (await generate(world, quarter=None))["report"]
        assert (report["period"], report["revision"]) == ("FY2026", 1)
        assert (await world["funder"].run("Report", id=report["id"]))["report"]["quarter"] is None


class TestPublishReport:
    @pytest.mark.parametrize(
        ("hat", "came"), [("stranger", "NotFound"), ("other_funder", "NotFound"), ("funder", "NotPermitted")]
    )
    async def test_the_host_decides_and_nobody_else(
        self, world: World, family: Family, other_funder: Hat, hat: str, came: str
    ) -> None:
        report_id = (await generate(world))["report"]["id"]
        assert (await world[hat].do("PublishReport", reportId=report_id))["__typename"] == came

    @pytest.mark.parametrize("hat", ["stranger", "fac_supervisor"])
    async def test_what_is_no_report_is_not_found(self, world: World, hat: str) -> None:
        for wrong in (encode_global(REPORT_CODE, world.incident_id, uuid4()), award(world), "no id"):
            assert (await world[hat].do("PublishReport", reportId=wrong))["__typename"] == "NotFound"

    async def test_a_threshold_that_hides_too_little_is_refused(self, world: World, family: Family) -> None:
        report_id = (await generate(world))["report"]["id"]
        payload = await world["fac_supervisor"].do("PublishReport", reportId=report_id, threshold=0)
        assert [each["path"] for each in payload["problems"]] == ["threshold"]

    async def test_no_small_figure_leaves(self, world: World, family: Family) -> None:
        exact = (await generate(world))["report"]
        payload = await world["fac_supervisor"].do("PublishReport", reportId=exact["id"])
        public = payload["report"]
        assert public["isPublic"]
        told = await audit_of(world, "report.published", public["id"])
        assert len(told) == 1
        small = {cell for cell, count in figures(exact).items() if count and count <= 10 and cell[0] != "Q7"}
        assert small
        assert {figures(public)[cell] for cell in small} == {None}
        assert ",*" in public["csv"]
        assert "generated_by" not in public["csv"]
        listed = (await world["funder"].run("Reports", awardId=award(world)))["reports"]
        assert (listed[0]["id"], listed[0]["sourceId"]) == (public["id"], exact["id"])


class TestReport:
    """Reading one, and the list."""

    @pytest.mark.parametrize("hat", [*NOBODY, "other_funder"])
    async def test_unknown_foreign_and_forbidden_look_alike(
        self, world: World, family: Family, other_funder: Hat, hat: str
    ) -> None:
        report_id = (await generate(world))["report"]["id"]
        unknown = encode_global(REPORT_CODE, world.incident_id, uuid4())
        foreign = encode_global(REPORT_CODE, uuid4(), raw(report_id))
        for wrong in (report_id, unknown, foreign, "no id"):
            assert await world[hat].run("Report", id=wrong) == {"report": None}
        for wrong in (award(world), world.id("Award", uuid4()), "no id"):
            assert await world[hat].run("Reports", awardId=wrong) == {"reports": []}

    async def test_each_reading_leaves_its_row(self, world: World, family: Family) -> None:
        report_id = (await generate(world))["report"]["id"]
        await world["fac_supervisor"].run("Report", id=report_id)
        rows = await world.fetch(
            "SELECT membership_id FROM audit_events WHERE event = 'record.read' AND operation = 'Report'"
            " AND record_id = $1",
            raw(report_id),
        )
        assert world["fac_supervisor"].membership_id in {row["membership_id"] for row in rows}

    async def test_an_alias_does_not_mix_values_up(self, world: World, family: Family) -> None:
        report_id = (await generate(world))["report"]["id"]
        answer = await world["funder"].ask(
            "query($id: ID!) { report(id: $id) { kind: period period: kind } }", id=report_id
        )
        assert answer["data"]["report"] == {"kind": "FY2026 Q2", "period": "ovc_pmt"}

    async def test_who_is_signed_out_reads_nothing(self, world: World, other_funder: Hat) -> None:
        await world.fetch("UPDATE sessions SET revoked_at = now() WHERE id = $1", other_funder.session_id)
        for document, variables in (
            ("NeedCodes", {}),
            ("Report", {"id": "any"}),
            ("Reports", {"awardId": award(world)}),
            ("GenerateReport", {"input": {"clientMutationId": str(uuid4()), "awardId": "any", "fiscalYear": 2026}}),
        ):
            response = await other_funder.post({"documentId": document, "variables": variables})
            assert response.status_code == 401

    def test_the_code_of_its_ids_is_its_own(self) -> None:
        assert REPORT_CODE not in {noun.code for noun in NOUNS.values()}


class TestCatalogs:
    @pytest.mark.parametrize("hat", ["intake", "counselor", "funder", "auditor", "administrator"])
    async def test_everybody_on_duty_reads_the_lists_of_codes(self, world: World, hat: str) -> None:
        needs = (await world[hat].run("NeedCodes"))["needCodes"]
        lines = {each["code"]: each for each in (await world[hat].run("ReportLines"))["reportLines"]}
        assert len(needs) == 66
        assert len(lines) == 36
        assert {each["defaultReportLine"] for each in needs} <= lines.keys()
        assert {"code": "food", "domain": "support", "defaultReportLine": "C7", "label": "Food"} in needs
        assert lines["C4"]["label"] == "Individual counseling"
