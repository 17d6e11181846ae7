"""Row by row: what a partner's or the portal's login sees when a statement forgets its WHERE, in incidents by chance.

The rules are told once more in plain Python over plain rows; what PostgreSQL shows must be exactly these rows.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from fac.access.actor import Actor
from fac.db.base import is_tenant
from fac.db.claims import Claims, Login
from fac.db.rls.door import READ
from fac.db.rls.doors import DOORS
from fac.db.tables import metadata
from fac.domain.ids import new_id
from fac.domain.vocabulary import InfoClass, Role
from tests.access.random_incident import NOW, SUBSTANCE_USE, Incident, Row, Shape, random_incident
from tests.world import World

HATS = ("partner", "other_partner", "partner_administrator", "fund")
CHANCES = range(12)
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
        rules = FAMILIES_SEE if self.actor.role is Role.family_member else PARTNERS_SEE
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
    "provider_credentials": everybody,
    "referral_needs": of_a_referral,
    "referral_persons": of_a_referral,
    "referral_steps": of_a_referral,
    "referrals": sent_to_me,
    "releases": of_my_organization,
    "services": everybody,
    "sessions": everybody,
}
ABOUT_CLIENTS = {name for name, shown in PARTNERS_SEE.items() if shown is not everybody} - {"agreements"}


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
    "provider_credentials": everybody,
    "referral_persons": about_me("person_id"),
    "referral_steps": of_a_referral,
    "referrals": sent_for_me,
    "relationships": my_own_ties,
    "release_signatories": on_my_release,
    "releases": about_me("person_id"),
    "services": everybody,
    "sessions": everybody,
}


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
    for table, classes in (("persons", (InfoClass.identity, InfoClass.clinical)), ("cases", KEYS_OF_CASES)):
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
        made.rows["idempotency_keys"].append(
            {
                "incident_id": made.id, "membership_id": actor.membership_id, "operation": "x", "key": new_id(),
                "digest": b"h" * 32, "result": None, "created_at": NOW,
            }
        )  # fmt: skip
    async with world.beneath.transaction() as connection:
        for name in ("data_keys", "referral_steps", "sessions", "idempotency_keys"):
            columns = metadata.tables[name].c.keys()
            places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
            sql = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608  # our own names
            await connection.executemany(sql, [[row[each] for each in columns] for row in made.rows[name]])
    return made


class TestPartners:
    def test_every_table_has_its_rule(self) -> None:
        assert set(PARTNERS_SEE) == set(read_by(Login.partner))

    async def test_a_forgotten_where_shows_what_was_referred_and_no_more(self, world: World) -> None:
        shown = set()
        for seed in CHANCES:
            made = await put_in(world, seed)
            for name in HATS:
                view, found = View(made, made.actors[name]), await seen(world, made.actors[name].claims)
                for table, columns in read_by(Login.partner).items():
                    expected = {tuple(str(row[each]) for each in columns.split(", ")) for row in view.rows(table)}
                    assert found[table] == expected, (seed, name, table)
                    shown |= {table} if expected else set()
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
        shown = set()
        for seed in CHANCES[:8]:
            made = await put_in(world, seed)
            for name, actor in made.actors.items():
                if actor.role is not Role.family_member:
                    continue
                view, found = View(made, actor), await seen(world, actor.claims)
                for table, columns in read_by(Login.portal).items():
                    expected = {tuple(str(row[each]) for each in columns.split(", ")) for row in view.rows(table)}
                    assert found[table] == expected, (seed, name, table)
                    shown |= {table} if expected else set()
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
