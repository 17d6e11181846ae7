"""Executes a prepared operation: queries straight through compiled plans, the rest by the library's own execution.

There is one way to the data, the plans of fac.reading; only the shaping differs. A query that holds anything the
compiler does not know (a root that is no row, introspection) goes the library's way, whose root resolvers run the
same plans.
Never: run a mutation twice, or let a foreign error's text out.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, execute

from fac.access.policy import Policy
from fac.api import variables as variables_of
from fac.api.acting import tell_refusal
from fac.api.context import Context
from fac.api.document import Documents, Prepared, Selected
from fac.api.passing import passing
from fac.domain.vocabulary import Role
from fac.errors import FacError, FieldProblem, InvalidInput, NotPermitted, NotSignedIn
from fac.logs import get_log
from fac.reading.argument import variant
from fac.reading.catalog import ROOTS
from fac.reading.plan import Plan, compile_plan
from fac.reading.read import read

log = get_log()
Answer = dict[str, Any]


async def carry_out(
    schema: GraphQLSchema, prepared: Prepared, variables: Mapping[str, Any], context: Context
) -> Answer:
    """Return the response body of one operation.

    Raises NotSignedIn when the session ended meanwhile, AuditUnavailable when the audit row could not be written,
    InvalidInput when a variable is not of its type, and as they are the database's faults that pass (fac.api.passing).
    """
    context.operation = prepared.name or "anonymous"
    if prepared.is_query:
        coerced = variables_of.coerced(schema, prepared.operation, variables)
        selected = prepared.selection(coerced)
        if selected is not None:
            return await _by_plan(selected, coerced, context)
    return await _by_library(schema, prepared, variables, context)


async def _by_plan(selected: Selected, variables: Mapping[str, Any], context: Context) -> Answer:
    plans = plans_for(context, selected, variables)
    runnable = [plan for plan in plans if plan is not None]
    if len(runnable) < len(plans):
        await tell_refusal(context, NotPermitted("not_for_your_role"))
    data: Answer = dict.fromkeys(asked.key for asked in selected.roots)
    errors = [
        _problem(NotPermitted("not_for_your_role"), [asked.key], context)
        for asked, plan in zip(selected.roots, plans, strict=True)
        if plan is None
    ]
    if runnable:
        try:
            answers, failures = await read(context.reader(), context.operation, runnable, variables)
        except InvalidInput as error:
            return {"data": None, "errors": [_problem(error, None, context)]}
        context.unreadable.extend(failures)
        keys = [asked.key for asked, plan in zip(selected.roots, plans, strict=True) if plan is not None]
        data.update(zip(keys, answers, strict=True))
    errors.extend(_unreadable(context))
    if _lacks_a_page(selected, data):
        # A page is never null; GraphQL then makes the whole data null.
        return {"data": None, "errors": errors}
    return {"data": data, "errors": errors} if errors else {"data": data}


def plans_for(context: Context, selected: Selected, variables: Mapping[str, Any]) -> list[Plan | None]:
    """Return the plan of each root, compiled at its first use under this policy, role and shape of arguments."""
    return _plans(context.parts.tools.policy, context.actor.role, selected, variables)


def compile_trusted(documents: Documents, policy: Policy, roles: Collection[Role]) -> int:
    """Compile every trusted query for ``roles``, as asked with the variables it requires; return how many plans.

    Up to a third of a second each, which the first to ask would wait for, and everybody else with them.
    """
    count = 0
    for prepared in documents.queries():
        variables = prepared.required()
        selected = prepared.selection(variables)
        if selected is not None:
            count += sum(len(_plans(policy, role, selected, variables)) for role in roles)
    return count


def _plans(policy: Policy, role: Role, selected: Selected, variables: Mapping[str, Any]) -> list[Plan | None]:
    found = []
    for place, asked in enumerate(selected.roots):
        key = (place, policy.version, role, variant(selected.argued[place], variables))
        compiled = partial(compile_plan, policy, role, ROOTS[asked.name], asked, variables)
        found.append(selected.plans.get(key, compiled))
    return found


async def _by_library(
    schema: GraphQLSchema, prepared: Prepared, variables: Mapping[str, Any], context: Context
) -> Answer:
    context.plans = prepared.node_plans
    result = execute(
        schema,
        prepared.document,
        context_value=context,
        variable_values=dict(variables),
        operation_name=prepared.name or None,
    )
    if not isinstance(result, ExecutionResult):
        result = await result
    for each in result.errors or ():
        if isinstance(each.original_error, NotSignedIn):
            raise each.original_error
        if each.original_error is not None and passing(each.original_error) is not None:
            raise each.original_error
    if result.data is None and any(each.path is None for each in result.errors or ()):
        variables_of.refuse(schema, prepared.operation, variables)  # before which nothing was carried out
    errors = [_formatted(each, context) for each in result.errors or ()] + _unreadable(context)
    return {"data": result.data, "errors": errors} if errors else {"data": result.data}


def _formatted(error: GraphQLError, context: Context) -> Answer:
    original = error.original_error
    if isinstance(original, FacError):
        return _problem(original, error.path, context)
    if original is not None:
        log.error("graphql.fault", error=type(original).__name__, operation=context.operation, exc_info=original)
    return {
        "message": "Something went wrong here; it has been noted.",
        "path": error.path,
        "extensions": {"code": "internal", "correlationId": str(context.correlation_id)},
    }


def _problem(error: FacError, path: Any, context: Context) -> Answer:
    extensions: Answer = {"code": error.code, "correlationId": str(context.correlation_id)}
    if isinstance(error, InvalidInput):
        extensions["problems"] = in_words(error.problems)
    answer: Answer = {"message": error.sentence, "extensions": extensions}
    return answer if path is None else answer | {"path": list(path)}


def in_words(problems: Sequence[FieldProblem]) -> list[Answer]:
    """Return the problems as ``extensions`` tells them."""
    return [{"path": each.path, "problem": each.problem, "hint": each.hint} for each in problems]


def _unreadable(context: Context) -> list[Answer]:
    return [
        {
            "message": "A sealed value could not be opened; the privacy officer has been told.",
            "extensions": {
                "code": "sealed_unreadable",
                "info": each.info,
                "correlationId": str(context.correlation_id),
            },
        }
        for each in context.unreadable
    ]


def _lacks_a_page(selected: Selected, data: Mapping[str, Any]) -> bool:
    return any(ROOTS[asked.name].order is not None and data[asked.key] is None for asked in selected.roots)
