"""Invented families for tests, recorded the way an intake worker records them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from fac.domain.ids import decode_global
from tests.world import World


def family_form(tag: str = "") -> dict[str, Any]:
    """Return the input of ``recordIntake`` for a family of four; ``tag`` makes its names and numbers its own."""
    number = int(uuid4().int % 90_000_000) + 10_000_000
    surname = f"Quintanaroo{tag} Velasco"
    return {
        "language": "es",
        "persons": [
            {
                "ref": "mother", "givenName": f"Marisol{tag}", "familyName": surname, "bornOn": "1985-04-12",
                "phones": [f"+1 312 555 01{number % 90 + 10}"], "emails": [f"marisol{tag or 'x'}@example.org"],
                "address": "12 Cedar Street, Springfield", "postalCode": "62701", "safeChannels": ["voice", "text"],
                "topicsToAvoid": ["media"],
                "spokenLanguage": "es-MX", "writtenLanguage": "es", "needsInterpreter": True,
                "gender": "female", "races": ["hispanic_or_latino"], "involvements": ["family_of_injured"],
                "needs": [
                    {"code": "counseling_individual", "horizon": "immediate", "detail": f"cannot sleep {tag}"},
                    {"code": "legal_advice", "horizon": "short_term"},
                ],
            },
            {
                "ref": "father", "givenName": f"Anselm{tag}", "familyName": "Quill", "bornOn": "1983",
                "isBirthDateEstimated": True, "spokenLanguage": "en", "gender": "male", "races": ["white", "asian"],
                "involvements": ["injured_hospitalized"],
            },
            {
                "ref": "daughter", "givenName": f"Noemi{tag}", "familyName": surname, "bornOn": "2012-09-01",
                "spokenLanguage": "es", "gender": "female", "involvements": ["family_of_injured"],
                "needs": [{"code": "counseling_child", "horizon": "immediate"}],
            },
            {
                "ref": "uncle", "givenName": f"Teobaldo{tag}", "familyName": surname, "spokenLanguage": "es",
                "household": "uncle", "involvements": ["witness"],
            },
        ],
        "relationships": [
            {
                "personRef": "mother", "otherRef": "daughter", "kin": "parent", "hasConsentAuthority": True,
                "isPickupAuthorized": True, "isLegalNextOfKin": True, "nextOfKinEvidence": "birth certificate",
            },
            {"personRef": "uncle", "otherRef": "daughter", "kin": "other_relative", "isRestricted": True},
        ],
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Family:
    """A recorded family: opaque ids of the case and of the persons by ref."""

    case_id: str
    case_number: str
    persons: dict[str, str]

    def raw(self, id: str) -> UUID:
        """Return the row id inside an opaque id."""
        decoded = decode_global(id)
        assert decoded is not None
        return decoded[2]


async def new_family(world: World, hat: str = "intake", tag: str | None = None) -> Family:
    """Record a family of four over HTTP as ``hat`` and return its ids."""
    payload = await world[hat].do("RecordIntake", **family_form(uuid4().hex[:6] if tag is None else tag))
    assert payload["__typename"] == "IntakeRecorded", payload
    persons = {each["ref"]: each["id"] for each in payload["persons"]}
    return Family(payload["case"]["id"], payload["caseNumber"], persons)
