"""What takes something away never shows anybody more, and what gives it back never shows anybody less.

Asked of the rows themselves, as the scopes list them, in incidents that Hypothesis makes up: a fact is taken away, a
deny is added to the policy, a wall is raised and lifted. tests/access/test_policy_table.py says the same of the table.
"""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fac.access.policy.lines import Line
from fac.access.policy.loading import compile_sources
from fac.access.policy.sheets import read_sources
from fac.access.policy.table import compile_table
from fac.access.relation import WITH_RELEASE
from fac.db.conflict_wall import conflict_walls
from fac.db.statement import insert_into
from fac.domain.vocabulary import InfoClass, mask_of
from fac.reading.catalog import NOUNS
from fac.resources import policies_dir
from tests.access.naive_rules import Rules
from tests.access.random_incident import NOW, Incident, Shape, random_incident, shapes, tried
from tests.access.test_scope import POLICY, TENANT_NOUNS, by_the_rules, listed, listing_of, masks_of
from tests.world import World

_, VOCABULARY, BOOK = compile_sources(read_sources(policies_dir()))
TAKEN_AWAY = {
    "a release is revoked": (
        "releases",
        lambda row: row["revoked_at"] is None,
        "UPDATE releases SET revoked_at = $2, revoked_by = recorded_by WHERE id = $1",
    ),
    "a release runs out": (
        "releases",
        lambda row: row["effective_at"] < NOW - timedelta(hours=1) and row["expires_at"] > NOW,
        "UPDATE releases SET expires_at = $2 WHERE id = $1",
    ),
    "an agreement ends": (
        "agreements",
        lambda row: row["ended_at"] is None,
        "UPDATE agreements SET ended_at = $2 WHERE id = $1",
    ),
    "a referral is cancelled": (
        "referrals",
        # One entered in error stays so: the workflow has no way from there.
        lambda row: row["status"] not in ("declined", "completed", "cancelled", "entered_in_error"),
        "UPDATE referrals SET status = 'cancelled', ended_at = $2 WHERE id = $1",
    ),
    "a referral was entered in error": (
        "referrals",
        lambda row: row["status"] not in ("declined", "completed"),
        "UPDATE referrals SET status = 'entered_in_error', ended_at = $2 WHERE id = $1",
    ),
    "a vetting ends": (
        "memberships",
        lambda row: row["vetted_until"] is not None,
        "UPDATE memberships SET vetted_until = vetted_at WHERE id = $1 AND $2::timestamptz IS NOT NULL",
    ),
    "a portal access is withdrawn": (
        "portal_accesses",
        lambda row: row["withdrawn_at"] is None,
        "UPDATE portal_accesses SET withdrawn_at = $2, withdrawn_by = given_by WHERE id = $1",
    ),
    "a tie restricts somebody": (
        "relationships",
        lambda row: not row["is_restricted"] and not row["has_consent_authority"],
        "UPDATE relationships SET is_restricted = true WHERE id = $1 AND $2::timestamptz IS NOT NULL",
    ),
    "the glass is whole again": (
        "glass_breaks",
        lambda row: row["broken_at"] < NOW < row["ends_at"],
        "UPDATE glass_breaks SET ends_at = $2 WHERE id = $1",
    ),
    "somebody is found": (
        "persons_of_concern",
        lambda row: row["status"] == "reported_unaccounted",
        "UPDATE persons_of_concern SET status = 'located_safe', located_at = $2 WHERE id = $1",
    ),
    "an identification is withdrawn": (
        "identifications",
        lambda row: row["withdrawn_at"] is None,
        "UPDATE identifications SET status = 'withdrawn', withdrawn_at = $2 WHERE id = $1",
    ),
    "a handoff is withdrawn": (
        "handoffs",
        lambda row: row["status"] == "proposed",
        "UPDATE handoffs SET status = 'withdrawn', decided_at = $2 WHERE id = $1",
    ),
}


DENIALS = st.builds(
    Line, st.just(0), st.sampled_from(sorted({each.role for each in BOOK.lines})), st.just("read"),
    st.sampled_from(sorted({noun.record for noun in TENANT_NOUNS})),
    st.sampled_from([*VOCABULARY.words["info"], *VOCABULARY.bundles["info"]]),
    st.sampled_from([each for each in POLICY.relations if each != WITH_RELEASE]), st.just("deny"),
)  # fmt: skip


class TestTakingAway:
    @tried(max_examples=8)
    @given(shape=shapes(), order=st.permutations(sorted(TAKEN_AWAY)), which=st.randoms(use_true_random=False))
    async def test_it_never_widens_what_anybody_sees(self, world: World, shape: Shape, order: list[str], which: Random):
        """Each fact in turn, of the same incident: after every one of them nobody sees more than before it."""
        incident = random_incident(shape)
        await incident.insert(world.beneath)
        before = await everything(world, incident)
        for fact in order:
            table, may, statement = TAKEN_AWAY[fact]
            fitting = [row for row in incident.rows[table] if may(row)]
            if fitting:
                taken = which.choice(fitting)
                incident.rows[table].remove(taken)  # once: what was entered in error is not cancelled later on
                await world.fetch(statement, taken["id"], NOW)
                after = await everything(world, incident)
                assert not [key for key, mask in after.items() if mask & ~before.get(key, 0)], fact
                before = after


class TestADenyAdded:
    @tried(max_examples=12)
    @given(shape=shapes(), line=DENIALS)
    async def test_it_widens_no_list_and_takes_just_what_it_names(self, world: World, shape: Shape, line: Line):
        if line.record not in POLICY.reach[line.rows]:
            line = replace(line, rows="my_incident")
        tighter = replace(POLICY, table=compile_table(replace(BOOK, lines=(*BOOK.lines, line)), VOCABULARY))
        named = mask_of([InfoClass(word) for word in BOOK.words("info", line.info)])
        incident = random_incident(shape)
        await incident.insert(world.beneath)
        for name, actor in incident.actors.items():
            for noun in TENANT_NOUNS:
                if actor.role not in BOOK.words("role", line.role) or noun.record != line.record:
                    continue
                rules = Rules(incident, actor, POLICY)
                expected = {}
                for id, mask in by_the_rules(incident, actor, noun).items():
                    stands = line.rows in rules.held(noun.record, incident.named(noun.table.name, id))
                    left = mask & ~named if stands else mask
                    expected |= {id: left} if left & InfoClass.outline.bit else {}
                statement = listing_of(tighter, actor.role, noun)
                shown = await masks_of(world, actor, {noun.name: statement} if statement else {})
                assert shown.get(noun.name, {}) == expected, (name, noun.name)


class TestAWall:
    @tried(max_examples=8)
    @given(shape=shapes(), which=st.randoms(use_true_random=False))
    async def test_raised_it_hides_the_case_from_one_and_lifted_it_hides_nothing(
        self, world: World, shape: Shape, which: Random
    ):
        incident = random_incident(shape)
        await incident.insert(world.beneath)
        before = await everything(world, incident)
        name = which.choice([each for each in incident.actors if any(key[0] == each for key in before)])
        walled, case_id = incident.actors[name], which.choice(incident.rows["cases"])["id"]
        wall = incident.add(
            "conflict_walls", case_id=case_id, membership_id=walled.membership_id, account_id=walled.account_id,
            reason="other", raised_by=walled.membership_id, raised_at=NOW,
        )  # fmt: skip
        async with world.beneath.transaction() as connection:
            await insert_into(conflict_walls).run(connection, **incident.named("conflict_walls", wall))
        after = await everything(world, incident)
        rules = Rules(incident, walled, POLICY)
        for key in before.keys() | {each for each in after if each[2] != wall}:
            who, noun, id = key
            row = incident.named(NOUNS[noun].table.name, id)
            behind = who == name and "behind_conflict_wall" in rules.held(NOUNS[noun].record, row)
            assert after.get(key, 0) == (0 if behind else before.get(key, 0)), key
        assert not [key for key in after if key[2] == wall and key[0] == name]
        for row in incident.rows["conflict_walls"]:
            if row["lifted_at"] is None:
                sql = "UPDATE conflict_walls SET lifted_at = $2, lifted_by = raised_by WHERE id = $1"
                await world.fetch(sql, row["id"], NOW)
        lifted = await everything(world, incident)
        assert not [key for key, mask in after.items() if mask & ~lifted.get(key, 0)]
        assert not [key for key, mask in before.items() if mask & ~lifted.get(key, 0)]


async def everything(world: World, incident: Incident) -> dict[Any, int]:
    """Return the mask of every row that anybody sees, by who, what and which."""
    return {
        (name, noun, id): mask
        for name, actor in incident.actors.items()
        for noun, masks in (await listed(world, actor)).items()
        for id, mask in masks.items()
    }
