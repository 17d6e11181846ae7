"""What the owner's functions are to answer, told once more in plain Python over plain rows (fac.db.rls).

Never: ask the functions, or the formulas they are made of.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from fac.access.actor import Actor
from fac.domain.vocabulary import ClientNotice, DisclosureBasis, InfoClass, Role
from tests.access.random_incident import NOW, PARTNERS, SEALED, Incident
from tests.access.test_row_walls import ANY_HATS, View, kept_from

MINOR = {"age_0_12", "age_13_17"}
MATCHING = frozenset(
    {Role.intake_worker, Role.case_manager, Role.supervisor, Role.reunification_worker, Role.system_worker}
)
LOOKED_FOR = {"reported_unaccounted", "located_hospitalized"}


@dataclass(frozen=True, slots=True)
class Question:
    """What the hats of some roles ask: ``sql`` of ids, and the set of rows that is right."""

    roles: frozenset[Role]
    ids: Callable[[Incident], list[UUID]]
    sql: str
    right: Callable[[Incident, Actor, list[UUID]], set[tuple[Any, ...]]]


def add_what_is_accounted(made: Incident, chance: Random) -> None:
    """Add reads of everybody and disclosures of every kind, which an incident by chance has few of."""
    for person in made.rows["persons"]:
        person["age_band"] = chance.choice((person["age_band"], "age_0_12", "age_13_17"))
        for actor in made.actors.values():
            made.rows["accounted_reads"].append(
                {
                    "incident_id": made.id, "person_id": person["id"], "read_on": NOW.date(), "under_glass": False,
                    "membership_id": actor.membership_id, "classes": 1, "reads": 1, "first_at": NOW, "last_at": NOW,
                }
            )  # fmt: skip
        for _ in range(3):
            disclosure = made.add(
                "disclosures", case_id=person["case_id"], basis=chance.choice(list(DisclosureBasis)), classes=8,
                client_notice=chance.choice((None, *ClientNotice)), reviewed_by_counsel=False, words=SEALED,
                organization_id=chance.choice((None, *map(made.organizations.get, PARTNERS))), recorded_at=NOW,
                disclosed_at=NOW - timedelta(days=1), recorded_by=made.actors["supervisor_0"].membership_id,
            )  # fmt: skip
            for told in {person["id"], chance.choice(made.rows["persons"])["id"]}:
                made.add("disclosure_persons", disclosure_id=disclosure, person_id=told)


def records_of(made: Incident, actor: Actor, person: UUID) -> set[Any]:
    """Return the records of the one person; none where the portal asks about another than its access is about."""
    accesses = made.rows["portal_accesses"]
    if actor.role is Role.family_member and not any(
        each["id"] == actor.membership_id and each["person_id"] == person for each in accesses
    ):
        return set()
    merges = [each for each in made.rows["person_merges"] if each["unmerged_at"] is None]
    kept = next((each["person_id"] for each in merges if each["other_person_id"] == person), person)
    return {kept} | {each["other_person_id"] for each in merges if each["person_id"] == kept}


def consented_alone(made: Incident, records: set[Any]) -> set[Any]:
    """Return to which organisations the person, a minor, lawfully consented alone."""
    alone = {each["release_id"] for each in made.rows["release_signatories"] if each["capacity"] == "minor_may_consent"}
    return {
        each["organization_id"]
        for each in made.rows["releases"]
        if each["id"] in alone and each["person_id"] in records and is_minor(made, each["person_id"])
    }


def is_minor(made: Incident, person: Any) -> bool:
    return made.named("persons", person)["age_band"] in MINOR


def is_untold(made: Incident, records: set[Any]) -> bool:
    """Tell whether the family looks for somebody still, or has not been told what the liaison knows."""
    cases = {made.named("persons", each)["case_id"] for each in records}
    live = {each["id"] for each in made.rows["identifications"] if each["status"] != "withdrawn"}
    matches = [each for each in made.rows["identification_matches"] if each["identification_id"] in live]
    matched = {each["person_of_concern_id"] for each in matches}
    told = {each["person_of_concern_id"] for each in made.rows["death_notifications"]}
    searches = [each for each in made.rows["persons_of_concern"] if each["case_id"] in cases]
    return any(each["status"] in LOOKED_FOR or each["id"] in matched - told for each in searches)


def reads_told(made: Incident, actor: Actor, ids: list[UUID]) -> set[tuple[Any, ...]]:
    found = set[tuple[Any, ...]]()
    for asked in ids:
        records = records_of(made, actor, asked)
        alone, untold = consented_alone(made, records), is_untold(made, records)
        for each in made.rows["accounted_reads"]:
            hat = made.named("memberships", each["membership_id"])
            hidden = hat["role"] == Role.family_member or (hat["role"] == Role.identification_liaison and untold)
            if each["person_id"] in records and not hidden and hat["organization_id"] not in alone:
                found.add((asked, each["person_id"], each["membership_id"]))
    return found


def disclosures_told(made: Incident, actor: Actor, ids: list[UUID]) -> set[tuple[Any, ...]]:
    found = set[tuple[Any, ...]]()
    for asked in ids:
        records = records_of(made, actor, asked)
        alone = consented_alone(made, records)
        for each in made.rows["disclosures"]:
            told = {row["person_id"] for row in made.rows["disclosure_persons"] if row["disclosure_id"] == each["id"]}
            hidden = each["client_notice"] in {"forbidden", "unsafe"} or each["organization_id"] in alone
            report = each["basis"] in {"mandated_report", "imminent_danger"}
            if told & records and not hidden and not (report and any(is_minor(made, person) for person in told)):
                found.add((asked, each["id"]))
    return found


def compared_of(made: Incident, actor: Actor, ids: list[UUID]) -> set[tuple[Any, ...]]:
    if actor.role not in MATCHING:
        return set()
    keys = {(each["subject_id"], each["info"]): each["wrapped"] for each in made.rows["data_keys"]}
    codes = (InfoClass.identity.code, InfoClass.contact.code)
    return {(each, *(keys.get((each, code)) for code in codes)) for each in ids}


def credentialed(made: Incident, _: Actor, ids: list[UUID]) -> set[tuple[Any, ...]]:
    good = [
        each
        for each in made.rows["provider_credentials"]
        if each["verified_at"] is not None and each["revoked_at"] is None
    ]
    return {(id, max((e["expires_on"] for e in good if e["organization_id"] == id), default=None)) for id in ids}


def kept_away(made: Incident, actor: Actor, _: list[UUID]) -> set[tuple[Any, ...]]:
    cases = kept_from(View(made, actor))
    people = [each for table in ("persons", "persons_of_concern") for each in made.rows[table]]
    subjects = cases | {each["id"] for each in people if each["case_id"] in cases}
    return {("kept_cases", each) for each in cases} | {("kept_subjects", each) for each in subjects}


def everybody(made: Incident) -> list[UUID]:
    return [each["id"] for each in made.rows["persons"]]


_OF_EACH = "unnest($1::uuid[]) asked, LATERAL"
_CLAIMED = "unnest('{kept_cases,kept_subjects}'::text[]) name"
_KEPT = f"SELECT name, unnest(current_setting('fac.' || name)::uuid[]) FROM {_CLAIMED}"  # noqa: S608
_READS = f"SELECT asked, person_id, membership_id FROM {_OF_EACH} accounting_of(asked)"  # noqa: S608
_DISCLOSURES = f"SELECT asked, disclosure_id FROM {_OF_EACH} disclosures_accounted_to(asked)"  # noqa: S608
_TELLS = [frozenset({role}) for role in (Role.privacy_officer, Role.family_member)]
QUESTIONS = {
    "accounting_of": [Question(roles, everybody, _READS, reads_told) for roles in _TELLS],
    "disclosures_accounted_to": [Question(roles, everybody, _DISCLOSURES, disclosures_told) for roles in _TELLS],
    "compared": [
        Question(
            ANY_HATS | MATCHING, lambda made: everybody(made)[:2],
            "SELECT id, identity_wrapped, contact_wrapped FROM compared($1)", compared_of,
        )
    ],
    "credentialed_until": [
        Question(
            frozenset({Role.partner_user}), lambda made: list(made.organizations.values()),
            "SELECT asked, credentialed_until(asked) FROM unnest($1::uuid[]) asked", credentialed,
        )
    ],
    "keep_away": [Question(ANY_HATS, lambda _: [], f"{_KEPT} WHERE $1::uuid[] IS NOT NULL", kept_away)],
}  # fmt: skip

__all__ = ["QUESTIONS", "add_what_is_accounted"]
