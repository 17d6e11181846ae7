"""A process holds the keys its roles need, and cannot open what they may not."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from fac import app
from fac.access.login import SignIn
from fac.access.policy import Policy, load
from fac.access.served import classes_served, finds_persons
from fac.crypto.blind_index import BlindIndex
from fac.crypto.envelope import Binding, Vault
from fac.crypto.keys import KeyRing, new_key_rows
from fac.crypto.root import FileRoot
from fac.domain.vocabulary import SEALED_CLASSES, InfoClass, Role
from fac.errors import KeyUnavailable, NotSignedIn
from fac.resources import policies_dir
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
        assert classes_served(policy, [Role.privacy_officer]) == {InfoClass.narrative, InfoClass.identity}
        assert finds_persons(policy, [Role.privacy_officer])

    def test_a_partner_needs_the_classes_of_what_is_referred_and_finds_nobody(self, policy: Policy) -> None:
        assert classes_served(policy, [Role.partner_user]) >= {InfoClass.identity, InfoClass.contact}
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
