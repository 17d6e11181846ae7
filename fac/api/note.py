"""Notes in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from fac.api.field import Access, by_id, field
from fac.domain.vocabulary import NoteKind

if TYPE_CHECKING:
    from fac.api.staff import Membership


@strawberry.type(description="A note; written once, never edited.")
class Note:
    """A note; written once, never edited."""

    id: strawberry.ID = field("Opaque id.")
    kind: NoteKind = field("What it is; privileged kinds are their author's alone.")
    written_at: datetime = field("When.")
    body: str | None = field("What it says (narrative).")
    written_by: Annotated["Membership", strawberry.lazy("fac.api.staff")] | None = field("By whom.")
    access: Access = field("What of this row you may see.")


@strawberry.type
class NoteQueries:
    """Queries of this room."""

    note: Note | None = by_id("One note.")
