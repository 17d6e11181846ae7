"""A public list of names tells nobody from a dump: the counts of tokens give hardly anything away."""

import pytest

from benchmarks.matching.frequency import compounds, single_surnames

PEOPLE = 5_000


class TestFrequencyAttack:
    @pytest.mark.parametrize("with_codes", [False, True], ids=["names", "names and where people live"])
    def test_public_lists_recover_next_to_nobody(self, with_codes: bool) -> None:
        found = compounds(PEOPLE, with_codes=with_codes)
        assert found.people <= 0.001
        assert found.postings <= 0.001

    def test_the_attack_is_one_that_works_on_what_is_never_kept(self) -> None:
        assert single_surnames(PEOPLE).people > 0.01
