"""No change without the audit event it must leave: a verb that tells nothing, or something else, does not happen."""

from typing import Any
from uuid import uuid4

import pytest

from fac.access.actor import Actor
from fac.audit.events import EVENTS
from fac.audit.ledger import Circumstances
from fac.audit.left import LEFT_BY
from fac.casework.work import Work, once
from fac.domain.ids import new_id
from tests.world import World


def test_every_event_is_in_the_catalogue() -> None:
    assert {event for events in LEFT_BY.values() for event in events} <= set(EVENTS)
    assert all(LEFT_BY.values())


@pytest.mark.parametrize("told", [None, "note.written"])
async def test_a_change_that_leaves_no_event_of_its_own_does_not_happen(world: World, told: str | None) -> None:
    hat = world["fac_manager"]
    actor = Actor(
        world.incident_id, hat.membership_id, new_id(), hat.session_id, hat.role, world.organizations["county"], None
    )
    circumstances = Circumstances(world.clock(), world.parts.tools.policy.version, new_id())
    key = uuid4()

    async def verb(work: Work) -> dict[str, Any]:
        if told:
            work.tell(told, "note", new_id())
        return {}

    with pytest.raises(LookupError, match="closeCase left no audit event"):
        async with world.parts.database.transaction(actor.claims) as connection:
            await once(Work(connection, actor, world.parts.tools, circumstances, "closeCase"), key, b"", verb)
    assert await world.fetch("SELECT 1 FROM idempotency_keys WHERE key = $1", key) == []
    written = "SELECT 1 FROM audit_events WHERE correlation_id = $1"
    assert await world.fetch(written, circumstances.correlation_id) == []
