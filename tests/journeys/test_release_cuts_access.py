"""What a partner sees of a family, from the first glimpse to the end: never more than a release in force opens.

Every look is over HTTP with the shipped documents (34 USC 12291(b)(2), 28 CFR 94.115; domain invariants 2 and 3).
"""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.families import Family, new_family
from tests.referring import SUPERVISOR, Referred, accepted, drafted, needs_of, released, sent
from tests.world import Clock, World

REASON = "Saffronmarker: she lost her sister and cannot be alone"
END_AGREEMENT = "UPDATE agreements SET ended_at = $2 WHERE id = $1"


@pytest.fixture
def clock(world: World) -> Iterator[Clock]:
    """The world's clock, set back after the test."""
    before = world.clock.now
    yield world.clock
    world.clock.now = before


@pytest.fixture
async def family(world: World) -> Family:
    return await new_family(world, "fac_intake", f"Marker{uuid4().hex[:6]}")


async def look(referral: Referred, hat: str = "counselor") -> tuple[dict[str, Any], str]:
    """Return the referral as ``hat`` reads it, its persons by id, and all the text of it in both ways to read it."""
    own = referral.world[hat]
    one = await own.post({"documentId": "Referral", "variables": {"id": referral.id}})
    inbox = await own.post({"documentId": "ReferralInbox", "variables": {"first": 100}})
    assert one.status_code == inbox.status_code == 200
    seen = one.json()["data"]["referral"]
    listed = [each for each in inbox.json()["data"]["referralInbox"]["nodes"] if each["id"] == referral.id]
    assert len(listed) == (seen is not None)
    if seen is not None:
        seen["persons"] = {each["id"]: each for each in seen["persons"]}
    return seen, one.text + str(listed)


async def who(referral: Referred, person: str = "mother") -> dict[str, Any]:
    """Return a person of the referral as the counselor reads them."""
    seen, _ = await look(referral)
    found: dict[str, Any] = seen["persons"][referral.family.persons[person]]
    return found


def gives_away_nobody(text: str) -> None:
    """Demand that an answer holds nothing of what the family said of itself."""
    for marker in (
        "Marisol",
        "Quintanaroo",
        "Noemi",
        "Marker",
        "Saffron",
        "Cedar",
        "+1312",
        "cannot sleep",
        "1985-04-12",
    ):
        assert marker.lower() not in text.lower(), marker


async def cut(referral: Referred) -> None:
    """Demand that the counselor now sees no more of the mother than before accepting."""
    seen, text = await look(referral)
    mother = seen["persons"][referral.family.persons["mother"]]
    hidden = ("givenName", "familyName", "preferredName", "bornOn", "phones", "emails", "address", "bestTimes")
    assert {name: mother[name] for name in hidden} == dict.fromkeys(hidden)
    assert seen["reason"] is None
    assert all(each["detail"] is None for each in seen["needs"])
    gives_away_nobody(text)
    body = await referral.world["counselor"].ask(
        "query($id: ID!) { person(id: $id) { givenName phones ageBand needs { detail } } }",
        id=referral.family.persons["mother"],
    )
    gives_away_nobody(str(body))


async def with_need(world: World, family: Family) -> dict[str, Any]:
    """Return what a referral with a told need and a reason is made of."""
    need = (await needs_of(world, family, "mother"))["counseling_individual"]["id"]
    return {"needIds": [need], "reason": REASON}


class TestBeforeAcceptance:
    async def test_the_partner_sees_what_is_needed_and_how_soon_but_not_by_whom(
        self, world: World, family: Family
    ) -> None:
        referral = await sent(world, family, **await with_need(world, family))
        for step in (None, "ReceiveReferral"):
            if step:
                await referral.step(step)
            seen, _ = await look(referral)
            mother = seen["persons"][family.persons["mother"]]
            assert (seen["urgency"], [each["code"] for each in seen["needs"]]) == ("urgent", ["counseling_individual"])
            assert (mother["ageBand"], mother["spokenLanguage"], mother["needsInterpreter"]) == (
                "age_25_59", "es-MX", True,
            )  # fmt: skip
            assert mother["access"]["visible"] == ["outline", "preview"]
            assert {"info": "identity", "reason": "needs_release", "requestable": True} in mother["access"]["masked"]
            assert seen["case"] is None
            await cut(referral)

    async def test_other_partners_and_funders_see_no_referral_at_all(self, world: World, family: Family) -> None:
        referral = await accepted(world, family, **await with_need(world, family))
        for hat in ("stranger", "lawyer", "funder", "auditor", "administrator", "navigator"):
            body = await world[hat].ask(
                "query($id: ID!) { referral(id: $id) { id status persons { id } } }", id=referral.id
            )
            assert (body["data"] or {}).get("referral") is None, hat
            gives_away_nobody(str(body))

    async def test_what_is_declined_was_never_opened(self, world: World, family: Family) -> None:
        referral = await sent(world, family, **await with_need(world, family))
        await referral.step("DeclineReferral", reason="no_capacity")
        await cut(referral)


class TestAfterAcceptance:
    async def test_the_partner_sees_the_classes_that_were_released_and_no_other(
        self, world: World, family: Family
    ) -> None:
        await released(world, family, classes=["identity"])
        referral = await drafted(world, family, **await with_need(world, family))
        await referral.send()
        await referral.step("AcceptReferral")
        mother = await who(referral)
        assert mother["givenName"].startswith("Marisol")
        assert mother["phones"] is None
        assert mother["access"]["visible"] == ["outline", "preview", "identity"]
        seen, text = await look(referral)
        assert seen["reason"] is None
        assert "Saffron" not in text
        assert "cannot sleep" not in text

    async def test_the_words_on_a_household_open_when_everybody_in_it_released_them(
        self, world: World, family: Family
    ) -> None:
        await released(world, family)
        partial = await released(world, family, "daughter", classes=["identity"])
        referral = await drafted(world, family, "mother", "daughter", **await with_need(world, family))
        await referral.send()
        await referral.step("AcceptReferral")
        seen, _ = await look(referral)
        assert seen["reason"] is None
        assert seen["needs"][0]["detail"].startswith("cannot sleep")
        assert seen["persons"][family.persons["mother"]]["phones"]
        assert seen["persons"][family.persons["daughter"]]["phones"] is None
        await released(world, family, "daughter", classes=["narrative"])
        assert (await look(referral))[0]["reason"] == REASON
        await world[SUPERVISOR].do("RevokeRelease", releaseId=partial["id"], version=1)
        assert (await who(referral, "daughter"))["givenName"] is None
        assert (await who(referral))["givenName"].startswith("Marisol")

    async def test_free_text_released_is_no_diagnosis_released(self, world: World, family: Family) -> None:
        narrow = await released(world, family, classes=["identity", "narrative"])
        referral = await drafted(world, family, **await with_need(world, family))
        await referral.send()
        await referral.step("AcceptReferral")
        seen, text = await look(referral)
        assert seen["reason"] == REASON
        assert seen["needs"][0]["detail"] is None
        assert "cannot sleep" not in text
        await released(world, family, classes=["clinical"])
        assert (await look(referral))[0]["needs"][0]["detail"].startswith("cannot sleep")
        await world[SUPERVISOR].do("RevokeRelease", releaseId=narrow["id"], version=1)
        seen, _ = await look(referral)
        assert seen["reason"] is None
        assert seen["needs"][0]["detail"].startswith("cannot sleep")

    async def test_a_release_for_another_purpose_opens_nothing_here(self, world: World, family: Family) -> None:
        await released(world, family, classes=["identity"])
        await released(world, family, classes=["contact"], purpose="care_coordination")
        await released(world, family, classes=["contact"], to="legal_aid")
        referral = await drafted(world, family)
        await referral.send()
        await referral.step("AcceptReferral")
        mother = await who(referral)
        assert mother["givenName"].startswith("Marisol")
        assert mother["phones"] is None

    async def test_every_opening_is_in_the_audit_with_the_subject(self, world: World, family: Family) -> None:
        referral = await accepted(world, family, **await with_need(world, family))
        await look(referral)
        rows = await world.fetch(
            "SELECT subjects, classes FROM audit_events WHERE event = 'record.read' AND membership_id = $1 "
            "AND operation = 'Referral' ORDER BY id DESC LIMIT 1", world["counselor"].membership_id,
        )  # fmt: skip
        assert family.raw(family.persons["mother"]) in rows[0]["subjects"]
        assert rows[0]["classes"] > 0

    async def test_information_opens_nothing_even_with_a_release(self, world: World, family: Family) -> None:
        await released(world, family)
        referral = await drafted(world, family, kind="information_only")
        await referral.send()
        await referral.step("AcceptReferral")
        await cut(referral)


class TestWhatCutsIt:
    """Each of these is a fact of the database: the very next read knows it."""

    async def test_a_revoked_release(self, world: World, family: Family) -> None:
        release = await released(world, family)
        referral = await drafted(world, family, **await with_need(world, family))
        await referral.send()
        await referral.step("AcceptReferral")
        assert (await look(referral))[0]["reason"] == REASON
        await world[SUPERVISOR].do("RevokeRelease", releaseId=release["id"], version=1)
        await cut(referral)
        data = await world[SUPERVISOR].run("CaseReleases", caseId=family.case_id)
        assert [each["id"] for each in data["case"]["releases"]["nodes"]] == [release["id"]]
        await released(world, family)
        assert (await look(referral))[0]["reason"] == REASON

    async def test_a_revoked_release_of_a_referral_accepted_long_ago(
        self, world: World, family: Family, clock: Clock
    ) -> None:
        now = clock.now
        release = await released(world, family, expiresAt=(now + timedelta(days=360)).isoformat())
        referral = await drafted(world, family, **await with_need(world, family))
        await referral.send()
        await referral.step("AcceptReferral")
        await referral.step("WaitlistReferral")
        await referral.step("StartReferral")
        clock.advance(days=300)
        assert (await who(referral))["givenName"].startswith("Marisol")
        await world[SUPERVISOR].do("RevokeRelease", releaseId=release["id"], version=1)
        await cut(referral)

    async def test_a_release_that_ran_out(self, world: World, family: Family, clock: Clock) -> None:
        referral = await accepted(world, family, **await with_need(world, family))
        clock.advance(days=90, seconds=-1)
        assert (await who(referral))["phones"]
        clock.advance(seconds=1)
        await cut(referral)

    async def test_an_agreement_that_ended(self, world: World, family: Family) -> None:
        referral = await accepted(world, family, **await with_need(world, family))
        await world.fetch(END_AGREEMENT, world.agreements["counseling"], world.clock.now)
        await cut(referral)
        await world.fetch(END_AGREEMENT, world.agreements["counseling"], None)
        assert (await who(referral))["phones"]

    async def test_an_agreement_that_ran_out(self, world: World, family: Family, clock: Clock) -> None:
        longest = (clock.now + timedelta(days=360)).isoformat()
        await released(world, family, expiresAt=longest)
        referral = await drafted(world, family, **await with_need(world, family))
        await referral.send()
        await referral.step("AcceptReferral")
        clock.now = clock.now.replace(hour=0) + timedelta(days=330, seconds=-1)
        assert (await who(referral))["phones"]
        clock.advance(seconds=1)
        await cut(referral)

    @pytest.mark.parametrize(
        ("document", "hat", "given"),
        [
            ("CompleteReferral", "counselor", {"outcome": "service_completed"}),
            ("MarkReferralNotEngaged", "counselor", {}),
            ("CancelReferral", SUPERVISOR, {}),
        ],
    )
    async def test_the_end_of_the_referral(
        self, world: World, family: Family, document: str, hat: str, given: dict[str, Any]
    ) -> None:
        referral = await accepted(world, family, **await with_need(world, family))
        assert (await who(referral))["phones"]
        await referral.step(document, hat=hat, **given)
        await cut(referral)

    async def test_a_referral_that_should_never_have_been(self, world: World, family: Family) -> None:
        referral = await accepted(world, family, **await with_need(world, family))
        await referral.step("MarkReferralEnteredInError", hat=SUPERVISOR)
        seen, text = await look(referral)
        assert seen is None
        gives_away_nobody(text)
        body = await world["counselor"].ask("query($id: ID!) { person(id: $id) { id } }", id=family.persons["mother"])
        assert body["data"]["person"] is None

    async def test_another_referral_under_way_still_opens_its_own(self, world: World, family: Family) -> None:
        first = await accepted(world, family)
        second = await accepted(world, family, **await with_need(world, family))
        await first.step("CompleteReferral", outcome="service_completed")
        assert (await who(second))["phones"]

    async def test_no_read_that_begins_after_a_revocation_is_answered_sees_anything(
        self, world: World, family: Family
    ) -> None:
        release = await released(world, family)
        referral = await drafted(world, family)
        await referral.send()
        await referral.step("AcceptReferral")
        revoked = asyncio.Event()
        late: list[str] = []

        async def reading() -> None:
            for _ in range(12):
                began_after = revoked.is_set()
                _, text = await look(referral)
                if began_after:
                    late.append(text)

        async def revoking() -> None:
            await asyncio.sleep(0.02)
            await world[SUPERVISOR].do("RevokeRelease", releaseId=release["id"], version=1)
            revoked.set()

        await asyncio.gather(*(reading() for _ in range(4)), revoking())
        await reading()
        assert late
        for text in late:
            assert family.persons["mother"] in text
            gives_away_nobody(text)
