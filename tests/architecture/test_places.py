"""The one list of where something of a person lies is whole: no column that could hold a word is left out of it."""

from sqlalchemy import ARRAY, CheckConstraint, Column, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from fac.crypto.columns import SealedBytes
from fac.db.base import is_tenant
from fac.db.places import DROPPED, KEPT, OF_NOBODY_SERVED, SEALED, TRACES
from fac.db.tables import metadata
from fac.reading.catalog import NOUNS
from fac.reading.noun import SealedKey

SAYING = "fac/db/places.py must say what erasing a person does to: "


def is_coded(table: Table, column: Column[object]) -> bool:
    """Tell whether a check lets only words of our own vocabulary in."""
    names = {str(each.name) for each in table.constraints if isinstance(each, CheckConstraint)}
    return bool(names & {f"{column.name}_word", f"ck_{table.name}_{column.name}_word"})


def telling(table: Table) -> set[str]:
    """Return the columns of a table that can hold words, bytes or lists."""
    kinds = (Text, LargeBinary, ARRAY, JSONB, SealedBytes)
    return {
        f"{table.name}.{column.name}"
        for column in table.c
        if isinstance(column.type, kinds) and not is_coded(table, column)
    }


class TestPlaces:
    def test_every_column_that_can_tell_of_a_person_is_listed_once(self) -> None:
        found = {each for table in metadata.sorted_tables for each in telling(table)}
        outside = {each for each in found if each.partition(".")[0] in OF_NOBODY_SERVED}
        lists = [
            {f"{each.table.name}.{each.column}" for each in SEALED},
            {f"{each.table.name}.{each.column}" for each in TRACES},
            set(DROPPED),
            set(KEPT),
            outside,
        ]
        listed = set().union(*lists)
        assert found - listed == set(), SAYING + ", ".join(sorted(found - listed))
        assert listed - found == set()
        assert sum(map(len, lists)) == len(listed)

    def test_sealed_columns_are_those_of_the_tables_and_of_the_readings(self) -> None:
        columns = {
            (table.name, column.name)
            for table in metadata.sorted_tables
            for column in table.c
            if isinstance(column.type, SealedBytes)
        }
        assert {(each.table.name, each.column) for each in SEALED} == columns
        read = {(each.table.name, each.column) for noun in NOUNS.values() for each in noun.bundles.values()}
        # Opened in an accounting of disclosures, which is no reading of rows (fac.casework.accounted_disclosure).
        assert read | {("disclosure_persons", "recipient")} == columns
        shown = {
            (noun.table.name, source.bundle)
            for noun in NOUNS.values()
            for source in noun.fields.values()
            if isinstance(source, SealedKey)
        }
        assert shown == read
        for each in SEALED:
            assert {each.subject, each.goes_with} <= set(each.table.c.keys())
            assert (len(each.classes) > 1) == bool(each.told_by)
            assert not each.told_by or each.told_by in each.table.c

    def test_a_table_of_nobody_served_names_no_person_and_no_case(self) -> None:
        tables = {each.name: each for each in metadata.sorted_tables}
        assert tables.keys() >= OF_NOBODY_SERVED
        for name in OF_NOBODY_SERVED:
            assert not {"person_id", "case_id", "subject_id"} & set(tables[name].c.keys()), name
            assert not any(isinstance(each.type, SealedBytes) for each in tables[name].c), name

    def test_a_trace_names_its_person_or_case(self) -> None:
        for each in TRACES:
            assert set(each.named_by) <= set(each.table.c.keys())
            assert is_tenant(each.table)
        assert all(each.goes_with in each.table.c for each in SEALED)
