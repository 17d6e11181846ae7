"""Tells people what happened to their second factor: enrolled, reset, wrong codes in a row (ASVS 5.0, 6.3.5 and 6.3.7).

It goes to what they sign in with, where that is an address: to nobody else, since it may be a colleague who did it.
Never: say more than that it happened, or hold a transaction open while the mail server thinks.
"""

from uuid import UUID

from sqlalchemy import bindparam, select

from fac.casework.loading import load
from fac.db.staff import accounts
from fac.db.statement import Statement
from fac.jobs.acting import Equipment, acting
from fac.jobs.transport import Notice
from fac.jobs.wording import subject_of, text_of
from fac.logs import get_log

_login_of = Statement(select(accounts.c.login).where(accounts.c.id == bindparam("id")))


async def notify_owner(equipment: Equipment, task: str, incident_id: UUID, membership_id: UUID) -> None:
    """Tell whoever wears a hat; ``task`` is ``notify.second_factor_WORD``."""
    event = f"second_factor.{task.removeprefix('notify.second_factor_')}"
    async with acting(equipment, incident_id, task) as work:
        hat = await load(work, "membership", membership_id, action="read", lock=False)
        login: str = await _login_of.value(work.connection, id=hat["account_id"])
        if "@" not in login:
            get_log().warning("notice.no_contact", incident_id=incident_id, record_id=membership_id, job=task)
            return
        work.tell("notice.prepared", "membership", membership_id, told=event)
        key = work.circumstances.correlation_id.hex  # it may happen twice to one hat: each is told
    text = text_of(event, incident_id, membership_id)
    await equipment.transport.send(Notice(key, event, incident_id, membership_id, login, subject_of(event), text))
    async with acting(equipment, incident_id, task) as work:
        work.tell("notice.sent", "membership", membership_id, told=event)
