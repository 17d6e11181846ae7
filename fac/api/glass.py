"""Broken glass and reviews in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, cast
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of, tell_refusal
from fac.api.context import Context
from fac.api.field import Access, Connection, by_id, field, given, mutation, mutation_key, page, query
from fac.api.problems import Payload, Refusals
from fac.api.report_reading import work_of
from fac.casework import glass, review
from fac.casework.glass_reads import glass_break_reads
from fac.domain.vocabulary import GlassReason, InfoClass, ReviewFinding, ReviewKind, ReviewStatus
from fac.errors import FacError

if TYPE_CHECKING:
    from fac.api.case import Case
    from fac.api.conflict_wall import ConflictWall
    from fac.api.staff import Membership


@strawberry.type(description="Somebody read the whole of one case for an hour, because of an emergency.")
class GlassBreak:
    """Somebody read the whole of one case for an hour, because of an emergency."""

    id: strawberry.ID = field("Opaque id; the audit row of every read under it carries the same row's id.")
    reason: GlassReason = field("Which kind of emergency.")
    words: str | None = field("What it was, in their words.")
    broken_at: datetime = field("Since when.")
    ends_at: datetime = field("Until when.")
    told_at: datetime | None = field("When who carries the case was told.")
    case: Annotated[Case, strawberry.lazy("fac.api.case")] | None = field("Which case.")
    broken_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("By whom.")
    reviews: list[Review] = field("The review of it.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="What one person did alone, and another looks at by a day.")
class Review:
    """What one person did alone, and another looks at by a day."""

    id: strawberry.ID = field("Opaque id.")
    kind: ReviewKind = field("What was done.")
    status: ReviewStatus = field("Open or concluded.")
    raised_at: datetime = field("When it was done.")
    due_at: datetime = field("By when it is reviewed.")
    escalated_at: datetime | None = field("When it was escalated, because nobody had reviewed it by then.")
    reviewed_at: datetime | None = field("When it was reviewed.")
    finding: ReviewFinding | None = field("What was found.")
    words: str | None = field("What the reviewer says of it.")
    version: int = field("Version, for changes.")
    case: Annotated[Case, strawberry.lazy("fac.api.case")] | None = field("Which case.")
    done_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who did it.")
    reviewed_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who reviewed it.")
    glass_break: GlassBreak | None = field("The broken glass, if that is what was done.")
    conflict_wall: Annotated[ConflictWall, strawberry.lazy("fac.api.conflict_wall")] | None = field(
        "The lifted wall, if that is what was done."
    )
    access: Access = field("What of this row you may see.")


@strawberry.type(description="One read under broken glass, as the audit has it: what was opened, not what it said.")
class GlassRead:
    """One read under broken glass."""

    at: datetime = field("When.")
    operation: str = field("By which operation.")
    classes: list[InfoClass] = field("Which classes were opened.")
    subjects: int = field("Of how many: persons of the case, and the case itself.")


@strawberry.input(
    description="An emergency in which one case is needed whole. Prove your second factor first (stepUp)."
)
class BreakGlassInput:
    """An emergency in which one case is needed whole."""

    client_mutation_id: UUID = mutation_key()
    case_id: strawberry.ID = given("Which case.")
    reason: GlassReason = given("Which kind of emergency.")
    words: str = given("What it is, for those who review it; sealed.")


@strawberry.type(description="For an hour you read the whole case; every read is told, and another person reviews it.")
class GlassBroken:
    """The glass is broken."""

    glass_break: GlassBreak = field("Until when, and why.")


@strawberry.input(description="What came of looking at what somebody did.")
class ConcludeReviewInput:
    """What came of looking at what somebody did."""

    client_mutation_id: UUID = mutation_key()
    review_id: strawberry.ID = given("Which review.")
    version: int = given("The version you read.")
    finding: ReviewFinding = given("What you found.")
    words: str | None = given("What you say of it; required unless it was justified. Sealed.", None)


@strawberry.type(description="The review is concluded.")
class ReviewConcluded:
    """The review is concluded."""

    review: Review = field("The review.")


BreakGlassResult = Annotated[
    GlassBroken | Refusals, strawberry.union("BreakGlassResult", description="What came of breakGlass.")
]
ConcludeReviewResult = Annotated[
    ReviewConcluded | Refusals, strawberry.union("ConcludeReviewResult", description="What came of concludeReview.")
]


def _shown(read: Any) -> Payload:
    values = {"at": read.at, "operation": read.operation, "classes": list(read.classes), "subjects": read.subjects}
    return Payload("GlassRead", values)


@strawberry.type
class GlassQueries:
    """Queries of this room."""

    glass_break: GlassBreak | None = by_id("One breaking of the glass.")
    glass_breaks: Connection[GlassBreak] = page(
        "Every breaking of the glass you may see, newest first.", reason=(GlassReason, "Only for this reason.")
    )
    review: Review | None = by_id("One review.")
    reviews: Connection[Review] = page(
        "What awaits review and what was reviewed, what is due first (so: overdue) first.",
        status=(ReviewStatus, "Only open, or only concluded."),
        kind=(ReviewKind, "Only of this kind."),
        due_by=(datetime, "Only what is due by then; with now and open: what is overdue."),
    )

    @query("What was read under a breaking of the glass that you may see, first first; 200 reads at most.")
    async def glass_break_reads(
        self,
        info: strawberry.Info[Context, None],
        id: Annotated[strawberry.ID, strawberry.argument(description="The breaking's id.")],
    ) -> list[GlassRead]:
        """Return what was read under a breaking of the glass."""
        context = info.context
        context.operation = "glassBreakReads"
        try:
            async with work_of(context) as work:
                found = await glass_break_reads(work, id_of(work, id, "GlassBreak"))
                await work.finish()
        except FacError as refusal:
            await tell_refusal(context, refusal)
            raise
        return cast("list[GlassRead]", [_shown(each) for each in found])


@strawberry.type
class GlassMutations:
    """Mutations of this room."""

    @mutation("Break the glass: in an emergency, read the whole of one case of your center for an hour.")
    async def break_glass(self, info: strawberry.Info, input: BreakGlassInput) -> BreakGlassResult:
        """Break the glass."""
        return await act(
            info,
            input,
            GlassBroken,
            lambda work: glass.break_glass(
                work, id_of(work, input.case_id, "Case"), reason=input.reason, words=input.words
            ),
        )

    @mutation("Conclude the review of what another person did.")
    async def conclude_review(self, info: strawberry.Info, input: ConcludeReviewInput) -> ConcludeReviewResult:
        """Conclude a review."""
        return await act(
            info,
            input,
            ReviewConcluded,
            lambda work: review.conclude_review(
                work,
                id_of(work, input.review_id, "Review"),
                version=input.version,
                finding=input.finding,
                words=input.words,
            ),
        )
