"""Referrals and releases of invented families, brought as far as a test needs them, over HTTP."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.families import Family, new_family
from tests.world import World

SUPERVISOR = "fac_supervisor"
NEEDS_OF = "query($id: ID!) { person(id: $id) { needs { id code status version } } }"
ALL_CLASSES = ["identity", "contact", "clinical", "legal", "narrative"]


@dataclass(slots=True)
class Referred:
    """A referral of a family as it stands; ``state`` is kept up to date by :meth:`step`."""

    world: World
    family: Family
    id: str
    version: int
    status: str = "draft"

    async def step(self, document: str, *, hat: str = "counselor", **given: Any) -> Any:
        """Take a step at the present version and return the payload; a step that was taken moves the version on."""
        given.setdefault("version", self.version)
        payload = await self.world[hat].do(document, referralId=self.id, **given)
        if payload.get("referral"):
            self.version, self.status = payload["referral"]["version"], payload["referral"]["status"]
        elif payload["__typename"] == "ReferralStepped":
            self.version += 1
        return payload

    async def send(self) -> Any:
        """Send it as the supervisor."""
        return await self.step("SendReferral", hat=SUPERVISOR)

    async def seen_by(self, hat: str) -> Any:
        """Return the referral as ``hat`` reads it, None where it is not theirs to see."""
        return (await self.world[hat].run("Referral", id=self.id))["referral"]


async def fac_family(world: World, tag: str | None = None) -> Family:
    """Record a family at the assistance center."""
    return await new_family(world, "fac_intake", tag)


async def needs_of(world: World, family: Family, person: str, hat: str = SUPERVISOR) -> dict[str, Any]:
    """Return the needs of a person by code."""
    body = await world[hat].ask(NEEDS_OF, id=family.persons[person])
    return {each["code"]: each for each in body["data"]["person"]["needs"]}


def release_input(world: World, family: Family, person: str = "mother", to: str = "counseling", **other: Any) -> Any:
    """Return the input of ``giveRelease``: an adult signs for themself, the mother for the daughter too."""
    signed_on = str(world.clock.now.date())
    signatories = [{"personId": family.persons[person], "capacity": "self", "signedOn": signed_on}]
    if person == "daughter":
        signatories.append({"personId": family.persons["mother"], "capacity": "guardian", "signedOn": signed_on})
    return {
        "personId": family.persons[person],
        "recipientId": world.id("Organization", world.organizations[to]),
        "purpose": "service_delivery",
        "classes": ALL_CLASSES,
        "form": "electronic",
        "language": "es",
        "risksExplained": True,
        "expiresAt": (world.clock.now + timedelta(days=90)).isoformat(),
        "signatories": signatories,
    } | other


async def released(world: World, family: Family, person: str = "mother", **other: Any) -> Any:
    """Give a release and return it."""
    payload = await world[SUPERVISOR].do("GiveRelease", **release_input(world, family, person, **other))
    assert payload["__typename"] == "ReleaseGiven", payload
    return payload["release"]


def referral_input(world: World, family: Family, *persons: str, to: str = "counseling", **other: Any) -> Any:
    """Return the input of ``createReferral``."""
    return {
        "caseId": family.case_id,
        "serviceId": world.id("Service", world.services[to]),
        "kind": "pii_transfer",
        "urgency": "urgent",
        "purpose": "service_delivery",
        "personIds": [family.persons[each] for each in persons or ("mother",)],
    } | other


async def drafted(world: World, family: Family, *persons: str, hat: str = SUPERVISOR, **other: Any) -> Referred:
    """Draft a referral as ``hat``."""
    payload = await world[hat].do("CreateReferral", **referral_input(world, family, *persons, **other))
    assert payload["__typename"] == "ReferralCreated", payload
    return Referred(world, family, payload["referral"]["id"], payload["referral"]["version"])


async def sent(world: World, family: Family | None = None, **other: Any) -> Referred:
    """Send a referral of the mother, with her release."""
    family = family or await fac_family(world)
    await released(world, family)
    referral = await drafted(world, family, **other)
    payload = await referral.send()
    assert payload["isSent"], payload
    return referral


async def accepted(world: World, family: Family | None = None, **other: Any) -> Referred:
    """Send a referral of the mother, with her release, and accept it."""
    referral = await sent(world, family, **other)
    payload = await referral.step("AcceptReferral")
    assert payload["referral"]["status"] == "accepted", payload
    return referral
