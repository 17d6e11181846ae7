"""Searches of invented families for somebody, brought as far as a test needs them, over HTTP."""

from dataclasses import dataclass
from typing import Any

from tests.families import Family, new_family
from tests.world import World

# Personal values of the search below that no problem, refusal or audit row may repeat.
SOUGHT = ("Evaristo", "Zorrilla", "heron tattoo", "north gate")


def sought(family: Family, **other: Any) -> dict[str, Any]:
    """Return the input of ``reportPersonOfConcern``: the mother looks for her brother."""
    return {
        "caseId": family.case_id, "reporterId": family.persons["mother"], "kin": "sibling", "givenName": "Evaristo",
        "familyName": "Zorrilla", "bornOn": "1979", "isBirthDateEstimated": True,
        "description": "a heron tattoo on the left arm", "lastSeen": "at the north gate, about nine",
    } | other  # fmt: skip


@dataclass(slots=True)
class Search:
    """A family's search as it stands."""

    world: World
    family: Family
    id: str
    version: int = 1

    async def step(self, document: str, hat: str = "reunifier", **given: Any) -> Any:
        """Take a step at the present version and return the payload; a step that was taken moves the version on."""
        given.setdefault("version", self.version)
        payload = await self.world[hat].do(document, personOfConcernId=self.id, **given)
        if payload.get("personOfConcern"):
            self.version = payload["personOfConcern"]["version"]
        return payload

    async def seen_by(self, hat: str) -> Any:
        """Return the search as ``hat`` reads it, None where it is not theirs to see."""
        body = (await self.world[hat].post({"documentId": "PersonOfConcern", "variables": {"id": self.id}})).json()
        return (body.get("data") or {}).get("personOfConcern")


async def new_search(world: World, family: Family | None = None, hat: str = "intake", **other: Any) -> Search:
    """Report whom a family (a new one) looks for, as ``hat``."""
    family = family or await new_family(world, hat)
    payload = await world[hat].do("ReportPersonOfConcern", **sought(family, **other))
    assert payload["__typename"] == "PersonOfConcernReported", payload
    return Search(world, family, payload["personOfConcern"]["id"])


def assert_nobody_named(payload: Any) -> None:
    """Assert that an answer repeats nothing of who is looked for."""
    assert not [each for each in SOUGHT if each in str(payload)]
