"""The policy is changed while it is in use: by two persons, proved each time, whole or not at all."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from fac import policing
from fac.access.examples import examples_of, failing
from fac.access.in_force import Approved, Policies
from fac.access.login import new_token
from fac.access.policy import Policy
from fac.access.policy.loading import compile_sources
from fac.access.policy.words import KINDS
from fac.access.proposal import OVERLAY, Packaged, digest_of, openings, prove, prove_overlay, read_packaged
from fac.access.watching import ALIVE, Watch
from fac.db.staff import accounts, memberships, sessions
from fac.db.statement import insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import InfoClass, Role
from fac.errors import Conflict, FacError, InvalidInput, InvalidTransition, NotFound, NotPermitted, PolicyInvalid
from fac.resources import policies_dir
from tests.families import Family
from tests.referring import fac_family
from tests.stepping import enrolled
from tests.stepping import prove as step_up
from tests.world import Hat, World, open_world

PACKAGED = read_packaged(policies_dir())
LINE = "p, supervisor, look, casefile, everything, my_center, allow"
NARROWER = LINE.replace("everything", "acquaintance")  # a supervisor then reads no phone number, need or note
PERSON = "query($id: ID!) { person(id: $id) { givenName phones access { visible } } }"


def changed(before: str = LINE, after: str = NARROWER) -> dict[str, str]:
    """Return the files of a proposal that words one line otherwise, with the examples that then still hold."""
    text = PACKAGED.sources["policy.csv"].replace(before, after)
    assert text != PACKAGED.sources["policy.csv"]
    policy, _, _ = compile_sources({**PACKAGED.sources, "policy.csv": text})
    wrong = {each.split(":")[1] for each in failing(policy, examples_of(PACKAGED.examples))}
    lines = PACKAGED.examples.split("\n")
    kept = [line for number, line in enumerate(lines, start=1) if str(number) not in wrong]
    return {"policy.csv": text, "examples.csv": "\n".join(kept)}


CHANGED = changed()


def overlay(*lines: str) -> dict[str, str]:
    return {OVERLAY: "".join(f"p, {line}, deny\n" for line in lines)}


async def hat_of(world: World, role: Role, account_id: UUID | None = None) -> Hat:
    """Put one more person on duty, or one more hat on a person."""
    now, own = world.clock.now, {"incident_id": world.incident_id}
    membership_id, session_id = new_id(), new_id()
    token, hashed = new_token(world.incident_id)
    async with world.beneath.transaction() as connection:
        if account_id is None:
            account_id = new_id()
            await insert_into(accounts).run(
                connection, id=account_id, login=str(account_id), display_name="Second Person", created_at=now
            )
        await insert_into(memberships).run(
            connection, **own, id=membership_id, account_id=account_id, role=role,
            organization_id=world.organizations["county"],
            center_id=world.centers["resiliency_center"] if role is Role.supervisor else None,
            started_at=now - timedelta(hours=1), ended_at=None, vetted_by=None, vetted_at=None, vetted_until=None,
        )  # fmt: skip
        await insert_into(sessions).run(
            connection, **own, id=session_id, membership_id=membership_id, token_hash=hashed, created_at=now,
            expires_at=now + timedelta(days=1), revoked_at=None, idle_minutes=None, lapses_at=None,
        )  # fmt: skip
    return Hat(world, "second", role, membership_id, session_id, token)


async def refresh(world: World) -> bool:
    async with world.beneath.connection() as connection:
        return await world.parts.policies.refresh(connection)


async def approve(hat: Hat, proposal: UUID) -> int:
    """Approve as somebody who has proved their second factor just now."""
    await step_up(hat)
    return await policing.approve(hat.world.parts, hat.token, proposal)


async def put_in_force(world: World, files: dict[str, str], approver: str = "fac_supervisor") -> int:
    proposal = await policing.propose(world.parts, world["administrator"].token, files)
    number = await approve(world[approver], proposal)
    assert await refresh(world)
    return number


@pytest.fixture(autouse=True)
async def nothing_approved(world: World) -> None:
    """Take out of force what the test before approved, as nobody can who is not a superuser."""
    async with world.beneath.transaction() as connection:
        for table in ("policy_approvals", "policy_proposals"):
            await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            await connection.execute(f"DELETE FROM {table}")  # noqa: S608  # our own names
            await connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
        await connection.execute("DELETE FROM policy_processes")
        await connection.execute("UPDATE incidents SET is_exercise = false WHERE id = $1", world.incident_id)
    world.parts.policies.current = Policies(PACKAGED).current
    world.parts.policies.refused = None


@pytest.fixture(scope="module")
async def family(world: World) -> Family:
    """A family at the supervisor's center."""
    return await fac_family(world)


async def seen_by_supervisor(world: World, family: Family) -> set[str]:
    body = await world["fac_supervisor"].ask(PERSON, id=family.persons["mother"])
    return set(body["data"]["person"]["access"]["visible"])


class TestTwoPersons:
    @pytest.mark.parametrize("name", ["stranger", "intake", "fac_supervisor", "auditor", "privacy_officer", "funder"])
    async def test_nobody_but_an_administrator_proposes(self, world: World, name: str) -> None:
        with pytest.raises((NotPermitted, NotFound)):
            await policing.propose(world.parts, world[name].token, CHANGED)
        assert await world.fetch("SELECT 1 FROM policy_proposals") == []

    @pytest.mark.parametrize("name", ["stranger", "intake", "auditor", "privacy_officer", "counseling_administrator"])
    async def test_nobody_else_approves_or_reviews(self, world: World, name: str) -> None:
        proposal = await policing.propose(world.parts, world["administrator"].token, CHANGED)
        for attempt in (policing.approve, policing.review):
            with pytest.raises((NotPermitted, NotFound)):
                await attempt(world.parts, world[name].token, proposal)
        assert await world.fetch("SELECT 1 FROM policy_approvals") == []

    async def test_what_one_proposes_another_approves_and_both_are_audited(self, world: World, family: Family) -> None:
        before = world.parts.policies.current.policy.version
        assert "contact" in await seen_by_supervisor(world, family)
        proposal = await policing.propose(world.parts, world["administrator"].token, CHANGED)
        assert not await refresh(world)  # a proposal changes nothing
        reviewed = await policing.review(world.parts, world["fac_supervisor"].token, proposal)
        assert any(line.startswith("-supervisor,person,my_center,") for line in reviewed)
        assert any(line.startswith("+supervisor,person,my_center,") for line in reviewed)
        assert "contact" in await seen_by_supervisor(world, family)
        assert await approve(world["fac_supervisor"], proposal) == 1
        assert await refresh(world)
        assert "contact" not in await seen_by_supervisor(world, family)
        rows = await world.fetch(
            "SELECT event, membership_id, policy_version, detail FROM audit_events WHERE record_id = $1"
            " AND event LIKE 'policy.%' ORDER BY id", proposal,
        )  # fmt: skip
        assert [(each["event"], each["membership_id"]) for each in rows] == [
            ("policy.proposed", world["administrator"].membership_id),
            ("policy.approved", world["fac_supervisor"].membership_id),
        ]
        assert {each["detail"]["digest"] for each in rows} == {digest_of(CHANGED).hex()}
        assert {bytes(each["policy_version"]) for each in rows} == {before}
        (read,) = await world.fetch(
            "SELECT policy_version FROM audit_events WHERE incident_id = $1 ORDER BY id DESC LIMIT 1", world.incident_id
        )
        assert bytes(read["policy_version"]) == world.parts.policies.current.policy.version != before

    async def test_nobody_approves_their_own_whatever_hat_they_wear(self, world: World) -> None:
        proposal = await policing.propose(world.parts, world["administrator"].token, CHANGED)
        ((account_id,),) = await world.fetch(
            "SELECT account_id FROM memberships WHERE id = $1", world["administrator"].membership_id
        )
        second_hat = await hat_of(world, Role.system_administrator, account_id)
        for hat in (world["administrator"], second_hat):
            with pytest.raises(InvalidInput) as refused:
                await policing.approve(world.parts, hat.token, proposal)
            assert refused.value.problems[0].problem == "own_proposal"
        with pytest.raises(asyncpg.CheckViolationError):
            await world.fetch(
                "INSERT INTO policy_approvals SELECT 1, id, proposed_by, proposed_by, now() FROM policy_proposals"
            )
        other = await hat_of(world, Role.system_administrator)
        assert await approve(other, proposal) == 1

    async def test_it_asks_for_a_second_factor_each_time(self, world: World) -> None:
        proposal = await policing.propose(world.parts, world["administrator"].token, CHANGED)
        other = await hat_of(world, Role.system_administrator)
        with pytest.raises(NotPermitted) as refused:
            await policing.approve(world.parts, other.token, proposal)
        assert (refused.value.reason, refused.value.requestable) == ("needs_second_factor", True)
        telephone = await enrolled(other)
        answers = [await policing.prove(world.parts, other.token, telephone.wrong_code())]
        with pytest.raises(NotPermitted):
            await policing.approve(world.parts, other.token, proposal)
        answers.append(await policing.prove(world.parts, other.token, telephone.code()))
        assert [(each["is_proven"], each["tries_left"]) for each in answers] == [(False, 4), (True, 4)]
        assert await policing.approve(world.parts, other.token, proposal) == 1
        second = await policing.propose(world.parts, world["administrator"].token, {"never.csv": NEVER})
        with pytest.raises(NotPermitted) as refused:
            await policing.approve(world.parts, other.token, second)
        assert refused.value.reason == "needs_step_up"

    async def test_once_is_enough_and_a_stale_one_is_a_conflict(self, world: World) -> None:
        administrator, supervisor = world["administrator"].token, world["fac_supervisor"].token
        first = await policing.propose(world.parts, administrator, CHANGED)
        second = await policing.propose(
            world.parts, administrator, overlay("supervisor, read, note, clinical, my_center")
        )
        await approve(world["fac_supervisor"], first)
        with pytest.raises(InvalidTransition):
            await approve(world["fac_supervisor"], first)
        with pytest.raises(Conflict):  # it was proposed against what is no longer in force
            await policing.approve(world.parts, supervisor, second)
        with pytest.raises(NotFound):
            await policing.approve(world.parts, supervisor, uuid4())

    async def test_of_two_approvals_at_once_one_is_made(self, world: World) -> None:
        proposal = await policing.propose(world.parts, world["administrator"].token, CHANGED)
        for name in ("fac_supervisor", "resiliency_supervisor"):
            await step_up(world[name])

        async def attempt(name: str) -> int | None:
            try:
                return await policing.approve(world.parts, world[name].token, proposal)
            except (asyncpg.UniqueViolationError, FacError):
                return None

        made = await asyncio.gather(*(attempt(name) for name in ("fac_supervisor", "resiliency_supervisor")))
        assert sorted(made, key=str) == [1, None]

    async def test_what_was_approved_is_never_rewritten(self, world: World) -> None:
        await put_in_force(world, CHANGED)
        for table in ("policy_proposals", "policy_approvals"):
            for verb in ("DELETE FROM {}", "UPDATE {} SET proposed_by = proposed_by", "TRUNCATE {} CASCADE"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await world.fetch(verb.format(table))

    async def test_an_exercise_changes_nothing_but_itself(self, world: World) -> None:
        await world.fetch("UPDATE incidents SET is_exercise = true WHERE id = $1", world.incident_id)
        with pytest.raises(InvalidInput):
            await policing.propose(world.parts, world["administrator"].token, CHANGED)
        assert await put_in_force(world, overlay("supervisor, read, note, clinical, my_center"))


NEVER = PACKAGED.sources["never.csv"]
POLICY_TEXT, NO_FILE = PACKAGED.sources["policy.csv"], "not a file that a proposal may replace"
FAULTY = [
    ({"policy.csv": "p, supervisor"}, "cut off"),
    ({"policy.csv": f"{POLICY_TEXT}p, supervisor, loook, note, sealed, my_center, allow\n"}, "loook"),
    ({"policy.csv": f"{POLICY_TEXT}{LINE}\n"}, "says the same"),
    ({"policy.csv": f"\ufeff{POLICY_TEXT}"}, "byte order mark"),
    ({"policy.csv": POLICY_TEXT.replace(LINE, NARROWER)}, "examples.csv"),
    ({**CHANGED, "policy.csv": CHANGED["policy.csv"].replace("allow", "alow")}, "alow"),
    ({"vocabulary.csv": PACKAGED.sources["vocabulary.csv"] + "action,leak,leak\n"}, "adds the program's action leak"),
    ({"model.conf": PACKAGED.sources["model.conf"]}, NO_FILE),
    ({"fields.csv": PACKAGED.sources["fields.csv"]}, NO_FILE),
    ({"../policy.csv": "x\n"}, NO_FILE),
    ({OVERLAY: "p, supervisor, read, note, clinical, my_center, allow\n"}, "denials only"),
    ({OVERLAY: "g, supervisor, partners\n"}, "denials only"),
    ({OVERLAY: "p, supervisor, read, note, clinical, my_centre, deny\n"}, "my_centre"),
    ({**overlay("supervisor, read, note, clinical, my_center"), **CHANGED}, "one file"),
]
LITTLE = """role,action,record,info,rows,because
all,all but look propose approve,policy,all,all,little
"""


class TestWhatIsRefused:
    """Nothing of it is kept, and what is in force stays."""

    @pytest.mark.parametrize(("files", "fault"), FAULTY)
    async def test_a_faulty_one(self, world: World, files: dict[str, str], fault: str) -> None:
        before = world.parts.policies.current
        with pytest.raises(PolicyInvalid, match=fault):
            await policing.propose(world.parts, world["administrator"].token, files)
        assert await world.fetch("SELECT 1 FROM policy_proposals") == []
        assert not await refresh(world)
        assert world.parts.policies.current is before

    def test_one_that_opens_what_the_program_forbids_even_if_it_brings_its_own_never(self) -> None:
        line = "p, partner_user, read, person, identity, referred_to_my_org, allow\n"
        files = {
            "policy.csv": PACKAGED.sources["policy.csv"] + line,
            "never.csv": LITTLE,
        }
        with pytest.raises(PolicyInvalid, match="partner_user may read person in referred_to_my_org"):
            prove(PACKAGED, files)

    def test_one_that_takes_a_role_out_of_the_bundle_an_invariant_is_about(self) -> None:
        text = PACKAGED.sources["policy.csv"].replace("g, partner_user, partners\n", "")
        text += "p, partner_user, read, person, identity, referred_to_my_org, allow\n"
        with pytest.raises(PolicyInvalid, match="partner_user may read person"):
            prove(PACKAGED, {"policy.csv": text})

    def test_its_own_further_invariants_hold_too(self) -> None:
        further = PACKAGED.sources["never.csv"] + "supervisor,read,note,clinical,my_center,we keep no clinical notes\n"
        with pytest.raises(PolicyInvalid, match="we keep no clinical notes"):
            prove(PACKAGED, {"never.csv": further})
        with_it, _ = prove(PACKAGED, {**CHANGED, "never.csv": further})
        assert with_it.version != PACKAGED.policy.version


class TestInForce:
    async def test_one_that_was_changed_in_the_database_is_not_taken_and_alarms(self, world: World) -> None:
        proposal = await policing.propose(world.parts, world["administrator"].token, CHANGED)
        await approve(world["fac_supervisor"], proposal)
        opened = CHANGED["policy.csv"] + "p, supervisor, look, casefile, contact, my_incident, allow\n"
        async with world.beneath.transaction() as connection:
            await connection.execute("ALTER TABLE policy_proposals DISABLE TRIGGER ALL")
            await connection.execute(
                "UPDATE policy_proposals SET files = jsonb_set(files, '{policy.csv}', to_jsonb($1::text))", opened
            )
            await connection.execute("ALTER TABLE policy_proposals ENABLE TRIGGER ALL")
        before = world.parts.policies.current
        with capture_logs() as alarms:
            assert await refresh(world)
        assert (world.parts.policies.current, world.parts.policies.refused) == (before, 1)
        assert [(each["event"], each["log_level"]) for each in alarms] == [("policy.refused", "error")]
        assert not await refresh(world)  # not tried again, and not alarmed again, every two seconds
        # A process does not start on it either.
        fresh = Policies(PACKAGED)
        async with world.beneath.connection() as connection:
            with pytest.raises(PolicyInvalid, match="digest"):
                await fresh.load(connection)
        assert fresh.current.policy.version == PACKAGED.policy.version

    async def test_a_bad_one_is_overtaken_by_a_good_one(self, world: World) -> None:
        await put_in_force(world, CHANGED)
        good = world.parts.policies.current
        bad = Approved(None, CHANGED, b"\0" * 32)
        with pytest.raises(PolicyInvalid):
            await world.parts.policies.prove(2, [bad])
        assert world.parts.policies.current is good
        assert await put_in_force(world, {"never.csv": PACKAGED.sources["never.csv"]}) == 2
        assert world.parts.policies.refused is None

    async def test_a_process_starts_with_what_was_approved_last_or_the_programs_own(self, world: World) -> None:
        starting = Policies(PACKAGED)
        async with world.beneath.connection() as connection:
            await starting.load(connection)
        assert (starting.current.number, starting.current.policy.version) == (0, PACKAGED.policy.version)
        await put_in_force(world, CHANGED)
        async with world.beneath.connection() as connection:
            await starting.load(connection)
        assert (starting.current.number, starting.current.policy) == (1, world.parts.policies.current.policy)

    async def test_every_process_says_what_it_has_in_force(self, world: World) -> None:
        body = (await world["stranger"].post({"documentId": "PolicyVersions", "variables": {}})).json()
        assert body["errors"][0]["extensions"]["code"] == "not_permitted"
        watches = [Watch(policies, name, world.clock) for name, policies in (
            ("serve", world.parts.policies), ("worker", Policies(PACKAGED)),
        )]  # fmt: skip
        async with world.beneath.connection() as connection:
            for watch in watches:
                await watch.look(connection)
        proposal = await policing.propose(world.parts, world["administrator"].token, CHANGED)
        await approve(world["fac_supervisor"], proposal)
        world.clock.advance(seconds=30)
        async with world.beneath.connection() as connection:
            await watches[0].look(connection)
        nodes = (await world["administrator"].run("PolicyVersions"))["policyVersions"]["nodes"]
        said = {each["component"]: each for each in nodes}
        assert (said["serve"]["number"], said["worker"]["number"]) == (1, 0)
        assert said["serve"]["version"] == world.parts.policies.current.policy.version.hex()
        assert said["worker"]["version"] == PACKAGED.policy.version.hex() != said["serve"]["version"]
        assert said["serve"]["since"] > said["worker"]["since"]
        world.clock.advance(days=2)
        async with world.beneath.connection() as connection:
            await watches[0].look(connection)
        nodes = (await world["administrator"].run("PolicyVersions"))["policyVersions"]["nodes"]
        assert [each["component"] for each in nodes] == ["serve"]
        assert timedelta(seconds=10) < ALIVE

    async def test_while_fifty_swaps_happen_each_answer_is_of_one_version(self, world: World, family: Family) -> None:
        await put_in_force(world, CHANGED)
        policies = world.parts.policies
        narrow = policies.current
        wide = replace(narrow, policy=PACKAGED.policy)
        answers: list[tuple[str, set[str], bool]] = []
        swapping = True

        async def ask() -> None:
            while swapping:
                response = await world["fac_supervisor"].post(
                    {"query": PERSON, "variables": {"id": family.persons["mother"]}}
                )
                person = response.json()["data"]["person"]
                visible = set(person["access"]["visible"])
                answers.append((response.headers["x-correlation-id"], visible, bool(person["phones"])))

        async def swap() -> None:
            nonlocal swapping
            for number in range(50):
                policies.current = (wide, narrow)[number % 2]
                await asyncio.sleep(0.01)
            swapping = False

        await asyncio.gather(swap(), *(ask() for _ in range(6)))
        rows = await world.fetch(
            "SELECT correlation_id::text, policy_version FROM audit_events WHERE event = 'record.read'"
        )
        under = {each["correlation_id"]: bytes(each["policy_version"]) for each in rows}
        assert len(answers) > 50
        assert {under[id] for id, _, _ in answers} == {narrow.policy.version, wide.policy.version}
        for id, visible, has_phones in answers:
            wanted = under[id] == wide.policy.version
            assert ("contact" in visible, has_phones) == (wanted, wanted)


WORDS = [
    st.sampled_from([*PACKAGED.vocabulary.words[kind], *PACKAGED.vocabulary.bundles.get(kind, {})]) for kind in KINDS
]


class TestOverlay:
    async def test_it_closes_in_its_own_incident_and_in_no_other(
        self, world: World, family: Family, database_url: str
    ) -> None:
        async with open_world(database_url, world.folder, name=f"beside {uuid4()}") as other:
            theirs = await fac_family(other)
            await put_in_force(world, overlay("supervisor, look, casefile, contact, my_center"))
            async with world.beneath.connection() as connection:
                await other.parts.policies.refresh(connection)
            assert "contact" not in await seen_by_supervisor(world, family)
            assert "contact" in await seen_by_supervisor(other, theirs)
            second = await policing.propose(
                world.parts, world["administrator"].token, overlay("supervisor, look, note, clinical, my_center")
            )
            with pytest.raises(NotFound):  # nobody of another incident hears of it
                await policing.approve(other.parts, other["fac_supervisor"].token, second)

    async def test_it_stays_when_the_policy_under_it_changes(self, world: World, family: Family) -> None:
        await put_in_force(world, overlay("supervisor, look, casefile, identity, my_center"))
        assert "contact" in await seen_by_supervisor(world, family)
        await put_in_force(world, CHANGED)
        seen = await seen_by_supervisor(world, family)
        assert not {"contact", "identity"} & seen

    @settings(max_examples=3, deadline=None)
    @given(lines=st.lists(st.tuples(*WORDS), min_size=1, max_size=3, unique=True))
    def test_whatever_it_denies_nothing_opens(self, lines: list[tuple[str, ...]]) -> None:
        said = {line for line in POLICY_TEXT.split("\n") if line.endswith("deny")}
        text = overlay(*(", ".join(line) for line in lines))
        assume(not said & set(text[OVERLAY].split("\n")))
        overlaid = prove_overlay(PACKAGED.policy, PACKAGED.sources, text)
        assert list(openings(PACKAGED.policy, overlaid)) == []

    def test_the_comparison_finds_what_opens(self) -> None:
        narrower, _ = prove(PACKAGED, CHANGED)
        assert list(openings(PACKAGED.policy, narrower)) == []
        found = list(openings(narrower, PACKAGED.policy))
        assert any(sentence.startswith("supervisor may read person in my_center: ") for sentence in found)
        undenied = without_denial(PACKAGED.policy)
        assert any("clinical" in sentence for sentence in openings(PACKAGED.policy, undenied))


def without_denial(policy: Policy) -> Policy:
    table = {
        key: tuple(replace(each, denied=each.denied & ~InfoClass.clinical.bit) for each in grants)
        for key, grants in policy.table.items()
    }
    return replace(policy, table=table)


def test_a_process_that_was_never_told_anything_has_the_programs_own() -> None:
    policies = Policies(Packaged(PACKAGED.sources, PACKAGED.examples))
    assert policies.of(uuid4()) is policies.current.policy
    assert policies.refused is None
