"""What the command line understands. Only the standard library, so that help needs no set-up.

Never: do anything but understand; fac.cli acts.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from fac import __version__

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser; the chosen command's name is in ``command``."""
    parser = argparse.ArgumentParser(
        prog="fac",
        description="Case management for Family Assistance Centers.",
        epilog="To look around: fac demo. The settings are FAC_ variables of the environment: docs/deploy.md.",
    )
    parser.add_argument("--version", action="version", version=f"fac {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for add in (
        _add_demo,
        _add_serving,
        _add_test,
        _add_schema,
        _add_policy,
        _add_keys,
        _add_safekeeping,
        _add_founding,
        _add_upkeep,
        _add_report,
    ):
        add(commands)
    return parser


def _command(commands: Commands, name: str, run: str | None, words: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=words, description=f"{words[0].upper()}{words[1:]}."
    )
    if run is not None:
        parser.set_defaults(command=run)
    return parser


def _group(commands: Commands, name: str, words: str) -> Commands:
    return _command(commands, name, None, words).add_subparsers(title="commands", metavar="COMMAND", required=True)


def _add_demo(commands: Commands) -> None:
    parser = _command(commands, "demo", "demo", "serve a demonstration with invented people, all set up by itself")
    parser.add_argument("--port", type=_port, default=8000, help="port on this machine (8000; 0 takes a free one)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of database, keys, log and actors.json")
    parser.add_argument("--reset", action="store_true", help="delete the demonstration's data first")
    parser.add_argument("--incidents", type=_positive, metavar="N", help="how many incidents to invent (1)")
    parser.add_argument("--households", type=_positive, metavar="N", help="how many households to invent (355)")


def _add_serving(commands: Commands) -> None:
    _command(commands, "serve", "serve", "serve GraphQL")
    _command(commands, "migrate", "migrate", "bring the database to the newest schema")
    _command(commands, "doctor", "doctor", "check this machine, the settings, the database and the keys")


def _add_test(commands: Commands) -> None:
    parser = _command(commands, "test", "test", "run all tests on two cores, or what further words tell pytest")
    parser.epilog = "Anything else is handed to pytest: a path, -k WORD, -x."


def _add_schema(commands: Commands) -> None:
    group = _group(commands, "schema", "the GraphQL schema and the trusted documents")
    _command(group, "export", "schema_export", "write graphql/schema.graphql from the code")
    _command(group, "check", "schema_check", "tell whether the schema file and the trusted documents fit the code")
    explain = _command(group, "explain", "schema_explain", "show the statement a trusted document becomes")
    explain.add_argument("document", help="its name, such as PartnerInbox")
    explain.add_argument("--role", required=True, help="the role that sends it, such as partner_user")


def _add_keys(commands: Commands) -> None:
    group = _group(commands, "keys", "the keys personal values are sealed with")
    _command(group, "create", "keys_create", "make the root key file and the first keys; what is there is kept")
    _command(group, "status", "keys_status", "tell which keys there are, what is left under each, what is under way")
    kek = _command(group, "rotate-kek", "keys_rotate_kek", "wrap every subject's key under new class keys (online)")
    dek = _command(group, "rotate-dek", "keys_rotate_dek", "give every subject new keys and seal all anew (online)")
    index = _command(group, "rotate-index", "keys_rotate_index", "make the blind index anew under a new key (online)")
    audit = _command(group, "rotate-audit", "keys_rotate_audit", "write the audit under a new key from now on (online)")
    destroy = _command(group, "destroy-epoch", "keys_destroy_epoch", "destroy old keys at the root, for good")
    destroy.add_argument("family", choices=("kek", "index"), help="which keys")
    destroy.add_argument("epoch", type=_positive, help="the old epoch, as status shows it")
    replay = _command(group, "replay", "keys_replay", "erase again who is known here and erased in the shred ledger")
    for parser in (kek, dek, index, audit, destroy, replay):
        parser.add_argument("--as", required=True, dest="login", metavar="LOGIN", help="an administrator, who answers")
    _add_shredding(group)
    made = _command(group, "escrow-make", "escrow_make", "split a second way to the keys among custodians")
    made.add_argument("folder", type=Path, metavar="FOLDER", help="a new folder for the escrow file and the shares")
    made.add_argument("--custodians", type=int, default=3, metavar="N", help="how many get a share (3)")
    made.add_argument("--threshold", type=int, default=2, metavar="N", help="how many shares open it (2)")
    for word, sentence in (
        ("check", "tell whether shares open the escrow, and whether it holds every key"),
        ("recover", "put the keys in the escrow under the root that is set now: the old one is lost"),
    ):
        opened = _command(group, f"escrow-{word}", f"escrow_{word}", sentence)
        opened.add_argument("escrow", type=Path, metavar="FILE", help="the escrow file")
        opened.add_argument(
            "--share", type=Path, action="append", required=True, metavar="FILE", help="a share; once for each"
        )


def _add_shredding(group: Commands) -> None:
    shred = _command(group, "shred", "keys_shred", "propose to erase a person for good; a privacy officer approves it")
    shred.add_argument("person", metavar="PERSON", help="their id, as the console shows it")
    shred.add_argument("--reason", default="client_request", help="why, such as retention_ended (client_request)")
    shred.add_argument("--case-words", action="store_true", help="also what was written of the whole case")
    holds = _group(group, "hold", "legal holds: nothing of whom one stands over is erased")
    placed = _command(holds, "place", "keys_hold_place", "hold a person, or everybody in a case")
    whom = placed.add_mutually_exclusive_group(required=True)
    whom.add_argument("--person", metavar="ID", help="one person")
    whom.add_argument("--case", metavar="ID", help="everybody in a case")
    placed.add_argument("--reason", required=True, help="why, such as litigation")
    lifted = _command(holds, "lift", "keys_hold_lift", "let what was held be erased again, where that is decided")
    lifted.add_argument("hold", metavar="HOLD", help="its id, as list shows it")
    listed = _command(holds, "list", "keys_hold_list", "list the holds that stand")
    for parser in (shred, placed, lifted, listed):
        parser.add_argument("--token-file", required=True, type=Path, metavar="FILE", help="who does it")


def _add_policy(commands: Commands) -> None:
    group = _group(commands, "policy", "who may do what")
    _command(group, "check", "policy_check", "tell whether the policy files are sound and answer the examples")
    _command(group, "table", "policy_table", "print the whole compiled table as CSV, for a review or a comparison")
    explain = _command(group, "explain", "policy_explain", "tell in words who may do something, and why")
    explain.add_argument(
        "words",
        nargs="+",
        metavar="WORD",
        help="a field (Person.familyName), an operation (acceptReferral), or ROLE ACTION RECORD INFO"
        " (partner_user read person identity)",
    )
    proposed = _command(group, "propose", "policy_propose", "propose a change of the policy, without a restart")
    proposed.add_argument(
        "path", type=Path, metavar="FILE|DIR", help="policy.csv and such, or an incident's overlay.csv"
    )
    for word, words in (
        ("review", "show what a proposal changes in the compiled table"),
        ("approve", "approve what somebody else proposed: it comes into force in every process"),
    ):
        _command(group, word, f"policy_{word}", words).add_argument("proposal", type=UUID, metavar="ID", help="its id")
    group.choices["approve"].epilog = "Asks for the code of the approver's authenticator, or reads it as a line."
    for name in ("propose", "review", "approve"):
        group.choices[name].add_argument("--token-file", required=True, type=Path, help="who does it")
    explain.add_argument("--rows", metavar="RELATION", help="only in rows of this relation, such as my_caseload")


def _add_safekeeping(commands: Commands) -> None:
    taken = _command(commands, "backup", "backup", "write a backup into a new folder, while everybody works")
    taken.add_argument("folder", type=Path, metavar="FOLDER", help="the folder that backups are kept in")
    put_back = _command(
        commands, "restore", "restore", "put a backup back: into an empty database, not served until done"
    )
    what = put_back.add_mutually_exclusive_group(required=True)
    what.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="the folder of one backup")
    what.add_argument("--in-place", action="store_true", help="settle what something else put back (a point in time)")
    put_back.add_argument("--as", required=True, dest="login", metavar="LOGIN", help="an administrator, who answers")


def _add_founding(commands: Commands) -> None:
    opened = _command(
        _group(commands, "incident", "incidents"), "open", "incident_open", "found an incident and its administrator"
    )
    opened.add_argument("name", help="what the incident is called")
    opened.add_argument("--lead", required=True, metavar="ORGANIZATION", help="the agency in charge")
    opened.add_argument("--administrator", required=True, metavar="LOGIN", help="who administers it first")
    opened.add_argument("--administrator-name", required=True, metavar="NAME", help="the name colleagues know")
    opened.add_argument("--timezone", required=True, help="of the place, such as America/Chicago")
    opened.add_argument("--occurred-on", required=True, type=date.fromisoformat, metavar="YYYY-MM-DD", help="the day")
    opened.add_argument("--exercise", action="store_true", help="a drill, which is in no funder report, ever")
    group = _group(commands, "session", "sessions of those on duty")
    issue = _command(group, "issue", "session_issue", "print the token of a new session of a hat, once")
    issue.add_argument("--days", type=_positive, default=30, help="how long it lasts, a year at most (default: 30)")
    issue.add_argument(
        "--idle",
        type=_positive,
        default=30,
        metavar="MINUTES",
        help="ends when unused for so long, 5 minutes to a day (30)",
    )
    revoke = _command(group, "revoke", "session_revoke", "end every session of a hat, at once")
    reset = _command(group, "reset-factor", "session_reset_factor", "end a lost second factor, so that one enrols anew")
    for parser in (issue, revoke, reset):
        parser.add_argument("--incident", required=True, type=UUID, metavar="ID", help="the incident")
        parser.add_argument("--membership", required=True, type=UUID, metavar="ID", help="the hat")
        parser.add_argument(
            "--as", required=True, dest="login", metavar="LOGIN", help="an administrator of the incident"
        )


def _add_report(commands: Commands) -> None:
    pmt = _command(_group(commands, "report", "the numbers"), "pmt", "report_pmt", "write the OVC PMT report as CSV")
    pmt.add_argument("award", help="the award's id, as the Awards document shows it")
    pmt.add_argument("period", help="a quarter or year of the federal fiscal year: 2027Q1 or 2027")
    pmt.add_argument("--token-file", required=True, type=Path, help="whose report it is")
    pmt.add_argument("--output", required=True, type=Path, metavar="FILE", help="where to write it")


def _add_upkeep(commands: Commands) -> None:
    worker = _command(commands, "worker", "worker", "do what is due later: notices, deadlines, sealing the audit trail")
    worker.add_argument("--revive", action="store_true", help="first put back the jobs that were given up")
    group = _group(commands, "audit", "what happened, and that nobody changed it")
    verify = _command(group, "verify", "audit_verify", "find the first altered, missing or reordered audit row")
    outside = _group(group, "witness", "what somebody outside keeps, so that a trail cut off or rewritten is found")
    export = _command(outside, "export", "witness_export", "print a signed line an incident for the witness to keep")
    check = _command(outside, "check", "witness_check", "verify that the trail extends every line the witness has kept")
    check.add_argument("witness", type=Path, metavar="FILE", help="the lines, as many as were kept")
    intake = _command(_group(commands, "import", "spreadsheets"), "intake", "import_intake", "import families from CSV")
    intake.add_argument("file", type=Path, help="a CSV file, one row a person (docs/import.md)")
    intake.add_argument("--token-file", required=True, type=Path, help="whose intakes they are; - for standard input")
    way = intake.add_mutually_exclusive_group()
    way.add_argument("--dry-run", action="store_true", help="only read and judge (the default)")
    way.add_argument("--apply", action="store_true", help="record what is good")
    intake.add_argument("--dates", choices=("mdy", "dmy"), default="mdy", help="the order of dates with slashes")
    for parser in (verify, export, check, intake):
        parser.add_argument("--incident", type=UUID, metavar="ID", help="this incident only")


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError("must be a whole number above 0")
    return int(text)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise argparse.ArgumentTypeError("must be a whole number from 0 to 65535")
    return int(text)
