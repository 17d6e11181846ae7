"""Providers' credentials over HTTP: recorded by one, verified by another, asked for before anybody is counselled."""

from datetime import timedelta
from typing import Any

import pytest

from tests.caseloads import audit_of, raw
from tests.families import Family
from tests.referring import SUPERVISOR, drafted, fac_family, released, sent
from tests.world import World

KEEPERS = ("administrator", SUPERVISOR)
NOBODY = ("stranger", "counselor", "lawyer", "funder", "auditor", "privacy_officer", "fac_manager", "intake")
RECORD = "RecordProviderCredential"
VERIFY = "VerifyProviderCredential"
REVOKE = "RevokeProviderCredential"


def credential(world: World, **other: Any) -> dict[str, Any]:
    """Return the input of ``recordProviderCredential``."""
    return {
        "organizationId": world.id("Organization", world.organizations["counseling"]),
        "kind": "license", "title": "licensed psychologist", "holderName": "Zyxmarker Oakes", "number": "071-Zyxmarker",
        "board": "Board of Psychology", "jurisdiction": "US-IL", "ageBands": ["age_0_12", "age_13_17"],
        "languages": ["es"], "modalities": ["trauma_focused_cbt"], "esarVhpLevel": 1,
        "expiresOn": (world.clock.now.date() + timedelta(days=400)).isoformat(),
    } | other  # fmt: skip


async def recorded(world: World, hat: str = "counseling_administrator", **other: Any) -> dict[str, Any]:
    done = await world[hat].do(RECORD, **credential(world, **other))
    assert done["__typename"] == "ProviderCredentialRecorded", done
    found: dict[str, Any] = done["providerCredential"]
    return found


async def verified(world: World, **other: Any) -> dict[str, Any]:
    made = await recorded(world, **other)
    done = await world[SUPERVISOR].do(VERIFY, providerCredentialId=made["id"], version=1)
    found: dict[str, Any] = done["providerCredential"]
    return found


async def unlicense(world: World) -> None:
    """Let the counselling organisation be one of which nobody has recorded anything."""
    await world.fetch("DELETE FROM provider_credentials WHERE organization_id = $1", world.organizations["counseling"])


async def lacks(world: World, hat: str = "fac_manager") -> dict[str, bool]:
    """Return for each service, by its organisation's label, what the directory says."""
    nodes = (await world[hat].run("Services", first=100))["services"]["nodes"]
    found = {each["id"]: each["lacksCredential"] for each in nodes}
    return {label: found[world.id("Service", id)] for label, id in world.services.items()}


class TestRecordProviderCredential:
    @pytest.mark.parametrize("hat", NOBODY)
    async def test_not_by_strangers_nor_by_who_counsels(self, world: World, hat: str) -> None:
        done = await world[hat].do(RECORD, **credential(world))
        assert done["code"] in ("not_permitted", "not_found")
        assert await world.fetch("SELECT 1 FROM provider_credentials WHERE holder_name ~ 'Zyxmarker'") == []

    async def test_the_partner_records_its_own_and_no_other_s(self, world: World) -> None:
        other = world.id("Organization", world.organizations["recovery"])
        done = await world["counseling_administrator"].do(RECORD, **credential(world, organizationId=other))
        assert done["code"] in ("not_permitted", "not_found")
        made = await recorded(world)
        assert made["verifiedAt"] is None
        (event,) = await audit_of(world, "provider_credential.recorded", made["id"])
        assert (event["operation"], event["subjects"], "Zyxmarker" in event["detail"]) == (
            "recordProviderCredential", [], False,
        )  # fmt: skip

    async def test_what_cannot_be_is_refused_without_an_echo(self, world: World) -> None:
        today = world.clock.now.date().isoformat()
        done = await world["administrator"].do(
            RECORD, **credential(world, expiresOn=today, jurisdiction="Zyxmarker", number="")
        )
        assert {each["path"] for each in done["problems"]} == {"expiresOn", "jurisdiction", "number"}
        assert "Zyxmarker" not in str(done)


class TestVerifyProviderCredential:
    @pytest.mark.parametrize("hat", [*NOBODY, "counseling_administrator"])
    async def test_nobody_of_the_provider_vouches_nor_does_a_stranger(self, world: World, hat: str) -> None:
        made = await recorded(world)
        done = await world[hat].do(VERIFY, providerCredentialId=made["id"], version=1)
        assert done["code"] in ("not_permitted", "not_found")

    @pytest.mark.parametrize(("recorder", "verifier"), [KEEPERS, KEEPERS[::-1]])
    async def test_another_person_than_who_recorded_it(self, world: World, recorder: str, verifier: str) -> None:
        made = await recorded(world, recorder)
        own = await world[recorder].do(VERIFY, providerCredentialId=made["id"], version=1)
        assert [each["problem"] for each in own["problems"]] == ["own_entry"]
        done = await world[verifier].do(VERIFY, providerCredentialId=made["id"], version=1)
        assert done["providerCredential"]["verifiedBy"]["id"] == world.id("Membership", world[verifier].membership_id)
        (event,) = await audit_of(world, "provider_credential.verified", made["id"])
        assert event["membership_id"] == world[verifier].membership_id

    async def test_another_hat_of_the_same_person_is_the_same_person(self, world: World) -> None:
        made = await recorded(world, SUPERVISOR)
        await world.fetch(
            "UPDATE memberships SET account_id = (SELECT account_id FROM memberships WHERE id = $1) WHERE id = $2",
            world[SUPERVISOR].membership_id, world["reunification_supervisor"].membership_id,
        )  # fmt: skip
        done = await world["reunification_supervisor"].do(VERIFY, providerCredentialId=made["id"], version=1)
        assert [each["problem"] for each in done["problems"]] == ["own_entry"]

    async def test_not_what_has_expired_or_is_revoked(self, world: World) -> None:
        made, soon = await recorded(world), (world.clock.now.date() + timedelta(days=1)).isoformat()
        over = await recorded(world, expiresOn=soon)
        await world["administrator"].do(REVOKE, providerCredentialId=made["id"], version=1, reason="not_confirmed")
        world.clock.advance(days=1)
        for each, version, state in ((made, 2, "revoked"), (over, 1, "expired")):
            done = await world[SUPERVISOR].do(VERIFY, providerCredentialId=each["id"], version=version)
            assert (done["code"], done["state"]) == ("invalid_transition", state)


class TestRevokeProviderCredential:
    @pytest.mark.parametrize("hat", NOBODY)
    async def test_not_by_strangers(self, world: World, hat: str) -> None:
        made = await verified(world)
        done = await world[hat].do(REVOKE, providerCredentialId=made["id"], version=2, reason="left_provider")
        assert done["code"] in ("not_permitted", "not_found")

    async def test_the_partner_says_that_somebody_has_left_and_once_is_enough(self, world: World) -> None:
        made, hat = await verified(world), world["counseling_administrator"]
        done = await hat.do(REVOKE, providerCredentialId=made["id"], version=2, reason="left_provider")
        assert done["providerCredential"]["revokeReason"] == "left_provider"
        again = await hat.do(REVOKE, providerCredentialId=made["id"], version=3, reason="left_provider")
        assert (again["code"], again["state"]) == ("invalid_transition", "revoked")


class TestReading:
    async def test_who_may_see_whose_it_is(self, world: World) -> None:
        made = await recorded(world)
        for hat in (*KEEPERS, "counseling_administrator", "fac_manager", "counselor"):
            nodes = (await world[hat].run("ProviderCredentials", first=50))["providerCredentials"]["nodes"]
            (seen,) = (each for each in nodes if each["id"] == made["id"])
            is_keeper = hat not in ("fac_manager", "counselor")
            assert (seen["number"] is not None, seen["holderName"] is not None) == (is_keeper, is_keeper), hat
            assert seen["ageBands"] == ["age_0_12", "age_13_17"]

    async def test_another_organisation_s_are_not_there(self, world: World) -> None:
        made = await recorded(world)
        for hat in ("lawyer", "stranger", "recoverer"):
            page = (await world[hat].run("ProviderCredentials", first=50))["providerCredentials"]
            assert made["id"] not in {each["id"] for each in page["nodes"]}

    async def test_those_soon_to_expire_are_found_by_their_day(self, world: World) -> None:
        await unlicense(world)
        await verified(world)
        today = world.clock.now.date()
        soon = await verified(world, expiresOn=(today + timedelta(days=20)).isoformat())
        by = (today + timedelta(days=60)).isoformat()
        found = (await world[SUPERVISOR].run("ProviderCredentials", expiresBy=by))["providerCredentials"]["nodes"]
        assert [each["id"] for each in found] == [soon["id"]]


class TestTheDirectory:
    async def test_a_service_says_that_nobody_there_may_counsel(self, world: World) -> None:
        assert set((await lacks(world)).values()) == {False}
        await unlicense(world)
        await recorded(world)
        for hat in ("fac_manager", "lawyer", "counselor", "funder"):
            assert {label for label, is_so in (await lacks(world, hat)).items() if is_so} == {"counseling"}, hat
        await verified(world)
        assert set((await lacks(world)).values()) == {False}

    async def test_and_says_so_from_the_day_it_expired(self, world: World) -> None:
        await unlicense(world)
        await verified(world, expiresOn=(world.clock.now.date() + timedelta(days=2)).isoformat())
        assert not (await lacks(world))["counseling"]
        world.clock.advance(days=2)
        assert (await lacks(world))["counseling"]


class TestReferring:
    """Counselling referrals go only to a verified, unexpired credential fit for age and language (invariant 9)."""

    @pytest.fixture
    async def family(self, world: World) -> Family:
        family = await fac_family(world)
        await unlicense(world)
        for person in ("mother", "daughter"):
            await released(world, family, person)
        return family

    async def sending(self, world: World, family: Family, *persons: str, **other: Any) -> dict[str, Any]:
        referral = await drafted(world, family, *persons, **other)
        answer: dict[str, Any] = await referral.send()
        assert answer["__typename"] == "ReferralSent", answer
        assert answer["isSent"] is (answer["referral"]["status"] == "sent")
        return answer

    async def test_without_one_it_waits_and_says_for_whom(self, world: World, family: Family) -> None:
        await recorded(world)  # nobody else has verified it
        referral = await drafted(world, family, "daughter")
        answer = await referral.send()
        assert (answer["isSent"], referral.status) == (False, "awaiting_release")
        assert [each["id"] for each in answer["needsCredentialFor"]] == [family.persons["daughter"]]
        assert (answer["needsAgreement"], answer["awaitingReleaseOf"]) == (False, [])
        await verified(world)
        assert (await referral.send())["isSent"]

    async def test_it_must_suit_the_age_and_the_language(self, world: World, family: Family) -> None:
        await verified(world, ageBands=["age_13_17"], languages=["en"])
        await verified(world, ageBands=["age_25_59"], languages=["es"])
        answer = await self.sending(world, family, "mother", "daughter")
        assert [each["id"] for each in answer["needsCredentialFor"]] == [family.persons["daughter"]]
        await verified(world, ageBands=["age_13_17"], languages=["en"], worksWithInterpreter=True)
        assert (await self.sending(world, family, "mother", "daughter"))["isSent"]

    async def test_information_and_what_is_no_counselling_ask_for_none(self, world: World, family: Family) -> None:
        assert (await self.sending(world, family, kind="information_only"))["isSent"]
        await released(world, family, "mother", to="legal_aid")
        assert (await self.sending(world, family, "mother", to="legal_aid"))["isSent"]

    @pytest.mark.parametrize("way", ["revoked", "expired"])
    async def test_what_lapsed_since_it_was_sent_is_not_accepted(self, world: World, way: str) -> None:
        await unlicense(world)
        made = await verified(
            world, ageBands=["age_25_59"], expiresOn=(world.clock.now.date() + timedelta(days=2)).isoformat()
        )
        referral = await sent(world)
        if way == "revoked":
            gone = {"providerCredentialId": made["id"], "version": 2, "reason": "withdrawn_by_board"}
            await world["administrator"].do(REVOKE, **gone)
        else:
            world.clock.advance(days=2)
        payload = await referral.step("AcceptReferral")
        assert (payload["code"], payload["reason"]) == ("not_permitted", "needs_credential")
        assert await world.fetch("SELECT 1 FROM referrals WHERE id = $1 AND status = 'sent'", raw(referral.id))
        await verified(world, ageBands=["age_25_59"])
        assert (await referral.step("AcceptReferral"))["referral"]["status"] == "accepted"
