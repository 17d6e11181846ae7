"""The second factor: enrolled by everybody for themselves, proved by a code that works once, spent by one act."""

from typing import Any
from uuid import uuid4

import pytest

from fac.access.actor import Actor
from fac.access.login import SignIn
from fac.audit.ledger import Circumstances
from fac.audit.left import LEFT_BY
from fac.casework.proven import PROOFS
from fac.casework.second_factor import FRESH, demand_proof
from fac.casework.work import Work
from fac.domain.ids import new_id
from fac.errors import InvalidTransition, NotPermitted, NotSignedIn
from fac.founding import Hat as Whose
from fac.founding import end_factor
from tests.stepping import enrolled, prove
from tests.world import Hat, World, together


async def actor_of(hat: Hat) -> Actor:
    async with hat.world.beneath.connection() as connection:
        return await SignIn().find(connection, hat.token, hat.world.clock.now)


async def spent(hat: Hat) -> str:
    """Do what asks for a fresh proof, and return "" or the reason why it was refused."""
    world, actor = hat.world, await actor_of(hat)
    circumstances = Circumstances(world.clock.now, world.parts.tools.policy.version, new_id())
    try:
        async with world.beneath.transaction() as connection:
            await demand_proof(Work(connection, actor, world.parts.tools, circumstances, "breakGlass"))
    except NotPermitted as refused:
        return refused.reason
    return ""


async def events(hat: Hat, word: str) -> list[Any]:
    found: list[Any] = await hat.world.fetch(
        "SELECT event, detail FROM audit_events WHERE event = $1 AND membership_id = $2", word, hat.membership_id
    )
    return found


class TestEnrollSecondFactor:
    @pytest.mark.parametrize("name", ["stranger", "counselor", "volunteer", "auditor", "funder", "liaison"])
    async def test_who_does_nothing_that_asks_for_one_has_none(self, world: World, name: str) -> None:
        assert (await world[name].do("EnrollSecondFactor"))["code"] == "not_found"

    async def test_the_secret_is_shown_to_who_enrols_and_kept_nowhere(self, world: World) -> None:
        key = str(uuid4())
        shown = await world["fac_intake"].do("EnrollSecondFactor", clientMutationId=key)
        assert shown["uri"] == f"otpauth://totp/FAC?secret={shown['secret']}&issuer=FAC"
        assert await world["fac_intake"].do("EnrollSecondFactor", clientMutationId=key) == shown
        rows = await world.fetch(
            "SELECT t::text FROM second_factors t UNION ALL SELECT t::text FROM audit_events t"
            " UNION ALL SELECT t::text FROM idempotency_keys t"
        )
        assert not any(shown["secret"] in each[0] for each in rows)
        assert len(await events(world["fac_intake"], "second_factor.enrolled")) == 1

    async def test_until_its_first_right_code_it_is_replaced_freely_and_then_only_against_a_proof(
        self, world: World
    ) -> None:
        hat = world["navigator"]
        first, second = await enrolled(hat), await enrolled(hat)
        world.clock.advance(seconds=61)
        assert (await hat.do("StepUp", code=first.code()))["isProven"] is False
        await second.step_up()
        await enrolled(hat)  # against the proof just given
        assert (await hat.do("StepUp", code=second.code(1)))["isProven"] is False
        third = await enrolled(hat)
        await third.step_up()
        assert await spent(hat) == ""
        refused = await hat.do("EnrollSecondFactor")
        assert (refused["__typename"], refused["reason"]) == ("NotPermitted", "needs_step_up")

    async def test_two_at_once_leave_one(self, world: World) -> None:
        await together(4, lambda _: world["resiliency_supervisor"].do("EnrollSecondFactor"))
        rows = await world.fetch(
            "SELECT 1 FROM second_factors f JOIN memberships m ON m.account_id = f.account_id"
            " WHERE m.id = $1 AND f.ended_at IS NULL",
            world["resiliency_supervisor"].membership_id,
        )
        assert len(rows) == 1


class TestStepUp:
    async def test_without_an_authenticator_there_is_nothing_to_prove(self, world: World) -> None:
        refused = await world["reunification_supervisor"].do("StepUp", code="123456")
        assert (refused["reason"], refused["requestable"]) == ("needs_second_factor", True)

    async def test_a_proof_serves_one_act_of_its_session_for_five_minutes(self, world: World) -> None:
        hat = world["fac_manager"]
        telephone = await enrolled(hat)
        assert await spent(hat) == "needs_second_factor"  # enrolled, but never proved
        await telephone.step_up()
        assert (await spent(hat), await spent(hat)) == ("", "needs_step_up")
        await telephone.step_up()
        world.clock.now += FRESH
        assert await spent(hat) == "needs_step_up"
        await telephone.step_up()
        await world.fetch("UPDATE second_factors SET proved_in = $1 WHERE proved_in = $2", new_id(), hat.session_id)
        assert await spent(hat) == "needs_step_up"

    async def test_of_two_acts_at_once_one_has_the_proof(self, world: World) -> None:
        hat = world["fac_manager_two"]
        await (await enrolled(hat)).step_up()
        assert sorted(await together(2, lambda _: spent(hat))) == ["", "needs_step_up"]

    async def test_a_code_works_once_also_when_it_is_sent_twice_at_once(self, world: World) -> None:
        hat = world["privacy_officer"]
        telephone = await enrolled(hat)
        answers = await together(2, lambda _: hat.do("StepUp", code=telephone.code()))
        assert sorted(each["isProven"] for each in answers) == [False, True]
        assert (await hat.do("StepUp", code=telephone.code()))["isProven"] is False

    async def test_a_wrong_code_is_counted_and_audited_and_nobody_is_locked_out_for_good(self, world: World) -> None:
        hat = world["fac_supervisor"]
        telephone = await enrolled(hat)
        left = [(await hat.do("StepUp", code=telephone.wrong_code()))["triesLeft"] for _ in range(5)]
        assert left == [4, 3, 2, 1, 0]
        variables = {"input": {"code": telephone.code(), "clientMutationId": str(uuid4())}}
        body = (await hat.post({"documentId": "StepUp", "variables": variables})).json()
        assert [each["extensions"]["code"] for each in body["errors"]] == ["rate_limited"]
        assert len(await events(hat, "second_factor.refused")) == 5
        await enrolled(hat)  # a new secret gives no new tries
        assert (await hat.post({"documentId": "StepUp", "variables": variables})).json()["errors"]
        world.clock.advance(minutes=6)
        third = await enrolled(hat)
        assert (await hat.do("StepUp", code=third.code()))["isProven"] is True

    async def test_the_code_is_in_no_row(self, world: World) -> None:
        hat = world["administrator"]
        telephone = await enrolled(hat)
        code = telephone.code()
        await hat.do("StepUp", code=code)
        rows = await world.fetch(
            "SELECT detail::text FROM audit_events WHERE event LIKE 'second_factor.%'"
            " UNION ALL SELECT result::text FROM idempotency_keys"
        )
        assert rows
        assert not any(f'"{code}"' in each[0] for each in rows)


class TestResetSecondFactor:
    @pytest.mark.parametrize(
        ("name", "code"),
        [("stranger", "not_found"), ("fac_manager", "not_permitted"), ("resiliency_supervisor", "not_permitted")],
    )
    async def test_not_by_others(self, world: World, name: str, code: str) -> None:
        whose = world.id("Membership", world["fac_intake"].membership_id)
        assert (await world[name].do("ResetSecondFactor", membershipId=whose))["code"] == code

    async def test_a_lost_one_proves_nothing_any_more(self, world: World) -> None:
        hat = world["intake"]
        telephone = await enrolled(hat)
        await telephone.step_up()
        whose = world.id("Membership", hat.membership_id)
        refused = await world["reunification_supervisor"].do("ResetSecondFactor", membershipId=whose)
        assert refused["reason"] == "needs_second_factor"
        await prove(world["reunification_supervisor"])
        done = await world["reunification_supervisor"].do("ResetSecondFactor", membershipId=whose)
        assert done["__typename"] == "SecondFactorReset"
        assert await spent(hat) == "needs_second_factor"
        assert (await hat.do("StepUp", code=telephone.code(1)))["reason"] == "needs_second_factor"
        again = await world["reunification_supervisor"].do("ResetSecondFactor", membershipId=whose)
        assert (again["__typename"], again["state"]) == ("InvalidTransition", "not_enrolled")

    async def test_nobody_resets_their_own(self, world: World) -> None:
        own = world.id("Membership", world["administrator"].membership_id)
        refused = await world["administrator"].do("ResetSecondFactor", membershipId=own)
        assert [each["problem"] for each in refused["problems"]] == ["own_account"]

    async def test_at_the_machine_a_single_administrator_s_too_and_only_as_one(self, world: World) -> None:
        hat = world["administrator"]
        ((login,),) = await world.fetch(
            "SELECT login FROM accounts JOIN memberships m ON account_id = accounts.id WHERE m.id = $1",
            hat.membership_id,
        )
        await enrolled(hat)
        for stranger in ("nobody@example.org", "auditor"):
            with pytest.raises(NotSignedIn):
                await end_factor(world.parts, Whose(world.incident_id, stranger, hat.membership_id))
        own = Whose(world.incident_id, login, hat.membership_id)
        await end_factor(world.parts, own)
        assert (await hat.do("StepUp", code="123456"))["reason"] == "needs_second_factor"
        assert len(await events(hat, "second_factor.reset")) == 1
        with pytest.raises(InvalidTransition):
            await end_factor(world.parts, own)


class TestTheList:
    async def test_an_act_that_is_listed_and_demands_no_proof_is_not_done(self, world: World) -> None:
        actor = await actor_of(world["administrator"])
        circumstances = Circumstances(world.clock.now, world.parts.tools.policy.version, new_id())
        for operation in PROOFS:
            async with world.beneath.transaction() as connection:
                work = Work(connection, actor, world.parts.tools, circumstances, operation)
                work.tell("membership.granted", "membership", new_id())
                with pytest.raises(LookupError):
                    await work.finish()
        assert not await world.fetch(
            "SELECT 1 FROM audit_events WHERE correlation_id = $1", circumstances.correlation_id
        )

    def test_each_line_is_an_operation(self) -> None:
        assert PROOFS.keys() - LEFT_BY.keys() == {"approvePolicy"}  # that one is no mutation: fac policy approve
