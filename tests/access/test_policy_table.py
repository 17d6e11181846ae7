"""The compiled table: it agrees with Casbin everywhere, only tightens when tightened, and no line can change unseen."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import groupby, product
from pathlib import Path

import casbin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fac.access.examples import failing, read_examples
from fac.access.explain import table_rows
from fac.access.policy.lines import Line, read_book
from fac.access.policy.loading import compile_sources
from fac.access.policy.reference import Cell, Table, allows, disagreements, enforcer_of, every_kind_of_cell, sample
from fac.access.policy.sheets import read_sources
from fac.access.policy.table import compile_table
from fac.access.policy.words import KINDS
from fac.domain.vocabulary import InfoClass, Role
from fac.errors import PolicyInvalid
from fac.resources import policies_dir

SOURCES = read_sources(policies_dir())
POLICY, VOCABULARY, BOOK = compile_sources(SOURCES)
EXAMPLES = read_examples(policies_dir())
RECORDED = Path(__file__).with_name("recorded_table.csv")
TEXT_LINES = SOURCES["policy.csv"].split("\n")
POLICY_LINES = [place for place, text in enumerate(TEXT_LINES) if text and not text.startswith("#")]
# Compiled some 200 times below, so without the long tables the lines do not touch.
SLIM = {
    **SOURCES,
    "fields.csv": "field,record,info\n",
    "operations.csv": "operation,action,record,info\n",
}
PERMISSIONS = [place for place in POLICY_LINES if TEXT_LINES[place].startswith("p,")]


class TestAgreesWithCasbin:
    def test_in_every_cell_that_any_line_can_tell_apart(self) -> None:
        cells = list(every_kind_of_cell(BOOK, VOCABULARY))
        assert len(cells) > 5_000
        for relation in POLICY.relations:
            # The matcher compares rows word for word, so the lines of another relation cannot answer; without them
            # Casbin takes seconds and not minutes. The sample below asks it with every line.
            alone = replace(BOOK, lines=tuple(line for line in BOOK.lines if line.rows == relation))
            enforcer = enforcer_of(SOURCES["model.conf"], alone)
            for asked in by_the_lines_that_can_match(enforcer, (cell for cell in cells if cell[4] == relation)):
                assert list(disagreements(POLICY.table, enforcer, asked)) == []

    def test_the_matcher_is_five_conditions_that_must_all_hold(self) -> None:
        # What lets the lines be narrowed: one that fails a condition matches nothing, whatever the others say.
        (matcher,) = (line for line in SOURCES["model.conf"].splitlines() if line.startswith("m = "))
        assert sorted(matcher.removeprefix("m = ").split(" && ")) == [
            "g(r.role, p.role)", "g2(r.record, p.record)", "g3(r.info, p.info)", "g4(r.action, p.action)",
            "r.rows == p.rows",
        ]  # fmt: skip

    def test_in_a_sample_of_all_the_others(self) -> None:
        # The whole table has millions of cells and Casbin takes long for them; this draws from all of it.
        enforcer = enforcer_of(SOURCES["model.conf"], BOOK)
        cells = sample(BOOK, VOCABULARY, seed=b"another draw than at start", extra=4_000)
        assert list(disagreements(POLICY.table, enforcer, cells)) == []

    def test_cells_that_no_line_tells_apart_have_one_answer(self) -> None:
        # What lets one cell speak for its kind above, tried over the whole table, all classes of a place at once.
        asked = {cell: allows(POLICY.table, cell) for cell in every_kind_of_cell(BOOK, VOCABULARY)}
        for relation in POLICY.relations:
            speaks = {kind: speaker_of(kind, relation) for kind in KINDS[:4]}
            classes = list(speaks["info"].items())

            @cache
            def spoken_for(
                role: str, action: str, record: str, relation: str = relation, classes: list[tuple[str, str]] = classes
            ) -> int:
                return sum(
                    InfoClass(info).bit for info, speaker in classes if asked[role, action, record, speaker, relation]
                )

            for role, action, record in product(*(VOCABULARY.words[kind] for kind in KINDS[:3])):
                speaker = (speaks["role"][role], speaks["action"][action], speaks["record"][record])
                grants = POLICY.table[Role(role), action, record]
                mask = next((each.allowed & ~each.denied for each in grants if each.relation == relation), 0)
                assert mask == spoken_for(*speaker), (role, action, record, relation)

    def test_a_planted_disagreement_is_found(self) -> None:
        enforcer = enforcer_of(SOURCES["model.conf"], BOOK)
        cell: Cell = ("auditor", "read", "audit_event", "outline", "my_incident")
        planted = {**POLICY.table, (Role.auditor, "read", "audit_event"): ()}
        assert list(disagreements(planted, enforcer, [cell])) == [cell]


def by_the_lines_that_can_match(enforcer: casbin.Enforcer, cells: Iterable[Cell]) -> Iterator[list[Cell]]:
    """Yield cells of one role, action and record, the enforcer holding only the lines that can match these.

    Which those are Casbin's own role managers say. Where none can, the class makes no difference either: one cell is
    asked, and of all lines.
    """
    policy, groups = enforcer.model.model["p"]["p"], enforcer.model.model["g"]
    every, managers = policy.policy, [groups[name].rm for name in ("g", "g4", "g2")]

    @cache
    def links(place: int, word: str, named: str) -> bool:
        return bool(managers[place].has_link(word, named))

    for words, found in groupby(cells, key=lambda cell: cell[:3]):
        group = list(found)
        matching = [line for line in every if all(links(place, words[place], line[place]) for place in range(3))]
        policy.policy = matching or every
        yield group if matching else group[:1]
    policy.policy = every


def speaker_of(kind: str, relation: str) -> dict[str, str]:
    """The first word with the same lines as each word, as ``every_kind_of_cell`` chooses it."""
    place = KINDS.index(kind)
    named = sorted({line.cells()[place] for line in BOOK.lines if line.rows == relation})
    first: dict[tuple[bool, ...], str] = {}
    return {
        word: first.setdefault(tuple(word in BOOK.words(kind, each) for each in named), word)
        for word in VOCABULARY.words[kind]
    }


class TestNoLineChangesUnseen:
    """Each line of policy.csv dropped, each effect flipped: an example, the loader or the recorded table objects."""

    def test_the_examples_hold(self) -> None:
        assert len(EXAMPLES) >= 40
        assert list(failing(POLICY, EXAMPLES)) == []

    def test_the_table_is_the_recorded_one(self) -> None:
        recorded = RECORDED.read_text().splitlines()
        # After a wanted change: `fac policy table > tests/access/recorded_table.csv`, and review its diff.
        assert list(table_rows(POLICY)) == recorded

    @pytest.mark.parametrize("place", PERMISSIONS, ids=lambda place: f"line-{place + 1}")
    def test_a_permission_flipped_is_noticed(self, place: int) -> None:
        flipped = flip(TEXT_LINES[place])
        assert objections([*TEXT_LINES[:place], flipped, *TEXT_LINES[place + 1 :]])

    @pytest.mark.parametrize("place", POLICY_LINES, ids=lambda place: f"line-{place + 1}")
    def test_a_line_dropped_is_noticed(self, place: int) -> None:
        objected = objections(TEXT_LINES[:place] + TEXT_LINES[place + 1 :])
        assert objected
        if TEXT_LINES[place].endswith("allow"):
            assert objected != {"record"}, "an example should show what this line is for"

    def test_every_example_with_one_word_changed_in_its_verdict_fails(self) -> None:
        for each in EXAMPLES:
            wrong = ("not_found", "withheld") if each.answer[0] == "permit" else ("permit", "granted")
            assert list(failing(POLICY, (replace(each, answer=wrong),)))


def flip(text: str) -> str:
    head, _, effect = text.rpartition(", ")
    return f"{head}, {'deny' if effect == 'allow' else 'allow'}"


def objections(lines: list[str]) -> set[str]:
    """Return who objects to the changed text; the examples are asked first, since they answer at once."""
    changed = {**SLIM, "policy.csv": "\n".join(lines)}
    try:
        table = compile_table(read_book(changed, VOCABULARY), VOCABULARY)
        if list(failing(replace(POLICY, table=table), EXAMPLES)):
            return {"examples"}
        compile_sources(changed)
    except PolicyInvalid:
        return {"load"}
    return {"record"} if table != POLICY.table else set()


def lines() -> st.SearchStrategy[Line]:
    words = [st.sampled_from([*VOCABULARY.words[k], *VOCABULARY.bundles.get(k, {})]) for k in KINDS]
    return st.builds(Line, st.just(0), *words, st.sampled_from(["allow", "deny"]))


def opened(table: Table, held: frozenset[str]) -> dict[tuple[Role, str, str], int]:
    """Everything that somebody who stands in ``held`` may do, as masks of classes; a deny in any of them wins."""
    found = {}
    for place, grants in table.items():
        allowed = denied = 0
        for each in grants:
            if each.relation in held:
                allowed, denied = allowed | each.allowed, denied | each.denied
        if allowed & ~denied:
            found[place] = allowed & ~denied
    return found


Cells = set[tuple[str, str, str, InfoClass]]


def beyond(one: dict[tuple[Role, str, str], int], other: dict[tuple[Role, str, str], int]) -> Cells:
    """Return what ``one`` opens and ``other`` does not."""
    return {
        (role.value, action, record, info)
        for (role, action, record), mask in one.items()
        if mask & ~other.get((role, action, record), 0)
        for info in InfoClass
        if mask & ~other.get((role, action, record), 0) & info.bit
    }


def table_of(lines: tuple[Line, ...]) -> Table:
    return compile_table(replace(BOOK, lines=lines), VOCABULARY)


held_relations = st.frozensets(st.sampled_from(POLICY.relations), min_size=1)


class TestOnlyTightens:
    @settings(max_examples=12, deadline=None)
    @given(line=lines(), held=held_relations)
    def test_a_deny_added_never_opens(self, line: Line, held: frozenset[str]) -> None:
        before, after = opened(POLICY.table, held), opened(table_of((*BOOK.lines, replace(line, eft="deny"))), held)
        assert not beyond(after, before)
        assert not {gone for gone in beyond(before, after) if not speaks_of(line, gone, held)}

    @settings(max_examples=12, deadline=None)
    @given(line=lines(), held=held_relations)
    def test_an_allow_added_never_closes(self, line: Line, held: frozenset[str]) -> None:
        before, after = opened(POLICY.table, held), opened(table_of((*BOOK.lines, replace(line, eft="allow"))), held)
        assert not beyond(before, after)
        assert not {new for new in beyond(after, before) if not speaks_of(line, new, held)}

    @settings(max_examples=12, deadline=None)
    @given(place=st.integers(0, len(BOOK.lines) - 1), held=held_relations)
    def test_a_line_dropped_moves_the_way_its_effect_says(self, place: int, held: frozenset[str]) -> None:
        dropped = BOOK.lines[place]
        before = opened(POLICY.table, held)
        after = opened(table_of(BOOK.lines[:place] + BOOK.lines[place + 1 :]), held)
        assert not (beyond(after, before) if dropped.eft == "allow" else beyond(before, after))


def speaks_of(line: Line, cell: tuple[str, str, str, InfoClass], held: frozenset[str]) -> bool:
    words = zip(KINDS[:4], line.cells()[:4], cell, strict=True)
    return line.rows in held and all(word in BOOK.words(kind, named) for kind, named, word in words)
