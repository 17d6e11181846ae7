"""One-time codes: the published vectors through our own functions, and secrets that are nobody else's."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fac.crypto.keys import KeyRing
from fac.crypto.one_time_code import FactorSecrets, code_at, step_at, step_of, written
from fac.errors import KeyUnavailable

RFC_SECRET = b"12345678901234567890"  # RFC 4226, appendix D; RFC 6238, appendix B
MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class TestVectors:
    @pytest.mark.parametrize(
        ("counter", "code"),
        list(
            enumerate(
                ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
            )
        ),
    )
    def test_rfc_4226(self, counter: int, code: str) -> None:
        assert code_at(RFC_SECRET, counter) == code

    @pytest.mark.parametrize(
        ("seconds", "code"),
        [
            (59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (1234567890, "89005924"),
            (2000000000, "69279037"), (20000000000, "65353130"),
        ],
    )  # fmt: skip
    def test_rfc_6238(self, seconds: int, code: str) -> None:
        step = step_at(datetime.fromtimestamp(seconds, UTC))
        assert code_at(RFC_SECRET, step) == code[2:]  # the vectors have eight digits, of which the last six are ours


class TestStepOf:
    @pytest.mark.parametrize(("late", "fits"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)])
    def test_a_clock_may_be_half_a_minute_off(self, late: int, fits: bool) -> None:
        shown = code_at(RFC_SECRET, step_at(MOMENT))
        step = step_of(RFC_SECRET, shown, MOMENT + timedelta(seconds=late), after=0)
        assert step == (step_at(MOMENT) if fits else None)

    def test_a_code_works_once_and_none_before_it_either(self) -> None:
        present = step_at(MOMENT)
        for step in (present - 1, present):
            assert step_of(RFC_SECRET, code_at(RFC_SECRET, step), MOMENT, after=present) is None
        assert step_of(RFC_SECRET, code_at(RFC_SECRET, present + 1), MOMENT, after=present) == present + 1

    @settings(max_examples=50)
    @given(st.text(max_size=12))
    def test_nothing_else_is_a_code(self, typed: str) -> None:
        right = {code_at(RFC_SECRET, step_at(MOMENT) + drift) for drift in (-1, 0, 1)}
        assert (step_of(RFC_SECRET, typed, MOMENT, after=0) is not None) is (typed.strip() in right)


class TestFactorSecrets:
    def test_each_person_incident_and_enrolment_has_its_own(self, ring: KeyRing) -> None:
        secrets, (incident, account, factor) = FactorSecrets(ring), [uuid4() for _ in range(3)]
        found = {
            secrets.secret(1, *each)
            for each in [
                (incident, account, factor), (uuid4(), account, factor), (incident, uuid4(), factor),
                (incident, account, uuid4()), (account, incident, factor),
            ]
        }  # fmt: skip
        assert len(found) == 5
        assert secrets.secret(1, incident, account, factor) in found
        assert all(len(each) == 20 and len(written(each)) == 32 for each in found)

    def test_of_an_epoch_that_is_gone_there_is_none(self, ring: KeyRing) -> None:
        with pytest.raises(KeyUnavailable):
            FactorSecrets(ring).secret(2, uuid4(), uuid4(), uuid4())

    def test_it_shows_nothing_of_itself(self, ring: KeyRing) -> None:
        assert repr(FactorSecrets(ring)) == "<FactorSecrets>"
