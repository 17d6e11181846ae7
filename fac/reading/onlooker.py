"""Who can see a case now, and why: one statement over the hats on duty, by the same formulas that guard the rows.

The case is found through the asker's own scope. Of each hat the statement then asks, of every kind of record that hangs
on the case, what the relations let its role see in the rows there are (fac.access.turned); what depends on the case
alone is asked once a hat. Kinds of record that the asker's role never reads are left out: that there are any would be
told. A hat that sees nothing (a conflict wall, a colleague's own agency) is not there.
Never: hold a rule of its own, open a seal, or name who is kept away.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Uuid,
    bindparam,
    case,
    func,
    literal_column,
    select,
    true,
)

from fac.access import scope
from fac.access.formula import Scene, Some
from fac.access.guard import READ
from fac.access.policy import Policy
from fac.access.relation import BROKEN_BY_ME, I_AM_VETTED, OFFERED_HERE, WITH_RELEASE
from fac.access.rendering import search
from fac.access.standing import Above, Standing, actor_parameter
from fac.access.turned import classes_by_role, of_hat, relations_of, speaks_of, standing_in
from fac.db.case import cases
from fac.db.incident import centers
from fac.db.organization import organizations
from fac.db.person import persons
from fac.db.staff import accounts, memberships
from fac.db.statement import Statement
from fac.domain.vocabulary import InfoClass, Role
from fac.errors import NotPermitted
from fac.reading.catalog import NOUNS
from fac.reading.noun import Noun
from fac.reading.passage import passages

RECORD: Final = "onlooker"
_OUTLINE: Final[ColumnElement[int]] = literal_column(str(InfoClass.outline.bit))
_NOTHING: Final[ColumnElement[int]] = literal_column("0")
# Until when a relation holds at the longest, where a row says so.
_UNTIL: Final[dict[str, tuple[Some, str]]] = {
    "handed_to_my_center": (OFFERED_HERE, "expires_at"),
    "broken_glass": (BROKEN_BY_ME, "ends_at"),
    "my_center_while_vetted": (I_AM_VETTED, "vetted_until"),
}
LASTING: Final = tuple(_UNTIL)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record of the case, and the relations by which anybody sees any of it, as the answer lists them."""

    record: str
    relations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Onlooking:
    """The compiled question for one policy and one role that asks."""

    kinds: tuple[Kind, ...]
    page: Statement
    counted: Statement


@dataclass(slots=True)
class _Asking:
    """The statement under construction: the case, the hat, and what was asked of a hat and the case alone."""

    policy: Policy
    case: FromClause
    hat: FromClause
    held: list[tuple[ColumnElement[Any], ColumnElement[Any]]] = field(default_factory=list)  # as asked, as turned

    def of_a_hat(self, condition: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the column, worked out once a hat, of what is asked of the case and not of a row below it."""
        for place, (asked, _) in enumerate(self.held):
            if asked is condition or asked.compare(condition):
                return literal_column(f"held.h{place}")
        self.held.append((condition, of_hat(condition, self.hat, (self.case,))))
        return literal_column(f"held.h{len(self.held) - 1}")

    def turned(self, condition: ColumnElement[Any], row: FromClause) -> ColumnElement[Any]:
        """Return the condition asked of the hat."""
        if row is self.case or not speaks_of(condition, row):
            return self.of_a_hat(condition)
        return of_hat(condition, self.hat, (self.case, row))

    def holding(self) -> FromClause:
        """Return what was asked once a hat, as the lateral that the columns of ``of_a_hat`` name."""
        columns = [turned.label(f"h{place}") for place, (_, turned) in enumerate(self.held)]
        return select(*columns).offset(_NOTHING).correlate(self.case, self.hat).lateral("held")


def compile_onlooking(policy: Policy, asker: Role) -> Onlooking:
    """Return the question who can see a case; raises NotPermitted for a role that may ask it of no case."""
    grants = policy.grants(asker, READ, RECORD)
    own, hat = cases.alias("own"), memberships.alias("hat")
    asked_of = Standing(RECORD, own, own.c.id, Above(case=own))
    allowed = scope.readable(grants, asked_of)
    if not allowed:
        raise NotPermitted("not_for_your_role")
    asking = _Asking(policy, own, hat)
    kinds, laterals = [], list[FromClause]()
    for noun in _nouns(policy, asker):
        relations = tuple(
            each
            for each in relations_of(policy, noun.record)
            if classes_by_role(policy, noun.record, each, hat) is not None
        )
        kinds.append(Kind(noun.record, relations))
        laterals.append(_seen_of(asking, noun, relations).lateral(f"kind{len(laterals)}"))
    source, told, sees = _hats(asking, laterals)
    here = (hat.c.incident_id == actor_parameter("incident"), hat.c.ended_at.is_(None), sees)
    page = (
        select(func.row(*told))
        .select_from(source)
        .where(*here, hat.c.id > bindparam("after", type_=Uuid, required=True))
        .order_by(hat.c.id)
        .limit(bindparam("limit", type_=Integer, required=True))
        .correlate(own)
    )
    total = select(func.count()).select_from(source).where(*here).correlate(own).scalar_subquery()
    found = select(own.c.id, func.array(page.scalar_subquery()).label("page")).where(
        own.c.incident_id == actor_parameter("incident"),
        own.c.id == bindparam("case_id", type_=Uuid, required=True),
        scope.any_of(allowed),
        *scope.barred(grants, asked_of),
    )
    counted = found.add_columns(total.label("total"))
    return Onlooking(tuple(kinds), Statement(found, remembered=False), Statement(counted, remembered=False))


def _nouns(policy: Policy, asker: Role) -> list[Noun]:
    """Return the kinds of record that hang on a case, each decided by itself, of those that the asker ever reads."""
    return [
        each
        for each in NOUNS.values()
        if (each.case_column or each.person_column)
        and not each.inherits
        and any(grant.allowed & InfoClass.outline.bit for grant in policy.grants(asker, READ, each.record))
    ]


def _seen_of(asking: _Asking, noun: Noun, relations: Sequence[str]) -> Select[Any]:
    """Return, for one hat, the classes that it sees by each relation in the case's rows of ``noun``, and in all.

    A row whose outline is hidden is not there at all; what a relation denies is seen by none.
    """
    own = asking.case
    row = own if noun.record == "case" else noun.table.alias()
    of = Standing(noun.record, row, own.c.id, Above(case=own))
    masks = [_allowed(asking, of, relation).label(f"m{place}") for place, relation in enumerate(relations)]
    decided = select(*masks, _denied(asking, of).label("denied")).offset(_NOTHING).correlate(row, own, asking.hat)
    each = decided.lateral()
    left = each.c.denied.op("#")(literal_column("-1")).op("&")(_held(asking.policy, noun, row)).self_group()
    opened = [each.c[f"m{place}"] for place in range(len(masks))]
    whole = _any(opened).op("&")(left)
    seen = func.row(*(func.coalesce(func.bit_or(one.op("&")(left)), _NOTHING) for one in opened))
    found = select(seen.label("seen"), func.coalesce(func.bit_or(whole), _NOTHING).label("whole"))
    listed = whole.op("&")(_OUTLINE) != _NOTHING
    if row is own:
        return found.select_from(each).where(listed).correlate(own, asking.hat)
    of_case = (row.c.incident_id == actor_parameter("incident"), _hangs_on(noun, row, own))
    return found.select_from(row.join(each, true())).where(*of_case, listed).correlate(own, asking.hat)


def _held(policy: Policy, noun: Noun, row: FromClause) -> ColumnElement[Any]:
    """Return the mask of the classes that the row has at all: of those that it decides between itself, its own."""
    known, own = policy.shown_by(noun.name), list[ColumnElement[Any]]()
    for each in noun.bundles.values():
        if each.told_by:
            known &= ~each.mask
            own.append(literal_column("1").op("<<")(row.c[each.told_by]).self_group())
    return _any([literal_column(str(known)), *own])


def _allowed(asking: _Asking, of: Standing, relation: str) -> ColumnElement[Any]:
    classes = classes_by_role(asking.policy, of.record, relation, asking.hat)
    holds = standing_in(relation, of)
    if classes is None or holds is None:
        return _NOTHING
    if relation == WITH_RELEASE:
        return asking.turned(holds, of.row).op("&")(classes)
    return case((asking.turned(holds, of.row), classes), else_=_NOTHING)


def _denied(asking: _Asking, of: Standing) -> ColumnElement[Any]:
    found = []
    for relation in relations_of(asking.policy, of.record):
        classes = classes_by_role(asking.policy, of.record, relation, asking.hat, denied=True)
        holds = None if classes is None else standing_in(relation, of)
        if holds is not None:
            found.append(case((asking.turned(holds, of.row), classes), else_=_NOTHING))
    return _any(found)


def _any(masks: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
    whole = masks[0] if masks else _NOTHING
    for each in masks[1:]:
        whole = whole.op("|")(each)
    return whole.self_group() if len(masks) > 1 else whole


def _hangs_on(noun: Noun, row: FromClause, own: FromClause) -> ColumnElement[bool]:
    if noun.case_column:
        return row.c[noun.case_column] == own.c.id
    person = persons.alias()
    family = select(person.c.id).where(
        person.c.incident_id == actor_parameter("incident"), person.c.case_id == own.c.id
    )
    return row.c[noun.person_column or ""].in_(family.correlate(own))


def _hats(
    asking: _Asking, kinds: Sequence[FromClause]
) -> tuple[FromClause, list[ColumnElement[Any]], ColumnElement[bool]]:
    """Return the hats, what is told of each (fac.reading.who_can_see), and the condition that it sees anything."""
    hat, account, organization, center = asking.hat, accounts.alias(), organizations.alias(), centers.alias()
    source: FromClause = hat.join(account, account.c.id == hat.c.account_id)
    source = source.outerjoin(organization, organization.c.id == hat.c.organization_id)
    at = (center.c.incident_id == actor_parameter("incident")) & (center.c.id == hat.c.center_id)
    source = source.outerjoin(center, at).join(asking.holding(), true())
    for each in kinds:
        source = source.join(each, true())
    told: list[ColumnElement[Any]] = [hat.c.id, hat.c.role, account.c.display_name, organization.c.name, center.c.name]
    told.append(func.row(*(each.c.seen for each in kinds)))
    told.append(func.row(*(_until(asking, relation) for relation in LASTING)))
    told += [of_hat(each, hat, (asking.case,)) for each in passages(asking.case)]
    return source, told, _any([each.c.whole for each in kinds]) != _NOTHING


def _until(asking: _Asking, relation: str) -> ColumnElement[Any]:
    some, column = _UNTIL[relation]
    look = search(some, Scene(Standing("case", asking.case, asking.case.c.id, Above(case=asking.case))))
    latest = look.select(func.max(look.found.c[column]), look.links).scalar_subquery()
    return of_hat(latest, asking.hat, (asking.case,))
