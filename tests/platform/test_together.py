"""Rows of several tables in one exchange: what goes in comes out, lists and absences too, and all of it or nothing."""

from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import ARRAY, Column, ForeignKey, Integer, MetaData, Table, Text

from fac.db.engine import Pool
from fac.db.together import Together

_own = MetaData()
boxes = Table("boxes", _own, Column("id", Integer, primary_key=True), Column("words", ARRAY(Text)))
things = Table("things", _own, Column("id", Integer), Column("box_id", Integer, ForeignKey("boxes.id")))
both = Together(things, boxes)  # what names comes before what is named
_MADE = """
CREATE TEMP TABLE boxes (id int PRIMARY KEY, words text[]);
CREATE TEMP TABLE things (id int, box_id int REFERENCES boxes);
"""
WORDS = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8), max_size=4)


class TestRowsOfSeveralTables:
    async def test_the_order_of_the_tables_does_not_matter(self, database_url: str) -> None:
        rows = {boxes: [{"id": 1, "words": ["a"]}, {"id": 2, "words": None}], things: [{"id": 7, "box_id": 2}]}
        assert await self.written(database_url, rows) == ([(1, ["a"]), (2, None)], [(7, 2)])

    async def test_a_table_without_rows_gets_none(self, database_url: str) -> None:
        assert await self.written(database_url, {boxes: [{"id": 1, "words": []}]}) == ([(1, [])], [])

    async def test_one_row_that_may_not_stand_takes_the_others_along(self, database_url: str) -> None:
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await self.written(database_url, {boxes: [{"id": 1, "words": []}], things: [{"id": 7, "box_id": 3}]})

    async def test_a_forgotten_column_or_a_foreign_table_is_a_fault_here(self, database_url: str) -> None:
        for rows in ({boxes: [{"id": 1}]}, {Table("others", MetaData()): [{"id": 1}]}):
            with pytest.raises(KeyError):
                await self.written(database_url, rows)

    @settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(lists=st.lists(WORDS, min_size=30, max_size=40))
    async def test_every_word_comes_back_as_it_went(self, database_url: str, lists: list[list[str]]) -> None:
        rows = {boxes: [{"id": place, "words": words} for place, words in enumerate(lists)]}
        assert (await self.written(database_url, rows))[0] == list(enumerate(lists))

    async def written(self, url: str, rows: Any) -> tuple[list[Any], list[Any]]:
        """Return both tables after ``rows`` were written, in a transaction that comes to nothing."""
        pool = await Pool.open(url, size=1)
        try:
            async with pool.connection() as connection:
                await connection.execute("BEGIN; " + _MADE)
                await both.run(connection, rows)
                found = [await connection.fetch(f"SELECT * FROM {name} ORDER BY id") for name in ("boxes", "things")]  # noqa: S608
                await connection.execute("ROLLBACK")
                return [tuple(row) for row in found[0]], [tuple(row) for row in found[1]]
        finally:
            await pool.close()
