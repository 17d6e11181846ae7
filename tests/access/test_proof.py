"""never.csv and the domain's promises, proved over the compiled policy and the relations' own formulas.

The table alone says in which relation something is open; what a relation is, the formulas say. The solver puts both
together: for all rows, whatever they hold, nothing is open that was promised closed. Each term of each formula is then
left out in turn, as a slip of the pen would: some promise breaks every time, so the proof can fail.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import product

import pytest
import z3

from fac.access.formula import ALWAYS, Some, terms_of, without
from fac.access.opened import OPENINGS, Opening
from fac.access.policy import Policy
from fac.access.policy.invariants import Invariant, breaches, read_invariants
from fac.access.policy.lines import Line
from fac.access.policy.loading import compile_sources
from fac.access.policy.sheets import read_sources
from fac.access.policy.table import compile_table
from fac.access.relation import RELATIONS, WITH_RELEASE
from fac.domain.vocabulary import InfoClass, Role
from fac.resources import policies_dir
from tests.access.promises import NEVER, Proofs
from tests.access.solver import OF_RECORD, Logic, counterexample

SOURCES = read_sources(policies_dir())
POLICY, VOCABULARY, BOOK = compile_sources(SOURCES)
INVARIANTS = read_invariants(SOURCES, VOCABULARY, BOOK)
PROOFS = Proofs()


def planted(*lines: Line, instead_of: str = "") -> Policy:
    """Return the shipped policy with lines added, unchecked, and without the one that says ``instead_of``."""
    kept = tuple(each for each in BOOK.lines if not instead_of or instead_of not in str(each))
    assert bool(instead_of) is (len(kept) < len(BOOK.lines))
    return replace(POLICY, table=compile_table(replace(BOOK, lines=(*kept, *lines)), VOCABULARY))


def statements(logic: Logic, policy: Policy, never: Invariant) -> Iterator[tuple[str, z3.BoolRef]]:
    """Yield what a line of never.csv says of rows: where the role may, the row stands in a relation left to it."""
    said = set()
    for role, action, record in product(never.roles, never.actions, never.records):
        grants = policy.grants(Role(role), action, record)
        for info in InfoClass:
            allowed = tuple(each.relation for each in grants if each.allowed & info.bit)
            denied = tuple(each.relation for each in grants if each.denied & info.bit)
            kind = record if record in OF_RECORD else "", info if WITH_RELEASE in allowed else ""
            if info.bit & never.classes and allowed and (allowed, denied, kind) not in said:
                said.add((allowed, denied, kind))
                may = logic.allows(policy, Role(role), action, record, info)
                left = z3.Or(*(logic.held(each, record, info) for each in allowed if each not in never.rows))
                walls = z3.Or(*(logic.held(each, record, info) for each in sorted(never.rows) if never.whenever))
                said_of_rows = z3.Implies(walls, z3.Not(may)) if never.whenever else z3.Implies(may, left)
                yield f"{role} {action} {record} {info}", said_of_rows


def disproved(policy: Policy, logic: Logic | None = None) -> str | None:
    """Return the first line of never.csv that is not so of some rows, and where."""
    for each in INVARIANTS:
        for where, said in statements(logic or Logic(), policy, each):
            if not PROOFS.holds(said):
                return f"never.csv:{each.number} {where}"
    return None


class TestNever:
    def test_there_are_enough_of_them(self) -> None:
        assert len(INVARIANTS) >= 20

    def test_each_is_proved_over_policy_and_relations(self) -> None:
        assert disproved(POLICY) is None

    def test_and_speaks_about_something(self) -> None:
        """A line whose roles, records or classes no allow line could ever reach would be true of anything."""
        for each in INVARIANTS:
            opened = [
                Line(0, role, action, record, info, relation, "allow")
                for role, action, record, relation in product(
                    each.roles[:1], each.actions[:1], each.records[:1], sorted(each.rows)[:1]
                )
                for info in InfoClass
                if info.bit & each.classes
            ]
            # Of no other place is anything said: the whole table would be thousands of empty ones for each line.
            of = (("role", each.roles), ("action", each.actions), ("record", each.records))
            narrow = replace(VOCABULARY, words={**VOCABULARY.words, **{kind: {words[0]: ""} for kind, words in of}})
            table = compile_table(replace(BOOK, lines=tuple(opened)), narrow)
            assert list(breaches(table, (each,))), each.number

    def test_domain_promises_hold(self) -> None:
        assert len(NEVER) >= 10
        assert PROOFS.broken(Logic(), POLICY, BOOK) is None


class TestAPlantedHole:
    @pytest.mark.parametrize(
        "line",
        [
            Line(0, "case_manager", "read", "person", "contact", "my_center", "allow"),
            Line(0, "partner_user", "read", "person", "identity", "referred_to_my_org", "allow"),
            Line(0, "partner_user", "update", "need", "clinical", "referred_to_my_org_with_release", "allow"),
            Line(0, "intake_worker", "read", "note", "staff_record", "my_center", "allow"),
            Line(0, "supervisor", "read", "person", "identity", "handed_to_my_center", "allow"),
            Line(0, "system_worker", "read", "agreement", "workforce", "my_incident", "allow"),
            Line(0, "partner_user", "read", "person", "demographic", "referred_to_my_org", "allow"),
            Line(0, "partner_user", "read", "need", "deidentified", "my_incident", "allow"),
            Line(0, "partner_administrator", "read", "referral", "deidentified", "my_incident", "allow"),
            Line(0, "fund_administrator", "answer", "referral", "outline", "my_incident", "allow"),
            Line(0, "partner_user", "read", "person", "outline", "my_incident", "allow"),
        ],
        ids=str,
    )
    def test_in_the_policy_is_found_at_load_and_by_the_solver(self, line: Line) -> None:
        policy = planted(line)
        assert list(breaches(policy.table, INVARIANTS))
        assert disproved(policy) is not None

    def test_a_wall_that_stops_reading_but_not_searching(self) -> None:
        """Found by the solver in the first sketch of these rules; a table of relations alone does not see it."""
        line = "p, anyone, anything, note, sealed, privileged_by_another, deny"
        policy = planted(Line(0, "anyone", "read", "note", "sealed", "privileged_by_another", "deny"), instead_of=line)
        found = disproved(policy)
        assert found is not None
        assert " search note " in found
        assert any("privileged_by_another" in each for each in breaches(policy.table, INVARIANTS))
        plain = tuple(replace(each, whenever=False) for each in INVARIANTS)
        assert not list(breaches(policy.table, plain))

    def test_in_a_relation_is_shown_with_the_rows_that_fall_through(self) -> None:
        logic = slipped(WITH_RELEASE, "release_is_not_over")
        assert PROOFS.broken(logic, POLICY, BOOK) == "partner_without_release: partner_user person identity"
        (said,) = [said for where, said in NEVER[0](logic, POLICY, BOOK) if where == "partner_user person identity"]
        rows = counterexample(said)
        assert rows is not None
        assert "release_is_not_over" in {each.name() for each in rows.decls()}


def slipped(relation: str, term: str) -> Logic:
    """Return the relations as if nobody had written ``term`` in that one."""
    if relation != WITH_RELEASE:
        return Logic({**RELATIONS, relation: without(RELATIONS[relation], term)})
    return Logic(openings={record: leaving_out(each, term) for record, each in OPENINGS.items()})


def leaving_out(opening: Opening, term: str) -> Opening:
    when, first, released = (without(each, term) for each in (opening.when, opening.first, opening.released))
    assert isinstance(released, Some)
    return replace(opening, when=when, first=first, released=released)


@lru_cache(maxsize=1)
def written() -> Mapping[str, tuple[str, ...]]:
    """Return every term of every relation's formula."""
    releasing = [each for opening in OPENINGS.values() for each in (opening.when, opening.released)]
    opening = dict.fromkeys(term for each in releasing for term in terms_of(each))
    terms = {relation: tuple(dict.fromkeys(terms_of(formula))) for relation, formula in RELATIONS.items()}
    return terms | {WITH_RELEASE: tuple(opening)}


TERMS = [(relation, term) for relation, terms in written().items() for term in terms]


class TestATermLeftOut:
    @pytest.mark.parametrize(("relation", "term"), TERMS)
    def test_breaks_a_promise(self, relation: str, term: str) -> None:
        broken = PROOFS.broken(slipped(relation, term), POLICY, BOOK)
        assert broken is not None, "no promise in tests/access/promises.py speaks of this fact"


class TestWhatIsAskedFirst:
    def test_only_saves_looking(self) -> None:
        hasty, patient = Logic(), Logic(openings={name: replace(each, first=ALWAYS) for name, each in OPENINGS.items()})
        for record, info in product(OPENINGS, InfoClass):
            shown = [each.sees(POLICY, Role.partner_user, record, info) for each in (hasty, patient)]
            assert PROOFS.holds(shown[0] == shown[1]), (record, info)
