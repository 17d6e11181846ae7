"""Disclosures that rest on no release, in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of, id_or_none
from fac.api.field import Access, Connection, by_id, field, given, mutation, mutation_key, page
from fac.api.problems import Refusals
from fac.casework import disclosure_ledger
from fac.casework.work import Work
from fac.domain.disclosing import Compulsion, DisclosureDraft
from fac.domain.vocabulary import ClientNotice, CourtInstrument, DisclosureBasis, InfoClass, ProtectiveStep, mask_of

if TYPE_CHECKING:
    from fac.api.case import Case
    from fac.api.organization import Organization
    from fac.api.person import Person
    from fac.api.staff import Membership


@strawberry.type(description="Something of a family that was disclosed without a release, and on what basis.")
class Disclosure:
    """Something of a family that was disclosed without a release."""

    id: strawberry.ID = field("Opaque id.")
    basis: DisclosureBasis = field("On what it rests.")
    classes: list[InfoClass] = field("Which classes of information were disclosed.")
    instrument: CourtInstrument | None = field("What was served, where it was compelled.")
    reviewed_by_counsel: bool = field("Whether counsel reviewed what was served.")
    client_notice: ClientNotice | None = field("What was done so that the client knows.")
    protective_step: ProtectiveStep | None = field("What was done to protect the client's privacy.")
    disclosed_at: datetime = field("When it was disclosed.")
    recorded_at: datetime = field("When it was recorded.")
    recipient: str | None = field("To whom (staff_record).")
    authority: str | None = field("The law, or the court and its docket (staff_record).")
    words: str | None = field("What was told, and why (staff_record).")
    case: Annotated[Case, strawberry.lazy("fac.api.case")] | None = field("Of which case.")
    persons: list[Annotated[Person, strawberry.lazy("fac.api.person")]] = field("Of whom.")
    organization: Annotated[Organization, strawberry.lazy("fac.api.organization")] | None = field(
        "The recipient, where it is one of the directory."
    )
    recorded_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who answers for it.")
    access: Access = field("What of this row you may see.")


@strawberry.input(description="What was disclosed without a release.")
class RecordDisclosureInput:
    """What was disclosed without a release."""

    client_mutation_id: UUID = mutation_key()
    case_id: strawberry.ID = given("Of which case.")
    person_ids: list[strawberry.ID] = given("Of whom.")
    basis: DisclosureBasis = given("On what it rests.")
    classes: list[InfoClass] = given("Which classes of information.")
    recipient: str = given("To whom; sealed.")
    disclosed_at: datetime = given("When, with its offset.")
    recipient_id: strawberry.ID | None = given("The recipient, where it is an organisation of the directory.", None)
    authority: str | None = given("The law, or the court and its docket; sealed.", None)
    words: str | None = given("What was told, and why; sealed.", None)
    instrument: CourtInstrument | None = given("What was served, for basis court_order.", None)
    reviewed_by_counsel: bool = given("Whether counsel reviewed it; a subpoena alone is no order.", False)
    client_notice: ClientNotice | None = given("What was done so that the client knows; court_order asks for it.", None)
    protective_step: ProtectiveStep | None = given("What was done to protect them; court_order asks for it.", None)


@strawberry.type(description="The disclosure stands in the ledger.")
class DisclosureRecorded:
    """The disclosure stands in the ledger."""

    disclosure: Disclosure = field("The disclosure.")


RecordDisclosureResult = Annotated[
    DisclosureRecorded | Refusals,
    strawberry.union("RecordDisclosureResult", description="What came of recordDisclosure."),
]


@strawberry.type
class DisclosureQueries:
    """Queries of this room."""

    disclosure: Disclosure | None = by_id("One disclosure.")
    disclosures: Connection[Disclosure] = page(
        "What was disclosed without a release, newest first.", basis=(DisclosureBasis, "Only on this basis.")
    )


@strawberry.type
class DisclosureMutations:
    """Mutations of this room."""

    @mutation("Record what was disclosed without a release: on what basis, to whom, of whom.")
    async def record_disclosure(self, info: strawberry.Info, input: RecordDisclosureInput) -> RecordDisclosureResult:
        """Record a disclosure."""
        return await act(
            info,
            input,
            DisclosureRecorded,
            lambda work: disclosure_ledger.record_disclosure(
                work,
                id_of(work, input.case_id, "Case"),
                draft=_draft(input),
                person_ids=_persons(work, input),
                disclosed_at=input.disclosed_at,
                organization_id=id_or_none(work, input.recipient_id, "Organization"),
            ),
        )


def _persons(work: Work, asked: RecordDisclosureInput) -> tuple[UUID, ...]:
    return tuple(id_of(work, each, "Person") for each in asked.person_ids)


def _draft(asked: RecordDisclosureInput) -> DisclosureDraft:
    served = Compulsion(asked.instrument, asked.reviewed_by_counsel, asked.client_notice, asked.protective_step)
    return DisclosureDraft(
        asked.basis, mask_of(asked.classes), asked.recipient, asked.authority or "", asked.words or "", served
    )
