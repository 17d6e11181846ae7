"""The accounting of disclosures: who read of a person, told to the person and to whoever answers them in writing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from fac.audit.seal import seal_pending
from fac.db.claims import Claims, Login
from fac.domain.ids import new_id
from fac.domain.vocabulary import InfoClass
from tests.casework.test_disclosure_ledger import COMPELLED, SAID, record
from tests.casework.test_erasure import erased
from tests.casework.test_merging import merged_pair
from tests.casework.test_portal_access import served
from tests.families import Family
from tests.referring import SUPERVISOR, accepted, drafted, fac_family, released
from tests.world import Hat, World

OFFICER = "privacy_officer"


@pytest.fixture
async def family(world: World) -> Family:
    return await fac_family(world)


async def seal(world: World) -> None:
    """Seal the trail, as the worker does every few seconds."""
    async with world.parts.database.transaction(Claims.of_system(world.incident_id)) as connection:
        now = datetime.now(UTC) + timedelta(seconds=10)
        while await seal_pending(connection, world.parts.tools.mac, world.incident_id, now=now):
            pass


async def told(hat: Hat, person: str, **given: Any) -> list[Any]:
    data = await hat.run("Accounting", id=person, **given)
    return list(data["accounting"]["entries"])


async def count_of_told(world: World, family: Family) -> int:
    ((many,),) = await world.fetch(
        "SELECT count(*) FROM audit_events WHERE event = 'accounting.told' AND record_id = $1",
        family.raw(family.persons["mother"]),
    )
    return int(many)


async def refused(hat: Hat, person: str, **given: Any) -> Any:
    body = (await hat.post({"documentId": "Accounting", "variables": {"id": person} | given})).json()
    return body["errors"][0]["extensions"]["code"]


class TestAccounting:
    @pytest.mark.parametrize(
        ("hat", "code"),
        [
            ("stranger", "not_found"), ("counselor", "not_found"), ("auditor", "not_found"), ("funder", "not_found"),
            ("navigator", "not_found"), ("liaison", "not_found"), (SUPERVISOR, "not_found"),
            ("fac_intake", "not_found"),
        ],
    )  # fmt: skip
    async def test_not_for_others(self, world: World, family: Family, hat: str, code: str) -> None:
        assert await refused(world[hat], family.persons["mother"], askedOn=str(world.clock.now.date())) == code

    async def test_another_familys_paper_learns_nothing(self, world: World, family: Family) -> None:
        stranger = await served(world, await fac_family(world))
        mother = await served(world, family)
        assert await refused(stranger, family.persons["mother"]) == "not_found"
        assert await refused(mother, family.persons["daughter"]) == "not_found"

    async def test_the_person_is_told_who_read_what_and_by_what_right(self, world: World, family: Family) -> None:
        referral = await accepted(world, family)
        assert (await referral.seen_by("counselor"))["persons"][0]["givenName"]
        for _ in range(2):
            await world[SUPERVISOR].run("Person", id=family.persons["mother"])
        mother = await served(world, family)
        await mother.run("MyRecord")
        await seal(world)
        entries = {each["role"]: each for each in await told(mother, family.persons["mother"])}
        assert set(entries) == {"partner_user", "supervisor"}  # nobody's own reads, no comparing at the intake
        partner, supervisor = entries["partner_user"], entries["supervisor"]
        assert partner["organization"].startswith("counseling")
        assert (partner["basis"], partner["purpose"], partner["center"]) == ("release", "service_delivery", None)
        assert "identity" in partner["classes"]
        (release,) = (await mother.run("MySharing"))["myRecord"]["person"]["releases"]
        assert partner["releaseId"] == release["id"]
        assert (supervisor["basis"], supervisor["center"]) == ("own_center", "family_assistance_center")
        assert supervisor["reads"] >= 2
        assert {"identity", "contact"} <= set(supervisor["classes"])
        assert not [each for each in entries.values() if "Worker" in str(each)]  # no name of anybody on duty
        assert await told(mother, family.persons["mother"]) == list(entries.values())
        rows = await world.fetch(
            "SELECT detail FROM audit_events WHERE event = 'accounting.told' AND record_id = $1",
            family.raw(family.persons["mother"]),
        )
        assert len(rows) == 2

    async def test_the_privacy_officer_says_when_it_was_asked_in_writing(self, world: World, family: Family) -> None:
        await world[SUPERVISOR].run("Person", id=family.persons["mother"])
        await seal(world)
        mother = family.persons["mother"]
        assert await refused(world[OFFICER], mother) == "invalid_input"
        tomorrow = world.clock.now.date() + timedelta(days=2)
        assert await refused(world[OFFICER], mother, askedOn=str(tomorrow)) == "invalid_input"
        asked_on = str(world.clock.now.date() - timedelta(days=3))
        entries = await told(world[OFFICER], mother, askedOn=asked_on)
        assert [each["role"] for each in entries] == ["supervisor"]
        (row,) = await world.fetch(
            "SELECT detail->>'asked_on' AS asked_on FROM audit_events WHERE event = 'accounting.told'"
            " AND record_id = $1",
            family.raw(mother),
        )
        assert row["asked_on"] == asked_on

    async def test_it_comes_in_pages_and_counts_each_read_once(self, world: World, family: Family) -> None:
        mother = await served(world, family, expiresAt=(world.clock.now + timedelta(days=60)).isoformat())
        for _ in range(3):
            for hat in (SUPERVISOR, "fac_intake"):
                await world[hat].run("Person", id=family.persons["mother"])
            world.clock.advance(days=1)
            await seal(world)
        entries, after = [], None
        for _ in range(6):
            data = await mother.run("Accounting", id=family.persons["mother"], first=1, after=after)
            entries += data["accounting"]["entries"]
            after = data["accounting"]["pageInfo"]["endCursor"]
        assert data["accounting"]["pageInfo"]["hasNextPage"] is False
        assert [each["reads"] for each in entries] == [1] * 6
        days = [each["readOn"] for each in entries]
        assert days == sorted(days, reverse=True)
        assert await told(mother, family.persons["mother"]) == entries
        assert await refused(mother, family.persons["mother"], after="nonsense") == "invalid_input"

    async def test_both_records_of_one_person_are_accounted_until_they_are_parted(self, world: World) -> None:
        world.clock.advance(hours=1)
        _, kept, merged, merge_id = await merged_pair(world)
        asked = {"askedOn": str(world.clock.now.date())}
        await world["fac_supervisor"].run("Person", id=kept)
        await world["fac_manager"].run("Person", id=merged)
        await seal(world)
        roles = {"supervisor", "case_manager"}
        for id in (kept, merged):
            assert {each["role"] for each in await told(world[OFFICER], id, **asked)} >= roles
        payload = await world["fac_manager"].do("UnmergePersons", mergeId=merge_id, version=1)
        assert payload["__typename"] == "PersonsUnmerged", payload
        assert "case_manager" not in {each["role"] for each in await told(world[OFFICER], kept, **asked)}


class TestWhatIsNotToldYet:
    async def test_the_liaison_while_the_family_looks_for_somebody(self, world: World, family: Family) -> None:
        search = await world["fac_intake"].do(
            "ReportPersonOfConcern", caseId=family.case_id, reporterId=family.persons["mother"], kin="child",
            givenName="Ilario", familyName="Velasco",
        )  # fmt: skip
        assert search["__typename"] == "PersonOfConcernReported", search
        await world["liaison"].run("Person", id=family.persons["mother"])
        mother = await served(world, family)
        await seal(world)
        asked = {"askedOn": str(world.clock.now.date())}
        for hat, given in ((mother, {}), (world[OFFICER], asked)):
            assert "identification_liaison" not in {
                each["role"] for each in await told(hat, family.persons["mother"], **given)
            }
        concern = search["personOfConcern"]
        found = await world["fac_intake"].do(
            "LocatePersonOfConcern", personOfConcernId=concern["id"], version=concern["version"], status="located_safe"
        )
        assert found["__typename"] == "PersonOfConcernLocated", found
        assert "identification_liaison" in {each["role"] for each in await told(mother, family.persons["mother"])}

    async def test_a_guardian_of_whom_the_minor_turned_to_alone(self, world: World, family: Family) -> None:
        alone = {"personId": family.persons["daughter"], "capacity": "minor_may_consent",
                 "signedOn": str(world.clock.now.date()), "legalBasis": "410 ILCS 210/1"}  # fmt: skip
        await released(world, family, "daughter", signatories=[alone])
        referral = await drafted(world, family, "daughter")
        assert (await referral.send())["isSent"]
        await referral.step("AcceptReferral")
        assert (await referral.seen_by("counselor"))["persons"][0]["givenName"]
        await world[SUPERVISOR].run("Person", id=family.persons["daughter"])
        await seal(world)
        mother = await served(world, family, "daughter", holderId=family.persons["mother"])
        assert {each["role"] for each in await told(mother, family.persons["daughter"])} == {"supervisor"}


class TestWhatWasToldWithoutARelease:
    """The ledger's rows: when, to whom, what and on what basis (45 CFR 164.528(b)(2)); never the words."""

    async def test_the_person_and_who_answers_them_are_told_it_by_date_among_the_reads(
        self, world: World, family: Family
    ) -> None:
        expires = (world.clock.now + timedelta(days=60)).isoformat()
        stranger = await served(world, await fac_family(world), expiresAt=expires)
        mother = await served(world, family, expiresAt=expires)
        of, days = {"personIds": [family.persons["mother"]]}, []
        for number in range(3):
            days.append(str(world.clock.now.date()))
            if number == 1:
                legal_aid = {"recipientId": world.id("Organization", world.organizations["legal_aid"])}
                payload = await record(world, family, **of, **COMPELLED, **legal_aid)
                assert payload["__typename"] == "DisclosureRecorded", payload
            else:
                await world[SUPERVISOR].run("Person", id=family.persons["mother"])
            world.clock.advance(days=1)
            await seal(world)
        before = await count_of_told(world, family)
        assert await refused(stranger, family.persons["mother"]) == "not_found"
        assert await refused(world[SUPERVISOR], family.persons["mother"]) == "not_found"
        assert await count_of_told(world, family) == before
        asked = {"askedOn": str(world.clock.now.date())}
        entries = await told(mother, family.persons["mother"])
        assert entries == await told(world[OFFICER], family.persons["mother"], **asked)
        kinds = [each["__typename"] for each in entries]
        assert kinds == ["AccountedRead", "AccountedDisclosure", "AccountedRead"]
        told_outside = entries[1]
        assert told_outside.pop("organization").startswith("legal")
        assert told_outside == {
            "__typename": "AccountedDisclosure", "disclosedOn": days[1], "recipient": SAID["recipient"],
            "classes": ["identity", "narrative"], "disclosureBasis": "court_order", "instrument": "order",
        }  # fmt: skip
        assert SAID["words"] not in str(entries)
        assert SAID["authority"] not in str(entries)
        rows = await world.fetch(
            "SELECT classes, subjects FROM audit_events WHERE event = 'accounting.told' AND record_id = $1",
            family.raw(family.persons["mother"]),
        )
        found = [(row["classes"], row["subjects"]) for row in rows]
        assert found == [(InfoClass.identity.bit, [family.raw(family.persons["mother"])])] * 2
        paged, after = [], None
        for _ in range(3):
            data = await mother.run("Accounting", id=family.persons["mother"], first=1, after=after)
            paged += data["accounting"]["entries"]
            after = data["accounting"]["pageInfo"]["endCursor"]
        assert data["accounting"]["pageInfo"]["hasNextPage"] is False
        assert [each["__typename"] for each in paged] == kinds

    async def test_of_others_of_the_family_it_says_nothing(self, world: World, family: Family) -> None:
        await record(world, family, **COMPELLED, personIds=[family.persons["father"]])
        mother = await served(world, family)
        assert await told(mother, family.persons["mother"]) == []

    async def test_a_guardian_is_not_told_of_a_report_that_the_child_is_abused(
        self, world: World, family: Family
    ) -> None:
        both = [family.persons["daughter"], family.persons["mother"]]
        for basis in ("mandated_report", "imminent_danger"):
            await record(world, family, personIds=both, basis=basis)
        await record(world, family, **COMPELLED, personIds=both)
        childs = await served(world, family, "daughter", holderId=family.persons["mother"])
        own = await served(world, family)
        for hat, person in ((childs, "daughter"), (own, "mother")):
            entries = await told(hat, family.persons[person])
            assert [each["disclosureBasis"] for each in entries] == ["court_order"]
        await record(world, family, personIds=[family.persons["mother"]], basis="imminent_danger")
        bases = [each["disclosureBasis"] for each in await told(own, family.persons["mother"])]
        assert bases == ["imminent_danger", "court_order"]

    @pytest.mark.parametrize("notice", ["forbidden", "unsafe"])
    async def test_what_the_client_must_not_be_told_of_stays_out(
        self, world: World, family: Family, notice: str
    ) -> None:
        await record(
            world, family, **COMPELLED | {"clientNotice": notice}, personIds=[family.persons["mother"]]
        )  # fmt: skip
        mother = await served(world, family)
        assert await told(mother, family.persons["mother"]) == []

    async def test_to_whom_goes_when_the_person_is_erased_and_that_it_was_told_stays(
        self, world: World, family: Family
    ) -> None:
        await record(world, family, **COMPELLED, personIds=[family.persons["mother"], family.persons["father"]])
        await erased(world, family.persons["mother"])
        asked = {"askedOn": str(world.clock.now.date())}
        for person, recipient in (("mother", None), ("father", SAID["recipient"])):
            entries = await told(world[OFFICER], family.persons[person], **asked)
            (found,) = [each for each in entries if each["__typename"] == "AccountedDisclosure"]
            assert (found["recipient"], found["disclosureBasis"]) == (recipient, "court_order")
        payload = await record(world, family, **COMPELLED, personIds=[family.persons["mother"]])
        assert payload["__typename"] == "DisclosureRecorded", payload


class TestTheFunctionBeneath:
    async def test_it_answers_the_portal_about_its_own_person_and_a_partner_not_at_all(
        self, world: World, family: Family
    ) -> None:
        for person in ("mother", "father"):
            await world[SUPERVISOR].run("Person", id=family.persons[person])
        await record(world, family, **COMPELLED, personIds=[family.persons["mother"], family.persons["father"]])
        await seal(world)
        await served(world, family)
        ((access,),) = await world.fetch(
            "SELECT id FROM portal_accesses WHERE person_id = $1", family.raw(family.persons["mother"])
        )
        claims = Claims(Login.portal, world.incident_id, membership=access)
        async with world.parts.database.transaction(claims) as connection:
            counts = [
                len(await connection.fetch(f"SELECT {name}($1)", family.raw(family.persons[person])))
                for name in ("accounting_of", "disclosures_accounted_to")
                for person in ("mother", "father")
            ]
            assert counts == [1, 0, 1, 0]
            assert await connection.fetch("SELECT display_name FROM accounts") == []  # no hat, no name
        elsewhere = Claims(Login.staff, new_id())
        async with world.parts.database.transaction(elsewhere) as connection:
            found = "SELECT count(*) FROM accounting_of($1)"
            assert await connection.fetchval(found, family.raw(family.persons["mother"])) == 0
        for name in ("accounting_of", "disclosures_accounted_to"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with world.parts.database.transaction(Claims(Login.partner, world.incident_id)) as connection:
                    await connection.fetch(f"SELECT {name}($1)", family.raw(family.persons["mother"]))
