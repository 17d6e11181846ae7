"""Run: python -m benchmarks.matching; what it finds is in results/matching.json.

Never: write a file that leaves out what an earlier run measured.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.matching.people import written_twice
from benchmarks.matching.quality import measure
from benchmarks.report import machine, write

RESULTS = Path(__file__).parents[1] / "results" / "matching.json"
GROUPS = {"spanish": 2000, "arabic": 1000, "asian": 1000}


def main() -> None:
    """Measure the quality on our own sets, and on FEBRL where the packages are that carry it and stand beside us."""
    found = {"own": _shown(_own())}
    try:
        from benchmarks.matching import contenders, febrl

        found["febrl"] = _shown(febrl.report())
        found["contenders"] = _shown(contenders.report())
    except ImportError as missing:
        print(f"left out, and nothing written: {missing.name} is not installed")
        return
    write(RESULTS, {"machine": machine(), **found})


def _own() -> Iterator[dict[str, Any]]:
    for kind, people in GROUPS.items():
        yield {"set": kind, "people": people, **asdict(measure(*written_twice(kind, people, seed=2)))}


def _shown(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = []
    for row in rows:
        kept.append({name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()})
        print(json.dumps(kept[-1]), flush=True)
    return kept


if __name__ == "__main__":
    main()
