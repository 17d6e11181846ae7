"""The three workloads, as the requests that each contender is sent.

Never: ask one contender for less than another.
"""

import json
from dataclasses import dataclass
from typing import Any

from benchmarks.seed import Seeded

_FAMILY: dict[str, Any] = {
    "clientMutationId": "00000000-0000-4000-8000-%NUMBER%",
    "language": "es",
    "persons": [
        {
            "ref": "mother", "givenName": "%NAME%a", "familyName": "%NAME%", "bornOn": "%MOTHER_BORN%", "phones": ["+1202%PHONE%"],
            "emails": ["mother%NUMBER%@example.org"], "address": "%DOOR% Cedar Street", "postalCode": "%POST%", "safeChannels": ["voice", "text"],
            "topicsToAvoid": ["media"], "spokenLanguage": "es", "writtenLanguage": "es", "needsInterpreter": True, "gender": "female",
            "races": ["hispanic_or_latino"], "involvements": ["family_of_injured"],
            "needs": [
                {"code": "counseling_individual", "horizon": "immediate", "detail": "cannot sleep"},
                {"code": "legal_advice", "horizon": "short_term"},
            ],
        },
        {
            "ref": "father", "givenName": "%NAME%o", "familyName": "%NAME%", "bornOn": "%FATHER_BORN%", "spokenLanguage": "en",
            "gender": "male", "races": ["white"], "involvements": ["injured_hospitalized"],
        },
        {
            "ref": "daughter", "givenName": "%NAME%u", "familyName": "%NAME%", "bornOn": "%DAUGHTER_BORN%", "spokenLanguage": "es",
            "gender": "female", "involvements": ["family_of_injured"], "needs": [{"code": "counseling_child", "horizon": "immediate"}],
        },
        {
            "ref": "uncle", "givenName": "%NAME%i", "familyName": "%NAME%", "spokenLanguage": "es", "gender": "male", "household": "uncle",
            "involvements": ["witness"],
        },
    ],
    "relationships": [
        {
            "personRef": "mother", "otherRef": "daughter", "kin": "parent", "hasConsentAuthority": True, "isPickupAuthorized": True,
            "isLegalNextOfKin": True, "nextOfKinEvidence": "birth certificate",
        },
        {"personRef": "uncle", "otherRef": "daughter", "kin": "other_relative", "isRestricted": True},
    ],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Workload:
    """One workload: its requests, whose token they carry, and a word every right answer holds."""

    name: str
    token: str
    bodies: list[str]
    expected: str

    @property
    def is_write(self) -> bool:
        """Tell whether it changes the data."""
        return self.name == "M1"


def workloads(seeded: Seeded) -> list[Workload]:
    """Return Q1 (a partner's inbox of 50), Q2 (a case with five lists) and M1 (a family of four)."""
    inbox = _body("PartnerInbox", {"first": 50})
    cases = [_body("WholeCase", {"id": each}) for each in seeded.full_cases]
    return [
        Workload("Q1", seeded.partner_token, [inbox], '"givenName":"'),
        Workload("Q2", seeded.manager_token, cases, '"givenName":"'),
        Workload("M1", seeded.intake_token, [_body("RecordIntake", {"input": _FAMILY})], "IntakeRecorded"),
    ]


def _body(document: str, variables: dict[str, Any]) -> str:
    return json.dumps({"documentId": document, "variables": variables})
