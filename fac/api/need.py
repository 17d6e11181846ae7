"""Needs in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from fac.api.field import Access, field
from fac.domain.vocabulary import Horizon, NeedStatus

if TYPE_CHECKING:
    from fac.api.person import Person


@strawberry.type(description="Something a person needs.")
class Need:
    """Something a person needs."""

    id: strawberry.ID = field("Opaque id.")
    code: str | None = field("What is needed; see needCodes.")
    horizon: Horizon | None = field("By when.")
    status: NeedStatus = field("How far it is.")
    opened_at: datetime = field("When it was heard.")
    ended_at: datetime | None = field("When it came to an end.")
    detail: str | None = field("In the person's words (narrative).")
    person: Annotated["Person", strawberry.lazy("fac.api.person")] | None = field("Whose need.")
    version: int = field("Version, for changes.")
    access: Access = field("What of this row you may see.")
