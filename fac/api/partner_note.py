"""A partner's own notes in the schema.

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
from fac.casework import partner_note

if TYPE_CHECKING:
    from fac.api.referral import Referral
    from fac.api.staff import Membership


@strawberry.type(description="A partner's own note on a referral it accepted; for that organisation's workers alone.")
class PartnerNote:
    """A partner's own note on a referral it accepted; for that organisation's workers alone."""

    id: strawberry.ID = field("Opaque id.")
    written_at: datetime = field("When.")
    body: str | None = field("What it says (partner_record).")
    referral: Annotated[Referral, strawberry.lazy("fac.api.referral")] | None = field("The referral it is about.")
    written_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("By whom.")
    access: Access = field("What of this row you may see.")


@strawberry.input(description="A note of your organisation's own on a referral it accepted.")
class WritePartnerNoteInput:
    """A note of your organisation's own on a referral it accepted."""

    client_mutation_id: UUID = mutation_key()
    referral_id: strawberry.ID = given("Which referral.")
    body: str = given("What it says; sealed.")


@strawberry.type(description="The note is written.")
class PartnerNoteWritten:
    """The note is written."""

    partner_note: PartnerNote = field("The note.")


WritePartnerNoteResult = Annotated[
    PartnerNoteWritten | Refusals,
    strawberry.union("WritePartnerNoteResult", description="What came of writePartnerNote."),
]


@strawberry.type
class PartnerNoteQueries:
    """Queries of this room."""

    partner_note: PartnerNote | None = by_id("One of your organisation's own notes.")


@strawberry.type
class PartnerNoteMutations:
    """Mutations of this room."""

    @mutation("Write a note on a referral your organisation accepted; nobody else reads it, and it is never edited.")
    async def write_partner_note(self, info: strawberry.Info, input: WritePartnerNoteInput) -> WritePartnerNoteResult:
        """Write a note on a referral your organisation accepted; nobody else reads it, and it is never edited."""
        return await act(
            info,
            input,
            PartnerNoteWritten,
            lambda work: partner_note.write_partner_note(
                work, id_of(work, input.referral_id, "Referral"), body=input.body
            ),
        )
