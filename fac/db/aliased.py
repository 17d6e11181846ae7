"""Tables under other names, lent to one statement after another.

An alias makes a copy of every column of its table when it is first asked for one. A read of a case has some hundreds
of aliases and asks each for two or three columns: making them anew was more than half of the time a read took to
compile. An alias carries no name until its statement is compiled, so that the next statement may use it again.
Never: lend one alias twice within a statement: it would be one row in two places.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import FromClause, Table

_MADE: dict[Table, list[FromClause]] = defaultdict(list)
_LENT: ContextVar[dict[Table, int] | None] = ContextVar("aliases lent to the statement at hand", default=None)


@contextmanager
def one_statement() -> Iterator[None]:
    """Let what is built meanwhile be one statement, whose aliases the next one may have again.

    A statement within a statement goes on with the aliases of the outer one. No part may be kept for another statement.
    """
    if _LENT.get() is not None:
        yield
        return
    token = _LENT.set({})
    try:
        yield
    finally:
        _LENT.reset(token)


def another(table: Table) -> FromClause:
    """Return an alias of ``table`` that the statement at hand does not have yet."""
    lent = _LENT.get()
    if lent is None:
        return table.alias()
    made, place = _MADE[table], lent.get(table, 0)
    lent[table] = place + 1
    if place == len(made):
        made.append(table.alias())
    return made[place]
