"""Wrapped keys: one key-encryption key a class and epoch, one data key a subject and class.

Deleting a subject's data keys makes every sealed value about the subject unreadable for ever.
Never: hold an unwrapped key.
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)

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

# Which process holds which state of the keys: a rotation waits for all of them (fac.jobs.rotation.holding).
key_holders = global_table(
    "key_holders",
    Column("id", Uuid, primary_key=True),
    Column("seen", LargeBinary, nullable=False),
    instant("beat_at"),
)

# One row a rotation, so that it is resumed and not begun twice. ``target`` is the epoch (kek, index, audit), or the
# version of the subjects' keys (dek), that everything is brought to.
key_rotations = global_table(
    "key_rotations",
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("target", Integer, nullable=False),
    Column("started_by", Uuid, ForeignKey("accounts.id"), nullable=False),
    instant("started_at"),
    instant("finished_at", optional=True),
    CheckConstraint("kind IN ('kek', 'dek', 'index', 'audit')", name="kind_word"),
    CheckConstraint("target >= 2", name="target_follows_the_first"),
    Index("uq_key_rotations_unfinished", "kind", unique=True, postgresql_where=text("finished_at IS NULL")),
)

# ``wrapped`` is empty once its subject was erased: a tombstone, so that no key can be made for them again.
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
