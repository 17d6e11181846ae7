"""A process holds the keys its roles need, and cannot open what they may not."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from fac import app
from fac.access.login import SignIn
from fac.access.policy import Policy, load
from fac.access.served import classes_served, finds_persons
from fac.crypto.blind_index import BlindIndex
from fac.crypto.columns import CLASS_AT
from fac.crypto.envelope import Binding, Vault, WrappedKey
from fac.crypto.keys import KeyRing, new_key_rows
from fac.crypto.root import FileRoot
from fac.db.claims import Claims, Login
from fac.db.places import SEALED
from fac.domain.vocabulary import SEALED_CLASSES, InfoClass, NoteKind, Role
from fac.errors import KeyUnavailable, NotSignedIn
from fac.resources import policies_dir
from tests.caseloads import raw
from tests.referring import accepted, fac_family, released
from tests.world import World

BYSTANDERS = [Role.report_viewer, Role.auditor, Role.system_administrator, Role.system_worker]
STAFF = [Role.intake_worker, Role.case_manager, Role.supervisor]


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load(policies_dir())


@pytest.fixture
def rings(tmp_path: Path) -> dict[str, KeyRing]:
    """The ring of a process for each kind of reader, all over one set of keys."""
    FileRoot.create(tmp_path / "root")
    root = FileRoot(tmp_path / "root", "test")
    rows = new_key_rows(root)
    purposes = {
        "staff": app.purposes_to_serve(STAFF),
        "partner": app.purposes_to_serve([Role.partner_user]),
        "funder": app.purposes_to_serve([Role.report_viewer]),
        "nothing personal": app.NOTHING_PERSONAL,
    }
    return {name: KeyRing.open(rows, root, chosen) for name, chosen in purposes.items()}


class TestServed:
    @pytest.mark.parametrize("role", BYSTANDERS)
    def test_who_never_meets_a_family_needs_no_key(self, policy: Policy, role: Role) -> None:
        assert classes_served(policy, [role]) == frozenset()
        assert not finds_persons(policy, [role])

    def test_a_privacy_officer_reads_why_the_glass_was_broken_to_whom_one_told_and_finds_postings_to_erase(
        self, policy: Policy
    ) -> None:
        assert classes_served(policy, [Role.privacy_officer]) == {InfoClass.staff_record, InfoClass.identity}
        assert finds_persons(policy, [Role.privacy_officer])

    def test_each_kind_of_process_needs_the_classes_its_hats_read_and_no_other(self, policy: Policy) -> None:
        of_families = {InfoClass.identity, InfoClass.contact, InfoClass.clinical, InfoClass.legal, InfoClass.financial}
        written = {InfoClass.narrative, InfoClass.staff_record, InfoClass.privileged}
        assert classes_served(policy, STAFF) == of_families | written
        partner = of_families | {InfoClass.narrative, InfoClass.partner_record}
        assert classes_served(policy, [Role.partner_user]) == partner
        assert classes_served(policy, [Role.fund_administrator]) == of_families - {InfoClass.clinical, InfoClass.legal}
        assert classes_served(policy, [Role.family_member]) == {InfoClass.identity, InfoClass.contact}
        assert not finds_persons(policy, [Role.partner_user])

    def test_nobody_who_runs_the_system_also_wears_a_hat_that_reads_of_people(self, policy: Policy) -> None:
        never_worn = {Role.system_administrator, Role.family_member}  # the second is given by portal access alone
        readers = [role for role in Role if role not in never_worn and classes_served(policy, [role])]
        assert len(readers) >= 8
        kept = [role for role in readers if frozenset({Role.system_administrator, role}) in policy.separated]
        assert kept == readers

    def test_who_registers_families_finds_persons(self, policy: Policy) -> None:
        assert all(finds_persons(policy, [role]) for role in STAFF)

    @pytest.mark.parametrize("name", ["funder", "nothing personal"])
    def test_such_a_process_opens_and_seals_nothing(self, rings: dict[str, KeyRing], name: str) -> None:
        whole, bare = Vault(rings["staff"]), Vault(rings[name])
        incident, subject = uuid4(), uuid4()
        binding = Binding(incident, "persons", InfoClass.identity, uuid4(), subject)
        key = whole.new_key(InfoClass.identity, incident, subject)
        blob = whole.seal(key, binding, {"given_name": "Invented"})
        assert whole.open(key, binding, blob) == {"given_name": "Invented"}
        for attempt in (lambda: bare.open(key, binding, blob), lambda: bare.seal(key, binding, {})):
            with pytest.raises(KeyUnavailable):
                attempt()
        for info in SEALED_CLASSES:
            with pytest.raises(KeyUnavailable):
                bare.new_key(info, incident, subject)

    @pytest.mark.parametrize(
        ("name", "lacks"),
        [
            ("partner", {InfoClass.staff_record, InfoClass.privileged}),
            ("staff", {InfoClass.partner_record}),
        ],
    )  # fmt: skip
    def test_what_the_others_keep_for_themselves_such_a_process_neither_opens_nor_seals(
        self, rings: dict[str, KeyRing], name: str, lacks: set[InfoClass]
    ) -> None:
        own, other = Vault(rings[name]), Vault(rings["partner" if name == "staff" else "staff"])
        incident, subject = uuid4(), uuid4()
        for info in SEALED_CLASSES:
            if info not in lacks:
                own.new_key(info, incident, subject)
                continue
            binding = Binding(incident, "notes", info, uuid4(), subject)
            key = other.new_key(info, incident, subject)
            blob = other.seal(key, binding, {"text": "Invented"})
            with pytest.raises(KeyUnavailable):
                own.open(key, binding, blob)
            with pytest.raises(KeyUnavailable):
                own.new_key(info, incident, subject)

    def test_a_partners_process_has_no_way_into_the_index(self, rings: dict[str, KeyRing]) -> None:
        incident, custodian = uuid4(), uuid4()
        token = BlindIndex(rings["staff"]).tokens(incident, custodian, ["invented term"])[0]
        pointer = BlindIndex(rings["staff"]).seal_pointer(incident, token, uuid4())
        index = BlindIndex(rings["partner"])
        for attempt in (
            lambda: index.tokens(incident, custodian, ["invented term"]),
            lambda: index.seal_pointer(incident, token, uuid4()),
            lambda: index.open_pointer(incident, token, pointer),
        ):
            with pytest.raises(KeyUnavailable):
                attempt()


class TestWithTheWholeDatabase:
    """Whoever runs such a process, with every row and every wrapped key before them, opens what its hats may read."""

    async def test_a_process_opens_the_columns_of_its_hats(self, world: World) -> None:
        family = await fac_family(world)
        await released(world, family)
        referral = await accepted(world, family, reason="Zyxmarker of the referral")
        for kind in NoteKind:
            written = await world["fac_supervisor"].do("WriteNote", caseId=family.case_id, kind=kind, body="Zyxmarker")
            assert written["__typename"] == "NoteWritten"
        await world["counselor"].do("WritePartnerNote", referralId=referral.id, body="Zyxmarker")
        root = FileRoot(world.folder / "root.keys", "test")
        opened = {}
        for name, roles in (("staff", STAFF), ("partner", [Role.partner_user]), ("funder", [Role.report_viewer])):
            async with world.beneath.connection() as connection:
                rows = await app.held_keys(connection)
            ring = KeyRing.open(rows, root, app.purposes_to_serve(roles))
            opened[name] = {each async for each in openable(world, Vault(ring))}
        families = {"persons identity", "persons contact", "needs clinical", "referrals narrative"}
        written = {"notes staff_record", "notes clinical", "notes privileged"}
        assert opened == {
            "staff": families | written,
            # A clinical note lies under the clinical key of the case, whose row its login is not shown.
            "partner": families | {"notes clinical", "partner_notes partner_record"},
            "funder": set(),
        }

    async def test_a_partners_login_is_shown_no_key_of_what_staff_write(self, world: World) -> None:
        family = await fac_family(world)
        await released(world, family)
        referral = await accepted(world, family)
        for kind in NoteKind:
            await world["fac_supervisor"].do("WriteNote", caseId=family.case_id, kind=kind, body="Zyxmarker")
        await world["counselor"].do("WritePartnerNote", referralId=referral.id, body="Zyxmarker")
        sql = "SELECT info FROM data_keys WHERE subject_id = $1"
        under = {int(each["info"]) for each in await world.fetch(sql, raw(family.case_id))}
        written = {InfoClass.clinical.code, InfoClass.staff_record.code, InfoClass.privileged.code}
        assert under >= written | {InfoClass.partner_record.code}
        claims = Claims(
            Login.partner, incident=world.incident_id, membership=world["counselor"].membership_id,
            organization=world.organizations["counseling"],
        )  # fmt: skip
        async with world.parts.database.transaction(claims) as connection:
            shown = {int(each["info"]) for each in await connection.fetch(sql, raw(family.case_id))}
        assert shown <= {InfoClass.narrative.code, InfoClass.partner_record.code}
        assert InfoClass.partner_record.code in shown


async def openable(world: World, vault: Vault) -> AsyncIterator[str]:
    """Yield the table and class of every bundle in the database that ``vault`` opens."""
    by_code = {each.code: each for each in SEALED_CLASSES}
    for place in SEALED:
        table, column, subject = place.table.name, place.column, place.subject
        rows = await world.fetch(
            f"SELECT t.id, t.{subject} AS subject, t.{column} AS bundle, k.* FROM {table} t"  # noqa: S608  # our own
            f" JOIN data_keys k ON k.incident_id = t.incident_id AND k.subject_id = t.{subject}"
            f" AND k.info = get_byte(t.{column}, {CLASS_AT})"
        )
        for row in rows:
            info = by_code[row["info"]]
            binding = Binding(row["incident_id"], table, info, row["id"], row["subject"])
            key = WrappedKey(info, row["version"], row["epoch"], bytes(row["wrapped"]))
            with suppress(KeyUnavailable):
                vault.open(key, binding, bytes(row["bundle"]))
                yield f"{table} {info}"


class TestSignIn:
    """A session of a role that the process does not serve is no session there."""

    async def test_a_process_for_partners_knows_no_supervisor(self, world: World) -> None:
        partners_only = SignIn([Role.partner_user])
        everybody = SignIn()
        async with world.parts.database.own_transaction(world.incident_id) as connection:
            for hat, served in (("counselor", True), ("fac_supervisor", False)):
                token, now = world[hat].token, datetime.now(UTC)
                assert (await everybody.find(connection, token, now)).incident_id == world.incident_id
                if served:
                    assert (await partners_only.find(connection, token, now)).role is Role.partner_user
                else:
                    with pytest.raises(NotSignedIn):
                        await partners_only.find(connection, token, now)
