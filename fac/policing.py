"""The commands that change the policy while it is in use: propose, review, approve; each as whoever a token belongs to.

Never: decide who may, or print a token or a code.
"""

from __future__ import annotations

import difflib
import getpass
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from fac import opening
from fac.access.explain import table_rows
from fac.access.proposal import OVERLAY, REPLACEABLE
from fac.audit.ledger import Circumstances
from fac.casework.policy import approve_policy, propose_policy, review_policy
from fac.casework.second_factor import step_up
from fac.casework.work import Result, Work
from fac.domain.ids import new_id
from fac.errors import InvalidInput

if TYPE_CHECKING:
    from argparse import Namespace

    from fac.access.policy import Policy
    from fac.api.context import Parts
    from fac.settings import Settings

T = TypeVar("T")
_FAILED = 1


async def propose(parts: Parts, token: str, files: Mapping[str, str]) -> UUID:
    """Return the id of the new proposal; raises NotSignedIn and what the verb raises."""
    result = await _as(parts, token, "proposePolicy", lambda work: propose_policy(work, parts.policies, files))
    return UUID(result["proposal"])


async def approve(parts: Parts, token: str, proposal_id: UUID) -> int:
    """Return the number under which the proposal came into force; raises NotSignedIn and what the verb raises.

    The session must have proved its second factor just now (``prove``).
    """
    result = await _as(parts, token, "approvePolicy", lambda work: approve_policy(work, parts.policies, proposal_id))
    return int(result["number"])


async def prove(parts: Parts, token: str, code: str) -> Result:
    """Return what came of the code of an authenticator, in the session of a token; raises as the verb does."""
    return await _as(parts, token, "stepUp", lambda work: step_up(work, code=code))


async def review(parts: Parts, token: str, proposal_id: UUID) -> tuple[str, ...]:
    """Return what a proposal changes, as the lines of the compiled table that differ."""
    before, after = await _as(
        parts, token, "reviewPolicy", lambda work: review_policy(work, parts.policies, proposal_id)
    )
    return tuple(_difference(before, after))


def files_in(path: Path) -> dict[str, str]:
    """Return the files to propose, by name: one, or those of a folder that a proposal may bring.

    A folder with an overlay is that overlay. Raises InvalidInput for a file of another name, or none at all.
    """
    known = REPLACEABLE | {OVERLAY}
    found = [path] if path.is_file() else [path / name for name in sorted(known) if (path / name).is_file()]
    if not found or any(each.name not in known for each in found):
        raise InvalidInput.at("path", "unknown_file", f"A proposal brings {', '.join(sorted(known))}.")
    if path.is_dir() and (path / OVERLAY).is_file():
        found = [path / OVERLAY]
    return {each.name: each.read_bytes().decode("utf-8", "strict") for each in found}


def _difference(before: Policy, after: Policy) -> list[str]:
    lines = difflib.unified_diff(list(table_rows(before)), list(table_rows(after)), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


async def _as(parts: Parts, token: str, operation: str, verb: Callable[[Work], Awaitable[T]]) -> T:
    async with parts.database.transaction(parts.sign_in.claims(token)) as connection:
        actor = await parts.sign_in.find(connection, token, parts.clock())
    pinned = parts.pinned(actor.incident_id)
    async with parts.database.transaction(actor.claims) as connection:
        circumstances = Circumstances(parts.clock(), pinned.tools.policy.version, new_id())
        work = Work(connection, actor, pinned.tools, circumstances, operation)
        result = await verb(work)
        await work.finish()
        return result


def _run(chosen: Namespace, settings: Settings, act: Callable[[Parts, str], Awaitable[T]]) -> T:
    import asyncio

    async def main() -> T:
        # Also where what was approved no longer holds: this is how it is mended.
        async with opening.opened(
            settings, opening.served_logins(settings), personal=False, policy_must_hold=False
        ) as parts:
            return await act(parts, chosen.token_file.read_text("utf-8").strip())

    return asyncio.run(main())


def propose_command(chosen: Namespace, settings: Settings) -> int:
    """Propose the files of a folder, or one file."""
    try:
        files = files_in(chosen.path)
    except (InvalidInput, UnicodeDecodeError):
        known = ", ".join(sorted(REPLACEABLE | {OVERLAY}))
        print(f"fac: a proposal is one of these files, or a folder with some of them: {known}", file=sys.stderr)
        return _FAILED
    print(f"proposed {_run(chosen, settings, lambda parts, token: propose(parts, token, files))}")
    return 0


def review_command(chosen: Namespace, settings: Settings) -> int:
    """Show what a proposal changes."""
    lines = _run(chosen, settings, lambda parts, token: review(parts, token, chosen.proposal))
    print("\n".join(lines or ["nothing changes in the table"]))
    return 0


def approve_command(chosen: Namespace, settings: Settings) -> int:
    """Approve a proposal, against the code that the approver's authenticator shows now."""
    code = _asked_for_code()

    async def prove_and_approve(parts: Parts, token: str) -> int:
        proof = await prove(parts, token, code)
        if proof["is_proven"]:
            return await approve(parts, token, chosen.proposal)
        print(f"fac: the code was not right; tries left: {proof['tries_left']}", file=sys.stderr)
        return 0

    number = _run(chosen, settings, prove_and_approve)
    if not number:
        return _FAILED
    print(f"approved as change {number}; fac doctor tells when every process has it in force")
    return 0


def _asked_for_code() -> str:
    """Return a one-time code from the terminal, unseen, or as a line of standard input: never from the arguments."""
    if sys.stdin.isatty():
        return getpass.getpass("code of your authenticator: ")
    return sys.stdin.readline().strip()


COMMANDS: dict[str, Callable[[Namespace, Settings], int]] = {
    "policy_propose": propose_command,
    "policy_review": review_command,
    "policy_approve": approve_command,
}
