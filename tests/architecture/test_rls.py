"""Row-level security as it stands in PostgreSQL: every table shut, nothing granted beyond fac.db.rls.doors."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from fac.db import migrating
from fac.db.base import is_tenant
from fac.db.claims import BACKING, KEEPING, LOGIN_OF, POOLS, Login
from fac.db.engine import Database, Pool
from fac.db.rls.applying import FLOOR, privileges
from fac.db.rls.door import READ, unsealed
from fac.db.rls.doors import DOORS
from fac.db.rls.safety import faults_of, version_fault
from fac.db.tables import metadata
from fac.domain.vocabulary import Role
from tests.world import address_of

TABLES = {table.name: table for table in metadata.sorted_tables}
GRANTS = """
SELECT c.relname AS table, pg_get_userbyid(a.grantee) AS role, a.privilege_type AS word, NULL AS column
FROM pg_class c, aclexplode(c.relacl) a WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
UNION ALL
SELECT c.relname, pg_get_userbyid(a.grantee), a.privilege_type, t.attname
FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def catalog(database_url: str) -> AsyncIterator[Any]:
    """A superuser's look into the migrated database."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


def declared() -> set[tuple[str, str, str, str | None]]:
    """Return what the declaration grants: table, role, word, and the column or None."""
    found: set[tuple[str, str, str, str | None]] = set()
    for name, doors in DOORS.items():
        for login, door in ((login, door) for login, door in doors.items() if login in POOLS):
            for each in privileges(TABLES[name], door):
                word, _, columns = each.partition(" (")
                for column in columns.rstrip(")").split(", ") if columns else [None]:
                    found.add((name, login.role, word, column))
    return found


class TestEveryTable:
    def test_is_declared(self) -> None:
        undeclared, gone = sorted(set(TABLES) - set(DOORS)), sorted(set(DOORS) - set(TABLES))
        assert undeclared == [], f"give {undeclared} a line in fac/db/rls/doors.py (CONTRIBUTING.md says how)"
        assert gone == [], f"{gone} in fac/db/rls/doors.py are no tables"

    def test_every_role_has_its_login(self) -> None:
        without = sorted(set(Role) - set(LOGIN_OF))
        assert without == [], f"give {without} a login in LOGIN_OF (fac/db/claims.py)"
        assert Login.owner not in LOGIN_OF.values()

    async def test_has_row_level_security_forced(self, catalog: Any) -> None:
        rows = await catalog.fetch(
            "SELECT relname, relrowsecurity AND relforcerowsecurity AS shut FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'"
            " AND relname NOT LIKE 'procrastinate%'"
        )
        assert {row["relname"] for row in rows} == set(TABLES)
        assert [row["relname"] for row in rows if not row["shut"]] == []

    async def test_of_an_incident_has_the_incident_floor(self, catalog: Any) -> None:
        rows = await catalog.fetch("SELECT * FROM pg_policies WHERE policyname = $1", FLOOR)
        floors = {row["tablename"]: row for row in rows}
        assert set(floors) == {name for name, table in TABLES.items() if is_tenant(table)}
        for name, floor in floors.items():
            across = {login.role for login, door in DOORS[name].items() if door.across}
            assert floor["permissive"] == "RESTRICTIVE"
            assert floor["cmd"] == "ALL"
            assert set(floor["roles"]) == {login.role for login in POOLS} - across
            assert "fac.incident" in floor["qual"]
            assert floor["with_check"] == floor["qual"]
        goes = {(name, login) for name, doors in DOORS.items() for login, door in doors.items() if door.across}
        apart = (*KEEPING, *BACKING)
        assert {each for each in goes if each[1] not in apart} == {("idempotency_keys", Login.worker)}

    async def test_grants_what_is_declared_and_nothing_else(self, catalog: Any) -> None:
        rows = await catalog.fetch(GRANTS)
        roles = {login.role for login in POOLS}
        ours = {tuple(row) for row in rows if row["table"] in TABLES}
        assert {each for each in ours if each[1] in roles} == declared()
        assert {each[1] for each in ours} - roles == {Login.owner.role}
        libraries = {tuple(row) for row in rows if row["table"] not in TABLES}
        assert {each[1] for each in libraries if each[0] != "alembic_version"} <= {
            Login.owner.role, Login.worker.role, Login.backup.role,
        }  # fmt: skip
        assert {each[2] for each in libraries if each[0] == "alembic_version" and each[1] in roles} == {"SELECT"}

    async def test_applying_twice_changes_nothing_and_takes_back_what_was_granted_by_hand(
        self, catalog: Any, database_url: str
    ) -> None:
        policies = "SELECT * FROM pg_policies ORDER BY tablename, policyname"
        before = await catalog.fetch(policies), set(await catalog.fetch(GRANTS))
        await catalog.execute("GRANT ALL ON notes TO fac_report; ALTER TABLE notes NO FORCE ROW LEVEL SECURITY")
        await catalog.execute("CREATE POLICY by_hand ON notes TO fac_report USING (true)")
        await migrating.upgrade(address_of(database_url, Login.owner))
        assert (await catalog.fetch(policies), set(await catalog.fetch(GRANTS))) == before


class TestSchema:
    """What a linter of row-level security looks for, asked of the catalogue itself."""

    async def test_a_policy_is_one_logins_for_one_command(self, catalog: Any) -> None:
        rows = await catalog.fetch("SELECT * FROM pg_policies WHERE schemaname = 'public' AND policyname <> $1", FLOOR)
        seen = set()
        for row in rows:
            (role,) = row["roles"]
            assert role in {login.role for login in Login}
            assert row["permissive"] == "PERMISSIVE"
            assert (row["tablename"], role, row["cmd"]) not in seen
            seen.add((row["tablename"], role, row["cmd"]))
        several = {(table, role) for table, role, command in seen if command == "ALL"}
        assert not [each for each in seen if each[2] != "ALL" and each[:2] in several]

    async def test_the_owner_sees_only_what_its_functions_count_and_in_one_incident(self, catalog: Any) -> None:
        rows = await catalog.fetch("SELECT * FROM pg_policies WHERE roles = ARRAY['fac_owner'::name]")
        assert {row["tablename"] for row in rows} == {
            "referrals", "referral_needs", "needs",
            # From what a hat is kept, what is compared, what a directory tells of a service.
            "conflict_walls", "data_keys", "involvements", "provider_credentials",
            # What an accounting is told from, and what is left out of it.
            "accounted_reads", "death_notifications", "disclosure_persons", "disclosures", "identification_matches",
            "identifications", "memberships", "person_merges", "persons", "persons_of_concern", "portal_accesses",
            "release_signatories", "releases",
        }  # fmt: skip
        assert all("fac.incident" in row["qual"] for row in rows)

    async def test_every_object_is_the_owners_and_no_view_looks_past_the_policies(self, catalog: Any) -> None:
        rows = await catalog.fetch(
            "SELECT relname, relkind::text, pg_get_userbyid(relowner) AS owner FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')"
        )
        assert {row["owner"] for row in rows} == {Login.owner.role}
        assert [row["relname"] for row in rows if row["relkind"] in "vm"] == []

    async def test_a_function_with_its_owners_rights_looks_nowhere_it_was_not_told_to(self, catalog: Any) -> None:
        rows = await catalog.fetch(
            "SELECT proname, proconfig, pg_get_userbyid(proowner) AS owner, EXISTS (SELECT FROM aclexplode("
            "coalesce(proacl, acldefault('f', proowner))) WHERE grantee = 0) AS is_everybodys"
            " FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        )
        assert {row["proname"] for row in rows} == {
            "accounting_of", "compared", "credentialed_until", "disclosures_accounted_to", "keep_away",
            "procrastinate_defer_jobs_v1", "take_needs_back",
        }  # fmt: skip
        for row in rows:
            assert row["owner"] == Login.owner.role
            assert not row["is_everybodys"]
            assert any(each.startswith("search_path=pg_catalog") for each in row["proconfig"] or ()), row["proname"]

    async def test_everybody_may_nothing(self, catalog: Any) -> None:
        assert [row for row in await catalog.fetch(GRANTS) if row["role"] is None or row["role"] == "public"] == []
        assert (
            await catalog.fetchval(
                "SELECT count(*) FROM pg_class, aclexplode(relacl) a WHERE a.grantee = 0"
                " AND relnamespace = 'public'::regnamespace"
            )
            == 0
        )
        assert await catalog.fetchval("SELECT has_schema_privilege('fac_staff', 'public', 'CREATE')") is False


class TestWhatIsNeverGranted:
    def test_the_trail_is_only_ever_added_to(self) -> None:
        for name in ("audit_events", "audit_seals"):
            assert {word for table, _, word, _ in declared() if table == name} <= {"SELECT", "INSERT"}

    def test_the_report_login_reads_no_sealed_column(self) -> None:
        for name, doors in DOORS.items():
            door = doors.get(Login.report)
            if door is not None and READ in door.rights:
                read = set(door.columns or TABLES[name].c.keys())
                assert read <= set(unsealed(TABLES[name])), name
        assert Login.report not in DOORS["data_keys"]

    def test_a_backup_reads_everything_and_changes_nothing(self) -> None:
        assert {(word, column) for _, role, word, column in declared() if role == Login.backup.role} == {
            ("SELECT", None)
        }
        assert {name for name, doors in DOORS.items() if doors[Login.backup].where == "true"} == set(TABLES)

    def test_a_partner_has_no_way_to_what_is_not_for_partners(self) -> None:
        kept = {
            "case_assignments", "households", "relationships", "intakes", "handoffs", "notes",
            "follow_ups", "contact_attempts", "duplicate_suspicions", "match_postings", "release_signatories",
            "disclosures", "disclosure_persons",
        }  # fmt: skip
        assert [name for name in kept if Login.partner in DOORS[name]] == []

    def test_nobody_changes_the_key_of_a_row_or_empties_a_table(self) -> None:
        for name, _, word, column in declared():
            assert word in {"SELECT", "INSERT", "UPDATE", "DELETE"}
            assert not (word == "UPDATE" and column is None), name


class TestUnsafe:
    @pytest.mark.parametrize(
        ("version", "is_safe"),
        [(140020, False), (150013, False), (150014, True), (160009, False), (160010, True), (170005, False),
         (170006, True), (180000, True)],
    )  # fmt: skip
    def test_an_old_server_is_refused(self, version: int, is_safe: bool) -> None:
        assert (version_fault(version) is None) is is_safe

    async def test_a_login_of_ours_is_safe_and_the_others_are_named(self, database_url: str) -> None:
        for login in POOLS:
            assert await self.faults(address_of(database_url, login), login) == []
        assert await self.faults(address_of(database_url, Login.owner), Login.owner) == ["fac_owner owns tables"]
        said = await self.faults(database_url, Login.staff)
        assert "the connection for fac_staff is another role's" in said

    async def test_a_role_that_was_given_too_much_is_refused(self, catalog: Any, database_url: str) -> None:
        for grant, revoke, told in (
            ("ALTER ROLE fac_portal BYPASSRLS", "ALTER ROLE fac_portal NOBYPASSRLS", "passes by"),
            ("ALTER ROLE fac_portal CREATEROLE", "ALTER ROLE fac_portal NOCREATEROLE", "may make roles"),
            ("GRANT fac_staff TO fac_portal", "REVOKE fac_staff FROM fac_portal", "member of another"),
            ("ALTER TABLE notes NO FORCE ROW LEVEL SECURITY", "ALTER TABLE notes FORCE ROW LEVEL SECURITY", "without"),
        ):
            await catalog.execute(grant)
            try:
                (fault,) = await self.faults(address_of(database_url, Login.portal), Login.portal)
                assert told in fault
            finally:
                await catalog.execute(revoke)

    async def faults(self, dsn: str, login: Login) -> list[str]:
        pool = await Pool.open(dsn, size=1)
        database = Database({login: pool}, own=login)
        try:
            return await faults_of(database, login)
        finally:
            await database.close()
