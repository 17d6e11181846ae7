"""The commands that keep a system running: the worker, the audit's verification, the import of spreadsheets.

Never: hold logic, print a value of a record, or import a floor before its command is chosen.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace
    from uuid import UUID

    from fac.api.context import Parts
    from fac.audit.verify import Verdict
    from fac.db.claims import Login
    from fac.settings import Settings

_FAILED = 1


def work(chosen: Namespace, settings: Settings) -> int:
    """Run the worker until a signal."""
    import asyncio

    from fac import opening, serving
    from fac.access.watching import Watch
    from fac.db.claims import WORKING, Login
    from fac.jobs import worker
    from fac.jobs.acting import Equipment
    from fac.jobs.queue import revive_dead_jobs
    from fac.jobs.transport import choose_transport

    async def main() -> None:
        # The clock acts on identifiers and dates alone, so this process holds no key that opens anything.
        async with opening.opened(settings, WORKING, personal=False) as parts:
            equipment = Equipment(
                parts.database, parts.tools, parts.clock, choose_transport(settings.mail), parts.policies
            )
            if chosen.revive:
                async with parts.database.own_transaction() as connection:
                    print(f"{await revive_dead_jobs(connection)} jobs put back", flush=True)
            print("working", flush=True)
            watch = Watch(parts.policies, "worker", parts.clock)
            async with asyncio.TaskGroup() as group:
                group.create_task(watch.run(parts.database))
                group.create_task(worker.run(equipment, opening.address_of(settings, Login.worker)))

    serving.run(serving.run_until_signal(main))
    return 0


def verify_audit(chosen: Namespace, settings: Settings) -> int:
    """Verify the trail of one incident or of all, against every checkpoint of a witness where one is given."""
    import asyncio

    kept = chosen.witness.read_text("utf-8") if "witness" in chosen else None
    verdicts = asyncio.run(_verdicts(settings, chosen.incident, kept))
    for verdict in verdicts:
        counted = f"{verdict.sealed} rows under {verdict.seals} seals, {verdict.unsealed} not sealed yet"
        if verdict.unsealed_since is not None:
            counted += f", the first of {verdict.unsealed_since.isoformat(timespec='seconds')}"
        if verdict.is_turning:
            counted += "; a change of the audit's key is not finished, so the former key is believed too"
        print(f"incident {verdict.incident_id}: {verdict.fault.sentence if verdict.fault else 'holds'} ({counted})")
    return 0 if all(each.holds for each in verdicts) else _FAILED


def export_witness(chosen: Namespace, settings: Settings) -> int:
    """Print a signed checkpoint of one incident or of each, to be kept by an outside witness.

    What no seal covers yet is sealed first: a line witnesses all but the last seconds, also while no worker runs.
    """
    import asyncio

    for line in asyncio.run(_checkpoints(settings, chosen.incident)):
        print(line)
    return 0


def import_intake(chosen: Namespace, settings: Settings) -> int:
    """Import a spreadsheet of families; without --apply nothing is recorded."""
    import asyncio

    from fac import importing, opening
    from fac.casework.importing.cell import DateOrder
    from fac.errors import InvalidInput
    from fac.progress import Bars

    token = (sys.stdin.readline() if str(chosen.token_file) == "-" else chosen.token_file.read_text("utf-8")).strip()
    content = chosen.file.read_bytes()

    async def main() -> importing.Report:
        async with _opened(settings, opening.served_logins(settings)) as parts:
            with Bars() as progress:
                return await importing.import_families(
                    parts, token, content, apply=chosen.apply, order=DateOrder(chosen.dates),
                    incident_id=chosen.incident, progress=progress,
                )  # fmt: skip

    try:
        report = asyncio.run(main())
    except InvalidInput as refused:
        for each in refused.problems:
            print(f"{each.path}: {each.problem}. {each.hint}", file=sys.stderr)
        return _FAILED
    print("\n".join(report.lines()))
    return 0 if report.good else _FAILED


@asynccontextmanager
async def _opened(settings: Settings, logins: tuple[Login, ...], *, personal: bool = True) -> AsyncIterator[Parts]:
    from fac import opening

    async with opening.opened(settings, logins, personal=personal) as parts:
        yield parts


async def _verdicts(settings: Settings, incident_id: UUID | None, witness: str | None) -> list[Verdict]:
    from fac.audit.checkpoint import read_checkpoints
    from fac.audit.verify import verify
    from fac.db.claims import WORKING

    verdicts = []
    async with _opened(settings, WORKING, personal=False) as parts:
        kept = {} if witness is None else read_checkpoints(witness, parts.tools.signer)
        for id in [incident_id] if incident_id else sorted({*await _incidents(parts), *kept}):
            async with parts.database.own_transaction(id) as connection:
                await connection.execute("SET LOCAL statement_timeout = 0")  # a long trail takes its time
                verdicts.append(await verify(connection, parts.tools.mac, id, witnesses=kept.get(id, ())))
    return verdicts


async def _checkpoints(settings: Settings, incident_id: UUID | None) -> list[str]:
    from fac.audit.checkpoint import take_checkpoint
    from fac.db.claims import WORKING
    from fac.jobs.sealing import Sealer

    taken = []
    async with _opened(settings, WORKING, personal=False) as parts:
        await Sealer(parts.database, parts.tools.mac).pass_over(whole=True)
        for id in [incident_id] if incident_id else await _incidents(parts):
            async with parts.database.own_transaction(id) as connection:
                taken.append(await take_checkpoint(connection, id))
        return [each.as_text(parts.tools.signer) for each in taken if each is not None]


async def _incidents(parts: Parts) -> list[UUID]:
    from fac.audit.seal import all_incidents

    async with parts.database.own_transaction() as connection:
        return [row["id"] for row in await all_incidents.all(connection)]


COMMANDS: dict[str, Callable[[Namespace, Settings], int]] = {
    "worker": work,
    "audit_verify": verify_audit,
    "witness_export": export_witness,
    "witness_check": verify_audit,
    "import_intake": import_intake,
}
