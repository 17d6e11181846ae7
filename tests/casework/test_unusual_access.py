"""Unusual access: each rule counts what plain Python counts, who may read the trail sees it, and nobody is named."""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from fac.access.actor import Actor
from fac.audit.ledger import Circumstances, Entry
from fac.domain.ids import new_id
from fac.domain.unusual_access import thresholds
from fac.domain.vocabulary import InfoClass
from tests.caseloads import assert_nothing_personal, hat_id, raw
from tests.families import new_family
from tests.world import HATS, World, open_world

ZONE = ZoneInfo("America/Chicago")  # of the world's incident
NAMES = ("fac_manager", "fac_manager_two", "navigator", "fac_intake", "intake", "counselor")
LEAST = thresholds()


@dataclass(slots=True)
class Trail:
    """What was read in some weeks, as rows of the audit and as plain data."""

    world: World
    case_ids: list[UUID]
    persons: dict[UUID, UUID]  # person -> case
    events: list[tuple[str, datetime, str, frozenset[UUID], bool]] = field(default_factory=list)

    async def write(self, name: str, at: datetime, subjects: list[UUID], event: str = "record.read", **detail: Any):
        self.events.append((name, at, event, frozenset(subjects), bool(detail)))
        hat, (role, organization, _) = self.world[name], HATS[name]
        actor = Actor(
            self.world.incident_id, hat.membership_id, new_id(), None, role, self.world.organizations[organization],
            None,
        )  # fmt: skip
        record = "person"
        entry = Entry(event, "Person", record, None, subjects, InfoClass.identity.bit, detail)
        async with self.world.beneath.transaction() as connection:
            circumstances = Circumstances(at, b"p" * 32, new_id())
            await self.world.parts.tools.ledger.append_all(connection, actor, [entry], circumstances)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def trail(world: World, database_url: str) -> AsyncIterator[Trail]:
    """Six weeks of six people's reads: mostly little, some days much, some of it at night, some of it searches."""
    async with open_world(database_url, world.folder, name="watched") as watched:
        families = [await new_family(watched, "fac_intake", str(number)) for number in range(3)]
        persons = {raw(id): raw(each.case_id) for each in families for id in each.persons.values()}
        made = Trail(watched, [raw(each.case_id) for each in families], persons)
        chance = Random(7)  # noqa: S311  # made-up rows, not secrets
        strangers = [new_id() for _ in range(60)]
        now = watched.clock.now.replace(hour=18)
        for name in NAMES:
            for day in range(42):
                for _ in range(chance.choice((0, 1, 1, 2))):
                    at = now - timedelta(days=day, minutes=chance.randint(0, 24 * 60))
                    many = chance.random() < 0.05
                    few = chance.sample(
                        [*strangers, *persons], chance.randint(41, 55) if many else chance.randint(1, 6)
                    )
                    search = chance.random() < 0.2
                    glass = {"glass": [str(new_id())]} if chance.random() < 0.1 else {}
                    await made.write(name, at, few, "person.searched" if search else "record.read", **glass)
        for minute in range(LEAST["searches_not_followed_least"] + 1):
            await made.write("intake", now - timedelta(days=2, minutes=minute), [strangers[0]], "person.searched")
        yield made


def expected(trail: Trail, since: datetime, until: datetime) -> set[tuple[str, date, str, int]]:
    """Return every (hat, day, rule, count) that the rules tell, counted one by one."""
    knows = {"fac_intake": set(trail.case_ids)}
    days: dict[tuple[str, date], list[Any]] = defaultdict(list)
    for each in trail.events:
        if since - timedelta(days=28) <= each[1] < until:
            days[each[0], each[1].astimezone(ZONE).date()].append(each)
    shown = {
        key: set().union(*(subjects for _, _, event, subjects, _ in found if event == "record.read"))
        for key, found in days.items()
    }
    told = set()
    for (name, day), found in days.items():
        if day < since.astimezone(ZONE).date():
            continue
        own = [len(seen) for (who, other), seen in shown.items() if who == name and other != day]
        peers = [len(seen) for (who, _), seen in shown.items() if HATS[who][0] == HATS[name][0] and who != name]
        much = len(shown[name, day])
        if all(much >= 3 * sum(each) / len(each) for each in (own, peers) if each):
            told.add((name, day, "volume", much))
        night = [each for each in found if not 6 <= each[1].astimezone(ZONE).hour < 22]
        told.add((name, day, "off_hours", len(set().union(*(each[3] for each in night)))))
        told.add((name, day, "broken_glass", len(set().union(*(each[3] for each in found if each[4])))))
        cases = {trail.persons.get(each, each) for each in shown[name, day]} - knows.get(name, set())
        if HATS[name][2]:
            told.add((name, day, "outside_caseload", len(cases)))
        lost = [each for each in found if each[2] == "person.searched" and each[3] and not _followed(trail, each)]
        told.add((name, day, "searches_not_followed", len(lost)))
    return {each for each in told if each[3] >= LEAST[f"{each[2]}_least"]}


def _followed(trail: Trail, search: Any) -> bool:
    name, at, _, subjects, _ = search
    until = at + timedelta(minutes=LEAST["searches_not_followed_minutes"])
    return any(
        who == name and event == "record.read" and at < when <= until and seen & subjects
        for who, when, event, seen, _ in trail.events
    )


async def asked(trail: Trail, hat: str, since: datetime, until: datetime, **given: Any) -> Any:
    return await trail.world[hat].run("UnusualAccess", since=since.isoformat(), until=until.isoformat(), **given)


def period(trail: Trail) -> tuple[datetime, datetime]:
    end = trail.world.clock.now + timedelta(days=1)
    return end - timedelta(days=14), end


class TestUnusualAccess:
    @pytest.mark.parametrize("name", ["stranger", "fac_manager", "fac_supervisor", "administrator", "counselor"])
    async def test_nobody_else_is_told_and_the_asking_is_audited(self, trail: Trail, name: str) -> None:
        since, until = period(trail)
        variables = {"since": since.isoformat(), "until": until.isoformat()}
        body = (await trail.world[name].post({"documentId": "UnusualAccess", "variables": variables})).json()
        assert body["data"] is None
        assert body["errors"][0]["extensions"]["code"] == "not_found"
        ((event, operation),) = await trail.world.fetch(
            "SELECT event, operation FROM audit_events WHERE membership_id = $1 ORDER BY id DESC LIMIT 1",
            trail.world[name].membership_id,
        )
        assert (event, operation) == ("access.refused", "unusualAccess")

    async def test_every_rule_counts_what_plain_python_counts_page_by_page(self, trail: Trail) -> None:
        since, until = period(trail)
        hats = {hat_id(trail.world, name): name for name in NAMES}
        nodes, after = [], None
        while True:
            page = (await asked(trail, "privacy_officer", since, until, first=3, after=after))["unusualAccess"]
            nodes += page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        found = {
            (hats[each["membershipId"]], date.fromisoformat(each["day"]), each["rule"], each["count"]) for each in nodes
        }
        assert len(found) == len(nodes) == page["totalCount"]
        assert found == expected(trail, since, until)
        assert {each[2] for each in found} == {
            "volume", "off_hours", "outside_caseload", "broken_glass", "searches_not_followed",
        }  # fmt: skip
        assert [each["day"] for each in nodes] == sorted((each["day"] for each in nodes), reverse=True)
        one = (await asked(trail, "privacy_officer", since, until, rule="broken_glass", first=100))["unusualAccess"]
        assert {each["rule"] for each in one["nodes"]} == {"broken_glass"}
        assert one["totalCount"] == sum(each[2] == "broken_glass" for each in found)

    async def test_an_auditor_sees_hats_and_no_names_and_nobody_is_named(self, trail: Trail) -> None:
        since, until = period(trail)
        officer = await asked(trail, "privacy_officer", since, until)
        auditor = await asked(trail, "auditor", since, until)
        assert {each["name"] for each in auditor["unusualAccess"]["nodes"]} == {None}
        assert "Worker fac_manager" in {each["name"] for each in officer["unusualAccess"]["nodes"]}
        for each in officer["unusualAccess"]["nodes"]:
            assert_nothing_personal(each)

    @pytest.mark.parametrize("days", [0, -1, 32])
    async def test_a_period_that_is_none_or_too_long_is_refused_by_its_field(self, trail: Trail, days: int) -> None:
        since = trail.world.clock.now
        variables = {"since": since.isoformat(), "until": (since + timedelta(days=days)).isoformat()}
        hat = trail.world["privacy_officer"]
        body = (await hat.post({"documentId": "UnusualAccess", "variables": variables})).json()
        assert body["errors"][0]["extensions"]["problems"][0]["path"] == "until"

    async def test_the_events_behind_a_row_are_one_look_away_and_the_look_is_audited(self, trail: Trail) -> None:
        since, until = period(trail)
        row = (await asked(trail, "privacy_officer", since, until, rule="broken_glass"))["unusualAccess"]["nodes"][0]
        given = {"membershipId": row["membershipId"], "since": row["beginsAt"], "until": row["endsAt"]}
        nodes, after = [], None
        while True:
            page = await trail.world["privacy_officer"].run("AccessEvents", **given, first=1, after=after)
            nodes += page["accessEvents"]["nodes"]
            after = page["accessEvents"]["endCursor"]
            if not page["accessEvents"]["hasNextPage"]:
                break
        name = next(each for each in NAMES if hat_id(trail.world, each) == row["membershipId"])
        begins, ends = (datetime.fromisoformat(each).astimezone(UTC) for each in (row["beginsAt"], row["endsAt"]))
        theirs = sorted((at, len(seen), glass) for who, at, _, seen, glass in trail.events if who == name)
        wanted = [each for each in theirs if begins <= each[0] < ends]
        told = [(datetime.fromisoformat(each["at"]), each["subjects"], each["underGlass"]) for each in nodes]
        assert [each for each in told if each[0] != trail.world.clock.now] == wanted
        rows = await trail.world.fetch(
            "SELECT DISTINCT event, operation, record, detail FROM audit_events WHERE membership_id = $1"
            " AND event = 'record.read'",
            trail.world["privacy_officer"].membership_id,
        )
        assert {(each["operation"], each["detail"]["report"]) for each in rows} == {
            ("unusualAccess", "unusual_access"), ("accessEvents", "access_events"),
        }  # fmt: skip

    async def test_other_incidents_are_not_looked_into(self, trail: Trail, world: World) -> None:
        since, until = period(trail)
        given = {"since": since.isoformat(), "until": until.isoformat()}
        answer = await world["privacy_officer"].run("UnusualAccess", **given)
        assert answer["unusualAccess"]["totalCount"] == 0
        foreign = {"membershipId": hat_id(trail.world, "intake")} | given
        body = (await world["privacy_officer"].post({"documentId": "AccessEvents", "variables": foreign})).json()
        assert body["errors"][0]["extensions"]["code"] == "not_found"
