"""The rules of access turned round: not which rows a hat sees, but which hats see a row.

The relations speak about the actor through a handful of parameters (fac.access.standing). Put the columns of a row of
memberships in their place and the same condition is asked of every hat there is: nobody writes a rule a second time.
Never: let a parameter of whoever asks stand where another hat is meant.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, FromClause, case, func, literal_column, null
from sqlalchemy.sql.visitors import iterate, replacement_traverse

from fac.access.formula import All, Either, Formula, Not, Some
from fac.access.guard import READ
from fac.access.opened import classes_with_release
from fac.access.policy import Policy
from fac.access.relation import RELATIONS, WITH_RELEASE
from fac.access.rendering import holds
from fac.access.standing import Standing
from fac.db.statement import among
from fac.domain.vocabulary import Role

# What stands for the actor in a condition, and the column of a hat that says the same of it.
COLUMN_OF: Final = {
    "me": "id",
    "my_account": "account_id",
    "my_organization": "organization_id",
    "my_center": "center_id",
}
OF_EVERYBODY: Final = frozenset({"incident", "now"})
# What the medical examiner knows of a death nobody learns by asking who looks (domain invariant 7).
UNTOLD: Final = "identification"


def of_hat(condition: ColumnElement[Any], hat: FromClause, around: Sequence[FromClause]) -> ColumnElement[Any]:
    """Return ``condition`` with the hat's columns for the actor's parameters; ``around`` are the rows it hangs on.

    What an actor may be that no hat is (the person a case is about) is null of every hat, and equals nothing.
    """

    def put(element: Any, **_: Any) -> Any:
        if not isinstance(element, BindParameter) or element.key in OF_EVERYBODY:
            return None
        return hat.c[COLUMN_OF[element.key]] if element.key in COLUMN_OF else null()

    turned: ColumnElement[Any] = replacement_traverse(condition, {"stop_on": [hat, *around]}, put)
    return turned


def speaks_of(condition: ColumnElement[Any], row: FromClause) -> bool:
    """Tell whether the condition asks anything of ``row`` itself, and not only of what is around it."""
    return any(getattr(part, "table", None) is row for part in iterate(condition))


def told(formula: Formula) -> Formula | None:
    """Return what of the formula may be told to somebody who does not stand in it; None where nothing is left."""
    match formula:
        case Some(record=record) if record == UNTOLD:
            return None
        case Some(where=where):
            return formula if told(where) == where else _some(formula, told(where))
        case All(parts):
            kept = [told(each) for each in parts]
            return None if None in kept else All(tuple(each for each in kept if each is not None))
        case Either(parts):
            left = tuple(each for each in map(told, parts) if each is not None)
            return Either(left) if left else None
        case Not(part):
            inner = told(part)
            return None if inner is None else Not(inner)
    return formula


def _some(some: Some, where: Formula | None) -> Formula | None:
    return None if where is None else Some(some.record, some.table, some.links, where, some.leads)


def standing_in(relation: str, of: Standing) -> ColumnElement[Any] | None:
    """Return what tells that the row stands in ``relation``: a condition, or the mask a release opens; None for never.

    Still about the actor; turn it with ``of_hat``.
    """
    if relation == WITH_RELEASE:
        return func.coalesce(classes_with_release(of), literal_column("0"))
    formula = told(RELATIONS[relation])
    return None if formula is None else holds(formula, of)


def relations_of(policy: Policy, record: str) -> tuple[str, ...]:
    """Return the relations in which any role is allowed or denied anything of ``record``, in the policy's order."""
    spoken = {each.relation for role in Role for each in policy.grants(role, READ, record)}
    return tuple(each for each in policy.relations if each in spoken and record in policy.reach[each])


def classes_by_role(
    policy: Policy, record: str, relation: str, hat: FromClause, *, denied: bool = False
) -> ColumnElement[int] | None:
    """Return the mask that the hat's role is allowed (or denied) in the relation; None where no role is any."""
    by_mask: dict[int, list[Role]] = {}
    for role, mask in _masks(policy, record, relation, denied=denied):
        if mask:
            by_mask.setdefault(mask, []).append(role)
    if not by_mask:
        return None
    told_apart: list[tuple[ColumnElement[bool], ColumnElement[int]]] = [
        (among(hat.c.role, roles), literal_column(str(mask))) for mask, roles in by_mask.items()
    ]
    return case(*told_apart, else_=literal_column("0"))


def _masks(policy: Policy, record: str, relation: str, *, denied: bool) -> Iterator[tuple[Role, int]]:
    for role in Role:
        for grant in policy.grants(role, READ, record):
            if grant.relation == relation:
                yield role, grant.denied if denied else grant.allowed
