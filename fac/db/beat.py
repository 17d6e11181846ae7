"""What each worker last said of itself: when it had sealed everything, and since when a job waits.

Counts and instants of the program. Every login may read it, so that each process can tell whether it is looked after.
Never: say which job, or of which incident.
"""

from sqlalchemy import Column, DateTime, Integer, Uuid, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as pg_insert

from fac.db.base import global_table, instant
from fac.db.statement import Statement

worker_beats = global_table(
    "worker_beats",
    Column("id", Uuid, primary_key=True),  # of the process
    instant("beat_at"),
    instant("sealed_at", optional=True),  # the end of its last pass over every incident
    instant("due_since", optional=True),  # of the oldest job that could run; none when none waits
    Column("given_up", Integer, nullable=False),  # jobs, after their last attempt
)

_told = pg_insert(worker_beats).values({each.name: bindparam(each.name, type_=each.type) for each in worker_beats.c})
tell_beat = Statement(
    _told.on_conflict_do_update(
        index_elements=["id"],
        set_={name: _told.excluded[name] for name in ("beat_at", "sealed_at", "due_since", "given_up")},
    )
)
forget_beats = Statement(
    delete(worker_beats).where(worker_beats.c.beat_at < bindparam("before", type_=DateTime(timezone=True)))
)
newest_beats = Statement(select(worker_beats).order_by(worker_beats.c.beat_at.desc()))
