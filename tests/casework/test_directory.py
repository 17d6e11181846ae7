"""The directory over HTTP: centers, organisations, services, contacts, agreements, awards, and founding an incident."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from fac.access.login import new_token
from fac.casework.incident import found_incident
from fac.db.claims import Claims
from fac.domain.ids import new_id
from fac.errors import InvalidInput
from tests.families import new_family
from tests.world import World, together

NOBODY = ("stranger", "funder", "auditor", "privacy_officer", "intake")


def refused(payload: dict[str, Any], problem: str) -> None:
    assert payload["__typename"] == "InvalidInput", payload
    assert [each["problem"] for each in payload["problems"]] == [problem]


async def new_organization(world: World, name: str = "Harbor Counseling") -> str:
    done = await world["administrator"].do("AddOrganization", name=name, kind="nonprofit", confidentialityRegime="voca")
    assert done["__typename"] == "OrganizationAdded", done
    return str(done["organization"]["id"])


def service(world: World, **other: Any) -> dict[str, Any]:
    return {
        "organizationId": world.id("Organization", world.organizations["counseling"]),
        "name": "Grief group", "category": "counseling", "description": "Weekly group", "languages": ["en", "es"],
    } | other  # fmt: skip


def agreement(world: World, **other: Any) -> dict[str, Any]:
    today = world.clock.now.date()
    return {
        "organizationId": world.id("Organization", world.organizations["counseling"]),
        "kind": "moa", "scope": "counseling", "dataTerms": "as released", "attestsNondiscrimination": True,
        "effectiveOn": today.isoformat(), "expiresOn": (today + timedelta(days=365)).isoformat(),
    } | other  # fmt: skip


class TestFoundIncident:
    async def test_the_administrator_is_the_first_actor_and_the_trail_begins_with_the_founding(
        self, world: World
    ) -> None:
        incident_id = new_id()
        async with world.parts.database.transaction(Claims.of_system(incident_id)) as connection:
            founded = await found_incident(
                connection, world.parts.tools, incident_id=incident_id, name="River", is_exercise=True,
                timezone="America/Denver",
                occurred_on=world.clock.now.date(), lead_organization="River County",
                administrator_login="First@example.org", administrator_name="First", now=world.clock.now,
            )  # fmt: skip
        events = await world.fetch(
            "SELECT event, membership_id FROM audit_events WHERE incident_id = $1 ORDER BY id", founded.incident_id
        )
        assert sorted(each["event"] for each in events) == [
            "incident.opened", "membership.granted", "membership.granted", "organization.added",
        ]  # fmt: skip
        assert {each["membership_id"] for each in events} == {founded.administrator.membership_id}
        hats = await world.fetch("SELECT role FROM memberships WHERE incident_id = $1", founded.incident_id)
        assert {each["role"] for each in hats} == {"system_administrator", "system_worker"}

    async def test_a_second_incident_shares_the_accounts_but_not_the_hats(self, world: World) -> None:
        for name in ("One", "Two"):
            incident_id = new_id()
            async with world.parts.database.transaction(Claims.of_system(incident_id)) as connection:
                await found_incident(
                    connection, world.parts.tools, incident_id=incident_id, name=name, is_exercise=False,
                    timezone="UTC",
                    occurred_on=world.clock.now.date(), lead_organization=name, administrator_login="same@example.org",
                    administrator_name="Same", now=world.clock.now,
                )  # fmt: skip
        assert len(await world.fetch("SELECT 1 FROM accounts WHERE login = 'same@example.org'")) == 1
        assert len(await world.fetch("SELECT 1 FROM accounts WHERE login = 'system'")) == 1

    @pytest.mark.parametrize(
        ("changed", "problem"),
        [
            ({"timezone": "Nowhere/Town"}, "not_a_zone"),
            ({"timezone": "../etc"}, "not_a_zone"),
            ({"name": " "}, "required"),
        ],
    )
    async def test_what_cannot_be_is_refused(self, world: World, changed: dict[str, Any], problem: str) -> None:
        given: dict[str, Any] = {
            "name": "River", "is_exercise": True, "timezone": "UTC", "occurred_on": world.clock.now.date(),
            "lead_organization": "River County", "administrator_login": "a@example.org", "administrator_name": "A",
            "now": world.clock.now,
        } | changed  # fmt: skip
        async with world.beneath.transaction() as connection:
            with pytest.raises(InvalidInput) as caught:
                await found_incident(connection, world.parts.tools, incident_id=new_id(), **given)
        assert [each.problem for each in caught.value.problems] == [problem]


class TestOpenCenter:
    @pytest.mark.parametrize("name", [*NOBODY, "fac_manager", "fac_supervisor"])
    async def test_only_the_administrator_opens_one(self, world: World, name: str) -> None:
        done = await world[name].do(
            "OpenCenter", kind="resiliency_center", name="North", address="2 Elm Street",
            organizationId=world.id("Organization", world.organizations["county"]),
        )  # fmt: skip
        assert done["code"] == "not_permitted"

    async def test_it_is_open_and_audited(self, world: World) -> None:
        done = await world["administrator"].do(
            "OpenCenter", kind="resiliency_center", name="North", address="2 Elm Street",
            organizationId=world.id("Organization", world.organizations["county"]),
        )  # fmt: skip
        assert done["center"]["closedAt"] is None
        assert await world.fetch(
            "SELECT 1 FROM audit_events WHERE event = 'center.opened' AND operation = 'openCenter'"
        )

    async def test_an_unknown_organisation_is_not_found(self, world: World) -> None:
        done = await world["administrator"].do(
            "OpenCenter", kind="resiliency_center", name="North", address="2 Elm Street",
            organizationId=world.id("Organization", uuid4()),
        )  # fmt: skip
        assert done["code"] == "not_found"


class TestCloseCenter:
    async def open(self, world: World) -> dict[str, Any]:
        done = await world["administrator"].do(
            "OpenCenter", kind="family_assistance_center", name="South", address="3 Elm Street",
            organizationId=world.id("Organization", world.organizations["county"]),
        )  # fmt: skip
        center: dict[str, Any] = done["center"]
        return center

    async def test_a_supervisor_does_not_close_it(self, world: World) -> None:
        center = await self.open(world)
        done = await world["fac_supervisor"].do("CloseCenter", centerId=center["id"], version=1)
        assert done["code"] == "not_permitted"

    async def test_closed_once_and_no_second_time(self, world: World) -> None:
        center = await self.open(world)
        done = await world["administrator"].do("CloseCenter", centerId=center["id"], version=1)
        assert done["center"]["closedAt"]
        assert done["center"]["version"] == 2
        again = await world["administrator"].do("CloseCenter", centerId=center["id"], version=2)
        assert (again["code"], again["state"]) == ("invalid_transition", "closed")

    async def test_a_stale_version_is_a_conflict(self, world: World) -> None:
        center = await self.open(world)
        done = await world["administrator"].do("CloseCenter", centerId=center["id"], version=7)
        assert (done["__typename"], done["currentVersion"]) == ("Conflict", 1)

    async def test_not_while_a_family_has_an_open_case_there(self, world: World) -> None:
        await new_family(world)
        done = await world["administrator"].do(
            "CloseCenter", centerId=world.id("Center", world.centers["reunification_center"]), version=1
        )
        refused(done, "carries_cases")

    async def test_another_noun_s_id_is_not_found(self, world: World) -> None:
        done = await world["administrator"].do("CloseCenter", centerId=world.id("Service", uuid4()), version=1)
        assert done["code"] == "not_found"


class TestAddOrganization:
    @pytest.mark.parametrize("name", NOBODY)
    async def test_not_by_those_who_do_not_keep_the_directory(self, world: World, name: str) -> None:
        done = await world[name].do("AddOrganization", name="X", kind="nonprofit", confidentialityRegime="none")
        assert done["code"] == "not_permitted"

    @pytest.mark.parametrize("name", ["administrator", "fac_supervisor"])
    async def test_by_those_who_do(self, world: World, name: str) -> None:
        done = await world[name].do(
            "AddOrganization", name=f"By {name}", kind="nonprofit", confidentialityRegime="vawa"
        )
        assert done["organization"]["confidentialityRegime"] == "vawa"

    async def test_sent_twice_it_is_there_once(self, world: World) -> None:
        key = str(uuid4())
        given = {"name": "Twice Sent", "kind": "business", "confidentialityRegime": "none", "clientMutationId": key}
        first = await world["administrator"].do("AddOrganization", **given)
        assert await world["administrator"].do("AddOrganization", **given) == first
        assert len(await world.fetch("SELECT 1 FROM organizations WHERE name = 'Twice Sent'")) == 1

    async def test_a_blank_name_is_refused(self, world: World) -> None:
        done = await world["administrator"].do(
            "AddOrganization", name="  ", kind="business", confidentialityRegime="none"
        )
        refused(done, "required")


class TestOfferService:
    @pytest.mark.parametrize("name", [*NOBODY, "counselor"])
    async def test_not_by_strangers_nor_by_the_partner_itself(self, world: World, name: str) -> None:
        assert (await world[name].do("OfferService", **service(world)))["code"] == "not_permitted"

    async def test_it_can_be_found_by_everyone(self, world: World) -> None:
        done = await world["fac_supervisor"].do("OfferService", **service(world, name="Art therapy"))
        assert done["service"]["isAccepting"] is True
        found = await world["lawyer"].run("Services", category="counseling", first=100)
        assert done["service"]["id"] in {each["id"] for each in found["services"]["nodes"]}

    async def test_the_list_is_read_page_by_page(self, world: World) -> None:
        for number in range(11):
            await world["administrator"].do("OfferService", **service(world, name=f"Page {number}"))
        page = (await world["lawyer"].run("Services", first=10))["services"]
        rest = (await world["lawyer"].run("Services", first=100, after=page["pageInfo"]["endCursor"]))["services"]
        ids = [each["id"] for each in page["nodes"] + rest["nodes"]]
        assert len(ids) == len(set(ids)) == page["totalCount"]

    @pytest.mark.parametrize(
        ("changed", "problem"),
        [
            ({"languages": ["Spanish!"]}, "not_a_language"),
            ({"languages": []}, "required"),
            ({"waitDays": -1}, "out_of_range"),
            ({"description": "x" * 2_001}, "too_long"),
        ],
    )
    async def test_what_cannot_be_is_refused(self, world: World, changed: dict[str, Any], problem: str) -> None:
        refused(await world["administrator"].do("OfferService", **service(world, **changed)), problem)


class TestChangeService:
    async def test_a_waiting_time_changes_and_the_rest_stays(self, world: World) -> None:
        before = (await world["administrator"].do("OfferService", **service(world)))["service"]
        done = await world["fac_supervisor"].do("ChangeService", serviceId=before["id"], version=1, waitDays=14)
        assert done["service"] | {"description": ""} == before | {"waitDays": 14, "version": 2, "description": ""}

    async def test_closed_for_new_families(self, world: World) -> None:
        before = (await world["administrator"].do("OfferService", **service(world)))["service"]
        done = await world["administrator"].do("ChangeService", serviceId=before["id"], version=1, isAccepting=False)
        assert done["service"]["isAccepting"] is False

    async def test_of_two_at_once_one_is_told_of_the_other(self, world: World) -> None:
        before = (await world["administrator"].do("OfferService", **service(world)))["service"]
        answers = await together(
            8,
            lambda number: world["administrator"].do(
                "ChangeService", serviceId=before["id"], version=1, waitDays=number
            ),
        )
        assert sorted(each["__typename"] for each in answers) == ["Conflict"] * 7 + ["ServiceChanged"]

    async def test_nothing_new_is_refused(self, world: World) -> None:
        before = (await world["administrator"].do("OfferService", **service(world)))["service"]
        done = await world["administrator"].do("ChangeService", serviceId=before["id"], version=1)
        refused(done, "nothing_to_change")

    async def test_the_partner_itself_does_not(self, world: World) -> None:
        done = await world["counselor"].do(
            "ChangeService", serviceId=world.id("Service", world.services["counseling"]), version=1, waitDays=3
        )
        assert done["code"] == "not_permitted"


class TestAddOrganizationContact:
    def contact(self, world: World, **other: Any) -> dict[str, Any]:
        return {
            "organizationId": world.id("Organization", world.organizations["counseling"]),
            "label": "Night desk", "phone": "(312) 555-0147", "email": "Night@example.org", "isRoundTheClock": True,
            "verifiedOn": world.clock.now.date().isoformat(),
        } | other  # fmt: skip

    async def test_numbers_and_addresses_are_written_one_way(self, world: World) -> None:
        done = await world["administrator"].do("AddOrganizationContact", **self.contact(world))
        found = done["organizationContact"]
        assert (found["phone"], found["email"]) == ("+13125550147", "night@example.org")

    @pytest.mark.parametrize(
        ("changed", "problem"),
        [({"phone": "call me"}, "not_a_phone"), ({"email": "nowhere"}, "not_an_email"), ({"label": ""}, "required")],
    )
    async def test_what_reaches_nobody_is_refused_without_an_echo(
        self, world: World, changed: dict[str, Any], problem: str
    ) -> None:
        done = await world["administrator"].do("AddOrganizationContact", **self.contact(world, **changed))
        refused(done, problem)
        assert not any(value and value in str(done) for value in changed.values())

    async def test_not_verified_tomorrow(self, world: World) -> None:
        tomorrow = (world.clock.now + timedelta(days=1)).date().isoformat()
        done = await world["administrator"].do("AddOrganizationContact", **self.contact(world, verifiedOn=tomorrow))
        refused(done, "in_the_future")

    @pytest.mark.parametrize("name", NOBODY)
    async def test_not_by_strangers(self, world: World, name: str) -> None:
        assert (await world[name].do("AddOrganizationContact", **self.contact(world)))["code"] == "not_permitted"


class TestRecordAgreement:
    @pytest.mark.parametrize("name", ["stranger", "funder", "auditor", "fac_manager", "counselor"])
    async def test_not_by_strangers_nor_by_the_partner(self, world: World, name: str) -> None:
        assert (await world[name].do("RecordAgreement", **agreement(world)))["code"] in {"not_permitted", "not_found"}

    async def test_recorded_with_its_dates(self, world: World) -> None:
        done = await world["administrator"].do("RecordAgreement", **agreement(world))
        assert done["agreement"]["endedAt"] is None
        assert done["agreement"]["effectiveOn"] == world.clock.now.date().isoformat()

    async def test_an_end_before_its_beginning_is_refused(self, world: World) -> None:
        refused(
            await world["administrator"].do("RecordAgreement", **agreement(world, expiresOn="2020-01-01")),
            "before_effective",
        )

    async def test_a_partner_that_turns_people_away_is_refused(self, world: World) -> None:
        refused(
            await world["administrator"].do("RecordAgreement", **agreement(world, attestsNondiscrimination=False)),
            "required",
        )


class TestEndAgreement:
    async def test_ended_once_and_no_second_time(self, world: World) -> None:
        made = (await world["administrator"].do("RecordAgreement", **agreement(world)))["agreement"]
        done = await world["fac_supervisor"].do("EndAgreement", agreementId=made["id"], version=1)
        assert done["agreement"]["endedAt"]
        again = await world["administrator"].do("EndAgreement", agreementId=made["id"], version=2)
        assert (again["__typename"], again["state"]) == ("InvalidTransition", "ended")

    async def test_a_stranger_finds_no_agreement_of_another(self, world: World) -> None:
        made = (await world["administrator"].do("RecordAgreement", **agreement(world)))["agreement"]
        done = await world["stranger"].do("EndAgreement", agreementId=made["id"], version=1)
        assert done["code"] == "not_found"

    async def test_the_partner_itself_may_read_it_but_not_end_it(self, world: World) -> None:
        made = (await world["administrator"].do("RecordAgreement", **agreement(world)))["agreement"]
        done = await world["counselor"].do("EndAgreement", agreementId=made["id"], version=1)
        assert done["code"] == "not_permitted"


class TestRecordAward:
    def award(self, world: World, **other: Any) -> dict[str, Any]:
        return {
            "funderId": world.id("Organization", world.organizations["funder"]),
            "organizationId": world.id("Organization", world.organizations["county"]),
            "name": "Second award", "awardNumber": "15POVC-TWO", "startsOn": "2026-01-01", "endsOn": "2027-01-01",
            "newResetsInMonth": 10,
        } | other  # fmt: skip

    @pytest.mark.parametrize("name", ["stranger", "funder", "auditor", "fac_supervisor", "intake"])
    async def test_only_the_administrator_records_one(self, world: World, name: str) -> None:
        assert (await world[name].do("RecordAward", **self.award(world)))["code"] in {"not_permitted", "not_found"}

    async def test_the_funder_finds_its_own_and_no_other(self, world: World) -> None:
        mine = (await world["administrator"].do("RecordAward", **self.award(world)))["award"]["id"]
        foreign = await world["administrator"].do(
            "RecordAward", **self.award(world, funderId=await new_organization(world, "Other Fund"))
        )
        seen = await world["funder"].run("Awards", first=100)
        ids = {each["id"] for each in seen["awards"]["nodes"]}
        assert mine in ids
        assert foreign["award"]["id"] not in ids

    @pytest.mark.parametrize(
        ("changed", "problem"),
        [
            ({"endsOn": "2025-01-01"}, "before_start"),
            ({"newResetsInMonth": 13}, "out_of_range"),
            ({"name": ""}, "required"),
        ],
    )
    async def test_what_cannot_be_is_refused(self, world: World, changed: dict[str, Any], problem: str) -> None:
        refused(await world["administrator"].do("RecordAward", **self.award(world, **changed)), problem)


class TestReadTheDirectory:
    @pytest.mark.parametrize("name", ["stranger", "funder", "auditor", "intake", "administrator"])
    async def test_everybody_on_duty_finds_centers_and_partners(self, world: World, name: str) -> None:
        place = await world[name].run("Incident")
        assert place["centers"]["totalCount"] >= 3
        assert place["incident"]["isExercise"] is False
        listed = await world[name].run("Directory", first=100)
        assert listed["organizations"]["totalCount"] >= 5

    async def test_nobody_without_a_session(self, world: World) -> None:
        unknown, _ = new_token(world.incident_id)
        response = await world.http.post(
            "/graphql", json={"documentId": "Directory"}, headers={"authorization": f"Bearer {unknown}"}
        )
        assert response.status_code == 401
