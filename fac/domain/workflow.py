"""The lives of referrals, handoffs, needs, cases, follow-ups and searches for somebody, each a table of steps.

A step is taken by a verb; the verb is also the policy's action and the last part of the audit event.
Never: return silently on an illegal step; it raises, naming the state, the verb and what would be possible.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from functools import cache
from importlib import resources
from typing import Generic, TypeVar

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
from fac.errors import InvalidTransition


class Party(StrEnum):
    """Whose step it is: the side that asks, the side that is asked, or the clock."""

    requester = auto()
    target = auto()
    system = auto()


S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Step(Generic[S]):
    """One edge: ``verb`` leads from ``source`` to ``target`` and is taken ``by`` one party."""

    verb: str
    source: S
    target: S
    by: Party


@dataclass(frozen=True, slots=True)
class Machine(Generic[S]):
    """A workflow: where it starts, its steps, and its ends, the states in which nobody owes an answer.

    ``corrections`` are the verbs that may leave an end: entering in error, or reopening.
    """

    name: str
    start: S
    steps: tuple[Step[S], ...]
    ends: frozenset[S]
    corrections: frozenset[str] = frozenset()

    def possible(self, state: S) -> tuple[str, ...]:
        """Return the verbs that lead out of ``state``, in the order of the table."""
        return tuple(dict.fromkeys(each.verb for each in self.steps if each.source == state))

    def targets(self, state: S, verb: str) -> tuple[S, ...]:
        """Return where ``verb`` can lead from ``state``; more than one only where the verb names an outcome."""
        return tuple(each.target for each in self.steps if each.source == state and each.verb == verb)

    def parties(self, verb: str) -> frozenset[Party]:
        """Return who takes the steps of this verb."""
        return frozenset(each.by for each in self.steps if each.verb == verb)


def step(machine: Machine[S], state: S, verb: str, *, target: S | None = None) -> S:
    """Return the state after ``verb``; raises InvalidTransition when there is no such step from ``state``.

    A verb with several outcomes (resolving a need) must be told its ``target``.
    """
    reachable = machine.targets(state, verb)
    if target is None and len(reachable) == 1:
        return reachable[0]
    if target is not None and target in reachable:
        return target
    raise InvalidTransition(state=state.value, verb=verb, possible=machine.possible(state))


def _steps(verb: str, by: Party, target: S, *sources: S) -> tuple[Step[S], ...]:
    return tuple(Step(verb, source, target, by) for source in sources)


_R = ReferralStatus
_UNSENT = (_R.draft, _R.awaiting_release)
_UNANSWERED = (_R.sent, _R.received)
_WAITING = (_R.waitlisted, _R.scheduled)
_UNDER_WAY = (_R.accepted, *_WAITING, _R.in_service)
_ANSWERED = (_R.declined, _R.completed, _R.not_engaged, _R.cancelled, _R.expired)

# Drafts are not cancelled but entered in error: FHIR knows no way from draft to cancelled. A service starts from a date
# or the waiting list; what is given on the spot goes from accepted to completed.
REFERRAL: Machine[ReferralStatus] = Machine(
    name="referral",
    start=_R.draft,
    steps=(
        *_steps("await_release", Party.requester, _R.awaiting_release, _R.draft),
        *_steps("send", Party.requester, _R.sent, *_UNSENT),
        *_steps("receive", Party.target, _R.received, _R.sent),
        *_steps("accept", Party.target, _R.accepted, *_UNANSWERED),
        *_steps("decline", Party.target, _R.declined, *_UNANSWERED),
        *_steps("waitlist", Party.target, _R.waitlisted, _R.accepted, _R.scheduled),
        *_steps("schedule", Party.target, _R.scheduled, _R.accepted, _R.waitlisted, _R.scheduled),
        *_steps("start", Party.target, _R.in_service, *_WAITING),
        *_steps("complete", Party.target, _R.completed, *_UNDER_WAY),
        *_steps("mark_not_engaged", Party.target, _R.not_engaged, *_UNDER_WAY),
        *_steps("cancel", Party.requester, _R.cancelled, *_UNANSWERED, *_UNDER_WAY),
        *_steps("expire", Party.system, _R.expired, *_UNANSWERED),
        *_steps("mark_entered_in_error", Party.requester, _R.entered_in_error, *_UNSENT, *_UNANSWERED, *_UNDER_WAY),
        *_steps("mark_entered_in_error", Party.requester, _R.entered_in_error, *_ANSWERED),
    ),
    ends=frozenset({*_ANSWERED, _R.entered_in_error}),
    corrections=frozenset({"mark_entered_in_error"}),
)

_H = HandoffStatus
HANDOFF: Machine[HandoffStatus] = Machine(
    name="handoff",
    start=_H.proposed,
    steps=(
        *_steps("accept", Party.target, _H.accepted, _H.proposed),
        *_steps("decline", Party.target, _H.declined, _H.proposed),
        *_steps("withdraw", Party.requester, _H.withdrawn, _H.proposed),
        *_steps("expire", Party.system, _H.expired, _H.proposed),
    ),
    ends=frozenset({_H.accepted, _H.declined, _H.withdrawn, _H.expired}),
)

_N = NeedStatus
_OPEN_NEED = (_N.identified, _N.in_progress, _N.referred)
# These steps follow from updating the need or from its referral; only resolving is a verb of its own.
_RESOLVED = (
    _N.met,
    _N.partially_met,
    _N.unmet_no_capacity,
    _N.unmet_ineligible,
    _N.client_declined,
    _N.no_longer_needed,
)
NEED: Machine[NeedStatus] = Machine(
    name="need",
    start=_N.identified,
    steps=(
        *_steps("begin", Party.requester, _N.in_progress, _N.identified),
        *_steps("refer", Party.requester, _N.referred, *_OPEN_NEED),
        # The referral came back without an answer to the need: it is ours again.
        *_steps("take_back", Party.requester, _N.in_progress, _N.referred),
        *(each for end in _RESOLVED for each in _steps("resolve", Party.requester, end, *_OPEN_NEED)),
    ),
    ends=frozenset(_RESOLVED),
)

_C = CaseStatus
CASE: Machine[CaseStatus] = Machine(
    name="case",
    start=_C.open,
    steps=(
        *_steps("pause", Party.requester, _C.paused, _C.open),
        *_steps("resume", Party.requester, _C.open, _C.paused),
        *_steps("close", Party.requester, _C.closed, _C.open, _C.paused),
        *_steps("reopen", Party.requester, _C.open, _C.closed),
    ),
    ends=frozenset({_C.closed}),
    corrections=frozenset({"reopen"}),
)

_F = FollowUpStatus
FOLLOW_UP: Machine[FollowUpStatus] = Machine(
    name="follow_up",
    start=_F.due,
    steps=(
        *_steps("attempt", Party.requester, _F.due, _F.due),
        *_steps("complete", Party.requester, _F.done, _F.due),
        *_steps("cancel", Party.requester, _F.cancelled, _F.due),
    ),
    ends=frozenset({_F.done, _F.cancelled}),
)

_P = ConcernStatus
_FOUND_ALIVE = (_P.located_safe, _P.located_hospitalized)
# Who was seen somewhere may have been somebody else: the search is taken up again. Nobody is notified of the death of
# somebody whom the center holds for safe; that contradiction is for people to clear up first.
PERSON_OF_CONCERN: Machine[ConcernStatus] = Machine(
    name="person_of_concern",
    start=_P.reported_unaccounted,
    steps=(
        *_steps("locate", Party.requester, _P.located_safe, _P.reported_unaccounted, _P.located_hospitalized),
        *_steps("locate", Party.requester, _P.located_hospitalized, _P.reported_unaccounted),
        *_steps("reopen", Party.requester, _P.reported_unaccounted, *_FOUND_ALIVE),
        *_steps("withdraw", Party.requester, _P.withdrawn_duplicate, _P.reported_unaccounted, *_FOUND_ALIVE),
        *_steps("notify", Party.target, _P.notified, _P.reported_unaccounted, _P.located_hospitalized),
    ),
    ends=frozenset({_P.notified, _P.withdrawn_duplicate, _P.located_safe}),
    corrections=frozenset({"reopen", "withdraw"}),
)

_I = IdentificationStatus
_LIVE = (_I.identity_pending, _I.deceased_confirmed_by_me)
IDENTIFICATION: Machine[IdentificationStatus] = Machine(
    name="identification",
    start=_I.identity_pending,
    steps=(
        *(each for state in _LIVE for each in _steps("join", Party.requester, state, state)),
        *_steps("confirm", Party.requester, _I.deceased_confirmed_by_me, _I.identity_pending),
        *_steps("withdraw", Party.requester, _I.withdrawn, *_LIVE),
    ),
    ends=frozenset({_I.withdrawn}),
)

_DEADLINES: Mapping[Urgency, timedelta] = {
    Urgency.emergency: timedelta(hours=4),
    Urgency.urgent: timedelta(hours=24),
    Urgency.routine: timedelta(days=5),
}


def deadline(urgency: Urgency, sent_at: datetime) -> datetime:
    """Return when a referral sent at ``sent_at`` (aware) must have been answered; later silence escalates."""
    if sent_at.tzinfo is None:
        raise ValueError("sent_at must be aware")
    return sent_at + _DEADLINES[urgency]


# Statuses of FHIR Task as the SDOH Clinical Care guide uses them; several of ours are one of theirs, told apart there
# by the business status. A waiting list and a set date are both "on-hold": accepted, and not begun.
FHIR_TASK_STATUS: Mapping[ReferralStatus, str] = {
    _R.draft: "draft",
    _R.awaiting_release: "draft",
    _R.sent: "requested",
    _R.received: "requested",
    _R.accepted: "accepted",
    _R.declined: "rejected",
    _R.waitlisted: "on-hold",
    _R.scheduled: "on-hold",
    _R.in_service: "in-progress",
    _R.completed: "completed",
    _R.not_engaged: "failed",
    _R.cancelled: "cancelled",
    _R.expired: "cancelled",
    _R.entered_in_error: "entered-in-error",
}


@cache
def fhir_edges() -> Mapping[tuple[str, str], frozenset[str]]:
    """Return the transitions the guide allows: (from, to) -> who may set it (requester, target)."""
    text = (resources.files("fac.domain") / "data" / "referral_transitions.csv").read_text(encoding="utf-8")
    return {(row["from"], row["to"]): frozenset(row["set_by"].split("|")) for row in csv.DictReader(text.splitlines())}
