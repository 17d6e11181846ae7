"""Suspected duplicates and merges in the schema: the queue, and what is decided about a pair.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of
from fac.api.field import Access, Connection, field, given, mutation, mutation_key, page
from fac.api.person import Person
from fac.api.problems import Refusals
from fac.casework import merging

if TYPE_CHECKING:
    from fac.api.staff import Membership


@strawberry.type(description="A sign that two records may be one person. Nothing is ever merged by itself.")
class DuplicateSuspicion:
    """A sign that two records may be one person."""

    id: strawberry.ID = field("Opaque id.")
    grade: str = field("same or review.")
    score: int = field("How strong the evidence is, in bits (0 to 100).")
    reasons: list[str] = field("What is alike, such as phone or birth_date; never the values.")
    raised_at: datetime = field("When it was noticed.")
    person: Person | None = field("The person whose record raised it.")
    other: Person | None = field("The person it may be.")
    dismissed_at: datetime | None = field("When somebody said that they are two.")
    dismissed_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who said so.")
    version: int = field("Version, for changes.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="Two records tied as one person. Nothing was moved: each keeps its case and its history.")
class PersonMerge:
    """Two records tied as one person."""

    id: strawberry.ID = field("Opaque id.")
    kept: Person | None = field("The record that is found and counted.")
    merged: Person | None = field("The record that stands for the same person.")
    merged_at: datetime = field("When they were tied.")
    merged_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("By whom.")
    unmerged_at: datetime | None = field("When they were parted again.")
    version: int = field("Version, for changes.")
    access: Access = field("What of this row you may see.")


@strawberry.input(description="Two records that look alike and are two persons.")
class DismissDuplicateInput:
    """Two records that look alike and are two persons."""

    client_mutation_id: UUID = mutation_key()
    suspicion_id: strawberry.ID = given("Which suspicion.")
    version: int = given("The version you read.")


@strawberry.input(description="Two records of one person.")
class MergePersonsInput:
    """Two records of one person."""

    client_mutation_id: UUID = mutation_key()
    kept_person_id: strawberry.ID = given("The record that will be found and counted.")
    kept_version: int = given("The version of it you read.")
    merged_person_id: strawberry.ID = given("The record that stands for the same person.")
    merged_version: int = given("The version of it you read.")


@strawberry.input(description="Two records that were tied as one person and are two.")
class UnmergePersonsInput:
    """Two records that were tied as one person and are two."""

    client_mutation_id: UUID = mutation_key()
    merge_id: strawberry.ID = given("Which merge.")
    version: int = given("The version you read.")


@strawberry.type(description="The pair is not suggested again, unless a name of theirs changes.")
class DuplicateDismissed:
    """The pair is not suggested again, unless a name of theirs changes."""

    duplicate: DuplicateSuspicion = field("The suspicion.")


@strawberry.type(description="The two records are one person wherever somebody looks for or counts them.")
class PersonsMerged:
    """The two records are one person wherever somebody looks for or counts them."""

    merge: PersonMerge = field("The merge.")


@strawberry.type(description="The two records are two persons again.")
class PersonsUnmerged:
    """The two records are two persons again."""

    merge: PersonMerge = field("The merge, undone.")


DismissDuplicateResult = Annotated[
    DuplicateDismissed | Refusals,
    strawberry.union("DismissDuplicateResult", description="What came of dismissDuplicate."),
]
MergePersonsResult = Annotated[
    PersonsMerged | Refusals, strawberry.union("MergePersonsResult", description="What came of mergePersons.")
]
UnmergePersonsResult = Annotated[
    PersonsUnmerged | Refusals, strawberry.union("UnmergePersonsResult", description="What came of unmergePersons.")
]


@strawberry.type
class DuplicateQueries:
    """Queries of this room."""

    duplicate_review: Connection[DuplicateSuspicion] = page(
        "Pairs of records that wait for somebody to say whether they are one person, where one of the two is in a case"
        " of your center: the strongest evidence first.",
        grade=(str, "Only of this grade: same or review."),
    )


@strawberry.type
class DuplicateMutations:
    """Mutations of this room."""

    @mutation("Say that two records that look alike are two persons. You must be able to review both.")
    async def dismiss_duplicate(self, info: strawberry.Info, input: DismissDuplicateInput) -> DismissDuplicateResult:
        """Say that two records that look alike are two persons."""
        return await act(
            info,
            input,
            DuplicateDismissed,
            lambda work: merging.dismiss_duplicate(
                work, id_of(work, input.suspicion_id, "DuplicateSuspicion"), version=input.version
            ),
        )

    @mutation("Tie two records as one person, in a way that can be undone. You must be able to review both.")
    async def merge_persons(self, info: strawberry.Info, input: MergePersonsInput) -> MergePersonsResult:
        """Tie two records as one person."""
        return await act(
            info,
            input,
            PersonsMerged,
            lambda work: merging.merge_persons(
                work,
                id_of(work, input.kept_person_id, "Person"),
                kept_version=input.kept_version,
                merged_id=id_of(work, input.merged_person_id, "Person"),
                merged_version=input.merged_version,
            ),
        )

    @mutation("Part two records that were tied as one person: all is as it was before.")
    async def unmerge_persons(self, info: strawberry.Info, input: UnmergePersonsInput) -> UnmergePersonsResult:
        """Part two records that were tied as one person."""
        return await act(
            info,
            input,
            PersonsUnmerged,
            lambda work: merging.unmerge_persons(
                work, id_of(work, input.merge_id, "PersonMerge"), version=input.version
            ),
        )
