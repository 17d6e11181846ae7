"""The commands that propose to erase a person, and that place, lift and list legal holds.

Each asks the application as whoever a token belongs to, so nothing here goes round the policy, a hold or the second
person: what ``shred`` proposes, a privacy officer approves over GraphQL, after a second factor.
Never: carry an erasure out, or print a token.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from fac import opening
from fac.asking import ask, change

if TYPE_CHECKING:
    from argparse import Namespace

    from fac.api.context import Parts
    from fac.settings import Settings

Act = Callable[["Parts", str], Awaitable[list[str]]]
_PAGE = 100


def shred(chosen: Namespace, settings: Settings) -> int:
    """Propose to erase what is known of a person."""

    async def act(parts: Parts, token: str) -> list[str]:
        given = {"personId": chosen.person, "reason": chosen.reason, "includesCaseWords": chosen.case_words}
        proposed = (await change(parts, token, "ProposeErasure", **given))["erasure"]
        return [
            f"proposed: erasure {proposed['id']}, version {proposed['version']}",
            "Nothing is erased yet: a privacy officer, somebody else, approves it (StepUp, then ApproveErasure).",
        ]

    return _run(chosen, settings, act)


def place(chosen: Namespace, settings: Settings) -> int:
    """Place a legal hold on a person, or on everybody in a case."""

    async def act(parts: Parts, token: str) -> list[str]:
        named = {"personId": chosen.person} if chosen.person else {"caseId": chosen.case}
        placed = await change(parts, token, "PlaceLegalHold", reason=chosen.reason, **named)
        return [f"placed: legal hold {placed['legalHold']['id']}"]

    return _run(chosen, settings, act)


def lift(chosen: Namespace, settings: Settings) -> int:
    """Lift a legal hold."""

    async def act(parts: Parts, token: str) -> list[str]:
        given = {"legalHoldId": chosen.hold, "version": 1}  # the only change of a hold is that it is lifted
        lifted = await change(parts, token, "LiftLegalHold", **given)
        return [f"lifted: legal hold {lifted['legalHold']['id']}"]

    return _run(chosen, settings, act)


def list_holds(chosen: Namespace, settings: Settings) -> int:
    """List the legal holds that stand, as far as the token's hat may see them."""

    async def act(parts: Parts, token: str) -> list[str]:
        lines, after = [], None
        while True:
            page = (await ask(parts, token, "LegalHolds", first=_PAGE, after=after))["legalHolds"]
            lines += [_line(each) for each in page["nodes"] if each["liftedAt"] is None]
            if not page["pageInfo"]["hasNextPage"]:
                return [*lines, f"{len(lines)} holds stand"]
            after = page["pageInfo"]["endCursor"]

    return _run(chosen, settings, act)


def _line(hold: dict[str, Any]) -> str:
    person = hold["person"]
    whom = f"person {person['id']}" if person else f"everybody in case {hold['case']['caseNumber']}"
    return f"{hold['id']} {hold['reason']} since {hold['placedAt'][:10]}: {whom}"


def _run(chosen: Namespace, settings: Settings, act: Act) -> int:
    token = chosen.token_file.read_text("utf-8").strip()

    async def main() -> list[str]:
        async with opening.opened(settings, opening.served_logins(settings), personal=False) as parts:
            return await act(parts, token)

    print("\n".join(asyncio.run(main())))
    return 0


COMMANDS: dict[str, Callable[[Namespace, Settings], int]] = {
    "keys_shred": shred,
    "keys_hold_place": place,
    "keys_hold_lift": lift,
    "keys_hold_list": list_holds,
}
