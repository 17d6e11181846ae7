"""Erasing a person: two decide, a hold wins, nothing of the person opens or is found again, and every count stays."""

import asyncio
import json
import time
from typing import Any
from uuid import UUID, uuid4

import pytest

from fac.audit.ledger import Ledger
from fac.audit.shred_ledger import Shredding, ShredLedger
from fac.casework.unforgotten import by_incident, unforgotten
from fac.db.claims import Claims
from fac.domain.vocabulary import Role
from fac.errors import AuditUnavailable, SettingsUnsafe, ShredLedgerInvalid
from tests.caseloads import assert_nothing_personal, audit_of, carried_family, raw
from tests.families import Family, family_form, new_family
from tests.forgetting import left_of
from tests.people import somebody
from tests.referring import release_input
from tests.searching import new_search
from tests.stepping import prove
from tests.world import World, put_on_duty, together

PERSON = """
query ($id: ID!) {
  person(id: $id) {
    givenName familyName phones gender erasedAt version needs { code detail } relationships { kin }
    possibleDuplicates { grade reasons } access { visible }
  }
}
"""
COUNTED = (
    "SELECT (SELECT count(*) FROM persons), (SELECT count(*) FROM needs), (SELECT count(*) FROM relationships),"
    " (SELECT count(*) FROM assistances), (SELECT count(*) FROM notes),"
    " (SELECT md5(string_agg(gender || age_band || races::text, ',' ORDER BY id)) FROM persons)"
)


async def propose(world: World, person_id: str, hat: str = "fac_supervisor", **given: Any) -> Any:
    return await world[hat].do("ProposeErasure", **({"personId": person_id, "reason": "client_request"} | given))


async def proposed(world: World, person_id: str, hat: str = "fac_supervisor", **given: Any) -> str:
    payload = await propose(world, person_id, hat, **given)
    assert payload["__typename"] == "ErasureProposed", payload
    return str(payload["erasure"]["id"])


async def approve(world: World, erasure_id: str, hat: str = "privacy_officer", version: int = 1) -> Any:
    if hat == "privacy_officer":
        await prove(world[hat])
    return await approve_unproved(world, erasure_id, hat, version)


async def approve_unproved(world: World, erasure_id: str, hat: str = "privacy_officer", version: int = 1) -> Any:
    return await world[hat].do("ApproveErasure", erasureId=erasure_id, version=version)


async def approved_at_last(world: World, erasure_id: str) -> Any:
    """Approve, and again where writers were quicker: a lost race is a Conflict and leaves nothing half done."""
    for _ in range(5):
        payload = await approve_unproved(world, erasure_id)  # the proof is spent only by what commits
        if payload["__typename"] != "Conflict":
            break
    return payload


async def erased(world: World, person_id: str, hat: str = "fac_supervisor", **given: Any) -> None:
    payload = await approve(world, await proposed(world, person_id, hat, **given))
    assert payload["__typename"] == "ErasureCarriedOut", payload


async def signed_in(world: World, headers: dict[str, str]) -> int:
    """Return how a request with somebody's paper is answered."""
    return (await world.http.post("/graphql", json={"documentId": "MyRecord"}, headers=headers)).status_code


async def kept_against_the_ledger(world: World) -> list[UUID]:
    """Return who is known in the world though the shred ledger names them: whoever is erased at the next start."""
    lines = by_incident(world.parts.tools.shred_ledger.read()).get(world.incident_id, [])
    async with world.parts.database.transaction(Claims.of_system(world.incident_id)) as connection:
        return [line.person_id for line in await unforgotten(connection, world.incident_id, lines)]


async def looked_at(world: World, person_id: str) -> Any:
    body = await world["fac_manager"].ask(PERSON, id=person_id)
    assert "errors" not in body, body
    return body["data"]["person"]


async def told_family(world: World, tag: str) -> Family:
    """Record a family, with a note and a need of words; the mother looks like somebody already known."""
    await carried_family(world, tag=tag)
    family = await carried_family(world, tag=tag)
    payload = await world["fac_manager"].do(
        "WriteNote", caseId=family.case_id, kind="casework", body=f"Marisol{tag} asked"
    )
    assert payload["__typename"] == "NoteWritten", payload
    return family


async def notes_of(world: World, family: Family) -> list[str | None]:
    body = await world["fac_manager"].ask(
        "query ($id: ID!) { case(id: $id) { notes(first: 10) { nodes { body } } } }", id=family.case_id
    )
    assert "errors" not in body, body
    return [each["body"] for each in body["data"]["case"]["notes"]["nodes"]]


async def held(world: World, table: str, column: str, named_by: str, subject: UUID) -> set[Any]:
    """Return what a column holds of a subject."""
    rows = await world.fetch(f"SELECT {column}::text AS held FROM {table} WHERE {named_by} = $1", subject)  # noqa: S608
    return {row["held"] for row in rows}


async def postings_to(world: World, person_id: str) -> int:
    index = world.parts.tools.blind_index
    rows = await world.fetch("SELECT token, pointer FROM match_postings WHERE incident_id = $1", world.incident_id)
    found = [index.open_pointer(world.incident_id, row["token"], row["pointer"]) for row in rows]
    return found.count(raw(person_id))


class TestProposeErasure:
    @pytest.mark.parametrize("hat", ["stranger", "counselor", "funder", "auditor", "administrator", "navigator"])
    async def test_a_stranger_finds_nobody_to_propose(self, world: World, hat: str):
        family = await carried_family(world)
        payload = await propose(world, family.persons["mother"], hat)
        assert payload["__typename"] == "NotFound"
        assert_nothing_personal(payload)

    async def test_the_accountable_worker_does_not(self, world: World):
        family = await carried_family(world)
        assert (await propose(world, family.persons["mother"], "fac_manager"))["__typename"] == "NotPermitted"

    async def test_changes_nothing_yet_is_listed_and_stands_once(self, world: World):
        tag = uuid4().hex[:6]
        family = await carried_family(world, tag=tag)
        mother = family.persons["mother"]
        erasure_id = await proposed(world, mother)
        assert (await looked_at(world, mother))["givenName"] == f"Marisol{tag}"
        assert (await propose(world, mother, "privacy_officer"))["__typename"] == "Conflict"
        data = await world["privacy_officer"].run("Erasures", first=100, status="proposed")
        (row,) = [each for each in data["erasures"]["nodes"] if each["id"] == erasure_id]
        assert row["person"] == {"id": mother, "erasedAt": None}
        (event,) = await audit_of(world, "erasure.proposed", erasure_id)
        assert event["subjects"] == [raw(mother)]


class TestWithdrawErasure:
    async def test_by_those_who_propose_and_only_while_it_is_proposed(self, world: World):
        family = await carried_family(world)
        erasure_id = await proposed(world, family.persons["mother"])
        given = {"erasureId": erasure_id, "version": 1}
        assert (await world["stranger"].do("WithdrawErasure", **given))["__typename"] == "NotFound"
        assert (await world["fac_manager"].do("WithdrawErasure", **given))["__typename"] == "NotPermitted"
        assert (await world["privacy_officer"].do("WithdrawErasure", **given))["__typename"] == "ErasureWithdrawn"
        assert (await approve(world, erasure_id, version=2))["state"] == "withdrawn"
        assert (await looked_at(world, family.persons["mother"]))["erasedAt"] is None
        await proposed(world, family.persons["mother"])


class TestApproveErasure:
    @pytest.mark.parametrize("hat", ["stranger", "funder", "auditor", "administrator", "navigator", "fac_intake"])
    async def test_a_stranger_finds_no_proposal(self, world: World, hat: str):
        family = await carried_family(world)
        payload = await approve(world, await proposed(world, family.persons["mother"]), hat)
        assert payload["__typename"] == "NotFound"

    async def test_who_proposed_it_does_not_approve_it(self, world: World):
        family = await carried_family(world)
        mother = family.persons["mother"]
        assert (await approve(world, await proposed(world, mother), "fac_supervisor"))["__typename"] == "NotPermitted"
        other = await proposed(world, family.persons["father"], "privacy_officer")
        payload = await approve(world, other)
        assert payload["problems"][0]["problem"] == "own_proposal"
        assert (await looked_at(world, family.persons["father"]))["erasedAt"] is None

    async def test_costs_a_second_factor_proved_just_now_and_each_its_own(self, world: World):
        async with world.beneath.transaction() as connection:
            await put_on_duty(world, connection, "new_officer", Role.privacy_officer, "county", None)
        family, officer = await carried_family(world), world["new_officer"]
        erasure_id = await proposed(world, family.persons["mother"])
        payload = await approve(world, erasure_id, officer.name)
        assert (payload["__typename"], payload["reason"]) == ("NotPermitted", "needs_second_factor")
        await prove(officer)
        world.clock.advance(minutes=6)
        assert (await approve(world, erasure_id, officer.name))["reason"] == "needs_step_up"
        assert (await looked_at(world, family.persons["mother"]))["phones"]
        await prove(officer)
        assert (await approve(world, erasure_id, officer.name))["__typename"] == "ErasureCarriedOut"
        other = await proposed(world, family.persons["father"])
        assert (await approve(world, other, officer.name))["reason"] == "needs_step_up"

    async def test_nothing_of_the_person_is_left_and_all_is_counted_as_before(self, world: World):
        tag = uuid4().hex[:6]
        family = await told_family(world, tag)
        mother, own = family.persons["mother"], raw(family.persons["mother"])
        assert await postings_to(world, mother) > 0
        assert (await looked_at(world, mother))["possibleDuplicates"][0]["reasons"]
        before, counted = await looked_at(world, family.persons["father"]), await world.fetch(COUNTED)
        await erased(world, mother)
        assert await world.fetch(COUNTED) == counted
        assert await looked_at(world, family.persons["father"]) == before
        person = await looked_at(world, mother)
        assert person["erasedAt"]
        assert (person["givenName"], person["familyName"], person["phones"]) == (None, None, None)
        assert {each["detail"] for each in person["needs"]} == {None}
        assert {each["code"] for each in person["needs"]} == {"counseling_individual", "legal_advice"}
        assert (person["gender"], person["relationships"][0]["kin"]) == ("female", "parent")
        assert {tuple(each["reasons"]) for each in person["possibleDuplicates"]} == {()}
        assert await postings_to(world, mother) == 0
        assert await left_of(world.fetch, own, raw(family.case_id)) == []
        assert await notes_of(world, family) == [f"Marisol{tag} asked"]  # the family's; nobody asked for them
        assert await world.fetch("SELECT 1 FROM audit_events WHERE event = 'seal.unreadable'") == []

    @pytest.mark.parametrize(
        ("whose", "person"), [("daughter", "daughter"), ("daughter", "mother"), ("mother", "mother")]
    )
    async def test_ends_what_was_opened_to_somebody_served(self, world: World, whose: str, person: str):
        """Of the person erased, and of the child whose guardian that person was."""
        family = await carried_family(world)
        given = {"personId": family.persons[whose], "holderId": family.persons["mother"], "identityCheck": "photo_id"}
        paper, of_another = [
            await world["fac_supervisor"].do("GivePortalAccess", **each)
            for each in (given, {"personId": family.persons["father"], "identityCheck": "photo_id"})
        ]
        headers = [{"authorization": f"Bearer {each['token']}"} for each in (paper, of_another)]
        assert [await signed_in(world, each) for each in headers] == [200, 200]
        await erased(world, family.persons[person])
        assert [await signed_in(world, each) for each in headers] == [401, 200]
        (told,) = await audit_of(world, "portal_access.withdrawn", paper["portalAccess"]["id"])
        assert told["membership_id"] == world["privacy_officer"].membership_id
        ((access, hat),) = await world.fetch(
            "SELECT a.withdrawn_at, m.ended_at FROM portal_accesses a JOIN memberships m ON m.id = a.id"
            " WHERE a.id = $1",
            raw(paper["portalAccess"]["id"]),
        )
        assert access == hat == world.clock.now

    async def test_is_told_and_stands_in_the_ledger_before_it_commits(self, world: World):
        family = await carried_family(world)
        erasure_id = await proposed(world, family.persons["father"])
        await approve(world, erasure_id)
        (event,) = await audit_of(world, "erasure.carried_out", erasure_id)
        assert event["subjects"] == [raw(family.persons["father"])]
        line = world.parts.tools.shred_ledger.read()[-1]
        assert (line.erasure_id, line.person_id) == (raw(erasure_id), raw(family.persons["father"]))
        assert_nothing_personal((world.folder / "shred-ledger.jsonl").read_text())

    async def test_a_ledger_that_cannot_be_written_lets_nobody_be_erased(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ):
        def full(*_: Any) -> None:
            raise ShredLedgerInvalid("It is somewhere else.")

        family = await carried_family(world)
        erasure_id = await proposed(world, family.persons["mother"])
        monkeypatch.setattr(ShredLedger, "append", full)
        await prove(world["privacy_officer"])
        given = {"erasureId": erasure_id, "version": 1, "clientMutationId": str(uuid4())}
        answer = await world["privacy_officer"].post({"documentId": "ApproveErasure", "variables": {"input": given}})
        assert answer.json()["errors"][0]["extensions"]["code"] == "shred_ledger_invalid"
        monkeypatch.undo()
        assert (await looked_at(world, family.persons["mother"]))["phones"]
        assert (await approve(world, erasure_id))["__typename"] == "ErasureCarriedOut"

    async def test_one_that_cannot_be_told_leaves_no_line(self, world: World, monkeypatch: pytest.MonkeyPatch):
        async def broken(*_: Any, **__: Any) -> None:
            raise AuditUnavailable

        family = await carried_family(world)
        erasure_id = await proposed(world, family.persons["mother"])
        head = world.parts.tools.shred_ledger.head()
        await prove(world["privacy_officer"])
        monkeypatch.setattr(Ledger, "append_all", broken)
        given = {"erasureId": erasure_id, "version": 1, "clientMutationId": str(uuid4())}
        answer = await world["privacy_officer"].post({"documentId": "ApproveErasure", "variables": {"input": given}})
        assert answer.status_code == 503
        assert world.parts.tools.shred_ledger.head() == head

    async def test_one_whose_commit_failed_and_that_was_withdrawn_is_carried_out_by_no_restart(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ):
        append = ShredLedger.append

        def written_and_cut_off(ledger: ShredLedger, line: Shredding) -> None:
            append(ledger, line)
            raise ShredLedgerInvalid("The machine stood still.")

        family = await carried_family(world)
        mother, ledger = family.persons["mother"], world.parts.tools.shred_ledger
        erasure_id = await proposed(world, mother)
        await prove(world["privacy_officer"])
        monkeypatch.setattr(ShredLedger, "append", written_and_cut_off)
        given = {"erasureId": erasure_id, "version": 1, "clientMutationId": str(uuid4())}
        await world["privacy_officer"].post({"documentId": "ApproveErasure", "variables": {"input": given}})
        monkeypatch.undo()
        assert await kept_against_the_ledger(world) == [raw(mother)]
        await world["fac_supervisor"].do("WithdrawErasure", erasureId=erasure_id, version=1)
        assert (await looked_at(world, mother))["phones"]
        assert await kept_against_the_ledger(world) == []
        again = await proposed(world, mother)  # decided anew, it stands again
        await approve(world, again)
        assert [line.erasure_id for line in ledger.read() if line.person_id == raw(mother)] == [raw(again)]

    async def test_the_words_of_the_case_go_when_asked_for_and_with_the_last_person(self, world: World):
        tag = uuid4().hex[:6]
        family = await told_family(world, tag)
        await erased(world, family.persons["mother"], includesCaseWords=True)
        assert await notes_of(world, family) == [None]
        payload = await world["fac_manager"].do("WriteNote", caseId=family.case_id, kind="casework", body="goes on")
        assert payload["__typename"] == "NoteWritten"
        assert await notes_of(world, family) == ["goes on", None]
        for each in ("father", "daughter", "uncle"):
            assert "goes on" in await notes_of(world, family)
            await erased(world, family.persons[each])
        assert await notes_of(world, family) == [None, None]

    async def test_a_search_goes_on_without_who_reported_it_and_its_own_key_goes_with_the_words_of_the_case(
        self, world: World
    ):
        family = await new_family(world)
        search = await new_search(world, family)
        keyed = "SELECT 1 FROM data_keys WHERE subject_id = $1", raw(search.id)
        await erased(world, family.persons["mother"], "reunification_supervisor")  # who reported it
        assert (await search.seen_by("intake"))["givenName"] == "Evaristo"
        assert await world.fetch(*keyed)
        await erased(world, family.persons["father"], "reunification_supervisor", includesCaseWords=True)
        assert await world.fetch(*keyed) == []
        assert await held(world, "persons_of_concern", "identity", "id", raw(search.id)) == {"\\x"}
        assert (await search.seen_by("intake"))["givenName"] is None

    async def test_nothing_is_sealed_about_the_person_again(self, world: World):
        family = await carried_family(world)
        uncle = family.persons["uncle"]
        await erased(world, uncle)
        given = {"personId": uncle, "code": "legal_advice", "horizon": "ongoing"}
        answers = [
            await world["fac_manager"].do("AddNeed", **given, detail="his words"),
            await world["fac_manager"].do("UpdatePerson", personId=uncle, version=2, givenName="Again"),
            await propose(world, uncle),
        ]
        assert [each.get("state") for each in answers] == ["erased"] * 3

    async def test_a_family_just_like_it_is_new(self, world: World):
        tag = uuid4().hex[:6]
        family = await carried_family(world, tag=tag)
        again = family_form(tag)
        for each in family.persons.values():
            await erased(world, each)
        payload = await world["fac_intake"].do("RecordIntake", **again)
        assert payload["__typename"] == "IntakeRecorded"
        gone = [raw(each) for each in family.persons.values()]
        looked = "SELECT 1 FROM duplicate_suspicions WHERE other_person_id = ANY($1) AND person_id = ANY($2)"
        fresh = [raw(each["id"]) for each in payload["persons"]]
        assert await world.fetch(looked, gone, fresh) == []

    async def test_of_many_at_once_one_is_carried_out(self, world: World):
        family = await carried_family(world)
        erasure_id = await proposed(world, family.persons["mother"])
        await prove(world["privacy_officer"])
        answers = await together(4, lambda _: approve_unproved(world, erasure_id))
        assert sorted(each["__typename"] for each in answers) == ["Conflict"] * 3 + ["ErasureCarriedOut"]

    async def test_writers_on_their_way_leave_nothing_readable(self, world: World):
        family = await carried_family(world)
        mother = family.persons["mother"]
        erasure_id = await proposed(world, mother)
        await prove(world["privacy_officer"])

        async def act(number: int) -> Any:
            if number == 3:
                return await approved_at_last(world, erasure_id)
            given = {"personId": mother, "code": "legal_advice", "horizon": "ongoing", "detail": f"words {number}"}
            return await world["fac_manager"].do("AddNeed", **given)

        answers = await together(8, act)
        assert answers[3]["__typename"] == "ErasureCarriedOut", answers
        assert {each["detail"] for each in (await looked_at(world, mother))["needs"]} == {None}
        left = await world.fetch("SELECT 1 FROM needs WHERE person_id = $1 AND octet_length(detail) > 0", raw(mother))
        assert left == []

    @pytest.mark.parametrize(("person", "other"), [("uncle", "mother"), ("mother", "uncle")])
    async def test_nobody_is_said_to_be_related_to_who_was_erased(self, world: World, person: str, other: str):
        family = await carried_family(world)
        await erased(world, family.persons["uncle"])
        added = await world["fac_manager"].do(
            "AddRelationship", personId=family.persons[person], otherPersonId=family.persons[other], kin="sibling",
            isLegalNextOfKin=True, nextOfKinEvidence="birth certificate",
        )  # fmt: skip
        assert (added["__typename"], added.get("state")) == ("InvalidTransition", "erased")
        assert await left_of(world.fetch, raw(family.persons["uncle"]), raw(family.case_id)) == []

    async def test_who_was_erased_signs_nothing_and_nothing_is_released_of_them(self, world: World):
        family = await carried_family(world)
        await erased(world, family.persons["daughter"])
        given = release_input(world, family, "daughter")
        answer = await world["fac_supervisor"].do("GiveRelease", **given)
        assert (answer["__typename"], answer.get("state")) == ("InvalidTransition", "erased")
        signed = {"personId": family.persons["daughter"], "capacity": "self", "signedOn": str(world.clock.now.date())}
        answer = await world["fac_supervisor"].do(
            "GiveRelease", **release_input(world, family, "mother", signatories=[signed])
        )
        assert [(each["path"], each["problem"]) for each in answer["problems"]] == [
            ("signatories.0.personId", "unknown_person")
        ]

    async def test_an_intake_on_its_way_suspects_nobody_who_is_erased_meanwhile(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ):
        told = somebody()
        taken_in = await world["fac_intake"].do("RecordIntake", language="en", persons=[told])
        person_id = taken_in["persons"][0]["id"]
        erasure_id = await proposed(world, person_id)
        await prove(world["privacy_officer"])
        begun, append = asyncio.Event(), ShredLedger.append
        loop = asyncio.get_running_loop()

        def slow(ledger: ShredLedger, line: Any) -> None:
            loop.call_soon_threadsafe(begun.set)
            time.sleep(1)  # everything is emptied, nothing is committed: who is compared now still opens
            append(ledger, line)

        async def again() -> Any:
            await asyncio.wait_for(begun.wait(), 20)
            return await world["fac_intake"].do("RecordIntake", language="en", persons=[told | {"ref": "q"}])

        monkeypatch.setattr(ShredLedger, "append", slow)
        approved, recorded = await asyncio.gather(approve_unproved(world, erasure_id), again())
        assert (approved["__typename"], recorded["__typename"]) == ("ErasureCarriedOut", "IntakeRecorded")
        assert await left_of(world.fetch, raw(person_id), raw(taken_in["case"]["id"])) == []


class TestShredLedger:
    async def test_names_what_was_altered_cut_off_or_torn(self, world: World):
        family = await carried_family(world)
        await erased(world, family.persons["mother"])
        ledger, path = world.parts.tools.shred_ledger, world.folder / "shred-ledger.jsonl"
        head, whole = ledger.head(), path.read_text()
        last = whole.splitlines()[-1]
        try:
            path.write_text(whole.replace(last, json.dumps(json.loads(last) | {"person": str(uuid4())})))
            with pytest.raises(ShredLedgerInvalid):
                ledger.read()
            path.write_text(whole.removesuffix(last + "\n"))
            with pytest.raises(ShredLedgerInvalid):
                ledger.continues(head)
            path.write_text(whole + last[:20])  # cut while it was written: its erasure never committed
            assert ledger.head() == head
            await erased(world, family.persons["father"])
            ledger.continues(head)
            assert ledger.read()[-1].person_id == raw(family.persons["father"])
        finally:
            path.write_text(whole)

    def test_without_a_file_nobody_is_erased(self, world: World):
        with pytest.raises(SettingsUnsafe):
            ShredLedger(None, world.parts.tools.mac).read()


class TestPlaceLegalHold:
    @pytest.mark.parametrize("hat", ["stranger", "counselor", "funder", "auditor", "administrator", "navigator"])
    async def test_a_stranger_finds_nobody_to_hold(self, world: World, hat: str):
        family = await carried_family(world)
        payload = await world[hat].do("PlaceLegalHold", caseId=family.case_id, reason="litigation")
        assert payload["__typename"] == "NotFound"

    async def test_names_either_a_person_or_a_case(self, world: World):
        family = await carried_family(world)
        for given in ({}, {"personId": family.persons["mother"], "caseId": family.case_id}):
            payload = await world["fac_supervisor"].do("PlaceLegalHold", reason="litigation", **given)
            assert payload["problems"][0]["problem"] == "one_of_both"

    @pytest.mark.parametrize("hat", ["fac_supervisor", "privacy_officer"])
    @pytest.mark.parametrize("of", ["person", "case"])
    async def test_wins_over_an_erasure_that_was_proposed_before(self, world: World, hat: str, of: str):
        family = await carried_family(world)
        mother = family.persons["mother"]
        erasure_id = await proposed(world, mother)
        given = {"personId": mother} if of == "person" else {"caseId": family.case_id}
        payload = await world[hat].do("PlaceLegalHold", reason="litigation", **given)
        assert payload["__typename"] == "LegalHoldPlaced", payload
        assert (await world[hat].do("PlaceLegalHold", reason="audit", **given))["__typename"] == "Conflict"
        assert (await approve(world, erasure_id))["state"] == "on_hold"
        assert (await looked_at(world, mother))["phones"]
        if of == "person":
            await erased(world, family.persons["father"])
            blocked = await proposed(world, family.persons["uncle"], includesCaseWords=True)
            assert (await approve(world, blocked))["state"] == "on_hold"
        hold_id = payload["legalHold"]["id"]
        listed = (await world["privacy_officer"].run("LegalHolds", first=100))["legalHolds"]["nodes"]
        assert hold_id in {each["id"] for each in listed}
        (event,) = await audit_of(world, "legal_hold.placed", hold_id)
        assert event["membership_id"] == world[hat].membership_id


class TestLiftLegalHold:
    async def test_lets_the_erasure_go_on(self, world: World):
        family = await carried_family(world)
        mother = family.persons["mother"]
        erasure_id = await proposed(world, mother)
        placed = await world["privacy_officer"].do("PlaceLegalHold", reason="records_request", personId=mother)
        given = {"legalHoldId": placed["legalHold"]["id"], "version": 1}
        assert (await world["stranger"].do("LiftLegalHold", **given))["__typename"] == "NotFound"
        assert (await world["fac_manager"].do("LiftLegalHold", **given))["__typename"] == "NotPermitted"
        assert (await world["fac_supervisor"].do("LiftLegalHold", **given))["__typename"] == "LegalHoldLifted"
        again = await world["fac_supervisor"].do("LiftLegalHold", **(given | {"version": 2}))
        assert again["state"] == "lifted"
        assert (await approve(world, erasure_id))["__typename"] == "ErasureCarriedOut"
