"""The command line: help without any library, clear refusals, the commands that need no server."""

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from fac import arguments, cli, resources

ROOT = Path(__file__).parents[2]


def every_parser(parser: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [path]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                found += every_parser(child, (*path, name))
    return found


@pytest.mark.parametrize("path", every_parser(arguments.build_parser()), ids=" ".join)
def test_every_command_has_readable_help(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([*path, "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: fac{''.join(' ' + word for word in path)}")
    assert len(shown.splitlines()) >= 4
    assert max(len(line) for line in shown.splitlines()) <= 120


def test_help_imports_nothing_that_has_to_be_installed() -> None:
    script = "import sys; sys.argv = ['fac', '--help']; import runpy; runpy.run_module('fac', run_name='__main__')"
    shown = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.append({str(ROOT)!r}); {script}"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert "usage: fac" in shown.stdout, shown.stderr
    assert shown.returncode == 0


def commands_of(parser: argparse.ArgumentParser) -> set[str]:
    children = [
        child
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for child in action.choices.values()
    ]
    own = parser.get_default("command")
    return {own} - {None} | {name for child in children for name in commands_of(child)}


def test_every_command_is_understood_and_carried_out() -> None:
    assert commands_of(arguments.build_parser()) == set(cli.COMMANDS)


def test_a_fault_is_told_without_its_words(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: argparse.Namespace) -> int:
        raise ValueError("Xochitl Marker")

    monkeypatch.setitem(cli.COMMANDS, "doctor", fail)
    assert cli.main(["doctor"]) == 1
    said = capsys.readouterr().err
    assert "builtins.ValueError" in said
    assert "Marker" not in said


def test_without_a_command_it_shows_help_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    assert "policy" in capsys.readouterr().out


def test_a_refusal_is_one_line_and_no_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAC_ENV", "nowhere")
    assert cli.main(["migrate"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("fac: FAC_ENV must be one of")
    assert said.count("\n") == 1


def test_migrate_without_a_database_says_what_to_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAC_ENV", "dev")
    monkeypatch.delenv("FAC_DATABASE_URL", raising=False)
    monkeypatch.setattr("fac.logs.configure", lambda **_: None)
    assert cli.main(["migrate"]) == 1
    assert "FAC_DATABASE_URL" in capsys.readouterr().err


def test_the_policy_is_sound_and_answers_its_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["policy", "check"]) == 0
    assert " 0 answered otherwise" in capsys.readouterr().out


def test_the_policy_explains_a_verdict_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["policy", "explain", "partner_user", "read", "person", "identity"]) == 0
    assert "policy.csv:" in capsys.readouterr().out
    assert cli.main(["policy", "explain", "partner_user", "read"]) == 2
    assert cli.main(["policy", "explain", "partner_user", "fly", "person", "identity"]) == 1


def test_a_broken_policy_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in resources.policies_dir().iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    lines = (tmp_path / "policy.csv").read_text()
    (tmp_path / "policy.csv").write_text(lines.replace(", allow", ", alow", 1).replace(",allow", ",alow", 1))
    monkeypatch.setattr(resources, "policies_dir", lambda: tmp_path)
    assert cli.main(["policy", "check"]) == 1
    assert "policy.csv" in capsys.readouterr().err


def test_words_after_test_go_to_pytest_and_after_others_nowhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[list[str]] = []
    monkeypatch.setitem(cli.COMMANDS, "test", lambda chosen: handed.append(chosen.pytest) or 0)
    assert cli.main(["test", "-p", "no:cacheprovider", "tests/crypto", "-x"]) == 0
    assert handed == [["-p", "no:cacheprovider", "tests/crypto", "-x"]]
    with pytest.raises(SystemExit) as ended:
        cli.main(["doctor", "--loudly"])
    assert ended.value.code == 2
    assert "--loudly" in capsys.readouterr().err
