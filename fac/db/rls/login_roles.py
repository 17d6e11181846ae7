"""The login roles themselves: their passwords in files, the address each connects by, and making them.

A county's database administrator makes them once (deploy/create-database.sh); the demonstration and the tests, whose
server is their own, make them here.
Never: make a role that could pass by row-level security, print a password, or keep one outside its file.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from fac.db.claims import Login
from fac.db.engine import SETTINGS
from fac.private_files import write_private

_ONE_AT_A_TIME = 0x66616372  # "facr": two makers of roles take turns
_HARMLESS = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS"


def address(place: str, login: Login, password: str) -> str:
    """Return ``place`` (``postgresql://host:port/database``, whoever it names) as ``login`` connects to it."""
    parts = urlsplit(place)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{login.role}:{quote(password, safe='')}@{host}"))


def kept_passwords(folder: Path) -> dict[Login, str]:
    """Return a password for every login out of ``folder``, made there (mode 0600) where there is none yet."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for login in Login:
        if not (folder / login.role).exists():
            write_private(folder / login.role, secrets.token_urlsafe(24))
    return {login: (folder / login.role).read_text("ascii").strip() for login in Login}


async def make_login_roles(superuser: str, passwords: Mapping[Login, str]) -> None:
    """Make the login roles on the server of the superuser's address, or give those that are there these passwords.

    Each is served with the engine's settings, also where a pooler lets none of them pass.
    """
    connection = await asyncpg.connect(superuser)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _ONE_AT_A_TIME)
            for login, password in passwords.items():
                known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", login.role)
                quoted = await connection.fetchval("SELECT quote_literal($1)", password)
                await connection.execute(
                    f"{'ALTER' if known else 'CREATE'} ROLE {login.role} {_HARMLESS} PASSWORD {quoted}"
                )
                for name, value in SETTINGS.items():
                    await connection.execute(f"ALTER ROLE {login.role} SET {name} = '{value}'")
    finally:
        await connection.close()


async def hand_to_owner(superuser: str) -> bool:
    """Make the owner's login the owner of the database at ``superuser``; False when another holds its tables."""
    connection = await asyncpg.connect(superuser)
    try:
        name = await connection.fetchval("SELECT quote_ident(current_database())")
        await connection.execute(f"ALTER DATABASE {name} OWNER TO {Login.owner.role}")
        # Who inherits nothing does not inherit what PostgreSQL 15 gives the owner of a database.
        await connection.execute(f"GRANT CREATE ON SCHEMA public TO {Login.owner.role}")
        foreign = await connection.fetchval(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            " AND relowner <> $1::regrole",
            Login.owner.role,
        )
        return not foreign
    finally:
        await connection.close()
