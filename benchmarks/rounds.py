"""Rounds of measurements in rotated order, and the ratios between contenders of the same round.

Never: compare figures of two rounds: the machine is shared, only neighbours in time are comparable.
"""

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.contender import Contender, Loader, processor_seconds
from benchmarks.workload import Workload

CONTROL = "floor again"  # the same process as the floor: what differs between the two is noise


@dataclass(slots=True)
class Measured:
    """The figures of one workload at one concurrency: contender -> one entry a round."""

    workload: str
    concurrency: int
    rounds: dict[str, list[dict[str, float]]] = field(default_factory=dict)

    def ratios(self, name: str, base: str, figure: str) -> list[float]:
        """Return the per-round ratios of ``figure`` between two contenders."""
        pairs = zip(self.rounds[name], self.rounds[base], strict=True)
        return [mine[figure] / theirs[figure] for mine, theirs in pairs]

    def spread(self) -> float:
        """Return how far the floor's two runs of a round differ at the median: the control of this comparison."""
        return abs(median(self.ratios(CONTROL, "floor", "rate")) - 1)

    def summary(self, base: str = "floor") -> dict[str, Any]:
        """Return medians and ranges for the report."""
        contenders = {
            name: {
                "rate": round(median(each["rate"] for each in rounds), 1),
                "p50_ms": round(median(each["p50"] for each in rounds), 2),
                "p99_ms": round(median(each["p99"] for each in rounds), 2),
                "app_cpu_ms": round(median(each["app_cpu"] for each in rounds), 3),
                "database_cpu_ms": round(median(each["database_cpu"] for each in rounds), 3),
                **{
                    f"{figure}_to_floor": [round(value, 3) for value in _range(self.ratios(name, base, figure))]
                    for figure in ("rate", "p50", "p99")
                },
            }
            for name, rounds in self.rounds.items()
        }
        return {
            "workload": self.workload,
            "concurrency": self.concurrency,
            "control_spread": round(self.spread(), 3),
            "contenders": contenders,
        }


def _range(values: list[float]) -> tuple[float, float, float]:
    return median(values), min(values), max(values)


class Rounds:
    """Measures contenders against one another."""

    def __init__(self, loader: Loader, postmaster_pid: int, seconds: float) -> None:
        self.loader = loader
        self._postmaster = postmaster_pid
        self._seconds = seconds
        self._next = 1

    def compare(self, contenders: list[Contender], workload: Workload, concurrency: int, rounds: int) -> Measured:
        """Measure every contender once a round, each round beginning with another one."""
        measured = Measured(workload.name, concurrency, {each.name: [] for each in contenders})
        for each in contenders:
            self._once(each, workload, concurrency, min(0.5, self._seconds))
        for number in range(rounds):
            turn = number % len(contenders)
            for each in contenders[turn:] + contenders[:turn]:
                measured.rounds[each.name].append(self._once(each, workload, concurrency, self._seconds))
        return measured

    def _once(self, contender: Contender, workload: Workload, concurrency: int, seconds: float) -> dict[str, float]:
        app = processor_seconds(contender.process.pid)
        database = processor_seconds(self._postmaster, children=True)
        result = self.loader.run(contender.name, contender.job(workload, concurrency, seconds, self._next))
        self._next = result.pop("next")
        each = 1000 / result["requests"]
        result["app_cpu"] = (processor_seconds(contender.process.pid) - app) * each
        result["database_cpu"] = (processor_seconds(self._postmaster, children=True) - database) * each
        return result
