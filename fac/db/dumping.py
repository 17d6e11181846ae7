"""A database written into a file and read back, by PostgreSQL's own programs with the rights of a login of ours.

``pg_dump`` reads one snapshot as ``fac_backup``, which row-level security shows every row and lets change none;
``pg_restore`` makes everything as ``fac_owner``, in one transaction: a database is loaded whole or not at all. It
grants nothing to anybody: until ``fac migrate``'s last step opens the doors, only the owner can look in.
Never: put a password where another user of the machine can read it, or repeat what a program says of a row.
"""

import asyncio
import re
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from fac.db.programs import Programs, child_environment
from fac.errors import DatabaseUnavailable
from fac.private_files import open_private

Tell = Callable[[int], None]  # how many tables are done

_DUMPING: Final = b"dumping contents of table"
_LOADING: Final = b"processing data for table"
# What may be repeated of a program's own words: no other sentence of theirs is sure to quote no row.
_SAYABLE: Final = re.compile(
    r"server version mismatch|permission denied for \w+ \w+|No space left on device|relation \"\w+\" already exists"
    r"|role \"\w+\" does not exist|Connection refused|unsupported version"
)
_LONGEST_LINE: Final = 1 << 20


async def dump(programs: Programs, address: str, snapshot: str, target: Path, tell: Tell) -> None:
    """Write what ``snapshot`` shows to the login of ``address`` into ``target``, a new file of mode 0600.

    Raises DatabaseUnavailable when the program did not come to its end.
    """
    open_private(target).close()  # before the program opens it, so that its mode is ours
    await _run(
        programs, "pg_dump", address, _DUMPING, tell, "--format=custom", "--enable-row-security", "--no-owner",
        "--no-privileges", "--lock-wait-timeout=30s", f"--snapshot={snapshot}", f"--file={target}",
    )  # fmt: skip


async def load(programs: Programs, address: str, source: Path, tell: Tell) -> None:
    """Make everything that ``source`` holds in the empty database of ``address``, all at once.

    Raises DatabaseUnavailable when the program did not come to its end; nothing was made then.
    """
    await _run(
        programs, "pg_restore", address, _LOADING, tell, "--single-transaction", "--exit-on-error", "--no-owner",
        "--no-privileges", str(source),
    )  # fmt: skip


async def _run(programs: Programs, name: str, address: str, marker: bytes, tell: Tell, *arguments: str) -> None:
    place, password = _without_password(address)
    process = await asyncio.create_subprocess_exec(
        programs.path(name), "--verbose", "--no-password", f"--dbname={place}", *arguments,
        env=child_environment() | {"PGPASSWORD": password}, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE,
        limit=_LONGEST_LINE,
    )  # fmt: skip
    try:
        said = await _followed(process, marker, tell)
        code = await process.wait()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if code:
        raise DatabaseUnavailable(f"{name} did not come to its end (exit {code}){said}.")


async def _followed(process: asyncio.subprocess.Process, marker: bytes, tell: Tell) -> str:
    done, said = 0, ""
    stream = process.stderr
    while stream is not None and (line := await stream.readline()):
        if marker in line:
            done += 1
            tell(done)
        elif b"error:" in line and not said:
            found = _SAYABLE.search(line.decode(errors="replace"))
            said = f": {found[0]}" if found else ""
    return said


def _without_password(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    user, _, host = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    return urlunsplit(parts._replace(netloc=f"{name}@{host}")), unquote(password)
