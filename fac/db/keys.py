"""Wrapped keys: one key-encryption key a class and epoch, one data key a subject and class.

Deleting a subject's data keys makes every sealed value about the subject unreadable for ever.
Never: hold an unwrapped key.
"""

from sqlalchemy import CheckConstraint, Column, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text, Uuid

from fac.db.base import global_table, instant, metadata

class_keys = global_table(
    "class_keys",
    Column("purpose", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("canary", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    instant("created_at"),
    PrimaryKeyConstraint("purpose", "epoch"),
)

data_keys = Table(
    "data_keys",
    metadata,
    Column("incident_id", Uuid, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("info", Integer, nullable=False),  # InfoClass.code
    Column("version", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    # One live key a subject and class: the read path joins by the first three columns.
    PrimaryKeyConstraint("incident_id", "subject_id", "info"),
    CheckConstraint("version >= 1 AND epoch >= 1", name="counts_from_one"),
)
