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
from fac.errors import DocumentRefused, FacError, NotPermitted

if TYPE_CHECKING:
    from fac.settings import Settings

Command = Callable[[argparse.Namespace], int]

_FAILED, _USAGE, _INTERRUPTED = 1, 2, 130
# Two cores, each with a server of its own, and whole files in the order that tests/conftest.py gives.
_EVERY_TEST = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")


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
        # A word of ours: why a trusted document, or this person, is refused.
        reason = refused.reason if isinstance(refused, DocumentRefused | NotPermitted) else ""
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
    from fac.access.watching import Watch

    settings = _settings_and_logs()
    bound = serving.listen(settings.host, settings.port)
    ready = f"ready {serving.address(bound)}/graphql"

    async def main() -> None:
        async with opening.opened(settings, opening.served_logins(settings)) as parts:
            watch = Watch(parts.policies, "serve", parts.clock)
            await serving.serve(
                app.make_application(parts).compiled_for(opening.served_roles(settings)),
                bound,
                ready=lambda: print(ready, flush=True),
                companions=(lambda: watch.run(parts.database),),
            )

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
    from fac.db.claims import Login

    settings = _settings_and_logs()
    state = asyncio.run(migrating.upgrade(opening.address_of(settings, Login.owner)))
    print(f"the database is at {state.current}")
    return 0


def _test(chosen: argparse.Namespace) -> int:
    import subprocess

    from fac.resources import checkout

    root = checkout()
    if root is None:
        print("fac: the tests come with the source; run this in a checkout.", file=sys.stderr)
        return _FAILED
    # Chosen tests run in one process, which is easier to follow.
    command = [sys.executable, "-m", "pytest", *(chosen.pytest or _EVERY_TEST)]
    if sys.platform == "win32":
        return subprocess.run(command, check=False, cwd=root).returncode
    os.chdir(root)
    return os.execv(command[0], command)  # noqa: S606  # one process, so that Ctrl-C arrives once


def _keys(chosen: argparse.Namespace) -> int:
    from fac import keycare

    return keycare.COMMANDS[chosen.command](chosen, _settings_and_logs())


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
    from datetime import timedelta

    from fac import founding

    hat = founding.Hat(chosen.incident, chosen.login, chosen.membership)
    idle = timedelta(minutes=chosen.idle)
    print(asyncio.run(founding.sign_in(_settings_and_logs(), hat, chosen.days, idle)))
    return 0


def _session_revoke(chosen: argparse.Namespace) -> int:
    import asyncio

    from fac import founding

    hat = founding.Hat(chosen.incident, chosen.login, chosen.membership)
    print(f"{asyncio.run(founding.sign_out(_settings_and_logs(), hat))} sessions ended")
    return 0


def _session_reset_factor(chosen: argparse.Namespace) -> int:
    import asyncio

    from fac import founding

    hat = founding.Hat(chosen.incident, chosen.login, chosen.membership)
    asyncio.run(founding.reset_factor(_settings_and_logs(), hat))
    print("they have no second factor now, and can enrol anew")
    return 0


def _rulebook(chosen: argparse.Namespace) -> int:
    from fac import rulebook

    return rulebook.COMMANDS[chosen.command](chosen)


def _report_pmt(chosen: argparse.Namespace) -> int:
    import asyncio

    from fac import opening, publishing

    settings = _settings_and_logs()

    async def main() -> bytes:
        async with opening.opened(settings, opening.served_logins(settings), personal=False) as parts:
            token = chosen.token_file.read_text("utf-8").strip()
            return await publishing.publish_pmt(parts, token, chosen.award, chosen.period)

    chosen.output.write_bytes(asyncio.run(main()))
    print(f"the report is in {chosen.output}")
    return 0


def _escrow(chosen: argparse.Namespace) -> int:
    from fac import escrowing

    return escrowing.COMMANDS[chosen.command](chosen, _settings_and_logs())


def _shredding(chosen: argparse.Namespace) -> int:
    from fac import shredding

    return shredding.COMMANDS[chosen.command](chosen, _settings_and_logs())


def _safekeeping(chosen: argparse.Namespace) -> int:
    from fac import safekeeping

    return safekeeping.COMMANDS[chosen.command](chosen, _settings_and_logs())


def _upkeep(chosen: argparse.Namespace) -> int:
    from fac import upkeep

    return upkeep.COMMANDS[chosen.command](chosen, _settings_and_logs())


def _policing(chosen: argparse.Namespace) -> int:
    from fac import policing

    return policing.COMMANDS[chosen.command](chosen, _settings_and_logs())


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
    "schema_export": _rulebook,
    "schema_check": _rulebook,
    "schema_explain": _rulebook,
    "policy_check": _rulebook,
    "policy_explain": _rulebook,
    "policy_table": _rulebook,
    "policy_propose": _policing,
    "policy_review": _policing,
    "policy_approve": _policing,
    "keys_create": _keys,
    "keys_status": _keys,
    "keys_rotate_kek": _keys,
    "keys_rotate_dek": _keys,
    "keys_rotate_index": _keys,
    "keys_rotate_audit": _keys,
    "keys_destroy_epoch": _keys,
    "keys_replay": _keys,
    "keys_shred": _shredding,
    "keys_hold_place": _shredding,
    "keys_hold_lift": _shredding,
    "keys_hold_list": _shredding,
    "escrow_make": _escrow,
    "escrow_check": _escrow,
    "escrow_recover": _escrow,
    "backup": _safekeeping,
    "restore": _safekeeping,
    "incident_open": _incident_open,
    "session_issue": _session_issue,
    "session_revoke": _session_revoke,
    "session_reset_factor": _session_reset_factor,
    "report_pmt": _report_pmt,
    "worker": _upkeep,
    "audit_verify": _upkeep,
    "witness_export": _upkeep,
    "witness_check": _upkeep,
    "import_intake": _upkeep,
}
