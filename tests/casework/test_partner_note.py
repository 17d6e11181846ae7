"""A partner's own notes: written on what it accepted, sealed, and of that organisation alone (domain invariant 6)."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from fac.db.claims import Claims, Login
from fac.db.places import SEALED, emptying
from tests.caseloads import assert_nothing_personal, audit_of, raw
from tests.referring import SUPERVISOR, Referred, accepted, fac_family, sent
from tests.world import World

SAID = "Zyxmarker told the counsellor only"
HOST = ("fac_intake", "fac_manager", SUPERVISOR, "privacy_officer", "auditor", "administrator", "system", "liaison")
OTHERS = ("counseling_administrator", "lawyer", "stranger", "fund", "funder")
ASKED = """
query($referral: ID!, $note: ID!) {
  referral(id: $referral) { id partnerNotes { totalCount nodes { id body } } }
  partnerNote(id: $note) { id body }
}
"""


async def write(referral: Referred, hat: str = "counselor", **given: Any) -> Any:
    return await referral.world[hat].do("WritePartnerNote", referralId=referral.id, **({"body": SAID} | given))


async def seen(referral: Referred, note_id: str, hat: str) -> tuple[Any, Any]:
    """Return what a hat is shown of the note: under the referral, and asked for by its id."""
    body = await referral.world[hat].ask(ASKED, referral=referral.id, note=note_id)
    assert SAID not in str(body.get("errors"))
    under = (body["data"] or {}).get("referral")
    return under and under["partnerNotes"], (body["data"] or {}).get("partnerNote")


class TestWritePartnerNote:
    @pytest.mark.parametrize("hat", [*OTHERS, "intake", "navigator"])
    async def test_who_does_not_see_the_referral_finds_none(self, world: World, hat: str) -> None:
        payload = await write(await accepted(world), hat)
        assert payload["code"] in ("not_found", "not_permitted")
        assert payload["code"] == "not_found" or hat == "counseling_administrator"
        assert_nothing_personal(payload)
        assert await world.fetch("SELECT 1 FROM partner_notes") == []

    @pytest.mark.parametrize("hat", ["fac_manager", SUPERVISOR])
    async def test_the_host_writes_none(self, world: World, hat: str) -> None:
        assert (await write(await accepted(world), hat))["code"] in ("not_found", "not_permitted")

    async def test_not_before_the_referral_was_accepted(self, world: World) -> None:
        payload = await write(await sent(world))
        assert (payload["__typename"], payload["state"]) == ("InvalidTransition", "sent")

    @pytest.mark.parametrize(("body", "problem"), [("", "required"), (" \n", "required"), ("x" * 16_001, "too_long")])
    async def test_it_says_something_and_not_a_book(self, world: World, body: str, problem: str) -> None:
        payload = await write(await accepted(world), body=body)
        assert [(each["path"], each["problem"]) for each in payload["problems"]] == [("body", problem)]

    async def test_the_partners_workers_read_it_and_nobody_else_learns_of_it(self, world: World) -> None:
        referral = await accepted(world)
        note_id = (await write(referral))["partnerNote"]["id"]
        listed, alone = await seen(referral, note_id, "counselor")
        assert listed == {"totalCount": 1, "nodes": [{"id": note_id, "body": SAID}]}
        assert alone == {"id": note_id, "body": SAID}
        for hat in (*HOST, *OTHERS):
            listed, alone = await seen(referral, note_id, hat)
            assert (listed or {"totalCount": 0})["totalCount"] == 0, hat
            assert alone is None, hat

    async def test_it_stays_the_partners_when_the_service_has_ended_and_the_release_with_it(self, world: World) -> None:
        referral = await accepted(world)
        note_id = (await write(referral))["partnerNote"]["id"]
        for document, given in (("StartReferral", {}), ("CompleteReferral", {"outcome": "service_completed"})):
            await referral.step(document, **given)
        assert (await write(referral))["__typename"] == "PartnerNoteWritten"
        await world.fetch("UPDATE releases SET revoked_at = now(), revoked_by = recorded_by WHERE revoked_at IS NULL")
        assert (await seen(referral, note_id, "counselor"))[1]["body"] == SAID

    async def test_a_wall_against_the_writer_wins(self, world: World) -> None:
        referral = await accepted(world)
        note_id = (await write(referral))["partnerNote"]["id"]
        raised = await world[SUPERVISOR].do(
            "RaiseConflictWall", caseId=referral.family.case_id, reason="other",
            membershipId=world.id("Membership", world["counselor"].membership_id),
        )  # fmt: skip
        assert raised["__typename"] == "ConflictWallRaised", raised
        assert await seen(referral, note_id, "counselor") == (None, None)
        assert (await write(referral))["code"] == "not_found"

    async def test_sent_again_it_is_one_note_and_one_audit_row_without_a_word(self, world: World) -> None:
        referral, key = await accepted(world), str(uuid4())
        first, second = [await write(referral, clientMutationId=key) for _ in range(2)]
        assert first == second
        (row,) = await audit_of(world, "partner_note.written", first["partnerNote"]["id"])
        assert row["subjects"] == [raw(referral.family.case_id)]
        assert SAID not in str(dict(row))


class TestSecondWall:
    async def of(self, world: World, login: Login, sql: str, organization: UUID | None = None) -> Any:
        claims = Claims(
            login, incident=world.incident_id, membership=world["counselor"].membership_id, organization=organization
        )
        async with world.parts.database.transaction(claims) as connection:
            return await connection.fetch(sql)

    async def test_a_forgotten_where_shows_an_organisation_its_own(self, world: World) -> None:
        await write(await accepted(world))
        written = "SELECT DISTINCT organization_id FROM partner_notes"
        mine, others = world.organizations["counseling"], world.organizations["legal_aid"]
        assert [row[0] for row in await self.of(world, Login.partner, written, mine)] == [mine]
        assert await self.of(world, Login.partner, written, others) == []
        assert await self.of(world, Login.partner, written) == []

    @pytest.mark.parametrize("login", [Login.staff, Login.worker, Login.report, Login.portal])
    @pytest.mark.parametrize("column", ["body", "organization_id", "written_by", "referral_id"])
    async def test_the_hosts_logins_have_no_way_to_the_words(self, world: World, login: Login, column: str) -> None:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await self.of(world, login, f"SELECT {column} FROM partner_notes")  # noqa: S608  # our own words

    async def test_staff_empty_what_they_cannot_read(self, world: World) -> None:
        """Erasing the words of a family erases these too."""
        referral = await accepted(world, await fac_family(world))
        note_id = (await write(referral))["partnerNote"]["id"]
        (place,) = [each for each in SEALED if each.table.name == "partner_notes"]
        claims = Claims(Login.staff, incident=world.incident_id, membership=world[SUPERVISOR].membership_id)
        async with world.parts.database.transaction(claims) as connection:
            gone = {"of_incident": world.incident_id, "subjects": [raw(referral.family.case_id)]}
            assert await emptying(place).run(connection, **gone) == 1
        assert [bytes(row[0]) for row in await world.fetch(
            "SELECT body FROM partner_notes WHERE id = $1", raw(note_id)
        )] == [b""]  # fmt: skip
