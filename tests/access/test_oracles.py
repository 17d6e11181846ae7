"""What a role may not see it may not ask by: a filter, an order or a count by a hidden class would tell it.

Generated over every filter and every order of the schema, for every role and every class its column could be of.
"""

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import replace
from itertools import product

import httpx
import pytest

from fac import app
from fac.access.guard import WITH_RELEASE
from fac.access.policy import FieldRule, Policy, load
from fac.api import schema
from fac.api.document import Documents
from fac.domain.vocabulary import InfoClass, Role
from fac.errors import NotPermitted
from fac.reading.catalog import NOUNS, ROOTS
from fac.reading.compiler import Compiler
from fac.reading.noun import Noun, Plain
from fac.reading.plan import compile_plan
from fac.resources import graphql_dir, policies_dir
from tests.referring import sent
from tests.world import World

POLICY = load(policies_dir())
SCHEMA = schema.build(POLICY)
DOCUMENTS = Documents(SCHEMA, graphql_dir() / "none", introspection=True)
KINDS = {
    (name, argument): str(given.type).rstrip("!")
    for name, field in (SCHEMA.query_type.fields if SCHEMA.query_type else {}).items()
    for argument, given in field.args.items()
}


def asking() -> Iterator[tuple[str, str, str]]:
    """Yield root, argument ("" for the order) and column of every way to choose or sort rows at a root."""
    for root in ROOTS.values():
        if root.order is not None:
            for argument, column in {**root.filters, **root.upto, "": root.order.column}.items():
                if field_of(NOUNS[root.noun], column):
                    yield root.name, argument, column


def field_of(noun: Noun, column: str) -> str | None:
    plain = (name for name, source in noun.fields.items() if isinstance(source, Plain) and source.column == column)
    return next(plain, None)


def of_class(noun: Noun, column: str, info: InfoClass) -> Policy:
    """Return the policy as if the column held values of that class."""
    fields: Mapping[str, FieldRule] = {
        **POLICY.fields, f"{noun.name}.{field_of(noun, column)}": FieldRule(noun.record, (info,))
    }  # fmt: skip
    return replace(POLICY, fields=fields)


def sees_it_in_all(role: Role, noun: Noun, info: InfoClass) -> bool:
    """Say the rule once more: no list of the role's shows a row in which the class is hidden."""
    grants = [each for each in POLICY.grants(role, "read", noun.record) if each.relation != WITH_RELEASE]
    for place in grants:  # a row that stands in this relation alone, beside that of the incident
        standing = [each for each in grants if each.relation in (place.relation, "my_incident")]
        allowed = denied = 0
        for each in standing:
            allowed, denied = allowed | each.allowed, denied | each.denied
        listed = allowed & ~denied & InfoClass.outline.bit
        if listed and not allowed & ~denied & info.bit:
            return False
    walls = [each.denied for each in grants if not each.denied & InfoClass.outline.bit]
    return not any(denied & info.bit for denied in walls)


def answers(root: str, argument: str, policy: Policy, role: Role) -> bool:
    given = f"(first: 5, {argument}: $asked)" if argument else "(first: 5)"
    kind = KINDS.get((root, argument))
    head = f"query($asked: {kind}) " if argument else ""
    selected = DOCUMENTS.free_document(f"{head}{{ {root}{given} {{ totalCount nodes {{ id }} }} }}", None).selection({})
    assert selected is not None
    return compile_plan(policy, role, ROOTS[root], selected.roots[0], {"asked": "x"}) is not None


@pytest.mark.parametrize(("root", "argument", "column"), list(asking()))
def test_a_column_is_asked_by_only_where_it_is_seen_in_every_row(root: str, argument: str, column: str) -> None:
    noun = NOUNS[ROOTS[root].noun]
    found: dict[bool, tuple[Policy, Role]] = {}
    for info, role in product(InfoClass, Role):
        if any(each.allowed & InfoClass.outline.bit for each in POLICY.grants(role, "read", noun.record)):
            policy = of_class(noun, column, info)
            wanted = bool(noun.inherits & info.bit) or sees_it_in_all(role, noun, info)
            assert may_ask(policy, role, noun, column) is wanted, (role, info)
            found[wanted] = (policy, role)
    # No column is of a class that everybody sees everywhere, whatever the class; and the reads ask this question.
    assert found.keys() == {True, False}
    assert all(answers(root, argument, *asked) is wanted for wanted, asked in found.items())


def may_ask(policy: Policy, role: Role, noun: Noun, column: str) -> bool:
    try:
        Compiler(policy, role, {}).refuse_oracle(noun, column)
    except NotPermitted:
        return False
    return True


async def test_such_a_list_is_refused_and_counts_nothing(world: World) -> None:
    """A referral's status, were it free text: the partner, who lists what was sent, may not sort its inbox by it."""
    await sent(world)
    planted = of_class(NOUNS["Referral"], "status", InfoClass.narrative)
    policies = copy(world.parts.policies)
    policies.current = replace(policies.current, policy=planted)
    parts = replace(world.parts, policies=policies)
    transport = httpx.ASGITransport(app=app.make_application(parts))
    headers = {"authorization": f"Bearer {world['counselor'].token}"}
    query = "{ referralInbox(first: 5%s) { totalCount nodes { id status } } }"
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
        plain = (await http.post("/graphql", json={"query": query % ""})).json()
        filtered = (await http.post("/graphql", json={"query": query % ", status: sent"})).json()
    assert plain["data"]["referralInbox"]["totalCount"] == 1
    assert plain["data"]["referralInbox"]["nodes"][0]["status"] is None
    assert filtered["data"] is None
    assert [each["extensions"]["code"] for each in filtered["errors"]] == ["not_permitted"]
