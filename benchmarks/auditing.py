"""What the audit costs: ``python -m benchmarks.auditing [--quick] [--cases N] [--rounds N] [--seconds S] [--only Q1]``.

The real application against itself with a ledger that writes nothing, in one run, in rotated rounds, with a second run
of the unaudited one as the control. The switch is a patch in the benchmark's own process: what is shipped has none.
Seals are made by the worker, seconds later; what they cost a row is measured afterwards, over all that was written.
Never: let the unaudited one differ in anything but its audit rows and what they prove of the session.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import ours
from benchmarks.__main__ import Site, _site
from benchmarks.contender import Contender, Loader
from benchmarks.process import Config, run_server
from benchmarks.report import MOST_SPREAD, machine, show_one, write
from benchmarks.rounds import CONTROL, Rounds
from benchmarks.workload import workloads
from fac import app
from fac.audit.ledger import _MINT, Ledger, Receipt
from fac.audit.seal import all_incidents, seal_pending
from fac.crypto.keys import FileRoot
from fac.crypto.mac import AuditMac
from fac.db.claims import Login
from fac.db.embedded import Server
from fac.db.engine import Database
from fac.db.rls.login_roles import address
from fac.domain.ids import new_id

RESULTS = Path(__file__).parent / "results"
GOAL = 0.75


async def make(config: Config) -> Any:
    """Return the application, audited or not."""
    application = await ours.make(config)
    if config.audits:
        return application

    async def receipt(_ledger: Ledger, _connection: Any, _actor: Any, entry: Any, _circumstances: Any) -> Receipt:
        return Receipt(_MINT, new_id(), frozenset(entry.subjects), entry.classes)

    async def nothing(*_: Any) -> None:
        return None

    Ledger.append, Ledger.append_all = receipt, nothing  # type: ignore[method-assign]  # the point
    return application


async def _sealing(site: Site) -> dict[str, Any]:
    """Seal all that the run wrote, as a worker does, and return what it costs."""
    addresses = {Login.worker: address(site.dsn, Login.worker, site.passwords[Login.worker])}
    database = await Database.open(addresses, own=Login.worker, size=1)
    ring = await app.open_ring(database, FileRoot(site.folder / "root.keys", "test"), create=False)
    mac, later, rows, began = AuditMac(ring), datetime.now(UTC) + timedelta(minutes=1), 0, time.perf_counter()
    try:
        async with database.own_transaction() as connection:
            incidents = [row["id"] for row in await all_incidents.all(connection)]
        for incident_id in incidents:
            while True:
                async with database.own_transaction(incident_id) as connection:
                    made = await seal_pending(connection, mac, incident_id, now=later, whole=True)
                if made is None:
                    break
                rows += made.events
    finally:
        await database.close()
    return {"rows": rows, "rows_a_second": round(rows / (time.perf_counter() - began))}


def main() -> None:
    """Measure."""
    options = _options()
    found: dict[str, Any] = {"machine": machine(), "options": vars(options), "comparisons": []}
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
        for workload in (each for each in workloads(site.seeded) if each.name in options.only):
            for concurrency in (32, 1):
                summary = rounds.compare(contenders, workload, concurrency, options.rounds).summary()
                found["comparisons"].append(summary)
                show_one(summary)
        found["sealing"] = asyncio.run(_sealing(site))
        print(f"sealing: {found['sealing']['rows_a_second']} rows a second, of {found['sealing']['rows']}")
    found["machine"]["load_after"] = [round(each, 2) for each in os.getloadavg()]
    write(RESULTS / f"{options.out}.json", found)
    _judge(found["comparisons"])


def _judge(comparisons: list[dict[str, Any]]) -> None:
    for each in comparisons:
        ratio = each["contenders"]["audited"]["rate_to_floor"][0]
        verdict = "reached" if ratio >= GOAL else "missed"
        cpu = [
            sum(each["contenders"][name][part] for part in ("app_cpu_ms", "database_cpu_ms"))
            for name in ("floor", "audited")
        ]
        if each["control_spread"] > MOST_SPREAD:
            verdict = "no verdict: the unaudited one differs from itself"
        print(
            f"{each['workload']} at {each['concurrency']}: {ratio:.2f} of unaudited, goal {GOAL}: {verdict};"
            f" by processor time {cpu[0] / cpu[1]:.2f}"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.auditing")
    parser.add_argument("--quick", action="store_true", help="few cases, short rounds: a check that it runs")
    parser.add_argument("--cases", type=int, help="cases in the database (3000)")
    parser.add_argument("--rounds", type=int, help="rounds of each comparison (12)")
    parser.add_argument("--seconds", type=float, help="seconds of each measurement (1)")
    parser.add_argument("--only", default="Q1,Q2,M1", type=lambda text: text.split(","), help="workloads")
    parser.add_argument("--out", help="name of the file of results (auditing; auditing-quick)")
    options = parser.parse_args()
    options.cases = options.cases or (1_000 if options.quick else 3_000)
    options.rounds = options.rounds or (2 if options.quick else 12)
    options.seconds = options.seconds or (0.4 if options.quick else 1.0)
    options.out = options.out or ("auditing-quick" if options.quick else "auditing")
    return options


if __name__ == "__main__":
    main() if len(sys.argv) == 1 or sys.argv[1].startswith("--") else run_server(make, sys.argv[1])
