"""What the audit costs: ``python -m benchmarks.auditing [--cases N] [--rounds N] [--seconds S]``.

The real application against itself with a ledger that writes nothing, in one run, in rotated rounds, with a second run
of the unaudited one as the control. The audited one also seals its trail, every second, as a busy worker would.
Never: let the unaudited one differ in anything but its audit rows and seals.
"""

import argparse
import asyncio
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import ours
from benchmarks.__main__ import _machine, _site
from benchmarks.contender import Contender, Loader
from benchmarks.process import Config, run_server
from benchmarks.report import write
from benchmarks.rounds import CONTROL, Rounds
from benchmarks.workload import workloads
from fac.audit.ledger import _MINT, Ledger, Receipt
from fac.audit.seal import all_incidents, seal_pending
from fac.crypto.keys import FileRoot
from fac.db.embedded import Server
from fac.domain.ids import new_id

_kept: list[Any] = []  # tasks nobody waits for
RESULTS = Path(__file__).parent / "results" / "auditing.json"


async def make(config: Config) -> Any:
    """Return the application, audited and sealing or neither."""
    application = await ours.make(config)
    parts = application.endpoint._parts
    if config.audits:
        _kept.append(asyncio.create_task(_seal(parts)))
        return application

    async def receipt(_ledger: Ledger, _connection: Any, _actor: Any, entry: Any, _circumstances: Any) -> Receipt:
        return Receipt(_MINT, new_id(), frozenset(entry.subjects), entry.classes)

    async def nothing(*_: Any) -> None:
        return None

    Ledger.append, Ledger.append_all = receipt, nothing  # type: ignore[method-assign]  # the point
    return application


async def _seal(parts: Any) -> None:
    while True:
        await asyncio.sleep(1)
        async with parts.database.own_transaction() as connection:
            ids = [row["id"] for row in await all_incidents.all(connection)]
        for incident_id in ids:
            async with parts.database.own_transaction(incident_id) as connection:
                await seal_pending(connection, parts.tools.mac, incident_id, now=datetime.now(UTC))


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.auditing")
    parser.add_argument("--cases", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.5)
    options = parser.parse_args()
    found: dict[str, Any] = {"machine": _machine(), "options": vars(options), "comparisons": []}
    with tempfile.TemporaryDirectory(prefix="fac-bench-") as name, ExitStack() as running:
        folder = Path(name)
        folder.chmod(0o711)
        FileRoot.create(folder / "root.keys")
        server = running.enter_context(Server(folder / "cluster"))
        loader = running.enter_context(Loader(folder / "log"))
        site = _site(server, folder, options.cases)
        audited = running.enter_context(site.running("audited", "auditing"))
        bare = running.enter_context(site.running("unaudited", "auditing", audits=False))
        rounds = Rounds(loader, server.postmaster_pid, options.seconds)
        contenders = [Contender("audited", audited), Contender("floor", bare), Contender(CONTROL, bare)]
        for workload in workloads(site.seeded):
            for concurrency in (1, 32):
                measured = rounds.compare(contenders, workload, concurrency, options.rounds)
                summary = measured.summary()
                found["comparisons"].append(summary)
                ratio, least, most = summary["contenders"]["audited"]["rate_to_floor"]
                print(
                    f"{workload.name} at {concurrency}: audited/unaudited {ratio} ({least} to {most}),"
                    f" control spread {summary['control_spread']}",
                    flush=True,
                )
    write(RESULTS, found)


if __name__ == "__main__":
    main() if len(sys.argv) == 1 or sys.argv[1].startswith("--") else run_server(make, sys.argv[1])
