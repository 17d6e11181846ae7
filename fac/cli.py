"""The command line: every command in a few lines into a floor. Only the standard library is imported to show help.

Never: hold logic, print a personal value, or import a floor before its command is chosen.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fac import __version__
from fac.errors import DatabaseUnavailable, FacError

if TYPE_CHECKING:
    from fac.settings import Settings

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

Command = Callable[[argparse.Namespace], int]

_FAILED, _USAGE, _INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0 when it did what it says, 1 when not, 2 when it was not understood."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if not hasattr(chosen, "run"):
        parser.print_help()
        return _USAGE
    run: Command = chosen.run
    try:
        return run(chosen)
    except FacError as refused:
        print(f"fac: {refused}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fac",
        description="Case management for Family Assistance Centers.",
        epilog="To look around: fac demo. The settings are FAC_ variables of the environment: docs/deploy.md.",
    )
    parser.add_argument("--version", action="version", version=f"fac {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for add in (_add_serving, _add_test, _add_policy):
        add(commands)
    return parser


def _command(commands: Commands, name: str, run: Command | None, words: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=words, description=f"{words[0].upper()}{words[1:]}."
    )
    if run is not None:
        parser.set_defaults(run=run)
    return parser


def _group(commands: Commands, name: str, words: str) -> Commands:
    return _command(commands, name, None, words).add_subparsers(title="commands", metavar="COMMAND", required=True)


def _add_serving(commands: Commands) -> None:
    _command(commands, "migrate", _migrate, "bring the database to the newest schema")


def _add_test(commands: Commands) -> None:
    parser = _command(commands, "test", _test, "run the whole test suite")
    parser.add_argument("pytest", nargs=argparse.REMAINDER, help="anything for pytest, such as a path or -k WORD")


def _add_policy(commands: Commands) -> None:
    group = _group(commands, "policy", "who may do what")
    _command(group, "check", _policy_check, "tell whether the policy files are sound and answer the examples")
    explain = _command(group, "explain", _policy_explain, "tell in words who may do something, and why")
    explain.add_argument(
        "words",
        nargs="+",
        metavar="WORD",
        help="a field (Person.fullName), an operation (acceptReferral), or ROLE ACTION RECORD INFO"
        " (partner_user read person identity)",
    )
    explain.add_argument("--rows", metavar="RELATION", help="only in rows of this relation, such as my_caseload")


def _migrate(_: argparse.Namespace) -> int:
    import asyncio

    from fac.db import migrating

    settings = _settings_and_logs()
    state = asyncio.run(migrating.upgrade(_database_url(settings)))
    print(f"the database is at {state.current}")
    return 0


def _test(chosen: argparse.Namespace) -> int:
    import subprocess

    from fac.resources import checkout

    root = checkout()
    if root is None:
        print("fac: the tests come with the source; run this in a checkout.", file=sys.stderr)
        return _FAILED
    extra = chosen.pytest[1:] if chosen.pytest[:1] == ["--"] else chosen.pytest
    command = [sys.executable, "-m", "pytest", *extra]
    if sys.platform == "win32":
        return subprocess.run(command, check=False, cwd=root).returncode
    os.chdir(root)
    return os.execv(command[0], command)  # noqa: S606  # one process, so that Ctrl-C arrives once


def _policy_check(_: argparse.Namespace) -> int:
    from fac.access import examples, policy
    from fac.resources import policies_dir

    checked = policy.load(policies_dir())
    asked = examples.read_examples(policies_dir())
    wrong = list(examples.failing(checked, asked))
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    print(f"policy {checked.version.hex()[:12]}: {len(asked)} examples, {len(wrong)} answered otherwise")
    return _FAILED if wrong else 0


def _policy_explain(chosen: argparse.Namespace) -> int:
    from fac.access import explain
    from fac.resources import policies_dir

    explainer = explain.read(policies_dir())
    match chosen.words:
        case [name] if "." in name:
            answer = explainer.field(name)
        case [name]:
            answer = explainer.operation(name)
        case [role, action, record, info]:
            answer = explainer.decision(explain.Question(role, action, record, info), chosen.rows)
        case _:
            print("fac: give one field or operation, or four words: ROLE ACTION RECORD INFO", file=sys.stderr)
            return _USAGE
    print("\n".join(answer))
    return 0


def _settings_and_logs() -> Settings:
    from fac import logs
    from fac.settings import Settings

    settings = Settings.read(os.environ)
    logs.configure(level=settings.log_level)
    return settings


def _database_url(settings: Settings) -> str:
    if settings.database_url is None:
        raise DatabaseUnavailable("Set FAC_DATABASE_URL to the database this command should work on.")
    return settings.database_url
