"""The guard: a verdict is a value with a reason, a deny wins, absent and forbidden look alike."""

import copy
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fac.access.actor import Actor
from fac.access.guard import Denial, Hidden, Permit, Reason, decide, demand, why_hidden
from fac.access.policy import Grant
from fac.access.policy.lines import Line
from fac.access.policy.loading import compile_sources
from fac.access.policy.sheets import read_sources
from fac.access.policy.words import KINDS
from fac.domain.vocabulary import ALL_INFO, InfoClass, Role, classes_of, mask_of
from fac.errors import NotFound, NotPermitted, PolicyInvalid
from fac.resources import policies_dir

POLICY, VOCABULARY, BOOK = compile_sources(read_sources(policies_dir()))
OUTLINE, IDENTITY, LEGAL = InfoClass.outline.bit, InfoClass.identity.bit, InfoClass.legal.bit
ACTIONS = ("read", "search", "update", "add", "give", "create", "send", "accept", "decline", "assign", "generate")
WITH_RELEASE = "referred_to_my_org_with_release"


def actor(role: Role) -> Actor:
    return Actor(UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4), role, UUID(int=5), None)


class TestPermit:
    def test_says_what_was_permitted_to_whom_and_by_which_policy(self) -> None:
        me = actor(Role.case_manager)
        permit = decide(POLICY, me, "read", "person", OUTLINE | LEGAL, ["my_incident", "my_caseload", "my_center"])
        assert isinstance(permit, Permit)
        assert (permit.actor, permit.action, permit.record, permit.info) == (me, "read", "person", OUTLINE | LEGAL)
        assert permit.policy_version == POLICY.version
        assert permit.relations == ("my_center", "my_caseload")

    def test_nobody_else_can_make_one(self) -> None:
        with pytest.raises(TypeError):
            Permit(actor(Role.supervisor), "read", "person", ALL_INFO, b"", (), object())
        with pytest.raises(TypeError):
            Permit(actor(Role.supervisor), "read", "person", ALL_INFO, b"", ())  # type: ignore[call-arg]  # the point

    def test_one_cannot_be_widened_by_copying(self) -> None:
        permit = demand(POLICY, actor(Role.case_manager), "read", "person", OUTLINE, ["my_caseload"])
        with pytest.raises((TypeError, ValueError)):
            replace(permit, info=ALL_INFO)
        with pytest.raises(AttributeError):
            permit.info = ALL_INFO  # type: ignore[misc]  # the point
        assert copy.copy(permit) == permit


class TestDecide:
    def test_all_of_the_classes_or_none(self) -> None:
        verdict = decide(POLICY, actor(Role.case_manager), "read", "person", IDENTITY | LEGAL, ["my_center"])
        assert verdict == Denial("not_permitted", Reason.not_in_these_records, requestable=True)

    def test_relations_add_up(self) -> None:
        held = ["referred_to_my_org", WITH_RELEASE]
        verdict = decide(
            POLICY, actor(Role.partner_user), "read", "person", OUTLINE | IDENTITY, dict.fromkeys(held, ALL_INFO)
        )
        assert isinstance(verdict, Permit)
        assert verdict.relations == tuple(held)

    def test_a_deny_beats_every_allow(self) -> None:
        privileged = InfoClass.privileged.bit
        held = ["my_incident", "my_center", "my_caseload", "written_by_me", "privileged_by_another"]
        for role in (Role.supervisor, Role.case_manager):
            verdict = decide(POLICY, actor(role), "read", "note", privileged, held)
            assert verdict == Denial("not_permitted", Reason.withheld, requestable=False)

    def test_asking_for_nothing_is_refused(self) -> None:
        verdict = decide(POLICY, actor(Role.supervisor), "read", "case", 0, ["my_center"])
        assert isinstance(verdict, Denial)

    def test_holding_nothing_finds_nothing(self) -> None:
        for role in Role:
            verdict = decide(POLICY, actor(role), "read", "case", OUTLINE, [])
            assert isinstance(verdict, Denial)
            assert verdict.code == "not_found"

    def test_what_cannot_be_read_looks_absent_whatever_was_asked(self) -> None:
        verdict = decide(POLICY, actor(Role.case_manager), "assign", "case", OUTLINE, ["my_incident"])
        assert verdict == Denial("not_found", Reason.not_for_your_role, requestable=False)

    def test_words_nobody_knows_are_faults_not_refusals(self) -> None:
        with pytest.raises(LookupError):
            decide(POLICY, actor(Role.supervisor), "read", "case", OUTLINE, ["my_centre"])
        with pytest.raises(PolicyInvalid):
            decide(POLICY, actor(Role.supervisor), "peek", "case", OUTLINE, ["my_center"])


class TestRelease:
    """What a release opens is a fact of the row, told to the guard as a limit."""

    def test_opens_the_classes_it_names(self) -> None:
        partner, held = actor(Role.partner_user), {"referred_to_my_org": ALL_INFO, WITH_RELEASE: LEGAL}
        assert isinstance(decide(POLICY, partner, "read", "need", LEGAL, held), Permit)
        assert decide(POLICY, partner, "read", "need", IDENTITY, held) == Denial(
            "not_permitted", Reason.needs_release, requestable=True
        )

    def test_opens_no_sealed_class_while_its_classes_are_not_told(self) -> None:
        partner, held = actor(Role.partner_user), ["referred_to_my_org", WITH_RELEASE]
        assert isinstance(decide(POLICY, partner, "read", "need", OUTLINE, held), Permit)
        for info in classes_of(ALL_INFO & ~mask_of([InfoClass.outline, InfoClass.preview])):
            assert isinstance(decide(POLICY, partner, "read", "need", info.bit, held), Denial)

    def test_without_one_the_partner_may_ask_for_it(self) -> None:
        verdict = decide(POLICY, actor(Role.partner_user), "read", "person", IDENTITY, ["referred_to_my_org"])
        assert verdict == Denial("not_permitted", Reason.needs_release, requestable=True)


class TestDemand:
    def test_returns_the_permit(self) -> None:
        permit = demand(POLICY, actor(Role.partner_user), "accept", "referral", OUTLINE, ["referred_to_my_org"])
        assert permit.action == "accept"

    def test_raises_not_found_without_a_word_more(self) -> None:
        with pytest.raises(NotFound) as raised:
            demand(POLICY, actor(Role.partner_user), "accept", "referral", OUTLINE, ["my_incident"])
        assert raised.value.args == ()

    def test_raises_not_permitted_with_reason_and_whether_to_ask(self) -> None:
        with pytest.raises(NotPermitted) as raised:
            demand(POLICY, actor(Role.partner_user), "read", "person", IDENTITY, ["referred_to_my_org"])
        assert raised.value.reason == "needs_release"
        assert raised.value.requestable


class TestReason:
    def test_each_has_a_sentence(self) -> None:
        assert len({reason.sentence for reason in Reason}) == len(Reason)
        assert all(reason.sentence.endswith(".") for reason in Reason)


class TestWhyHidden:
    @pytest.mark.parametrize(
        ("role", "record", "info", "reason", "requestable"),
        [
            (Role.partner_user, "person", InfoClass.identity, Reason.needs_release, True),
            (Role.partner_user, "person", InfoClass.demographic, Reason.not_for_your_role, False),
            (Role.case_manager, "person", InfoClass.contact, Reason.not_in_these_records, True),
            (Role.intake_worker, "need", InfoClass.clinical, Reason.not_in_these_records, True),  # but for broken glass
            (Role.reunification_worker, "need", InfoClass.clinical, Reason.not_for_your_role, False),
            (Role.intake_worker, "intake", InfoClass.narrative, Reason.not_in_these_records, True),
            (Role.supervisor, "note", InfoClass.staff_record, Reason.not_in_these_records, False),
            (Role.privacy_officer, "person", InfoClass.identity, Reason.not_for_your_role, False),
            (Role.auditor, "audit_event", InfoClass.workforce, Reason.not_for_your_role, False),
        ],
    )
    def test_is_told_by_role_record_and_class(
        self, role: Role, record: str, info: InfoClass, reason: Reason, requestable: bool
    ) -> None:
        hidden = why_hidden(POLICY, role, record, info)
        assert (hidden.reason, hidden.requestable) == (reason, requestable)

    def test_certainly_withheld_where_every_listed_row_would_show_it(self) -> None:
        narrative = InfoClass.narrative.bit
        grants = (Grant("my_center", ALL_INFO, 0), Grant("privileged_by_another", 0, narrative))
        policy = replace(POLICY, table={(Role.supervisor, "read", "note"): grants})
        assert why_hidden(policy, Role.supervisor, "note", InfoClass.narrative) == Hidden(Reason.withheld, False)


@settings(max_examples=400, deadline=None)
@given(
    role=st.sampled_from(list(Role)),
    action=st.sampled_from(ACTIONS),
    record=st.sampled_from(POLICY.records),
    info=st.integers(1, ALL_INFO),
    held=st.dictionaries(st.sampled_from(POLICY.relations), st.integers(0, ALL_INFO), max_size=6),
)
def test_agrees_with_reading_the_lines_one_by_one(
    role: Role, action: str, record: str, info: int, held: dict[str, int]
) -> None:
    def speak(effect: str, wanted: InfoClass, doing: str) -> bool:
        return any(
            line.eft == effect
            and line.rows in held
            and covers(line, role, doing, record, wanted)
            and (effect == "deny" or held[line.rows] & wanted.bit)
            for line in BOOK.lines
        )

    verdict = decide(POLICY, actor(role), action, record, info, held)
    may = all(speak("allow", each, action) and not speak("deny", each, action) for each in classes_of(info))
    sees = speak("allow", InfoClass.outline, "read") and not speak("deny", InfoClass.outline, "read")
    if may:
        assert isinstance(verdict, Permit)
    else:
        assert isinstance(verdict, Denial)
        assert verdict.code == ("not_permitted" if sees else "not_found")


def covers(line: Line, *words: str) -> bool:
    return all(
        word in BOOK.words(kind, named) for kind, named, word in zip(KINDS[:4], line.cells()[:4], words, strict=True)
    )
