"""Whether a login is one that row-level security holds: asked before anything is served.

Never: trust a role because of its name.
"""

from typing import Final

from fac.db.claims import Login
from fac.db.engine import Database
from fac.errors import SettingsUnsafe

# The first minor release of each line in which the row-security and planner-statistics holes of 2025 are closed
# (CVE-2025-8713 and those before it); an older line is no longer supported here.
OLDEST: Final = {15: 14, 16: 10, 17: 6}
_NEWEST_LINE: Final = max(OLDEST)

_ASK = """
SELECT current_setting('server_version_num')::int AS version, session_user = $1 AND current_user = $1 AS is_named,
  rolsuper OR rolbypassrls AS passes_by, rolcreaterole OR rolcreatedb OR rolreplication AS makes_roles,
  EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid) AS becomes_another,
  EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) AS owns,
  (SELECT count(*) FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND c.relname <> 'alembic_version' AND c.relname NOT LIKE 'procrastinate\\_%'
    AND NOT (c.relrowsecurity AND c.relforcerowsecurity)) AS open_tables
FROM pg_roles WHERE rolname = current_user
"""


def version_fault(version: int) -> str | None:
    """Return what is wrong with a server's ``server_version_num``, None when nothing is."""
    line, minor = divmod(version, 10_000)
    if line > _NEWEST_LINE or minor >= OLDEST.get(line, 10_000):
        return None
    least = ", ".join(f"{each}.{least}" for each, least in OLDEST.items())
    return f"PostgreSQL {line}.{minor} is too old: use {least} or newer"


async def faults_of(database: Database, login: Login) -> list[str]:
    """Return a sentence for each reason why ``login`` may not be served with."""
    async with database.pool(login).connection() as connection:
        row = await connection.fetchrow(_ASK, login.role)
    if row is None:
        return [f"{login.role} is no role of this server"]
    rules = [
        (not row["is_named"], f"the connection for {login.role} is another role's"),
        (row["passes_by"], f"{login.role} is a superuser or passes by row-level security"),
        (row["makes_roles"], f"{login.role} may make roles, databases or replicas"),
        (row["becomes_another"], f"{login.role} is a member of another role"),
        (row["owns"], f"{login.role} owns tables"),
        (row["open_tables"] > 0, "a table stands without row-level security; run fac migrate"),
    ]
    old = version_fault(row["version"])
    return [fault for broken, fault in rules if broken] + ([old] if old else [])


async def refuse_unsafe(database: Database) -> None:
    """Raise SettingsUnsafe with every fault of every login the process has."""
    found = [fault for login in database.logins for fault in await faults_of(database, login)]
    if found:
        raise SettingsUnsafe(*dict.fromkeys(found))
