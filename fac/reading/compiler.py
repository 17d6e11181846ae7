"""Objects, lists and pages compiled into the columns, joins and closures of one statement.

Never: open a seal, name a role, paste anything a client wrote.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    bindparam,
    case,
    literal_column,
    select,
    true,
    tuple_,
)

from fac.access import guard, scope
from fac.access.guard import READ
from fac.access.policy import Grant, Policy
from fac.access.standing import NOTHING, Above, Known, actor_parameter
from fac.db.aliased import another
from fac.domain.vocabulary import ALL_INFO, InfoClass, Role
from fac.errors import NotPermitted
from fac.reading import connection, shape
from fac.reading.argument import Feed, Variables, argument, cursor_feed, filter_feed, first_feed, page_size
from fac.reading.built import Built, BuiltPage, Columns
from fac.reading.catalog import NOUNS
from fac.reading.noun import Access, Many, Noun, One, Order, Plain
from fac.reading.object import ObjectCompiler
from fac.reading.scoped import Condition, Scoped, ordering, standing_of
from fac.reading.selection import Asked

_OUTLINE = InfoClass.outline.bit


class Compiler:
    """Compiles for one policy and role. What arguments and pages it met is left in ``feeds`` and ``firsts``."""

    def __init__(self, policy: Policy, role: Role, variables: Variables) -> None:
        self.policy = policy
        self.role = role
        self._variables = variables
        self.feeds: dict[str, Feed] = {}
        self.firsts: list[Any] = []
        self.classes = 0
        self.bundles = 0  # how many places hold a sealed bundle

    # -- one object ------------------------------------------------------------------------------------------------

    def an_object(
        self, noun: Noun, row: FromClause, source: FromClause, asked: Asked, columns: Columns,
        *, above: Above = NOTHING, optional: bool = False,
    ) -> Built:  # fmt: skip
        """Compile the object in ``row`` (joined in ``source``, maybe absent if ``optional``); adds its columns."""
        grants = self.grants(noun)
        asked_of = self._asked_of(grants, noun, asked)
        if not optional:  # a row of a list or a root: Scoped has left out those whose outline is denied
            asked_of = scope.once_listed(asked_of)
        if noun.record == "case" and _has_lists(noun, asked):
            above, source = self._asked_once(grants, noun, row, source, optional)
        mask, source = self._visibility(noun, asked_of, row, source, above, optional)
        seen_at = columns.add(mask)
        building = ObjectCompiler(
            self, noun, row, source, columns, grants, mask, known=above.known, is_listed=not optional
        )
        fields = [(each.key, building.getter(each)) for each in asked.below]
        shaper = shape.an_object(seen_at, fields, building.bundles)
        touchers = (*(shape.bundle_toucher(place) for place in building.bundles), *building.touchers)
        return Built(building.source, shaper, tuple(touchers))

    def grants(self, noun: Noun) -> tuple[Grant, ...]:
        """Return what the role may read of such records, by relation."""
        return self.policy.grants(self.role, READ, noun.record)

    def is_ever_readable(self, noun: Noun) -> bool:
        """Tell whether the role may read the outline of any such record at all."""
        return any(each.allowed & _OUTLINE for each in self.grants(noun))

    def mask_of(self, noun: Noun, asked: Asked) -> int:
        """Return the mask of the classes that the policy gives a field: of one, but where the row says which."""
        return self.policy.field(noun.name, asked.name).mask

    def _asked_of(self, grants: tuple[Grant, ...], noun: Noun, asked: Asked) -> tuple[Grant, ...]:
        """Return what of ``grants`` the asked fields can show: what nobody asks for is not worked out for each row."""
        wanted = _OUTLINE
        for each in asked.below:
            if each.name != "__typename":
                wanted |= ALL_INFO if isinstance(noun.fields[each.name], Access) else self.mask_of(noun, each)
        narrowed = (Grant(each.relation, each.allowed & wanted, each.denied & wanted) for each in grants)
        return tuple(each for each in narrowed if each.allowed or each.denied)

    def _asked_once(
        self, grants: tuple[Grant, ...], noun: Noun, row: FromClause, source: FromClause, optional: bool
    ) -> tuple[Above, FromClause]:
        """Return the case ``row`` with what its lists would ask of it again, and the source that asks it once."""
        known = scope.known_of_a_case(grants, standing_of(noun, row, NOTHING))
        if known is not None:
            there = row.c.id.is_not(None)
            source = source.outerjoin(known.source, there) if optional else source.join(known.source, true())
        return Above(case=row, known=known), source

    def _visibility(
        self, noun: Noun, grants: tuple[Grant, ...], row: FromClause, source: FromClause,
        above: Above, optional: bool,
    ) -> tuple[ColumnElement[Any], FromClause]:  # fmt: skip
        """Return the row's mask and the source that computes it once a row (LATERAL ... OFFSET 0)."""
        if noun.inherits:
            ever = 0
            for each in grants:
                ever |= each.allowed
            inherited: ColumnElement[Any] = literal_column(str(noun.inherits & ever))
            return (case((row.c.id.is_not(None), inherited)) if optional else inherited), source
        standing = standing_of(noun, row, above)
        if all(each.relation == scope.ALWAYS_HELD for each in grants) or scope.is_known(grants, standing):
            mask: ColumnElement[Any] = scope.visible(grants, standing)
            return (case((row.c.id.is_not(None), mask)) if optional else mask), source
        seen = (
            select(scope.visible(grants, standing).label("mask"))
            .offset(literal_column("0"))
            .correlate(row, *above.rows)
            .lateral()
        )
        joined = source.outerjoin(seen, row.c.id.is_not(None)) if optional else source.join(seen, true())
        return seen.c.mask, joined

    # -- lists -----------------------------------------------------------------------------------------------------

    def a_page(self, noun: Noun, scoped: Scoped, asked: Asked, order: Order, above: Above = NOTHING) -> BuiltPage:
        """Compile a connection over the rows of ``scoped``."""
        self.refuse_oracle(noun, order.column)
        size = page_size(argument(asked, "first", self._variables))
        page = scoped.page(order, size + 1, self._beyond(asked, noun, order)).subquery()
        columns = Columns()
        places = (columns.add(page.c[order.column]), columns.add(page.c.id))
        source: FromClause = page
        shapers: dict[int, shape.Shaper] = {}
        touchers: list[shape.Toucher] = []
        for item in _items(asked):
            built = self.an_object(noun, page, source, item, columns, above=above)
            source = built.source
            shapers[id(item)] = built.shaper
            touchers.extend(built.touchers)
        self.firsts.append(first_feed(asked))
        return BuiltPage(
            rows=select(*columns.labelled())
            .select_from(source)
            .order_by(*ordering(page, order))
            .correlate(*scoped.outer),
            columns=columns,
            total=scoped.count() if any(each.name == "totalCount" for each in asked.below) else None,
            slot=len(self.firsts) - 1,
            answer=connection.a_page(noun.name, asked, shapers, *places),
            touchers=tuple(touchers),
        )

    def under(
        self, noun: Noun, many: Many, row: FromClause, known: Known | None, asked: Asked, *, is_listed: bool
    ) -> tuple[Noun, Scoped, Above]:
        """Return the child noun of a list under ``row``, its scope, and what ``row`` is to a child.

        ``known`` was asked of the row already; ``is_listed``: it was let through by what bars its own kind.
        """
        child = NOUNS[many.noun]
        above = NOTHING
        if noun.record == "case" and many.column == "case_id":
            above = Above(case=row, known=known)
        elif noun.name == "Referral" and many.via is not None:
            above = Above(referral=row)
        conditions: list[Condition] = [_linked_to(many, row), *self.filters(asked, child, many.filters, "eq")]
        if many.is_null:
            conditions.append(lambda table: table.c[many.is_null].is_(None))
        is_of_listed_case = is_listed and above.case is row
        met = scope.barred(self.grants(noun), standing_of(noun, row, NOTHING)) if is_of_listed_case else ()
        outer = (row,) if above.known is None else (row, above.known.source)
        return child, Scoped(child, self.grants(child), conditions, above, outer, met), above

    def filters(self, asked: Asked, noun: Noun, columns: Mapping[str, str], operator: str) -> list[Condition]:
        """Return the conditions of the given filter arguments; those absent or null ask nothing."""
        found: list[Condition] = []
        for name, column in columns.items():
            if argument(asked, name, self._variables) is None:
                continue
            self.refuse_oracle(noun, column)
            kind = noun.table.c[column].type
            bind = self.feed(filter_feed(asked, name, kind.python_type), kind)
            found.append(_compared(column, bind, operator))
        return found

    def refuse_oracle(self, noun: Noun, column: str) -> None:
        """Raise NotPermitted unless the role sees what ``column`` holds in every row of the noun it can list."""
        info = self._class_of(noun, column)
        if not noun.inherits & info.bit and not guard.sees_in_every_row(self.policy, self.role, noun.record, info):
            raise NotPermitted(guard.Reason.not_for_your_role)

    def _class_of(self, noun: Noun, column: str) -> InfoClass:
        shown = [
            name for name, source in noun.fields.items() if isinstance(source, Plain | One) and source.column == column
        ]
        if not shown and column != "created_at":  # when a row was made is outline, shown or not
            raise LookupError(f"no field of {noun.name} shows {column}, so nothing says what class it is")
        return self.policy.field(noun.name, shown[0]).info if shown else InfoClass.outline

    def feed(self, feed: Feed, kind: Any) -> ColumnElement[Any]:
        """Return a parameter that ``feed`` fills at each request."""
        name = f"a{len(self.feeds)}"
        self.feeds[name] = feed
        return bindparam(name, type_=kind, required=True)

    def _beyond(self, asked: Asked, noun: Noun, order: Order) -> Condition | None:
        if argument(asked, "after", self._variables) is None:
            return None
        kind, id_kind = noun.table.c[order.column].type, noun.table.c.id.type
        place = tuple_(
            self.feed(cursor_feed(asked, kind.python_type, 0), kind),
            self.feed(cursor_feed(asked, kind.python_type, 1), id_kind),
        )

        def beyond(table: FromClause) -> ColumnElement[bool]:
            here = tuple_(table.c[order.column], table.c.id)
            return here < place if order.descending else here > place

        return beyond


def _items(asked: Asked) -> list[Asked]:
    found = [each for each in asked.below if each.name == "nodes"]
    for edges in (each for each in asked.below if each.name == "edges"):
        found.extend(each for each in edges.below if each.name == "node")
    return found


def _has_lists(noun: Noun, asked: Asked) -> bool:
    return any(isinstance(noun.fields.get(each.name), Many) for each in asked.below)


def _compared(column: str, bind: ColumnElement[Any], operator: str) -> Condition:
    return lambda table: table.c[column] == bind if operator == "eq" else table.c[column] <= bind


def _linked_to(many: Many, row: FromClause) -> Condition:
    """Return the condition that a child hangs on ``row``: by its own column, or through the link table."""
    if many.via is None:
        return lambda table: table.c[many.column] == row.c.id
    via, link = many.via, another(many.via.table)
    linked = select(link.c[via.far]).where(
        link.c.incident_id == actor_parameter("incident"), link.c[via.near] == row.c.id
    )
    return lambda table: table.c.id.in_(linked.correlate(row))
