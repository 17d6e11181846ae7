"""What a scope costs: ``python -m benchmarks.scopes [--cases N] [--times N] [--offers N]``.

Every list of every role, a page of fifty of its own fields, three ways and turn by turn: as the same statement with
everything allowed in every row and no row-level security, with the scope alone, and as it is served (scope, and
row-level security under the role's login with its claims). Only PostgreSQL's part of it: nothing is opened here.
Never: compare two statements of other pages or fields, or write a row while it measures.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

from benchmarks.__main__ import Site, _site
from benchmarks.report import machine, write
from fac.access.actor import Actor
from fac.access.policy import Grant, Policy, load
from fac.casework.staff import CENTER_ROLES
from fac.crypto.keys import FileRoot
from fac.db.claims import LOGIN_OF
from fac.db.embedded import Server
from fac.db.engine import Pool
from fac.db.rls.login_roles import address
from fac.domain.ids import new_id
from fac.domain.vocabulary import Role
from fac.reading.catalog import NOUNS, ROOTS
from fac.reading.compiler import Compiler
from fac.reading.noun import Classes, Plain, Root, SealedKey
from fac.reading.plan import Plan, compile_plan
from fac.reading.selection import Asked, Literal
from fac.resources import policies_dir

RESULTS = Path(__file__).parent / "results" / "scopes.json"
_PARTNERS = {Role.partner_user, Role.partner_administrator, Role.fund_administrator}
_NOW = datetime.now(UTC)


class Unscoped(Compiler):
    """Compiles as if the role saw whatever it may ever see in every row of the incident."""

    def grants(self, noun: Any) -> tuple[Grant, ...]:
        """Return one grant of all that any relation allows, in every row."""
        ever = 0
        for each in super().grants(noun):
            ever |= each.allowed
        return (Grant("my_incident", ever, 0),) if ever else ()


@dataclass(slots=True)
class Measured:
    """One list of one role: rows of a page, and for each way (milliseconds, pages of memory touched)."""

    role: Role
    name: str
    rows: int
    ways: dict[str, tuple[float, int]]

    def as_row(self) -> dict[str, Any]:
        """Return the figures for the report: ratios to the unscoped statement."""
        base, pages = self.ways["unscoped"]
        return {
            "role": str(self.role), "list": self.name, "rows": self.rows, "unscoped_ms": round(base, 3),
            "scoped": round(self.ways["scoped"][0] / base, 2), "served": round(self.ways["served"][0] / base, 2),
            "pages": [pages, self.ways["scoped"][1], self.ways["served"][1]],
        }  # fmt: skip


def lists(policy: Policy, role: Role) -> Iterator[tuple[Root, Plan, Plan]]:
    """Yield every list that the role has, with its plan and the plan without a scope."""
    for root in ROOTS.values():
        if root.order is None or root.among:
            continue
        fields = NOUNS[root.noun].fields.items()
        own = tuple(Asked(each, each, (), ()) for each, kind in fields if isinstance(kind, Plain | SealedKey | Classes))
        asked = Asked(root.name, root.name, (("first", Literal(50)),), (Asked("nodes", "nodes", (), own),))
        scoped = compile_plan(policy, role, root, asked, {})
        if scoped is None:
            continue
        with patch("fac.reading.plan.Compiler", Unscoped):
            bare = compile_plan(policy, role, root, asked, {})
        if bare is not None:
            yield root, scoped, bare


def actor_of(site: Site, role: Role) -> Actor:
    """Return somebody of ``role``: partners at the organisation with the large inbox, the others at the center."""
    seeded = site.seeded
    organization = seeded.partner_id if role in _PARTNERS else seeded.lead_id
    center = UUID(seeded.intake_center_id) if role in CENTER_ROLES else None
    return Actor(UUID(seeded.incident_id), UUID(seeded.manager_id), new_id(), None, role, UUID(organization), center)


async def close_offers(site: Site, left: int) -> None:
    """Withdraw every offer but the ``left`` newest: who may read a case it is offered grows with them."""
    pool = await Pool.open(site.dsn, size=1)
    async with pool.connection() as connection:
        await connection.execute(
            "UPDATE handoffs SET status = 'withdrawn', decided_by = proposed_by, decided_at = proposed_at"
            " WHERE status = 'proposed' AND id NOT IN"
            " (SELECT id FROM handoffs WHERE status = 'proposed' ORDER BY proposed_at DESC LIMIT $1)",
            left,
        )
        await connection.execute("VACUUM ANALYZE handoffs")
    await pool.close()


async def measure(site: Site, times: int) -> list[Measured]:
    """Return every list of every role, measured."""
    policy, found = load(policies_dir()), []
    above = await Pool.open(site.dsn, size=1)
    for role in Role:
        if role not in LOGIN_OF:
            continue
        login = LOGIN_OF[role]
        served = await Pool.open(address(site.dsn, login, site.passwords[login]), size=1)
        actor = actor_of(site, role)
        for root, scoped, bare in lists(policy, role):
            ways = {
                "unscoped": (above, "BEGIN", bare),
                "scoped": (above, "BEGIN", scoped),
                "served": (served, actor.claims.opening, scoped),
            }
            found.append(await _one(role, root, actor, ways, times))
            print("  ".join(map(str, found[-1].as_row().values())), flush=True)
        await served.close()
    await above.close()
    return found


async def _one(role: Role, root: Root, actor: Actor, ways: dict[str, tuple[Pool, str, Plan]], times: int) -> Measured:
    spent: dict[str, list[float]] = {name: [] for name in ways}
    pages, rows = {}, 0
    for turn in range(times + 1):  # the first warms up
        for name, (pool, opening, plan) in ways.items():
            values = plan.arguments(actor, _NOW, {})
            async with pool.transaction(opening) as connection:
                if turn == 0:
                    explained = await connection.fetchval(
                        f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {plan.statement.sql}", *values
                    )
                    pages[name] = json.loads(explained)[0]["Plan"]["Shared Hit Blocks"]
                began = time.perf_counter()
                rows = len(await connection.fetch(plan.statement.sql, *values))
                if turn:
                    spent[name].append(time.perf_counter() - began)
    tenth = {name: sorted(each)[len(each) // 10] * 1000 for name, each in spent.items()}
    return Measured(role, root.name, min(rows, 50), {name: (tenth[name], pages[name]) for name in ways})


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scopes")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument(
        "--offers", type=int, help="handoffs that stand open in all; as seeded, one in fifty cases has one"
    )
    parser.add_argument("--times", type=int, default=30, help="how often each statement is run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fac-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        FileRoot.create(folder / "root.keys")
        with Server(folder / "cluster") as server:
            site = _site(server, folder, options.cases)
            if options.offers is not None:
                asyncio.run(close_offers(site, options.offers))
            found = asyncio.run(measure(site, options.times))
    write(RESULTS, {"machine": machine(), "options": vars(options), "lists": [each.as_row() for each in found]})


if __name__ == "__main__":
    main()
