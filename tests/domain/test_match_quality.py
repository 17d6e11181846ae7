"""Quality of matching does not fall: people invented from a seed, written twice with the slips of intake forms."""

import pytest

from benchmarks.matching.people import written_twice
from benchmarks.matching.quality import measure


class TestQuality:
    @pytest.mark.parametrize(
        ("kind", "precision", "recall", "found"),
        [("spanish", 0.99, 0.95, 0.99), ("arabic", 0.985, 0.95, 0.99), ("asian", 0.985, 0.87, 0.97)],
    )
    def test_the_same_person_is_known_and_hardly_anybody_is_lost(
        self, kind: str, precision: float, recall: float, found: float
    ) -> None:
        quality = measure(*written_twice(kind, people=400, seed=1))
        assert quality.same_precision >= precision
        assert quality.same_recall >= recall
        assert quality.recall >= found, quality.missed
        assert quality.candidates < 20

    def test_the_measure_can_fail(self) -> None:
        first, second = written_twice("spanish", people=60, seed=1)
        strangers, _ = written_twice("arabic", people=60, seed=1)
        assert measure([*strangers, *first], second).same_recall > 0.9
        shifted = [type(each)(each.person + 1, each.facts, each.slips) for each in second]
        assert measure(first, shifted).same_recall < 0.1
