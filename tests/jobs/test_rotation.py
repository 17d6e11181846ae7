"""Keys change while people work: nobody sees an error, a killed run is run again, and nothing is left behind."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fac import app
from fac.audit.checkpoint import Checkpoint, take_checkpoint
from fac.audit.ledger import maced
from fac.audit.seal import seal_pending
from fac.audit.shred_ledger import Shredding, ShredLedger
from fac.audit.verify import Fault, FaultKind, verify
from fac.crypto.columns import CLASS_AT
from fac.crypto.keys import FileRoot, KeyRing
from fac.crypto.mac import AuditMac
from fac.crypto.signature import SUCCESSION, AuditSigner
from fac.db.engine import Database, instant
from fac.domain.ids import new_id
from fac.domain.vocabulary import InfoClass
from fac.errors import AuditBroken, KeyUnavailable, NotSignedIn, RotationBlocked, SettingsUnsafe, Unreadable
from fac.jobs.rotation import epochs, holding, reauditing, reindexing, resealing, rewrapping
from fac.jobs.rotation.holding import Custody, Holder, following, settled
from fac.jobs.rotation.operating import Operator, find_operator
from fac.jobs.rotation.overview import key_lines
from tests.caseloads import raw
from tests.families import Family, family_form, new_family
from tests.jobs.commanding import begin
from tests.stepping import enrolled
from tests.world import World, keep_passwords, open_database, open_keeping

ROOT = Path(__file__).parents[2]
ROTATIONS = {
    "kek": rewrapping.rotate_kek,
    "dek": resealing.rotate_dek,
    "index": reindexing.rotate_index,
    "audit": reauditing.rotate_audit,
}
PERSON = "query ($id: ID!) { person(id: $id) { givenName familyName phones version needs { id detail } } }"


def quiet(what: str, done: int, total: int) -> None:
    """Show no progress; it may not run backwards or over its end."""
    assert 0 <= done <= total, (what, done, total)


@dataclass(slots=True)
class Desk:
    """A world whose process follows the keys, and what they are changed with."""

    world: World
    custody: Custody
    operator: Operator
    login: str
    environ: dict[str, str]
    superuser: str

    async def rotate(self, kind: str) -> int:
        return await ROTATIONS[kind](self.custody, self.operator, quiet)

    async def rotate_and_destroy(self, family: str, old: int) -> None:
        await self.rotate(family)
        await epochs.destroy(self.custody, self.operator, family, old)

    async def epoch(self, purpose: str) -> int:
        (row,) = await self.world.fetch("SELECT epoch FROM class_keys WHERE purpose = $1 AND state = 'active'", purpose)
        return int(row["epoch"])

    async def events(self, event: str) -> list[Any]:
        return list(await self.world.fetch("SELECT * FROM audit_events WHERE event = $1 ORDER BY id", event))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(world: World, database_url: str) -> AsyncIterator[Desk]:
    parts, root = world.parts, FileRoot(world.folder / "root.keys", "test")
    ring = parts.tools.blind_index._ring
    database = await open_keeping(database_url)
    custody = Custody(database, parts.tools, ring, root, Holder(parts.database, parts.tools, ring, root), parts.clock)
    (row,) = await world.fetch("SELECT login FROM accounts WHERE login LIKE 'administrator-%'")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("FAC_")} | {
        "FAC_SKIP_SETUP": "1", "FAC_ENV": "test", "FAC_DATA": str(world.folder),
        "FAC_ROOT_KEY_FILE": str(world.folder / "root.keys"),
    } | keep_passwords(database_url, world.folder / "passwords")  # fmt: skip
    async with following(custody.holder):
        yield Desk(world, custody, await find_operator(custody, row["login"]), row["login"], environ, database_url)
    await database.close()


async def sealed_whole(world: World, family: Family, tag: str) -> int:
    """Check that the mother opens whole, and return her version."""
    body = await world["reunification_supervisor"].ask(PERSON, id=family.persons["mother"])
    assert "errors" not in body, body
    person = body["data"]["person"]
    assert person["givenName"] == f"Marisol{tag}"
    assert len(person["phones"]) == 1
    assert f"cannot sleep {tag}" in [each["detail"] for each in person["needs"]]
    return int(person["version"])


async def suspicions(world: World, tag: str) -> int:
    """Return how many of a family just like the one of ``tag`` look known."""
    payload = await world["intake"].do("RecordIntake", **family_form(tag))
    assert payload["__typename"] == "IntakeRecorded", payload
    return int(payload["suspicions"])


class TestEveryRotation:
    @pytest.mark.parametrize("kind", list(ROTATIONS))
    async def test_leaves_everything_readable_findable_and_of_its_version(self, desk: Desk, kind: str):
        tag = uuid4().hex[:6]
        family = await new_family(desk.world, tag=tag)
        before = await sealed_whole(desk.world, family, tag)
        assert await desk.rotate(kind) > 0
        assert await sealed_whole(desk.world, family, tag) == before
        assert await suspicions(desk.world, tag) > 0
        started, finished = await desk.events("key.rotation_started"), await desk.events("key.rotation_finished")
        assert [each["detail"]["kind"] for each in started][-1] == kind
        assert {name: finished[-1]["detail"][name] for name in started[-1]["detail"]} == started[-1]["detail"]
        assert finished[-1]["detail"]["operator"] == str(desk.operator.account_id)
        assert finished[-1]["membership_id"] == desk.world["administrator"].membership_id

    async def test_a_stranger_rotates_nothing(self, desk: Desk):
        for login in (
            "nobody",
            "",
            (await desk.world.fetch("SELECT login FROM accounts WHERE login LIKE 'intake-%'"))[0][0],
        ):
            with pytest.raises(NotSignedIn):
                await find_operator(desk.custody, login)

    async def test_twice_at_once_is_one_rotation_after_another(self, desk: Desk):
        before = await desk.epoch("kek:contact")
        await asyncio.gather(*(desk.rotate("kek") for _ in range(2)))
        assert await desk.epoch("kek:contact") in (before + 1, before + 2)
        assert await desk.world.fetch("SELECT 1 FROM key_rotations WHERE finished_at IS NULL") == []


class TestRotateKek:
    async def test_moves_keys_and_no_bundle_and_the_old_epoch_can_go(self, desk: Desk):
        tag = uuid4().hex[:6]
        family = await new_family(desk.world, tag=tag)
        old = await desk.epoch("kek:identity")
        bundles = "SELECT identity FROM persons ORDER BY id"
        before = await desk.world.fetch(bundles)
        with pytest.raises(SettingsUnsafe):
            await epochs.destroy(desk.custody, desk.operator, "kek", old)
        await desk.rotate("kek")
        assert await desk.world.fetch(bundles) == before
        assert {row["epoch"] for row in await desk.world.fetch("SELECT epoch FROM data_keys")} == {old + 1}
        lines = await key_lines(desk.custody)
        assert f"kek:identity@{old} retiring, 0 rows left" in lines
        await epochs.destroy(desk.custody, desk.operator, "kek", old)
        await epochs.destroy(desk.custody, desk.operator, "kek", old)  # once more: nothing to do
        assert old not in desk.custody.root.epochs("kek")
        assert old not in desk.custody.ring.epochs("kek:identity")
        assert f"kek:identity@{old} destroyed" in await key_lines(desk.custody)
        assert (await desk.events("key.epoch_destroyed"))[-1]["detail"]["epoch"] == old
        await sealed_whole(desk.world, family, tag)

    async def test_an_epoch_that_something_needs_stays(self, desk: Desk):
        family = await new_family(desk.world)
        old = await desk.epoch("kek:identity")
        await desk.rotate("kek")
        await desk.world.fetch(
            "UPDATE data_keys SET epoch = $1 WHERE subject_id = $2", old, raw(family.persons["uncle"])
        )
        with pytest.raises(RotationBlocked, match="2 rows are left"):
            await epochs.destroy(desk.custody, desk.operator, "kek", old)
        await desk.world.fetch(
            "UPDATE data_keys SET epoch = $1 WHERE subject_id = $2", old + 1, raw(family.persons["uncle"])
        )
        with pytest.raises(KeyUnavailable):
            await epochs.destroy(desk.custody, desk.operator, "kek", 999)

    async def test_waits_for_a_process_that_does_not_follow(self, desk: Desk):
        async with desk.world.beneath.connection() as connection:
            await connection.execute(
                "INSERT INTO key_holders VALUES ('00000000-0000-0000-0000-000000000001', 'x', now())"
            )
        with pytest.raises(RotationBlocked, match="1 processes"):
            await holding.settled(desk.custody, patience=0.1)
        async with desk.world.beneath.connection() as connection:
            await connection.execute("UPDATE key_holders SET beat_at = now() - interval '1 hour' WHERE seen = 'x'")
        await holding.settled(desk.custody, patience=5)


async def as_an_older_release_sealed(desk: Desk, table: str, column: str, id: UUID, subject: UUID) -> None:
    """Seal a column's value anew as free text, as every word once was."""
    disclosure, sql = desk.world.parts.tools.disclosure, "SELECT * FROM data_keys WHERE subject_id = $1 AND info = $2"
    ((blob,),) = await desk.world.fetch(f"SELECT {column} FROM {table} WHERE id = $1", id)  # noqa: S608
    (key,) = await desk.world.fetch(sql, subject, bytes(blob)[CLASS_AT])
    older = await desk.world.fetch(sql, subject, InfoClass.narrative.code)
    if not older:
        made = disclosure.new_key(key["incident_id"], subject, InfoClass.narrative)
        await desk.world.fetch(
            "INSERT INTO data_keys (incident_id, subject_id, info, version, epoch, wrapped)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            *(made[name] for name in ("incident_id", "subject_id", "info", "version", "epoch", "wrapped")),
        )
        older = await desk.world.fetch(sql, subject, InfoClass.narrative.code)
    sealed = disclosure.reseal(dict(key), dict(older[0]), table=table, row_id=id, blob=bytes(blob))
    await desk.world.fetch(f"UPDATE {table} SET {column} = $2 WHERE id = $1", id, sealed)  # noqa: S608


class TestWhatAnOlderReleaseSealed:
    """Every word was once free text: it opens by the class it is of now, and a change of keys seals it so."""

    async def test_opens_before_and_lies_under_its_own_class_after(self, desk: Desk):
        world, tag = desk.world, uuid4().hex[:6]
        family = await new_family(world, tag=tag)
        mother, case = raw(family.persons["mother"]), raw(family.case_id)
        written = {
            kind: raw((await world["intake"].do("WriteNote", caseId=family.case_id, kind=kind, body=f"{kind} {tag}"))[
                "note"]["id"])
            for kind in ("casework", "clinical", "clergy_privileged")
        }  # fmt: skip
        ((need,),) = await world.fetch("SELECT id FROM needs WHERE person_id = $1 AND detail IS NOT NULL", mother)
        await as_an_older_release_sealed(desk, "needs", "detail", need, mother)
        for each in written.values():
            await as_an_older_release_sealed(desk, "notes", "body", each, case)

        async def classes() -> list[int]:
            rows = await world.fetch("SELECT get_byte(detail, 3) FROM needs WHERE id = $1", need)
            rows += [
                row
                for each in written.values()
                for row in await world.fetch("SELECT get_byte(body, 3) FROM notes WHERE id = $1", each)
            ]
            return [row[0] for row in rows]

        async def read() -> dict[str, str]:
            data = await world["intake"].run("Case", id=family.case_id)
            return {each["kind"]: each["body"] for each in data["case"]["notes"]["nodes"]}

        assert await classes() == [8, 8, 8, 8]
        await sealed_whole(world, family, tag)
        wanted = {kind: f"{kind} {tag}" for kind in written}
        assert await read() == wanted
        await desk.rotate("dek")
        assert await classes() == [5, 12, 5, 13]
        await sealed_whole(world, family, tag)
        assert await read() == wanted

    async def test_one_that_does_not_open_keeps_its_key_and_all_that_needs_it(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(resealing, "_PASSES", 1)
        world, tag = desk.world, uuid4().hex[:6]
        family = await new_family(world, tag=tag)
        case, said = raw(family.case_id), {"caseId": family.case_id, "kind": "casework"}
        first, second = [
            raw((await world["intake"].do("WriteNote", **said, body=f"{each} {tag}"))["note"]["id"]) for each in "ab"
        ]
        await as_an_older_release_sealed(desk, "notes", "body", first, case)
        ((whole,),) = await world.fetch("SELECT body FROM notes WHERE id = $1", second)
        await world.fetch("UPDATE notes SET body = $2 WHERE id = $1", second, bytes(whole)[:-1] + b"?")
        with pytest.raises(RotationBlocked):
            await desk.rotate("dek")
        ((older,),) = await world.fetch("SELECT body FROM notes WHERE id = $1", first)
        assert bytes(older)[CLASS_AT] == InfoClass.narrative.code
        notes = "query ($id: ID!) { case(id: $id) { notes { nodes { body } } } }"
        body = await world["intake"].ask(notes, id=family.case_id)
        assert body["errors"][0]["extensions"]["code"] == "sealed_unreadable"
        assert {each["body"] for each in body["data"]["case"]["notes"]["nodes"]} == {f"a {tag}", None}
        await world.fetch("UPDATE notes SET body = $2 WHERE id = $1", second, bytes(whole))
        await desk.rotate("dek")
        data = await world["intake"].run("Case", id=family.case_id)
        assert {f"a {tag}", f"b {tag}"} == {each["body"] for each in data["case"]["notes"]["nodes"]}
        ((older,),) = await world.fetch("SELECT body FROM notes WHERE id = $1", first)
        assert bytes(older)[CLASS_AT] == InfoClass.staff_record.code


class TestADamagedHeader:
    """The byte that says under which class a bundle lies is as likely to be damaged as any other."""

    @pytest.mark.parametrize("spoiled", ["no_class", "another_class", "cut_off"])
    async def test_keeps_every_key_that_may_open_it_when_it_is_repaired(
        self, desk: Desk, spoiled: str, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(resealing, "_PASSES", 1)
        world, tag = desk.world, uuid4().hex[:6]
        family = await new_family(world, tag=tag)
        mother = raw(family.persons["mother"])
        ((need, whole),) = await world.fetch(
            "SELECT id, detail FROM needs WHERE person_id = $1 AND detail IS NOT NULL", mother
        )
        start, rest = bytes(whole)[:CLASS_AT], bytes(whole)[CLASS_AT + 1 :]
        broken = {"no_class": start + b"c" + rest, "another_class": start + b"\x06" + rest, "cut_off": start[:2]}
        await world.fetch("UPDATE needs SET detail = $2 WHERE id = $1", need, broken[spoiled])
        with pytest.raises(RotationBlocked):
            await desk.rotate("dek")
        await world.fetch("UPDATE needs SET detail = $2 WHERE id = $1", need, bytes(whole))
        await sealed_whole(world, family, tag)
        await desk.rotate("dek")
        await sealed_whole(world, family, tag)


class TestRotateDek:
    async def test_replaces_every_key_and_every_bundle(self, desk: Desk):
        tag = uuid4().hex[:6]
        family = await new_family(desk.world, tag=tag)
        looked = "SELECT identity FROM persons WHERE id = $1", raw(family.persons["mother"])
        keyed = "SELECT wrapped FROM data_keys WHERE subject_id = $1", raw(family.persons["mother"])
        before, key = await desk.world.fetch(*looked), await desk.world.fetch(*keyed)
        await desk.rotate("dek")
        assert await desk.world.fetch(*looked) != before
        assert await desk.world.fetch(*keyed) != key
        (row,) = await desk.world.fetch("SELECT min(version) AS low, max(version) AS high FROM data_keys")
        assert row["low"] == row["high"] > 1
        fresh = await new_family(desk.world)
        rows = await desk.world.fetch(
            "SELECT version FROM data_keys WHERE subject_id = $1", raw(fresh.persons["mother"])
        )
        assert {each["version"] for each in rows} == {row["high"]}

    async def test_a_bundle_that_does_not_open_keeps_its_key(self, desk: Desk, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(resealing, "_PASSES", 1)
        family = await new_family(desk.world)
        mother = raw(family.persons["mother"])
        flip = "UPDATE persons SET contact = set_byte(contact, 80, get_byte(contact, 80) # 1) WHERE id = $1"
        await desk.world.fetch(flip, mother)
        with pytest.raises(RotationBlocked, match="1 keys are left"):
            await desk.rotate("dek")
        await desk.world.fetch(flip, mother)  # repaired, from wherever: its key is still there
        assert await desk.rotate("dek") == 1
        body = await desk.world["reunification_supervisor"].ask(PERSON, id=family.persons["mother"])
        assert len(body["data"]["person"]["phones"]) == 1


class TestRotateIndex:
    async def test_leaves_no_posting_under_the_old_key_and_drops_what_is_stale(self, desk: Desk):
        tag = uuid4().hex[:6]
        family = await new_family(desk.world, tag=tag)
        tools, own = desk.world.parts.tools, desk.world.incident_id
        stale = tools.blind_index.tokens(own, desk.world.organizations["county"], ["what was true once"])[0]
        for token, pointer in (
            (stale, tools.blind_index.seal_pointer(own, stale, raw(family.persons["mother"]))),
            (b"orphaned", tools.blind_index.seal_pointer(own, b"orphaned", uuid4())),
        ):
            await desk.world.fetch(
                "INSERT INTO match_postings VALUES ($1, $2, $3, $4, 1)", own, uuid4(), token, pointer
            )
        count = "SELECT count(*) FROM match_postings"
        before = (await desk.world.fetch(count))[0][0]
        old = await desk.epoch("index")
        assert await desk.rotate("index") == before
        assert (await desk.world.fetch(count))[0][0] == before - 2
        await epochs.destroy(desk.custody, desk.operator, "index", old)
        assert await suspicions(desk.world, tag) > 0
        read = await desk.events("match_index.rebuilt")
        assert raw(family.persons["mother"]) in {each for row in read for each in row["subjects"]}


async def trail_holds(desk: Desk, *witnesses: str) -> bool:
    """Seal what there is, and tell whether the trail holds and extends what was witnessed."""
    tools, own = desk.world.parts.tools, desk.world.incident_id
    kept = [Checkpoint.from_text(each, tools.signer) for each in witnesses]
    async with desk.world.beneath.transaction() as connection:
        await seal_pending(connection, tools.mac, own, now=datetime.now(UTC) + timedelta(seconds=30))
        verdict = await verify(connection, tools.mac, own, witnesses=kept)
    assert verdict.seals, verdict
    return verdict.holds


async def witnessed(desk: Desk) -> str:
    async with desk.world.beneath.transaction() as connection:
        taken = await take_checkpoint(connection, desk.world.incident_id)
    assert taken is not None
    return taken.as_text(desk.world.parts.tools.signer)


class TestRotateAudit:
    async def test_the_trail_and_its_witnesses_hold_across_the_change(self, desk: Desk):
        await new_family(desk.world)
        assert await trail_holds(desk)
        former = KeyRing(*_keys_of(desk))
        before, tools = await witnessed(desk), desk.world.parts.tools
        old = await desk.epoch("audit")
        assert await desk.rotate("audit") == old + 1
        assert f"audit@{old} retiring, kept: what was written under it is verified by it" in await key_lines(
            desk.custody
        )
        family = await new_family(desk.world)
        assert await trail_holds(desk, before)
        after = await witnessed(desk)
        assert await trail_holds(desk, before, after)
        # Under the new key indeed: who holds the former one alone verifies nothing that came after it.
        (row,) = await desk.world.fetch(
            "SELECT * FROM audit_events WHERE event = 'intake.recorded' AND $1 = ANY(subjects)",
            raw(family.persons["mother"]),
        )
        assert tools.mac.verify(maced(dict(row)), bytes(row["mac"]))
        assert not AuditMac(former).verify(maced(dict(row)), bytes(row["mac"]))
        with pytest.raises(AuditBroken):
            Checkpoint.from_text(after, AuditSigner(former))
        # And each former public key vouches for the next, which is told as often as somebody asks.
        next_key, lines = tools.signer.public_key, await key_lines(desk.custody)
        assert f"the audit's witnesses know it by the public key {next_key.hex()}" in lines
        assert tools.signer.successions()[0][0] == AuditSigner(former).public_key
        for key, signature in tools.signer.successions():
            Ed25519PublicKey.from_public_bytes(key).verify(signature, SUCCESSION + next_key)
            assert f"the one before, {key.hex()}, vouches for it: {signature.hex()}" in lines
            next_key = key

    async def test_what_hangs_on_the_key_goes_on(self, desk: Desk, tmp_path: Path):
        world = desk.world
        telephone = await enrolled(world["fac_supervisor"])
        key, form = str(uuid4()), family_form(uuid4().hex[:6])
        once = await world["intake"].do("RecordIntake", clientMutationId=key, **form)
        family, paper = await new_family(world), str(uuid4())
        given = {"personId": family.persons["mother"], "identityCheck": "photo_id", "clientMutationId": paper}
        token = (await world["reunification_supervisor"].do("GivePortalAccess", **given))["token"]
        ledger, former = ShredLedger(tmp_path / "ledger", world.parts.tools.mac), KeyRing(*_keys_of(desk))
        lines = [Shredding(world.clock.now, world.incident_id, *(uuid4() for _ in range(3)), True) for _ in range(2)]
        ledger.append(lines[0])
        await desk.rotate("audit")
        await telephone.step_up()
        assert (await world["intake"].do("RecordIntake", clientMutationId=key, **form)) == once  # sent again
        assert (await world["reunification_supervisor"].do("GivePortalAccess", **given))["token"] == token
        # A backup of before the rotation knows the former keys alone, and must read who was erased since.
        ledger.append(lines[1])
        assert ShredLedger(tmp_path / "ledger", AuditMac(former)).read() == lines

    async def test_a_process_without_personal_keys_follows(self, desk: Desk):
        database = await open_database(desk.superuser)
        try:
            ring = await app.open_ring(database, desk.custody.root, create=False, purposes=app.NOTHING_PERSONAL)
            parts = app.make_parts(database, ring, free_documents=False, clock=desk.world.clock)
            async with following(Holder(database, parts.tools, ring, desk.custody.root)):
                before = parts.tools.mac.tag([b"x"])
                await desk.rotate("audit")
                after = parts.tools.mac.tag([b"x"])
                assert before != after == desk.world.parts.tools.mac.tag([b"x"])
                assert parts.tools.mac.verify([b"x"], before)
                # What it does not hold may change while it reads for long.
                async with database.own_transaction():
                    await desk.rotate("kek")
        finally:
            await database.close()


class TestAStolenFormerKey:
    """Whoever has it, and the database, makes up nothing of after the key's change and alters nothing of before."""

    @asynccontextmanager
    async def vandal(self, desk: Desk) -> AsyncIterator[Any]:
        """A superuser's connection with nothing in its way, whose doings are undone at the end."""
        tables = ("audit_events", "audit_seals")
        async with desk.world.beneath.connection() as connection:
            undoing = connection.transaction()
            await undoing.start()
            for table in tables:
                await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            try:
                yield connection
            finally:
                await undoing.rollback()

    async def stolen(self, desk: Desk) -> AuditMac:
        await new_family(desk.world)
        former = KeyRing(*_keys_of(desk))
        await desk.rotate("audit")
        return AuditMac(former)

    async def made_up(self, connection: Any, desk: Desk, mac: AuditMac) -> UUID:
        found = await connection.fetchrow(
            "SELECT * FROM audit_events WHERE incident_id = $1 ORDER BY id LIMIT 1", desk.world.incident_id
        )
        forged = new_id()
        await connection.execute(
            "INSERT INTO audit_events SELECT incident_id, $2, at, event, membership_id, session_id, operation, record,"
            " record_id, subjects, classes, detail, policy_version, correlation_id, $3 FROM audit_events WHERE id = $1",
            found["id"], forged, mac.tag(maced(dict(found) | {"id": forged})),
        )  # fmt: skip
        return forged

    async def fault(self, connection: Any, desk: Desk, *witnesses: Checkpoint) -> Fault:
        own, mac = desk.world.incident_id, desk.world.parts.tools.mac
        fault = (await verify(connection, mac, own, witnesses=witnesses)).fault
        assert fault is not None
        return fault

    async def test_a_row_is_named_before_and_after_a_seal_of_ours(self, desk: Desk):
        former = await self.stolen(desk)
        async with self.vandal(desk) as connection:
            forged = await self.made_up(connection, desk, former)
            fault = await self.fault(connection, desk)
            assert (fault.kind, fault.event_id) == (FaultKind.outdated, forged)
            assert "under a key that had been replaced" in fault.sentence
            later = datetime.now(UTC) + timedelta(seconds=30)
            await seal_pending(connection, desk.world.parts.tools.mac, desk.world.incident_id, now=later)
            assert (await self.fault(connection, desk)).event_id == forged
        assert await trail_holds(desk)

    async def test_a_seal_is_named(self, desk: Desk):
        former = await self.stolen(desk)
        async with self.vandal(desk) as connection:
            later = datetime.now(UTC) + timedelta(seconds=30)
            made = await seal_pending(connection, former, desk.world.incident_id, now=later)
            assert made is not None
            fault = await self.fault(connection, desk)
            assert (fault.kind, fault.seal) == (FaultKind.seal_outdated, made.number)
        assert await trail_holds(desk)

    async def test_a_line_to_deceive_the_witnesses_is_named(self, desk: Desk):
        former = AuditSigner(KeyRing(*_keys_of(desk)))
        await self.stolen(desk)
        assert await trail_holds(desk)
        async with desk.world.beneath.transaction() as connection:
            taken = await take_checkpoint(connection, desk.world.incident_id)
            assert taken is not None
            line = Checkpoint.from_text(taken.as_text(former), desk.world.parts.tools.signer)
            assert (await self.fault(connection, desk, line)).kind is FaultKind.witness_outdated
            beyond = Checkpoint.from_text(
                replace(taken, number=taken.number + 9).as_text(former), desk.world.parts.tools.signer
            )
            assert (await self.fault(connection, desk, beyond)).kind is FaultKind.witness_outdated

    async def test_what_was_before_the_change_is_not_rewritten(self, desk: Desk):
        former, own = await self.stolen(desk), desk.world.incident_id
        newest = "SELECT * FROM audit_seals WHERE incident_id = $1 ORDER BY number DESC LIMIT 1"
        lose = "DELETE FROM audit_seals WHERE incident_id = $1 AND number = $2"
        async with self.vandal(desk) as connection:
            seal = await connection.fetchrow(newest, own)  # what the change was told after
            row = await connection.fetchrow("SELECT * FROM audit_events WHERE id = $1", seal["first_event_id"])
            mac = former.tag(maced(dict(row) | {"classes": 1}))
            await connection.execute("UPDATE audit_events SET classes = 1, mac = $2 WHERE id = $1", row["id"], mac)
            await connection.execute(lose, own, seal["number"])
            await seal_pending(connection, former, own, now=datetime.now(UTC) + timedelta(seconds=30))
            fault = await self.fault(connection, desk)
            assert (fault.kind, fault.seal) == (FaultKind.rewritten, seal["number"])
            await connection.execute(lose, own, seal["number"])  # and its end cut off
            assert (await self.fault(connection, desk)).kind in (FaultKind.rewritten, FaultKind.outdated)
        assert await trail_holds(desk)


class Deaf(FileRoot):
    """The root, to a process that is not let at the newer keys."""

    def unwrap(self, name: str, blob: bytes) -> bytes:
        if name.startswith("kek") and not name.endswith("@1"):
            raise KeyUnavailable
        return super().unwrap(name, blob)


class TestAProcessThatCannotFollow:
    async def test_is_waited_for_and_never_counted_as_gone(self, desk: Desk, monkeypatch: pytest.MonkeyPatch):
        for name, seconds in (("BEAT_SECONDS", 0.2), ("LEASE_SECONDS", 1.0), ("GONE_SECONDS", 2.0)):
            monkeypatch.setattr(holding, name, seconds)
        monkeypatch.setattr(epochs, "settled", partial(settled, patience=5.0))  # it would have been gone by then
        database = await open_database(desk.superuser)
        try:
            ring = await app.open_ring(database, desk.custody.root, create=False)
            parts = app.make_parts(database, ring, free_documents=False, clock=desk.world.clock)
            holder = Holder(database, parts.tools, ring, desk.custody.root)
            async with following(holder):
                monkeypatch.setattr(holder, "_root", Deaf(desk.world.folder / "root.keys", "test"))
                with pytest.raises(RotationBlocked):
                    await desk.rotate("kek")
                monkeypatch.setattr(holder, "_root", desk.custody.root)  # let in again, it follows
                await desk.rotate("kek")
        finally:
            await database.close()

    async def test_one_that_stood_still_writes_nothing_until_it_has_looked(self, desk: Desk):
        async with another_server(desk) as (http, database):
            traffic = Traffic(http, desk.world, await new_family(desk.world), "x")
            given = {"clientMutationId": str(uuid4()), **family_form(uuid4().hex[:6])}
            intake = {"documentId": "RecordIntake", "variables": {"input": given}}
            count = "SELECT count(*) FROM cases"
            before = await desk.world.fetch(count)
            database.commits_until = instant() - 1  # its lease ran out while the machine slept
            headers = {"authorization": f"Bearer {desk.world['intake'].token}"}
            answer = await http.post("/graphql", json=intake, headers=headers)
            assert answer.json()["errors"][0]["extensions"]["code"] == "busy", answer.text
            assert await desk.world.fetch(count) == before
            while database.commits_until < instant():  # noqa: ASYNC110  # it looks by itself
                await asyncio.sleep(0.05)
            assert (await traffic.post("intake", intake))["recordIntake"]["__typename"] == "IntakeRecorded"


def _keys_of(desk: Desk) -> tuple[dict[tuple[str, int], bytes], dict[str, int]]:
    return dict(desk.custody.ring._keys), dict(desk.custody.ring._active)


class Stop(RuntimeError):
    """Stands for the power cut."""


def cut(*_: Any) -> None:
    raise Stop


async def _left(desk: Desk, kind: str) -> tuple[str, int]:
    """Return the query, and its parameter, of how many rows the next rotation of ``kind`` has to bring along."""
    if kind == "kek":
        return "SELECT count(*) FROM data_keys WHERE epoch < $1", await desk.epoch("kek:identity") + 1
    if kind == "audit":  # two steps: its key is made known, and then used; no row is brought along
        steps = "SELECT 2 - count(*) - count(*) FILTER (WHERE state = 'active') FROM class_keys"
        return f"{steps} WHERE purpose = 'audit' AND epoch = $1", await desk.epoch("audit") + 1
    if kind == "index":
        return "SELECT count(*) FROM match_postings WHERE get_byte(pointer, 1) < $1", await desk.epoch("index") + 1
    (row,) = await desk.world.fetch("SELECT max(target) AS target FROM key_rotations WHERE kind = 'dek'")
    return "SELECT count(*) FROM data_keys WHERE version < $1", (row["target"] or 1) + 1


async def _is_half_done_and_goes_on(
    desk: Desk, kind: str, left: tuple[str, int], tags: list[str], families: list[Family]
) -> None:
    lines = await key_lines(desk.custody)
    under_way = [line for line in lines if line.startswith(f"rotation of {kind}")]
    assert under_way, lines
    assert (" 0 left" in under_way[0]) == (kind == "audit"), lines
    for tag, family in zip(tags, families, strict=True):
        await sealed_whole(desk.world, family, tag)
    await desk.rotate(kind)
    assert (await desk.world.fetch(*left))[0][0] == 0
    assert (await desk.events("key.rotation_resumed"))[-1]["detail"]["kind"] == kind
    for tag, family in zip(tags, families, strict=True):
        await sealed_whole(desk.world, family, tag)
    assert await suspicions(desk.world, tags[0]) > 0


# What keeps a rotation from its end: somebody at work with one row, or a process that does not follow.
_IN_THE_WAY = {
    "kek": "SELECT 1 FROM data_keys WHERE subject_id = $1 FOR SHARE",
    "dek": "SELECT 1 FROM data_keys WHERE subject_id = $1 FOR SHARE",
    "index": "SELECT 1 FROM persons WHERE id = $1 FOR KEY SHARE",
    "audit": "INSERT INTO key_holders VALUES ($1, 'behind', now() + interval '1 hour')",
}


async def _kill_half_way(desk: Desk, kind: str, held: UUID, left: tuple[str, int], database_url: str) -> None:
    """Start the command, and kill it when it has done a part and cannot do all."""
    total = (await desk.world.fetch(*left))[0][0]
    there = [row["id"] for row in await desk.world.fetch("SELECT id FROM key_holders")]
    somebody = await asyncpg.connect(database_url)
    in_the_way = somebody.transaction()
    if kind != "audit":
        await in_the_way.start()
    await somebody.fetch(_IN_THE_WAY[kind], held)
    process = await asyncio.to_thread(begin, desk.environ, "keys", f"rotate-{kind}", "--as", desk.login)
    while not 0 < (await desk.world.fetch(*left))[0][0] < total:  # another process's work
        assert process.is_alive()
        await asyncio.sleep(0.05)
    process.kill()
    await asyncio.to_thread(process.join)
    assert process.exitcode == -signal.SIGKILL
    if kind == "audit":
        await somebody.fetch("DELETE FROM key_holders WHERE id = $1", held)
    else:
        await in_the_way.rollback()
    # Half a minute later nobody waits for the dead one any more.
    await somebody.fetch("DELETE FROM key_holders WHERE NOT id = ANY($1)", there)
    await somebody.close()


BATCHES: list[tuple[str, Any, str]] = [
    ("kek", rewrapping, "replace_keys"),
    ("dek", resealing, "replace_keys"),
    ("index", reindexing, "rebuild_postings"),
]


async def _cut_after_one_batch(
    desk: Desk, kind: str, module: Any, writes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, real = 0, getattr(module, writes)

    async def write_once(*given: Any) -> Any:
        nonlocal written
        written += 1
        return await real(*given) if written == 1 else cut()

    with monkeypatch.context() as patched:
        patched.setattr(module, "BATCH", 12)
        patched.setattr(module, writes, write_once)
        with pytest.raises(Stop):
            await desk.rotate(kind)


class TestAKilledRotation:
    @pytest.mark.parametrize("kind", list(ROTATIONS))
    async def test_is_killed_in_the_middle_by_the_machine_and_run_again_while_people_work(
        self, desk: Desk, kind: str, database_url: str
    ):
        tag = uuid4().hex[:6]
        families = [await new_family(desk.world, tag=f"{tag}{number}") for number in range(2)]
        left = await _left(desk, kind)
        async with another_server(desk) as (http, _):
            traffic = Traffic(http, desk.world, families[1], f"{tag}1")
            async with traffic.flowing():
                await _kill_half_way(desk, kind, raw(families[0].persons["mother"]), left, database_url)
                half = dict(traffic.done)
                while any(traffic.done[each] < half[each] + 2 for each in half):  # noqa: ASYNC110  # people at work
                    await asyncio.sleep(0.05)
                await _is_half_done_and_goes_on(desk, kind, left, [f"{tag}{number}" for number in range(2)], families)

    @pytest.mark.parametrize(("kind", "module", "writes"), BATCHES)
    async def test_is_cut_between_two_batches_and_run_again(
        self, desk: Desk, kind: str, module: Any, writes: str, monkeypatch: pytest.MonkeyPatch
    ):
        tag = uuid4().hex[:6]
        families = [await new_family(desk.world, tag=f"{tag}{number}") for number in range(2)]
        left = await _left(desk, kind)
        await _cut_after_one_batch(desk, kind, module, writes, monkeypatch)
        await _is_half_done_and_goes_on(desk, kind, left, [f"{tag}{number}" for number in range(2)], families)

    @pytest.mark.parametrize("family", ["kek", "index"])
    @pytest.mark.parametrize("step", range(5))
    async def test_stopped_at_any_step_goes_on_from_there(
        self, desk: Desk, family: str, step: int, monkeypatch: pytest.MonkeyPatch
    ):
        before = await desk.epoch("kek:legal" if family == "kek" else "index")
        counted = 0

        def stopping(real: Any) -> Any:
            async def step_or_stop(*given: Any, **named: Any) -> Any:
                nonlocal counted
                counted += 1
                if counted > step:
                    raise Stop
                return await real(*given, **named)

            return step_or_stop

        with monkeypatch.context() as patched:
            for name in ("settled", "_announce", "rows_under", "tell_everywhere"):
                patched.setattr(epochs, name, stopping(getattr(epochs, name)))
            with pytest.raises(Stop):
                await desk.rotate_and_destroy(family, before)
        await desk.rotate(family)
        after = await desk.epoch("kek:legal" if family == "kek" else "index")
        assert after in (before + 1, before + 2)
        await epochs.destroy(desk.custody, desk.operator, family, before)
        assert before not in desk.custody.root.epochs(family)

    async def test_a_destruction_cut_before_the_root_is_finished(self, desk: Desk, monkeypatch: pytest.MonkeyPatch):
        old = await desk.epoch("index")
        await desk.rotate("index")
        monkeypatch.setattr(FileRoot, "destroy_epoch", cut)
        with pytest.raises(Stop):
            await epochs.destroy(desk.custody, desk.operator, "index", old)
        monkeypatch.undo()
        assert old in desk.custody.root.epochs("index")
        await epochs.destroy(desk.custody, desk.operator, "index", old)
        assert old not in desk.custody.root.epochs("index")


_BREATH = 0.15  # people pause: a server kept busy by a loop would measure this machine and nothing else


@dataclass(slots=True)
class Traffic:
    """People at work on a server of its own; every answer they get is looked at."""

    http: httpx.AsyncClient
    world: World
    family: Family
    tag: str
    done: dict[str, int] = field(default_factory=lambda: {"read": 0, "intake": 0, "update": 0})
    is_over: bool = False

    async def post(self, hat: str, body: dict[str, Any]) -> Any:
        headers = {"authorization": f"Bearer {self.world[hat].token}"}
        response = await self.http.post("/graphql", json=body, headers=headers)
        answer = response.json()
        assert response.status_code == 200, answer
        assert "errors" not in answer, answer
        return answer["data"]

    async def read(self) -> None:
        while not self.is_over:
            data = await self.post(
                "reunification_supervisor", {"query": PERSON, "variables": {"id": self.family.persons["mother"]}}
            )
            assert data["person"]["givenName"] == f"Marisol{self.tag}"
            self.done["read"] += 1
            await asyncio.sleep(_BREATH)

    async def take_in(self) -> None:
        while not self.is_over:
            given = family_form(uuid4().hex[:6]) | {"clientMutationId": str(uuid4())}
            data = await self.post("intake", {"documentId": "RecordIntake", "variables": {"input": given}})
            assert data["recordIntake"]["__typename"] == "IntakeRecorded", data
            self.done["intake"] += 1
            await asyncio.sleep(_BREATH)

    async def update(self) -> None:
        version = 1
        while not self.is_over:
            given = {
                "clientMutationId": str(uuid4()), "personId": self.family.persons["father"], "version": version,
                "address": f"{version} Cedar Street",
            }  # fmt: skip
            data = await self.post("intake", {"documentId": "UpdatePerson", "variables": {"input": given}})
            assert data["updatePerson"]["__typename"] == "PersonUpdated", data
            version += 1
            self.done["update"] += 1
            await asyncio.sleep(_BREATH)

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            for each in (self.read, self.take_in, self.update):
                group.create_task(each())
            try:
                yield
            finally:
                self.is_over = True


@asynccontextmanager
async def another_server(desk: Desk) -> AsyncIterator[tuple[httpx.AsyncClient, Database]]:
    """Serve with a pool, keys and tools of its own, which follow what others change, as a process of its own would."""
    database = await open_database(desk.superuser)
    try:
        ring = await app.open_ring(database, desk.custody.root, create=False)
        parts = app.make_parts(database, ring, free_documents=True, clock=desk.world.clock)
        transport = httpx.ASGITransport(app=app.make_application(parts))
        async with (
            following(Holder(database, parts.tools, ring, desk.custody.root)),
            httpx.AsyncClient(transport=transport, base_url="http://another") as http,
        ):
            yield http, database
    finally:
        await database.close()


async def test_nobody_sees_an_error_on_a_running_server_while_every_key_changes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    tag = uuid4().hex[:6]
    family = await new_family(desk.world, tag=tag)
    old = {"kek": await desk.epoch("kek:identity"), "index": await desk.epoch("index")}
    told = await desk.events("seal.unreadable")
    async with another_server(desk) as (http, _):
        traffic = Traffic(http, desk.world, family, tag)
        async with traffic.flowing():
            for kind, module, writes in BATCHES:
                await _cut_after_one_batch(desk, kind, module, writes, monkeypatch)
                half = dict(traffic.done)
                while any(traffic.done[each] < half[each] + 2 for each in half):  # noqa: ASYNC110  # people at work
                    await asyncio.sleep(0.05)
                await desk.rotate(kind)
            await desk.rotate("audit")
            for kind, epoch in old.items():
                await epochs.destroy(desk.custody, desk.operator, kind, epoch)
            seen = dict(traffic.done)
            while any(traffic.done[each] < seen[each] + 2 for each in seen):  # noqa: ASYNC110  # people at work
                await asyncio.sleep(0.05)
        assert min(seen.values()) > 3, seen
    await sealed_whole(desk.world, family, tag)
    assert await trail_holds(desk)
    assert await desk.events("seal.unreadable") == told
    for looked, purpose in (
        ("SELECT DISTINCT epoch FROM data_keys", "kek:identity"),
        ("SELECT DISTINCT get_byte(pointer, 1) AS epoch FROM match_postings", "index"),
    ):
        rows = await desk.world.fetch(looked)
        assert {row["epoch"] for row in rows} == {await desk.epoch(purpose)}


def test_the_vault_follows_the_ring_and_forgets_with_it(tmp_path: Path):
    from uuid import UUID

    from fac.crypto.envelope import Binding, Vault
    from fac.crypto.keys import KeyRing, KeyRow, new_key_row
    from fac.domain.vocabulary import InfoClass

    FileRoot.create(tmp_path / "root")
    root = FileRoot(tmp_path / "root", "test")
    first = new_key_row(root, "kek:legal", 1)
    ring = KeyRing.open([first], root, ["kek:legal"])
    vault, incident, subject = Vault(ring), UUID(int=1), UUID(int=2)
    key = vault.new_key(InfoClass.legal, incident, subject)
    binding = Binding(incident, "t", InfoClass.legal, UUID(int=3), subject)
    opener, blob = vault.opener(incident, "t", InfoClass.legal), vault.seal(key, binding, {"a": 1})
    root.add_epoch("kek")
    second = new_key_row(root, "kek:legal", 2)
    retiring = KeyRow("kek:legal", 1, first.wrapped, first.canary, "retiring")
    ring.adopt(KeyRing.open([retiring, second], root, ["kek:legal"]))
    vault.adopt(7)
    moved = vault.rewrap(key, incident, subject)
    assert (moved.epoch, moved.version) == (2, 1)
    assert vault.new_key(InfoClass.legal, incident, subject).version == 7
    fresh = vault.new_key(InfoClass.legal, incident, subject)
    again = vault.reseal(moved, fresh, binding, blob)
    assert vault.open(fresh, binding, again) == {"a": 1}
    with pytest.raises(Unreadable):
        vault.open(moved, binding, again)
    ring.adopt(KeyRing.open([second], root, ["kek:legal"]))
    vault.adopt(7)
    with pytest.raises(KeyUnavailable):
        opener.open(key.epoch, key.version, key.blob, binding.row_id, subject, blob)
    assert opener.open(moved.epoch, moved.version, moved.blob, binding.row_id, subject, blob) == {"a": 1}
    with pytest.raises(KeyUnavailable):
        ring.adopt(KeyRing.open([], root, []))
