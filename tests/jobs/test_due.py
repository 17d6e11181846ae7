"""Notices of the yearly check: to the lead organisation and the partner, once, and only while it is still due."""

from datetime import timedelta
from typing import Any

from fac.jobs.acting import Equipment
from fac.jobs.task import run_task
from tests.caseloads import audit_of, raw
from tests.casework.test_yearly_check import contact
from tests.jobs.conftest import COUNTY_DESK, PARTNER_DESK, Remembering
from tests.referring import SUPERVISOR
from tests.world import World

DESKS = {COUNTY_DESK, PARTNER_DESK}


async def remind(equipment: Equipment, record: str, id: str, world: World) -> None:
    ids = {"incident_id": str(world.incident_id), f"{record}_id": str(raw(id))}
    await run_task(equipment, f"notify.{record}_due", ids)


async def agreed(world: World, days: int) -> dict[str, Any]:
    today = world.clock.now.date()
    done = await world["administrator"].do(
        "RecordAgreement", organizationId=world.id("Organization", world.organizations["counseling"]), kind="mou",
        scope="counseling", dataTerms="as released", attestsNondiscrimination=True,
        effectiveOn=(today - timedelta(days=1)).isoformat(), expiresOn=(today + timedelta(days=days)).isoformat(),
    )  # fmt: skip
    found: dict[str, Any] = done["agreement"]
    return found


class TestNotifyContact:
    async def test_both_sides_are_told_once_and_not_of_what_was_verified_meanwhile(
        self, world: World, equipment: Equipment, transport: Remembering
    ) -> None:
        old, seen_to = await contact(world), await contact(world)
        await world[SUPERVISOR].do("VerifyOrganizationContact", organizationContactId=seen_to["id"], version=1)
        for each in (old, old, seen_to):
            await remind(equipment, "organization_contact", each["id"], world)
        assert {each.recipient for each in transport.sent} == DESKS | {"night@example.org"}
        assert len(await audit_of(world, "organization_contact.due", old["id"])) == 1
        assert await audit_of(world, "organization_contact.due", seen_to["id"]) == []
        assert all(f"/organization_contact/{old['id']}" in each.text for each in transport.sent)


class TestNotifyAgreement:
    async def test_only_of_the_last_of_an_organisations_agreements_that_was_not_ended(
        self, world: World, equipment: Equipment, transport: Remembering
    ) -> None:
        first, last, ended = [await agreed(world, days) for days in (400, 500, 600)]
        await world["administrator"].do("EndAgreement", agreementId=ended["id"], version=1)
        for each in (first, ended):
            await remind(equipment, "agreement", each["id"], world)
        assert transport.sent == []
        for _ in range(2):
            await remind(equipment, "agreement", last["id"], world)
        assert len(transport.to(COUNTY_DESK, "agreement.due")) == 1
        assert {each.event for each in transport.sent} == {"agreement.due"}
        assert len(await audit_of(world, "agreement.due", last["id"])) == 1
