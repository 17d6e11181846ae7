"""One object compiled: its fields, its sealed bundles, the objects joined to it and the lists under it.

Never: select what the role may never see, or a bundle whose bit is not set in the row.
"""

from typing import TYPE_CHECKING, Any, assert_never

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, literal_column, select

from fac.access.guard import why_hidden
from fac.access.policy import Grant
from fac.access.standing import Known, actor_parameter
from fac.crypto.columns import sealed_as
from fac.db.aliased import another
from fac.db.keys import data_keys
from fac.domain.vocabulary import InfoClass, classes_of
from fac.reading import connection, shape
from fac.reading.access_object import access
from fac.reading.built import Columns
from fac.reading.catalog import NOUNS
from fac.reading.noun import LIST_LIMIT, Access, Classes, Flag, Many, Notice, Noun, One, Plain, SealedKey
from fac.reading.scoped import ordering
from fac.reading.selection import Asked

if TYPE_CHECKING:
    from fac.reading.compiler import Compiler


class ObjectCompiler:
    """One object while its fields are compiled."""

    def __init__(
        self, compiler: "Compiler", noun: Noun, row: FromClause, source: FromClause, columns: Columns,
        grants: tuple[Grant, ...], mask: ColumnElement[Any], *, known: Known | None, is_listed: bool,
    ) -> None:  # fmt: skip
        self._compiler, self._noun, self._row, self._columns, self._mask = compiler, noun, row, columns, mask
        self._known = known
        self._is_listed = is_listed
        self.source = source
        self.bundles: list[shape.BundlePlace] = []
        self.touchers: list[shape.Toucher] = []
        self._bundle_places: dict[str, int] = {}
        self._ever = 0
        for each in grants:
            self._ever |= each.allowed

    def getter(self, asked: Asked) -> shape.Part:
        """Return what fills one asked field; a class the role may never see is not selected at all."""
        if asked.name == "__typename":
            return shape.constant(self._noun.name)
        bit = self._compiler.mask_of(self._noun, asked)
        source = self._noun.fields[asked.name]
        if isinstance(source, Access):
            return self._access(asked)
        if not bit & self._ever:
            return shape.constant(None)
        match source:
            case Plain() | Classes() | Notice() | Flag():
                return self._in_the_row(source, bit)
            case SealedKey(bundle, key):
                return shape.sealed(self._bundle(bundle), key)
            case One():
                return self._one(source, asked, bit)
            case Many():
                return self._many(source, asked)
        raise TypeError(asked.name)

    def _in_the_row(self, source: Plain | Classes | Notice | Flag, bit: int) -> shape.Part:
        match source:
            case Plain("id"):
                noun = self._noun
                return shape.reference(self._columns.add(self._row.c.id), bit, noun.code, noun.is_global)
            case Plain(column):
                return shape.column(self._columns.add(self._row.c[column]), bit)
            case Classes(column):
                return shape.classes(self._columns.add(self._row.c[column]), bit)
            case Notice(text, when):
                return shape.notice(self._columns.add(when(self._row)), bit, text)
            case Flag(holds):
                return shape.column(self._columns.add(holds(self._row)), bit)
        assert_never(source)

    def _bundle(self, name: str) -> int:
        """Return the place of a sealed bundle among the object's, selecting it and its key at first use."""
        if name in self._bundle_places:
            return self._bundle_places[name]
        bundle, key = self._noun.bundles[name], another(data_keys)
        told = self._row.c[bundle.told_by] if bundle.told_by else None
        may_see = _sees(self._mask, bundle.classes[0] if told is None else told)
        subject, blob = self._row.c[bundle.subject], self._row.c[bundle.column]
        sealed_under = literal_column(str(bundle.classes[0].code)) if bundle.formerly is None else sealed_as(blob)
        self.source = self.source.outerjoin(
            key,
            and_(
                key.c.incident_id == actor_parameter("incident"),
                key.c.subject_id == subject,
                key.c.info == sealed_under,
                may_see,
            ),
        )
        add = self._columns.add
        self.bundles.append(
            shape.BundlePlace(
                table=self._noun.table.name,
                classes=bundle.classes,
                formerly=bundle.formerly,
                told_at=None if told is None else add(told),
                blob=add(case((may_see, blob))),
                row_id=add(self._row.c.id),
                subject_id=add(subject),
                epoch=add(key.c.epoch),
                version=add(key.c.version),
                wrapped=add(key.c.wrapped),
                number=self._compiler.bundles,
            )
        )
        self._compiler.bundles += 1
        self._compiler.classes |= bundle.mask
        self._bundle_places[name] = len(self.bundles) - 1
        return self._bundle_places[name]

    def _one(self, one: One, asked: Asked, bit: int) -> shape.Part:
        noun = NOUNS[one.noun]
        if not self._compiler.is_ever_readable(noun):
            return shape.constant(None)
        target = another(noun.table)
        same = [] if noun.is_global else [target.c.incident_id == actor_parameter("incident")]
        self.source = self.source.outerjoin(target, and_(*same, target.c.id == self._row.c[one.column]))
        built = self._compiler.an_object(noun, target, self.source, asked, self._columns, optional=True)
        self.source = built.source
        self.touchers.extend(built.touchers)
        return shape.nested(built.shaper, bit)

    def _many(self, many: Many, asked: Asked) -> shape.Part:
        child, scoped, above = self._compiler.under(
            self._noun, many, self._row, self._known, asked, is_listed=self._is_listed
        )
        if not self._compiler.is_ever_readable(child):
            return shape.worked_out(connection.empty_page(child.name, asked)) if many.paged else shape.constant([])
        outer = scoped.outer
        if many.paged:
            page = self._compiler.a_page(child, scoped, asked, many.order, above)
            place = self._columns.add(_array(page.columns, page.rows, outer))
            total = None if page.total is None else self._columns.add(page.total)
            self.touchers.append(shape.list_toucher(place, page.touchers, page.slot))
            return shape.worked_out(connection.a_connection(place, total, page.slot, page.answer))
        rows = scoped.page(many.order, LIST_LIMIT, None).subquery()
        columns = Columns()
        built = self._compiler.an_object(child, rows, rows, asked, columns, above=above)
        chosen = select(*columns.items).select_from(built.source).order_by(*ordering(rows, many.order))
        place = self._columns.add(_array(columns, chosen, outer))
        self.touchers.append(shape.list_toucher(place, built.touchers))
        return shape.a_list(place, built.shaper)

    def _access(self, asked: Asked) -> shape.Part:
        policy, role, record = self._compiler.policy, self._compiler.role, self._noun.record
        known = policy.shown_by(self._noun.name)
        hidden = {info: why_hidden(policy, role, record, info) for info in classes_of(known)}
        told = [
            (each.mask, self._columns.add(self._row.c[each.told_by]))
            for each in self._noun.bundles.values()
            if each.told_by
        ]
        return shape.worked_out(access(asked, known, hidden, self.bundles, told))


def _sees(mask: ColumnElement[Any], info: InfoClass | ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether the bit of a class is set in the row's mask; ``info`` may be the column that holds its code."""
    one: ColumnElement[Any] = literal_column("1")
    bit = literal_column(str(info.bit)) if isinstance(info, InfoClass) else one.op("<<", precedence=1)(info)
    return mask.op("&", precedence=10)(bit) != literal_column("0")


def _array(columns: Columns, rows: Select[Any], outer: tuple[FromClause, ...]) -> ColumnElement[Any]:
    # The built-in column types inside row() keep bytea raw on the wire.
    packed = rows.with_only_columns(func.row(*columns.items)).correlate(*outer)
    return func.array(packed.scalar_subquery())
