"""The schema: every room's types, queries and mutations put together, wired to the readings, and checked.

Never: build with a field the policy does not map.
"""

from functools import lru_cache

import strawberry
from graphql import GraphQLSchema, print_schema
from strawberry.schema.config import StrawberryConfig

from fac.access.policy import Policy
from fac.api import (
    accounting,
    assistance,
    award,
    case,
    catalog,
    conflict_wall,
    consent,
    directory,
    disclosure,
    duplicate,
    erasure,
    follow_up,
    glass,
    handoff,
    identification,
    incident,
    intake,
    legal_hold,
    need,
    note,
    onlooker,
    organization,
    partner_note,
    person,
    person_of_concern,
    policy,
    portal_access,
    provider_credential,
    referral,
    referral_answer,
    referral_request,
    report,
    reunification,
    search,
    second_factor,
    staff,
    unusual_access,
)
from fac.api.problems import PROBLEMS
from fac.api.scalars import SCALARS
from fac.api.wiring import refuse_unmapped, wire


@strawberry.type
class Query(
    accounting.AccountingQueries,
    assistance.AssistanceQueries,
    case.CaseQueries,
    catalog.CatalogQueries,
    conflict_wall.ConflictWallQueries,
    consent.ConsentQueries,
    disclosure.DisclosureQueries,
    duplicate.DuplicateQueries,
    erasure.ErasureQueries,
    follow_up.FollowUpQueries,
    glass.GlassQueries,
    handoff.HandoffQueries,
    identification.IdentificationQueries,
    incident.IncidentQueries,
    legal_hold.LegalHoldQueries,
    note.NoteQueries,
    onlooker.OnlookerQueries,
    organization.OrganizationQueries,
    partner_note.PartnerNoteQueries,
    person.PersonQueries,
    person_of_concern.PersonOfConcernQueries,
    policy.PolicyQueries,
    portal_access.PortalAccessQueries,
    provider_credential.ProviderCredentialQueries,
    referral.ReferralQueries,
    report.ReportQueries,
    reunification.ReunificationQueries,
    search.SearchQueries,
    staff.StaffQueries,
    unusual_access.UnusualAccessQueries,
):
    """What can be asked."""


@strawberry.type
class Mutation(
    assistance.AssistanceMutations,
    award.AwardMutations,
    case.CaseMutations,
    conflict_wall.ConflictWallMutations,
    consent.ConsentMutations,
    directory.OrganizationMutations,
    disclosure.DisclosureMutations,
    duplicate.DuplicateMutations,
    erasure.ErasureMutations,
    follow_up.FollowUpMutations,
    glass.GlassMutations,
    handoff.HandoffMutations,
    identification.IdentificationMutations,
    incident.IncidentMutations,
    intake.IntakeMutations,
    legal_hold.LegalHoldMutations,
    need.NeedMutations,
    note.NoteMutations,
    partner_note.PartnerNoteMutations,
    person.PersonMutations,
    person_of_concern.PersonOfConcernMutations,
    portal_access.PortalAccessMutations,
    provider_credential.ProviderCredentialMutations,
    referral_answer.ReferralAnswerMutations,
    referral_request.ReferralRequestMutations,
    report.ReportMutations,
    reunification.ReunificationMutations,
    second_factor.SecondFactorMutations,
    staff.StaffMutations,
):
    """What can be done."""


def make() -> GraphQLSchema:
    """Return a new schema with its fields wired, before any policy has been held against it."""
    schema = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        types=[*PROBLEMS],
        config=StrawberryConfig(scalar_map=SCALARS),
    )._schema  # the library's own object: the router around it is not used
    wire(schema)
    return schema


@lru_cache(maxsize=1)
def declared() -> GraphQLSchema:
    """Return the schema every part of the process shares."""
    return make()


def build(in_force: Policy) -> GraphQLSchema:
    """Return the schema; raises PolicyInvalid if the policy does not map every field and operation."""
    schema = declared()
    refuse_unmapped(schema, in_force)
    return schema


def export() -> str:
    """Return the SDL, as committed in graphql/schema.graphql."""
    return print_schema(declared()) + "\n"
