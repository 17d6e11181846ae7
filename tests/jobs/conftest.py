"""What the tests of jobs share: a transport that remembers, equipment over the world, and a contact for the county."""

from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from fac.db.organization import organization_contacts
from fac.db.statement import insert_into
from fac.domain.ids import new_id
from fac.errors import NotDelivered
from fac.jobs.acting import Equipment
from fac.jobs.transport import Notice
from tests.world import World

COUNTY_DESK = "desk@county.example.org"
PARTNER_DESK = "desk@counseling.example.org"


@dataclass(slots=True)
class Remembering:
    """A transport that keeps notices, and fails as often as it is told to."""

    sent: list[Notice] = field(default_factory=list)
    failures: int = 0

    async def send(self, notice: Notice) -> None:
        if self.failures:
            self.failures -= 1
            raise NotDelivered
        self.sent.append(notice)

    def to(self, recipient: str, event: str) -> list[Notice]:
        return [each for each in self.sent if (each.recipient, each.event) == (recipient, event)]


@pytest.fixture
def transport() -> Remembering:
    return Remembering()


@pytest.fixture
def equipment(world: World, county_desk: None, transport: Remembering) -> Equipment:
    return Equipment(world.parts.database, world.parts.tools, world.clock, transport, world.parts.policies)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def county_desk(world: World) -> None:
    async with world.beneath.transaction() as connection:
        await insert_into(organization_contacts).run(
            connection, incident_id=world.incident_id, id=new_id(), organization_id=world.organizations["county"],
            label="desk", phone="+15555550101", email=COUNTY_DESK, is_round_the_clock=True,
            verified_on=world.clock.now.date(), version=1,
        )  # fmt: skip
