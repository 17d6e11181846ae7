"""Every job there is: its name, the one id it is about, and what carries it out.

Never: take anything but ids; a payload with another key or a value that is no id is refused.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fac.errors import JobRefused
from fac.jobs.acting import Equipment
from fac.jobs.deadline import (
    escalate_overdue_referral,
    escalate_overdue_review,
    expire_lapsed_handoff,
    expire_unanswered_referral,
    tell_of_broken_glass,
)
from fac.jobs.due import notify_agreement, notify_contact
from fac.jobs.notify import notify_glass_break, notify_handoff, notify_referral, notify_review
from fac.jobs.own_account import notify_owner
from fac.jobs.wording import SENTENCES, shown_as

Handler = Callable[[Equipment, str, UUID, UUID], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Task:
    """A job: ``about`` is the name of its id beside ``incident_id``."""

    name: str
    about: str
    handler: Handler


def _tasks() -> Mapping[str, Task]:
    notifying = {
        "referral": notify_referral, "handoff": notify_handoff, "glass_break": notify_glass_break,
        "review": notify_review, "agreement": notify_agreement, "organization_contact": notify_contact,
        "second_factor": notify_owner,
    }  # fmt: skip
    found = [
        Task("escalate.referral", "referral_id", escalate_overdue_referral),
        Task("expire.referral", "referral_id", expire_unanswered_referral),
        Task("expire.handoff", "handoff_id", expire_lapsed_handoff),
        Task("tell.glass_break", "glass_break_id", tell_of_broken_glass),
        Task("escalate.review", "review_id", escalate_overdue_review),
    ]
    for event in SENTENCES:
        record, _, word = event.partition(".")
        found.append(Task(f"notify.{record}_{word}", f"{shown_as(event)}_id", notifying[record]))
    return {each.name: each for each in found}


TASKS = _tasks()


async def run_task(equipment: Equipment, name: str, arguments: Mapping[str, Any]) -> None:
    """Carry a job out; raises JobRefused for an unknown one or a payload that is not exactly its two ids."""
    task = TASKS.get(name)
    if task is None or set(arguments) != {"incident_id", task.about}:
        raise JobRefused
    try:
        incident_id, about = UUID(arguments["incident_id"]), UUID(arguments[task.about])
    except (ValueError, TypeError, AttributeError):
        raise JobRefused from None
    await task.handler(equipment, name, incident_id, about)
