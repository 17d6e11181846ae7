"""Notices: who is told of which step, that consent is asked again, and that nobody is told twice."""

import re
from datetime import timedelta
from typing import Final
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from fac.errors import JobRefused, NotDelivered
from fac.jobs.acting import Equipment
from fac.jobs.task import run_task
from tests.caseloads import PERSONAL, audit_of, center_id, hat_id, jobs, raw, settled_family
from tests.jobs.conftest import COUNTY_DESK, PARTNER_DESK, Remembering
from tests.referring import SUPERVISOR, Referred, accepted, released, sent
from tests.stepping import enrolled, prove
from tests.world import START, World

# Each with the steps that lead to it from a referral that was sent.
_ACCEPT: Final = ("AcceptReferral", {})
_SCHEDULE: Final = ("ScheduleReferral", {"at": (START + timedelta(days=2)).isoformat()})
OUTCOMES: Final[dict[str, tuple[tuple[str, dict[str, str]], ...]]] = {
    "received": (("ReceiveReferral", {}),),
    "accepted": (_ACCEPT,),
    "declined": (("DeclineReferral", {"reason": "no_capacity"}),),
    "waitlisted": (_ACCEPT, ("WaitlistReferral", {})),
    "scheduled": (_ACCEPT, _SCHEDULE),
    "started": (_ACCEPT, _SCHEDULE, ("StartReferral", {})),
    "completed": (_ACCEPT, ("CompleteReferral", {"outcome": "service_completed"})),
    "not_engaged": (_ACCEPT, ("MarkReferralNotEngaged", {})),
    "cancelled": (("CancelReferral", {}),),
    "expired": (),
}


async def tell(equipment: Equipment, word: str, referral: Referred) -> None:
    """Run the job of a referral's step."""
    ids = {"incident_id": str(referral.world.incident_id), "referral_id": str(raw(referral.id))}
    await run_task(equipment, f"notify.referral_{word}", ids)


class TestSentReferral:
    async def test_the_partner_is_told_by_an_opaque_id(
        self, world: World, equipment: Equipment, transport: Remembering
    ) -> None:
        referral = await sent(world)
        await tell(equipment, "sent", referral)
        (notice,) = transport.sent
        assert (notice.recipient, notice.event) == (PARTNER_DESK, "referral.sent")
        assert f"/referral/{referral.id}" in notice.text
        said = notice.subject + notice.text
        assert not [each for each in PERSONAL if each in said]
        assert referral.family.case_number not in said
        assert not re.search(r"\b\d{4}-\d\d-\d\d\b", said)

    async def test_a_second_run_tells_nobody_again(
        self, world: World, equipment: Equipment, transport: Remembering
    ) -> None:
        referral = await sent(world)
        for _ in range(3):
            await tell(equipment, "sent", referral)
        assert len(transport.sent) == 1
        rows = await audit_of(world, "notice.sent", referral.id)
        assert [(row["membership_id"], row["operation"]) for row in rows] == [
            (world["system"].membership_id, "notify.referral_sent")
        ]
        assert rows[0]["detail"].keys() == {"told", "contact"}
        assert rows[0]["subjects"] == []

    async def test_a_failure_is_tried_again_with_the_same_message(
        self, world: World, equipment: Equipment, transport: Remembering
    ) -> None:
        referral = await sent(world)
        transport.failures = 1
        with pytest.raises(NotDelivered):
            await tell(equipment, "sent", referral)
        assert not await audit_of(world, "notice.sent", referral.id)
        await tell(equipment, "sent", referral)
        assert len(transport.to(PARTNER_DESK, "referral.sent")) == 1

    async def test_nothing_is_told_after_the_release_was_revoked(
        self, world: World, equipment: Equipment, transport: Remembering
    ) -> None:
        referral = await sent(world)
        ((release_id, version),) = await world.fetch(
            "SELECT id, version FROM releases WHERE person_id = $1", raw(referral.family.persons["mother"])
        )
        revoked = await world[SUPERVISOR].do(
            "RevokeRelease", releaseId=world.id("Release", release_id), version=version
        )
        assert revoked["__typename"] == "ReleaseRevoked"
        await tell(equipment, "sent", referral)
        assert not transport.sent

    async def test_nothing_is_told_after_the_release_expired(
        self, world: World, equipment: Equipment, transport: Remembering
    ) -> None:
        referral = await sent(world)
        before = world.clock.now
        world.clock.advance(days=91)
        await tell(equipment, "sent", referral)
        world.clock.now = before
        assert not transport.sent

    async def test_nothing_is_told_of_a_referral_that_was_answered_or_withdrawn_meanwhile(
        self, world: World, equipment: Equipment, transport: Remembering
    ) -> None:
        referral = await sent(world)
        await referral.step("CancelReferral", hat=SUPERVISOR)
        await tell(equipment, "sent", referral)
        assert not transport.sent
        await tell(equipment, "cancelled", referral)
        assert len(transport.to(PARTNER_DESK, "referral.cancelled")) == 1


class TestOutcome:
    @pytest.mark.parametrize("word", OUTCOMES)
    async def test_the_sender_is_told_of_every_outcome(
        self, world: World, equipment: Equipment, transport: Remembering, word: str
    ) -> None:
        referral, before = await sent(world), world.clock.now
        ids = {"incident_id": str(world.incident_id), "referral_id": str(raw(referral.id))}
        for document, given in OUTCOMES[word]:
            hat = SUPERVISOR if document == "CancelReferral" else "counselor"
            assert (await referral.step(document, hat=hat, **given)).get("referral")
        if word == "expired":  # the clock's own step
            world.clock.advance(days=40)
            await run_task(equipment, "expire.referral", ids)
        (left,) = [each for each in await jobs(world, f"notify.referral_{word}") if ids.items() <= each.items()]
        assert left
        await tell(equipment, word, referral)
        world.clock.now = before
        told = [COUNTY_DESK, PARTNER_DESK] if word == "cancelled" else [COUNTY_DESK]
        assert sorted(each.recipient for each in transport.sent) == sorted(told)
        assert {each.event for each in transport.sent} == {f"referral.{word}"}

    async def test_a_step_taken_twice_is_told_twice(
        self, world: World, equipment: Equipment, transport: Remembering
    ) -> None:
        referral = await accepted(world)
        for days in (2, 3):
            await referral.step("ScheduleReferral", at=(world.clock.now + timedelta(days=days)).isoformat())
            for _ in range(2):
                await tell(equipment, "scheduled", referral)
        assert len(transport.to(COUNTY_DESK, "referral.scheduled")) == 2

    async def test_a_declined_referral_says_no_reason(
        self, world: World, equipment: Equipment, transport: Remembering
    ) -> None:
        referral = await sent(world)
        await referral.step("DeclineReferral", reason="no_capacity")
        await tell(equipment, "declined", referral)
        (notice,) = transport.sent
        assert "capacity" not in notice.text


class TestHandoff:
    async def test_the_receiving_side_and_then_the_offering_side_is_told(
        self, world: World, equipment: Equipment, transport: Remembering
    ) -> None:
        family = await settled_family(world)
        proposed = await world["fac_manager"].do(
            "ProposeHandoff", caseId=family.case_id, toCenterId=center_id(world, "resiliency_center"), clientAgreed=True
        )
        assert proposed["__typename"] == "HandoffProposed", proposed
        handoff = proposed["handoff"]
        ids = {"incident_id": str(world.incident_id), "handoff_id": str(raw(handoff["id"]))}
        for _ in range(2):
            await run_task(equipment, "notify.handoff_proposed", ids)
        taken = await world["navigator"].do(
            "AcceptHandoff", handoffId=handoff["id"], version=handoff["version"], workerId=hat_id(world, "navigator")
        )
        assert taken["__typename"] == "HandoffAccepted", taken
        await run_task(equipment, "notify.handoff_accepted", ids)
        assert [(each.event, each.recipient) for each in transport.sent] == [
            ("handoff.proposed", COUNTY_DESK),
            ("handoff.accepted", COUNTY_DESK),
        ]
        assert f"/handoff/{handoff['id']}" in transport.sent[0].text


class TestNobody:
    async def test_an_incident_without_the_systems_hat_has_no_jobs_done(
        self, world: World, equipment: Equipment, transport: Remembering
    ) -> None:
        referral = await sent(world)
        hat = world["system"].membership_id
        await world.fetch("UPDATE memberships SET ended_at = $2 WHERE id = $1", hat, world.clock.now)
        with pytest.raises(JobRefused):
            await tell(equipment, "sent", referral)
        await world.fetch("UPDATE memberships SET ended_at = NULL WHERE id = $1", hat)
        assert not transport.sent

    async def test_a_second_release_does_not_tell_again(
        self, world: World, equipment: Equipment, transport: Remembering
    ) -> None:
        referral = await sent(world)
        await tell(equipment, "sent", referral)
        await released(world, referral.family)
        await tell(equipment, "sent", referral)
        assert len(transport.sent) == 1


class TestOwnAccount:
    """Whoever it is about is told, at what they sign in with; nobody else, and nothing but that it happened."""

    async def test_of_an_authenticator_enrolled_wrong_codes_and_a_reset(
        self, world: World, equipment: Equipment, transport: Remembering
    ) -> None:
        hat, address = world["fac_manager"], f"{uuid4()}@example.org"
        await world.fetch(
            "UPDATE accounts SET login = $2 FROM memberships m WHERE m.account_id = accounts.id AND m.id = $1",
            hat.membership_id, address,
        )  # fmt: skip
        about = raw(hat_id(world, "fac_manager"))
        telephone = await enrolled(hat)
        for _ in range(5):
            await hat.do("StepUp", code=telephone.wrong_code())
        await prove(world["fac_supervisor"])
        await world["fac_supervisor"].do("ResetSecondFactor", membershipId=hat_id(world, "fac_manager"))
        left = [
            each["task_name"]
            for each in await world.fetch(
                "SELECT task_name FROM procrastinate_jobs WHERE args->>'membership_id' = $1 ORDER BY id", str(about)
            )
        ]
        told = ["enrolled", "refused", "reset"]
        assert left == [f"notify.second_factor_{word}" for word in told]
        ids = {"incident_id": str(world.incident_id), "membership_id": str(about)}
        for task in left:
            await run_task(equipment, task, ids)
        assert [(each.recipient, each.event) for each in transport.sent] == [
            (address, f"second_factor.{word}") for word in told
        ]
        for each in transport.sent:
            assert "Worker" not in each.subject + each.text
            assert address not in each.subject + each.text
        rows = await audit_of(world, "notice.sent", hat_id(world, "fac_manager"))
        assert [row["detail"]["told"] for row in rows] == [f"second_factor.{word}" for word in told]

    async def test_who_signs_in_with_no_address_is_told_of_as_unreachable(
        self, world: World, equipment: Equipment, transport: Remembering
    ) -> None:
        ids = {"incident_id": str(world.incident_id), "membership_id": str(world["navigator"].membership_id)}
        with capture_logs() as lines:
            await run_task(equipment, "notify.second_factor_reset", ids)
        assert transport.sent == []
        assert [(each["event"], each["log_level"]) for each in lines] == [("notice.no_contact", "warning")]
