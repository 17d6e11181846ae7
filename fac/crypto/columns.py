"""The column type of sealed values: it wraps and unwraps ciphertext, and nothing else.

A column has no row at hand, so it could not tell a swapped ciphertext from the right one; opening belongs to the
disclosure module, which knows the row and holds a permit.
Never: decrypt on load; print, compare or accept a bare value.
"""

from collections.abc import Callable
from typing import Any, Final, NoReturn, SupportsIndex

from sqlalchemy import Integer, LargeBinary, case, func, literal_column, type_coerce
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeDecorator

# The byte of a bundle's header that holds the code of the class it is sealed under (fac.crypto.envelope).
CLASS_AT: Final = 3
_PRESENCE = (operators.is_, operators.is_not)


def sealed_as(column: ColumnElement[Any]) -> ColumnElement[int | None]:
    """Return, in SQL, the code of the class that a bundle says it is sealed under; NULL for an absent or erased one.

    Whoever writes another code there makes the bundle unreadable: the header is authenticated with it.
    """
    blob = type_coerce(column, LargeBinary)
    place: ColumnElement[int] = literal_column(str(CLASS_AT), Integer)
    return case((func.octet_length(blob) > place, func.get_byte(blob, place, type_=Integer)))


class Sealed:
    """Ciphertext on its way between a row and the disclosure module.

    Comparing, hashing, printing, copying, pickling and JSON-encoding raise TypeError: ciphertext is personal data by
    law (34 USC 12291(b)(2)) and must not wander into a log, a cache key or a job row.
    """

    __slots__ = ("_blob",)

    def __init__(self, blob: bytes) -> None:
        if type(blob) is not bytes:
            raise TypeError("Sealed wraps ciphertext bytes only")
        self._blob = blob

    @property
    def blob(self) -> bytes:
        """The ciphertext, for the database driver and the disclosure module."""
        return self._blob

    def __repr__(self) -> str:
        return "<Sealed>"

    def __str__(self) -> NoReturn:
        raise TypeError("a sealed value has no text")

    def __format__(self, spec: str) -> NoReturn:
        raise TypeError("a sealed value has no text")

    def __bytes__(self) -> NoReturn:
        raise TypeError("a sealed value is not bytes; name .blob where ciphertext is meant")

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("sealed values cannot be compared")

    def __ne__(self, other: object) -> NoReturn:
        raise TypeError("sealed values cannot be compared")

    def __hash__(self) -> NoReturn:
        raise TypeError("sealed values cannot be hashed")

    def __bool__(self) -> NoReturn:
        raise TypeError("a sealed value has no truth; ask whether it is None")

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("sealed values cannot be pickled or copied")


class SealedBytes(TypeDecorator[Sealed]):
    """``bytea`` that binds only :class:`Sealed` and returns only :class:`Sealed`; NULL stays None."""

    impl = LargeBinary
    cache_ok = True

    class comparator_factory(TypeDecorator.Comparator[Sealed]):  # noqa: N801  # the name is SQLAlchemy's
        """Refuses every operator but the question of presence: a filter or a sort on ciphertext is a mistake."""

        def operate(self, op: Callable[..., Any], *other: Any, **kwargs: Any) -> ColumnElement[Any]:
            if op in _PRESENCE and other == (None,):
                return super().operate(op, *other, **kwargs)
            raise TypeError("a sealed column cannot be compared or sorted")

        def reverse_operate(self, op: Callable[..., Any], other: Any, **kwargs: Any) -> NoReturn:
            raise TypeError("a sealed column cannot be compared or sorted")

    def process_bind_param(self, value: Sealed | None, dialect: Dialect) -> bytes | None:
        """Return the ciphertext of ``value``; anything that is not Sealed or None raises TypeError."""
        if value is None:
            return None
        if type(value) is not Sealed:
            raise TypeError("a sealed column takes Sealed values only")
        return value.blob

    def process_literal_param(self, value: Sealed | None, dialect: Dialect) -> NoReturn:
        """Refuse to write ciphertext into the text of a statement."""
        raise TypeError("a sealed value is never a literal")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Sealed | None:
        """Wrap what the driver returned."""
        return None if value is None else Sealed(bytes(value))
