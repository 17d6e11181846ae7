"""The command line: every command in a few lines into a floor. Only the standard library is imported to show help.

Never: hold logic, print a personal value, or import a floor before its command is chosen.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fac.arguments import build_parser
from fac.errors import DocumentRefused, FacError

if TYPE_CHECKING:
    from fac.access.policy import Policy
    from fac.api.document import Documents
    from fac.settings import Settings

Command = Callable[[argparse.Namespace], int]

_FAILED, _USAGE, _INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0 when it did what it says, 1 when not, 2 when it was not understood."""
    parser = build_parser()
    chosen, rest = parser.parse_known_args(arguments)
    if rest and getattr(chosen, "command", "") != "test":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    chosen.pytest = rest
    if not hasattr(chosen, "command"):
        parser.print_help()
        return _USAGE
    try:
        return COMMANDS[chosen.command](chosen)
    except FacError as refused:
        reason = refused.reason if isinstance(refused, DocumentRefused) else ""  # of a trusted document, so ours
        print(f"fac: {refused} {reason}".rstrip(), file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception as fault:  # noqa: BLE001  # told without its words, which may quote a person's data
        return _tell_fault(fault)


def _tell_fault(fault: Exception) -> int:
    from fac.logs import describe_failure

    print("fac: this went wrong, and is a fault of the program:", file=sys.stderr)
    for part in describe_failure(fault):
        frames = part["frames"]
        print(f"  {part['type']}", *(frames if isinstance(frames, list) else ()), sep="\n    ", file=sys.stderr)
    return _FAILED


def _demo(chosen: argparse.Namespace) -> int:
    from fac import demonstration

    sizes = {"incidents": chosen.incidents, "households": chosen.households}
    demonstration.run(demonstration.Options(chosen.data, chosen.port, chosen.reset, **sizes))
    return 0


def _serve(_: argparse.Namespace) -> int:
    from fac import app, opening, serving

    settings = _settings_and_logs()
    bound = serving.listen(settings.host, settings.port)
    ready = f"ready {serving.address(bound)}/graphql"

    async def main() -> None:
        async with opening.opened(settings) as parts:
            await serving.serve(app.make_application(parts), bound, ready=lambda: print(ready, flush=True))

    with bound:
        serving.run(main())
    return 0


def _doctor(_: argparse.Namespace) -> int:
    from fac import doctor

    findings = []
    for finding in doctor.examine():
        findings.append(finding)
        print(f"{'ok  ' if finding.well else 'FAIL'} {finding.subject}: {finding.words}", flush=True)
    return 0 if all(finding.well for finding in findings) else _FAILED


def _migrate(_: argparse.Namespace) -> int:
    import asyncio

    from fac import opening
    from fac.db import migrating

    settings = _settings_and_logs()
    state = asyncio.run(migrating.upgrade(opening.database_url(settings)))
    print(f"the database is at {state.current}")
    return 0


def _test(chosen: argparse.Namespace) -> int:
    import subprocess

    from fac.resources import checkout

    root = checkout()
    if root is None:
        print("fac: the tests come with the source; run this in a checkout.", file=sys.stderr)
        return _FAILED
    command = [sys.executable, "-m", "pytest", *chosen.pytest]
    if sys.platform == "win32":
        return subprocess.run(command, check=False, cwd=root).returncode
    os.chdir(root)
    return os.execv(command[0], command)  # noqa: S606  # one process, so that Ctrl-C arrives once


def _schema_export(_: argparse.Namespace) -> int:
    from fac.api import schema
    from fac.resources import graphql_dir

    (graphql_dir() / "schema.graphql").write_text(schema.export(), "utf-8")
    return 0


def _schema_check(_: argparse.Namespace) -> int:
    import difflib

    from fac.api import schema
    from fac.resources import graphql_dir

    committed = (graphql_dir() / "schema.graphql").read_text("utf-8")
    names = ("graphql/schema.graphql", "the code")
    differing = list(
        difflib.unified_diff(committed.splitlines(), schema.export().splitlines(), *names, lineterm="", n=1)
    )
    print("\n".join(differing or ["the schema file is what the code says"]))
    print(f"{len(_documents()[0].trusted)} trusted documents are valid")
    return _FAILED if differing else 0


def _schema_explain(chosen: argparse.Namespace) -> int:
    from fac.api.explaining import explain
    from fac.domain.vocabulary import Role

    if chosen.role not in Role.__members__:
        print(f"fac: no such role; there are {', '.join(Role)}", file=sys.stderr)
        return _USAGE
    documents, policy = _documents()
    print("\n".join(explain(documents, policy, chosen.document, Role(chosen.role))))
    return 0


def _documents() -> tuple[Documents, Policy]:
    from fac.access import policy
    from fac.api import schema
    from fac.api.document import Documents
    from fac.resources import graphql_dir, policies_dir

    loaded = policy.load(policies_dir())
    return Documents(schema.build(loaded), graphql_dir() / "operations", introspection=True), loaded


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
        case [name] if name[:1].isupper():
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


def _policy_table(_: argparse.Namespace) -> int:
    from fac.access import explain, policy
    from fac.resources import policies_dir

    print("\n".join(explain.table_rows(policy.load(policies_dir()))))
    return 0


def _keys_create(_: argparse.Namespace) -> int:
    import asyncio

    from fac import opening

    settings = _settings_and_logs()
    made = opening.create_root(settings)
    print("a root key file was made" if made else "the root key file is there already")
    for line in asyncio.run(opening.key_lines(settings, create=True)):
        print(line)
    return 0


def _keys_status(_: argparse.Namespace) -> int:
    import asyncio

    from fac import opening

    for line in asyncio.run(opening.key_lines(_settings_and_logs())):
        print(line)
    return 0


def _incident_open(chosen: argparse.Namespace) -> int:
    import asyncio

    from fac import founding

    incident = founding.Incident(
        chosen.name, chosen.lead, chosen.administrator, chosen.administrator_name, chosen.timezone, chosen.occurred_on,
        chosen.exercise,
    )  # fmt: skip
    founded = asyncio.run(founding.open_incident(_settings_and_logs(), incident))
    print(f"incident {founded.incident_id}\nadministrator's membership {founded.administrator.membership_id}")
    return 0


def _session_issue(chosen: argparse.Namespace) -> int:
    import asyncio

    from fac import founding

    hat = founding.Hat(chosen.incident, chosen.login, chosen.membership)
    print(asyncio.run(founding.sign_in(_settings_and_logs(), hat, chosen.days)))
    return 0


def _session_revoke(chosen: argparse.Namespace) -> int:
    import asyncio

    from fac import founding

    hat = founding.Hat(chosen.incident, chosen.login, chosen.membership)
    print(f"{asyncio.run(founding.sign_out(_settings_and_logs(), hat))} sessions ended")
    return 0


def _settings_and_logs() -> Settings:
    from fac import logs
    from fac.settings import Settings

    settings = Settings.read(os.environ)
    logs.configure(level=settings.log_level)
    return settings


COMMANDS: dict[str, Command] = {
    "demo": _demo,
    "serve": _serve,
    "doctor": _doctor,
    "migrate": _migrate,
    "test": _test,
    "schema_export": _schema_export,
    "schema_check": _schema_check,
    "schema_explain": _schema_explain,
    "policy_check": _policy_check,
    "policy_explain": _policy_explain,
    "policy_table": _policy_table,
    "keys_create": _keys_create,
    "keys_status": _keys_status,
    "incident_open": _incident_open,
    "session_issue": _session_issue,
    "session_revoke": _session_revoke,
}
