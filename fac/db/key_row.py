"""Named statements over wrapped keys.

Never: see an unwrapped one.
"""

from sqlalchemy import bindparam, select, update

from fac.db.keys import class_keys, data_keys
from fac.db.statement import Statement, insert_into

all_class_keys = Statement(select(class_keys).order_by(class_keys.c.purpose, class_keys.c.epoch))
insert_class_key = insert_into(class_keys)
rewrap_class_key = Statement(
    update(class_keys)
    .where(class_keys.c.purpose == bindparam("of_purpose"), class_keys.c.epoch == bindparam("of_epoch"))
    .values(wrapped=bindparam("to_wrapped"))
)
insert_data_key = insert_into(data_keys, or_ignore=True)
find_data_key = Statement(
    select(data_keys).where(
        data_keys.c.incident_id == bindparam("incident_id"),
        data_keys.c.subject_id == bindparam("subject_id"),
        data_keys.c.info == bindparam("info"),
    )
)
