"""Whatever the two sides do in whatever order, a referral stays inside its workflow and its history is its path."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fac.domain.vocabulary import ReferralStatus
from fac.domain.workflow import REFERRAL, Party
from tests.families import Family
from tests.referring import SUPERVISOR, drafted, fac_family, released
from tests.world import World

# document -> (the workflow's verb, who takes it)
REQUESTER = {
    "SendReferral": "send",
    "CancelReferral": "cancel",
    "MarkReferralEnteredInError": "mark_entered_in_error",
}
TARGET = {
    "ReceiveReferral": "receive",
    "AcceptReferral": "accept",
    "DeclineReferral": "decline",
    "WaitlistReferral": "waitlist",
    "ScheduleReferral": "schedule",
    "StartReferral": "start",
    "CompleteReferral": "complete",
    "MarkReferralNotEngaged": "mark_not_engaged",
}
GIVEN: dict[str, dict[str, Any]] = {
    "DeclineReferral": {"reason": "other"},
    "ScheduleReferral": {"at": "2026-08-01T10:00:00Z"},
    "CompleteReferral": {"outcome": "service_completed"},
}
HATS = (SUPERVISOR, "counselor")
# Ends are drawn less often than the steps between, so that long lives are tried too.
_DOCUMENTS = (*REQUESTER, *TARGET, "SendReferral", "AcceptReferral", "ScheduleReferral", "WaitlistReferral")
lives = st.lists(
    st.tuples(st.sampled_from(_DOCUMENTS), st.sampled_from((*HATS, None))), min_size=1, max_size=10
)  # None: whoever's step it is
_families: dict[int, Family] = {}


def foretold(status: ReferralStatus, document: str, hat: str) -> tuple[str, ReferralStatus]:
    """Return the answer the workflow and the policy foretell, and the state afterwards."""
    verb = REQUESTER.get(document) or TARGET[document]
    unsent = status in (ReferralStatus.draft, ReferralStatus.awaiting_release)
    if hat == "counselor" and (unsent or status is ReferralStatus.entered_in_error):
        return "NotFound", status
    if (hat == SUPERVISOR) != (document in REQUESTER):
        return "NotPermitted", status
    reachable = REFERRAL.targets(status, verb)
    if not reachable:
        return "InvalidTransition", status
    return "ReferralSent" if verb == "send" else "ReferralStepped", reachable[0]


async def released_family(world: World) -> Family:
    """Return a family whose mother gave a release, the same one for the whole module."""
    if id(world) not in _families:
        family = _families[id(world)] = await fac_family(world)
        await released(world, family)
    return _families[id(world)]


def test_the_two_tables_name_every_verb_of_the_two_sides() -> None:
    assert set(REQUESTER.values()) | {"await_release"} == {
        each.verb for each in REFERRAL.steps if each.by is Party.requester
    }
    assert set(TARGET.values()) == {each.verb for each in REFERRAL.steps if each.by is Party.target}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(life=lives)
async def test_any_order_of_steps_is_a_path_of_the_workflow(world: World, life: list[tuple[str, str | None]]) -> None:
    referral = await drafted(world, await released_family(world))
    status, path = ReferralStatus.draft, [(None, "draft", "create")]
    for document, chosen in life:
        hat = chosen or (SUPERVISOR if document in REQUESTER else "counselor")
        answer, after = foretold(status, document, hat)
        payload = await referral.step(document, hat=hat, **GIVEN.get(document, {}))
        assert payload["__typename"] == answer, (status, document, hat, payload)
        if answer in ("ReferralStepped", "ReferralSent"):
            path.append((status.value, after.value, REQUESTER.get(document) or TARGET[document]))
            status = after
    seen = await referral.seen_by(SUPERVISOR)
    assert seen["status"] == status
    assert seen["version"] == len(path)
    assert [(each["fromStatus"], each["toStatus"], each["verb"]) for each in seen["steps"]] == path
    assert (seen["endedAt"] is not None) == (status in REFERRAL.ends)
