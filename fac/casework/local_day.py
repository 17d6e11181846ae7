"""Which day it is where the incident happened: what "today" means in a follow-up, a delivery or a form.

Never: read a machine's own time zone.
"""

from datetime import date

from sqlalchemy import Date, DateTime, bindparam, cast, func, select

from fac.casework.work import Work
from fac.db.incident import incidents
from fac.db.statement import Statement
from fac.errors import NotFound

_local_day = Statement(
    select(
        cast(func.timezone(incidents.c.timezone, bindparam("now", type_=DateTime(timezone=True))), Date).label("today"),
        incidents.c.occurred_on,
    ).where(incidents.c.id == bindparam("incident_id"))
)


async def local_day(work: Work) -> date:
    """Return the day of the request in the incident's time zone."""
    today, _ = await incident_days(work)
    return today


async def incident_days(work: Work) -> tuple[date, date]:
    """Return the day of the request in the incident's time zone, and the day the incident happened."""
    row = await _local_day.first(work.connection, incident_id=work.incident_id, now=work.now)
    if row is None:  # no hat hangs on an incident that is not there
        raise NotFound
    return row["today"], row["occurred_on"]
