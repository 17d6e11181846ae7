"""Named statements over wrapped keys.

Never: see an unwrapped one.
"""

from sqlalchemy import DateTime, Float, LargeBinary, Text, Uuid, bindparam, delete, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from fac.db.keys import class_keys, data_keys, key_holders, key_rotations
from fac.db.statement import Statement, insert_into

all_class_keys = Statement(select(class_keys).order_by(class_keys.c.purpose, class_keys.c.epoch))
insert_class_key = insert_into(class_keys)
rewrap_class_key = Statement(
    update(class_keys)
    .where(class_keys.c.purpose == bindparam("of_purpose"), class_keys.c.epoch == bindparam("of_epoch"))
    .values(wrapped=bindparam("to_wrapped"))
)
announce_class_key = insert_into(class_keys, or_ignore=True)
set_key_state = Statement(
    update(class_keys)
    .where(
        class_keys.c.purpose == bindparam("of_purpose"),
        class_keys.c.epoch == bindparam("of_epoch"),
        class_keys.c.state == bindparam("from_state", type_=Text),
    )
    .values(state=bindparam("to_state"))
)
# The state and the key itself: what a dump taken from now on could not open anyway is not kept either.
drop_class_key = Statement(
    update(class_keys)
    .where(class_keys.c.purpose == bindparam("of_purpose"), class_keys.c.epoch == bindparam("of_epoch"))
    .values(state=literal_column("'destroyed'"), wrapped=literal_column("''::bytea"))
)
keys_of_class = Statement(
    select(func.count()).select_from(data_keys).where(data_keys.c.info == bindparam("info")), across_incidents=True
)
insert_data_key = insert_into(data_keys, or_ignore=True)
# A tombstone is the key of somebody erased: there is none, and none is made again.
has_key = func.octet_length(data_keys.c.wrapped) > literal_column("0")
_buried = pg_insert(data_keys).values(
    {each.name: bindparam(each.name, type_=each.type) for each in data_keys.c}
    | {"wrapped": literal_column("''::bytea")}
)
bury_data_key = Statement(
    _buried.on_conflict_do_update(
        index_elements=["incident_id", "subject_id", "info"], set_={"wrapped": _buried.excluded.wrapped}
    )
)
forget_data_keys = Statement(
    delete(data_keys).where(
        data_keys.c.incident_id == bindparam("incident_id"), data_keys.c.subject_id == bindparam("subject_id")
    )
)
# Shared with other writers, and kept from a reseal until the transaction is over: what is sealed under a key must not
# be written after that key was replaced.
find_data_key = Statement(
    select(data_keys)
    .where(
        data_keys.c.incident_id == bindparam("incident_id"),
        data_keys.c.subject_id == bindparam("subject_id"),
        data_keys.c.info == bindparam("info"),
    )
    .with_for_update(read=True)
)

_told = pg_insert(key_holders).values(
    id=bindparam("id", type_=Uuid), seen=bindparam("seen", type_=LargeBinary), beat_at=func.now()
)
tell_held = Statement(
    _told.on_conflict_do_update(
        index_elements=["id"], set_={"seen": _told.excluded.seen, "beat_at": _told.excluded.beat_at}
    )
)
forget_holder = Statement(delete(key_holders).where(key_holders.c.id == bindparam("id")))
_silence = func.make_interval(
    literal_column("0"), literal_column("0"), literal_column("0"), literal_column("0"), literal_column("0"),
    literal_column("0"), bindparam("within", type_=Float),
)  # fmt: skip
holders_behind = Statement(
    select(func.count())
    .select_from(key_holders)
    .where(
        key_holders.c.seen.is_distinct_from(bindparam("seen", type_=LargeBinary)),
        key_holders.c.beat_at > func.now() - _silence,
    )
)
holders_alive = Statement(
    select(func.count()).select_from(key_holders).where(key_holders.c.beat_at > func.now() - _silence)
)

insert_rotation = insert_into(key_rotations, or_ignore=True)
unfinished_rotation = Statement(
    select(key_rotations).where(
        key_rotations.c.kind == bindparam("kind", type_=Text), key_rotations.c.finished_at.is_(None)
    )
)
unfinished_rotations = Statement(select(key_rotations).where(key_rotations.c.finished_at.is_(None)))
highest_target = Statement(
    select(func.max(key_rotations.c.target)).where(key_rotations.c.kind == bindparam("kind", type_=Text))
)
finish_rotation = Statement(
    update(key_rotations)
    .where(key_rotations.c.id == bindparam("of_id"), key_rotations.c.finished_at.is_(None))
    .values(finished_at=bindparam("to_finished_at", type_=DateTime(timezone=True)))
)
