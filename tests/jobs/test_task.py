"""The list of jobs: every job the casework leaves is on it, and carries ids only."""

import ast
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import fac
from fac.audit.events import EVENTS
from fac.errors import JobRefused
from fac.jobs.acting import Equipment
from fac.jobs.task import TASKS, run_task

_CASEWORK = Path(fac.__file__).parent / "casework"


def left_jobs() -> list[tuple[str, set[str | None]]]:
    """Return the name (or its fixed beginning) and the keywords of every ``work.later(...)`` in the casework."""
    found = []
    for path in sorted(_CASEWORK.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "later":
                name = node.args[0]
                if isinstance(name, ast.JoinedStr):
                    name = name.values[0]
                assert isinstance(name, ast.Constant)
                found.append((str(name.value), {each.arg for each in node.keywords} - {"at"}))
    return found


def test_the_casework_leaves_jobs() -> None:
    assert len(left_jobs()) >= 8


@pytest.mark.parametrize(("name", "keywords"), left_jobs())
def test_every_job_the_casework_leaves_is_known_and_names_one_id(name: str, keywords: set[str]) -> None:
    meant = [
        task for task in TASKS.values() if task.name == name or (name.endswith("_") and task.name.startswith(name))
    ]
    assert meant
    assert keywords == {meant[0].about}
    assert meant[0].about.endswith("_id")


def test_every_notice_is_of_an_event_that_can_happen() -> None:
    told = {name.removeprefix("notify.") for name in TASKS if name.startswith("notify.")}
    assert told <= {each.replace(".", "_") for each in EVENTS}


def test_every_outcome_of_a_referral_or_handoff_is_told() -> None:
    silent = {"referral.created", "referral.awaiting_release"}  # nobody outside has heard of it yet
    owed = {each for each in EVENTS if each.partition(".")[0] in ("referral", "handoff")} - silent
    told = {name.removeprefix("notify.") for name in TASKS if name.startswith(("notify.referral_", "notify.handoff_"))}
    assert told == {each.replace(".", "_") for each in owed}


def _good() -> dict[str, Any]:
    return {"incident_id": str(uuid4()), "referral_id": str(uuid4())}


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"incident_id": str(uuid4())},
        _good() | {"name": "Marisol"},
        _good() | {"referral_id": "Marisol"},
        _good() | {"referral_id": 7},
        _good() | {"referral_id": None},
        {"incident_id": str(uuid4()), "handoff_id": str(uuid4())},
    ],
)
async def test_a_payload_of_anything_but_its_ids_is_refused(equipment: Equipment, arguments: dict[str, Any]) -> None:
    with pytest.raises(JobRefused) as refused:
        await run_task(equipment, "escalate.referral", arguments)
    assert "Marisol" not in str(refused.value)


async def test_an_unknown_job_is_refused(equipment: Equipment) -> None:
    with pytest.raises(JobRefused):
        await run_task(equipment, "notify.everybody", _good())
