"""The yearly check of the directory over HTTP: contacts verified anew, what is due, referrals an agreement has shut."""

from datetime import timedelta
from typing import Any

import pytest

from tests.caseloads import audit_of, jobs, raw
from tests.referring import SUPERVISOR, accepted, drafted, fac_family, sent
from tests.world import World

NOBODY = ("stranger", "counselor", "lawyer", "funder", "auditor", "privacy_officer", "fac_manager", "intake")


async def contact(world: World, organization: str = "counseling", days_ago: int = 340) -> dict[str, Any]:
    """Add a contact that somebody made sure of so many days ago."""
    done = await world["administrator"].do(
        "AddOrganizationContact", organizationId=world.id("Organization", world.organizations[organization]),
        label="Night desk", phone="(312) 555-0147", email="night@example.org",
        verifiedOn=(world.clock.now.date() - timedelta(days=days_ago)).isoformat(),
    )  # fmt: skip
    found: dict[str, Any] = done["organizationContact"]
    return found


async def listed(world: World, hat: str, root: str, **given: Any) -> list[str]:
    nodes = (await world[hat].run(root[0].upper() + root[1:], first=100, **given))[root]["nodes"]
    return [each["id"] for each in nodes]


class TestVerifyOrganizationContact:
    @pytest.mark.parametrize("hat", NOBODY)
    async def test_not_by_who_does_not_keep_the_directory(self, world: World, hat: str) -> None:
        given = await contact(world)
        done = await world[hat].do("VerifyOrganizationContact", organizationContactId=given["id"], version=1)
        assert done["code"] == "not_permitted"

    async def test_a_partner_makes_sure_of_its_own_and_of_no_others(self, world: World) -> None:
        own, other = await contact(world), await contact(world, "legal_aid")
        hat = world["counseling_administrator"]
        done = await hat.do("VerifyOrganizationContact", organizationContactId=other["id"], version=1)
        assert done["code"] == "not_permitted"
        done = await hat.do("VerifyOrganizationContact", organizationContactId=own["id"], version=1)
        assert done["organizationContact"]["verifiedOn"] == world.clock.now.date().isoformat()

    async def test_it_is_told_and_asked_for_again_in_a_year(self, world: World) -> None:
        given = await contact(world)
        done = await world[SUPERVISOR].do("VerifyOrganizationContact", organizationContactId=given["id"], version=1)
        assert done["organizationContact"]["version"] == 2
        (event,) = await audit_of(world, "organization_contact.verified", given["id"])
        assert event["membership_id"] == world[SUPERVISOR].membership_id
        named = [each for each in await jobs(world, "notify.organization_contact_due")
                 if each["organization_contact_id"] == str(raw(given["id"]))]  # fmt: skip
        assert len(named) == 2
        again = await world[SUPERVISOR].do("VerifyOrganizationContact", organizationContactId=given["id"], version=1)
        assert again["__typename"] == "Conflict"


class TestWhatIsDue:
    async def test_contacts_by_the_day_somebody_last_made_sure(self, world: World) -> None:
        old, new = await contact(world, days_ago=400), await contact(world, days_ago=3)
        by = (world.clock.now.date() - timedelta(days=335)).isoformat()
        found = await listed(world, SUPERVISOR, "organizationContacts", verifiedBy=by)
        assert found[0] == old["id"]
        assert new["id"] not in found

    async def test_agreements_by_their_last_day_and_to_a_partner_its_own(self, world: World) -> None:
        ids = {label: world.id("Agreement", id) for label, id in world.agreements.items()}
        by = (world.clock.now.date() + timedelta(days=340)).isoformat()
        assert set(await listed(world, SUPERVISOR, "agreements", expiresBy=by)) >= set(ids.values())
        assert await listed(world, SUPERVISOR, "agreements", expiresBy=world.clock.now.date().isoformat()) == []
        assert await listed(world, "lawyer", "agreements") == [ids["legal_aid"]]
        assert (await world["funder"].post({"documentId": "Agreements"})).json()["errors"][0]["extensions"]["code"] == (
            "not_permitted"
        )


class TestReferralsWithoutAgreement:
    async def test_what_a_lapsed_agreement_has_shut_is_named_until_there_is_another(self, world: World) -> None:
        family = await fac_family(world)
        referral, ended = await accepted(world, family), await sent(world)
        await ended.step("DeclineReferral", reason="no_capacity")
        unnamed = await drafted(world, family, kind="information_only")
        assert (await unnamed.send())["isSent"]
        own = [referral.id, ended.id, unnamed.id]
        assert not set(await listed(world, SUPERVISOR, "referralsWithoutAgreement")) & set(own)
        assert (await referral.seen_by("counselor"))["lacksAgreement"] is False
        agreement_id = world.id("Agreement", world.agreements["counseling"])
        done = await world[SUPERVISOR].do("EndAgreement", agreementId=agreement_id, version=1)
        assert done["__typename"] == "AgreementEnded", done
        assert set(own) & set(await listed(world, SUPERVISOR, "referralsWithoutAgreement")) == {referral.id}
        assert (await referral.seen_by("counselor"))["lacksAgreement"] is True
        assert referral.id in await listed(world, "counselor", "referralsWithoutAgreement")
        for hat in ("lawyer", "stranger", "navigator"):
            assert await listed(world, hat, "referralsWithoutAgreement") == []
        today = world.clock.now.date()
        done = await world[SUPERVISOR].do(
            "RecordAgreement", organizationId=world.id("Organization", world.organizations["counseling"]), kind="mou",
            scope="counseling", dataTerms="as released", attestsNondiscrimination=True, effectiveOn=today.isoformat(),
            expiresOn=(today + timedelta(days=365)).isoformat(),
        )  # fmt: skip
        assert done["__typename"] == "AgreementRecorded", done
        assert not set(own) & set(await listed(world, SUPERVISOR, "referralsWithoutAgreement"))
