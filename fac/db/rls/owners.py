"""How a function with its owner's rights is made: told where to look, taken from everybody, given to whom it is for.

Never: leave one to a login that is not named, or let whoever calls it choose where it looks.
"""

from typing import Final

from fac.db.claims import POOLS, Login

_ALL: Final = ", ".join(login.role for login in POOLS)


def made(
    signature: str, returns: str, body: str, *logins: Login, language: str = "sql", kept: str = "STABLE"
) -> tuple[str, ...]:
    """Return the statements that make the function ``signature`` anew; ``kept`` is VOLATILE where it changes a row."""
    name, to = signature.partition("(")[0], ", ".join(login.role for login in logins)
    safely = f"{kept} SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
    return (
        f"CREATE OR REPLACE FUNCTION {signature} RETURNS {returns} LANGUAGE {language} {safely} AS $${body}$$",
        f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC, {_ALL}",
        f"GRANT EXECUTE ON FUNCTION {name} TO {to}",
    )
