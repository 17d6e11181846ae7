"""One family's way through the three centers, as the people on duty take it, over HTTP with the shipped documents."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.caseloads import center_id, hat_id, version_of
from tests.families import Family, family_form
from tests.referring import Referred, needs_of, referral_input, release_input
from tests.world import World

# One a sealed class, and one where a careless copy would end up; all of them are in the family's sealed words.
MARKERS = {
    "given name": "Zoraidamarker",
    "family name": "Echeverriamarker",
    "preferred name": "Zorimarker",
    "alias": "Aliasmarker",
    "email": "zmarker@example.org",
    "phone": "312 555 0177",
    "address": "77 Larkspurmarker Lane",
    "best times": "Duskmarker",
    "sought name": "Sebastianmarker",
    "sought description": "Scarmarker over the left brow",
    "need detail": "Nightmaremarker since the day",
    "referral reason": "Reasonmarker for the counsellor",
    "handoff message": "Messagemarker for the next center",
    "note": "Notemarker of what she said",
    "partner note": "Counselmarker of what she told the counsellor",
}


@dataclass(slots=True)
class Following:
    """The family as far as it has come; ``after_each`` is called with the name of every step taken."""

    world: World
    after_each: Callable[["Following", str], Awaitable[None]]
    family: Family = field(default_factory=lambda: Family("", "", {}))
    referrals: dict[str, Referred] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)  # root field -> opaque id of the newest such record
    told_of: dict[str, dict[str, Any]] = field(default_factory=dict)  # more that is said of "person" and of "sought"

    async def do(self, hat: str, document: str, wanted: str, **given: Any) -> Any:
        """Take one step, which must end in the type ``wanted``."""
        payload = await self.world[hat].do(document, **given)
        assert payload["__typename"] == wanted, (document, payload)
        return payload

    async def told(self, step: str) -> None:
        """Let the onlookers try, after a step."""
        await self.after_each(self, step)


async def walk(
    world: World, after_each: Callable[[Following, str], Awaitable[None]], **told_of: dict[str, Any]
) -> Following:
    """Take a family from the reunification center to the resiliency center."""
    way = Following(world, after_each, told_of=told_of)
    await _intake(way)
    await _searched(way)
    await _handoff(way, "intake", "family_assistance_center", "fac_supervisor", to="fac_manager_two")
    await _assigned(way)
    await _releases(way)
    await _referred(way)
    await _answered(way)
    await _carried(way)
    await _handoff(way, "fac_manager", "resiliency_center", "navigator")
    return way


async def _intake(way: Following) -> None:
    form = family_form()
    form["persons"][0] |= {
        "givenName": MARKERS["given name"], "familyName": MARKERS["family name"], "phones": [f"+1 {MARKERS['phone']}"],
        "preferredName": MARKERS["preferred name"], "aliases": [MARKERS["alias"]], "emails": [MARKERS["email"]],
        "address": MARKERS["address"], "bestTimes": MARKERS["best times"],
    } | way.told_of.get("person", {})  # fmt: skip
    form["persons"][0]["needs"][0]["detail"] = MARKERS["need detail"]
    payload = await way.do("intake", "RecordIntake", "IntakeRecorded", **form)
    persons = {each["ref"]: each["id"] for each in payload["persons"]}
    way.family = Family(payload["case"]["id"], payload["caseNumber"], persons)
    way.ids |= {"case": way.family.case_id, "person": persons["mother"]}
    await way.told("intake")


async def _searched(way: Following) -> None:
    """The family looks for somebody, who has died: the liaison knows, and nobody is told yet."""
    reported = await way.do(
        "intake", "ReportPersonOfConcern", "PersonOfConcernReported", caseId=way.family.case_id,
        reporterId=way.family.persons["mother"], kin="child", givenName=MARKERS["sought name"],
        description=MARKERS["sought description"], **way.told_of.get("sought", {}),
    )  # fmt: skip
    way.ids["personOfConcern"] = reported["personOfConcern"]["id"]
    opened = await way.do(
        "liaison", "OpenIdentification", "IdentificationOpened", personOfConcernId=way.ids["personOfConcern"]
    )
    way.ids["identification"] = opened["identification"]["id"]
    await way.do(
        "liaison", "ConfirmIdentification", "IdentificationConfirmed", identificationId=way.ids["identification"],
        version=1, method="dna",
    )  # fmt: skip
    await way.told("somebody is looked for")


async def _handoff(way: Following, sender: str, kind: str, taker: str, *, to: str | None = None) -> None:
    """Offer the case to a center, where ``taker`` takes it over for ``to``, or for themself."""
    world = way.world
    offered = await way.do(
        sender, "ProposeHandoff", "HandoffProposed", caseId=way.family.case_id, toCenterId=center_id(world, kind),
        clientAgreed=True, message=MARKERS["handoff message"],
    )  # fmt: skip
    way.ids["handoff"] = offered["handoff"]["id"]
    await way.told(f"handoff to {kind} proposed")
    await way.do(
        taker, "AcceptHandoff", "HandoffAccepted", handoffId=way.ids["handoff"], version=1,
        workerId=hat_id(world, to or taker),
    )  # fmt: skip
    await way.told(f"handoff to {kind} accepted")


async def _assigned(way: Following) -> None:
    """The supervisor finds the case among the center's, with somebody who is away, and gives it to another."""
    world, case_id = way.world, way.family.case_id
    (found,) = [each for each in await cases_of(world, "fac_supervisor") if each["id"] == case_id]
    assert found["responsible"]["id"] == hat_id(world, "fac_manager_two")
    assert case_id not in [each["id"] for each in await cases_of(world, "reunification_supervisor")]
    given = {"caseId": case_id, "version": found["version"], "workerId": hat_id(world, "fac_manager")}
    for name in ("resiliency_supervisor", "stranger", "funder"):
        payload = await world[name].do("AssignCase", **given)
        assert payload["__typename"] in ("NotFound", "NotPermitted"), name
    payload = await way.do("fac_supervisor", "AssignCase", "CaseAssigned", **given)
    assert payload["case"]["responsible"]["id"] == hat_id(world, "fac_manager")
    await way.told("assigned by the supervisor")


async def cases_of(world: World, hat: str) -> list[Any]:
    """Return the cases that somebody finds in the list of all cases."""
    listed: list[Any] = (await world[hat].run("Cases", first=100))["cases"]["nodes"]
    return listed


async def _releases(way: Following) -> None:
    for to in ("counseling", "legal_aid"):
        given = release_input(way.world, way.family, to=to)
        payload = await way.do("fac_manager", "GiveRelease", "ReleaseGiven", **given)
        way.ids["release"] = payload["release"]["id"]
        await way.told(f"release to {to}")


async def _referred(way: Following) -> None:
    heard = await needs_of(way.world, way.family, "mother", hat="fac_manager")
    for to, code in (("counseling", "counseling_individual"), ("legal_aid", "legal_advice")):
        given = referral_input(way.world, way.family, to=to, reason=MARKERS["referral reason"])
        given["needIds"] = [heard[code]["id"]]
        payload = await way.do("fac_manager", "CreateReferral", "ReferralCreated", **given)
        referral = Referred(way.world, way.family, payload["referral"]["id"], payload["referral"]["version"])
        way.referrals[to] = referral
        way.ids["referral"] = referral.id
        await way.told(f"referral to {to} drafted")
        assert (await referral.step("SendReferral", hat="fac_manager"))["isSent"]
        await way.told(f"referral to {to} sent")


async def _answered(way: Following) -> None:
    counseling, legal = way.referrals["counseling"], way.referrals["legal_aid"]
    await legal.step("DeclineReferral", hat="lawyer", reason="no_capacity")
    assert legal.status == "declined"
    await way.told("declined by one partner")
    at = (way.world.clock.now + timedelta(days=2)).isoformat()
    for document, wanted, given in (
        ("ReceiveReferral", "received", {}),
        ("AcceptReferral", "accepted", {}),
        ("ScheduleReferral", "scheduled", {"at": at}),
        ("StartReferral", "in_service", {}),
        ("CompleteReferral", "completed", {"outcome": "service_completed"}),
    ):
        await counseling.step(document, **given)
        assert counseling.status == wanted
        if wanted == "accepted":
            said = {"referralId": counseling.id, "body": MARKERS["partner note"]}
            payload = await way.do("counselor", "WritePartnerNote", "PartnerNoteWritten", **said)
            way.ids["partnerNote"] = payload["partnerNote"]["id"]
        await way.told(f"{wanted} by the other")


async def _carried(way: Following) -> None:
    world, today = way.world, str(way.world.clock.now.date())
    given = {
        "personId": way.family.persons["mother"],
        "deliveredOn": today,
        "awardId": world.id("Award", world.award_id),
    }
    await way.do("fac_manager", "RecordAssistance", "AssistanceRecorded", lineCode="A1", **given)
    await way.told("assistance")
    due = str(way.world.clock.now.date() + timedelta(days=7))
    payload = await way.do(
        "fac_manager", "PlanFollowUp", "FollowUpPlanned", caseId=way.family.case_id, dueOn=due, reason="wellbeing_check"
    )
    way.ids["followUp"] = payload["followUp"]["id"]
    await way.do(
        "fac_manager", "CompleteFollowUp", "FollowUpCompleted", followUpId=way.ids["followUp"], outcome="reached",
        version=await version_of(world, "follow_ups", way.ids["followUp"]),
    )  # fmt: skip
    await way.told("follow-up")
    payload = await way.do(
        "fac_manager", "WriteNote", "NoteWritten", caseId=way.family.case_id, kind="casework", body=MARKERS["note"]
    )
    way.ids["note"] = payload["note"]["id"]
    await way.told("note")
