"""A selection compiled for one role into ONE statement and one shaping function.

To-one objects are joined by primary key, to-many lists are arrays of rows, so N+1 cannot happen. What the role may
never see is not selected at all; what depends on the row is decided in the statement, once a row, by the mask that
fac.access.scope renders. Nothing a client wrote is pasted into SQL: arguments travel as parameters, page sizes come
from a fixed set, response keys stay in Python.
Never: open a seal, name a role.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, FromClause, Uuid, any_, func, select

from fac.access.actor import Actor
from fac.access.glass import may_break, standing_glass
from fac.access.policy import Policy
from fac.access.standing import actor_parameter, facts_about
from fac.db.aliased import one_statement
from fac.db.statement import Statement
from fac.domain.vocabulary import Role
from fac.errors import NotPermitted
from fac.reading import shape
from fac.reading.argument import Feed, Variables, id_feed
from fac.reading.built import Columns
from fac.reading.catalog import NOUNS
from fac.reading.compiler import Compiler
from fac.reading.noun import Noun, Root
from fac.reading.scoped import Condition, Scoped
from fac.reading.selection import Asked


@dataclass(frozen=True, slots=True)
class Plan:
    """One compiled read. ``classes`` is the mask of sealed classes it may open; run it with ``fac.reading.read``."""

    root: Root
    statement: Statement
    feeds: Mapping[str, Feed]
    firsts: Sequence[Callable[[Variables], int]]
    touchers: Sequence[shape.Toucher]
    answer: Callable[[Sequence[Any], shape.Answering], Any]
    classes: int
    slot: int | None  # of the page whose rows the statement's rows are
    asks_glass: bool  # the last column of each row is the reader's broken glass (fac.access.glass)

    def arguments(self, actor: Actor, now: datetime, variables: Variables) -> list[Any]:
        """Return the statement's arguments; raises InvalidInput for a malformed cursor or date."""
        values = facts_about(actor, now)
        for name, feed in self.feeds.items():
            values[name] = feed(actor.incident_id, variables)
        return self.statement.arguments(values)

    def touch(self, rows: Sequence[Any], touched: shape.Touched, variables: Variables) -> None:
        """Note whose sealed values, of which classes, the rows hold: those that will be shown."""
        touched.firsts = [feed(variables) for feed in self.firsts]
        for row in rows if self.slot is None else rows[: touched.firsts[self.slot]]:
            for toucher in self.touchers:
                toucher(row, touched)

    def shape(self, rows: Sequence[Any], answering: shape.Answering, variables: Variables) -> Any:
        """Return the answer, keyed by response keys."""
        answering.firsts = [feed(variables) for feed in self.firsts]
        return self.answer(rows, answering)


@one_statement()
def compile_plan(policy: Policy, role: Role, root: Root, asked: Asked, variables: Variables) -> Plan | None:
    """Return the plan of ``asked``, or None when the role may never read such a record, or not by such a filter."""
    noun = NOUNS[root.noun]
    compiler = Compiler(policy, role, variables)
    if not compiler.is_ever_readable(noun):
        return None
    build = _single if root.order is None else _page
    try:
        scoped = Scoped(noun, compiler.grants(noun), _root_conditions(compiler, root, noun, asked))
        return build(compiler, root, noun, scoped, asked)
    except NotPermitted:
        return None


def _root_conditions(compiler: Compiler, root: Root, noun: Noun, asked: Asked) -> list[Condition]:
    found = compiler.filters(asked, noun, root.filters, "eq") + compiler.filters(asked, noun, root.upto, "le")
    if root.not_null:
        found.append(lambda table: table.c[root.not_null].is_not(None))
    if root.is_null:
        found.append(lambda table: table.c[root.is_null].is_(None))
    if root.where is not None:
        found.append(root.where)
    if root.mine:
        found.append(lambda table: table.c[root.mine] == actor_parameter("me"))
    if root.among:
        listed = compiler.feed(lambda _incident_id, variables: variables[root.among], ARRAY(Uuid))
        found.append(lambda table: table.c.id == any_(listed))
    return found


def _single(compiler: Compiler, root: Root, noun: Noun, scoped: Scoped, asked: Asked) -> Plan:
    wanted = (
        actor_parameter(root.fixed) if root.fixed else compiler.feed(id_feed(asked, "id", noun), noun.table.c.id.type)
    )
    row: FromClause = scoped.one(wanted).subquery()
    columns = Columns()
    built = compiler.an_object(noun, row, row, asked, columns)

    def answer(rows: Sequence[Any], answering: shape.Answering) -> Any:
        return built.shaper(rows[0], answering) if rows else None

    statement = select(*columns.labelled()).select_from(built.source)
    return _plan(compiler, root, noun, statement, built.touchers, answer)


def _page(compiler: Compiler, root: Root, noun: Noun, scoped: Scoped, asked: Asked) -> Plan:
    if root.order is None:
        raise TypeError(f"{root.name} is not a list")
    page = compiler.a_page(noun, scoped, asked, root.order)
    if page.total is None:

        def answer(rows: Sequence[Any], answering: shape.Answering) -> Any:
            return page.answer(rows, None, answering.firsts[page.slot], answering)

        return _plan(compiler, root, noun, page.rows, page.touchers, answer, slot=page.slot)

    # With the count asked for, the page travels as one array beside it: an empty page has a count too.
    packed = page.rows.with_only_columns(func.row(*page.columns.items)).scalar_subquery()
    statement = select(func.array(packed).label("page"), page.total.label("total"))

    def answer_with_total(rows: Sequence[Any], answering: shape.Answering) -> Any:
        items, total = rows[0][:2]
        return page.answer(items, total, answering.firsts[page.slot], answering)

    return _plan(compiler, root, noun, statement, (shape.list_toucher(0, page.touchers, page.slot),), answer_with_total)


def _plan(
    compiler: Compiler, root: Root, noun: Noun, statement: Any, touchers: Any, answer: Any, *, slot: int | None = None
) -> Plan:
    asks_glass = may_break(compiler.policy, compiler.role)
    if asks_glass:
        statement = statement.add_columns(standing_glass().label("glass"))
    return Plan(
        root=root,
        statement=Statement(statement, across_incidents=noun.is_global, remembered=False),
        feeds=compiler.feeds,
        firsts=compiler.firsts,
        touchers=touchers,
        answer=answer,
        classes=compiler.classes,
        slot=slot,
        asks_glass=asks_glass,
    )
