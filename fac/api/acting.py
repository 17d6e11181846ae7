"""Carries a mutation out: one transaction around one verb, its answer a payload of the schema.

This is the edge that commits. A verb's typed errors become problems; a lost race becomes a Conflict; deadlocks,
serialization failures and a random number drawn twice are tried again, because nothing was acknowledged. What the
server cut off for taking too long, or for waiting too long, was rolled back: Busy, to be sent again later.
Never: hold a rule, or let a database error's text out.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast
from uuid import UUID

import asyncpg
import orjson
import strawberry
from strawberry import UNSET

from fac.api.context import Context
from fac.api.passing import LOST_RACE, TOO_LONG
from fac.api.problems import Payload, Refusals, problem_of
from fac.audit.ledger import Entry
from fac.casework.work import Result, Work, once
from fac.domain.ids import decode_global, encode_global
from fac.errors import Busy, Conflict, FacError, InvalidInput, NotFound, NotPermitted
from fac.reading.catalog import NOUNS
from fac.reading.noun import camel

S = TypeVar("S")
Show = Callable[[UUID, Result], Result]

_TRIES = 3
_DRAWN = frozenset({"uq_cases_incident_id_case_number"})  # values drawn at random: a clash is nobody's conflict


async def act(
    info: strawberry.Info[Context, None],
    given: Any,
    success: type[S],
    verb: Callable[[Work], Awaitable[Result]],
    *,
    show: Show | None = None,
) -> S | Refusals:
    """Carry ``verb`` out once for ``given.client_mutation_id`` and return the payload ``success`` or a problem.

    ``show`` turns the stored result into the payload's values where they are more than ids of rows. What is returned is
    a Payload, plain data that stands for ``success`` or the problem (fac.api.wiring fills the fields from it).
    """
    context = info.context
    context.operation = info.field_name
    payload = await _payload_of(context, given, success.__name__, verb, show)
    return cast("S | Refusals", payload)


async def _payload_of(
    context: Context, given: Any, success: str, verb: Callable[[Work], Awaitable[Result]], show: Show | None
) -> Payload:
    try:
        result = await _carry_out(context, given, verb)
    except (NotPermitted, NotFound) as refusal:
        await tell_refusal(context, refusal)
        return problem_of(refusal)
    except FacError as error:
        return problem_of(error)
    shown = result if show is None else show(context.actor.incident_id, result)
    return Payload(success, {camel(name): value for name, value in shown.items()})


async def _carry_out(context: Context, given: Any, verb: Callable[[Work], Awaitable[Result]]) -> Result:
    payload = orjson.dumps(given, option=orjson.OPT_SORT_KEYS, default=_unset)
    for attempt in range(_TRIES):
        try:
            async with context.parts.database.transaction(context.actor.claims) as connection:
                work = Work(connection, context.actor, context.parts.tools, context.circumstances, context.operation)
                return await once(work, given.client_mutation_id, payload, verb)
        except LOST_RACE:
            if attempt == _TRIES - 1:
                raise Busy from None
        except TOO_LONG:
            raise Busy from None  # not tried again: the request has no time left
        except (asyncpg.UniqueViolationError, asyncpg.ExclusionViolationError) as clash:
            if clash.constraint_name not in _DRAWN:
                # Two did the same at once and the constraint let one through.
                raise Conflict from None
        except (asyncpg.CheckViolationError, asyncpg.ForeignKeyViolationError, asyncpg.NotNullViolationError) as fault:
            name = fault.constraint_name or fault.column_name or "row"
            raise InvalidInput.at("input", "refused_by_rule", f"The rule {name} does not allow this.") from None
        except asyncpg.DataError:
            # A text with a null byte, which PostgreSQL cannot hold; its message would quote the text.
            raise InvalidInput.at("input", "not_storable", "A text holds a character that cannot be kept.") from None
    raise Busy


async def tell_refusal(context: Context, refusal: FacError) -> None:
    """Write the audit row of a refusal, in a transaction of its own: the refused one was rolled back."""
    entry = Entry("access.refused", context.operation, "operation", detail={"code": refusal.code})
    async with context.parts.database.transaction(context.actor.claims) as connection:
        await context.parts.tools.ledger.append(connection, context.actor, entry, context.circumstances)


def _unset(value: Any) -> Any:
    """Write what was not said as no input can say it: to leave an address alone and to clear it are two requests."""
    if value is UNSET:
        return {"": "unset"}
    raise TypeError(type(value).__name__)


def id_of(work: Work, given: str, noun: str) -> UUID:
    """Return the row id inside an opaque id of ``noun``; raises NotFound for any other: unknown looks like foreign."""
    decoded = decode_global(given)
    kind = NOUNS[noun]
    if decoded is None or decoded[0] != kind.code or (not kind.is_global and decoded[1] != work.incident_id):
        raise NotFound
    return decoded[2]


def opaque(incident_id: UUID, id: str, noun: str) -> str:
    """Return the opaque id of a row."""
    kind = NOUNS[noun]
    return encode_global(kind.code, None if kind.is_global else incident_id, UUID(id))


def id_or_none(work: Work, given: str | None, noun: str) -> UUID | None:
    """Return the row id inside an opaque id, None for none."""
    return None if given is None else id_of(work, given, noun)
