"""Makes the database what fac.db.rls.doors says: grants, policies, the incident floor; each table in one transaction.

A repeatable step after the migrations, run by the owner of the tables; running it again changes nothing. What is not
declared is taken away, so a grant made by hand does not outlive the next ``fac migrate``.
Never: leave a table open in between (revoking and granting commit together), or wait long for a lock.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, Table, text

from fac.db.base import is_tenant
from fac.db.claims import BACKING, POOLS, Login
from fac.db.rls import accounting, counted, credentialed, kept_from
from fac.db.rls.door import ADD, CHANGE, LOCK, READ, REMOVE, Door, Doors, Right, claim
from fac.db.rls.doors import DOORS
from fac.db.tables import metadata
from fac.errors import DatabaseUnavailable

FLOOR = "incident_floor"
_ASKED = (counted, accounting, credentialed, kept_from)  # functions that ask with their owner's rights
_ALL = ", ".join(login.role for login in POOLS)
_ACTING = ", ".join(login.role for login in POOLS if login not in BACKING)
_WORDS = {ADD: "INSERT", REMOVE: "DELETE"}
_MISSING = text("SELECT name FROM unnest(CAST(:names AS text[])) name WHERE name NOT IN (SELECT rolname FROM pg_roles)")
_POLICIES = text("SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'public'")
_UNFORCED = text(
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relforcerowsecurity"
    " AND pg_has_role(relowner, 'USAGE')"
)
# The job library's tables are the worker's, and read for a backup; everybody else hands a job over through one function
# that its owner runs.
_DEFER = "procrastinate_defer_jobs_v1(procrastinate_job_to_defer_v1[])"
_OF_JOBS = """
DO $$
DECLARE
  found record;
BEGIN
  FOR found IN
    SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || oid::regclass AS name,
      CASE relkind WHEN 'S' THEN 'USAGE, SELECT' ELSE 'SELECT, INSERT, UPDATE, DELETE' END AS rights
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')
      AND relname LIKE 'procrastinate\\_%'
    UNION ALL
    SELECT 'FUNCTION ' || oid::regprocedure, 'EXECUTE' FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'procrastinate\\_%'
  LOOP
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, {all}', found.name);
    EXECUTE format('GRANT %s ON %s TO {worker}', found.rights, found.name);
    IF found.rights <> 'EXECUTE' THEN
      EXECUTE format('GRANT SELECT ON %s TO {backup}', found.name);
    END IF;
  END LOOP;
END $$
"""
_JOBS = (
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "REVOKE ALL ON FUNCTION refuse_change() FROM PUBLIC",
    f"GRANT SELECT ON alembic_version TO {_ALL}",
    _OF_JOBS.replace("{all}", _ALL).replace("{worker}", Login.worker.role).replace("{backup}", Login.backup.role),
    f"ALTER FUNCTION {_DEFER} SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp",
    f"GRANT EXECUTE ON FUNCTION {_DEFER} TO {_ACTING}",
)


def apply(connection: Connection) -> None:
    """Bring every table of the connection's database to its declaration; raises DatabaseUnavailable without roles."""
    wanted = [login.role for login in POOLS]
    missing = sorted(connection.scalars(_MISSING, {"names": wanted}))
    if missing:
        raise DatabaseUnavailable(
            f"The login roles {', '.join(missing)} do not exist; docs/deploy.md says how to make them."
        )
    standing: dict[str, list[str]] = {}
    for table, policy in connection.execute(_POLICIES):
        standing.setdefault(table, []).append(policy)
    connection.commit()
    for table in metadata.sorted_tables:
        dropped = [f'DROP POLICY "{each}" ON {table.name}' for each in standing.get(table.name, ())]
        for statement in (*dropped, *statements(table, DOORS.get(table.name, {}))):
            connection.execute(text(statement))
        connection.commit()
    for statement in (*_JOBS, *(each for module in _ASKED for each in module.FUNCTIONS)):
        connection.execute(text(statement))
    connection.commit()


def lift_force(connection: Connection) -> None:
    """Let the owner see rows while it migrates: a forced policy would make its UPDATE touch none, and say nothing."""
    for name in connection.scalars(_UNFORCED).all():
        connection.execute(text(f'ALTER TABLE "{name}" NO FORCE ROW LEVEL SECURITY'))
    connection.commit()


def statements(table: Table, doors: Doors) -> Iterator[str]:
    """Yield the statements that make ``table`` what ``doors`` say, beginning from a table without policies."""
    yield f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
    yield f"REVOKE ALL ON {table.name} FROM PUBLIC, {_ALL}"
    if is_tenant(table):
        held = ", ".join(login.role for login in POOLS if not (login in doors and doors[login].across))
        same = f"incident_id = {claim('incident')}"
        yield f"CREATE POLICY {FLOOR} ON {table.name} AS RESTRICTIVE TO {held} USING ({same}) WITH CHECK ({same})"
    for login, door in doors.items():
        for privilege in privileges(table, door) if login in POOLS else ():  # the owner's are its own
            yield f"GRANT {privilege} ON {table.name} TO {login.role}"
        yield from _policies(table, login, door)


def privileges(table: Table, door: Door) -> Iterator[str]:
    """Yield what ``door`` grants, as GRANT wants it: ``SELECT``, ``UPDATE (status, version)``."""
    if READ in door.rights:
        yield f"SELECT ({', '.join(door.columns)})" if door.columns else "SELECT"
    for right, word in _WORDS.items():
        if right in door.rights:
            yield word
    if CHANGE in door.rights:
        yield f"UPDATE ({', '.join(door.changing or _not_of_the_key(table))})"
    elif LOCK in door.rights:
        # PostgreSQL asks for it before it locks a row; no policy lets it be used.
        yield f"UPDATE ({next(iter(table.primary_key.columns)).name})"


def _policies(table: Table, login: Login, door: Door) -> Iterator[str]:
    commands = [("ALL", door.where, door.where)]
    if door.written or (LOCK in door.rights and CHANGE not in door.rights):
        check = " AND ".join(f"({each})" for each in (door.where, door.written) if each)
        commands = [(word, where, rule) for word, where, rule in _one_by_one(door, check)]
    for word, where, check in commands:
        name = login.value if word == "ALL" else f"{login.value}_{word.lower()}"
        using = "" if word == "INSERT" else f" USING ({where})"
        checked = "" if word in ("SELECT", "DELETE") else f" WITH CHECK ({check})"
        yield f"CREATE POLICY {name} ON {table.name} FOR {word} TO {login.role}{using}{checked}"


def _one_by_one(door: Door, check: str) -> Iterator[tuple[str, str, str]]:
    if READ in door.rights:
        yield "SELECT", door.where, ""
    if ADD in door.rights:
        yield "INSERT", "", check
    if door.rights & (CHANGE | LOCK) != Right.none:
        yield "UPDATE", door.where, check if CHANGE in door.rights else "false"
    if REMOVE in door.rights:
        yield "DELETE", door.where, ""


def _not_of_the_key(table: Table) -> list[str]:
    return [each.name for each in table.c if not each.primary_key]
