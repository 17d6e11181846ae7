"""What every table is made with: the metadata, and the shapes that let one machine become many.

A tenant table carries ``incident_id`` first in its primary key, in every unique constraint and in every foreign key to
another tenant table, so that the same schema can be distributed by incident (docs/decisions/0002-schema-rules.md).
Never: a sequence, an extension, ON DELETE SET NULL.
"""

from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.schema import SchemaItem

from fac.domain.vocabulary import InfoClass

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def tenant_table(name: str, *items: SchemaItem) -> Table:
    """Return a table whose rows belong to one incident, keyed by ``(incident_id, id)``."""
    return Table(
        name,
        metadata,
        Column("incident_id", Uuid, nullable=False),
        Column("id", Uuid, nullable=False),
        PrimaryKeyConstraint("incident_id", "id"),
        ForeignKeyConstraint(["incident_id"], ["incidents.id"]),
        *items,
    )


def global_table(name: str, *items: SchemaItem) -> Table:
    """Return a table that every incident shares (a reference table when distributed)."""
    return Table(name, metadata, *items)


def is_tenant(table: Table) -> bool:
    """Tell whether rows of ``table`` belong to one incident."""
    return "incident_id" in table.c


def tenant_key(column: str, target: str, *, indexed: bool = True) -> tuple[SchemaItem, ...]:
    """Return the foreign key of ``column`` to tenant table ``target``, with the index that reads by it need."""
    key = ForeignKeyConstraint(["incident_id", column], [f"{target}.incident_id", f"{target}.id"])
    return (key, Index(None, "incident_id", column)) if indexed else (key,)


def unique(*columns: str, nulls_equal: bool = False) -> SchemaItem:
    """Return a unique rule inside one incident."""
    return UniqueConstraint("incident_id", *columns, postgresql_nulls_not_distinct=nulls_equal or None)


def unique_while(name: str, *columns: str, where: str) -> SchemaItem:
    """Return a unique rule inside one incident over the rows for which ``where`` holds."""
    return Index(name, "incident_id", *columns, unique=True, postgresql_where=text(where))


def word(name: str, words: type[StrEnum], *, optional: bool = False) -> tuple[SchemaItem, ...]:
    """Return a text column that holds one word of ``words``, with the check that says so."""
    allowed = ", ".join(f"'{each.value}'" for each in words)
    return (
        Column(name, Text, nullable=optional),
        CheckConstraint(f"{name} IN ({allowed})", name=f"{name}_word"),
    )


def class_of_row(name: str, classes: tuple[InfoClass, ...], sealed: str) -> tuple[SchemaItem, ...]:
    """Return a column with the code of the class of what is ``sealed`` beside it, with the check that says so."""
    allowed = ", ".join(str(each.code) for each in classes)
    return (
        Column(name, Integer, nullable=False),
        CheckConstraint(f"{name} IN ({allowed})", name=f"{name}_of_{sealed}"),
    )


def instant(name: str, *, optional: bool = False) -> Column[object]:
    """Return a column for an instant (UTC)."""
    return Column(name, DateTime(timezone=True), nullable=optional)
