"""Each role does its own work end to end, and nothing of another's; a stranger tries first."""

from typing import Any
from uuid import uuid4

import pytest

from tests.families import new_family
from tests.referring import accepted, drafted, fac_family, needs_of, released
from tests.stepping import prove
from tests.world import World

WORK = "query($id: ID!) { case(id: $id) { needs { totalCount } referrals { totalCount } notes { totalCount } } }"
PERSONS = "{ referralInbox(first: 10) { totalCount nodes { persons { givenName phones ageBand } } } }"


def hire(world: World, organization: str, role: str = "partner_user", center: str | None = None) -> dict[str, Any]:
    return {
        "login": f"{uuid4()}@example.org", "displayName": "New Colleague", "role": role,
        "organizationId": world.id("Organization", world.organizations[organization]),
        "centerId": world.id("Center", world.centers[center]) if center else None,
    }  # fmt: skip


async def shown(world: World, hat: str, document: str, **variables: Any) -> Any:
    """Return what a query's one root shows the hat: None where it is not the role's at all, as where there is none."""
    body = (await world[hat].post({"documentId": document, "variables": variables})).json()
    (root,) = body["data"].values() if body.get("data") else (None,)
    return root


REFUSED = {"NotFound", "NotPermitted"}


class TestPartnerAdministrator:
    @pytest.mark.parametrize("name", ["stranger", "lawyer", "counselor", "fund", "volunteer"])
    async def test_no_other_hat_of_a_partner_keeps_its_entries(self, world: World, name: str):
        offer = {"organizationId": world.id("Organization", world.organizations["counseling"]), "name": "Group",
                 "category": "counseling", "description": "Weekly", "languages": ["es"]}  # fmt: skip
        assert (await world[name].do("OfferService", **offer))["__typename"] == "NotPermitted"
        assert (await world[name].do("GrantMembership", **hire(world, "counseling")))["__typename"] in REFUSED

    async def test_keeps_the_services_and_contacts_of_the_own_organisation_only(self, world: World):
        administrator, own = world["counseling_administrator"], world.organizations["counseling"]
        for organization, answer in ((own, "ServiceOffered"), (world.organizations["legal_aid"], "NotPermitted")):
            payload = await administrator.do(
                "OfferService", organizationId=world.id("Organization", organization), name="Evening group",
                category="counseling", description="Thursdays", languages=["es"],
            )  # fmt: skip
            assert payload["__typename"] == answer
        for service, answer in (("counseling", "ServiceChanged"), ("legal_aid", "NotPermitted")):
            payload = await administrator.do(
                "ChangeService", serviceId=world.id("Service", world.services[service]), version=1, waitDays=9
            )
            assert payload["__typename"] == answer
        contact = {"label": "night", "phone": "(555) 555-0177", "email": "night@example.org",
                   "isRoundTheClock": True, "verifiedOn": world.clock.now.date().isoformat()}  # fmt: skip
        added = await administrator.do(
            "AddOrganizationContact", organizationId=world.id("Organization", own), **contact
        )
        assert added["__typename"] == "OrganizationContactAdded"

    async def test_hires_and_dismisses_partner_users_of_the_own_organisation_and_nobody_else(self, world: World):
        administrator = world["counseling_administrator"]
        refused = await administrator.do("GrantMembership", **hire(world, "counseling"))
        assert (refused["reason"], refused["requestable"]) == ("needs_second_factor", True)
        await prove(administrator)
        hired = await administrator.do("GrantMembership", **hire(world, "counseling"))
        assert hired["membership"]["role"] == "partner_user"
        for other in (
            hire(world, "legal_aid"),
            hire(world, "counseling", "partner_administrator"),
            hire(world, "counseling", "supervisor", "resiliency_center"),
            hire(world, "counseling", "system_administrator"),
        ):
            assert (await administrator.do("GrantMembership", **other))["__typename"] in REFUSED
        ended = await administrator.do("EndMembership", membershipId=hired["membership"]["id"])
        assert ended["membership"]["endedAt"]
        for hat in ("lawyer", "counseling_administrator"):
            payload = await administrator.do(
                "EndMembership", membershipId=world.id("Membership", world[hat].membership_id)
            )
            assert payload["__typename"] in REFUSED

    async def test_sees_how_much_is_waiting_and_never_who(self, world: World):
        referral = await accepted(world)
        assert (await world["stranger"].ask(PERSONS))["data"]["referralInbox"]["totalCount"] == 0
        served = await referral.seen_by("counselor")
        assert served["persons"][0]["givenName"]
        person = (await referral.seen_by("counseling_administrator"))["persons"][0]
        assert (person["ageBand"], person["givenName"], person["phones"]) == ("age_25_59", None, None)
        assert {each["reason"] for each in person["access"]["masked"]} == {"not_for_your_role"}
        payload = await referral.step("StartReferral", hat="counseling_administrator")
        assert payload["__typename"] == "NotPermitted"


class TestFundAdministrator:
    async def test_takes_up_a_claim_and_reads_who_it_is_and_no_story(self, world: World):
        family = await fac_family(world)
        classes = ["identity", "contact", "clinical", "narrative"]
        await released(world, family, to="victim_fund", purpose="benefits_application", classes=classes)
        needs = await needs_of(world, family, "mother")
        referral = await drafted(
            world, family, to="victim_fund", purpose="benefits_application", reason="a long story",
            needIds=[each["id"] for each in needs.values()],
        )  # fmt: skip
        assert (await referral.send())["isSent"]
        assert await referral.seen_by("counselor") is None
        before = (await referral.seen_by("fund"))["persons"][0]
        assert (before["givenName"], before["ageBand"]) == (None, "age_25_59")
        assert (await referral.step("AcceptReferral", hat="fund"))["referral"]["status"] == "accepted"
        claim = await referral.seen_by("fund")
        assert claim["persons"][0]["givenName"].startswith("Marisol")
        assert claim["persons"][0]["phones"]
        assert (claim["reason"], [each["detail"] for each in claim["needs"]]) == (None, [None] * len(needs))
        assert claim["needs"][0]["code"]

    async def test_knows_the_awards_and_no_case(self, world: World):
        family = await fac_family(world)
        assert await shown(world, "stranger", "Awards", first=10) is None
        assert (await shown(world, "fund", "Awards", first=10))["totalCount"] >= 1
        assert await shown(world, "fund", "Case", id=family.case_id) is None


class TestReunificationWorker:
    async def test_knows_the_families_of_the_own_center_and_who_may_pick_up_whom(self, world: World):
        family = await new_family(world)
        assert await shown(world, "volunteer", "Person", id=family.persons["mother"]) is None
        mother = (await world["reunifier"].run("Person", id=family.persons["mother"]))["person"]
        assert mother["givenName"].startswith("Marisol")
        assert [each["isPickupAuthorized"] for each in mother["relationships"]] == [True]
        assert mother["needs"] == []
        added = await world["reunifier"].do(
            "AddRelationship", personId=family.persons["father"], otherPersonId=family.persons["daughter"],
            kin="parent", isPickupAuthorized=True,
        )  # fmt: skip
        assert added["__typename"] == "RelationshipAdded"

    async def test_and_not_those_of_another_center_nor_what_is_done_for_them(self, world: World):
        elsewhere = await fac_family(world)
        assert await shown(world, "reunifier", "Person", id=elsewhere.persons["mother"]) is None
        here = await new_family(world)
        refused = await world["reunifier"].do("WriteNote", caseId=here.case_id, kind="casework", body="x")
        assert refused["__typename"] in REFUSED
        work = await world["reunifier"].ask(WORK, id=here.case_id)
        assert work["data"]["case"] == {
            "needs": {"totalCount": 0}, "referrals": {"totalCount": 0}, "notes": {"totalCount": 0},
        }  # fmt: skip


class TestVolunteer:
    async def test_counts_calls_and_meets_nobody_on_paper(self, world: World):
        family = await new_family(world)
        given = {"contactedOn": world.clock.now.date().isoformat(), "contacts": 7}
        assert (await world["stranger"].do("RecordAnonymousContacts", **given))["__typename"] in REFUSED
        counted = await world["volunteer"].do("RecordAnonymousContacts", **given)
        assert counted["__typename"] == "AnonymousContactsRecorded", counted
        for id in family.persons.values():
            assert await shown(world, "volunteer", "Person", id=id) is None
        assert await shown(world, "volunteer", "Case", id=family.case_id) is None
        assert not (await shown(world, "volunteer", "Cases", first=10) or {}).get("nodes")
