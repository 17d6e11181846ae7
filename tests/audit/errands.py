"""Every shipped document carried out at least once, over HTTP, by somebody it shows or does something: for the audit.

A document nobody runs here fails tests/audit/test_every_document.py: a new one gets its line in a room below.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from fac.access.watching import Watch
from tests.access.planted import break_glass, plant
from tests.caseloads import carried_family, center_id, hat_id, settled_family, version_of
from tests.casework.test_directory import agreement, service
from tests.casework.test_erasure import erased, proposed
from tests.casework.test_handoff import proposed as handed
from tests.casework.test_identification import told
from tests.casework.test_merging import merged_pair, waiting, written_twice
from tests.casework.test_provider_credential import credential
from tests.casework.test_reunification import CHECKED, begun
from tests.casework.test_staff import hat as new_hat
from tests.families import family_form, new_family
from tests.journeys.following import Following, walk
from tests.referring import accepted, drafted, released, sent
from tests.searching import new_search
from tests.stepping import prove
from tests.world import World

Errand = Callable[[World, Following], Awaitable[None]]
MANAGER, SUPERVISOR, OFFICER, ADMINISTRATOR = "fac_manager", "fac_supervisor", "privacy_officer", "administrator"


async def all_errands(world: World) -> None:
    """Take one family through the three centers, read everything of it on the way, and run every other errand."""

    async def look(way: Following, step: str) -> None:
        if step == "in_service by the other":
            await plant(way)
            await break_glass(way)
            await served(world, way)
            await answering(world, way)
            await watching(world, way)
        if step == "handoff to resiliency_center proposed":
            await receiving(world, way)

    way = await walk(world, look)
    for errand in ROOMS:
        await errand(world, way)


async def served(world: World, way: Following) -> None:
    """What whoever carries the case, the partner and the family read while the family is served."""
    manager, case = world[MANAGER], {"id": way.family.case_id}
    mother = {"id": way.family.persons["mother"]}
    for document, given in (
        ("Case", case), ("WhoCanSee", case), ("Person", mother), ("Cases", {}), ("Caseload", {}), ("FollowUpsDue", {}),
        ("CaseReferrals", {"caseId": way.family.case_id}), ("CaseReleases", {"caseId": way.family.case_id}),
        ("Referral", {"id": way.ids["referral"]}),
        ("SearchPeople", {"givenName": "Zoraidamarker", "familyName": "Echeverriamarker"}),
    ):  # fmt: skip
        await manager.run(document, **given)
    counselor = world["counselor"]
    await counselor.run("Referral", id=way.referrals["counseling"].id)
    await counselor.run("ReferralInbox")
    await counselor.run("PartnerNotes", referralId=way.referrals["counseling"].id)
    for document, given in (("MyRecord", {}), ("MySharing", {}), ("Accounting", mother)):
        await world["family"].run(document, **given)


async def answering(world: World, way: Following) -> None:
    """What the desk of the directory and the liaison read."""
    async with world.parts.database.own_transaction() as connection:
        await Watch(world.parts.policies, "test", world.clock).look(connection)
    for hat, document, given in (
        ("liaison", "Identification", {"id": way.ids["identification"]}), ("liaison", "Identifications", {}),
        (MANAGER, "PersonsOfConcern", {}), (MANAGER, "PersonOfConcern", {"id": way.ids["personOfConcern"]}),
        (MANAGER, "NeedCodes", {}), (MANAGER, "ReportLines", {}), (MANAGER, "Services", {}),
        (MANAGER, "Directory", {}), (SUPERVISOR, "ProviderCredentials", {}),
        (SUPERVISOR, "Agreements", {}), (MANAGER, "OrganizationContacts", {}), (MANAGER, "Incident", {}),
        (SUPERVISOR, "Staff", {}),
        (SUPERVISOR, "AnonymousContacts", {}), ("funder", "Awards", {}), (ADMINISTRATOR, "PolicyVersions", {}),
        ("funder", "Report", {"id": way.ids["report"]}),
        ("funder", "Reports", {"awardId": world.id("Award", world.award_id)}),
    ):  # fmt: skip
        await world[hat].run(document, **given)


async def watching(world: World, way: Following) -> None:
    """What those read who watch over the families."""
    around = {
        "since": (world.clock.now - timedelta(days=20)).isoformat(),
        "until": (world.clock.now + timedelta(days=1)).isoformat(),
    }
    asked_on = str(world.clock.now.date())
    for hat, document, given in (
        (OFFICER, "UnusualAccess", around), ("auditor", "UnusualAccess", around),
        (OFFICER, "AccessEvents", around | {"membershipId": hat_id(world, MANAGER)}),
        (SUPERVISOR, "GlassBreakReads", {"id": way.ids["glassBreak"]}), (OFFICER, "ReviewQueue", {}),
        (OFFICER, "Disclosures", {}), (SUPERVISOR, "PortalAccesses", {}),
        (OFFICER, "Accounting", {"id": way.family.persons["mother"], "askedOn": asked_on}),
    ):  # fmt: skip
        await world[hat].run(document, **given)


async def receiving(world: World, way: Following) -> None:
    """What the two ends of a handoff read."""
    await world["navigator"].run("HandoffInbox")
    fac = center_id(world, "family_assistance_center")
    await world[SUPERVISOR].run("HandoffsSent", fromCenterId=fac)


async def directory(world: World, way: Following) -> None:
    do, county = world[ADMINISTRATOR].do, world.id("Organization", world.organizations["county"])
    await do("AddOrganization", name="Harbor", kind="nonprofit", confidentialityRegime="voca")
    offered = (await do("OfferService", **service(world)))["service"]
    await do("ChangeService", serviceId=offered["id"], version=1, waitDays=14)
    counseling = world.id("Organization", world.organizations["counseling"])
    added = await do(
        "AddOrganizationContact", organizationId=counseling, label="night", phone="+15555550111",
        email="night@example.org", isRoundTheClock=True, verifiedOn=str(world.clock.now.date()),
    )  # fmt: skip
    added_id = added["organizationContact"]["id"]
    await do("VerifyOrganizationContact", organizationContactId=added_id, version=1)
    signed = (await do("RecordAgreement", **agreement(world)))["agreement"]
    await do("EndAgreement", agreementId=signed["id"], version=1)
    licensed = (await do("RecordProviderCredential", **credential(world)))["providerCredential"]
    of = {"providerCredentialId": licensed["id"]}
    await world[SUPERVISOR].do("VerifyProviderCredential", **of, version=1)
    await do("RevokeProviderCredential", **of, version=2, reason="left_provider")
    opened = await do("OpenCenter", kind="resiliency_center", name="N", address="2 Elm Street", organizationId=county)
    await do("CloseCenter", centerId=opened["center"]["id"], version=1)
    funder = world.id("Organization", world.organizations["funder"])
    await do(
        "RecordAward", funderId=funder, organizationId=county, name="VOCA", awardNumber="A-2", startsOn="2026-01-01",
        endsOn="2027-01-01", newResetsInMonth=1,
    )  # fmt: skip
    report = await world["funder"].do("GenerateReport", awardId=world.id("Award", world.award_id), fiscalYear=2026)
    await world[SUPERVISOR].do("PublishReport", reportId=report["report"]["id"])


async def staff(world: World, way: Following) -> None:
    do = world[ADMINISTRATOR].do
    await prove(world[ADMINISTRATOR])
    granted = await do("GrantMembership", **new_hat(world))
    await do("EndMembership", membershipId=granted["membership"]["id"])
    of, until = hat_id(world, "volunteer"), (world.clock.now + timedelta(days=30)).isoformat()
    await prove(world["reunification_supervisor"])
    await world["reunification_supervisor"].do("VetMembership", membershipId=of, until=until)
    await world["reunification_supervisor"].do("EndVetting", membershipId=of)
    await world["fac_intake"].do("EnrollSecondFactor")
    await prove(world[ADMINISTRATOR])
    await do("ResetSecondFactor", membershipId=hat_id(world, "fac_intake"))


async def persons(world: World, way: Following) -> None:
    family = await carried_family(world)
    manager, mother = world[MANAGER], family.persons["mother"]
    await manager.do("UpdatePerson", personId=mother, version=1, preferredName="Mari", address="1 Elm Street")
    await manager.do("AddPerson", caseId=family.case_id, person=family_form("added")["persons"][3])
    await manager.do("AddRelationship", personId=family.persons["father"], otherPersonId=mother, kin="spouse")
    need = await manager.do("AddNeed", personId=mother, code="legal_advice", horizon="immediate", detail="a letter")
    await manager.do("ResolveNeed", needId=need["need"]["id"], version=1, status="met")
    given = await world[MANAGER].do(
        "RecordAssistance", personId=mother, lineCode="C4", deliveredOn=str(world.clock.now.date()), occurrences=1,
        awardId=world.id("Award", world.award_id),
    )  # fmt: skip
    await manager.do("MarkAssistanceEnteredInError", assistanceId=given["assistance"]["id"], version=1)
    _, one, two = await written_twice(world)
    (pair,) = await waiting(world, SUPERVISOR, one, two)
    await manager.do("DismissDuplicate", suspicionId=pair["id"], version=1)
    world.clock.advance(hours=1)
    _, kept, _, merge_id = await merged_pair(world)
    await manager.run("MergedRecords", id=kept)
    await manager.do("UnmergePersons", mergeId=merge_id, version=1)


async def cases(world: World, way: Following) -> None:
    family, manager = await settled_family(world), world[MANAGER]
    case = {"caseId": family.case_id}
    for document, given in (
        ("PauseCase", {}), ("ResumeCase", {}), ("CloseCase", {"reason": "goals_met"}), ("ReopenCase", {}),
    ):  # fmt: skip
        await manager.do(document, **case, version=await version_of(world, "cases", family.case_id), **given)
    planned = [
        (await manager.do("PlanFollowUp", **case, dueOn=str(world.clock.now.date()), reason="wellbeing_check", **given))
        for given in ({}, {"personId": family.persons["mother"]})
    ]  # fmt: skip
    one, two = (each["followUp"]["id"] for each in planned)
    await manager.do("AttemptFollowUp", followUpId=one, channel="voice", outcome="no_answer")
    await manager.do("CompleteFollowUp", followUpId=one, version=1, outcome="reached")
    await manager.do("CancelFollowUp", followUpId=two, version=1)
    await world["navigator"].do(
        "DeclineHandoff", handoffId=await handed(world, family), version=1, reason="no_capacity"
    )
    await manager.do("WithdrawHandoff", handoffId=await handed(world, family), version=1)


async def referrals(world: World, way: Following) -> None:
    for last, hat, given in (
        ("CancelReferral", SUPERVISOR, {}), ("MarkReferralNotEngaged", "counselor", {}),
        ("WaitlistReferral", "counselor", {}),
    ):  # fmt: skip
        await (await accepted(world)).step(last, hat=hat, **given)
    family = (await sent(world)).family
    await (await drafted(world, family)).step("MarkReferralEnteredInError", hat=SUPERVISOR)
    release = await released(world, family, to="legal_aid")
    await world[SUPERVISOR].do("RevokeRelease", releaseId=release["id"], version=1)
    paper = await world[SUPERVISOR].do(
        "GivePortalAccess", personId=family.persons["mother"], identityCheck="photo_id"
    )  # fmt: skip
    given = {"portalAccessId": paper["portalAccess"]["id"], "version": 1}
    await world[SUPERVISOR].do("WithdrawPortalAccess", **given)


async def sought(world: World, way: Following) -> None:
    one, other = await new_search(world), await new_search(world)
    again = await new_search(world, one.family)
    await again.step("WithdrawPersonOfConcern", duplicateOfId=one.id)
    found = await new_search(world)
    await found.step("LocatePersonOfConcern", status="located_safe")
    await found.step("ReopenPersonOfConcern")
    liaison = world["liaison"]
    opened = (await liaison.do("OpenIdentification", personOfConcernId=found.id))["identification"]["id"]
    await liaison.do("WithdrawIdentification", identificationId=opened, version=1)
    opened = (await liaison.do("OpenIdentification", personOfConcernId=one.id))["identification"]["id"]
    await liaison.do("JoinIdentification", identificationId=opened, personOfConcernId=other.id)
    await liaison.do("ConfirmIdentification", identificationId=opened, version=1, method="dental")
    await liaison.do("RecordDeathNotification", **told(world, opened, one))


async def reunified(world: World, way: Following) -> None:
    family = await new_family(world)
    begun_id = await begun(world, family)
    await world["reunification_supervisor"].do("ConfirmReunification", reunificationId=begun_id, **CHECKED)
    await world["reunification_supervisor"].run("Reunifications")


async def guarded(world: World, way: Following) -> None:
    family = await carried_family(world)
    supervisor = world[SUPERVISOR]
    wall = await supervisor.do(
        "RaiseConflictWall", caseId=family.case_id, reason="safety", membershipId=hat_id(world, "fac_manager_two")
    )
    await supervisor.run("ConflictWalls")
    await supervisor.do("LiftConflictWall", conflictWallId=wall["conflictWall"]["id"], version=1)
    hold = await supervisor.do("PlaceLegalHold", reason="litigation", personId=family.persons["father"])
    await supervisor.run("LegalHolds")
    await supervisor.do("LiftLegalHold", legalHoldId=hold["legalHold"]["id"], version=1)
    erasure_id = await proposed(world, family.persons["father"])
    await supervisor.do("WithdrawErasure", erasureId=erasure_id, version=1)
    await erased(world, family.persons["uncle"])
    await supervisor.run("Erasures")


async def lapsed(world: World, way: Following) -> None:
    agreement_id = world.id("Agreement", world.agreements["counseling"])
    await sent(world)
    await world[ADMINISTRATOR].do("EndAgreement", agreementId=agreement_id, version=1)
    await world[SUPERVISOR].run("ReferralsWithoutAgreement")


ROOMS: tuple[Errand, ...] = (directory, staff, persons, cases, referrals, sought, reunified, guarded, lapsed)
