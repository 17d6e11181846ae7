"""Broken glass: in an emergency one case, for an hour, against a second factor; told, audited, reviewed by another."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from tests.caseloads import assert_nothing_personal, audit_of, carried_family, hat_id, jobs, raw
from tests.families import Family
from tests.stepping import Authenticator, enrolled
from tests.world import Hat, World

WORDS = "Zyxglass: her brother says she is on the bridge"
WHOLE = """
query($case: ID!) {
  case(id: $case) {
    id
    persons { id givenName phones }
    needs { nodes { id detail access { masked { info reason requestable } } } }
    notes { nodes { body } }
  }
  persons: case(id: $case) { id }
}
"""
BROKEN = "query($id: ID!) { glassBreak(id: $id) { id words reason brokenBy { id } case { id } reviews { id status } } }"
QUEUE = """
query($now: DateTime!) {
  open: reviews(first: 100, status: open) { totalCount nodes { id dueAt doneBy { id } glassBreak { id words } } }
  overdue: reviews(first: 100, status: open, dueBy: $now) { totalCount nodes { id } }
}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def telephone(world: World) -> Authenticator:
    """The authenticator of the case manager who carries none of the families."""
    return await enrolled(world["fac_manager_two"])


@pytest_asyncio.fixture(loop_scope="session")
async def family(world: World) -> Family:
    found = await carried_family(world, tag="")
    payload = await world["fac_manager"].do("WriteNote", caseId=found.case_id, kind="casework", body="lives with aunt")
    assert payload["__typename"] == "NoteWritten", payload
    return found


async def break_glass(hat: Hat, family: Family, **given: Any) -> Any:
    return await hat.do("BreakGlass", caseId=family.case_id, **({"reason": "threat_to_life", "words": WORDS} | given))


async def broken(telephone: Authenticator, family: Family) -> str:
    await telephone.step_up()
    payload = await break_glass(telephone.hat, family)
    assert payload["__typename"] == "GlassBroken", payload
    return str(payload["glassBreak"]["id"])


async def seen(hat: Hat, family: Family) -> Any:
    body = await hat.ask(WHOLE, case=family.case_id)
    assert "errors" not in body, body
    return body["data"]["case"]


def reads_all(case: Any) -> bool:
    """Tell whether everything sealed of the case was read; fails on a half."""
    found = {
        any(each["phones"] for each in case["persons"]), any(each["detail"] for each in case["needs"]["nodes"]),
        any(each["body"] for each in case["notes"]["nodes"]),
    }  # fmt: skip
    assert len(found) == 1, case
    return found == {True}


async def review_of(world: World, glass_id: str, hat: str = "fac_supervisor") -> dict[str, Any]:
    body = await world[hat].ask(QUEUE, now=world.clock.now.isoformat())
    assert "errors" not in body, body
    (found,) = [each for each in body["data"]["open"]["nodes"] if each["glassBreak"]["id"] == glass_id]
    return dict(found)


async def conclude(world: World, review: Any, hat: str = "fac_supervisor", **given: Any) -> Any:
    given = {"version": 1, "finding": "justified"} | given
    return await world[hat].do("ConcludeReview", reviewId=review["id"], **given)


class TestBreakGlass:
    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("stranger", "not_found"), ("counselor", "not_found"), ("navigator", "not_found"), ("auditor", "not_found"),
            ("intake", "not_found"), ("administrator", "not_found"), ("fac_supervisor", "not_permitted"),
            ("privacy_officer", "not_permitted"),
        ],
    )  # fmt: skip
    async def test_not_by_others(self, world: World, family: Family, name: str, code: str) -> None:
        payload = await break_glass(world[name], family)
        assert payload["code"] == code
        assert_nothing_personal(payload)

    async def test_it_asks_for_a_second_factor_each_time(
        self, world: World, family: Family, telephone: Authenticator
    ) -> None:
        without = await break_glass(world["fac_intake"], family)
        assert (without["reason"], without["requestable"]) == ("needs_second_factor", True)
        await broken(telephone, family)
        other = await carried_family(world)
        assert (await break_glass(telephone.hat, other))["reason"] == "needs_step_up"
        assert not reads_all(await seen(telephone.hat, other))

    async def test_it_opens_the_whole_case_and_no_other_for_an_hour_and_changes_nothing(
        self, world: World, family: Family, telephone: Authenticator
    ) -> None:
        other = await carried_family(world)
        before = await seen(telephone.hat, family)
        assert not reads_all(before)
        masked = {each["info"]: each for each in before["needs"]["nodes"][0]["access"]["masked"]}
        assert all(each["requestable"] for each in masked.values())
        await broken(telephone, family)
        assert reads_all(await seen(telephone.hat, family))
        assert not reads_all(await seen(telephone.hat, other))
        colleague = await seen(world["fac_intake"], family)
        assert [each["body"] for each in colleague["notes"]["nodes"]] == [None]
        note = await telephone.hat.do("WriteNote", caseId=family.case_id, kind="casework", body="x")
        assert note["__typename"] == "NotPermitted"
        world.clock.advance(minutes=59, seconds=59)
        assert reads_all(await seen(telephone.hat, family))
        world.clock.advance(seconds=1)
        assert not reads_all(await seen(telephone.hat, family))

    async def test_a_wall_wins_and_so_do_privileged_notes(
        self, world: World, family: Family, telephone: Authenticator
    ) -> None:
        written = await world["fac_manager"].do(
            "WriteNote", caseId=family.case_id, kind="clergy_privileged", body="said in confidence"
        )
        assert written["__typename"] == "NoteWritten"
        await broken(telephone, family)
        bodies = [each["body"] for each in (await seen(telephone.hat, family))["notes"]["nodes"]]
        assert sorted(bodies, key=str) == [None, "lives with aunt"]
        raised = await world["fac_supervisor"].do(
            "RaiseConflictWall", caseId=family.case_id, membershipId=hat_id(world, "fac_manager_two"), reason="safety"
        )
        assert raised["__typename"] == "ConflictWallRaised"
        assert await seen(telephone.hat, family) is None
        await telephone.step_up()
        assert (await break_glass(telephone.hat, family))["code"] == "not_found"

    async def test_every_read_under_it_is_audited_with_its_id(
        self, world: World, family: Family, telephone: Authenticator
    ) -> None:
        async def reads(hat: Hat) -> list[Any]:
            rows = await world.fetch(
                "SELECT detail->'glass' AS glass FROM audit_events WHERE event = 'record.read' AND membership_id = $1"
                " AND $2 = ANY(subjects) ORDER BY id",
                hat.membership_id, raw(family.persons["mother"]),
            )  # fmt: skip
            return [each["glass"] for each in rows]

        other = await carried_family(world)
        await seen(telephone.hat, family)
        glass_id = await broken(telephone, family)
        for query in (WHOLE, "query($case: ID!) { person(id: $case) { givenName } }"):
            place = family.case_id if query is WHOLE else family.persons["mother"]
            assert "errors" not in await telephone.hat.ask(query, case=place)
        await telephone.hat.ask("{ cases(first: 100) { totalCount nodes { persons { givenName } } } }")
        await seen(telephone.hat, other)
        await seen(world["fac_intake"], family)
        under = [str(raw(glass_id))]
        assert await reads(telephone.hat) == [None, under, under, under]
        assert await reads(world["fac_intake"]) == [None]
        ((apart,),) = await world.fetch(
            "SELECT count(*) FROM audit_events WHERE event = 'record.read' AND detail->'glass' IS NOT NULL"
            " AND $1 = ANY(subjects) AND NOT $2 = ANY(subjects)",
            raw(other.persons["mother"]), raw(family.persons["mother"]),
        )  # fmt: skip
        assert apart == 0
        for name in ("fac_supervisor", "privacy_officer"):
            shown = (await world[name].run("GlassBreakReads", id=glass_id))["glassBreakReads"]
            assert [each["subjects"] > 0 and "identity" in each["classes"] for each in shown] == [True] * 3
            assert "clinical" in shown[0]["classes"]
        hidden = await world["fac_intake"].ask("query($id: ID!) { glassBreakReads(id: $id) { at } }", id=glass_id)
        assert [each["extensions"]["code"] for each in hidden["errors"]] == ["not_found"]

    async def test_who_carries_the_case_and_who_broke_it_read_why_and_a_colleague_does_not(
        self, world: World, family: Family, telephone: Authenticator
    ) -> None:
        glass_id = await broken(telephone, family)
        for name in ("fac_manager", "fac_manager_two", "fac_supervisor", "privacy_officer"):
            body = await world[name].ask(BROKEN, id=glass_id)
            assert body["data"]["glassBreak"]["words"] == WORDS, name
        for name in ("fac_intake", "navigator", "stranger", "auditor", "resiliency_supervisor"):
            body = await world[name].ask(BROKEN, id=glass_id)
            assert (body["data"] or {"glassBreak": None})["glassBreak"] is None, name
            assert_nothing_personal(body)

    async def test_it_is_told_at_once_and_leaves_no_word_of_it_outside_the_seal(
        self, world: World, family: Family, telephone: Authenticator
    ) -> None:
        glass_id = await broken(telephone, family)
        (row,) = await audit_of(world, "glass_break.broken", glass_id)
        assert row["membership_id"] == telephone.hat.membership_id
        told = [each for each in await jobs(world, "tell.glass_break") if each["glass_break_id"] == str(raw(glass_id))]
        assert len(told) == 1
        rows = await world.fetch(
            "SELECT t::text FROM audit_events t UNION ALL SELECT t::text FROM glass_breaks t"
            " UNION ALL SELECT t::text FROM reviews t UNION ALL SELECT t::text FROM idempotency_keys t"
        )
        assert not any("Zyxglass" in each[0] for each in rows)

    async def test_not_without_words_and_not_twice_at_a_time(
        self, world: World, family: Family, telephone: Authenticator
    ) -> None:
        await telephone.step_up()
        for words, problem in (("  ", "required"), ("x" * 2_001, "too_long")):
            refused = await break_glass(telephone.hat, family, words=words)
            assert [each["problem"] for each in refused["problems"]] == [problem]
        assert (await break_glass(telephone.hat, family))["__typename"] == "GlassBroken"  # the proof was not spent
        again = await break_glass(telephone.hat, family)
        assert (again["__typename"], again["state"]) == ("InvalidTransition", "broken")

    async def test_when_the_case_moves_to_another_center_the_glass_has_closed(
        self, world: World, family: Family, telephone: Authenticator
    ) -> None:
        await broken(telephone, family)
        elsewhere = world.centers["resiliency_center"]
        await world.fetch("UPDATE cases SET center_id = $1 WHERE id = $2", elsewhere, raw(family.case_id))
        assert await seen(telephone.hat, family) is None


class TestConcludeReview:
    async def test_it_stands_in_the_queue_of_who_answers_for_center_or_privacy(
        self, world: World, family: Family, telephone: Authenticator
    ) -> None:
        glass_id = await broken(telephone, family)
        for name in ("fac_supervisor", "privacy_officer"):
            review = await review_of(world, glass_id, name)
            assert review["doneBy"]["id"] == hat_id(world, "fac_manager_two")
            assert review["glassBreak"]["words"] == WORDS
        for name in ("fac_manager", "fac_manager_two", "resiliency_supervisor", "auditor", "stranger"):
            body = await world[name].ask(QUEUE, now=world.clock.now.isoformat())
            mine = [each["id"] for each in ((body["data"] or {}).get("open") or {"nodes": []})["nodes"]]
            assert review["id"] not in mine, name
            assert (await conclude(world, review, name))["code"] == "not_found"

    async def test_it_ends_with_a_finding_and_leaves_the_queue(
        self, world: World, family: Family, telephone: Authenticator
    ) -> None:
        review = await review_of(world, await broken(telephone, family))
        bare = await conclude(world, review, finding="unjustified")
        assert [each["problem"] for each in bare["problems"]] == ["required"]
        done = await conclude(world, review, finding="unjustified", words="Zyxglass: nobody was in danger")
        assert (done["review"]["status"], done["review"]["finding"]) == ("concluded", "unjustified")
        again = await conclude(world, review, "privacy_officer", version=2)
        assert (again["__typename"], again["state"]) == ("InvalidTransition", "concluded")
        assert (await conclude(world, review))["__typename"] == "Conflict"
        body = await world["fac_supervisor"].ask(QUEUE, now=world.clock.now.isoformat())
        assert review["id"] not in {each["id"] for each in body["data"]["open"]["nodes"]}
        assert len(await audit_of(world, "review.concluded", review["id"])) == 1

    async def test_what_is_due_first_comes_first_and_what_is_overdue_is_counted(
        self, world: World, family: Family, telephone: Authenticator
    ) -> None:
        first = await review_of(world, await broken(telephone, family))
        world.clock.advance(hours=71)
        second = await review_of(world, await broken(telephone, family))
        world.clock.advance(hours=2)
        body = await world["fac_supervisor"].ask(QUEUE, now=world.clock.now.isoformat())
        ids = [each["id"] for each in body["data"]["open"]["nodes"]]
        due = [each["dueAt"] for each in body["data"]["open"]["nodes"]]
        assert due == sorted(due)
        assert ids.index(first["id"]) < ids.index(second["id"])
        overdue = [each["id"] for each in body["data"]["overdue"]["nodes"]]
        assert (first["id"] in overdue, second["id"] in overdue) == (True, False)
        assert body["data"]["overdue"]["totalCount"] == len(overdue) < body["data"]["open"]["totalCount"] == len(ids)

    async def test_nobody_reviews_their_own_deed_in_whatever_hat(
        self, world: World, family: Family, telephone: Authenticator
    ) -> None:
        glass_id = await broken(telephone, family)
        review = await review_of(world, glass_id)
        ((mine,),) = await world.fetch("SELECT account_id FROM memberships WHERE id = $1", telephone.hat.membership_id)
        supervisor = world["fac_supervisor"].membership_id
        ((theirs,),) = await world.fetch("SELECT account_id FROM memberships WHERE id = $1", supervisor)
        world.parts.sign_in.forget(world["fac_supervisor"].token)
        await world.fetch("UPDATE memberships SET account_id = $1 WHERE id = $2", mine, supervisor)
        try:
            refused = await conclude(world, review)
        finally:
            await world.fetch("UPDATE memberships SET account_id = $1 WHERE id = $2", theirs, supervisor)
            world.parts.sign_in.forget(world["fac_supervisor"].token)
        assert [each["problem"] for each in refused["problems"]] == ["own_deed"]
        with pytest.raises(asyncpg.CheckViolationError, match="by_another_person"):
            await world.fetch(
                "UPDATE reviews SET status = 'concluded', reviewed_by = done_by, reviewed_at = due_at,"
                " reviewed_by_account = done_by_account, finding = 'justified' WHERE id = $1",
                raw(review["id"]),
            )

    async def test_a_lifted_wall_awaits_review_too_and_by_another(self, world: World, family: Family) -> None:
        raised = await world["fac_supervisor"].do(
            "RaiseConflictWall", caseId=family.case_id, membershipId=hat_id(world, "fac_intake"), reason="safety"
        )
        wall = raised["conflictWall"]["id"]
        await world["fac_supervisor"].do("LiftConflictWall", conflictWallId=wall, version=1)
        query = "{ reviews(first: 100, kind: wall_lifted) { nodes { id dueAt raisedAt conflictWall { id } } } }"
        body = await world["privacy_officer"].ask(query)
        (review,) = [each for each in body["data"]["reviews"]["nodes"] if each["conflictWall"]["id"] == wall]
        refused = await conclude(world, review)
        assert [each["problem"] for each in refused["problems"]] == ["own_deed"]
        done = await conclude(world, review, "privacy_officer")
        assert done["review"]["finding"] == "justified"

    async def test_the_hour_is_a_rule_of_the_table_too(self, world: World, family: Family, telephone: Authenticator):
        glass_id = await broken(telephone, family)
        with pytest.raises(asyncpg.CheckViolationError, match="an_hour_at_most"):
            await world.fetch(
                "UPDATE glass_breaks SET ends_at = ends_at + $1 WHERE id = $2", timedelta(seconds=1), raw(glass_id)
            )
