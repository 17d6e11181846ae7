"""The floor under an intake: the same sealing, the same index terms, the same rows, one statement a table.

Never: check anything: not who asks, not the form, not whether it was sent before.
"""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from fac.casework.person_record import facts_of
from fac.casework.work import Tools
from fac.crypto.columns import Sealed
from fac.db.engine import Pool
from fac.domain.identity import age_band, match_terms
from fac.domain.ids import encode_global, new_case_number, new_id
from fac.domain.sensitivity import need_code
from fac.domain.vocabulary import InfoClass
from fac.reading.catalog import NOUNS


def _insert(table: str, columns: str) -> str:
    names = columns.split()
    places = ", ".join(f"${place}" for place in range(1, len(names) + 1))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"


CASE = _insert("cases", "incident_id id case_number status center_id responsible_id opened_at version")
ASSIGNMENT = _insert("case_assignments", "incident_id id case_id membership_id center_id started_at")
INTAKE = _insert("intakes", "incident_id id case_id center_id recorded_by language recorded_at")
KEY = _insert("data_keys", "incident_id subject_id info version epoch wrapped")
HOUSEHOLD = _insert("households", "incident_id id case_id created_at")
PERSON = _insert(
    "persons",
    "incident_id id case_id household_id identity contact age_band spoken_language written_language needs_interpreter gender races"
    " special_classifications victimizations created_at version",
)
INVOLVEMENT = _insert("involvements", "incident_id id person_id case_id role")
POSTING = _insert("match_postings", "incident_id id token pointer normaliser")
NEED = _insert("needs", "incident_id id case_id person_id code horizon status detail detail_class opened_at version")
RELATIONSHIP = _insert(
    "relationships",
    "incident_id id person_id other_person_id kin is_legal_next_of_kin next_of_kin_evidence has_consent_authority is_pickup_authorized"
    " is_restricted is_emergency_contact",
)
AUDIT = _insert(
    "audit_events",
    "incident_id id at event membership_id operation record record_id subjects classes detail policy_version correlation_id mac",
)
FIND = "SELECT token, pointer FROM match_postings WHERE incident_id = $1 AND token = ANY($2) LIMIT 2000"
_BYTES = bytes(32)
_ORDER = (CASE, ASSIGNMENT, INTAKE, KEY, HOUSEHOLD, PERSON, INVOLVEMENT, POSTING, NEED, RELATIONSHIP)


class Intake:
    """Records families."""

    def __init__(self, incident_id: UUID, seeded: dict[str, Any], tools: Tools) -> None:
        self._incident = incident_id
        self._center, self._hat, self._lead = (
            UUID(seeded[name]) for name in ("intake_center_id", "intake_id", "lead_id")
        )
        self._tools = tools

    async def record(self, database: Pool, form: dict[str, Any], *, audits: bool) -> dict[str, Any]:
        """Write the family of ``form`` in one transaction and answer like the application."""
        now, case_id, number = datetime.now(UTC), new_id(), new_case_number()
        people = {each["ref"]: new_id() for each in form["persons"]}
        tokens: list[bytes] = []
        rows = self._rows(form, people, case_id, number, now, tokens)
        async with database.transaction() as connection:
            await connection.fetch(FIND, self._incident, tokens)
            for statement in _ORDER:
                await connection.executemany(statement, rows[statement])
            if audits:
                await connection.execute(
                    AUDIT, self._incident, new_id(), now, "intake.recorded", self._hat, "recordIntake", "intake", case_id,
                    list(people.values()), 0, "{}", _BYTES, case_id, _BYTES,
                )  # fmt: skip
        persons = [{"ref": ref, "id": self._id("Person", id)} for ref, id in people.items()]
        return {
            "__typename": "IntakeRecorded", "caseNumber": number, "suspicions": 0, "persons": persons,
            "case": {"id": self._id("Case", case_id), "status": "open", "version": 1},
        }  # fmt: skip

    def _rows(
        self,
        form: dict[str, Any],
        people: dict[str, UUID],
        case_id: UUID,
        number: str,
        now: datetime,
        tokens: list[bytes],
    ) -> dict[str, list[tuple[Any, ...]]]:
        own, hat, center = self._incident, self._hat, self._center
        rows: dict[str, list[tuple[Any, ...]]] = {each: [] for each in _ORDER}
        rows[CASE].append((own, case_id, number, "open", center, hat, now, 1))
        rows[ASSIGNMENT].append((own, new_id(), case_id, hat, center, now))
        rows[INTAKE].append((own, new_id(), case_id, center, hat, form["language"], now))
        homes = {each.get("household") or "": new_id() for each in form["persons"]}
        rows[HOUSEHOLD].extend((own, id, case_id, now) for id in homes.values())
        for each in form["persons"]:
            id = people[each["ref"]]
            identity, contact = _identity(each), _contact(each)
            born = each.get("bornOn")
            rows[PERSON].append(
                (
                    own, id, case_id, homes[each.get("household") or ""], self._seal(rows, "persons", id, id, InfoClass.identity, identity),
                    self._seal(rows, "persons", id, id, InfoClass.contact, contact), _band(born, now), each["spokenLanguage"],
                    each.get("writtenLanguage") or each["spokenLanguage"], bool(each.get("needsInterpreter")), each["gender"],
                    each.get("races") or [], [], [], now, 1,
                )
            )  # fmt: skip
            rows[INVOLVEMENT].extend((own, new_id(), id, case_id, role) for role in each.get("involvements", ()))
            self._postings(rows, id, identity, contact, tokens)
            for need in each.get("needs", ()):
                need_id, info = new_id(), need_code(need["code"]).detail
                detail = need.get("detail") and self._seal(rows, "needs", need_id, id, info, {"text": need["detail"]})
                rows[NEED].append(
                    (own, need_id, case_id, id, need["code"], need["horizon"], "identified", detail, info.code, now, 1)
                )
        rows[RELATIONSHIP].extend(
            (
                own, new_id(), people[tie["personRef"]], people[tie["otherRef"]], tie["kin"], tie.get("isLegalNextOfKin", False),
                tie.get("nextOfKinEvidence"), tie.get("hasConsentAuthority", False), tie.get("isPickupAuthorized", False),
                tie.get("isRestricted", False), False,
            )
            for tie in form["relationships"]
        )  # fmt: skip
        return rows

    def _postings(
        self,
        rows: dict[str, list[tuple[Any, ...]]],
        id: UUID,
        identity: dict[str, Any],
        contact: dict[str, Any],
        tokens: list[bytes],
    ) -> None:
        index, own = self._tools.blind_index, self._incident
        made = index.tokens(own, self._lead, match_terms(facts_of(identity, contact)))
        tokens.extend(made)
        rows[POSTING].extend((own, new_id(), token, index.seal_pointer(own, token, id), 1) for token in made)

    def _seal(
        self,
        rows: dict[str, list[tuple[Any, ...]]],
        table: str,
        row_id: UUID,
        subject: UUID,
        info: InfoClass,
        values: dict[str, Any],
    ) -> bytes:
        key = self._tools.disclosure.new_key(self._incident, subject, info)
        rows[KEY].append(
            tuple(key[name] for name in ("incident_id", "subject_id", "info", "version", "epoch", "wrapped"))
        )
        sealed: Sealed = self._tools.disclosure.seal(key, table=table, row_id=row_id, info=info, values=values)
        return sealed.blob

    def _id(self, noun: str, id: UUID) -> str:
        return encode_global(NOUNS[noun].code, self._incident, id)


def _identity(form: dict[str, Any]) -> dict[str, Any]:
    return {
        "given_name": form["givenName"], "family_name": form["familyName"], "preferred_name": None, "aliases": [],
        "born_on": form.get("bornOn"), "is_birth_date_estimated": bool(form.get("isBirthDateEstimated")),
    }  # fmt: skip


def _contact(form: dict[str, Any]) -> dict[str, Any]:
    return {
        "phones": form.get("phones", []), "emails": form.get("emails", []), "address": form.get("address"), "postal_code": form.get("postalCode"),
        "is_substitute_address": False, "safe_channels": form.get("safeChannels", []), "best_times": None,
        "topics_to_avoid": form.get("topicsToAvoid", []),
    }  # fmt: skip


def _band(born: str | None, now: datetime) -> str:
    return str(age_band(date.fromisoformat(born) if born else None, now.date()))
