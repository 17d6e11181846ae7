"""The demonstration, loaded small: every state occurs, all of it through the verbs, and nothing twice."""

import asyncio
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
import pytest
import pytest_asyncio

from fac import app, demo
from fac.api.context import Parts
from fac.crypto.root import FileRoot
from fac.db.engine import Pool
from fac.demo.loading import incident_name
from fac.demo.markers import MARKERS
from fac.demo.partners import partners
from fac.domain.vocabulary import ConcernStatus, FollowUpStatus, HandoffStatus, ReferralStatus, Role
from tests.world import Hat, first_keys, open_database

HOUSEHOLDS = 60


def quiet(_what: str, _done: int, _total: int) -> None:
    """Show no progress."""


class Loaded:
    """A loaded demonstration and a way to look at it."""

    def __init__(
        self, parts: Parts, actors: list[dict[str, str | None]], http: httpx.AsyncClient, beneath: Pool
    ) -> None:
        self.parts, self.actors, self.http, self.beneath = parts, actors, http, beneath

    async def rows(self, sql: str, *given: Any) -> list[Any]:
        async with self.beneath.connection() as connection:
            return await connection.fetch(sql, *given)

    async def words(self, sql: str) -> set[str]:
        return {each[0] for each in await self.rows(sql)}

    def hat(self, role: Role, center: str | None = None) -> Hat:
        found = next(each for each in self.actors if each["role"] == role and center in (None, each["center"]))
        return Hat(self, role, role, None, None, found["token"])  # type: ignore[arg-type]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def loaded(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Loaded]:
    """Sixty families in a real incident, and the same in an exercise."""
    root = tmp_path_factory.mktemp("keys") / "root.keys"
    FileRoot.create(root)
    beneath = await Pool.open(database_url, size=2)
    database = await open_database(database_url)
    try:
        ring = await first_keys(database_url, FileRoot(root, "demo"))
        parts = app.make_parts(database, ring, free_documents=True)
        assert not await demo.is_loaded(parts)
        actors = await demo.load(parts, incidents=2, households=HOUSEHOLDS, progress=quiet, secret=b"s" * 32)
        transport = httpx.ASGITransport(app=app.make_application(parts))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            yield Loaded(parts, actors, http, beneath)
    finally:
        await database.close()
        await beneath.close()


class TestStage:
    async def test_three_centers_and_forty_partners(self, loaded: Loaded) -> None:
        assert len(partners()) == 40
        centers = await loaded.rows("SELECT incident_id, count(*) FROM centers GROUP BY 1")
        assert [each["count"] for each in centers] == [3, 3]
        assert await loaded.words("SELECT DISTINCT name FROM organizations") >= {each.name for each in partners()}

    async def test_some_agreements_have_expired_and_one_partner_has_none(self, loaded: Loaded) -> None:
        past = await loaded.rows("SELECT count(*) FROM agreements WHERE expires_on <= current_date")
        assert past[0][0] == 2 * sum(each.agreement == "expired" for each in partners()) > 0
        assert sum(each.agreement == "none" for each in partners()) == 1

    async def test_the_second_incident_is_an_exercise_and_shares_no_row(self, loaded: Loaded) -> None:
        found = await loaded.rows("SELECT name, is_exercise FROM incidents ORDER BY is_exercise")
        assert [tuple(each) for each in found] == [(incident_name(0), False), (incident_name(1), True)]
        shared = await loaded.rows(
            "SELECT 1 FROM cases a JOIN cases b ON a.id = b.id AND a.incident_id <> b.incident_id"
        )
        assert shared == []

    async def test_numbers_that_ring_nowhere_and_mail_that_arrives_nowhere(self, loaded: Loaded) -> None:
        contacts = await loaded.rows("SELECT phone, email FROM organization_contacts")
        assert all(each["phone"][-7:-2] == "55501" and each["email"].endswith("@example.org") for each in contacts)


class TestStories:
    @pytest.mark.parametrize(
        ("table", "words"),
        [
            ("referrals", ReferralStatus),
            ("handoffs", HandoffStatus),
            ("follow_ups", FollowUpStatus),
            ("persons_of_concern", ConcernStatus),
        ],
    )
    async def test_every_state_occurs(self, loaded: Loaded, table: str, words: Any) -> None:
        sql = f"SELECT DISTINCT status FROM {table}"  # noqa: S608  # one of the three above
        assert await loaded.words(sql) == set(words)

    async def test_releases_in_force_revoked_and_expired(self, loaded: Loaded) -> None:
        found = await loaded.rows(
            "SELECT DISTINCT revoked_at IS NOT NULL AS revoked, expires_at <= now() AS over FROM releases"
        )
        assert {(each["revoked"], each["over"]) for each in found} >= {(False, False), (True, False), (False, True)}

    async def test_a_minor_s_release_is_signed_by_two(self, loaded: Loaded) -> None:
        signed = await loaded.rows(
            "SELECT array_agg(s.capacity ORDER BY s.capacity DESC) FROM releases r"
            " JOIN persons p ON p.incident_id = r.incident_id AND p.id = r.person_id"
            " JOIN release_signatories s ON s.incident_id = r.incident_id AND s.release_id = r.id"
            " WHERE p.age_band IN ('age_0_12', 'age_13_17') GROUP BY r.incident_id, r.id"
        )
        assert signed
        assert all(each[0] == ["self", "guardian"] for each in signed)

    async def test_glass_was_broken_and_one_breaking_awaits_its_review(self, loaded: Loaded) -> None:
        found = await loaded.rows("SELECT kind, status, finding FROM reviews ORDER BY incident_id, status")
        once = [("glass_broken", "concluded", "justified"), ("glass_broken", "open", None)]
        assert [tuple(each) for each in found] == once * 2
        assert len(await loaded.rows("SELECT 1 FROM conflict_walls WHERE lifted_at IS NULL")) == 2

    async def test_somebody_looked_families_up_at_night_and_read_nothing_of_them(self, loaded: Loaded) -> None:
        now = loaded.parts.clock()
        given = {"since": (now - timedelta(days=5)).isoformat(), "until": now.isoformat()}
        answer = await loaded.hat(Role.privacy_officer).run("UnusualAccess", **given)
        found = {(each["rule"], each["membershipId"]) for each in answer["unusualAccess"]["nodes"]}
        assert {rule for rule, _ in found} == {"off_hours", "searches_not_followed"}
        assert len({hat for _, hat in found}) == 1

    async def test_assistance_over_three_quarters(self, loaded: Loaded) -> None:
        found = await loaded.rows(
            "SELECT count(DISTINCT date_trunc('quarter', delivered_on)), max(delivered_on) <= current_date"
            " FROM assistances"
        )
        assert found[0][0] >= 3
        assert found[0][1]

    async def test_overdue_follow_ups_notes_restricted_persons_responders_and_calls(self, loaded: Loaded) -> None:
        for sql in (
            "SELECT 1 FROM follow_ups WHERE status = 'due' AND due_on < current_date",
            "SELECT 1 FROM follow_ups WHERE status = 'due' AND due_on > current_date",
            "SELECT 1 FROM notes WHERE kind = 'clergy_privileged'",
            "SELECT 1 FROM partner_notes",
            "SELECT 1 FROM relationships WHERE is_restricted",
            "SELECT 1 FROM involvements WHERE role = 'first_responder' AND agency_organization_id IS NOT NULL",
            "SELECT 1 FROM anonymous_contacts",
            "SELECT 1 FROM duplicate_suspicions",
            "SELECT 1 FROM cases WHERE status = 'paused'",
            "SELECT 1 FROM cases WHERE status = 'closed'",
            "SELECT 1 FROM referrals WHERE status = 'sent' AND due_at < now()",
            "SELECT 1 FROM identifications WHERE status = 'identity_pending'",
            "SELECT 1 FROM death_notifications",
            "SELECT 1 FROM reunification_confirmations",
            "SELECT 1 FROM disclosures WHERE basis = 'court_order'",
            "SELECT 1 FROM releases WHERE substance_use_contents IS NOT NULL",
            "SELECT 1 FROM needs WHERE code = 'substance_use' AND status <> 'identified'",
        ):
            assert await loaded.rows(sql), sql

    async def test_every_open_case_has_one_accountable_worker(self, loaded: Loaded) -> None:
        wrong = await loaded.rows(
            "SELECT c.id FROM cases c LEFT JOIN case_assignments a ON a.incident_id = c.incident_id"
            " AND a.case_id = c.id AND a.ended_at IS NULL GROUP BY c.incident_id, c.id, c.responsible_id"
            " HAVING array_agg(a.membership_id) <> ARRAY[c.responsible_id]"
        )
        assert wrong == []

    async def test_nothing_happened_after_the_present_or_before_the_incident(self, loaded: Loaded) -> None:
        span = await loaded.rows(
            "SELECT max(at) <= now() + interval '1 minute', min(at) > now() - interval '270 days' FROM audit_events"
        )
        assert tuple(span[0]) == (True, True)

    async def test_every_act_was_audited_as_its_actor_s(self, loaded: Loaded) -> None:
        told = await loaded.words("SELECT DISTINCT event FROM audit_events")
        assert told >= {
            "incident.opened", "membership.granted", "intake.recorded", "referral.sent", "referral.accepted",
            "referral.expired", "handoff.accepted", "handoff.expired", "release.revoked", "case.closed", "note.written",
        }  # fmt: skip
        unaudited = await loaded.rows(
            "SELECT 1 FROM referral_steps s WHERE NOT EXISTS (SELECT 1 FROM audit_events e WHERE"
            " e.incident_id = s.incident_id AND e.record_id = s.referral_id AND e.membership_id = s.taken_by)"
        )
        assert unaudited == []


class TestAgain:
    async def test_a_second_load_changes_nothing(self, loaded: Loaded) -> None:
        assert await demo.is_loaded(loaded.parts)
        sql = "SELECT (SELECT count(*) FROM audit_events), (SELECT count(*) FROM cases), count(*) FROM sessions"
        before = await loaded.rows(sql)
        again = await demo.load(loaded.parts, incidents=2, households=HOUSEHOLDS, progress=quiet, secret=b"s" * 32)
        assert await loaded.rows(sql) == before
        assert again == loaded.actors

    async def test_one_that_was_cut_off_goes_on_where_it_stopped(self, loaded: Loaded) -> None:
        def cut_off(_what: str, done: int, _total: int) -> None:
            if done == HOUSEHOLDS + 3:
                raise InterruptedError

        with pytest.raises(ExceptionGroup):
            await demo.load(loaded.parts, incidents=1, households=HOUSEHOLDS + 10, progress=cut_off)
        await demo.load(loaded.parts, incidents=1, households=HOUSEHOLDS + 10, progress=quiet)
        real = await loaded.rows(
            "SELECT count(*) FROM cases c JOIN incidents i ON i.id = c.incident_id WHERE NOT is_exercise"
        )
        assert real[0][0] == HOUSEHOLDS + 10


class TestActors:
    async def test_one_of_each_role_and_several_partners(self, loaded: Loaded) -> None:
        roles = [each["role"] for each in loaded.actors]
        assert set(roles) == set(Role) - {Role.system_worker}
        assert len({each["organization"] for each in loaded.actors if each["role"] == Role.partner_user}) >= 4
        assert all(set(each) == {"role", "name", "organization", "center", "token"} for each in loaded.actors)

    async def test_each_can_sign_in(self, loaded: Loaded) -> None:
        async def viewer(actor: dict[str, str | None]) -> Any:
            hat = Hat(loaded, "", Role(actor["role"]), None, None, actor["token"])  # type: ignore[arg-type]
            return (await hat.run("Staff"))["viewer"]["role"]

        assert await asyncio.gather(*map(viewer, loaded.actors)) == [each["role"] for each in loaded.actors]

    async def test_somebody_served_is_shown_what_they_share(self, loaded: Loaded) -> None:
        served = [each for each in loaded.actors if each["role"] == Role.family_member]
        assert len(served) == 2
        for actor in served:
            hat = Hat(loaded, "", Role.family_member, None, None, actor["token"])  # type: ignore[arg-type]
            person = (await hat.run("MySharing"))["myRecord"]["person"]
            standing = {
                each["recipient"]["id"]
                for each in person["releases"]
                if each["revokedAt"] is None and datetime.fromisoformat(each["expiresAt"]) > datetime.now(UTC)
            }
            referred = {each["recipient"]["id"] for each in person["referrals"] if each["status"] == "accepted"}
            assert standing & referred

    async def test_nobody_is_referred_to_counselling_that_nobody_vouched_for(self, loaded: Loaded) -> None:
        nodes = (await loaded.hat(Role.supervisor).run("Services", category="counseling", first=100))["services"][
            "nodes"
        ]
        assert {each["lacksCredential"] for each in nodes} == {False}
        waiting = await loaded.rows(
            "SELECT incident_id FROM provider_credentials WHERE verified_at IS NULL AND revoked_at IS NULL"
        )
        assert len(waiting) == 2  # one an incident, to be verified

    async def test_another_secret_makes_other_tokens(self, loaded: Loaded) -> None:
        others = [each for each in await demo.actors(loaded.parts, b"t" * 32) if each["role"] != Role.family_member]
        assert not {each["token"] for each in others} & {each["token"] for each in loaded.actors}

    async def test_a_token_that_was_ended_is_not_handed_out_again(self, loaded: Loaded) -> None:
        ended = (await demo.actors(loaded.parts, b"u" * 32))[0]["token"]
        async with loaded.beneath.connection() as connection:
            hashed = sha256(urlsafe_b64decode(ended or "")).digest()
            await connection.execute("UPDATE sessions SET revoked_at = now() WHERE token_hash = $1", hashed)
        anew = (await demo.actors(loaded.parts, b"u" * 32))[0]["token"]
        assert anew != ended


class TestMarkers:
    async def test_the_family_s_supervisor_reads_every_one_of_them(self, loaded: Loaded) -> None:
        supervisor = loaded.hat(Role.supervisor, "Resiliency Center")
        listed = await supervisor.run("Cases", first=100)
        read = [await supervisor.run("Case", id=each["id"]) for each in listed["cases"]["nodes"]]
        reasons = await supervisor.ask("{ referrals(first: 100) { nodes { reason } } }")
        shown = f"{read} {reasons}"
        assert [mark for of in MARKERS.values() for mark in of if mark not in shown] == []

    @pytest.mark.parametrize(
        "role", [Role.report_viewer, Role.auditor, Role.privacy_officer, Role.system_administrator]
    )
    async def test_who_meets_no_family_reads_none(self, loaded: Loaded, role: Role) -> None:
        query = "{ cases(first: 100) { nodes { id persons { givenName address } } } }"
        response = await loaded.hat(role).post({"query": query})
        assert "zyxmarker" not in response.text.lower()

    async def test_no_marker_in_any_plain_column(self, loaded: Loaded) -> None:
        tables = await loaded.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        marks = [mark for of in MARKERS.values() for mark in of]
        for each in tables:
            sql = f"SELECT 1 FROM {each['tablename']} t WHERE t::text ILIKE ANY($1) LIMIT 1"  # noqa: S608  # our tables
            found = await loaded.rows(sql, [f"%{mark}%" for mark in marks])
            assert found == [], each["tablename"]
