"""A first responder's own agency sees nothing of the responder's case, whatever else its hats may see (domain 11)."""

from typing import Any
from uuid import uuid4

import pytest

from fac.domain.vocabulary import Role
from tests.caseloads import PERSONAL, hat_id
from tests.families import Family, family_form
from tests.people import somebody
from tests.referring import Referred, accepted, drafted, fac_family, referral_input
from tests.stepping import prove
from tests.world import World, put_on_duty

LISTS = "{ referralInbox(first: 100) { totalCount nodes { id needs { id } } } referrals(first: 100) { totalCount } }"


def responder(world: World, agency: str) -> dict[str, Any]:
    return {
        "ref": "officer", "givenName": "Jacinta", "familyName": f"Oyelaran{uuid4().hex[:6]}",
        "spokenLanguage": "en", "involvements": ["first_responder"],
        "agencyId": world.id("Organization", world.organizations[agency]),
    }  # fmt: skip


async def join(world: World, family: Family, agency: str, hat: str = "fac_supervisor") -> dict[str, Any]:
    return await world[hat].do("AddPerson", caseId=family.case_id, person=responder(world, agency))  # type: ignore[no-any-return]


async def seen(referral: Referred, hat: str = "counselor") -> Any:
    return await referral.seen_by(hat)


class TestResponderSOwnAgency:
    async def test_an_open_referral_goes_out_of_sight_when_the_responder_joins_the_case(self, world: World):
        other, referral = await accepted(world), await accepted(world)
        assert await seen(referral, "stranger") is None
        assert (await seen(referral))["persons"][0]["givenName"]
        before = (await world["counselor"].ask(LISTS))["data"]
        joined = await join(world, referral.family, "counseling")
        assert joined["__typename"] == "PersonAdded", joined
        for hat in ("counselor", "counseling_administrator"):
            assert await seen(referral, hat) is None
            assert await seen(other, hat)
        after = (await world["counselor"].ask(LISTS))["data"]
        for name in ("referralInbox", "referrals"):
            assert after[name]["totalCount"] == before[name]["totalCount"] - 1, name
        assert referral.id not in str(after)
        started = await referral.step("StartReferral")
        assert started["__typename"] == "NotFound"
        assert not any(value in str(started) for value in PERSONAL)
        # Everybody else still sees the family.
        case = (await world["fac_supervisor"].run("Case", id=referral.family.case_id))["case"]
        assert case["caseNumber"]

    async def test_nor_is_one_sent_to_the_agency(self, world: World):
        family = await fac_family(world)
        await join(world, family, "counseling")
        payload = await world["fac_supervisor"].do("CreateReferral", **referral_input(world, family))
        assert [(each["path"], each["problem"]) for each in payload["problems"]] == [("serviceId", "own_agency")]
        assert await drafted(world, family, to="legal_aid")

    @pytest.mark.parametrize("how", ["intake", "add"])
    async def test_the_agency_s_own_staff_does_not_take_the_responder_in(self, world: World, how: str):
        if how == "intake":
            form = family_form(uuid4().hex[:6])
            form["persons"].append(responder(world, "county"))
            payload = await world["fac_intake"].do("RecordIntake", **form)
        else:
            payload = await join(world, await fac_family(world), "county")
        assert [each["problem"] for each in payload["problems"]] == ["own_agency"]
        assert "Jacinta" not in str(payload)

    async def test_a_colleague_lent_to_the_center_is_not_told_that_the_responder_is_known(self, world: World):
        async with world.beneath.transaction() as connection:
            await put_on_duty(world, connection, "lent", Role.intake_worker, "stranger", "family_assistance_center")
        told = {"bornOn": "1980-03-21", "phones": ["+1 312 200 9911"]}
        officer = responder(world, "stranger") | told
        case_id = (await fac_family(world)).case_id
        await world["fac_supervisor"].do("AddPerson", caseId=case_id, person=officer)
        namesake = somebody(givenName="Jacinta", familyName=officer["familyName"], emails=[], **told)
        heard = {}
        for hat in ("lent", "fac_intake"):
            payload = await world[hat].do("RecordIntake", language="en", persons=[namesake])
            heard[hat] = payload["suspicions"]
        assert heard == {"lent": 0, "fac_intake": 2}  # the second of whom the first recorded, too

    async def test_nor_is_the_case_assigned_to_a_colleague(self, world: World):
        family = await fac_family(world)
        await join(world, family, "stranger")
        # A worker of the agency, lent to the center.
        await prove(world["administrator"])
        hired = await world["administrator"].do(
            "GrantMembership", login=f"{uuid4()}@example.org", displayName="Lent", role="case_manager",
            organizationId=world.id("Organization", world.organizations["stranger"]),
            centerId=world.id("Center", world.centers["family_assistance_center"]),
        )  # fmt: skip
        payload = await world["fac_supervisor"].do(
            "AssignCase", caseId=family.case_id, version=1, workerId=hired["membership"]["id"]
        )
        assert [each["problem"] for each in payload["problems"]] == ["own_agency"]
        done = await world["fac_supervisor"].do(
            "AssignCase", caseId=family.case_id, version=1, workerId=hat_id(world, "fac_manager")
        )
        assert done["__typename"] == "CaseAssigned"
