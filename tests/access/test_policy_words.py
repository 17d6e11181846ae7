"""One word runs through the house: workflow verbs, classes, roles and SQL relations are the policy's words."""

import pytest

from fac.access import relation
from fac.access.policy.loading import compile_sources
from fac.access.policy.sheets import read_sources
from fac.domain.vocabulary import SEALED_CLASSES, InfoClass, Role
from fac.domain.workflow import (
    CASE,
    FOLLOW_UP,
    HANDOFF,
    IDENTIFICATION,
    NEED,
    PERSON_OF_CONCERN,
    REFERRAL,
    Machine,
    Party,
)
from fac.resources import policies_dir

POLICY, VOCABULARY, BOOK = compile_sources(read_sources(policies_dir()))


def verbs(machine: Machine, party: Party) -> set[str]:
    return {each.verb for each in machine.steps if each.by is party}


class TestVerbs:
    def test_the_partner_answers_with_exactly_the_targets_verbs(self) -> None:
        assert set(BOOK.words("action", "answer")) == verbs(REFERRAL, Party.target)

    def test_the_sender_has_exactly_the_requesters_verbs(self) -> None:
        assert set(BOOK.words("action", "request")) == verbs(REFERRAL, Party.requester) | {"create"}

    def test_the_clock_has_one_verb(self) -> None:
        assert verbs(REFERRAL, Party.system) == verbs(HANDOFF, Party.system) == {"expire"}

    def test_handoffs(self) -> None:
        assert set(BOOK.words("action", "decide_on")) == verbs(HANDOFF, Party.target)
        assert set(BOOK.words("action", "propose_or_withdraw")) == verbs(HANDOFF, Party.requester) | {"propose"}

    @pytest.mark.parametrize(
        "machine",
        [REFERRAL, HANDOFF, CASE, FOLLOW_UP, PERSON_OF_CONCERN, IDENTIFICATION],
        ids=lambda machine: machine.name,
    )
    def test_somebody_may_take_every_step(self, machine: Machine) -> None:
        for verb in {each.verb for each in machine.steps}:
            allowing = [role for role in Role for each in POLICY.grants(role, verb, machine.name) if each.allowed]
            assert allowing, verb

    def test_needs_are_resolved_by_a_verb_of_their_own(self) -> None:
        assert "resolve" in verbs(NEED, Party.requester)
        assert any(each.allowed for each in POLICY.grants(Role.case_manager, "resolve", "need"))


class TestBundles:
    def test_the_widest_hold_every_word(self) -> None:
        assert BOOK.words("role", "anyone") == tuple(Role)
        assert BOOK.words("action", "anything") == POLICY.actions
        assert BOOK.words("info", "everything") == tuple(InfoClass)

    def test_sealed_are_the_classes_that_are_sealed(self) -> None:
        assert BOOK.words("info", "sealed") == SEALED_CLASSES


class TestRelations:
    def test_every_relation_has_a_condition_in_sql_and_no_other(self) -> None:
        assert {*relation.RELATIONS, relation.WITH_RELEASE} == set(POLICY.relations)
