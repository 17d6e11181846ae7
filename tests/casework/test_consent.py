"""Releases: who may take them, who must sign, and that a revocation is a fact at once."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.caseloads import raw
from tests.families import Family
from tests.referring import ALL_CLASSES, SUPERVISOR, fac_family, release_input, released
from tests.world import World, together


@pytest.fixture
async def family(world: World) -> Family:
    return await fac_family(world)


def signature(world: World, family: Family, person: str, capacity: str, **other: Any) -> Any:
    return {
        "personId": family.persons[person],
        "capacity": capacity,
        "signedOn": str(world.clock.now.date()),
    } | other


async def refused(world: World, given: Any) -> dict[str, str]:
    """Return what the form is refused for: field -> problem; nothing is recorded."""
    before = (await world.fetch("SELECT count(*) AS n FROM releases"))[0]["n"]
    payload = await world[SUPERVISOR].do("GiveRelease", **given)
    assert payload["__typename"] == "InvalidInput", payload
    assert (await world.fetch("SELECT count(*) AS n FROM releases"))[0]["n"] == before
    return {each["path"]: each["problem"] for each in payload["problems"]}


class TestGiveRelease:
    @pytest.mark.parametrize("hat", ["stranger", "counselor", "funder", "auditor", "administrator", "navigator"])
    async def test_a_stranger_and_another_center_find_nobody_to_sign(
        self, world: World, family: Family, hat: str
    ) -> None:
        payload = await world[hat].do("GiveRelease", **release_input(world, family))
        assert payload["__typename"] == "NotFound"

    async def test_the_privacy_officer_sees_that_there_is_somebody_but_takes_no_release(
        self, world: World, family: Family
    ) -> None:
        payload = await world["privacy_officer"].do("GiveRelease", **release_input(world, family))
        assert payload["__typename"] == "NotPermitted"

    async def test_a_case_manager_gives_releases_in_the_own_caseload_only(self, world: World, family: Family) -> None:
        payload = await world["fac_manager"].do("GiveRelease", **release_input(world, family))
        assert (payload["__typename"], payload["reason"]) == ("NotPermitted", "not_in_these_records")

    @pytest.mark.parametrize("kept", ["staff_record", "privileged", "partner_record"])
    async def test_what_stays_with_those_who_wrote_it_is_in_no_release(
        self, world: World, family: Family, kept: str
    ) -> None:
        given = release_input(world, family, classes=["identity", kept])
        payload = await world[SUPERVISOR].do("GiveRelease", **given)
        assert payload["__typename"] == "InvalidInput"
        assert [(each["path"], each["problem"]) for each in payload["problems"]] == [("classes", "not_releasable")]
        assert await world.fetch("SELECT 1 FROM releases WHERE person_id = $1", raw(family.persons["mother"])) == []

    @pytest.mark.parametrize("hat", ["fac_intake", "fac_supervisor"])
    async def test_an_adult_signs_for_themself(self, world: World, family: Family, hat: str) -> None:
        payload = await world[hat].do("GiveRelease", **release_input(world, family))
        assert payload["__typename"] == "ReleaseGiven"
        release = payload["release"]
        assert (release["classes"], release["version"]) == (ALL_CLASSES, 1)
        data = await world[hat].run("CaseReleases", caseId=family.case_id)
        (listed,) = data["case"]["releases"]["nodes"]
        assert listed["id"] == release["id"]
        assert [each["capacity"] for each in listed["signatories"]] == ["self"]
        rows = await world.fetch(
            "SELECT event, subjects, detail FROM audit_events WHERE record_id = $1", family.raw(release["id"])
        )
        assert [each["event"] for each in rows] == ["release.given"]
        assert rows[0]["subjects"] == [family.raw(family.persons["mother"])]

    async def test_a_minor_signs_with_a_guardian(self, world: World, family: Family) -> None:
        await released(world, family, "daughter")

    async def test_a_minor_does_not_sign_alone(self, world: World, family: Family) -> None:
        alone = [signature(world, family, "daughter", "self")]
        given = release_input(world, family, "daughter", signatories=alone)
        assert await refused(world, given) == {"signatories": "guardian_must_sign"}

    async def test_a_minor_who_may_lawfully_consent_alone_names_the_law(self, world: World, family: Family) -> None:
        lawful = [signature(world, family, "daughter", "minor_may_consent", legalBasis="410 ILCS 210/1")]
        await released(world, family, "daughter", signatories=lawful)
        nameless = [signature(world, family, "daughter", "minor_may_consent")]
        given = release_input(world, family, "daughter", signatories=nameless)
        assert await refused(world, given) == {"signatories.0.legalBasis": "required"}

    async def test_a_restricted_person_never_signs(self, world: World, family: Family) -> None:
        signed = [signature(world, family, "daughter", "self"), signature(world, family, "uncle", "guardian")]
        found = await refused(world, release_input(world, family, "daughter", signatories=signed))
        assert found["signatories.1.personId"] == "restricted_person"

    async def test_who_is_restricted_towards_one_child_signs_for_no_other_and_for_themself(
        self, world: World, family: Family
    ) -> None:
        son = {"ref": "son", "givenName": "Abel", "familyName": "Font", "bornOn": "2015-01-01", "spokenLanguage": "es",
               "involvements": ["family_of_injured"]}  # fmt: skip
        added = await world[SUPERVISOR].do("AddPerson", caseId=family.case_id, person=son)
        child, uncle = added["person"]["id"], family.persons["uncle"]
        tie = {"personId": uncle, "otherPersonId": child, "kin": "guardian", "hasConsentAuthority": True}
        assert (await world[SUPERVISOR].do("AddRelationship", **tie))["__typename"] == "RelationshipAdded"
        signed_on = str(world.clock.now.date())
        signed = [
            {"personId": child, "capacity": "self", "signedOn": signed_on},
            {"personId": uncle, "capacity": "guardian", "signedOn": signed_on},
        ]
        found = await refused(world, release_input(world, family) | {"personId": child, "signatories": signed})
        assert found["signatories.1.personId"] == "restricted_person"
        born = await world[SUPERVISOR].do("UpdatePerson", personId=uncle, version=1, bornOn="1980-01-01")
        assert born["__typename"] == "PersonUpdated", born
        own = [signature(world, family, "uncle", "self")]
        await released(world, family, "uncle", signatories=own)

    async def test_without_consent_authority_nobody_signs_for_a_minor(self, world: World, family: Family) -> None:
        signed = [signature(world, family, "daughter", "self"), signature(world, family, "father", "guardian")]
        found = await refused(world, release_input(world, family, "daughter", signatories=signed))
        assert found == {"signatories.1.capacity": "no_consent_authority"}

    async def test_a_person_of_another_family_cannot_sign(self, world: World, family: Family) -> None:
        other = await fac_family(world)
        signed = [signature(world, family, "mother", "self"), signature(world, other, "mother", "guardian")]
        found = await refused(world, release_input(world, family, signatories=signed))
        assert found["signatories.1.personId"] == "unknown_person"

    async def test_every_term_that_the_law_asks_for_is_asked_for(self, world: World, family: Family) -> None:
        now = world.clock.now
        cases: list[tuple[dict[str, Any], dict[str, str]]] = [
            ({"classes": []}, {"classes": "required"}),
            ({"classes": ["outline"]}, {"classes": "not_releasable"}),
            ({"risksExplained": False}, {"risksExplained": "required"}),
            ({"signatories": []}, {"signatories": "required"}),
            ({"expiresAt": (now + timedelta(days=400)).isoformat()}, {"expiresAt": "too_long"}),
            ({"expiresAt": now.replace(tzinfo=None).isoformat()}, {"expiresAt": "needs_offset"}),
            (
                {"expiresAt": (now - timedelta(days=1)).isoformat()},
                {"expiresAt": "in_the_past"},
            ),
            (
                {"signatories": [signature(world, family, "mother", "self", signedOn="2099-01-01")]},
                {"signatories.0.signedOn": "in_the_future"},
            ),
        ]
        for given, problems in cases:
            assert await refused(world, release_input(world, family, **given)) == problems

    async def test_a_guardian_whom_a_court_appointed_signs_for_an_adult(self, world: World, family: Family) -> None:
        order = "Denver Probate Court, 2026PR31"
        alone = [signature(world, family, "mother", "court_appointed_guardian", legalBasis=order)]
        given = release_input(world, family, "father", signatories=alone)
        assert await refused(world, given) == {"signatories.0.capacity": "no_consent_authority"}
        mother, father = family.persons["mother"], family.persons["father"]
        related = await world[SUPERVISOR].do(
            "AddRelationship", personId=mother, otherPersonId=father, kin="guardian", hasConsentAuthority=True
        )
        assert related["__typename"] == "RelationshipAdded"
        payload = await world[SUPERVISOR].do("GiveRelease", **given)
        assert payload["__typename"] == "ReleaseGiven"
        stored = await world.fetch(
            "SELECT legal_basis FROM release_signatories WHERE capacity = 'court_appointed_guardian'"
        )
        assert [row["legal_basis"] for row in stored] == [order]

    async def test_no_problem_repeats_what_was_given(self, world: World, family: Family) -> None:
        basis = "Zyxwv secret " * 40
        signed = [signature(world, family, "daughter", "minor_may_consent", legalBasis=basis)]
        given = release_input(world, family, "daughter", signatories=signed)
        response = await world[SUPERVISOR].post(
            {"documentId": "GiveRelease", "variables": {"input": given | {"clientMutationId": str(uuid4())}}}
        )
        assert "too_long" in response.text
        assert "Zyxwv" not in response.text

    async def test_ids_of_other_things_find_nothing(self, world: World, family: Family) -> None:
        for bad in (
            {"personId": family.case_id},
            {"personId": world.id("Person", uuid4())},
            {"recipientId": family.case_id},
            {"recipientId": world.id("Organization", uuid4())},
        ):
            payload = await world[SUPERVISOR].do("GiveRelease", **release_input(world, family) | bad)
            assert payload["__typename"] == "NotFound"

    async def test_sent_again_it_is_one_release(self, world: World, family: Family) -> None:
        given = release_input(world, family) | {"clientMutationId": str(uuid4())}
        first, second = [await world[SUPERVISOR].do("GiveRelease", **given) for _ in range(2)]
        assert first == second
        counted = await world.fetch(
            "SELECT count(*) AS n FROM releases WHERE person_id = $1", family.raw(family.persons["mother"])
        )
        assert counted[0]["n"] == 1


class TestRevokeRelease:
    @pytest.mark.parametrize("hat", ["stranger", "counselor", "funder", "navigator"])
    async def test_a_stranger_finds_no_release(self, world: World, family: Family, hat: str) -> None:
        release = await released(world, family)
        payload = await world[hat].do("RevokeRelease", releaseId=release["id"], version=1)
        assert payload["__typename"] == "NotFound"

    async def test_who_only_oversees_does_not_revoke(self, world: World, family: Family) -> None:
        release = await released(world, family)
        payload = await world["privacy_officer"].do("RevokeRelease", releaseId=release["id"], version=1)
        assert payload["__typename"] == "NotPermitted"

    @pytest.mark.parametrize("hat", ["fac_intake", "fac_supervisor"])
    async def test_a_revoked_release_stays_listed(self, world: World, family: Family, hat: str) -> None:
        release = await released(world, family)
        payload = await world[hat].do("RevokeRelease", releaseId=release["id"], version=1)
        assert payload["__typename"] == "ReleaseRevoked"
        assert payload["release"]["revokedAt"]
        assert payload["release"]["version"] == 2
        data = await world[hat].run("CaseReleases", caseId=family.case_id)
        assert release["id"] in [each["id"] for each in data["case"]["releases"]["nodes"] if each["revokedAt"]]

    async def test_it_is_revoked_once(self, world: World, family: Family) -> None:
        release = await released(world, family)
        stale = await world[SUPERVISOR].do("RevokeRelease", releaseId=release["id"], version=7)
        assert (stale["__typename"], stale["currentVersion"]) == ("Conflict", 1)
        await world[SUPERVISOR].do("RevokeRelease", releaseId=release["id"], version=1)
        again = await world[SUPERVISOR].do("RevokeRelease", releaseId=release["id"], version=2)
        assert (again["__typename"], again["state"]) == ("InvalidTransition", "revoked")

    async def test_of_eight_at_once_one_revokes(self, world: World, family: Family) -> None:
        release = await released(world, family)
        answers = await together(8, lambda _: world[SUPERVISOR].do("RevokeRelease", releaseId=release["id"], version=1))
        assert sorted(each["__typename"] for each in answers) == ["Conflict"] * 7 + ["ReleaseRevoked"]

    async def test_sent_again_it_answers_the_same(self, world: World, family: Family) -> None:
        release = await released(world, family)
        given = {"releaseId": release["id"], "version": 1, "clientMutationId": str(uuid4())}
        first, second = [await world[SUPERVISOR].do("RevokeRelease", **given) for _ in range(2)]
        assert first == second
        assert first["__typename"] == "ReleaseRevoked"

    async def test_ids_of_other_things_find_nothing(self, world: World, family: Family) -> None:
        for bad in (family.case_id, world.id("Release", uuid4()), "nonsense"):
            payload = await world[SUPERVISOR].do("RevokeRelease", releaseId=bad, version=1)
            assert payload["__typename"] == "NotFound"
