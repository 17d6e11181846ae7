"""Objects, lists and pages compiled into the columns, joins and closures of one statement.

Never: open a seal, name a role, paste anything a client wrote.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    select,
    true,
    tuple_,
)

from fac.access import scope
from fac.access.policy import Grant, Policy
from fac.access.relation import WITH_RELEASE, actor_parameter
from fac.db.keys import data_keys
from fac.domain.vocabulary import ALL_INFO, InfoClass, Role
from fac.reading import shape
from fac.reading.argument import Feed, Variables, argument, cursor_feed, filter_feed, first_feed, page_size
from fac.reading.catalog import NOUNS
from fac.reading.noun import LIST_LIMIT, Access, Classes, Many, Noun, One, Order, Plain, SealedKey
from fac.reading.scoped import Condition, Scoped, ordering, standing_of
from fac.reading.selection import Asked

READ = "read"
_OUTLINE = InfoClass.outline.bit


@dataclass(slots=True)
class Columns:
    """The flat row under construction."""

    items: list[ColumnElement[Any]] = field(default_factory=list)
    _places: dict[int, int] = field(default_factory=dict)  # by identity: comparing columns would make SQL

    def add(self, column: ColumnElement[Any]) -> int:
        """Return the place of a column, which is added unless it is there already."""
        place = self._places.setdefault(id(column), len(self.items))
        if place == len(self.items):
            self.items.append(column)
        return place

    def labelled(self) -> list[ColumnElement[Any]]:
        """Return the columns under names of their own, for the outermost SELECT."""
        return [column.label(f"c{place}") for place, column in enumerate(self.items)]


@dataclass(frozen=True, slots=True)
class Built:
    """A compiled object or list: what it is read from, how its rows are shaped, what they would disclose."""

    source: FromClause
    shaper: shape.Shaper
    touchers: tuple[shape.Toucher, ...]


@dataclass(frozen=True, slots=True)
class BuiltPage:
    """A compiled connection: its rows as a SELECT, and the function from rows to answer."""

    rows: Select[Any]
    columns: Columns
    total: ColumnElement[int] | None
    slot: int
    answer: shape.PageShaper
    touchers: tuple[shape.Toucher, ...]


class Compiler:
    """Compiles for one policy and role. What arguments and pages it met is left in ``feeds`` and ``firsts``."""

    def __init__(self, policy: Policy, role: Role, variables: Variables) -> None:
        self._policy = policy
        self._role = role
        self._variables = variables
        self.feeds: dict[str, Feed] = {}
        self.firsts: list[Any] = []
        self.classes = 0
        self.bundles = 0  # how many places hold a sealed bundle

    # -- one object ------------------------------------------------------------------------------------------------

    def an_object(
        self, noun: Noun, row: FromClause, source: FromClause, asked: Asked, columns: Columns,
        *, case_row: FromClause | None = None, optional: bool = False,
    ) -> Built:  # fmt: skip
        """Compile the object in ``row`` (joined in ``source``, maybe absent if ``optional``); adds its columns."""
        grants = self.grants(noun)
        mask, source = self._visibility(noun, self._asked_of(grants, noun, asked), row, source, case_row, optional)
        seen_at = columns.add(mask)
        building = _Object(self, noun, row, source, columns, grants, mask)
        fields = [(each.key, building.getter(each)) for each in asked.below]
        shaper = shape.an_object(seen_at, fields, building.bundles)
        touchers = (*(shape.bundle_toucher(place) for place in building.bundles), *building.touchers)
        return Built(building.source, shaper, tuple(touchers))

    def grants(self, noun: Noun) -> tuple[Grant, ...]:
        """Return what the role may read of such records, by relation."""
        return self._policy.grants(self._role, READ, noun.record)

    def is_ever_readable(self, noun: Noun) -> bool:
        """Tell whether the role may read the outline of any such record at all."""
        return any(each.allowed & _OUTLINE for each in self.grants(noun))

    def bit_of(self, noun: Noun, asked: Asked) -> int:
        """Return the bit of the class that the policy gives a field."""
        return self._policy.field(noun.name, asked.name).info.bit

    def _asked_of(self, grants: tuple[Grant, ...], noun: Noun, asked: Asked) -> tuple[Grant, ...]:
        """Return what of ``grants`` the asked fields can show: what nobody asks for is not worked out for each row."""
        wanted = _OUTLINE
        for each in asked.below:
            if each.name != "__typename":
                wanted |= ALL_INFO if isinstance(noun.fields[each.name], Access) else self.bit_of(noun, each)
        narrowed = (Grant(each.relation, each.allowed & wanted, each.denied & wanted) for each in grants)
        return tuple(each for each in narrowed if each.allowed or each.denied)

    def _visibility(
        self, noun: Noun, grants: tuple[Grant, ...], row: FromClause, source: FromClause,
        case_row: FromClause | None, optional: bool,
    ) -> tuple[ColumnElement[Any], FromClause]:  # fmt: skip
        """Return the row's mask and the source that computes it once a row (LATERAL ... OFFSET 0)."""
        if noun.inherits:
            ever = 0
            for each in grants:
                ever |= each.allowed
            inherited: ColumnElement[Any] = literal_column(str(noun.inherits & ever))
            return (case((row.c.id.is_not(None), inherited)) if optional else inherited), source
        standing = standing_of(noun, row, case_row)
        if all(each.relation == "my_incident" for each in grants):
            mask: ColumnElement[Any] = scope.visible(grants, standing)
            return (case((row.c.id.is_not(None), mask)) if optional else mask), source
        seen = (
            select(scope.visible(grants, standing).label("mask"))
            .offset(literal_column("0"))
            .correlate(row, *(() if case_row is None else (case_row,)))
            .lateral()
        )
        joined = source.outerjoin(seen, row.c.id.is_not(None)) if optional else source.join(seen, true())
        return seen.c.mask, joined

    # -- lists -----------------------------------------------------------------------------------------------------

    def a_page(
        self, noun: Noun, scoped: Scoped, asked: Asked, order: Order, case_row: FromClause | None = None
    ) -> BuiltPage:
        """Compile a connection over the rows of ``scoped``."""
        size = page_size(argument(asked, "first", self._variables))
        page = scoped.page(order, size + 1, self._beyond(asked, noun, order)).subquery()
        columns = Columns()
        places = (columns.add(page.c[order.column]), columns.add(page.c.id))
        source: FromClause = page
        shapers: dict[int, shape.Shaper] = {}
        touchers: list[shape.Toucher] = []
        for item in _items(asked):
            built = self.an_object(noun, page, source, item, columns, case_row=case_row)
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
            answer=shape.a_page(noun.name, asked, shapers, *places),
            touchers=tuple(touchers),
        )

    def under(self, noun: Noun, many: Many, row: FromClause, asked: Asked) -> tuple[Noun, Scoped, FromClause | None]:
        """Return the child noun of a list under ``row``, its scope, and the row of the case where that is ``row``."""
        child = NOUNS[many.noun]
        case_row = row if noun.record == "case" and many.column == "case_id" else None
        conditions: list[Condition] = [_linked_to(many, row), *self.filters(asked, child, many.filters, "eq")]
        return child, Scoped(child, self.grants(child), conditions, case_row, (row,)), case_row

    def filters(self, asked: Asked, noun: Noun, columns: Mapping[str, str], operator: str) -> list[Condition]:
        """Return the conditions of the given filter arguments; those absent or null ask nothing."""
        found: list[Condition] = []
        for name, column in columns.items():
            if argument(asked, name, self._variables) is None:
                continue
            kind = noun.table.c[column].type
            bind = self.feed(filter_feed(asked, name, kind.python_type), kind)
            found.append(_compared(column, bind, operator))
        return found

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


class _Object:
    """One object while its fields are compiled."""

    def __init__(
        self, compiler: Compiler, noun: Noun, row: FromClause, source: FromClause, columns: Columns,
        grants: tuple[Grant, ...], mask: ColumnElement[Any],
    ) -> None:  # fmt: skip
        self._compiler, self._noun, self._row, self._columns, self._mask = compiler, noun, row, columns, mask
        self.source = source
        self.bundles: list[shape.BundlePlace] = []
        self.touchers: list[shape.Toucher] = []
        self._bundle_places: dict[str, int] = {}
        self._ever = 0
        for each in grants:
            self._ever |= each.allowed
        self._by_release = sum(each.allowed for each in grants if each.relation == WITH_RELEASE)

    def getter(self, asked: Asked) -> shape.Getter | shape.Cell:
        """Return what fills one asked field; a class the role may never see is not selected at all."""
        if asked.name == "__typename":
            return shape.constant(self._noun.name)
        bit = self._compiler.bit_of(self._noun, asked)
        source = self._noun.fields[asked.name]
        if isinstance(source, Access):
            return self._access(asked)
        if not bit & self._ever:
            return shape.constant(None)
        match source:
            case Plain("id"):
                noun = self._noun
                return shape.reference(self._columns.add(self._row.c.id), bit, noun.code, noun.is_global)
            case Plain(column):
                return shape.column(self._columns.add(self._row.c[column]), bit)
            case Classes(column):
                return shape.classes(self._columns.add(self._row.c[column]), bit)
            case SealedKey(bundle, key):
                return shape.sealed(self._bundle(bundle), key)
            case One():
                return self._one(source, asked, bit)
            case Many():
                return self._many(source, asked)
        raise TypeError(asked.name)

    def _bundle(self, name: str) -> int:
        """Return the place of a sealed bundle among the object's, selecting it and its key at first use."""
        if name in self._bundle_places:
            return self._bundle_places[name]
        bundle, key = self._noun.bundles[name], data_keys.alias()
        may_see = self._mask.op("&", precedence=10)(literal_column(str(bundle.info.bit))) != literal_column("0")
        subject = self._row.c[bundle.subject]
        self.source = self.source.outerjoin(
            key,
            and_(
                key.c.incident_id == actor_parameter("incident"),
                key.c.subject_id == subject,
                key.c.info == literal_column(str(bundle.info.code)),
                may_see,
            ),
        )
        add = self._columns.add
        self.bundles.append(
            shape.BundlePlace(
                table=self._noun.table.name,
                info=bundle.info,
                blob=add(case((may_see, self._row.c[bundle.column]))),
                row_id=add(self._row.c.id),
                subject_id=add(subject),
                epoch=add(key.c.epoch),
                version=add(key.c.version),
                wrapped=add(key.c.wrapped),
                number=self._compiler.bundles,
            )
        )
        self._compiler.bundles += 1
        self._compiler.classes |= bundle.info.bit
        self._bundle_places[name] = len(self.bundles) - 1
        return self._bundle_places[name]

    def _one(self, one: One, asked: Asked, bit: int) -> shape.Getter:
        noun = NOUNS[one.noun]
        if not self._compiler.is_ever_readable(noun):
            return shape.constant(None)
        target = noun.table.alias()
        same = [] if noun.is_global else [target.c.incident_id == actor_parameter("incident")]
        self.source = self.source.outerjoin(target, and_(*same, target.c.id == self._row.c[one.column]))
        built = self._compiler.an_object(noun, target, self.source, asked, self._columns, optional=True)
        self.source = built.source
        self.touchers.extend(built.touchers)
        return shape.nested(built.shaper, bit)

    def _many(self, many: Many, asked: Asked) -> shape.Getter:
        child, scoped, case_row = self._compiler.under(self._noun, many, self._row, asked)
        if not self._compiler.is_ever_readable(child):
            return shape.empty_page(child.name, asked) if many.paged else shape.constant([])
        outer = (self._row,)
        if many.paged:
            page = self._compiler.a_page(child, scoped, asked, many.order, case_row)
            place = self._columns.add(_array(page.columns, page.rows, outer))
            total = None if page.total is None else self._columns.add(page.total)
            self.touchers.append(shape.list_toucher(place, page.touchers))
            return shape.a_connection(place, total, page.slot, page.answer)
        rows = scoped.page(many.order, LIST_LIMIT, None).subquery()
        columns = Columns()
        built = self._compiler.an_object(child, rows, rows, asked, columns, case_row=case_row)
        chosen = select(*columns.items).select_from(built.source).order_by(*ordering(rows, many.order))
        place = self._columns.add(_array(columns, chosen, outer))
        self.touchers.append(shape.list_toucher(place, built.touchers))
        return shape.a_list(place, built.shaper)

    def _access(self, asked: Asked) -> shape.Getter:
        known = 0
        for name in self._noun.fields:
            if not isinstance(self._noun.fields[name], Access):
                known |= self._compiler.bit_of(self._noun, Asked(name, name, (), ()))
        return shape.access(asked, known, self._by_release, self.bundles)


def _array(columns: Columns, rows: Select[Any], outer: tuple[FromClause, ...]) -> ColumnElement[Any]:
    # The built-in column types inside row() keep bytea raw on the wire.
    packed = rows.with_only_columns(func.row(*columns.items)).correlate(*outer)
    return func.array(packed.scalar_subquery())


def _items(asked: Asked) -> list[Asked]:
    found = [each for each in asked.below if each.name == "nodes"]
    for edges in (each for each in asked.below if each.name == "edges"):
        found.extend(each for each in edges.below if each.name == "node")
    return found


def _compared(column: str, bind: ColumnElement[Any], operator: str) -> Condition:
    return lambda table: table.c[column] == bind if operator == "eq" else table.c[column] <= bind


def _linked_to(many: Many, row: FromClause) -> Condition:
    """Return the condition that a child hangs on ``row``: by its own column, or through the link table."""
    if many.via is None:
        return lambda table: table.c[many.column] == row.c.id
    via, link = many.via, many.via.table.alias()
    linked = select(link.c[via.far]).where(
        link.c.incident_id == actor_parameter("incident"), link.c[via.near] == row.c.id
    )
    return lambda table: table.c.id.in_(linked.correlate(row))
