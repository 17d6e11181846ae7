"""Hats and sessions: granted, ended, signed in to; over HTTP for people, on the verbs for the machine."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from fac.access.actor import Actor
from fac.access.login import MOVED_ON_EVERY, SignIn, new_token
from fac.audit.ledger import Circumstances
from fac.casework.staff import SHORTEST_IDLE, USUAL_IDLE, act_for_administrator, issue_session, revoke_sessions
from fac.casework.work import Work, once
from fac.domain.ids import decode_global, new_id
from fac.domain.vocabulary import Role
from fac.errors import InvalidInput, InvalidTransition, NotSignedIn
from tests.families import new_family
from tests.stepping import enrolled, prove
from tests.world import Hat, World, together


def hat(world: World, **other: Any) -> dict[str, Any]:
    return {
        "login": f"{uuid4()}@example.org", "displayName": "New Worker", "role": "case_manager",
        "organizationId": world.id("Organization", world.organizations["county"]),
        "centerId": world.id("Center", world.centers["family_assistance_center"]),
    } | other  # fmt: skip


def refused(payload: dict[str, Any], problem: str) -> None:
    assert payload["__typename"] == "InvalidInput", payload
    assert [each["problem"] for each in payload["problems"]] == [problem]


def row_id(given: str) -> UUID:
    decoded = decode_global(given)
    assert decoded is not None
    return decoded[2]


async def at_the_machine(world: World, connection: Any, operation: str = "issueSession") -> Work:
    login = await world.fetch(
        "SELECT login FROM accounts JOIN memberships ON account_id = accounts.id WHERE memberships.id = $1",
        world["administrator"].membership_id,
    )
    return await act_for_administrator(
        connection, world.parts.tools, incident_id=world.incident_id, login=login[0]["login"], operation=operation,
        now=world.clock.now,
    )  # fmt: skip


async def signed_in(world: World, membership: str, **lasting: float) -> Hat:
    async with world.beneath.transaction() as connection:
        work = await at_the_machine(world, connection)
        expires_at = world.clock.now + timedelta(**lasting or {"days": 1})
        token = await issue_session(work, row_id(membership), expires_at=expires_at)
        await work.finish()
    return Hat(world, "new", Role.case_manager, row_id(membership), uuid4(), token)


async def find_actor(world: World, token: str) -> Actor:
    async with world.beneath.connection() as connection:
        return await SignIn().find(connection, token, world.clock.now)


@pytest.fixture(autouse=True)
async def proven(world: World) -> None:
    """Whoever gives and ends hats here has proved their second factor just now."""
    for name in ("administrator", "fac_supervisor"):
        await prove(world[name])


async def granted(world: World, **other: Any) -> str:
    done = await world["administrator"].do("GrantMembership", **hat(world, **other))
    assert done["__typename"] == "MembershipGranted", done
    return str(done["membership"]["id"])


class TestGrantMembership:
    @pytest.mark.parametrize("name", ["stranger", "funder", "auditor", "privacy_officer", "intake", "fac_manager"])
    async def test_not_by_those_who_hire_nobody(self, world: World, name: str) -> None:
        assert (await world[name].do("GrantMembership", **hat(world)))["code"] in {"not_permitted", "not_found"}

    async def test_the_administrator_grants_any_center(self, world: World) -> None:
        done = await world["administrator"].do("GrantMembership", **hat(world))
        found = done["membership"]
        assert (found["role"], found["account"]["displayName"]) == ("case_manager", "New Worker")

    async def test_a_proof_stands_for_many_hats_while_it_holds_and_without_one_there_is_none(self, world: World):
        administrator = world["administrator"]
        for _ in range(3):
            await granted(world)
        world.clock.advance(minutes=5)
        refused = await administrator.do("GrantMembership", **hat(world))
        assert (refused["reason"], refused["requestable"]) == ("needs_step_up", True)
        bare = await world["resiliency_supervisor"].do(
            "GrantMembership", **hat(world, centerId=world.id("Center", world.centers["resiliency_center"]))
        )
        assert (bare["reason"], bare["requestable"]) == ("needs_second_factor", True)

    async def test_a_supervisor_for_the_own_center_only(self, world: World) -> None:
        own = await world["fac_supervisor"].do("GrantMembership", **hat(world))
        assert own["__typename"] == "MembershipGranted"
        other = hat(world, centerId=world.id("Center", world.centers["resiliency_center"]))
        assert (await world["fac_supervisor"].do("GrantMembership", **other))["code"] == "not_permitted"

    @pytest.mark.parametrize("role", ["system_administrator", "auditor", "partner_user", "report_viewer"])
    async def test_a_supervisor_makes_nobody_of_another_kind(self, world: World, role: str) -> None:
        bare = await world["fac_supervisor"].do("GrantMembership", **hat(world, role=role, centerId=None))
        assert bare["code"] == "not_permitted"
        refused(await world["fac_supervisor"].do("GrantMembership", **hat(world, role=role)), "not_at_a_center")

    async def test_nobody_gives_themselves_a_role(self, world: World) -> None:
        login = await world.fetch(
            "SELECT login FROM accounts JOIN memberships ON account_id = accounts.id WHERE memberships.id = $1",
            world["administrator"].membership_id,
        )
        done = await world["administrator"].do("GrantMembership", **hat(world, login=login[0]["login"].upper()))
        refused(done, "own_account")

    async def test_roles_that_must_be_kept_apart_stay_apart(self, world: World) -> None:
        login = f"{uuid4()}@example.org"
        await granted(world, login=login)
        done = await world["administrator"].do(
            "GrantMembership", **hat(world, login=login, role="auditor", centerId=None)
        )
        refused(done, "kept_apart")

    async def test_also_when_both_are_granted_at_once(self, world: World) -> None:
        for _ in range(5):
            login = f"{uuid4()}@example.org"
            wanted = [hat(world, login=login), hat(world, login=login, role="auditor", centerId=None)]
            answers = await asyncio.gather(*(world["administrator"].do("GrantMembership", **each) for each in wanted))
            assert sorted(each["__typename"] for each in answers) == ["InvalidInput", "MembershipGranted"]

    async def test_the_same_hat_is_not_given_twice(self, world: World) -> None:
        login = f"{uuid4()}@example.org"
        answers = await together(6, lambda _: world["administrator"].do("GrantMembership", **hat(world, login=login)))
        assert sorted(each["__typename"] for each in answers) == ["InvalidInput"] * 5 + ["MembershipGranted"]

    async def test_one_person_may_wear_two_hats_that_go_together(self, world: World) -> None:
        login = f"{uuid4()}@example.org"
        await granted(world, login=login)
        await granted(world, login=login, role="intake_worker")

    async def test_the_system_s_own_hat_is_for_nobody(self, world: World) -> None:
        done = await world["administrator"].do("GrantMembership", **hat(world, role="system_worker", centerId=None))
        refused(done, "not_for_people")

    async def test_a_center_role_needs_an_open_center(self, world: World) -> None:
        refused(await world["administrator"].do("GrantMembership", **hat(world, centerId=None)), "required")
        opened = await world["administrator"].do(
            "OpenCenter", kind="resiliency_center", name="Short", address="4 Elm Street",
            organizationId=world.id("Organization", world.organizations["county"]),
        )  # fmt: skip
        center = opened["center"]["id"]
        await world["administrator"].do("CloseCenter", centerId=center, version=1)
        refused(await world["administrator"].do("GrantMembership", **hat(world, centerId=center)), "closed")

    async def test_unknown_places_are_not_found(self, world: World) -> None:
        for unknown in (
            {"organizationId": world.id("Organization", uuid4())},
            {"centerId": world.id("Center", uuid4())},
        ):
            done = await world["administrator"].do("GrantMembership", **hat(world, **unknown))
            assert done["code"] == "not_found"

    async def test_sent_twice_it_is_there_once(self, world: World) -> None:
        given = hat(world, clientMutationId=str(uuid4()))
        first = await world["administrator"].do("GrantMembership", **given)
        assert await world["administrator"].do("GrantMembership", **given) == first

    async def test_the_login_is_in_no_audit_row(self, world: World) -> None:
        login = f"zyxmarker-{uuid4()}@example.org"
        await granted(world, login=login)
        assert not await world.fetch("SELECT 1 FROM audit_events WHERE detail::text LIKE '%zyxmarker%'")


class TestEndMembership:
    async def test_it_asks_for_a_second_factor_proved_just_now(self, world: World) -> None:
        membership = await granted(world)
        world.clock.advance(minutes=5)
        refused = await world["administrator"].do("EndMembership", membershipId=membership)
        assert refused["reason"] == "needs_step_up"
        await prove(world["administrator"])
        done = await world["administrator"].do("EndMembership", membershipId=membership)
        assert done["__typename"] == "MembershipEnded"

    async def test_a_supervisor_of_another_center_does_not(self, world: World) -> None:
        membership = await granted(world)
        done = await world["resiliency_supervisor"].do("EndMembership", membershipId=membership)
        assert done["code"] == "not_permitted"

    async def test_its_sessions_die_at_once(self, world: World) -> None:
        membership = await granted(world)
        worker = await signed_in(world, membership)
        assert (await worker.run("Staff"))["viewer"]["role"] == "case_manager"
        done = await world["administrator"].do("EndMembership", membershipId=membership)
        assert done["membership"]["endedAt"]
        response = await worker.post({"documentId": "Staff", "variables": {}})
        assert response.status_code == 401

    async def test_no_second_time(self, world: World) -> None:
        membership = await granted(world)
        await world["administrator"].do("EndMembership", membershipId=membership)
        again = await world["administrator"].do("EndMembership", membershipId=membership)
        assert (again["__typename"], again["state"]) == ("InvalidTransition", "ended")

    async def test_not_while_a_family_depends_on_it(self, world: World) -> None:
        await new_family(world)
        done = await world["administrator"].do(
            "EndMembership", membershipId=world.id("Membership", world["intake"].membership_id)
        )
        refused(done, "carries_cases")

    async def test_the_last_administrator_stays(self, world: World) -> None:
        own = world.id("Membership", world["administrator"].membership_id)
        refused(await world["administrator"].do("EndMembership", membershipId=own), "last_administrator")

    async def test_of_two_administrators_who_end_each_other_one_stays(self, world: World) -> None:
        second = await granted(world, role="system_administrator", centerId=None)
        other = await signed_in(world, second)
        await (await enrolled(other)).step_up()
        targets = [
            (world["administrator"], second),
            (other, world.id("Membership", world["administrator"].membership_id)),
        ]

        async def end(number: int) -> int:
            actor, target = targets[number]
            response = await actor.post(
                {
                    "documentId": "EndMembership",
                    "variables": {"input": {"membershipId": target, "clientMutationId": str(uuid4())}},
                }
            )
            return response.status_code

        await together(2, end)
        left = await world.fetch(
            "SELECT id FROM memberships WHERE incident_id = $1 AND role = 'system_administrator' AND ended_at IS NULL",
            world.incident_id,
        )
        assert len(left) == 1
        # Whoever stayed, the other tests of this module go on with the first administrator.
        async with world.beneath.connection() as connection:
            await connection.execute(
                "UPDATE memberships SET ended_at = NULL WHERE id = $1", world["administrator"].membership_id
            )
            await connection.execute(
                "UPDATE sessions SET revoked_at = NULL WHERE id = $1", world["administrator"].session_id
            )

    async def test_a_change_under_way_is_finished_and_audited_before_the_hat_ends(self, world: World) -> None:
        membership = await granted(world)
        worker = await signed_in(world, membership)
        actor = await find_actor(world, worker.token)
        circumstances = Circumstances(world.clock.now, world.parts.tools.policy.version, new_id())
        ending: list[asyncio.Task[Any]] = []

        async def verb(work: Work) -> dict[str, Any]:
            ending.append(asyncio.create_task(world["administrator"].do("EndMembership", membershipId=membership)))
            await asyncio.sleep(0.3)
            work.tell("need.added", "need", circumstances.correlation_id)
            return {}

        async with world.beneath.transaction() as connection:
            await once(Work(connection, actor, world.parts.tools, circumstances, "addNeed"), uuid4(), b"", verb)
            assert not ending[0].done()
        assert (await ending[0])["__typename"] == "MembershipEnded"
        told = await world.fetch("SELECT 1 FROM audit_events WHERE correlation_id = $1", circumstances.correlation_id)
        assert len(told) == 1


class TestHatsKeptApart:
    """However it came that one person wears both: neither is signed in to until one of them ends."""

    async def test_neither_is_signed_in_to_until_one_ends(self, world: World) -> None:
        membership = await granted(world)
        worker = await signed_in(world, membership)
        await world.fetch(
            "INSERT INTO memberships (incident_id, id, account_id, role, organization_id, started_at)"
            " SELECT incident_id, $2, account_id, 'auditor', organization_id, started_at FROM memberships"
            " WHERE id = $1",
            row_id(membership), other := new_id(),
        )  # fmt: skip
        response = await worker.post({"documentId": "Staff", "variables": {}})
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "not_permitted")
        for each in (membership, world.id("Membership", other)):
            with pytest.raises(InvalidInput) as refused:
                await signed_in(world, each)
            assert [problem.problem for problem in refused.value.problems] == ["kept_apart"]
        await world.fetch("UPDATE memberships SET ended_at = started_at WHERE id = $1", other)
        assert (await worker.run("Staff"))["viewer"]["role"] == "case_manager"


class TestIssueSession:
    async def test_the_token_is_kept_nowhere(self, world: World) -> None:
        worker = await signed_in(world, await granted(world))
        rows = await world.fetch("SELECT s::text FROM sessions s UNION ALL SELECT e::text FROM audit_events e")
        assert not any(worker.token in each[0] for each in rows)
        assert (await worker.run("Staff"))["viewer"]["role"] == "case_manager"

    async def test_it_ends_when_it_says(self, world: World) -> None:
        worker = await signed_in(world, await granted(world), minutes=20)
        before = world.clock.now
        world.clock.advance(minutes=20)
        try:
            assert (await worker.post({"documentId": "Staff", "variables": {}})).status_code == 401
        finally:
            world.clock.now = before

    async def test_a_year_at_most_and_only_for_a_hat_that_is_worn(self, world: World) -> None:
        membership = await granted(world)
        with pytest.raises(InvalidInput):
            await signed_in(world, membership, days=400)
        with pytest.raises(InvalidInput):
            await signed_in(world, membership, days=-1)
        await world["administrator"].do("EndMembership", membershipId=membership)
        with pytest.raises(InvalidTransition):
            await signed_in(world, membership)

    async def test_only_an_administrator_is_believed_at_the_machine(self, world: World) -> None:
        async with world.beneath.transaction() as connection:
            with pytest.raises(NotSignedIn):
                await act_for_administrator(
                    connection, world.parts.tools, incident_id=world.incident_id, login="nobody@example.org",
                    operation="issueSession", now=world.clock.now,
                )  # fmt: skip

    async def test_audited_as_the_administrator_s_act(self, world: World) -> None:
        membership = await granted(world)
        await signed_in(world, membership)
        rows = await world.fetch(
            "SELECT membership_id FROM audit_events WHERE event = 'session.issued' AND record_id = $1",
            row_id(membership),
        )
        assert [each["membership_id"] for each in rows] == [world["administrator"].membership_id]

    async def test_the_same_material_makes_the_same_token(self, world: World) -> None:
        assert new_token(world.incident_id, b"m" * 32) == new_token(world.incident_id, b"m" * 32)
        with pytest.raises(ValueError, match="32 bytes"):
            new_token(world.incident_id, b"short")


LAPSES = "SELECT lapses_at, xmin::text FROM sessions WHERE membership_id = $1"


async def staff_seen(worker: Hat) -> int:
    """Return the status of the answer to a read."""
    return (await worker.post({"documentId": "Staff", "variables": {}})).status_code


class TestIdling:
    async def test_a_session_in_use_goes_on_and_one_that_is_not_ends_for_good(self, world: World) -> None:
        worker = await signed_in(world, await granted(world))
        for _ in range(9):
            assert await staff_seen(worker) == 200
            world.clock.advance(minutes=20)
        assert await staff_seen(worker) == 200
        world.clock.advance(minutes=30)
        ended = await worker.post({"documentId": "Staff", "variables": {}})
        unknown = await world.http.post(
            "/graphql", json={"documentId": "Staff"}, headers={"authorization": f"Bearer {new_token(uuid4())[0]}"}
        )
        codes = [each.json()["errors"][0]["extensions"]["code"] for each in (ended, unknown)]
        assert (codes, ended.status_code) == (["not_signed_in"] * 2, 401)
        for _ in range(3):  # nor does asking again wake it
            world.clock.advance(minutes=1)
            assert await staff_seen(worker) == 401

    async def test_also_a_change_is_refused_where_the_process_remembers_the_token(self, world: World) -> None:
        membership = await granted(world)
        worker = await signed_in(world, membership)
        assert await staff_seen(worker) == 200
        await world.fetch("UPDATE sessions SET lapses_at = $2 WHERE membership_id = $1", row_id(membership),
                          world.clock.now)  # fmt: skip
        body = {"input": {"caseId": world.id("Case", uuid4()), "kind": "casework", "body": "x"}}
        body["input"]["clientMutationId"] = str(uuid4())
        assert (await worker.post({"documentId": "WriteNote", "variables": body})).status_code == 401

    async def test_use_is_written_down_every_few_minutes_and_never_late(self, world: World) -> None:
        membership = await granted(world)
        worker = await signed_in(world, membership)
        written = set()
        for _ in range(30):
            assert await staff_seen(worker) == 200
            ((lapses_at, written_by),) = await world.fetch(LAPSES, row_id(membership))
            written.add(written_by)
            assert USUAL_IDLE - MOVED_ON_EVERY < lapses_at - world.clock.now <= USUAL_IDLE
            world.clock.advance(seconds=20)
        assert len(written) == 4  # when it was issued, and three times in ten minutes
        # Ten processes that all find it moved on write nothing.
        answers = await together(10, lambda _: find_actor(world, worker.token))
        assert len({each.session_id for each in answers}) == 1
        ((_, written_by),) = await world.fetch(LAPSES, row_id(membership))
        assert len(written | {written_by}) <= 5

    @pytest.mark.parametrize(("name", "role"), [("counselor", Role.partner_user), ("funder", Role.report_viewer),
                                                ("intake", Role.intake_worker)])  # fmt: skip
    async def test_in_a_process_of_whatever_login(self, world: World, name: str, role: Role) -> None:
        hat, start = world[name], world.clock.now
        await world.fetch("UPDATE sessions SET idle_minutes = 30, lapses_at = $2 WHERE id = $1", hat.session_id,
                          start + timedelta(minutes=5))  # fmt: skip
        sign_in = SignIn((role,))
        try:
            async with world.parts.database.transaction(sign_in.claims(hat.token)) as connection:
                await sign_in.find(connection, hat.token, start)
            ((lapses_at, _),) = await world.fetch(LAPSES, hat.membership_id)
            assert lapses_at == start + timedelta(minutes=30)
        finally:
            await world.fetch("UPDATE sessions SET idle_minutes = NULL, lapses_at = NULL WHERE id = $1", hat.session_id)

    async def test_five_minutes_at_least_and_a_day_at_most(self, world: World) -> None:
        membership = await granted(world)
        assert MOVED_ON_EVERY < SHORTEST_IDLE  # or a session would end in use
        for idle in (timedelta(days=1, minutes=1), SHORTEST_IDLE - timedelta(minutes=1), timedelta(0)):
            async with world.beneath.transaction() as connection:
                work = await at_the_machine(world, connection)
                with pytest.raises(InvalidInput):
                    await issue_session(
                        work, row_id(membership), expires_at=world.clock.now + timedelta(days=9), idle=idle
                    )


class TestRevokeSessions:
    async def test_the_hat_stays_and_can_be_signed_in_to_again(self, world: World) -> None:
        membership = await granted(world)
        worker = await signed_in(world, membership)
        async with world.beneath.transaction() as connection:
            work = await at_the_machine(world, connection, "revokeSessions")
            assert await revoke_sessions(work, row_id(membership)) == 1
            await work.finish()
        assert (await worker.post({"documentId": "Staff", "variables": {}})).status_code == 401
        again = await signed_in(world, membership)
        assert (await again.run("Staff"))["viewer"]["id"] == membership
