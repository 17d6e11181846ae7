"""People made up by chance, one at a time, recorded as families of their own."""

from random import Random
from typing import Any

from tests.caseloads import hat_id
from tests.world import World

CHANCE = Random(20260302)  # noqa: S311  # made-up names, not secrets
# Each is taken once: two people of one birth date have terms in common, and a search for one opens both. Days that
# cannot be read as months.
_BIRTH_DATES = [
    f"{year}-{month:02d}-{day}" for year in range(1910, 2000) for month in range(1, 13) for day in range(13, 28)
]
CHANCE.shuffle(_BIRTH_DATES)


def made_up(syllables: int = 4) -> str:
    """Return a name that sounds like no other."""
    return "".join(CHANCE.choice("bcdfglmnprst") + CHANCE.choice("aeiou") for _ in range(syllables)).capitalize()


def somebody(**given: Any) -> dict[str, Any]:
    """Return one person of an intake form, unlike anybody else."""
    number = CHANCE.randrange(10_000_000, 99_999_999)
    return {
        "ref": "p", "givenName": made_up(), "familyName": f"{made_up()} {made_up()}",
        "bornOn": _BIRTH_DATES.pop(),
        "phones": [f"+1 {number % 700 + 201} {number % 700 + 202} {number % 9000 + 1000}"],
        "emails": [f"{made_up()}@example.org"], "postalCode": str(number % 90_000 + 10_000),
        "spokenLanguage": "en", "involvements": ["witness"],
    } | given  # fmt: skip


async def recorded(world: World, hat: str, person: dict[str, Any], carried_by: str = "") -> str:
    """Record ``person`` as a family of their own and return the person's id."""
    payload = await world[hat].do("RecordIntake", language="en", persons=[person])
    assert payload["__typename"] == "IntakeRecorded", payload
    if carried_by:
        await world["fac_supervisor"].do(
            "AssignCase", caseId=payload["case"]["id"], version=1, workerId=hat_id(world, carried_by)
        )
    return str(payload["persons"][0]["id"])


def names_of(person: dict[str, Any], *more: str) -> dict[str, Any]:
    """Return the needle of a person's names, and of what else is told."""
    return {name: person[name] for name in ("givenName", "familyName", *more)}
