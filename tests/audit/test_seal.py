"""Sealing the trail, and every way of tampering with it as a superuser: each is found, and the row is named."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fac.access.actor import Actor
from fac.audit import seal as sealing
from fac.audit.checkpoint import Checkpoint, read_checkpoints, take_checkpoint
from fac.audit.ledger import Circumstances, Entry, maced
from fac.audit.seal import GRACE, lowest_id, seal_pending
from fac.audit.verify import FaultKind, Verdict, verify
from fac.crypto.keys import KeyRing, new_key_rows
from fac.crypto.root import FileRoot
from fac.crypto.signature import AuditSigner
from fac.domain.ids import new_id
from fac.domain.vocabulary import Role
from fac.errors import AuditBroken
from tests.world import World, open_world, together

SETTLED = timedelta(seconds=30)


@pytest.fixture
async def trail(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator["Trail"]:
    """A fresh incident of its own with 20 audit rows, not sealed yet."""
    folder = KEYS.setdefault(database_url, tmp_path_factory.mktemp("keys"))
    async with open_world(database_url, folder, name=f"incident {uuid4()}") as world:
        opened = Trail(world)
        await opened.write(20)
        yield opened


KEYS: dict[str, Any] = {}


class Trail:
    """One incident's audit trail as its writer, its sealer, its verifier and its vandal see it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.incident_id = world.incident_id
        self.mac = world.parts.tools.mac
        self.signer = world.parts.tools.signer

    def actor(self) -> Actor:
        hat = self.world["intake"]
        return Actor(
            self.incident_id, hat.membership_id, uuid4(), hat.session_id, Role.intake_worker,
            self.world.organizations["county"], None,
        )  # fmt: skip

    async def write(self, count: int) -> list[UUID]:
        circumstances = Circumstances(self.world.clock.now, b"p" * 32, uuid4())
        rows = []
        async with self.world.beneath.transaction() as connection:
            for number in range(count):
                entry = Entry("record.read", "case", "case", new_id(), [new_id()], 8, {"code": f"LEG-{number}"})
                receipt = await self.world.parts.tools.ledger.append(connection, self.actor(), entry, circumstances)
                rows.append(receipt.event_id)
        return rows

    async def seal(self, *, later: timedelta = SETTLED, whole: bool = False) -> int:
        async with self.world.beneath.transaction() as connection:
            made = await seal_pending(
                connection, self.mac, self.incident_id, now=datetime.now(UTC) + later, whole=whole
            )
        return made.events if made else 0

    async def verdict(self, *witnesses: Checkpoint) -> Verdict:
        async with self.world.beneath.connection() as connection:
            return await verify(connection, self.mac, self.incident_id, witnesses=witnesses)

    async def checkpoint(self) -> Checkpoint:
        async with self.world.beneath.connection() as connection:
            taken = await take_checkpoint(connection, self.incident_id)
        assert taken is not None
        return taken

    async def ids(self) -> list[UUID]:
        sql = "SELECT id FROM audit_events WHERE incident_id = $1 ORDER BY id"
        return [row["id"] for row in await self.world.fetch(sql, self.incident_id)]

    async def vandalise(self, sql: str, *arguments: Any, tables: tuple[str, ...] = ("audit_events",)) -> None:
        async with self.as_superuser(tables) as connection:
            await connection.execute(sql, *arguments)

    async def damage_seals(self, change: str, *arguments: Any, number: int = 1) -> None:
        sql = "UPDATE audit_seals SET " + change + f" WHERE incident_id = $1 AND number = {number}"  # noqa: S608
        await self.vandalise(sql, self.incident_id, *arguments, tables=("audit_seals",))

    async def lose_seal(self, number: int) -> None:
        sql = "DELETE FROM audit_seals WHERE incident_id = $1 AND number = $2"
        await self.vandalise(sql, self.incident_id, number, tables=("audit_seals",))

    @asynccontextmanager
    async def as_superuser(self, tables: tuple[str, ...]) -> AsyncIterator[Any]:
        async with self.world.beneath.transaction() as connection:
            for table in tables:
                await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            yield connection
            for table in tables:
                await connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")


class TestSealing:
    async def test_rows_are_sealed_once_and_the_trail_holds(self, trail: Trail) -> None:
        assert (await trail.verdict()).unsealed == 20
        assert await trail.seal() == 20
        assert await trail.seal() == 0
        await trail.write(3)
        assert await trail.seal() == 3
        verdict = await trail.verdict()
        assert verdict.holds
        assert (verdict.seals, verdict.sealed, verdict.unsealed) == (2, 23, 0)

    async def test_young_rows_wait_for_the_grace_to_pass(self, trail: Trail) -> None:
        assert timedelta(seconds=1) < GRACE < SETTLED
        assert await trail.seal(later=timedelta()) == 0
        assert await trail.seal() == 20

    async def test_a_row_committed_late_is_in_the_next_seal(self, trail: Trail) -> None:
        hidden = (await trail.ids())[7]
        # The row as it would be if its transaction had not been committed when the others were sealed.
        async with trail.as_superuser(("audit_events",)) as connection:
            await connection.execute("CREATE TEMP TABLE late AS SELECT * FROM audit_events WHERE id = $1", hidden)
            await connection.execute("DELETE FROM audit_events WHERE id = $1", hidden)
            await seal_pending(connection, trail.mac, trail.incident_id, now=datetime.now(UTC) + SETTLED)
            await connection.execute("INSERT INTO audit_events SELECT * FROM late")
            await connection.execute("DROP TABLE late")
        assert (await trail.verdict()).holds
        assert await trail.seal() == 1
        verdict = await trail.verdict()
        assert verdict.holds
        assert verdict.sealed == 20

    async def test_rows_of_a_wrong_clock_are_sealed_too(self, trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
        await trail.seal()
        for wrong in (timedelta(days=400), timedelta(hours=-1)):
            instant = lowest_id(datetime.now(UTC) + wrong).int
            monkeypatch.setattr("fac.audit.ledger.new_id", lambda instant=instant: UUID(int=instant | 0x7 << 76 | 9))
            await trail.write(1)
            monkeypatch.undo()
        assert await trail.seal() == 1  # the future one at once
        assert await trail.seal(whole=True) == 1  # the past one when everything is looked at
        verdict = await trail.verdict()
        assert verdict.holds
        assert verdict.sealed == 22

    async def test_a_long_trail_takes_several_seals(self, trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sealing, "MOST_EVENTS", 8)
        assert [await trail.seal() for _ in range(4)] == [8, 8, 4, 0]
        assert (await trail.verdict()).seals == 3

    async def test_of_several_sealers_at_once_no_row_is_sealed_twice(self, trail: Trail) -> None:
        async def attempt(_: int) -> int:
            try:
                return await trail.seal()
            except asyncpg.UniqueViolationError:
                return 0

        assert sum(await together(6, attempt)) == 20
        assert (await trail.verdict()).holds

    async def test_nobody_changes_the_trail_by_ordinary_means(self, trail: Trail) -> None:
        await trail.seal()
        for table in ("audit_events", "audit_seals"):
            for verb in ("DELETE FROM {}", "UPDATE {} SET mac = ''", "TRUNCATE {}"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await trail.world.fetch(verb.format(table))


class TestTampering:
    @pytest.mark.parametrize(
        "change",
        [
            "event = 'note.written'",
            "at = at + interval '1 second'",
            "membership_id = gen_random_uuid()",
            "session_id = NULL",
            "operation = 'other'",
            "record = 'person'",
            "record_id = gen_random_uuid()",
            "subjects = '{}'",
            "classes = 0",
            "detail = '{}'",
            "policy_version = ''",
            "correlation_id = gen_random_uuid()",
            "mac = sha256(mac)",
        ],
    )
    @pytest.mark.parametrize("is_sealed", [True, False])
    async def test_an_altered_row_is_named(self, trail: Trail, change: str, is_sealed: bool) -> None:
        if is_sealed:
            await trail.seal()
        victim = (await trail.ids())[11]
        await trail.vandalise("UPDATE audit_events SET " + change + " WHERE id = $1", victim)  # noqa: S608
        fault = (await trail.verdict()).fault
        assert fault is not None
        assert (fault.kind, fault.event_id, fault.seal) == (FaultKind.altered, victim, 1 if is_sealed else None)
        assert str(victim) in fault.sentence

    async def test_the_first_of_several_is_named(self, trail: Trail) -> None:
        await trail.seal()
        ids = await trail.ids()
        await trail.vandalise("DELETE FROM audit_events WHERE id = $1", ids[15])
        await trail.vandalise("UPDATE audit_events SET classes = 0 WHERE id = $1", ids[4])
        fault = (await trail.verdict()).fault
        assert fault is not None
        assert (fault.kind, fault.event_id) == (FaultKind.altered, ids[4])

    @pytest.mark.parametrize("place", [0, 9, 19])
    async def test_a_missing_row_is_named(self, trail: Trail, place: int) -> None:
        await trail.seal()
        victim = (await trail.ids())[place]
        await trail.vandalise("DELETE FROM audit_events WHERE id = $1", victim)
        fault = (await trail.verdict()).fault
        assert fault is not None
        assert (fault.kind, fault.event_id) == (FaultKind.missing, victim)

    async def test_two_rows_that_changed_places_are_found(self, trail: Trail) -> None:
        await trail.seal()
        one, two = (await trail.ids())[3:5]
        async with trail.as_superuser(("audit_events",)) as connection:
            for old, new in ((one, uuid4()), (two, one)):
                await connection.execute("UPDATE audit_events SET id = $2 WHERE id = $1", old, new)
        fault = (await trail.verdict()).fault
        assert fault is not None
        assert (fault.kind, fault.event_id) == (FaultKind.altered, one)

    async def test_a_forged_row_is_found_before_and_after_sealing(self, trail: Trail) -> None:
        await trail.seal()
        await trail.vandalise(
            "INSERT INTO audit_events SELECT incident_id, $2, at, event, membership_id, session_id, operation, record,"
            " record_id, subjects, classes, detail, policy_version, correlation_id, mac FROM audit_events"
            " WHERE id = $1",
            (await trail.ids())[0],
            forged := new_id(),
        )
        for _ in range(2):
            fault = (await trail.verdict()).fault
            assert fault is not None
            assert (fault.kind, fault.event_id) == (FaultKind.altered, forged)
            assert await trail.seal() in (1, 0)

    async def test_a_row_made_anew_by_whoever_has_the_key_is_told_by_the_rows_it_lies_between(
        self, trail: Trail
    ) -> None:
        await trail.write(3)
        await trail.seal()
        await trail.write(3)
        await trail.seal()
        ids = await trail.ids()
        (row,) = await trail.world.fetch("SELECT * FROM audit_events WHERE id = $1", ids[-2])
        mac = trail.mac.tag(maced(dict(row) | {"classes": 0}))
        await trail.vandalise("UPDATE audit_events SET classes = 0, mac = $2 WHERE id = $1", ids[-2], mac)
        fault = (await trail.verdict()).fault
        assert fault is not None
        assert (fault.kind, fault.seal) == (FaultKind.exchanged, 2)
        assert (fault.event_id, fault.until) == (ids[-3], ids[-1])
        assert f"{ids[-3]} to {ids[-1]}" in fault.sentence

    async def test_how_long_rows_have_no_seal_is_told(self, trail: Trail) -> None:
        began = trail.world.clock.now
        assert (await trail.verdict()).unsealed_since == began
        await trail.seal()
        assert (await trail.verdict()).unsealed_since is None

    async def test_a_reordered_seal_names_the_row_out_of_place(self, trail: Trail) -> None:
        await trail.seal()
        ids = await trail.ids()
        swapped = [ids[0], ids[2], ids[1], *ids[3:]]
        await trail.damage_seals("event_ids = $2", swapped)
        fault = (await trail.verdict()).fault
        assert fault is not None
        assert (fault.kind, fault.seal, fault.event_id) == (FaultKind.reordered, 1, ids[1])

    async def test_a_row_dropped_from_its_seal_too_breaks_the_seal(self, trail: Trail) -> None:
        await trail.seal()
        victim = (await trail.ids())[6]
        await trail.vandalise("DELETE FROM audit_events WHERE id = $1", victim)
        await trail.damage_seals("event_ids = array_remove(event_ids, $2), events = events - 1", victim)
        fault = (await trail.verdict()).fault
        assert fault is not None
        assert (fault.kind, fault.seal) == (FaultKind.seal_altered, 1)

    @pytest.mark.parametrize(
        "change", ["root = sha256(root)", "previous = root", "sealed_at = now()", "mac = sha256(mac)"]
    )
    async def test_an_altered_seal_is_named(self, trail: Trail, change: str) -> None:
        await trail.seal()
        await trail.write(2)
        await trail.seal()
        await trail.damage_seals(change, number=2)
        fault = (await trail.verdict()).fault
        assert fault is not None
        assert (fault.kind, fault.seal) == (FaultKind.seal_altered, 2)

    async def test_a_missing_seal_is_named(self, trail: Trail) -> None:
        for _ in range(3):
            await trail.seal()
            await trail.write(2)
        await trail.lose_seal(2)
        fault = (await trail.verdict()).fault
        assert fault is not None
        assert (fault.kind, fault.seal) == (FaultKind.seal_missing, 2)


class TestWitness:
    async def test_a_longer_trail_extends_every_checkpoint_taken_of_it(self, trail: Trail) -> None:
        kept = []
        for _ in range(3):
            await trail.seal()
            kept.append(await trail.checkpoint())
            await trail.write(2)
        lines = "\n".join(each.as_text(trail.signer) for each in kept)
        assert read_checkpoints(lines, trail.signer) == {trail.incident_id: kept}
        assert (await trail.verdict(*kept)).holds

    async def test_a_trail_cut_off_at_its_end_is_found_by_the_witness(self, trail: Trail) -> None:
        await trail.seal()
        early = await trail.checkpoint()
        lost = await trail.write(5)
        await trail.seal()
        kept = await trail.checkpoint()
        await trail.vandalise("DELETE FROM audit_events WHERE id = ANY($1)", lost)
        await trail.lose_seal(2)
        assert (await trail.verdict()).holds  # nobody can tell from the shorter trail alone
        assert (await trail.verdict(early)).holds
        fault = (await trail.verdict(early, kept)).fault
        assert fault is not None
        # After the last row that is left.
        last = (await trail.ids())[-1]
        assert (fault.kind, fault.seal, fault.event_id, fault.is_after) == (FaultKind.rolled_back, 2, last, True)
        assert f"after the audit row {last}" in fault.sentence

    async def test_a_trail_that_was_cut_off_and_sealed_again_is_found(self, trail: Trail) -> None:
        await trail.seal()
        lost = await trail.write(5)
        await trail.seal()
        kept = await trail.checkpoint()
        await trail.lose_seal(2)
        await trail.vandalise("DELETE FROM audit_events WHERE id = $1", lost[2])
        assert await trail.seal() == 4
        assert (await trail.verdict()).holds
        fault = (await trail.verdict(kept)).fault
        assert fault is not None
        # From the first row of the first seal that is another one.
        low = min({*lost} - {lost[2]})  # ids of one millisecond come in any order
        assert (fault.kind, fault.seal, fault.event_id, fault.is_after) == (FaultKind.rolled_back, 2, low, False)
        assert f"from the audit row {low}" in fault.sentence

    async def test_whoever_has_the_audit_key_cannot_rewrite_what_was_witnessed(self, trail: Trail) -> None:
        await trail.seal()
        early = await trail.checkpoint()
        victim = (await trail.ids())[3]
        (row,) = await trail.world.fetch("SELECT * FROM audit_events WHERE id = $1", victim)
        forged = dict(row) | {"classes": 0}
        await trail.vandalise(
            "UPDATE audit_events SET classes = 0, mac = $2 WHERE id = $1", victim, trail.mac.tag(maced(forged))
        )
        await trail.lose_seal(1)
        await trail.seal()
        late = await trail.checkpoint()
        assert (await trail.verdict()).holds  # every row and seal is genuine
        assert (await trail.verdict(late)).holds
        # A witness who kept only the newest line would be deceived; one who kept them all is not.
        fault = (await trail.verdict(late, early)).fault
        assert fault is not None
        assert (fault.kind, fault.seal) == (FaultKind.rolled_back, 1)
        assert fault.event_id == (await trail.ids())[0]

    async def test_an_emptied_trail_is_found(self, trail: Trail) -> None:
        await trail.seal()
        kept = await trail.checkpoint()
        await trail.vandalise("DELETE FROM audit_events WHERE incident_id = $1", trail.incident_id)
        await trail.lose_seal(1)
        fault = (await trail.verdict(kept)).fault
        assert fault is not None
        assert (fault.kind, fault.seal) == (FaultKind.rolled_back, 1)

    @pytest.mark.parametrize(
        "change", ['"seal":1', '"digest":"', '"incident":"', '"sealed_at":"', '"public_key":"', '"signature":"']
    )
    async def test_an_altered_line_is_not_believed(self, trail: Trail, change: str) -> None:
        await trail.seal()
        line = (await trail.checkpoint()).as_text(trail.signer)
        place = line.index(change) + len(change)
        changed = f"{line[:place]}{'1' if line[place] != '1' else '2'}{line[place + (not change.endswith('1')) :]}"
        assert changed != line
        with pytest.raises(AuditBroken):
            read_checkpoints(f"{line}\n{changed}\n", trail.signer)

    async def test_a_line_that_another_system_signed_is_not_believed(self, trail: Trail, tmp_path: Path) -> None:
        await trail.seal()
        FileRoot.create(tmp_path / "root")
        root = FileRoot(tmp_path / "root", "test")
        stranger = AuditSigner(KeyRing.open(new_key_rows(root), root))
        line = (await trail.checkpoint()).as_text(stranger)
        assert Checkpoint.from_text(line, stranger)
        with pytest.raises(AuditBroken):
            Checkpoint.from_text(line, trail.signer)

    async def test_whoever_holds_the_public_key_can_check_a_line(self, trail: Trail) -> None:
        await trail.seal()
        said = json.loads((await trail.checkpoint()).as_text(trail.signer))
        signature = bytes.fromhex(said.pop("signature"))
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(said["public_key"]))
        key.verify(signature, json.dumps(said, separators=(",", ":")).encode())

    @pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"format": "other"}'])
    async def test_what_is_no_checkpoint_is_refused(self, trail: Trail, text: str) -> None:
        with pytest.raises(AuditBroken):
            read_checkpoints(text, trail.signer)
