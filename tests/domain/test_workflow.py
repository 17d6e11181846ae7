"""The state machines: every step is in the table, every end is an end, and FHIR agrees on referrals."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fac.domain.vocabulary import (
    CaseStatus,
    ConcernStatus,
    FollowUpStatus,
    HandoffStatus,
    IdentificationStatus,
    NeedStatus,
    ReferralStatus,
    Urgency,
)
from fac.domain.workflow import (
    CASE,
    FHIR_TASK_STATUS,
    FOLLOW_UP,
    HANDOFF,
    IDENTIFICATION,
    NEED,
    PERSON_OF_CONCERN,
    REFERRAL,
    Machine,
    Party,
    deadline,
    fhir_edges,
    step,
)
from fac.errors import InvalidTransition

MACHINES: dict[str, tuple[Machine[Any], type[StrEnum]]] = {
    "referral": (REFERRAL, ReferralStatus),
    "handoff": (HANDOFF, HandoffStatus),
    "need": (NEED, NeedStatus),
    "case": (CASE, CaseStatus),
    "follow_up": (FOLLOW_UP, FollowUpStatus),
    "identification": (IDENTIFICATION, IdentificationStatus),
    "person_of_concern": (PERSON_OF_CONCERN, ConcernStatus),
}
_C = ConcernStatus
every_machine = pytest.mark.parametrize("machine", [m for m, _ in MACHINES.values()], ids=list(MACHINES))


def walk(machine: Machine[Any], *verbs: str) -> StrEnum:
    state = machine.start
    for verb in verbs:
        state = step(machine, state, verb)
    return state


class TestReferral:
    @pytest.mark.parametrize(
        ("verbs", "end"),
        [
            (("send", "receive", "accept", "schedule", "start", "complete"), "completed"),
            (("await_release", "send", "accept", "waitlist", "schedule", "schedule", "start", "complete"), "completed"),
            (("send", "accept", "complete"), "completed"),
            (("send", "receive", "decline"), "declined"),
            (("send", "accept", "schedule", "mark_not_engaged"), "not_engaged"),
            (("send", "accept", "waitlist", "start", "cancel"), "cancelled"),
            (("send", "expire"), "expired"),
            (("await_release", "mark_entered_in_error"), "entered_in_error"),
            (("send", "accept", "schedule", "start", "complete", "mark_entered_in_error"), "entered_in_error"),
        ],
    )
    def test_walks_as_people_know_it(self, verbs: tuple[str, ...], end: str) -> None:
        assert walk(REFERRAL, *verbs) == end

    @pytest.mark.parametrize(
        ("verbs", "illegal"),
        [
            ((), "accept"),
            (("send",), "send"),
            (("send",), "complete"),
            (("send", "decline"), "accept"),
            (("send", "accept"), "decline"),
            (("send", "accept"), "expire"),
            (("send", "cancel"), "accept"),
            (("await_release",), "receive"),
            (("send", "mark_entered_in_error"), "mark_entered_in_error"),
        ],
    )
    def test_an_illegal_step_names_state_verb_and_what_is_possible(self, verbs: tuple[str, ...], illegal: str) -> None:
        state = walk(REFERRAL, *verbs)
        with pytest.raises(InvalidTransition) as raised:
            step(REFERRAL, state, illegal)
        assert (raised.value.state, raised.value.verb) == (state.value, illegal)
        assert raised.value.possible == REFERRAL.possible(state)
        assert illegal not in raised.value.possible

    def test_only_one_side_takes_each_verb(self) -> None:
        assert all(len(REFERRAL.parties(each.verb)) == 1 for each in REFERRAL.steps)
        assert REFERRAL.parties("accept") == {Party.target}
        assert REFERRAL.parties("cancel") == {Party.requester}
        assert REFERRAL.parties("expire") == {Party.system}

    def test_every_step_is_one_that_the_fhir_guide_allows_or_stays_within_a_status(self) -> None:
        edges = fhir_edges()
        for each in REFERRAL.steps:
            before, after = FHIR_TASK_STATUS[each.source], FHIR_TASK_STATUS[each.target]
            assert before == after or (before, after) in edges, each
            if before != after and each.by is not Party.system:
                assert each.by.value in edges[before, after], each

    def test_every_status_has_a_fhir_status_the_guide_uses(self) -> None:
        used = {status for edge in fhir_edges() for status in edge}
        assert set(FHIR_TASK_STATUS) == set(ReferralStatus)
        assert set(FHIR_TASK_STATUS.values()) == used

    @pytest.mark.parametrize(
        ("urgency", "wait"),
        [
            (Urgency.emergency, timedelta(hours=4)),
            (Urgency.urgent, timedelta(hours=24)),
            (Urgency.routine, timedelta(days=5)),
        ],
    )
    def test_the_deadline_follows_the_urgency(self, urgency: Urgency, wait: timedelta) -> None:
        sent_at = datetime(2026, 3, 8, 6, 30, tzinfo=UTC)
        assert deadline(urgency, sent_at) == sent_at + wait

    def test_a_deadline_needs_to_know_the_zone(self) -> None:
        with pytest.raises(ValueError, match="aware"):
            deadline(Urgency.urgent, datetime(2026, 3, 8, 6, 30))  # noqa: DTZ001  # the mistake itself


class TestNeed:
    def test_resolving_must_say_how(self) -> None:
        assert step(NEED, NeedStatus.referred, "resolve", target=NeedStatus.partially_met) is NeedStatus.partially_met
        with pytest.raises(InvalidTransition):
            step(NEED, NeedStatus.referred, "resolve")

    def test_resolving_to_an_open_state_is_refused(self) -> None:
        with pytest.raises(InvalidTransition):
            step(NEED, NeedStatus.identified, "resolve", target=NeedStatus.in_progress)

    def test_a_declined_referral_gives_the_need_back(self) -> None:
        assert walk(NEED, "refer", "take_back") is NeedStatus.in_progress


class TestHandoff:
    @pytest.mark.parametrize("first", ["accept", "decline", "withdraw", "expire"])
    @pytest.mark.parametrize("second", ["accept", "decline", "withdraw", "expire"])
    def test_it_is_decided_once(self, first: str, second: str) -> None:
        decided = walk(HANDOFF, first)
        with pytest.raises(InvalidTransition):
            step(HANDOFF, decided, second)

    def test_the_origin_cannot_accept_and_the_target_cannot_withdraw(self) -> None:
        assert HANDOFF.parties("accept") == {Party.target}
        assert HANDOFF.parties("withdraw") == {Party.requester}


class TestCase:
    def test_a_closed_case_can_always_be_reopened(self) -> None:
        assert walk(CASE, "close", "reopen", "pause", "close", "reopen") is CaseStatus.open

    def test_no_clock_closes_a_case(self) -> None:
        assert all(each.by is not Party.system for each in CASE.steps)


class TestFollowUp:
    def test_an_attempt_leaves_it_due(self) -> None:
        assert walk(FOLLOW_UP, "attempt", "attempt") is FollowUpStatus.due
        assert walk(FOLLOW_UP, "attempt", "complete") is FollowUpStatus.done


class TestPersonOfConcern:
    def test_found_in_a_hospital_then_safe_or_somebody_else(self) -> None:
        found = step(PERSON_OF_CONCERN, ConcernStatus.reported_unaccounted, "locate", target=_C.located_hospitalized)
        assert step(PERSON_OF_CONCERN, found, "locate", target=_C.located_safe) is _C.located_safe
        assert step(PERSON_OF_CONCERN, found, "reopen") is _C.reported_unaccounted

    @pytest.mark.parametrize("state", [_C.located_safe, _C.withdrawn_duplicate, _C.notified])
    def test_nobody_is_notified_about_somebody_held_for_safe_nor_twice(self, state: ConcernStatus) -> None:
        with pytest.raises(InvalidTransition):
            step(PERSON_OF_CONCERN, state, "notify")

    def test_center_staff_take_no_step_to_a_death(self) -> None:
        towards = {each.verb for each in PERSON_OF_CONCERN.steps if each.target is _C.notified}
        assert towards == {"notify"}
        assert PERSON_OF_CONCERN.parties("notify") == {Party.target}


@every_machine
class TestEveryMachine:
    def test_a_step_is_there_once(self, machine: Machine[Any]) -> None:
        edges = [(each.source, each.verb, each.target) for each in machine.steps]
        assert len(edges) == len(set(edges))

    def test_every_state_is_reached_from_the_start(self, machine: Machine[Any]) -> None:
        assert reachable(machine, machine.start) == set(MACHINES[machine.name][1])

    def test_every_state_can_come_to_an_end(self, machine: Machine[Any]) -> None:
        assert machine.ends
        for state in MACHINES[machine.name][1]:
            assert reachable(machine, state) & machine.ends

    def test_an_end_is_left_only_by_a_correction(self, machine: Machine[Any]) -> None:
        leaving = {each.verb for each in machine.steps if each.source in machine.ends}
        assert leaving <= machine.corrections


@given(data=st.data(), name=st.sampled_from(sorted(MACHINES)))
def test_no_run_of_verbs_leaves_the_table(data: st.DataObject, name: str) -> None:
    machine, states = MACHINES[name]
    verbs = sorted({each.verb for each in machine.steps} | {"improvise"})
    state = machine.start
    for verb in data.draw(st.lists(st.sampled_from(verbs), max_size=30)):
        target = data.draw(st.sampled_from([None, *states]))
        before, legal = state, machine.targets(state, verb)
        if target in legal or (target is None and len(legal) == 1):
            state = step(machine, state, verb, target=target)
            assert state in legal
            assert before not in machine.ends or verb in machine.corrections
        else:
            with pytest.raises(InvalidTransition):
                step(machine, state, verb, target=target)
        assert state in states


def reachable(machine: Machine[Any], state: StrEnum) -> set[StrEnum]:
    found, fresh = {state}, [state]
    while fresh:
        here = fresh.pop()
        for each in machine.steps:
            if each.source == here and each.target not in found:
                found.add(each.target)
                fresh.append(each.target)
    return found
