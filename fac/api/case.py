"""Cases in the schema.

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
from fac.casework import case
from fac.domain.vocabulary import CaseStatus, CloseReason, FollowUpStatus, NeedStatus, ReferralStatus

if TYPE_CHECKING:
    from fac.api.assistance import Assistance
    from fac.api.conflict_wall import ConflictWall
    from fac.api.consent import Release
    from fac.api.follow_up import FollowUp
    from fac.api.glass import GlassBreak
    from fac.api.handoff import Handoff
    from fac.api.incident import Center
    from fac.api.legal_hold import LegalHold
    from fac.api.need import Need
    from fac.api.note import Note
    from fac.api.person import Household, Person
    from fac.api.person_of_concern import PersonOfConcern
    from fac.api.referral import Referral
    from fac.api.reunification import Reunification
    from fac.api.staff import Membership


@strawberry.type(description="One family's case, followed from the first intake for as long as it takes.")
class Case:
    """One family's case, followed from the first intake for as long as it takes."""

    id: strawberry.ID = field("Opaque id.")
    case_number: str = field("The number people say to each other; the last letter is a check.")
    status: CaseStatus = field("Open, paused or closed.")
    opened_at: datetime = field("When it was opened.")
    closed_at: datetime | None = field("When it was closed, if it is.")
    close_reason: CloseReason | None = field("Why it was closed.")
    version: int = field("Version, for changes.")
    center: Annotated[Center, strawberry.lazy("fac.api.incident")] | None = field("The center that is responsible.")
    responsible: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field(
        "The one worker who is accountable now."
    )
    households: list[Annotated[Household, strawberry.lazy("fac.api.person")]] = field("The households of the family.")
    persons: list[Annotated[Person, strawberry.lazy("fac.api.person")]] = field("Everybody in the case.")
    intakes: list[Intake] = field("The interviews.")
    assignments: list[CaseAssignment] = field("Who was accountable when, first first.")
    needs: Connection[Annotated[Need, strawberry.lazy("fac.api.need")]] = page(
        "Needs, newest first.", status=(NeedStatus, "Only in this state.")
    )
    releases: Connection[Annotated[Release, strawberry.lazy("fac.api.consent")]] = page(
        "Releases of information, revoked and expired ones too."
    )
    referrals: Connection[Annotated[Referral, strawberry.lazy("fac.api.referral")]] = page(
        "Referrals, newest first.", status=(ReferralStatus, "Only in this state.")
    )
    handoffs: Connection[Annotated[Handoff, strawberry.lazy("fac.api.handoff")]] = page("Handoffs, newest first.")
    assistances: Connection[Annotated[Assistance, strawberry.lazy("fac.api.assistance")]] = page(
        "What was delivered, newest first."
    )
    follow_ups: Connection[Annotated[FollowUp, strawberry.lazy("fac.api.follow_up")]] = page(
        "Follow-ups, first due first.", status=(FollowUpStatus, "Only in this state.")
    )
    persons_of_concern: Connection[Annotated[PersonOfConcern, strawberry.lazy("fac.api.person_of_concern")]] = page(
        "Whom the family looks for, newest first."
    )
    reunifications: Connection[Annotated[Reunification, strawberry.lazy("fac.api.reunification")]] = page(
        "Who came for a minor or dependent, newest first."
    )
    notes: Connection[Annotated[Note, strawberry.lazy("fac.api.note")]] = page("Notes, newest first.")
    glass_breaks: list[Annotated[GlassBreak, strawberry.lazy("fac.api.glass")]] = field(
        "Who broke the glass on it, newest first."
    )
    legal_holds: list[Annotated[LegalHold, strawberry.lazy("fac.api.legal_hold")]] = field(
        "What keeps persons of the case from being erased."
    )
    conflict_walls: list[Annotated[ConflictWall, strawberry.lazy("fac.api.conflict_wall")]] = field(
        "Who is or was kept from the case, newest first."
    )
    access: Access = field("What of this row you may see.")


@strawberry.type(description="Who was accountable for a case, from when to when.")
class CaseAssignment:
    """Who was accountable for a case, from when to when."""

    id: strawberry.ID = field("Opaque id.")
    started_at: datetime = field("From when.")
    ended_at: datetime | None = field("Until when; open for the present one.")
    worker: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("The accountable worker.")
    center: Annotated[Center, strawberry.lazy("fac.api.incident")] | None = field("At which center.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="The interview that opened a case, or one that added to it.")
class Intake:
    """The interview that opened a case, or one that added to it."""

    id: strawberry.ID = field("Opaque id.")
    language: str = field("The language it was held in.")
    recorded_at: datetime = field("When it was recorded.")
    center: Annotated[Center, strawberry.lazy("fac.api.incident")] | None = field("Where.")
    recorded_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("By whom.")
    access: Access = field("What of this row you may see.")


@strawberry.input(description="Who is accountable from now on.")
class AssignCaseInput:
    """Who is accountable from now on."""

    client_mutation_id: UUID = mutation_key()
    case_id: strawberry.ID = given("Which case.")
    version: int = given("The version you read.")
    worker_id: strawberry.ID = given("One on duty at the center of the case.")


@strawberry.type(description="The case has another accountable worker.")
class CaseAssigned:
    """The case has another accountable worker."""

    case: Case = field("The case.")


@strawberry.input(description="A case on which nothing is done for now.")
class PauseCaseInput:
    """A case on which nothing is done for now."""

    client_mutation_id: UUID = mutation_key()
    case_id: strawberry.ID = given("Which case.")
    version: int = given("The version you read.")


@strawberry.type(description="The case is paused.")
class CasePaused:
    """The case is paused."""

    case: Case = field("The case.")


@strawberry.input(description="A paused case that is taken up again.")
class ResumeCaseInput:
    """A paused case that is taken up again."""

    client_mutation_id: UUID = mutation_key()
    case_id: strawberry.ID = given("Which case.")
    version: int = given("The version you read.")


@strawberry.type(description="The case is open again.")
class CaseResumed:
    """The case is open again."""

    case: Case = field("The case.")


@strawberry.input(description="A case that comes to an end.")
class CloseCaseInput:
    """A case that comes to an end."""

    client_mutation_id: UUID = mutation_key()
    case_id: strawberry.ID = given("Which case.")
    version: int = given("The version you read.")
    reason: CloseReason = given("Why.")


@strawberry.type(description="The case is closed; it can be reopened at any time.")
class CaseClosed:
    """The case is closed; it can be reopened at any time."""

    case: Case = field("The case.")


@strawberry.input(description="A closed case that is opened again.")
class ReopenCaseInput:
    """A closed case that is opened again."""

    client_mutation_id: UUID = mutation_key()
    case_id: strawberry.ID = given("Which case.")
    version: int = given("The version you read.")
    worker_id: strawberry.ID | None = given("Who carries it from now on; left out, the worker it had.", None)


@strawberry.type(description="The case is open again, with its history.")
class CaseReopened:
    """The case is open again, with its history."""

    case: Case = field("The case.")


AssignCaseResult = Annotated[
    CaseAssigned | Refusals, strawberry.union("AssignCaseResult", description="What came of assignCase.")
]
PauseCaseResult = Annotated[
    CasePaused | Refusals, strawberry.union("PauseCaseResult", description="What came of pauseCase.")
]
ResumeCaseResult = Annotated[
    CaseResumed | Refusals, strawberry.union("ResumeCaseResult", description="What came of resumeCase.")
]
CloseCaseResult = Annotated[
    CaseClosed | Refusals, strawberry.union("CloseCaseResult", description="What came of closeCase.")
]
ReopenCaseResult = Annotated[
    CaseReopened | Refusals, strawberry.union("ReopenCaseResult", description="What came of reopenCase.")
]


@strawberry.type
class CaseQueries:
    """Queries of this room."""

    case: Case | None = by_id("One case.")
    cases: Connection[Case] = page("The cases in your scope, newest first.", status=(CaseStatus, "Only in this state."))
    caseload: Connection[Case] = page(
        "The cases you are accountable for, newest first.", status=(CaseStatus, "Only in this state.")
    )


@strawberry.type
class CaseMutations:
    """Mutations of this room."""

    @mutation("Give a case to another worker of its center.")
    async def assign_case(self, info: strawberry.Info, input: AssignCaseInput) -> AssignCaseResult:
        """Give a case to another worker of its center."""
        return await act(
            info,
            input,
            CaseAssigned,
            lambda work: case.assign_case(
                work,
                id_of(work, input.case_id, "Case"),
                version=input.version,
                worker_id=id_of(work, input.worker_id, "Membership"),
            ),
        )

    @mutation("Pause a case; it stays in the caseload.")
    async def pause_case(self, info: strawberry.Info, input: PauseCaseInput) -> PauseCaseResult:
        """Pause a case; it stays in the caseload."""
        return await act(
            info,
            input,
            CasePaused,
            lambda work: case.pause_case(work, id_of(work, input.case_id, "Case"), version=input.version),
        )

    @mutation("Take a paused case up again.")
    async def resume_case(self, info: strawberry.Info, input: ResumeCaseInput) -> ResumeCaseResult:
        """Take a paused case up again."""
        return await act(
            info,
            input,
            CaseResumed,
            lambda work: case.resume_case(work, id_of(work, input.case_id, "Case"), version=input.version),
        )

    @mutation("Close a case on which nothing is owed any more.")
    async def close_case(self, info: strawberry.Info, input: CloseCaseInput) -> CloseCaseResult:
        """Close a case on which nothing is owed any more."""
        return await act(
            info,
            input,
            CaseClosed,
            lambda work: case.close_case(
                work, id_of(work, input.case_id, "Case"), version=input.version, reason=input.reason
            ),
        )

    @mutation("Reopen a closed case.")
    async def reopen_case(self, info: strawberry.Info, input: ReopenCaseInput) -> ReopenCaseResult:
        """Reopen a closed case."""
        return await act(
            info,
            input,
            CaseReopened,
            lambda work: case.reopen_case(
                work,
                id_of(work, input.case_id, "Case"),
                version=input.version,
                worker_id=id_or_none(work, input.worker_id, "Membership"),
            ),
        )
