"""The schema: every room's types, queries and mutations put together, wired to the readings, and checked.

Never: build with a field the policy does not map.
"""

from functools import lru_cache

import strawberry
from graphql import GraphQLSchema, print_schema
from strawberry.schema.config import StrawberryConfig

from fac.access.policy import Policy
from fac.api import (
    assistance,
    case,
    consent,
    follow_up,
    handoff,
    incident,
    intake,
    need,
    note,
    organization,
    person,
    referral,
    staff,
)
from fac.api.problems import PROBLEMS
from fac.api.scalars import SCALARS
from fac.api.wiring import refuse_unmapped, wire


@strawberry.type
class Query(
    assistance.AssistanceQueries,
    case.CaseQueries,
    consent.ConsentQueries,
    follow_up.FollowUpQueries,
    handoff.HandoffQueries,
    incident.IncidentQueries,
    note.NoteQueries,
    organization.OrganizationQueries,
    person.PersonQueries,
    referral.ReferralQueries,
    staff.StaffQueries,
):
    """What can be asked."""


@strawberry.type
class Mutation(
    intake.IntakeMutations,
    need.NeedMutations,
):
    """What can be done."""


@lru_cache(maxsize=1)
def declared() -> GraphQLSchema:
    """Return the schema with its fields wired, before any policy has been held against it."""
    schema = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        types=[*PROBLEMS],
        config=StrawberryConfig(scalar_map=SCALARS),
    )._schema  # the library's own object: the router around it is not used
    wire(schema)
    return schema


def build(policy: Policy) -> GraphQLSchema:
    """Return the schema; raises PolicyInvalid if the policy does not map every field and operation."""
    schema = declared()
    refuse_unmapped(schema, policy)
    return schema


def export() -> str:
    """Return the SDL, as committed in graphql/schema.graphql."""
    return print_schema(declared()) + "\n"
