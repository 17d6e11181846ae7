"""What a role may see, as SQL: the rows it may list, and in each row the mask of its visible classes.

``visible`` is what each relation that holds allows, less what any that holds denies; the relations themselves are the
formulas of fac.access.relation.
Never: disagree with the guard (tests/access/test_scope.py: a list equals the filter of single checks).
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, case, func, literal_column, or_, select, true
from sqlalchemy.sql.elements import True_

from fac.access.opened import classes_with_release
from fac.access.policy import Grant
from fac.access.relation import RELATIONS, WITH_RELEASE
from fac.access.rendering import holds
from fac.access.standing import Known, Standing
from fac.domain.vocabulary import InfoClass

ALWAYS_HELD: Final = "my_incident"


def _mask(relation: str, of: Standing, classes: int) -> ColumnElement[int]:
    if relation == WITH_RELEASE:
        return func.coalesce(classes_with_release(of), literal_column("0")).op("&")(literal_column(str(classes)))
    if relation == ALWAYS_HELD:
        return literal_column(str(classes), Integer)
    return case((_holds(relation, of), literal_column(str(classes))), else_=literal_column("0"))


def _holds(relation: str, of: Standing) -> ColumnElement[bool]:
    condition = holds(RELATIONS[relation], of)
    answer = None if of.above.known is None else of.above.known.answer(relation, condition)
    return condition if answer is None else answer


def known_of_a_case(grants: tuple[Grant, ...], of: Standing) -> Known | None:
    """Return what lists below the case ``of`` will ask of it again, asked once; None where nothing is to be asked."""
    asked = {
        each.relation: holds(RELATIONS[each.relation], of)
        for each in grants
        if each.allowed and each.relation not in (WITH_RELEASE, ALWAYS_HELD)
    }
    if not asked:
        return None
    # OFFSET 0 keeps it a step of its own: pulled up, each use would ask again.
    answers = (
        select(*(condition.label(relation) for relation, condition in asked.items()))
        .offset(literal_column("0"))
        .correlate(of.row)
        .lateral()
    )
    return Known(answers, {relation: (condition, answers.c[relation]) for relation, condition in asked.items()})


def is_known(grants: tuple[Grant, ...], of: Standing) -> bool:
    """Tell whether every relation of ``grants`` has been asked of what stands above the row: its mask is arithmetic."""
    return of.above.known is not None and all(
        each.relation == ALWAYS_HELD
        or (
            each.relation != WITH_RELEASE
            and of.above.known.answer(each.relation, holds(RELATIONS[each.relation], of)) is not None
        )
        for each in grants
    )


def visible(grants: tuple[Grant, ...], of: Standing) -> ColumnElement[int]:
    """Return the mask of classes visible in the row: allowed by any relation that holds, denied by none."""
    allowed = [_mask(each.relation, of, each.allowed) for each in grants if each.allowed]
    denied = [_mask(each.relation, of, each.denied) for each in grants if each.denied]
    mask = _union(allowed)
    return mask if not denied else mask.op("&")(_union(denied).op("#")(literal_column("-1")))


def _union(masks: Sequence[ColumnElement[Any]]) -> ColumnElement[int]:
    if not masks:
        return literal_column("0", Integer)
    whole: ColumnElement[Any] = masks[0]
    for each in masks[1:]:
        whole = whole.op("|")(each)
    return whole.self_group() if len(masks) > 1 else whole


def readable(grants: tuple[Grant, ...], of: Standing) -> list[ColumnElement[bool]]:
    """Return, for each relation that lets the row's outline be read, the condition that it holds.

    A list shows the rows for which any of them holds; each condition alone is one an index can drive.
    A release never widens which rows are listed: it opens classes in rows that were referred.
    """
    return [
        _holds(each.relation, of)
        for each in grants
        if each.allowed & InfoClass.outline.bit and each.relation != WITH_RELEASE
    ]


def barred(grants: tuple[Grant, ...], of: Standing) -> list[ColumnElement[bool]]:
    """Return, for each relation that denies the row's outline, the condition that it does not hold.

    A row that stands in one is not listed, counted or found at all, whatever else holds.
    """
    return [
        holds(RELATIONS[each.relation], of).is_not(true()) for each in grants if each.denied & InfoClass.outline.bit
    ]


def once_listed(grants: tuple[Grant, ...]) -> tuple[Grant, ...]:
    """Return what is left to ask of a row that ``barred`` has let through: its outline is denied in no relation."""
    narrowed = (
        Grant(each.relation, each.allowed, 0 if each.denied & InfoClass.outline.bit else each.denied) for each in grants
    )
    return tuple(each for each in narrowed if each.allowed or each.denied)


def always_holds(condition: ColumnElement[bool]) -> bool:
    """Tell whether the condition is the one that holds for every row of the incident."""
    return isinstance(condition, True_)


def any_of(conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Return the disjunction; nothing at all where there are no conditions."""
    return or_(*conditions) if conditions else literal_column("false")


def held_relations(relations: tuple[str, ...], of: Standing) -> ColumnElement[int]:
    """Return a mask with bit ``n`` set where ``relations[n]`` holds, for the guard's single decision."""
    bits = [
        (func.coalesce(classes_with_release(of), literal_column("0")) > literal_column("0"))
        if each == WITH_RELEASE
        else holds(RELATIONS[each], of)
        for each in relations
    ]
    masks = [case((bit, literal_column(str(1 << place))), else_=literal_column("0")) for place, bit in enumerate(bits)]
    return _union(masks)
