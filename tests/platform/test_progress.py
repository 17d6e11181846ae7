"""Progress: quiet for two seconds, then lines or a bar, on standard error only."""

import pytest
from rich.console import Console

from fac import progress


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def test_what_takes_less_than_two_seconds_shows_nothing(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with progress.Bars() as bars:
        for done in range(10):
            bars("households", done + 1, 10)
            clock.now += 0.19
    assert capsys.readouterr() == ("", "")


def test_without_a_terminal_it_writes_a_line_now_and_then(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with progress.Bars() as bars:
        for done in range(20):
            bars("households", done + 1, 20)
            clock.now += 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["households: 3/20", "households: 9/20", "households: 15/20", "households: 20/20"]


def test_on_a_terminal_it_draws_a_bar(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with progress.Bars() as bars:
        bars._console = Console(stderr=True, force_terminal=True, width=100)
        bars("households", 1, 20)
        clock.now += 3
        bars("households", 10, 20)
    out, err = capsys.readouterr()
    assert out == ""
    assert "10/20" in err
