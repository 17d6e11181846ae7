"""What a user can cause, as types of the schema; faults of the protocol go to ``errors`` instead.

Never: echo a value, or tell unknown from forbidden where the reader may not know.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import strawberry

from fac import errors
from fac.api.field import field


@strawberry.interface(description="Why a mutation did not happen. Nothing was changed.")
class Problem:
    """Why a mutation did not happen."""

    code: str = field("A stable code.")
    message: str = field("A sentence for the person.")


@strawberry.type(description="Your role does not allow this.")
class NotPermitted(Problem):
    """Refused by policy."""

    reason: str = field("A code such as not_for_your_role or needs_release.")
    requestable: bool = field("Whether another fact, such as a release or an assignment, would allow it.")


@strawberry.type(description="There is no such record, or it is not yours to see.")
class NotFound(Problem):
    """Unknown, absent or forbidden."""


@strawberry.type(description="The record changed since you read it, or the same key was used for something else.")
class Conflict(Problem):
    """Stale version, reused key, lost race."""

    current_version: int | None = field("The record's version now, where there is one.")


@strawberry.type(description="The record's workflow has no such step from here.")
class InvalidTransition(Problem):
    """Illegal step."""

    state: str = field("The state the record is in.")
    possible: list[str] = field("The steps possible from there.")


@strawberry.type(description="One bad field.")
class FieldProblem:
    """One bad field."""

    path: str = field("Where, such as persons.0.bornOn.")
    problem: str = field("A stable code.")
    hint: str = field("What would be right. Never the value.")


@strawberry.type(description="Some fields are not valid.")
class InvalidInput(Problem):
    """Bad input."""

    problems: list[FieldProblem] = field("The bad fields.")


# Every mutation may end in any of these; each room's result is its success type or one of them.
Refusals: TypeAlias = NotPermitted | NotFound | Conflict | InvalidTransition | InvalidInput
PROBLEMS = (NotPermitted, NotFound, Conflict, InvalidTransition, InvalidInput)


@dataclass(frozen=True, slots=True)
class Payload:
    """What a mutation answers: the name of a type of the schema and its values (node fields hold ids)."""

    type_name: str
    values: dict[str, Any]


def problem_of(error: errors.FacError) -> Payload:
    """Return the problem for an error that a user can cause; raises the error itself when it is none of those."""
    said = {"code": error.code, "message": error.sentence}
    match error:
        case errors.NotPermitted():
            return Payload("NotPermitted", said | {"reason": str(error.reason), "requestable": error.requestable})
        case errors.NotFound():
            return Payload("NotFound", said)
        case errors.Conflict():
            return Payload("Conflict", said | {"currentVersion": error.current_version})
        case errors.KeyReused() | errors.Busy():
            return Payload("Conflict", said | {"currentVersion": None})
        case errors.InvalidTransition():
            return Payload("InvalidTransition", said | {"state": error.state, "possible": list(error.possible)})
        case errors.InvalidInput():
            bad = [{"path": each.path, "problem": each.problem, "hint": each.hint} for each in error.problems]
            return Payload("InvalidInput", said | {"problems": bad})
    raise error
