"""Families in a worker's caseload, and what the database says of who was accountable when."""

from typing import Any
from uuid import UUID

from fac.domain.ids import decode_global
from tests.families import Family, new_family
from tests.world import World

# Personal values of tests/families.py that no problem, audit row or job may repeat.
PERSONAL = ("Quintanaroo", "Marisol", "Anselm", "Noemi", "Teobaldo", "Cedar", "555 01", "cannot sleep")


def raw(id: str) -> UUID:
    """Return the row id inside an opaque id."""
    decoded = decode_global(id)
    assert decoded is not None
    return decoded[2]


async def version_of(world: World, table: str, id: str) -> int:
    """Return a row's version, as a client that has just read it knows it."""
    ((version,),) = await world.fetch(f"SELECT version FROM {table} WHERE id = $1", raw(id))  # noqa: S608  # our own word
    return int(version)


async def carried_family(world: World, worker: str = "fac_manager", *, tag: str | None = None) -> Family:
    """Record a family at the family assistance center and give its case to ``worker``."""
    family = await new_family(world, "fac_intake", tag)
    if worker != "fac_intake":
        payload = await world["fac_supervisor"].do(
            "AssignCase", caseId=family.case_id, version=1, workerId=hat_id(world, worker)
        )
        assert payload["__typename"] == "CaseAssigned", payload
    return family


async def settled_family(world: World, worker: str = "fac_manager") -> Family:
    """Return a family whose needs have all come to an end, so that its case may be closed."""
    family = await carried_family(world, worker)
    for row in await world.fetch("SELECT id FROM needs WHERE case_id = $1", raw(family.case_id)):
        payload = await world[worker].do("ResolveNeed", needId=world.id("Need", row["id"]), version=1, status="met")
        assert payload["__typename"] == "NeedResolved", payload
    return family


async def drafted_referral(world: World, family: Family, hat: str = "fac_manager") -> str:
    """Draft a referral of the mother to the legal aid's service and return its id."""
    payload = await world[hat].do(
        "CreateReferral", caseId=family.case_id, serviceId=world.id("Service", world.services["legal_aid"]),
        kind="information_only", urgency="routine", purpose="service_delivery", personIds=[family.persons["mother"]],
    )  # fmt: skip
    assert payload["__typename"] == "ReferralCreated", payload
    return str(payload["referral"]["id"])


def hat_id(world: World, name: str) -> str:
    """Return the opaque id of a hat's membership."""
    return world.id("Membership", world[name].membership_id)


def center_id(world: World, kind: str) -> str:
    """Return the opaque id of a center."""
    return world.id("Center", world.centers[kind])


async def intervals(world: World, case_id: str) -> list[Any]:
    """Return the intervals of accountability, first first."""
    return list(
        await world.fetch(
            "SELECT membership_id, center_id, handoff_id, started_at, ended_at FROM case_assignments WHERE case_id = $1"
            " ORDER BY started_at, ended_at NULLS LAST, id",
            raw(case_id),
        )
    )


async def assert_always_one_accountable(world: World, case_id: str) -> list[Any]:
    """Assert that the intervals tile the case's life, the last one open and the case's own worker; return them."""
    ((gaps,),) = await world.fetch(
        """
        SELECT count(*) FROM (
            SELECT started_at, lag(ended_at) OVER (ORDER BY started_at, ended_at NULLS LAST, id) AS before,
                   row_number() OVER (ORDER BY started_at, ended_at NULLS LAST, id) AS place
            FROM case_assignments WHERE case_id = $1
        ) AS ordered WHERE place > 1 AND before IS DISTINCT FROM started_at
        """,
        raw(case_id),
    )
    assert gaps == 0
    ((opened_at, responsible, center),) = await world.fetch(
        "SELECT opened_at, responsible_id, center_id FROM cases WHERE id = $1", raw(case_id)
    )
    found = await intervals(world, case_id)
    assert found[0]["started_at"] == opened_at
    assert [row["ended_at"] is None for row in found] == [False] * (len(found) - 1) + [True]
    assert (found[-1]["membership_id"], found[-1]["center_id"]) == (responsible, center)
    return found


async def jobs(world: World, task: str) -> list[dict[str, Any]]:
    """Return the arguments of every job of that name, oldest first."""
    rows = await world.fetch("SELECT args, scheduled_at FROM procrastinate_jobs WHERE task_name = $1 ORDER BY id", task)
    return [dict(row["args"]) | {"scheduled_at": row["scheduled_at"]} for row in rows]


async def audit_of(world: World, event: str, record_id: str) -> list[Any]:
    """Return the audit rows of an event about a row."""
    return list(
        await world.fetch(
            "SELECT membership_id, operation, subjects, classes, detail FROM audit_events"
            " WHERE event = $1 AND record_id = $2 ORDER BY id",
            event,
            raw(record_id),
        )
    )


def assert_nothing_personal(payload: Any) -> None:
    """Assert that an answer repeats none of the family's values."""
    said = str(payload)
    assert not [each for each in PERSONAL if each in said]
