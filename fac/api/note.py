"""Notes in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of
from fac.api.field import Access, by_id, field, given, mutation, mutation_key
from fac.api.problems import Refusals
from fac.casework import note
from fac.domain.vocabulary import NoteKind

if TYPE_CHECKING:
    from fac.api.staff import Membership


@strawberry.type(description="A note; written once, never edited.")
class Note:
    """A note; written once, never edited."""

    id: strawberry.ID = field("Opaque id.")
    kind: NoteKind = field("What it is; privileged kinds are their author's alone.")
    written_at: datetime = field("When.")
    body: str | None = field("What it says (of the class that its kind says).")
    written_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("By whom.")
    access: Access = field("What of this row you may see.")


@strawberry.input(description="A note on a case.")
class WriteNoteInput:
    """A note on a case."""

    client_mutation_id: UUID = mutation_key()
    case_id: strawberry.ID = given("Which case.")
    kind: NoteKind = given("What it is; privileged kinds are for you alone.")
    body: str = given("What it says; sealed.")


@strawberry.type(description="The note is written.")
class NoteWritten:
    """The note is written."""

    note: Note = field("The note.")


WriteNoteResult = Annotated[
    NoteWritten | Refusals, strawberry.union("WriteNoteResult", description="What came of writeNote.")
]


@strawberry.type
class NoteQueries:
    """Queries of this room."""

    note: Note | None = by_id("One note.")


@strawberry.type
class NoteMutations:
    """Mutations of this room."""

    @mutation("Write a note on a case; it is never edited.")
    async def write_note(self, info: strawberry.Info, input: WriteNoteInput) -> WriteNoteResult:
        """Write a note on a case; it is never edited."""
        return await act(
            info,
            input,
            NoteWritten,
            lambda work: note.write_note(work, id_of(work, input.case_id, "Case"), kind=input.kind, body=input.body),
        )
