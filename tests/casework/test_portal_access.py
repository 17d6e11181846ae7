"""Somebody served: what opens their own record to them, who may hand it over, and what it never shows."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.caseloads import audit_of, raw
from tests.families import Family
from tests.referring import SUPERVISOR, accepted, drafted, fac_family, released, sent
from tests.world import Hat, World

OF_OTHERS = """
query($case: ID!, $person: ID!, $referral: ID!, $release: ID!) {
  case(id: $case) { id } person(id: $person) { id } referral(id: $referral) { id } release(id: $release) { id }
}
"""
EVERYTHING = """{
  myRecord {
    id
    person {
      id gender case { id } household { id } involvements { id } relationships { id } needs { id } portalAccesses { id }
      possibleDuplicates { id } mergedRecords { id } mergedInto { id }
      releases { id recordedBy { id } person { id } }
      referrals { id reason declineReason urgency case { id } createdBy { id } persons { id givenName } needs { id } }
    }
    givenBy { id role }
  }
  referrals(first: 100) { totalCount } portalAccesses(first: 100) { nodes { id } }
  memberships(first: 100) { totalCount } viewer { role }
}"""

NEVER = (
    "cases", "caseload", "followUps", "personsOfConcern", "identifications", "duplicateReview", "handoffs", "awards",
    "conflictWalls", "glassBreaks", "reviews", "erasures", "legalHolds", "reunifications", "anonymousContacts",
)  # fmt: skip


@pytest.fixture
async def family(world: World) -> Family:
    return await fac_family(world)


async def give(world: World, family: Family, person: str = "mother", hat: str = SUPERVISOR, **other: Any) -> Any:
    given = {"personId": family.persons[person], "identityCheck": "photo_id"} | other
    return await world[hat].do("GivePortalAccess", **given)


def holding(world: World, payload: Any) -> Hat:
    """Return whoever holds the paper, acting with it."""
    assert payload["__typename"] == "PortalAccessGiven", payload
    like = world[SUPERVISOR]
    return Hat(world, "family", like.role, like.membership_id, like.session_id, payload["token"])


async def correct_birth(world: World, family: Family, said: str) -> None:
    """Write the daughter's birth date anew, and leave her age band as it was at intake."""
    ((version,),) = await world.fetch("SELECT version FROM persons WHERE id = $1", raw(family.persons["daughter"]))
    given = {"personId": family.persons["daughter"], "version": version, "bornOn": said}
    payload = await world[SUPERVISOR].do("UpdatePerson", **given)
    assert payload["__typename"] == "PersonUpdated", payload
    await world.fetch("UPDATE persons SET age_band = 'age_13_17' WHERE id = $1", raw(family.persons["daughter"]))


async def served(world: World, family: Family, person: str = "mother", **other: Any) -> Hat:
    return holding(world, await give(world, family, person, **other))


def problems(payload: Any) -> dict[str, str]:
    assert payload["__typename"] == "InvalidInput", payload
    return {each["path"]: each["problem"] for each in payload["problems"]}


class TestGivePortalAccess:
    @pytest.mark.parametrize(
        ("hat", "code"),
        [
            ("stranger", "not_found"), ("counselor", "not_found"), ("auditor", "not_found"), ("funder", "not_found"),
            ("navigator", "not_found"), ("administrator", "not_found"), ("liaison", "not_found"),
            ("fac_intake", "not_permitted"), ("fac_manager", "not_permitted"), ("privacy_officer", "not_permitted"),
        ],
    )  # fmt: skip
    async def test_not_by_others(self, world: World, family: Family, hat: str, code: str) -> None:
        payload = await give(world, family, hat=hat)
        assert payload["code"] == code
        assert "token" not in payload

    async def test_it_opens_the_own_record_and_is_kept_as_a_hash(self, world: World, family: Family) -> None:
        payload = await give(world, family)
        mother = await served(world, family, identityCheck="known_to_worker")
        record = (await mother.run("MyRecord"))["myRecord"]
        person = record["person"]
        assert person["id"] == family.persons["mother"]
        assert person["phones"]
        assert person["givenName"].startswith("Marisol")
        assert record["identityCheck"] == "known_to_worker"
        assert (await holding(world, payload).post({"documentId": "MyRecord"})).status_code == 401  # the lost paper
        dump = str(await world.fetch("SELECT to_jsonb(s) AS row FROM sessions s"))
        dump += str(await world.fetch("SELECT result FROM idempotency_keys"))
        assert mother.token not in dump
        told = await world.fetch(
            "SELECT event FROM audit_events WHERE event LIKE 'portal_access.%' AND $1 = ANY (subjects)",
            family.raw(family.persons["mother"]),
        )
        assert {each["event"] for each in told} == {"portal_access.given", "portal_access.withdrawn"}

    async def test_sent_again_it_is_one_access_with_the_same_token(self, world: World, family: Family) -> None:
        key = str(uuid4())
        first, second = [await give(world, family, clientMutationId=key) for _ in range(2)]
        assert first == second

    async def test_a_minors_record_is_opened_to_a_guardian_with_authority(self, world: World, family: Family) -> None:
        of = {"person": "daughter"}
        assert problems(await give(world, family, **of)) == {"holderId": "a_minor"}
        assert problems(await give(world, family, **of, holderId=family.persons["uncle"])) == {
            "holderId": "restricted_person"
        }
        assert problems(await give(world, family, **of, holderId=family.persons["father"])) == {
            "holderId": "no_consent_authority"
        }
        assert problems(await give(world, family, holderId=family.persons["father"])) == {"holderId": "not_a_minor"}
        mother = await served(world, family, **of, holderId=family.persons["mother"])
        assert (await mother.run("MyRecord"))["myRecord"]["person"]["id"] == family.persons["daughter"]

    @pytest.mark.parametrize(
        ("days", "written"), [(40, "day"), (1, "day"), (0, "day"), (-1, "day"), (400, "day"), (40, "month")]
    )
    async def test_a_guardians_ends_before_the_child_is_of_age(
        self, world: World, family: Family, days: int, written: str
    ) -> None:
        birthday = (world.clock.now - timedelta(hours=6)).date() + timedelta(days=days)  # where the incident is
        born = birthday.replace(year=birthday.year - 18)
        said = born.isoformat() if written == "day" else f"{born:%Y-%m}"
        await correct_birth(world, family, said)
        daughter, mother = family.persons["daughter"], family.persons["mother"]
        asked = (world.clock.now + timedelta(days=90)).isoformat()
        payload = await give(world, family, "daughter", holderId=mother, expiresAt=asked)
        if days == 1:
            assert problems(payload) == {"holderId": "nearly_of_age"}
        elif days < 1:
            assert problems(payload) == {"holderId": "not_a_minor"}
            own = await served(world, family, "daughter")  # of age by now, whatever their age was at intake
            assert (await own.run("MyRecord"))["myRecord"]["person"]["id"] == daughter
        else:
            of_age = birthday if written == "day" else birthday.replace(day=1)
            left = timedelta(days=min(90, (of_age - birthday).days + days - 1))
            ends = datetime.fromisoformat(payload["portalAccess"]["expiresAt"])
            assert ends == world.clock.now + left
            ((session,),) = await world.fetch(
                "SELECT expires_at FROM sessions WHERE membership_id = $1", raw(payload["portalAccess"]["id"])
            )
            assert session == ends
        read = await audit_of(world, "record.read", daughter)
        assert ("givePortalAccess" in {each["operation"] for each in read}) is (days != 1)  # a refusal writes no read
        assert said not in str(payload) + str([dict(each) for each in read])

    async def test_a_restricted_person_is_given_none_for_themself_either(self, world: World, family: Family) -> None:
        assert problems(await give(world, family, "uncle")) == {"holderId": "restricted_person"}

    async def test_the_holder_is_of_the_case_and_the_end_is_near(self, world: World, family: Family) -> None:
        other, now = await fac_family(world), world.clock.now
        assert (await give(world, family, holderId=other.persons["mother"]))["__typename"] == "NotFound"
        assert (await give(world, family, holderId=family.case_id))["__typename"] == "NotFound"
        for days in (0, 91):
            ends = (now + timedelta(days=days)).isoformat()
            assert problems(await give(world, family, expiresAt=ends)) == {"expiresAt": "out_of_range"}


class TestWithdrawPortalAccess:
    @pytest.mark.parametrize("hat", ["stranger", "counselor", "navigator", "auditor"])
    async def test_a_stranger_finds_none(self, world: World, family: Family, hat: str) -> None:
        given = (await give(world, family))["portalAccess"]
        payload = await world[hat].do("WithdrawPortalAccess", portalAccessId=given["id"], version=1)
        assert payload["__typename"] == "NotFound"

    async def test_another_familys_paper_does_not_withdraw_it(self, world: World, family: Family) -> None:
        given = (await give(world, family))["portalAccess"]
        stranger = await served(world, await fac_family(world))
        payload = await stranger.do("WithdrawPortalAccess", portalAccessId=given["id"], version=1)
        assert payload["__typename"] == "NotFound"

    async def test_it_opens_nothing_from_then_on(self, world: World, family: Family) -> None:
        payload = await give(world, family)
        access, mother = payload["portalAccess"], holding(world, payload)
        await mother.run("MyRecord")
        stale = await world[SUPERVISOR].do("WithdrawPortalAccess", portalAccessId=access["id"], version=7)
        assert stale["__typename"] == "Conflict"
        done = await world[SUPERVISOR].do("WithdrawPortalAccess", portalAccessId=access["id"], version=1)
        assert done["__typename"] == "PortalAccessWithdrawn"
        assert (await mother.post({"documentId": "MyRecord"})).status_code == 401
        again = await world[SUPERVISOR].do("WithdrawPortalAccess", portalAccessId=access["id"], version=2)
        assert (again["__typename"], again["state"]) == ("InvalidTransition", "withdrawn")
        (listed,) = [
            each
            for each in (await world[SUPERVISOR].run("PortalAccesses", first=100))["portalAccesses"]["nodes"]
            if each["id"] == access["id"]
        ]
        assert listed["withdrawnAt"]

    async def test_the_holder_gives_it_back(self, world: World, family: Family) -> None:
        payload = await give(world, family)
        mother = holding(world, payload)
        done = await mother.do("WithdrawPortalAccess", portalAccessId=payload["portalAccess"]["id"], version=1)
        assert done["__typename"] == "PortalAccessWithdrawn"
        assert (await mother.post({"documentId": "MyRecord"})).status_code == 401


class TestWhatItShows:
    async def test_a_stranger_with_another_familys_paper_finds_nothing(self, world: World, family: Family) -> None:
        referral = await sent(world, family)
        (release,) = await released_to(world, family)
        stranger = await served(world, await fac_family(world))
        body = await stranger.ask(
            OF_OTHERS, case=family.case_id, person=family.persons["mother"], referral=referral.id, release=release
        )
        assert body["data"] == {"case": None, "person": None, "referral": None, "release": None}
        payload = await stranger.do("RevokeRelease", releaseId=release, version=1)
        assert payload["__typename"] == "NotFound"

    async def test_nothing_of_the_staffs_and_nobody_else_of_the_family(self, world: World, family: Family) -> None:
        await released(world, family, "daughter")
        await drafted(world, family)  # nobody has been told of it
        await released(world, family)
        referral = await drafted(world, family, "mother", "daughter")
        assert (await referral.send())["isSent"]
        assert (await referral.step("DeclineReferral", reason="conflict_of_interest"))["referral"][
            "status"
        ] == "declined"
        mother = await served(world, family)
        body = await mother.ask(EVERYTHING)
        assert "errors" not in body, body
        data = body["data"]
        person = data["myRecord"]["person"]
        assert {name for name, value in person.items() if value} == {"id", "releases", "referrals", "portalAccesses"}
        (release,) = person["releases"]
        assert release["recordedBy"] is None
        (shown,) = person["referrals"]
        assert [each["id"] for each in shown["persons"]] == [family.persons["mother"]]
        assert {name for name, value in shown.items() if value} == {"id", "persons"}
        counts = {name: value["totalCount"] for name, value in data.items() if "totalCount" in (value or {})}
        assert {name for name, count in counts.items() if count} == {"referrals"}
        assert counts["referrals"] == 1
        assert [each["id"] for each in data["portalAccesses"]["nodes"]] == [data["myRecord"]["id"]]
        assert data["viewer"]["role"] == "family_member"
        for root in NEVER:
            body = await mother.ask(f"{{ {root}(first: 10) {{ totalCount }} }}")
            assert body["errors"][0]["extensions"]["code"] == "not_permitted", root

    async def test_a_guardian_is_not_told_what_the_minor_consented_to_alone(self, world: World, family: Family) -> None:
        mother = await served(world, family, "daughter", holderId=family.persons["mother"])
        await released(world, family, "daughter", to="legal_aid")
        assert await shared_with(mother) == {"legal_aid"}
        alone = {"personId": family.persons["daughter"], "capacity": "minor_may_consent",
                 "signedOn": str(world.clock.now.date()), "legalBasis": "410 ILCS 210/1"}  # fmt: skip
        await released(world, family, "daughter", signatories=[alone])
        referral = await drafted(world, family, "daughter")
        assert (await referral.send())["isSent"]
        assert await shared_with(mother) == {"legal_aid"}

    async def test_it_lapses(self, world: World, family: Family) -> None:
        soon = (world.clock.now + timedelta(hours=1)).isoformat()
        mother = await served(world, family, expiresAt=soon)
        await mother.run("MyRecord")
        before = world.clock.now
        world.clock.advance(minutes=59)
        await mother.run("MyRecord")  # and not by disuse
        world.clock.advance(minutes=1)
        try:
            assert (await mother.post({"documentId": "MyRecord"})).status_code == 401
        finally:
            world.clock.now = before

    async def test_whoever_is_found_to_be_restricted_sees_nothing_more(self, world: World, family: Family) -> None:
        father = await served(world, family, "father")
        await father.run("MyRecord")
        tie = {"personId": family.persons["father"], "otherPersonId": family.persons["uncle"], "kin": "sibling"}
        payload = await world[SUPERVISOR].do("AddRelationship", **tie, isRestricted=True)
        assert payload["__typename"] == "RelationshipAdded", payload
        assert (await father.post({"documentId": "MyRecord"})).status_code == 401


class TestRevokingAsThePerson:
    async def test_it_cuts_the_partners_next_read(self, world: World, family: Family) -> None:
        referral = await accepted(world, family)
        mother = await served(world, family)
        (person,) = (await referral.seen_by("counselor"))["persons"]
        assert person["givenName"]
        shared = (await mother.run("MySharing"))["myRecord"]["person"]
        assert [each["status"] for each in shared["referrals"]] == ["accepted"]
        (release,) = shared["releases"]
        assert (release["recipient"]["name"], release["revokedAt"]) == (
            shared["referrals"][0]["recipient"]["name"],
            None,
        )
        payload = await mother.do("RevokeRelease", releaseId=release["id"], version=release["version"])
        assert payload["release"]["revokedAt"]
        (person,) = (await referral.seen_by("counselor"))["persons"]
        assert person["givenName"] is None
        (told,) = await audit_of(world, "release.revoked", release["id"])
        (hat,) = await world.fetch("SELECT role, organization_id FROM memberships WHERE id = $1", told["membership_id"])
        assert (hat["role"], hat["organization_id"]) == ("family_member", None)

    async def test_a_guardian_revokes_the_childs_and_not_ones_own_by_it(self, world: World, family: Family) -> None:
        theirs, own = await released(world, family, "daughter"), await released(world, family)
        mother = await served(world, family, "daughter", holderId=family.persons["mother"])
        payload = await mother.do("RevokeRelease", releaseId=own["id"], version=1)
        assert payload["__typename"] == "NotFound"
        payload = await mother.do("RevokeRelease", releaseId=theirs["id"], version=1)
        assert payload["__typename"] == "ReleaseRevoked"


async def released_to(world: World, family: Family) -> list[str]:
    rows = await world.fetch("SELECT id FROM releases WHERE case_id = $1", family.raw(family.case_id))
    return [world.id("Release", each["id"]) for each in rows]


async def shared_with(hat: Hat) -> set[str]:
    """Return the organisations that the releases and referrals shown to ``hat`` name."""
    person = (await hat.run("MySharing"))["myRecord"]["person"]
    return {each["recipient"]["name"].split()[0] for each in person["releases"] + person["referrals"]}
