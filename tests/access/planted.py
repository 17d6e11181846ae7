"""One family with a canary in every field that is not everybody's, and the rows it left as plain Python sees them.

The rows are read back from the database into an Incident, so that what a hat should see of each is worked out by the
rules in plain Python (tests/access/naive_rules.py) and not by the program under test.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from fac.access.actor import Actor
from fac.db.organization import organization_contacts
from fac.db.statement import insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import InfoClass, Role, classes_of
from fac.importing import import_families
from fac.jobs.acting import Equipment
from fac.jobs.task import run_task
from fac.reading.catalog import NOUNS
from tests.access.crawl import POLICY
from tests.access.naive_rules import Rules
from tests.access.random_incident import ORDER, Incident, Row
from tests.caseloads import raw
from tests.jobs.conftest import Remembering
from tests.journeys.following import MARKERS, Following
from tests.stepping import enrolled
from tests.world import Hat, World

GLASS, REVIEW = "Glassmarker: her brother is on the bridge", "Reviewmarker: he was, and he is safe"
LAST_SEEN, SOUGHT_SURNAME, SOUGHT_ALIAS = "Lastseenmarker at the gate", "Ostrogothmarker", "Sebamarker"
TOLD = {"recipient": "Recipientmarker protection", "authority": "Statutemarker 11166", "words": "Bruisemarker seen"}
WORKER, CALLS = "Workermarker", 7919
HOLDER, LICENCE = "Holdermarker", "149-Licencemarker"
PERSON = {
    "bornOn": "1961-07-19", "isBirthDateEstimated": True, "postalCode": "60699", "isSubstituteAddress": True,
    "safeChannels": ["voicemail"], "topicsToAvoid": ["trial"], "spokenLanguage": "gsw", "writtenLanguage": "rm",
    "needsInterpreter": True, "gender": "other", "races": ["native_hawaiian_or_pacific_islander"],
    "specialClassifications": ["veteran"], "victimizations": ["arson"],
}  # fmt: skip
SOUGHT = {
    "familyName": SOUGHT_SURNAME, "aliases": [SOUGHT_ALIAS], "bornOn": "1990-11-03", "isBirthDateEstimated": True,
    "lastSeen": LAST_SEEN,
}  # fmt: skip
SHEET = (
    "Family,First Name,Last Name,DOB,Role,Phone,Shoe size\n"
    f"1,{MARKERS['given name']},{MARKERS['family name']},{MARKERS['note']},{MARKERS['alias']},{MARKERS['email']},\n"
    f"2,{MARKERS['given name']},{MARKERS['family name']},1961-07-19,witness,{MARKERS['phone']},\n"
)
# What each field holds in the rows of CANARY_ROWS; of text, the marker in it. Any value at all of a report's figures.
CANARIES: dict[str, Any] = {
    "Person.givenName": MARKERS["given name"], "Person.familyName": MARKERS["family name"],
    "Person.preferredName": MARKERS["preferred name"], "Person.aliases": [MARKERS["alias"]],
    "Person.phones": ["+13125550177"], "Person.emails": [MARKERS["email"]], "Person.address": MARKERS["address"],
    "Person.bestTimes": MARKERS["best times"], "Person.ageBand": "age_60_plus",
    **{f"Person.{name}": value for name, value in PERSON.items()},
    "PersonOfConcern.givenName": MARKERS["sought name"],
    "PersonOfConcern.description": MARKERS["sought description"],
    **{f"PersonOfConcern.{name}": value for name, value in SOUGHT.items()},
    "Need.code": "counseling_individual", "Need.horizon": "immediate", "Need.detail": MARKERS["need detail"],
    "Referral.reason": MARKERS["referral reason"], "Referral.urgency": "urgent",
    "Referral.declineReason": "no_capacity",
    "Handoff.message": MARKERS["handoff message"], "Note.body": MARKERS["note"], "GlassBreak.words": GLASS,
    **{f"Disclosure.{name}": value for name, value in TOLD.items()},
    "PartnerNote.body": MARKERS["partner note"],
    "ProviderCredential.holderName": HOLDER, "ProviderCredential.number": LICENCE,
    "Review.words": REVIEW, "Account.displayName": WORKER, "AnonymousContact.contacts": CALLS,
}  # fmt: skip
FIGURES = ("Report.csv", "Report.sections", "ReportSection.rows", "ReportSection.total", "ReportRow.count")
# Found as text wherever a careless copy might have put them; a code or a date is looked for in its own field only.
TEXTS = {name: str(each[0] if isinstance(each, list) else each).lstrip("+") for name, each in CANARIES.items()}
TEXTS = {name: text for name, text in TEXTS.items() if "marker" in text or "3125550177" in text}
BUNDLES = {  # kind -> the column that is filled in a row with a canary
    "Person": "contact", "Need": "detail", "Referral": "reason", "Handoff": "message", "Note": "body",
    "PersonOfConcern": "identity", "Disclosure": "words", "GlassBreak": "words", "Review": "words",
    "AnonymousContact": "contacts",
    "PartnerNote": "body", "ProviderCredential": "number",
}  # fmt: skip
TOLD_BY = {"Need": "detail_class", "Note": "body_class"}
# Of several rows with a marker in one field, not all hold the same code in another.
OF_SOME_ROWS = {"Need.code": "code", "Need.horizon": "horizon", "Referral.declineReason": "decline_reason"}


@dataclass(slots=True)
class Rows:
    """The world's rows as they stand, and what each hat should see of them by the rules in plain Python."""

    incident: Incident
    rules: dict[str, Rules]
    canary_rows: dict[str, set[UUID]] = field(default_factory=dict)  # kind or field -> rows that hold its canaries
    _masks: dict[tuple[str, str, str, UUID], int] = field(default_factory=dict)

    def mask(self, hat: str, kind: str, id: UUID, action: str = "read") -> int:
        """Return the classes that ``hat`` sees of a row; none where it may not know of the row."""
        key = hat, kind, action, id
        if key not in self._masks:
            self._masks[key] = self._mask(hat, kind, id, action)
        return self._masks[key]

    def _mask(self, hat: str, kind: str, id: UUID, action: str) -> int:
        rules = self.rules[hat]
        if kind == "Account":
            worn = [each for each in self.incident.rows["memberships"] if each["account_id"] == id]
            masks = [rules.mask("membership", each, action) for each in worn]
        else:
            row = next((each for each in self.incident.rows[table_of(kind)] if each["id"] == id), None)
            masks = [] if row is None else [rules.mask(record_of(kind), row, action)]
        return max((each for each in masks if each & InfoClass.outline.bit), default=0)

    def bit_of(self, name: str, id: UUID | None) -> int:
        """Return the bit of the class of a field, in the row with that id where the row says which it is."""
        rule, kind = POLICY.fields[name], name.partition(".")[0]
        if len(rule.classes) == 1:
            return rule.info.bit
        row = next(each for each in self.incident.rows[table_of(kind)] if each["id"] == id)
        return 1 << int(row[TOLD_BY[kind]])

    def class_of(self, name: str) -> InfoClass:
        """Return the class of what the canary of a field is."""
        return classes_of(self.bit_of(name, min(self.holding(name), default=None)))[0]

    def holding(self, name: str) -> set[UUID]:
        """Return the rows that hold the canary of a field."""
        return self.canary_rows[name if name in self.canary_rows else name.partition(".")[0]]


def table_of(kind: str) -> str:
    return "reports" if kind == "Report" else NOUNS[kind].table.name


def record_of(kind: str) -> str:
    return "report" if kind == "Report" else NOUNS[kind].record


async def rows_of(world: World, way: Following) -> Rows:
    """Read back every row the rules speak of."""
    incident = Incident(id=world.incident_id)
    tables = dict.fromkeys((*ORDER, *(each.table.name for each in NOUNS.values()), "reports"))
    for name in tables:
        found = await world.fetch(f"SELECT * FROM {name}")  # noqa: S608  # our own words
        rows: list[Row] = [dict(each) for each in found]
        incident.rows[name] = [each for each in rows if each.get("incident_id", world.incident_id) == world.incident_id]
    for report in incident.rows["reports"]:  # stands in my_award as its award does
        report["funder_organization_id"] = incident.named("awards", report["award_id"])["funder_organization_id"]
    for name, hat in world.hats.items():
        row = incident.named("memberships", hat.membership_id)
        incident.actors[name] = Actor(
            incident.id,
            row["id"],
            row["account_id"],
            hat.session_id,
            hat.role,
            row["organization_id"],
            row["center_id"],
        )
    rules = {name: Rules(incident, actor, POLICY, world.clock.now) for name, actor in incident.actors.items()}
    rows_found = Rows(incident, rules)
    for kind, column in BUNDLES.items():
        rows_found.canary_rows[kind] = {each["id"] for each in incident.rows[table_of(kind)] if each[column]}
    for name, column in OF_SOME_ROWS.items():
        rows = incident.rows[table_of(name.partition(".")[0])]
        rows_found.canary_rows[name] = {each["id"] for each in rows if each[column] == CANARIES[name]}
    rows_found.canary_rows["Person"] = {raw(way.family.persons["mother"])}
    rows_found.canary_rows["Account"] = {incident.actors["fac_manager"].account_id}
    return rows_found


async def plant(way: Following) -> None:
    """Fill what the journey leaves empty: a note, calls, a report; and give the mother a hat of her own."""
    world = way.world
    wanted: dict[str, tuple[str, str, dict[str, Any]]] = {
        "follow-up": ("fac_manager", "PlanFollowUp", {
            "caseId": way.family.case_id, "dueOn": str(world.clock.now.date()), "reason": "wellbeing_check"}),
        "note": ("fac_manager", "WriteNote", {
            "caseId": way.family.case_id, "kind": "casework", "body": MARKERS["note"]}),
        "disclosure": ("fac_supervisor", "RecordDisclosure", {
            "caseId": way.family.case_id, "personIds": [way.family.persons["mother"]], "basis": "mandated_report",
            "classes": ["identity"], "disclosedAt": (world.clock.now - timedelta(hours=1)).isoformat(), **TOLD}),
        "calls": ("volunteer", "RecordAnonymousContacts", {
            "contacts": CALLS, "contactedOn": str(world.clock.now.date())}),
    }  # fmt: skip
    made = {name: await world[hat].do(document, **given) for name, (hat, document, given) in wanted.items()}
    way.ids |= {"followUp": made["follow-up"]["followUp"]["id"], "note": made["note"]["note"]["id"]}
    way.ids["disclosure"] = made["disclosure"]["disclosure"]["id"]
    given: dict[str, Any] = {"awardId": world.id("Award", world.award_id), "fiscalYear": 2026, "quarter": 2}
    report = await world["funder"].do("GenerateReport", **given)
    way.ids["report"] = report["report"]["id"]
    await world.fetch(
        "UPDATE accounts SET display_name = $2 WHERE id = (SELECT account_id FROM memberships WHERE id = $1)",
        world["fac_manager"].membership_id, WORKER,
    )  # fmt: skip
    await world.fetch("UPDATE provider_credentials SET holder_name = $1, number = $2", HOLDER, LICENCE)

    given = {"personId": way.family.persons["mother"], "identityCheck": "photo_id"}
    paper = await world["fac_supervisor"].do("GivePortalAccess", **given)
    held, session = raw(paper["portalAccess"]["id"]), world["fac_supervisor"].session_id
    world.hats["family"] = Hat(world, "family", Role.family_member, held, session, paper["token"])


async def break_glass(way: Following) -> None:
    """Let a colleague of the responsible worker read the case for an hour, and the supervisor review it."""
    world = way.world
    telephone = await enrolled(world["fac_manager_two"])
    await telephone.step_up()
    broken = await telephone.hat.do("BreakGlass", caseId=way.family.case_id, reason="threat_to_life", words=GLASS)
    way.ids["glassBreak"] = broken["glassBreak"]["id"]
    ((review_id,),) = await world.fetch("SELECT id FROM reviews WHERE glass_break_id = $1", raw(way.ids["glassBreak"]))
    way.ids["review"] = world.id("Review", review_id)
    done = await world["fac_supervisor"].do(
        "ConcludeReview", reviewId=way.ids["review"], version=1, finding="justified", words=REVIEW
    )
    assert done["__typename"] == "ReviewConcluded", done


async def provoke(hat: Hat) -> str:
    """Return what is said to requests that are refused, with canaries at every depth of them."""
    person = {"ref": "p", "givenName": MARKERS["given name"], "spokenLanguage": "en", "phones": [MARKERS["phone"]]}
    said = []
    for spoilt in (
        {"familyName": f"{MARKERS['family name']}\0"}, {"address": MARKERS["address"] * 3000}, {"gender": REVIEW},
        {"bornOn": MARKERS["note"]}, {"emails": [MARKERS["email"] * 9]}, {MARKERS["alias"]: 1},
        {"needs": [{"code": MARKERS["need detail"], "horizon": "immediate"}]},
    ):  # fmt: skip
        given = {"clientMutationId": str(new_id()), "language": "en", "persons": [person | spoilt]}
        said.append((await hat.post({"documentId": "RecordIntake", "variables": {"input": given}})).text)
    said.append((await hat.post({"query": f'{{ person(id: "{GLASS}") {{ id }} }}'})).text)
    said.append((await hat.do("WriteNote", caseId=MARKERS["note"], kind="casework", body="x")).__str__())
    return "".join(said)


async def import_report(world: World) -> str:
    """Return what a person is told of a spreadsheet with one bad and one good family in it, tried and applied."""
    lines: list[str] = []
    for apply in (False, True):
        report = await import_families(world.parts, world["fac_intake"].token, SHEET.encode(), apply=apply)
        lines += report.lines()
    return "\n".join(lines)


async def notices(world: World) -> str:
    """Run every job that tells somebody something, and return what went out."""
    async with world.beneath.transaction() as connection:
        for name in ("county", "legal_aid"):
            await insert_into(organization_contacts).run(
                connection, incident_id=world.incident_id, id=new_id(), organization_id=world.organizations[name],
                label="desk", phone="+15555550101", email=f"desk@{name}.example.org", is_round_the_clock=True,
                verified_on=world.clock.now.date(), version=1,
            )  # fmt: skip
    transport = Remembering()
    equipment = Equipment(world.parts.database, world.parts.tools, world.clock, transport, world.parts.policies)
    for name, args in await world.fetch("SELECT task_name, args FROM procrastinate_jobs ORDER BY id"):
        if name.startswith("notify."):
            await run_task(equipment, name, args)
    return "\n".join(f"{each.recipient} {each.event} {each.subject}\n{each.text}" for each in transport.sent)
