"""What every step of a referral is held to: strangers, the other side, stale versions, illegal steps, retries."""

from typing import Any
from uuid import uuid4

from tests.referring import SUPERVISOR, Referred
from tests.world import World

OUTSIDERS = ["stranger", "lawyer", "funder", "auditor", "administrator", "navigator"]


async def jobs_of(world: World, referral: Referred) -> list[str]:
    """Return the names of the jobs enqueued for a referral, in order; their arguments are ids and nothing else."""
    id = str(referral.family.raw(referral.id))
    rows = await world.fetch(
        "SELECT task_name, args FROM procrastinate_jobs WHERE args->>'referral_id' = $1 ORDER BY id", id
    )
    assert all(set(each["args"]) <= {"incident_id", "referral_id"} for each in rows)
    return [each["task_name"] for each in rows]


async def told_of(world: World, referral: Referred) -> list[str]:
    """Return the audit events of a referral, in order."""
    rows = await world.fetch(
        "SELECT event FROM audit_events WHERE record_id = $1 AND event LIKE 'referral.%' ORDER BY id",
        referral.family.raw(referral.id),
    )
    return [each["event"] for each in rows]


async def verbs_of(referral: Referred) -> list[str]:
    """Return the verbs of a referral's history as its center reads it."""
    seen = await referral.seen_by(SUPERVISOR)
    return [each["verb"] for each in seen["steps"]]


async def nobody_else_may(referral: Referred, document: str, *also: str, **given: Any) -> None:
    """Demand that strangers find no such referral, and that a stale or made-up one is refused as it should be."""
    for hat in (*OUTSIDERS, *also):
        payload = await referral.step(document, hat=hat, **given)
        assert payload["__typename"] == "NotFound", (hat, payload)
    for bad in (referral.family.case_id, referral.world.id("Referral", uuid4()), "nonsense"):
        payload = await referral.world["counselor"].do(document, referralId=bad, version=1, **given)
        assert payload["__typename"] == "NotFound"


async def of_the_other_side(referral: Referred, document: str, hat: str, **given: Any) -> None:
    """Demand that ``hat``, who sees the referral, may not take the other side's step."""
    payload = await referral.step(document, hat=hat, **given)
    assert payload["__typename"] == "NotPermitted", payload


async def stale(referral: Referred, document: str, hat: str = "counselor", **given: Any) -> None:
    """Demand a Conflict that carries the present version for a step at an old version."""
    payload = await referral.step(document, hat=hat, version=referral.version + 40, **given)
    assert (payload["__typename"], payload["currentVersion"]) == ("Conflict", referral.version)


async def illegal(referral: Referred, document: str, hat: str = "counselor", **given: Any) -> None:
    """Demand an InvalidTransition that names the state and changes nothing."""
    before = await verbs_of(referral)
    payload = await referral.step(document, hat=hat, **given)
    assert (payload["__typename"], payload["state"]) == ("InvalidTransition", referral.status)
    assert await verbs_of(referral) == before


async def twice_the_same(referral: Referred, document: str, hat: str = "counselor", **given: Any) -> Any:
    """Demand that the same request sent again answers the same and takes one step; returns the answer."""
    before = len(await verbs_of(referral))
    asked = {"referralId": referral.id, "version": referral.version, "clientMutationId": str(uuid4())} | given
    first, second = [await referral.world[hat].do(document, **asked) for _ in range(2)]
    assert first == second
    assert len(await verbs_of(referral)) == before + 1
    referral.version, referral.status = first["referral"]["version"], first["referral"]["status"]
    return first
