"""Where sealed values lie: every sealed column, its class, and which column names whose key it is under.

Taken from the readings, which must know the same to open them.
Never: be written by hand; a column that is missing here would be lost when its key is replaced.
"""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import ARRAY, LargeBinary, Table, Uuid, any_, bindparam, column, func, select, type_coerce, update

from fac.crypto.columns import SealedBytes
from fac.db.statement import Statement
from fac.domain.vocabulary import InfoClass
from fac.reading.catalog import NOUNS


@dataclass(frozen=True, slots=True)
class Place:
    """One sealed column."""

    table: Table
    column: str
    info: InfoClass
    subject: str


PLACES: tuple[Place, ...] = tuple(
    Place(noun.table, bundle.column, bundle.info, bundle.subject)
    for noun in NOUNS.values()
    for bundle in noun.bundles.values()
)


@lru_cache
def bundles_of(place: Place) -> Statement:
    """Return the statement of the bundles of many subjects, their rows locked; it raises where one is in use."""
    table = place.table
    return Statement(
        select(table.c.id, table.c[place.subject].label("subject_id"), table.c[place.column].label("bundle"))
        .where(
            table.c.incident_id == bindparam("incident_id"),
            table.c[place.subject] == any_(bindparam("subjects", type_=ARRAY(Uuid))),
            table.c[place.column].is_not(None),
        )
        .order_by(table.c.id)
        .with_for_update(nowait=True),
        remembered=False,
    )


@lru_cache
def replacing(place: Place) -> Statement:
    """Return the statement that puts bundles in the place of those they were made from; no version moves."""
    table = place.table
    given = (
        func.unnest(
            bindparam("ids", type_=ARRAY(Uuid), required=True),
            bindparam("was", type_=ARRAY(LargeBinary), required=True),
            bindparam("bundles", type_=ARRAY(LargeBinary), required=True),
        )
        .table_valued(column("id", Uuid), column("was", LargeBinary), column("bundle", LargeBinary), name="given")
        .render_derived()
    )
    return Statement(
        update(table)
        .where(
            table.c.incident_id == bindparam("of_incident", type_=Uuid),
            table.c.id == given.c.id,
            type_coerce(table.c[place.column], LargeBinary) == given.c.was,
        )
        .values({place.column: type_coerce(given.c.bundle, SealedBytes)}),
        remembered=False,
    )
