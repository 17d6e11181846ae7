"""Incidents made by chance, row by row: whatever the verbs would never leave behind is in them too.

Ciphertext is a dummy: nothing here is opened, only listed and masked.
"""

import os
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from sqlalchemy import Table

from fac.access.actor import Actor
from fac.db.engine import Pool
from fac.db.statement import insert_into
from fac.db.tables import metadata
from fac.domain.ids import new_id
from fac.domain.sensitivity import need_code, note_class
from fac.domain.vocabulary import (
    ConcernStatus,
    FollowUpStatus,
    HandoffStatus,
    IdentificationStatus,
    InfoClass,
    NoteKind,
    ReferralKind,
    ReferralStatus,
    ReleasePurpose,
    Role,
)

NOW = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)  # midnight, so that a day's edge is an instant's edge too
SEALED = b"\x00dummy"
SUBSTANCE_USE = InfoClass.substance_use.bit
PURPOSES = (ReleasePurpose.service_delivery, ReleasePurpose.care_coordination)
PARTNERS = ("partner", "other_partner")
# On the edge, just before it and just after it, and far from it.
INSTANTS = [NOW + timedelta(seconds=seconds) for seconds in (-90_000, -1, 0, 1, 90_000)]
DAYS = [NOW.date() + timedelta(days=days) for days in (-9, -1, 0, 1, 9)]
ORDER = (
    "organizations", "accounts", "incidents", "centers", "memberships", "services", "organization_contacts",
    "agreements", "awards", "cases", "case_assignments", "intakes", "households", "persons", "involvements",
    "relationships", "duplicate_suspicions", "person_merges", "needs", "releases", "release_signatories",
    "referrals", "referral_persons",
    "referral_needs", "handoffs", "persons_of_concern", "identifications", "identification_matches",
    "death_notifications", "reunifications", "assistances", "anonymous_contacts", "follow_ups", "notes",
    "conflict_walls", "glass_breaks", "reviews", "disclosures", "disclosure_persons", "portal_accesses",
    "partner_notes", "provider_credentials",
)  # fmt: skip
_STATEMENTS = {name: insert_into(metadata.tables[name]) for name in ORDER}
Row = dict[str, Any]


@dataclass(slots=True)
class Incident:
    """One incident as plain rows, and an actor of every role in it."""

    id: UUID = field(default_factory=new_id)
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    actors: dict[str, Actor] = field(default_factory=dict)
    organizations: dict[str, UUID] = field(default_factory=dict)
    centers: list[UUID] = field(default_factory=list)

    def add(self, table: str, **values: Any) -> UUID:
        """Add a row, every column that is not given being null, and return its id."""
        described: Table = metadata.tables[table]
        row = dict.fromkeys((each.name for each in described.c), None) | {"id": new_id()} | values
        if "incident_id" in described.c:
            row["incident_id"] = self.id
        if "names_substance_use" in described.c:
            row["names_substance_use"] = False
        if "version" in described.c:
            row["version"] = 1
        self.rows[table].append(row)
        return UUID(str(row["id"]))

    def named(self, table: str, id: Any) -> Row:
        """Return the row of ``table`` with that id."""
        return next(each for each in self.rows[table] if each["id"] == id)

    async def insert(self, database: Pool) -> None:
        """Put every row into the database."""
        async with database.transaction() as connection:
            for name in ORDER:
                if self.rows[name]:
                    await _STATEMENTS[name].run_many(connection, self.rows[name])


@dataclass(frozen=True, slots=True)
class Shape:
    """What an incident is made from: all of it follows from these few words, which is what a failing test shows.

    A part that is left out changes no other part, so that Hypothesis finds the parts that a failure needs.
    """

    seed: int
    families: int = 3
    left_out: frozenset[str] = frozenset()

    def chance(self, part: str, number: int = 0) -> Random:
        """Return the chance by which one part of one family is made."""
        return Random(f"{self.seed} {part} {number}")  # noqa: S311  # made-up rows, not secrets


PARTS = (
    "agreements", "course", "glass", "handoffs", "notes", "openings", "pairs", "portals", "referrals", "releases",
    "responders", "reunifications", "searches", "vettings", "walls",
)  # fmt: skip


# Others are tried in every run: what no run has met yet, one will. A failing test shows the few words an incident is
# made from, and the blob that makes it again; FAC_TEST_SAME=1 tries the same ones each time. No database of examples.
tried = partial(
    settings,
    deadline=None,
    database=None,
    print_blob=True,
    derandomize=os.environ.get("FAC_TEST_SAME") == "1",
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def shapes() -> st.SearchStrategy[Shape]:
    """Return incidents to be made, the simplest of one family with nothing but its case."""
    left_out = st.one_of(st.just(frozenset[str]()), st.frozensets(st.sampled_from(PARTS)))
    return st.builds(Shape, st.integers(0, 2**32), st.integers(1, 3), left_out)


def random_incident(shape: Shape) -> Incident:
    """Return an incident of two centers, two partners and a few families, standing in every relation there is."""
    made = Incident()
    _directory(made, shape.chance("directory"))
    _hats(made)
    _credentials(made, shape.chance("credentials"))
    if "vettings" not in shape.left_out:
        _vet(made, shape.chance("vettings"))
    for number in range(shape.families):
        _family(made, shape, number)
    if "pairs" not in shape.left_out:
        _pairs(made, shape.chance("pairs"))
    if "agreements" not in shape.left_out:
        _agreements(made, shape.chance("agreements"))
    if "portals" not in shape.left_out:
        _portals(made, shape.chance("portals"))
    return made


def _directory(made: Incident, chance: Random) -> None:
    for name, kind in (
        ("county", "lead_agency"),
        ("partner", "nonprofit"),
        ("other_partner", "nonprofit"),
        ("funder", "funder"),
        ("examiner", "government"),
    ):
        made.organizations[name] = made.add(
            "organizations",
            name=name,
            kind=kind,
            created_at=NOW,
            confidentiality_regime="part2_sud" if name in PARTNERS and chance.random() < 0.2 else "none",
        )
    made.add(
        "incidents", id=made.id, name="chance", is_exercise=False, timezone="UTC", occurred_on=NOW.date(),
        status="open", lead_organization_id=made.organizations["county"], created_at=NOW,
    )  # fmt: skip
    of_county = {"address": "1 Main Street", "organization_id": made.organizations["county"], "opened_at": NOW}
    made.centers = [
        made.add("centers", kind=kind, name=kind, **of_county)
        for kind in ("reunification_center", "family_assistance_center")
    ]
    for name in PARTNERS:
        of = made.organizations[name]
        made.add(
            "services",
            organization_id=of,
            name="s",
            category="legal",
            description="d",
            languages=["en"],
            wait_days=0,
            is_accepting=True,
        )
        made.add(
            "organization_contacts", organization_id=of, label="desk", phone="+15555550100", email="desk@example.org",
            is_round_the_clock=True, verified_on=NOW.date(),
        )  # fmt: skip
    for funder in ("funder", chance.choice(("county", "funder"))):
        made.add(
            "awards", funder_organization_id=made.organizations[funder], organization_id=made.organizations["county"],
            name="a", award_number=str(new_id()), starts_on=date(2025, 10, 1), ends_on=date(2028, 10, 1),
            new_resets_in_month=7,
        )  # fmt: skip
    for name in ("county", "partner"):
        made.add(
            "anonymous_contacts", organization_id=made.organizations[name], contacted_on=NOW.date(), contacts=1,
            recorded_by=None, recorded_at=NOW,
        )  # fmt: skip


def _hats(made: Incident) -> None:
    for role in (
        Role.intake_worker, Role.reunification_worker, Role.case_manager, Role.supervisor, Role.volunteer,
    ):  # fmt: skip
        for place, center in enumerate(made.centers):
            _hat(made, f"{role}_{place}", role, "county", center)
    for name in PARTNERS:
        _hat(made, name, Role.partner_user, name)
    _hat(made, "partner_administrator", Role.partner_administrator, "partner")
    _hat(made, "fund", Role.fund_administrator, "other_partner")
    _hat(made, "liaison", Role.identification_liaison, "examiner")
    _hat(made, "funder", Role.report_viewer, "funder")
    for role in (Role.auditor, Role.privacy_officer, Role.system_administrator, Role.system_worker):
        _hat(made, role, role, "county")
    for row in made.rows["anonymous_contacts"]:
        row["recorded_by"] = made.actors["supervisor_0"].membership_id


def _hat(made: Incident, name: str, role: Role, organization: str, center: UUID | None = None) -> None:
    account = made.add("accounts", login=str(new_id()), display_name="Worker", created_at=NOW)
    of = made.organizations[organization]
    id = made.add("memberships", account_id=account, role=role, organization_id=of, center_id=center, started_at=NOW)
    made.actors[name] = Actor(made.id, id, account, None, role, of, center)


def _credentials(made: Incident, chance: Random) -> None:
    """Credentials of every standing: verified or not, revoked, expired to the day."""
    for name in ("county", *PARTNERS):
        for _ in range(chance.randint(0, 2)):
            recorded, verified = (made.actors[each].membership_id for each in ("system_administrator", "supervisor_0"))
            is_verified, is_revoked = chance.random() < 0.7, chance.random() < 0.2
            made.add(
                "provider_credentials", organization_id=made.organizations[name], kind="license", title="t",
                holder_name="h", number="n", board="b", jurisdiction="US-IL", age_bands=["age_25_59"],
                languages=["en"], works_with_interpreter=False, modalities=[], expires_on=chance.choice(DAYS),
                recorded_by=recorded, recorded_at=NOW, verified_by=verified if is_verified else None,
                verified_at=NOW if is_verified else None, revoked_by=verified if is_revoked else None,
                revoked_at=NOW if is_revoked else None, revoke_reason="not_confirmed" if is_revoked else None,
            )  # fmt: skip


def _vet(made: Incident, chance: Random) -> None:
    """Some volunteers are vetted, some no longer, some to the instant."""
    for row in made.rows["memberships"]:
        if row["role"] == Role.volunteer and chance.random() < 0.8:
            row |= {
                "vetted_by": made.actors["supervisor_0"].membership_id,
                "vetted_at": INSTANTS[0],
                "vetted_until": chance.choice(INSTANTS),
            }


def _staff(made: Incident, chance: Random) -> UUID:
    return chance.choice([each.membership_id for each in made.actors.values() if each.center_id])


def _family(made: Incident, shape: Shape, number: int) -> None:
    chance = shape.chance("family", number)
    case = made.add(
        "cases", case_number=str(new_id()), status="open", center_id=chance.choice(made.centers),
        responsible_id=_staff(made, chance), opened_at=NOW - timedelta(days=chance.randint(0, 3)),
    )  # fmt: skip
    household = made.add("households", case_id=case, created_at=NOW)
    made.add(
        "intakes", case_id=case, center_id=chance.choice(made.centers), recorded_by=_staff(made, chance), language="en",
        recorded_at=NOW,
    )  # fmt: skip
    persons = [_person(made, chance, case, household) for _ in range(chance.randint(1, 2))]
    for part, make in _MAKING.items():
        if part not in shape.left_out:
            make(made, shape.chance(part, number), case, persons)


def _person(made: Incident, chance: Random, case: UUID, household: UUID) -> UUID:
    person = made.add(
        "persons", case_id=case, household_id=household, identity=SEALED, contact=SEALED, age_band="age_25_59",
        spoken_language="en", written_language="en", needs_interpreter=False, gender="female", races=[],
        special_classifications=[], victimizations=[], created_at=NOW,
    )  # fmt: skip
    made.add("involvements", person_id=person, case_id=case, role="witness")
    for _ in range(chance.randint(0, 2)):
        code = chance.choice(("legal_advice", "legal_advice", "substance_use"))
        made.add(
            "needs", case_id=case, person_id=person, code=code,
            horizon="ongoing", status="identified", detail=SEALED, detail_class=need_code(code).detail.code,
            opened_at=NOW,
        )  # fmt: skip
    return person


def _responders(made: Incident, chance: Random, case: UUID, persons: list[UUID]) -> None:
    for person in persons:
        if chance.random() < 0.2:
            agency = made.organizations[chance.choice(("county", "partner", "other_partner", "examiner"))]
            made.add(
                "involvements", person_id=person, case_id=case, role="first_responder", agency_organization_id=agency
            )


def _releases(made: Incident, chance: Random, case: UUID, persons: list[UUID]) -> None:
    for person in persons:
        for _ in range(chance.randint(0, 3)):
            _release(made, chance, case, person)


def _referrals(made: Incident, chance: Random, case: UUID, persons: list[UUID]) -> None:
    needs = [each["id"] for each in made.rows["needs"] if each["case_id"] == case]
    for _ in range(chance.randint(0, 3)):
        _referral(made, chance, case, persons, needs)


def _openings(made: Incident, chance: Random, case: UUID, persons: list[UUID]) -> None:
    """A need of substance use under all that opens it to a partner, or all but one thing: by chance that is seldom."""
    name, by, person = chance.choice(PARTNERS), _staff(made, chance), chance.choice(persons)
    organization, other = (made.organizations[each] for each in (name, PARTNERS[name == PARTNERS[0]]))
    service = next(each["id"] for each in made.rows["services"] if each["organization_id"] == organization)
    before, purposes = {"created_at": NOW, "sent_at": NOW, "due_at": NOW}, chance.sample(PURPOSES, 2)
    wrong = chance.choice((None, None, None, *_AMISS))
    amiss = {"organization_id": other, "purpose": purposes[1], "person_id": chance.choice(persons)}
    released, referred = ({k: amiss.get(k, v) for k, v in _AMISS.get(wrong, ({}, {}))[n].items()} for n in (0, 1))
    code = chance.choice(("substance_use", "legal_advice"))
    need = made.add(
        "needs", case_id=case, person_id=person, code=code, horizon="ongoing", status="identified", detail=SEALED,
        detail_class=need_code(code).detail.code, opened_at=NOW,
    )  # fmt: skip
    release = {
        "case_id": case, "person_id": person, "organization_id": organization, "purpose": purposes[0], "form": "any",
        "classes": SUBSTANCE_USE | 504, "language": "en", "risks_explained": True, "effective_at": INSTANTS[1],
        "expires_at": INSTANTS[3], "recorded_by": by, "recorded_at": NOW, **_CONSENTED,
    }  # fmt: skip
    made.add("releases", **release | released | ({"revoked_by": by} if "revoked_at" in released else {}))
    referral = {
        "case_id": case, "kind": "pii_transfer", "status": "accepted", "urgency": "urgent", "purpose": purposes[0],
        "service_id": service, "organization_id": organization, "created_by": by, "reason": SEALED, **before,
    }  # fmt: skip
    referral |= referred
    shown = organization if referral["sent_at"] and referral["status"] != "entered_in_error" else UUID(int=0)
    id = made.add("referrals", **referral, shown_to=shown)
    made.named("referrals", id)["names_substance_use"] = made.named("needs", need)["code"] == "substance_use"
    made.add("referral_persons", referral_id=id, shown_to=shown, person_id=person)
    if wrong != "need is not named":
        made.add("referral_needs", referral_id=id, shown_to=shown, need_id=need)


_CONSENTED: Row = {"disclosers": [], "substance_use_contents": [], "revocation_explained": True}
# What may be amiss with an opening, in its release and in its referral.
_AMISS: dict[str | None, tuple[Row, Row]] = {
    "need is not named": ({}, {}),
    "release is another's": ({"organization_id": None}, {}),
    "release is of another": ({"person_id": None}, {}),
    "release is for something else": ({"purpose": None}, {}),
    "release is revoked": ({"revoked_at": NOW}, {}),
    "release is to begin": ({"effective_at": INSTANTS[3], "expires_at": INSTANTS[4]}, {}),
    "release is over": ({"effective_at": INSTANTS[0], "expires_at": NOW}, {}),
    "release is general": ({"classes": 504, **dict.fromkeys(_CONSENTED)}, {}),
    "referral is not sent": ({}, {"status": "draft", "sent_at": None, "due_at": None}),
    "referral is a mistake": ({}, {"status": "entered_in_error"}),
    "referral is not accepted": ({}, {"status": "received"}),
    "referral is over": ({}, {"status": "completed", "outcome": "ongoing"}),
    "referral carries nothing": ({}, {"kind": "information_only", "reason": None}),
}


def _release(made: Incident, chance: Random, case: UUID, person: UUID) -> None:
    effective_at, expires_at = chance.choice([(a, b) for a in INSTANTS for b in INSTANTS if a < b])
    by = _staff(made, chance)
    revoked_at = chance.choice([None, None, NOW - timedelta(seconds=1), NOW])
    classes = chance.choice((8, 16, 24, 256, 504, 504, SUBSTANCE_USE, SUBSTANCE_USE | 256, SUBSTANCE_USE | 504))
    made.add(
        "releases", case_id=case, person_id=person, organization_id=made.organizations[chance.choice(PARTNERS)],
        purpose=chance.choice(PURPOSES), classes=classes, form="any", language="en",
        risks_explained=True, effective_at=effective_at, expires_at=expires_at, recorded_by=by, recorded_at=NOW,
        revoked_at=revoked_at, revoked_by=by if revoked_at else None,
        **(_CONSENTED if classes & SUBSTANCE_USE else {}),
    )  # fmt: skip


def _referral(made: Incident, chance: Random, case: UUID, persons: list[UUID], needs: list[UUID]) -> None:
    status = chance.choice([*ReferralStatus, ReferralStatus.accepted, ReferralStatus.in_service])
    unsent = (ReferralStatus.draft, ReferralStatus.awaiting_release)
    maybe = (ReferralStatus.cancelled, ReferralStatus.entered_in_error)
    was_sent = status not in unsent and (status not in maybe or chance.random() < 0.5)
    kind = chance.choice(list(ReferralKind))
    service = chance.choice(made.rows["services"])
    sent_at = NOW - timedelta(minutes=chance.randint(0, 3)) if was_sent else None
    shown = service["organization_id"] if was_sent and status != ReferralStatus.entered_in_error else UUID(int=0)
    referral = made.add(
        "referrals", shown_to=shown, case_id=case, kind=kind, status=status, urgency="urgent",
        purpose=chance.choice(PURPOSES), service_id=service["id"], organization_id=service["organization_id"],
        created_by=_staff(made, chance),
        created_at=NOW, sent_at=sent_at, due_at=sent_at,
        decline_reason="other" if status == ReferralStatus.declined else None,
        outcome="ongoing" if status == ReferralStatus.completed else None,
        reason=None if kind == ReferralKind.information_only else SEALED,
    )  # fmt: skip
    for person in chance.sample(persons, chance.randint(1, len(persons))):
        made.add("referral_persons", referral_id=referral, shown_to=shown, person_id=person)
    for need in chance.sample(needs, chance.randint(0, len(needs))):
        made.add("referral_needs", referral_id=referral, shown_to=shown, need_id=need)
        if made.named("needs", need)["code"] == "substance_use":
            made.named("referrals", referral)["names_substance_use"] = True
    writers = [each for each in made.actors.values() if each.organization_id == service["organization_id"]]
    for _ in range(chance.randint(0, 2)):
        made.add(
            "partner_notes", case_id=case, referral_id=referral, organization_id=service["organization_id"],
            body=SEALED, written_by=chance.choice(writers).membership_id, written_at=NOW,
        )  # fmt: skip


def _handoffs(made: Incident, chance: Random, case: UUID, _: list[UUID]) -> None:
    is_open = False
    for _number in range(chance.randint(0, 2)):
        status = chance.choice([each for each in HandoffStatus if not (is_open and each is HandoffStatus.proposed)])
        is_open |= status is HandoffStatus.proposed
        from_center, to_center = chance.sample(made.centers, 2)
        decided = None if status is HandoffStatus.proposed else NOW
        made.add(
            "handoffs", case_id=case, from_center_id=from_center, to_center_id=to_center, status=status,
            proposed_by=_staff(made, chance), decided_at=decided,
            proposed_at=NOW - timedelta(days=5), expires_at=NOW + timedelta(days=chance.choice((-1, 3))),
            decided_by=_staff(made, chance) if decided else None,
            receiving_worker_id=_staff(made, chance) if status is HandoffStatus.accepted else None,
            decline_reason="other" if status is HandoffStatus.declined else None, client_agreed=True, message=SEALED,
        )  # fmt: skip


def _pairs(made: Incident, chance: Random) -> None:
    """Pairs of records that may be one person, some of them across families, some of them merged."""
    people = [each["id"] for each in made.rows["persons"]]
    by = made.actors["supervisor_0"].membership_id
    known = {(each["person_id"], each["other_person_id"]) for each in made.rows["duplicate_suspicions"]}
    known |= {(other, one) for one, other in known}
    merged: set[UUID] = set()
    for _ in range(2 * len(people)):
        one, other = chance.choice(people), chance.choice(people)
        if one == other:
            continue
        pair = {"person_id": one, "other_person_id": other}
        if (one, other) not in known:
            known |= {(one, other), (other, one)}
            said = {"dismissed_by": by, "dismissed_at": NOW} if chance.random() < 0.3 else {}
            made.add("duplicate_suspicions", **pair, **said, grade="same", score=60, reasons=[], raised_at=NOW)
        if not {one, other} & merged:
            merged |= {one, other}
            undone = {"unmerged_by": by, "unmerged_at": NOW} if chance.random() < 0.3 else {}
            made.add("person_merges", **pair, **undone, merged_by=by, merged_at=NOW)


def _portals(made: Incident, chance: Random) -> None:
    """What opens a record to somebody served: by chance to the wrong one, after its day, or taken back."""
    by, people = made.actors["supervisor_0"].membership_id, made.rows["persons"]
    for tie in made.rows["relationships"]:
        tie[chance.choice(("has_consent_authority", "has_consent_authority", "is_restricted"))] = chance.random() < 0.8
        made.named("persons", tie["other_person_id"])["age_band"] = chance.choice(
            ("age_0_12", "age_13_17", "age_18_24")
        )
    for release in made.rows["releases"]:
        capacity = chance.choice(("self", "self", "minor_may_consent"))
        made.add(
            "release_signatories", release_id=release["id"], person_id=release["person_id"], capacity=capacity,
            legal_basis="by law", signed_on=NOW.date(),
        )  # fmt: skip
    ties = [(each["person_id"], each["other_person_id"]) for each in made.rows["relationships"]]
    pairs = [(each["id"], each["id"]) for each in chance.sample(people, min(2, len(people)))] + ties
    pairs.append((chance.choice(people)["id"], chance.choice(people)["id"]))
    pairs += [(ties[0][0], child) for _, child in ties[1:]]  # whose guardian is somebody else
    for place, (holder, person) in enumerate(dict.fromkeys(pairs)):
        account = made.add("accounts", login=str(new_id()), display_name="Somebody served", created_at=NOW)
        id = made.add("memberships", account_id=account, role=Role.family_member, started_at=NOW)
        made.actors[f"family_{place}"] = Actor(made.id, id, account, None, Role.family_member, None, None)
        case = made.named("persons", person)["case_id"]
        withdrawn = {"withdrawn_at": NOW, "withdrawn_by": by} if chance.random() < 0.2 else {}
        made.add(
            "portal_accesses", id=id, case_id=case, person_id=person, holder_id=holder, identity_check="photo_id",
            key_epoch=1, given_by=by, given_at=NOW - timedelta(days=9), **withdrawn,
            expires_at=chance.choice((*INSTANTS, INSTANTS[-1], INSTANTS[-1])),
        )  # fmt: skip
        if chance.random() < 0.2:
            _wall(made, chance, case, membership_id=id, account_id=account)


def _walls(made: Incident, chance: Random, case: UUID, _: list[UUID]) -> None:
    for actor in chance.sample(list(made.actors.values()), chance.choice((0, 0, 1, 2))):
        _wall(made, chance, case, membership_id=actor.membership_id, account_id=actor.account_id)
    if chance.random() < 0.2:
        _wall(made, chance, case, organization_id=made.organizations[chance.choice(("county", *PARTNERS))])


def _glass(made: Incident, chance: Random, case: UUID, _: list[UUID]) -> None:
    for actor in chance.sample(list(made.actors.values()), chance.choice((0, 0, 1, 3))):
        ends_at = chance.choice(INSTANTS)
        by = {"done_by": actor.membership_id, "done_by_account": actor.account_id}
        glass = made.add(
            "glass_breaks", case_id=case, broken_by=actor.membership_id, account_id=actor.account_id, reason="other",
            words=SEALED, broken_at=ends_at - timedelta(minutes=60), ends_at=ends_at,
        )  # fmt: skip
        made.add(
            "reviews", kind="glass_broken", case_id=case, glass_break_id=glass, **by, status="open", raised_at=NOW,
            due_at=NOW + timedelta(hours=72),
        )  # fmt: skip


def _wall(made: Incident, chance: Random, case: UUID, **side: UUID) -> None:
    by = made.actors["supervisor_0"].membership_id
    lifted_at = chance.choice((None, None, NOW))
    made.add(
        "conflict_walls", case_id=case, **side, reason="other", raised_by=by, raised_at=NOW, lifted_at=lifted_at,
        lifted_by=by if lifted_at else None,
    )  # fmt: skip


def _reunification(made: Incident, chance: Random, case: UUID, persons: list[UUID]) -> None:
    """Of two persons one may be the other's parent, who may have come for it; they may be one person too."""
    if len(persons) < 2:
        return
    adult, child = persons[:2]
    flags = (
        "is_legal_next_of_kin",
        "has_consent_authority",
        "is_pickup_authorized",
        "is_restricted",
        "is_emergency_contact",
    )
    tie = made.add("relationships", person_id=adult, other_person_id=child, kin="parent", **dict.fromkeys(flags, False))
    pair = {"person_id": child, "other_person_id": adult}
    made.add("duplicate_suspicions", **pair, grade="review", score=50, reasons=[], raised_at=NOW)
    if chance.random() < 0.6:
        first = chance.choice([each for each in made.actors.values() if each.center_id])
        made.add(
            "reunifications", case_id=case, person_id=child, picked_up_by_id=adult, relationship_id=tie,
            photo_id_matched=True, authority_checked=True, signature="on_paper", begun_by=first.membership_id,
            account_id=first.account_id, begun_at=NOW, expires_at=NOW,
        )  # fmt: skip


def _searches(made: Incident, chance: Random, case: UUID, persons: list[UUID]) -> None:
    for _ in range(chance.randint(0, 2)):
        status = chance.choice([each for each in ConcernStatus if each is not ConcernStatus.withdrawn_duplicate])
        search = made.add(
            "persons_of_concern", case_id=case, reporter_id=chance.choice(persons), kin="parent", status=status,
            identity=SEALED, reported_by=_staff(made, chance), reported_at=NOW,
            located_at=NOW if status.startswith("located") else None,
        )  # fmt: skip
        if chance.random() < 0.6:
            _identification(made, chance, case, search)


def _identification(made: Incident, chance: Random, case: UUID, search: UUID) -> None:
    liaison = made.actors["liaison"].membership_id
    status = chance.choice(list(IdentificationStatus))
    confirmed = {"method": "dna", "confirmed_by": liaison, "confirmed_at": NOW} if "confirmed" in status else {}
    withdrawn = NOW if status is IdentificationStatus.withdrawn else None
    identification = made.add(
        "identifications", status=status, opened_by=liaison, opened_at=NOW, withdrawn_at=withdrawn, **confirmed
    )
    matched = {"identification_id": identification, "person_of_concern_id": search}
    made.add("identification_matches", **matched, matched_by=liaison, matched_at=NOW, ended_at=withdrawn)
    if chance.random() < 0.5:
        made.add(
            "death_notifications", case_id=case, **matched, team="joint", manner="in_person", advocate_present=True,
            notified_at=NOW, recorded_by=liaison, recorded_at=NOW,
        )  # fmt: skip


def _course(made: Incident, chance: Random, case: UUID, persons: list[UUID]) -> None:
    disclosure = made.add(
        "disclosures", case_id=case, basis="imminent_danger", classes=8, reviewed_by_counsel=False, words=SEALED,
        disclosed_at=NOW, recorded_by=_staff(made, chance), recorded_at=NOW,
    )  # fmt: skip
    made.add("disclosure_persons", disclosure_id=disclosure, person_id=chance.choice(persons))
    made.add(
        "assistances", case_id=case, person_id=chance.choice(persons), organization_id=made.organizations["county"],
        line_code="A1", occurrences=1, delivered_on=NOW.date(), recorded_by=_staff(made, chance), recorded_at=NOW,
    )  # fmt: skip
    made.add(
        "follow_ups", case_id=case, reason="wellbeing_check", status=FollowUpStatus.due, due_on=chance.choice(DAYS),
        created_by=_staff(made, chance), created_at=NOW,
    )  # fmt: skip


def _notes(made: Incident, chance: Random, case: UUID, _: list[UUID]) -> None:
    for _number in range(chance.randint(0, 3)):
        kind = chance.choice(list(NoteKind))
        made.add(
            "notes", case_id=case, kind=kind, body=SEALED, body_class=note_class(kind).code,
            written_by=_staff(made, chance), written_at=NOW,
        )  # fmt: skip


def _agreements(made: Incident, chance: Random) -> None:
    for name in PARTNERS:
        for _ in range(chance.randint(0, 2)):
            effective_on, expires_on = chance.choice([(a, b) for a in DAYS for b in DAYS if a < b])
            made.add(
                "agreements", organization_id=made.organizations[name], kind="mou", scope="s", data_terms="t",
                attests_nondiscrimination=True, effective_on=effective_on, expires_on=expires_on,
                ended_at=chance.choice([None, None, NOW]),
            )  # fmt: skip


_MAKING = {
    "responders": _responders, "releases": _releases, "reunifications": _reunification, "referrals": _referrals,
    "handoffs": _handoffs, "walls": _walls, "searches": _searches, "glass": _glass, "course": _course, "notes": _notes,
    "openings": _openings,
}  # fmt: skip
