"""The figures, as text and as JSON.

Never: give a verdict when the floor differs from itself by more than a tenth.
"""

import json
import os
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

MOST_SPREAD = 0.10


def machine() -> dict[str, Any]:
    """Return what a run is made on, and what else that machine does."""
    return {
        "processors": os.cpu_count(),
        "python": sys.version.split()[0],
        "load_before": [round(each, 2) for each in os.getloadavg()],
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def growth(times: list[dict[int, float]], small: int, large: int, concurrency: int) -> dict[str, Any]:
    """Return how much slower the inbox is over the large database."""
    ratios = [each[small] / each[large] for each in times]
    return {
        "concurrency": concurrency,
        "cases": [small, large],
        "slower_by": [round(value, 3) for value in (median(ratios), min(ratios), max(ratios))],
    }


def show_one(summary: dict[str, Any]) -> None:
    """Print one comparison."""
    verdict = "" if summary["control_spread"] <= MOST_SPREAD else "  NO VERDICT: the floor differs from itself"
    print(f"  {summary['workload']} c{summary['concurrency']}  control {summary['control_spread']:.1%}{verdict}")
    for name, each in summary["contenders"].items():
        middle, least, most = each["rate_to_floor"]
        print(
            f"    {name:<22}{each['rate']:>9.1f}/s  x{middle:.2f} ({least:.2f}-{most:.2f})  p50 {each['p50_ms']:.2f} ms"
            f" (x{each['p50_to_floor'][0]:.2f})  p99 {each['p99_ms']:.2f} ms (x{each['p99_to_floor'][0]:.2f})"
            f"  cpu app {each['app_cpu_ms']:.2f} db {each['database_cpu_ms']:.2f} ms"
        )


def show(found: dict[str, Any]) -> None:
    """Print what was not printed during the run."""
    for each in found["growth"]:
        middle, least, most = each["slower_by"]
        small, large = each["cases"]
        print(
            f"inbox from {small} to {large} cases at {each['concurrency']}: x{middle:.2f} slower ({least:.2f}-{most:.2f})"
        )


def write(path: Path, found: dict[str, Any]) -> None:
    """Write the figures."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
