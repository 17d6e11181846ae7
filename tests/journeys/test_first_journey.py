"""One family from the reunification center to the resiliency center, over HTTP, with the shipped documents only.

Intake worker, supervisors, case managers, two partners and a funder each do their part. After every step strangers ask
for what was just made, and get what they would get for something that never was.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from fac.domain.ids import new_id
from tests.caseloads import assert_always_one_accountable, center_id, hat_id
from tests.families import Family, family_form
from tests.world import World, open_world

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Words of the family that no stranger may ever be answered.
MARKERS = ("Quintanaroo", "Marisol", "Anselm", "Noemi", "Teobaldo", "Cedar Street", "cannot sleep", "marisol")
STRANGERS = ("stranger", "funder", "auditor", "administrator")
NODES = {"Case": "case", "Person": "person", "Referral": "referral", "Handoff": "handoff"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def elsewhere(database_url: str, tmp_path_factory: pytest.TempPathFactory, world: World) -> AsyncIterator[World]:
    """Another incident in the same database, sealed under the same keys, with every role on duty."""
    folder = Path(world.folder)
    async with open_world(database_url, folder, name="elsewhere") as opened:
        yield opened


async def answer(world: World, hat: str, noun: str, id: str) -> Any:
    """Return the status and body of asking for one object by id, without what differs between any two answers."""
    response = await world[hat].post(
        {"query": f"query ($id: ID!) {{ {NODES[noun]}(id: $id) {{ __typename id }} }}", "variables": {"id": id}}
    )
    body = response.json()
    for error in body.get("errors", ()):
        error["extensions"].pop("correlationId")
    return response.status_code, body, response.text


async def strangers_learn_nothing(world: World, elsewhere: World, made: dict[str, str], *more: str) -> None:
    """Assert that to every stranger what was made and what never was look the same, and hold no word of the family."""
    askers = [(world, hat) for hat in (*STRANGERS, *more)] + [(elsewhere, "fac_supervisor"), (elsewhere, "fac_manager")]
    for noun, id in made.items():
        for place, hat in askers:
            status, body, text = await answer(place, hat, noun, id)
            nothing = await answer(place, hat, noun, place.id(noun, new_id()))
            assert (status, body) == nothing[:2], (noun, hat)
            assert not [marker for marker in MARKERS if marker in text]
        for token in ("", "x", "A" * 64):
            response = await world.http.post(
                "/graphql",
                json={"documentId": "Case", "variables": {"id": id}},
                headers={"authorization": f"Bearer {token}"},
            )
            assert response.status_code == 401


async def step(world: World, hat: str, document: str, success: str, **given: Any) -> Any:
    """Carry one mutation out as ``hat`` and return its payload; twice with one key, to see that it happens once."""
    given |= {"clientMutationId": str(uuid4())}
    payload = await world[hat].do(document, **given)
    assert payload["__typename"] == success, payload
    again = await world[hat].do(document, **given)
    assert again["__typename"] == success
    return payload


async def take_in(world: World) -> Family:
    """The intake worker of the reunification center records the family."""
    payload = await step(world, "intake", "RecordIntake", "IntakeRecorded", **family_form())
    return Family(
        payload["case"]["id"], payload["caseNumber"], {each["ref"]: each["id"] for each in payload["persons"]}
    )


async def hand_over(
    world: World, elsewhere: World, family: Family, *, sender: str, to: str, receiver: str, worker: str
) -> None:
    """One center offers the case, another takes it; the origin is accountable until then."""
    proposed = await step(
        world, sender, "ProposeHandoff", "HandoffProposed",
        caseId=family.case_id, toCenterId=center_id(world, to), clientAgreed=True,
        message="cannot sleep, call the mother",
    )  # fmt: skip
    handoff = proposed["handoff"]
    await strangers_learn_nothing(world, elsewhere, {"Handoff": handoff["id"], "Case": family.case_id}, "counselor")
    before = await assert_always_one_accountable(world, family.case_id)
    inbox = await world[receiver].run("HandoffInbox")
    assert handoff["id"] in [each["id"] for each in inbox["handoffs"]["nodes"]]
    accepted = await step(
        world, receiver, "AcceptHandoff", "HandoffAccepted",
        handoffId=handoff["id"], version=handoff["version"], workerId=hat_id(world, worker),
    )  # fmt: skip
    assert accepted["handoff"]["status"] == "accepted"
    after = await assert_always_one_accountable(world, family.case_id)
    assert len(after) == len(before) + 1
    assert after[-1]["membership_id"] == world[worker].membership_id


async def release(world: World, family: Family, hat: str, organization: str, classes: list[str]) -> None:
    """The mother releases classes of her information to one organisation."""
    await step(
        world, hat, "GiveRelease", "ReleaseGiven",
        personId=family.persons["mother"], recipientId=world.id("Organization", world.organizations[organization]),
        purpose="service_delivery", classes=classes, form="any", language="es", risksExplained=True,
        expiresAt=(world.clock.now + timedelta(days=180)).isoformat(),
        signatories=[
            {"personId": family.persons["mother"], "capacity": "self", "signedOn": world.clock.now.date().isoformat()}
        ],
    )  # fmt: skip


async def refer(world: World, family: Family, hat: str, organization: str, reason: str) -> dict[str, Any]:
    """The case manager refers the mother and sends it; returns the referral as sent."""
    case = (await world[hat].run("Case", id=family.case_id))["case"]
    code = "counseling_individual" if organization == "counseling" else "legal_advice"
    (need,) = [each for each in case["needs"]["nodes"] if each["code"] == code]
    drafted = await step(
        world, hat, "CreateReferral", "ReferralCreated",
        caseId=family.case_id, serviceId=world.id("Service", world.services[organization]), kind="pii_transfer",
        urgency="urgent", purpose="service_delivery", personIds=[family.persons["mother"]], needIds=[need["id"]],
        reason=reason,
    )  # fmt: skip
    referral = drafted["referral"]
    sent = await step(
        world, hat, "SendReferral", "ReferralSent", referralId=referral["id"], version=referral["version"]
    )
    assert sent["isSent"], sent
    return dict(sent["referral"])


async def person_seen(world: World, hat: str, referral_id: str) -> dict[str, Any]:
    """Return the one person of a referral as ``hat`` sees her."""
    (person,) = (await world[hat].run("Referral", id=referral_id))["referral"]["persons"]
    return dict(person)


async def test_a_family_is_carried_through_all_three_centers(
    world: World, elsewhere: World
) -> None:
    family = await take_in(world)
    everybody = {"Case": family.case_id, "Person": family.persons["mother"]}
    await strangers_learn_nothing(world, elsewhere, everybody, "counselor", "lawyer", "fac_manager", "navigator")

    world.clock.advance(hours=5)
    await hand_over(
        world,
        elsewhere,
        family,
        sender="intake",
        to="family_assistance_center",
        receiver="fac_supervisor",
        worker="fac_manager",
    )
    # The origin has let go: its intake worker finds nothing more.
    await strangers_learn_nothing(world, elsewhere, everybody, "intake", "counselor", "lawyer", "navigator")

    world.clock.advance(days=1)
    await release(world, family, "fac_manager", "counseling", ["identity", "contact"])
    await release(world, family, "fac_manager", "legal_aid", ["identity"])
    counselling = await refer(world, family, "fac_manager", "counseling", "cannot sleep since")
    legal = await refer(world, family, "fac_manager", "legal_aid", "asks about custody")
    await strangers_learn_nothing(world, elsewhere, {"Referral": counselling["id"]}, "lawyer", "navigator", "intake")
    await strangers_learn_nothing(world, elsewhere, {"Referral": legal["id"]}, "counselor")

    # Before acceptance: age band, languages and needs; nobody's name.
    preview = await person_seen(world, "counselor", counselling["id"])
    assert (preview["givenName"], preview["phones"], preview["ageBand"]) == (None, None, "age_25_59")
    accepted = await step(
        world,
        "counselor",
        "AcceptReferral",
        "ReferralStepped",
        referralId=counselling["id"],
        version=counselling["version"],
    )
    opened = await person_seen(world, "counselor", counselling["id"])
    assert opened["givenName"] == "Marisol"
    assert opened["phones"][0].startswith("+1312")

    declined = await step(
        world, "lawyer", "DeclineReferral", "ReferralStepped",
        referralId=legal["id"], version=legal["version"], reason="no_capacity",
    )  # fmt: skip
    assert declined["referral"]["status"] == "declined"
    assert (await person_seen(world, "lawyer", legal["id"]))["givenName"] is None

    scheduled = await step(
        world, "counselor", "ScheduleReferral", "ReferralStepped",
        referralId=counselling["id"], version=accepted["referral"]["version"],
        at=(world.clock.now + timedelta(days=2)).isoformat(),
    )  # fmt: skip
    world.clock.advance(days=2)
    started = await step(
        world, "counselor", "StartReferral", "ReferralStepped",
        referralId=counselling["id"], version=scheduled["referral"]["version"],
    )  # fmt: skip
    await step(
        world, "fac_manager", "RecordAssistance", "AssistanceRecorded",
        personId=family.persons["mother"], lineCode="C4", deliveredOn=world.clock.now.date().isoformat(), occurrences=2,
        awardId=world.id("Award", world.award_id),
    )  # fmt: skip
    await step(
        world,
        "fac_manager",
        "WriteNote",
        "NoteWritten",
        caseId=family.case_id,
        kind="casework",
        body="cannot sleep, still",
    )
    await step(
        world, "fac_manager", "PlanFollowUp", "FollowUpPlanned",
        caseId=family.case_id, reason="wellbeing_check",
        dueOn=(world.clock.now + timedelta(days=30)).date().isoformat(),
    )  # fmt: skip
    completed = await step(
        world, "counselor", "CompleteReferral", "ReferralStepped",
        referralId=counselling["id"], version=started["referral"]["version"], outcome="service_completed",
    )  # fmt: skip
    assert completed["referral"]["status"] == "completed"
    # The referral has ended, and with it what the release opened.
    assert (await person_seen(world, "counselor", counselling["id"]))["givenName"] is None

    world.clock.advance(days=20)
    await hand_over(
        world, elsewhere, family, sender="fac_manager", to="resiliency_center", receiver="navigator", worker="navigator"
    )
    await strangers_learn_nothing(world, elsewhere, everybody, "fac_manager", "fac_supervisor")
    await strangers_learn_nothing(world, elsewhere, {"Case": family.case_id}, "counselor", "lawyer")
    # A partner keeps the outline of whom it was referred, and no name.
    assert (await person_seen(world, "counselor", counselling["id"]))["access"]["visible"] == ["outline", "preview"]
    whole = (await world["navigator"].run("Case", id=family.case_id))["case"]
    assert whole["caseNumber"] == family.case_number
    assert {each["status"] for each in whole["referrals"]["nodes"]} == {"completed", "declined"}
    assert len(whole["assignments"]) == 3

    await the_funder_counts(world, elsewhere)
    await everything_was_audited(world, family)


async def the_funder_counts(world: World, elsewhere: World) -> None:
    """The funder has the quarter's exact numbers, and nobody else's funder has."""
    award = {"awardId": world.id("Award", world.award_id), "fiscalYear": 2026, "quarter": 2}
    report = (await step(world, "funder", "GenerateReport", "ReportGenerated", **award))["report"]
    values = {each["question"]: each for each in report["sections"]}
    assert sum(row["count"] or 0 for row in values["Q1"]["rows"]) == 1
    assert not [marker for marker in MARKERS if marker in report["csv"]]
    refused = await elsewhere["funder"].do("GenerateReport", **award)
    assert refused["__typename"] in ("NotFound", "NotPermitted")


async def everything_was_audited(world: World, family: Family) -> None:
    """Every hat that read a name left a row that says so; no row holds a word of the family."""
    rows = await world.fetch(
        "SELECT membership_id, event, classes, detail::text AS detail, operation FROM audit_events"
        " WHERE incident_id = $1 AND $2 = ANY (subjects)",
        world.incident_id,
        family.raw(family.persons["mother"]),
    )
    readers = {row["membership_id"] for row in rows if row["event"] == "record.read" and row["classes"]}
    assert {world[hat].membership_id for hat in ("fac_manager", "counselor", "navigator")} <= readers
    assert world["stranger"].membership_id not in readers
    assert not [row for row in rows if any(marker in row["detail"] + row["operation"] for marker in MARKERS)]


async def test_a_session_that_ended_reads_nothing_more(world: World) -> None:
    family = await take_in(world)
    assert (await world["intake"].run("Case", id=family.case_id))["case"] is not None
    await world.fetch("UPDATE sessions SET revoked_at = $1 WHERE id = $2", world.clock.now, world["intake"].session_id)
    response = await world["intake"].post({"documentId": "Case", "variables": {"id": family.case_id}})
    assert response.status_code == 401
    assert not [marker for marker in MARKERS if marker in response.text]
    await world.fetch("UPDATE sessions SET revoked_at = NULL WHERE id = $1", world["intake"].session_id)
