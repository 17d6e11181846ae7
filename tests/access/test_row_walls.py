"""Row by row: what the staff's, a partner's or the portal's login sees when a statement forgets its WHERE, by chance.

The rules are told once more in plain Python over plain rows; what PostgreSQL shows must be exactly these rows.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from fac.access.actor import Actor
from fac.access.policy.invariants import read_invariants
from fac.access.policy.loading import compile_sources
from fac.access.policy.sheets import read_sources
from fac.db.base import is_tenant
from fac.db.claims import LOGIN_OF, Claims, Login
from fac.db.rls.door import READ
from fac.db.rls.doors import DOORS
from fac.db.tables import metadata
from fac.domain.ids import new_id
from fac.domain.vocabulary import InfoClass, Role
from fac.reading.catalog import NOUNS
from fac.resources import policies_dir
from tests.access.random_incident import NOW, SUBSTANCE_USE, Incident, Row, Shape, random_incident
from tests.world import World

HATS = ("partner", "other_partner", "partner_administrator", "fund")
CHANCES = (*range(12), 50)  # in 50 needs of substance use stand under every kind of release
KEYS_OF_CASES = (
    InfoClass.narrative,
    InfoClass.clinical,
    InfoClass.staff_record,
    InfoClass.privileged,
    InfoClass.partner_record,
)
_EVERYTHING = "SELECT {} FROM {}"  # no WHERE: that is the point
Shown = Callable[["View", Row], bool]


@dataclass(frozen=True, slots=True)
class View:
    """An incident as one actor may see it, by the rules as the design tells them."""

    incident: Incident
    actor: Actor

    def rows(self, table: str) -> list[Row]:
        rules = SEE[self.actor.claims.login]
        return [row for row in self.incident.rows[table] if rules[table](self, row)]

    def sees(self, table: str, column: str, id: Any) -> bool:
        return any(row[column] == id for row in self.rows(table))


def everybody(_: View, __: Row) -> bool:
    """The directory: no client's data."""
    return True


def of_my_organization(view: View, row: Row) -> bool:
    return bool(row["organization_id"] == view.actor.organization_id)


def sent_to_me(view: View, row: Row) -> bool:
    return of_my_organization(view, row) and row["sent_at"] is not None and row["status"] != "entered_in_error"


def of_a_referral(view: View, row: Row) -> bool:
    return view.sees("referrals", "id", row["referral_id"])


def referred_person(view: View, row: Row) -> bool:
    return view.sees("referral_persons", "person_id", row["id"])


def referred_need(view: View, row: Row) -> bool:
    consents = (
        each["person_id"] == row["person_id"] and each["classes"] & SUBSTANCE_USE and each["revoked_at"] is None
        for each in view.rows("releases")
    )
    return view.sees("referral_needs", "need_id", row["id"]) and (row["code"] != "substance_use" or any(consents))


def key_of_what_was_referred(view: View, row: Row) -> bool:
    subject = row["subject_id"]
    if view.sees("referral_persons", "person_id", subject):
        return True
    why_and_own_notes = (InfoClass.narrative.code, InfoClass.partner_record.code)
    return row["info"] in why_and_own_notes and view.sees("referrals", "case_id", subject)


def carried_by_us(view: View, row: Row) -> bool:
    """A partner's administrator asks whether a case rests on somebody of the own organisation."""
    responsible = view.incident.named("memberships", row["responsible_id"])
    return bool(responsible["organization_id"] == view.actor.organization_id)


def our_people(view: View, row: Row) -> bool:
    return bool(row["agency_organization_id"] == view.actor.organization_id)


def against_us(view: View, row: Row) -> bool:
    me = (view.actor.account_id, view.actor.organization_id)
    return (row["account_id"] or row["organization_id"]) in me


def of_my_account(view: View, row: Row) -> bool:
    return bool(row["account_id"] == view.actor.account_id)


def done_by_me(view: View, row: Row) -> bool:
    return bool(row["membership_id"] == view.actor.membership_id)


# Every table with an incident that the partners' login reads at all, and which of its rows.
PARTNERS_SEE: dict[str, Shown] = {
    "agreements": of_my_organization,
    "awards": everybody,
    "cases": carried_by_us,
    "centers": everybody,
    "conflict_walls": against_us,
    "data_keys": key_of_what_was_referred,
    "idempotency_keys": done_by_me,
    "involvements": our_people,
    "memberships": everybody,
    "needs": referred_need,
    "organization_contacts": everybody,
    "partner_notes": of_my_organization,
    "persons": referred_person,
    "provider_credentials": of_my_organization,
    "referral_needs": of_a_referral,
    "referral_persons": of_a_referral,
    "referral_steps": of_a_referral,
    "referrals": sent_to_me,
    "releases": of_my_organization,
    "services": everybody,
    "second_factors": of_my_account,
    "sessions": everybody,
}
ABOUT_CLIENTS = {name for name, shown in PARTNERS_SEE.items() if shown is not everybody} - {
    "agreements",
    "provider_credentials",
}


def about_me(column: str) -> Shown:
    return lambda view, row: view.sees("portal_accesses", "person_id", row[column])


def my_own_access(view: View, row: Row) -> bool:
    return bool(row["id"] == view.actor.membership_id)


def my_own_ties(view: View, row: Row) -> bool:
    """Asked whether the holder is restricted, or a guardian."""
    return view.sees("portal_accesses", "holder_id", row["person_id"])


def sent_for_me(view: View, row: Row) -> bool:
    named = view.sees("referral_persons", "referral_id", row["id"])
    return named and row["sent_at"] is not None and row["status"] != "entered_in_error"


def on_my_release(view: View, row: Row) -> bool:
    return view.sees("releases", "id", row["release_id"])


# The same of somebody served: one person, and what names that person.
FAMILIES_SEE: dict[str, Shown] = {
    "agreements": everybody,
    "centers": everybody,
    "conflict_walls": lambda view, row: row["account_id"] == view.actor.account_id,
    "data_keys": about_me("subject_id"),
    "idempotency_keys": done_by_me,
    "memberships": everybody,
    "organization_contacts": everybody,
    "persons": about_me("id"),
    "portal_accesses": my_own_access,
    "referral_persons": about_me("person_id"),
    "referral_steps": of_a_referral,
    "referrals": sent_for_me,
    "relationships": my_own_ties,
    "release_signatories": on_my_release,
    "releases": about_me("person_id"),
    "services": everybody,
    "sessions": everybody,
}


@dataclass(frozen=True, slots=True)
class Held:
    """Which of the staff's hats see any row of a table, and the column that tells from which cases it is kept."""

    hats: frozenset[Role]
    of_case: str = ""

    def __call__(self, view: View, row: Row) -> bool:
        if view.actor.role not in self.hats:
            return False
        return not self.of_case or self.case_of(view.incident, row) not in kept_from(view)

    def case_of(self, incident: Incident, row: Row) -> Any:
        id = row[self.of_case]
        named = (each for table in ("persons", "persons_of_concern") for each in incident.rows[table])
        return next((each["case_id"] for each in named if each["id"] == id), id)


def kept_from(view: View) -> set[Any]:
    """Return the cases behind a wall of the actor's or its organisation's, and those of its own agency's people."""
    walls = (row for row in view.incident.rows["conflict_walls"] if row["lifted_at"] is None)
    colleagues = (row for row in view.incident.rows["involvements"] if our_people(view, row))
    return {row["case_id"] for row in walls if against_us(view, row)} | {row["case_id"] for row in colleagues}


CASE_HATS = frozenset({Role.intake_worker, Role.case_manager, Role.supervisor, Role.privacy_officer})
FAMILY_HATS = CASE_HATS | {Role.reunification_worker, Role.identification_liaison}
ANY_FAMILY_HATS = FAMILY_HATS | {Role.volunteer}
ANY_HATS = frozenset(role for role, login in LOGIN_OF.items() if login is Login.staff)
LIAISON = frozenset({Role.identification_liaison})
# Of the tables with an incident those whose rows the staff's login is held to, by hat and by case.
STAFF_ARE_HELD_TO: dict[str, Held] = {
    "assistances": Held(CASE_HATS | {Role.volunteer}),
    "data_keys": Held(ANY_FAMILY_HATS, "subject_id"),
    "death_notifications": Held(FAMILY_HATS),
    "disclosures": Held(CASE_HATS, "case_id"),
    "follow_ups": Held(CASE_HATS, "case_id"),
    "glass_breaks": Held(ANY_HATS, "case_id"),
    "handoffs": Held(ANY_FAMILY_HATS, "case_id"),
    "identification_matches": Held(LIAISON),
    "identifications": Held(LIAISON),
    "needs": Held(CASE_HATS),
    "notes": Held(CASE_HATS, "case_id"),
    "persons_of_concern": Held(FAMILY_HATS, "case_id"),
    "referrals": Held(CASE_HATS, "case_id"),
    "releases": Held(CASE_HATS, "case_id"),
    "reunifications": Held(ANY_FAMILY_HATS, "case_id"),
    "reviews": Held(ANY_HATS, "case_id"),
}
# The others, whole: what is no client's; what a deny, a count, a match or an erasure hangs on, whoever asks
# (docs/decisions/0015-row-level-security.md says of each which); and links, which say nothing without what they link.
WHOLE_TO_STAFF = frozenset(
    {
        "agreements", "anonymous_contacts", "audit_events", "audit_seals", "awards", "case_assignments", "cases",
        "centers", "conflict_walls", "contact_attempts", "disclosure_persons", "duplicate_suspicions", "erasures",
        "households", "intakes", "involvements", "legal_holds", "match_postings", "memberships", "notices",
        "organization_contacts", "partner_notes", "person_merges", "persons", "portal_accesses",
        "provider_credentials", "referral_needs", "referral_persons", "referral_steps", "relationships",
        "release_signatories", "reports", "reunification_confirmations", "search_allowances", "second_factors",
        "services", "sessions",
    }
)  # fmt: skip
STAFF_SEE: dict[str, Shown] = {
    **dict.fromkeys(WHOLE_TO_STAFF, everybody), **STAFF_ARE_HELD_TO, "idempotency_keys": done_by_me,
}  # fmt: skip
SEE = {Login.partner: PARTNERS_SEE, Login.portal: FAMILIES_SEE, Login.staff: STAFF_SEE}


def read_by(login: Login) -> dict[str, str]:
    """Return the columns that the login reads of each table with an incident, as SQL."""
    return {
        name: ", ".join(doors[login].columns or metadata.tables[name].c.keys())
        for name, doors in DOORS.items()
        if login in doors and READ in doors[login].rights and is_tenant(metadata.tables[name])
    }


async def seen(world: World, claims: Claims) -> dict[str, set[tuple[str, ...]]]:
    """Return every row of every table that the claims' login reads, without any WHERE."""
    async with world.parts.database.transaction(claims) as connection:
        return {
            name: {tuple(map(str, row)) for row in await connection.fetch(_EVERYTHING.format(columns, name))}
            for name, columns in read_by(claims.login).items()
        }


async def put_in(world: World, seed: int) -> Incident:
    """Return an incident by chance that is in the database, with what hangs on persons and referrals beside it."""
    shape = Shape(seed)
    made = random_incident(shape)
    made.add(
        "cases", case_number=str(new_id()), status="open", center_id=made.centers[0],
        responsible_id=made.actors[shape.chance("own case").choice(HATS)].membership_id, opened_at=NOW,
    )  # fmt: skip
    await made.insert(world.beneath)
    for table, classes in (
        ("persons", (InfoClass.identity, InfoClass.clinical)),
        ("cases", KEYS_OF_CASES),
        ("persons_of_concern", (InfoClass.identity,)),
    ):
        made.rows["data_keys"] += [
            {
                "incident_id": made.id,
                "subject_id": row["id"],
                "info": each.code,
                "version": 1,
                "epoch": 1,
                "wrapped": b"k",
            }
            for row in made.rows[table]
            for each in classes
        ]
    for referral in made.rows["referrals"]:
        made.add(
            "referral_steps", case_id=referral["case_id"], referral_id=referral["id"], to_status=referral["status"],
            verb="send", taken_by=referral["created_by"], taken_at=NOW,
        )  # fmt: skip
    for actor in made.actors.values():
        made.add(
            "sessions", membership_id=actor.membership_id, token_hash=new_id().bytes * 2, created_at=NOW, expires_at=NOW
        )
        made.add(
            "second_factors", account_id=actor.account_id, epoch=1, enrolled_at=NOW, last_step=0, tries_left=5.0,
            counted_at=NOW,
        )  # fmt: skip
        made.rows["idempotency_keys"].append(
            {
                "incident_id": made.id, "membership_id": actor.membership_id, "operation": "x", "key": new_id(),
                "digest": b"h" * 32, "result": None, "created_at": NOW,
            }
        )  # fmt: skip
    async with world.beneath.transaction() as connection:
        for name in ("data_keys", "referral_steps", "sessions", "second_factors", "idempotency_keys"):
            columns = metadata.tables[name].c.keys()
            places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
            sql = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608  # our own names
            await connection.executemany(sql, [[row[each] for each in columns] for row in made.rows[name]])
    return made


async def shown_without_where(world: World, made: Incident, login: Login) -> set[str]:
    """Return the tables in which some hat of the login sees a row; each must see just what the rules say."""
    shown = set()
    for name, actor in made.actors.items():
        if actor.claims.login is not login:
            continue
        view, found = View(made, actor), await seen(world, actor.claims)
        for table, columns in read_by(login).items():
            expected = {tuple(str(row[each]) for each in columns.split(", ")) for row in view.rows(table)}
            assert found[table] == expected, (name, table)
            shown |= {table} if expected else set()
    return shown


POLICY, VOCABULARY, BOOK = compile_sources(read_sources(policies_dir()))
INVARIANTS = read_invariants(read_sources(policies_dir()), VOCABULARY, BOOK)


def left_open(role: Role, record: str) -> list[tuple[str, InfoClass, str]]:
    """Return what of a record never.csv leaves to the policy: by which action, of which class, in which relation."""
    closing = [each for each in INVARIANTS if role in each.roles and record in each.records and not each.whenever]
    relations = [each for each, records in POLICY.reach.items() if record in records]
    return [
        (action, info, relation)
        for action, info, relation in product(VOCABULARY.words["action"], InfoClass, relations)
        if not any(action in each.actions and info.bit & each.classes and relation in each.rows for each in closing)
    ]


class TestStaff:
    def test_every_table_has_its_rule(self) -> None:
        assert set(STAFF_SEE) == set(read_by(Login.staff))

    async def test_a_forgotten_where_shows_what_the_hat_is_not_kept_from(self, world: World) -> None:
        shown = set[str]()
        for seed in CHANCES[:6]:
            made = await put_in(world, seed)
            shown |= await shown_without_where(world, made, Login.staff)
        assert set(STAFF_ARE_HELD_TO) <= shown

    def test_no_policy_may_give_a_hat_what_its_login_is_held_from(self) -> None:
        """Or a change of the policy, without a restart, would give what then stays empty: never.csv closes it."""
        for noun in NOUNS.values():
            held = STAFF_ARE_HELD_TO.get(noun.table.name)
            for role in ANY_HATS - held.hats if held and not noun.inherits else ():
                assert left_open(role, noun.record) == [], f"{role} might be given {noun.record}"

    async def test_a_walled_case_opens_nothing_and_who_is_known_is_found_all_the_same(self, world: World) -> None:
        made = await put_in(world, 3)
        case, hat = made.rows["cases"][0], made.actors["case_manager_0"]
        person = next(row["id"] for row in made.rows["persons"] if row["case_id"] == case["id"])
        wall = "INSERT INTO conflict_walls VALUES ($1, $2, $3, $4, $5, NULL, 'other', $4, $6, NULL, NULL, 1)"
        keys, asked = (
            "SELECT FROM data_keys WHERE subject_id = $1 AND info = 3",
            "SELECT FROM compared(ARRAY[$1::uuid])",
        )
        async with world.parts.database.transaction(hat.claims) as connection:
            before = [len(await connection.fetch(sql, person)) for sql in (keys, asked)]
            await world.fetch(wall, made.id, new_id(), case["id"], hat.membership_id, hat.account_id, NOW)
            assert [len(await connection.fetch(sql, person)) for sql in (keys, asked)] == before  # not in mid-change
        async with world.parts.database.transaction(hat.claims) as connection:
            after = [len(await connection.fetch(sql, person)) for sql in (keys, asked)]
        assert (before, after) == ([1, 1], [0, 1])

    async def test_a_hat_that_registers_nobody_is_handed_nothing_that_is_compared(self, world: World) -> None:
        made = await put_in(world, 3)
        person, answered = made.rows["persons"][0]["id"], set[Role]()
        for hat in made.actors.values():
            if hat.role in ANY_HATS:
                async with world.parts.database.transaction(hat.claims) as connection:
                    found = await connection.fetch("SELECT id FROM compared(ARRAY[$1::uuid])", person)
                answered |= {hat.role} if found else set()
        assert {each.role for each in made.actors.values()} >= ANY_HATS
        assert answered == {role for role in ANY_HATS if "match" in {each for each, *_ in left_open(role, "duplicate")}}

    async def test_without_claims_of_what_it_is_kept_from_it_sees_nothing(self, world: World) -> None:
        made = await put_in(world, 3)
        hat = made.actors["supervisor_0"]
        opening = hat.claims.opening.partition("; SELECT")[0]
        async with world.parts.database.pool(Login.staff).transaction(opening) as connection:
            for name, held in STAFF_ARE_HELD_TO.items():
                if held.of_case:
                    assert await connection.fetch(_EVERYTHING.format("incident_id", name)) == [], name


class TestPartners:
    def test_every_table_has_its_rule(self) -> None:
        assert set(PARTNERS_SEE) == set(read_by(Login.partner))

    async def test_a_forgotten_where_shows_what_was_referred_and_no_more(self, world: World) -> None:
        shown = set[str]()
        for seed in CHANCES:
            shown |= await shown_without_where(world, await put_in(world, seed), Login.partner)
        assert shown == set(PARTNERS_SEE)  # in some incident there was something to see

    async def test_an_organization_nothing_was_referred_to_sees_no_client(self, world: World) -> None:
        made = await put_in(world, 7)
        stranger = replace(made.actors["partner"].claims, organization=made.organizations["examiner"], account=new_id(),
                           membership=new_id())  # fmt: skip
        found = await seen(world, stranger)
        colleagues = [row for row in made.rows["involvements"]
                      if row["agency_organization_id"] == made.organizations["examiner"]]  # fmt: skip
        assert {name: len(found[name]) for name in ABOUT_CLIENTS if found[name]} == (
            {"involvements": len(colleagues)} if colleagues else {}
        )


class TestFamilies:
    def test_every_table_has_its_rule(self) -> None:
        assert set(FAMILIES_SEE) == set(read_by(Login.portal))

    async def test_a_forgotten_where_shows_one_person_and_no_more(self, world: World) -> None:
        shown = set[str]()
        for seed in CHANCES[:8]:
            shown |= await shown_without_where(world, await put_in(world, seed), Login.portal)
        assert shown == set(FAMILIES_SEE)


class TestWhatAReferralNames:
    """Whom and what it names is shown by a column of its own: the server keeps it as the referral's."""

    async def test_it_is_shown_and_hidden_with_the_referral(self, world: World) -> None:
        referral = None
        for seed in range(3, 20):  # the first incident with a referral to that partner that names somebody
            made = await put_in(world, seed)
            hat = made.actors["partner"]
            naming = {each["referral_id"] for each in made.rows["referral_persons"]}
            shown = (row for row in made.rows["referrals"] if row["shown_to"] == hat.organization_id)
            referral = next((row for row in shown if row["id"] in naming), None)
            if referral is not None:
                break
        assert referral is not None
        assert await self.named(world, hat.claims, referral["id"]) > 0
        for change, is_shown in (
            ("status = 'entered_in_error', outcome = NULL, decline_reason = NULL", False),
            ("status = 'sent'", True),
            ("sent_at = NULL, due_at = NULL", False),
            ("sent_at = now(), due_at = now()", True),
            ("organization_id = (SELECT id FROM organizations WHERE id <> organization_id LIMIT 1)", False),
        ):
            async with world.beneath.transaction() as connection:
                sql = f"UPDATE referrals SET {change} WHERE incident_id = $1 AND id = $2"  # noqa: S608  # our own words
                await connection.execute(sql, made.id, referral["id"])
            assert (await self.named(world, hat.claims, referral["id"]) > 0) is is_shown, change

    async def test_no_row_says_otherwise_than_its_referral(self, world: World) -> None:
        made = await put_in(world, 7)
        named = made.rows["referral_persons"][0]
        async with world.beneath.transaction() as connection:
            with pytest.raises(asyncpg.ForeignKeyViolationError):
                await connection.execute(
                    "UPDATE referral_persons SET shown_to = $1 WHERE incident_id = $2 AND id = $3",
                    new_id(), made.id, named["id"],
                )  # fmt: skip
            await connection.execute("ROLLBACK; BEGIN")

    async def named(self, world: World, claims: Claims, referral_id: UUID) -> int:
        """Return how many rows of a referral's, and persons by it, the claims' login sees."""
        async with world.parts.database.transaction(claims) as connection:
            found: int = await connection.fetchval(
                "SELECT count(*) FROM referral_persons l JOIN persons p ON p.incident_id = l.incident_id"
                " AND p.id = l.person_id WHERE l.referral_id = $1",
                referral_id,
            )
            return found
