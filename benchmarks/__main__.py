"""One command: ``python -m benchmarks [--quick] [--cases N] [--only Q1,Q2,M1]``.

It starts a PostgreSQL of its own on a socket in a temporary folder, seeds it, checks that all contenders answer alike,
measures them in rotated rounds, and writes benchmarks/results/latest.json.
Never: touch another database, or leave anything running.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import answers, postgraphile, report
from benchmarks.contender import Contender, Loader, Process
from benchmarks.process import Config
from benchmarks.rounds import CONTROL, Rounds
from benchmarks.seed import Seeded, as_json, seed
from benchmarks.workload import workloads
from fac.crypto.keys import FileRoot
from fac.db import migrating
from fac.db.claims import Login
from fac.db.embedded import Server
from fac.db.rls.login_roles import address, hand_to_owner, kept_passwords, make_login_roles

CONNECTIONS = 10
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Site:
    """One seeded database and where the run keeps its files."""

    folder: Path
    dsn: str
    seeded: Seeded
    passwords: dict[Login, str]

    def config(self, name: str, *, audits: bool = True) -> str:
        """Write the configuration of a contender and return its path."""
        path = self.folder / f"{name}-{self.seeded.cases}.json"
        config = Config(
            self.dsn, str(self.folder / "root.keys"), CONNECTIONS, as_json(self.seeded), {**self.passwords}, audits
        )
        return str(config.write(path))

    @contextmanager
    def running(self, name: str, module: str, *, audits: bool = True) -> Iterator[Process]:
        """Run one of our own contenders."""
        command = [sys.executable, "-m", f"benchmarks.{module}", self.config(name, audits=audits)]
        process = Process(name, command, self.folder / "log")
        try:
            yield process
        finally:
            process.stop()


def main() -> None:
    """Measure."""
    options = _options()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory(prefix="fac-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        FileRoot.create(folder / "root.keys")
        with Server(folder / "cluster") as server, Loader(folder / "log") as loader:
            rounds = Rounds(loader, server.postmaster_pid, options.seconds)
            small = _site(server, folder, 1_000)
            large = _site(server, folder, options.cases)
            found: dict[str, Any] = {"machine": report.machine(), "options": vars(options)}
            found["comparisons"] = _contest(large, rounds, options)
            found["growth"] = _growth(small, large, rounds, options)
    report.write(RESULTS / f"{options.out}.json", found)
    report.show(found)


def _contest(site: Site, rounds: Rounds, options: argparse.Namespace) -> list[dict[str, Any]]:
    with ExitStack() as running:
        ours = Contender("ours", running.enter_context(site.running("ours", "ours")))
        floor = running.enter_context(site.running("floor", "floor"))
        bare = running.enter_context(site.running("bare", "floor", audits=False))
        contenders = [
            ours,
            Contender("floor", floor),
            Contender(CONTROL, floor),
            Contender("floor without audit", bare),
        ]
        peer = None if options.no_peer else running.enter_context(_peer(site))
        found = []
        for workload in workloads(site.seeded):
            if workload.name not in options.only:
                continue
            taking_part = contenders + ([peer] if peer and workload.name in (peer.bodies or {}) else [])
            size = answers.refuse_unequal(taking_part, workload)
            for concurrency in (1, 32):
                print(f"{workload.name} at {concurrency}: {len(taking_part)} contenders, answers of {size} bytes")
                summary = rounds.compare(taking_part, workload, concurrency, options.rounds).summary()
                report.show_one(summary)
                found.append(summary)
    return found


def _peer(site: Site) -> AbstractContextManager[Contender | None]:
    return postgraphile.running(site.dsn, str(site.folder / "root.keys"), site.folder, site.seeded)


def _growth(small: Site, large: Site, rounds: Rounds, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Compare the same inbox over the small and the large database."""
    found = []
    with small.running("small", "ours") as one, large.running("large", "ours") as other:
        for concurrency in (1, 32):
            times: list[dict[str, Any]] = []
            for number in range(options.rounds + 1):
                pair = {}
                for site, process in ((small, one), (large, other)) if number % 2 else ((large, other), (small, one)):
                    inbox = workloads(site.seeded)[0]
                    job = Contender("ours", process).job(inbox, concurrency, options.seconds, 0)
                    pair[site.seeded.cases] = rounds.loader.run("ours", job)["rate"]
                times.append(pair)
            found.append(
                report.growth(times[1:], small.seeded.cases, large.seeded.cases, concurrency)
            )  # the first warms up
    return found


def _site(server: Server, folder: Path, cases: int) -> Site:
    async def make() -> Site:
        dsn = await migrating.create_database(server.dsn(), f"bench_{cases}")
        passwords = kept_passwords(folder / "passwords")
        await make_login_roles(server.dsn(), passwords)
        await hand_to_owner(dsn)
        await migrating.upgrade(address(dsn, Login.owner, passwords[Login.owner]))
        return Site(folder, dsn, await seed(dsn, FileRoot(folder / "root.keys", "test"), cases), passwords)

    began = time.monotonic()
    made = asyncio.run(make())
    print(f"seeded {cases} cases in {time.monotonic() - began:.0f} s")
    return made


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="few cases, short rounds: a check that it runs, not a verdict"
    )
    parser.add_argument("--cases", type=int, help="cases of the large database (100000)")
    parser.add_argument("--rounds", type=int, help="rounds of each comparison (5)")
    parser.add_argument("--seconds", type=float, help="seconds of each measurement (1.5)")
    parser.add_argument("--only", default="Q1,Q2,M1", type=lambda text: text.split(","), help="workloads")
    parser.add_argument("--no-peer", action="store_true", help="leave PostGraphile out")
    parser.add_argument("--out", default="latest", help="name of the file of results")
    options = parser.parse_args()
    quick = options.quick
    options.cases = options.cases or (3_000 if quick else 100_000)
    options.rounds = options.rounds or (3 if quick else 5)
    options.seconds = options.seconds or (0.5 if quick else 1.5)
    return options


if __name__ == "__main__":
    main()
