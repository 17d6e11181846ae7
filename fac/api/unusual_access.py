"""Unusual access, and what lies behind it, in the schema.

Never: hold a rule, or say whom somebody read.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry

from fac.api.acting import id_of, tell_refusal
from fac.api.context import Context
from fac.api.field import Connection, field, query
from fac.api.problems import Payload
from fac.api.report_reading import work_of
from fac.api.scalars import PageLength
from fac.casework import access_event, unusual_access
from fac.domain.ids import encode_global
from fac.domain.vocabulary import AccessRule, InfoClass, Role
from fac.errors import FacError
from fac.reading.argument import DEFAULT_FIRST
from fac.reading.catalog import NOUNS
from fac.reading.cursor import Place, decode_cursor, encode_cursor


def _said(description: str) -> Any:
    return strawberry.argument(description=description)


@strawberry.type(description="A day on which somebody's access was unusual by a rule. A question, not a finding.")
class UnusualAccess:
    """A day on which somebody's access was unusual by a rule."""

    day: date = field("The day, in the incident's own time.")
    rule: AccessRule = field("By which rule.")
    count: int = field("What was counted: persons and cases read (or compared, at night), cases, or searches.")
    peers: float | None = field("How many the others of the role read a day, if the rule compares and there are any.")
    usual: float | None = field("How many the hat reads on its other days, if the rule compares and there are any.")
    membership_id: strawberry.ID = field("Whose: the hat.")
    role: Role = field("Its role.")
    organization: str | None = field("For which organisation, unless it is somebody served.")
    center: str | None = field("At which center.")
    name: str | None = field("Who wears it, for those who may read the names of staff in the trail.")
    begins_at: datetime = field("When the day begins: with its end, what to ask accessEvents for.")
    ends_at: datetime = field("When it ends.")


@strawberry.type(description="One row of the audit: what somebody did, not whom it was about.")
class AccessEvent:
    """One row of the audit."""

    at: datetime = field("When.")
    event: str = field("What happened.")
    operation: str = field("By which operation.")
    record: str = field("To which kind of record.")
    classes: list[InfoClass] = field("Which classes it opened.")
    subjects: int = field("Of how many: persons, or cases themselves.")
    under_glass: bool = field("Whether glass was broken for it.")
    correlation_id: UUID = field("The request, as logs and the whole audit know it.")


@strawberry.type(description="A page of audit rows.")
class AccessEventPage:
    """A page of audit rows."""

    nodes: list[AccessEvent] = field("The rows, first first.")
    has_next_page: bool = field("Whether more follow.")
    end_cursor: str | None = field("The cursor of the last row: pass it as `after` for the next page.")


@strawberry.type
class UnusualAccessQueries:
    """Queries of this room."""

    @query(
        "Days on which somebody read far more than colleagues or than usual, at night, families that are not theirs,"
        " under broken glass, or searched and read nothing of it. For the privacy officer and the auditor; audited."
    )
    async def unusual_access(
        self,
        info: strawberry.Info[Context, None],
        since: Annotated[datetime, _said("From the day on, in the incident's own time, in which this falls.")],
        until: Annotated[datetime, _said("Until then; 31 days at most.")],
        rule: Annotated[AccessRule | None, _said("Only by this rule.")] = None,
        first: Annotated[PageLength | None, _said("How many; 25 when left out, 100 at most.")] = None,
        after: Annotated[str | None, _said("The endCursor of the page before.")] = None,
    ) -> Connection[UnusualAccess]:
        """Return the days on which access was unusual."""
        place = cast("tuple[date, UUID] | None", _place(after, date))
        context = info.context
        context.operation = "unusualAccess"
        try:
            async with work_of(context) as work:
                found = await unusual_access.unusual_access(
                    work, since=since, until=until, rule=rule, first=_length(first), after=place
                )
        except FacError as refusal:
            await tell_refusal(context, refusal)
            raise
        return cast("Connection[UnusualAccess]", _page(context.actor.incident_id, found))

    @query("What a hat did in some hours, from the audit. For the privacy officer and the auditor; audited.")
    async def access_events(
        self,
        info: strawberry.Info[Context, None],
        membership_id: Annotated[strawberry.ID, _said("Whose: the hat.")],
        since: Annotated[datetime, _said("From when.")],
        until: Annotated[datetime, _said("Until when; 31 days at most.")],
        first: Annotated[PageLength | None, _said("How many; 25 when left out, 100 at most.")] = None,
        after: Annotated[str | None, _said("The endCursor of the page before.")] = None,
    ) -> AccessEventPage:
        """Return what a hat did."""
        place = cast("tuple[datetime, UUID] | None", _place(after, datetime))
        context = info.context
        context.operation = "accessEvents"
        try:
            async with work_of(context) as work:
                hat = id_of(work, membership_id, "Membership")
                found, more = await access_event.access_events(
                    work, hat, since=since, until=until, first=_length(first), after=place
                )
        except FacError as refusal:
            await tell_refusal(context, refusal)
            raise
        end = encode_cursor(found[-1].at, found[-1].id) if found else None
        nodes = [_event(each) for each in found]
        return cast(
            "AccessEventPage",
            Payload("AccessEventPage", {"nodes": nodes, "hasNextPage": more, "endCursor": end}),
        )


def _length(first: Any) -> int:
    return DEFAULT_FIRST if first is None else int(first)


def _place(after: str | None, kind: type[Place]) -> tuple[Place, UUID] | None:
    return None if after is None else decode_cursor(after, kind)


def _event(event: access_event.AccessEvent) -> Payload:
    values = {
        "at": event.at,
        "event": event.event,
        "operation": event.operation,
        "record": event.record,
        "classes": list(event.classes),
        "subjects": event.subjects,
        "underGlass": event.under_glass,
        "correlationId": event.correlation_id,
    }
    return Payload("AccessEvent", values)


def _page(incident_id: UUID, found: unusual_access.Page) -> Payload:
    nodes = [_row(incident_id, each) for each in found.rows]
    cursors = [encode_cursor(each.day, each.id) for each in found.rows]
    edges = [
        Payload("UnusualAccessEdge", {"cursor": cursor, "node": node})
        for cursor, node in zip(cursors, nodes, strict=True)
    ]
    ends = {"hasNextPage": found.has_next, "endCursor": cursors[-1] if cursors else None}
    values = {"nodes": nodes, "edges": edges, "pageInfo": Payload("PageInfo", ends), "totalCount": found.total}
    return Payload("UnusualAccessConnection", values)


def _row(incident_id: UUID, row: unusual_access.UnusualAccess) -> Payload:
    values = {
        "day": row.day,
        "rule": row.rule,
        "count": row.count,
        "peers": row.peers,
        "usual": row.usual,
        "membershipId": encode_global(NOUNS["Membership"].code, incident_id, row.membership_id),
        "role": row.role,
        "organization": row.organization,
        "center": row.center,
        "name": row.name,
        "beginsAt": row.begins_at,
        "endsAt": row.ends_at,
    }
    return Payload("UnusualAccess", values)
