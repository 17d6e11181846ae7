"""A public list of names tells nobody from a dump: the counts of tokens give hardly anything away."""

from benchmarks.matching.frequency import compounds, single_surnames

PEOPLE = 5_000


class TestFrequencyAttack:
    def test_a_list_of_names_recovers_next_to_nobody(self) -> None:
        found = compounds(PEOPLE, with_codes=False)
        assert found.people <= 0.001
        assert found.postings <= 0.001

    def test_the_attack_is_one_that_works_on_what_is_never_kept(self) -> None:
        assert single_surnames(PEOPLE).people > 0.01
