"""The wrap-only column: it carries ciphertext and refuses everything else."""

import copy
import itertools
import json
import pickle

import orjson
import pytest
from sqlalchemy import Column, LargeBinary, MetaData, Table, cast, insert, select
from sqlalchemy.dialects.postgresql import dialect as postgresql_dialect
from sqlalchemy.exc import CompileError

from fac.crypto.columns import Sealed, SealedBytes

CIPHERTEXT = b"marker-ciphertext-marker"
DIALECT = postgresql_dialect()
TABLE = Table("people", MetaData(), Column("id", LargeBinary), Column("identity_sealed", SealedBytes))
column = TABLE.c.identity_sealed
_counter = itertools.count()


def _numbered(_: object) -> str:
    return f"way{next(_counter)}"


class TestSealed:
    """The value."""

    def test_gives_its_ciphertext_only_by_name(self) -> None:
        assert Sealed(CIPHERTEXT).blob == CIPHERTEXT

    def test_repr_leaks_nothing_not_even_the_length(self) -> None:
        assert repr(Sealed(CIPHERTEXT)) == repr(Sealed(b"")) == "<Sealed>"
        assert "marker" not in repr([Sealed(CIPHERTEXT)])

    @pytest.mark.parametrize(
        "coerce",
        [
            str,
            bytes,
            hash,
            bool,
            "{}".format,
            pickle.dumps,
            copy.copy,
            copy.deepcopy,
            json.dumps,
            orjson.dumps,
            lambda sealed: sealed == Sealed(CIPHERTEXT),
            lambda sealed: sealed != CIPHERTEXT,
            lambda sealed: sealed in [b"other", CIPHERTEXT],
            lambda sealed: {sealed},
            lambda sealed: "%s" % sealed,  # noqa: UP031  # the old form goes through __str__
        ],
        ids=_numbered,
    )
    def test_refuses_to_become_anything_else(self, coerce: object) -> None:
        with pytest.raises(TypeError) as caught:
            coerce(Sealed(CIPHERTEXT))  # type: ignore[operator]
        assert "marker" not in str(caught.value)

    @pytest.mark.parametrize("value", ["text", bytearray(b"x"), memoryview(b"x"), None, 7], ids=_numbered)
    def test_wraps_bytes_only(self, value: object) -> None:
        with pytest.raises(TypeError):
            Sealed(value)  # type: ignore[arg-type]


class TestSealedBytes:
    """The column type."""

    def test_binds_sealed_and_returns_sealed(self) -> None:
        kind = SealedBytes()
        assert kind.process_bind_param(Sealed(CIPHERTEXT), DIALECT) == CIPHERTEXT
        back = kind.process_result_value(CIPHERTEXT, DIALECT)
        assert isinstance(back, Sealed)
        assert back.blob == CIPHERTEXT
        assert kind.process_bind_param(None, DIALECT) is None
        assert kind.process_result_value(None, DIALECT) is None

    @pytest.mark.parametrize("value", [b"bare", "bare", 1], ids=_numbered)
    def test_refuses_a_bare_value(self, value: object) -> None:
        with pytest.raises(TypeError) as caught:
            SealedBytes().process_bind_param(value, DIALECT)  # type: ignore[arg-type]
        assert "bare" not in str(caught.value)

    @pytest.mark.parametrize(
        "build",
        [
            lambda: column == Sealed(CIPHERTEXT),
            lambda: column != Sealed(CIPHERTEXT),
            lambda: column == None,  # noqa: E711  # the operator is what is tested
            lambda: column.like("a%"),
            lambda: column.in_([Sealed(CIPHERTEXT)]),
            lambda: column < b"a",
            lambda: b"a" + column,
            column.desc,
            lambda: column.is_(True),
            lambda: select(TABLE.c.id).where(column.between(b"a", b"b")),
        ],
        ids=_numbered,
    )
    def test_refuses_comparison_and_sorting(self, build: object) -> None:
        with pytest.raises(TypeError, match="cannot be compared or sorted"):
            build()  # type: ignore[operator]

    def test_presence_may_be_asked(self) -> None:
        assert "IS NULL" in str(select(TABLE.c.id).where(column.is_(None)))
        assert "IS NOT NULL" in str(select(TABLE.c.id).where(column.is_not(None)))

    def test_never_written_into_the_text_of_a_statement(self) -> None:
        statement = insert(TABLE).values(identity_sealed=Sealed(CIPHERTEXT))
        assert "marker" not in str(statement)
        with pytest.raises(CompileError) as caught:
            statement.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True})
        assert "marker" not in str(caught.value)

    def test_compare_and_swap_must_say_that_it_means_ciphertext(self) -> None:
        statement = select(TABLE.c.id).where(cast(column, LargeBinary) == CIPHERTEXT)
        assert "CAST" in str(statement)
