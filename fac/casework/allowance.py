"""How often one hat may search: a token bucket, kept in the database so that every process counts the same.

A desk asks once or twice a minute; whoever walks through a list of names is slowed to the refill.
Never: let a search run that was not counted.
"""

from sqlalchemy import DateTime, Double, Uuid, bindparam, cast, func, literal_column
from sqlalchemy.dialects.postgresql import insert as pg_insert

from fac.casework.work import Work
from fac.db.search import search_allowances
from fac.db.statement import Statement
from fac.domain.ids import new_id
from fac.errors import RateLimited

MOST_AT_ONCE = 20
SECONDS_EACH = 6

_at = bindparam("at", type_=DateTime(timezone=True), required=True)
_waited = func.greatest(
    func.date_part("epoch", _at - search_allowances.c.counted_at), literal_column("0", Double)
)  # a clock that was set back gives nothing
_refilled = func.least(
    literal_column(str(MOST_AT_ONCE), Double),
    search_allowances.c.searches_left + cast(_waited, Double) / literal_column(str(SECONDS_EACH), Double),
)
_spend = Statement(
    pg_insert(search_allowances)
    .values(
        incident_id=bindparam("incident_id", type_=Uuid, required=True),
        id=bindparam("id", type_=Uuid, required=True),
        membership_id=bindparam("membership_id", type_=Uuid, required=True),
        searches_left=literal_column(str(MOST_AT_ONCE - 1), Double),
        counted_at=_at,
    )
    .on_conflict_do_update(
        index_elements=["incident_id", "membership_id"],
        set_={"searches_left": _refilled - literal_column("1", Double), "counted_at": _at},
        where=_refilled >= literal_column("1", Double),
    )
    .returning(search_allowances.c.searches_left)
)


async def spend_search(work: Work) -> None:
    """Take one search from the acting hat's allowance; raises RateLimited when none is left.

    Two at once take turns: the row is locked until the transaction ends.
    """
    left = await _spend.value(
        work.connection, incident_id=work.incident_id, id=new_id(), membership_id=work.actor.membership_id, at=work.now
    )
    if left is None:
        raise RateLimited
