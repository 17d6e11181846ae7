"""Who can see a case, and why, in the schema.

Never: hold a rule, or name who is kept away.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry

from fac.api.acting import tell_refusal
from fac.api.context import Context
from fac.api.field import Connection, field, query
from fac.api.problems import Payload
from fac.api.scalars import PageLength
from fac.domain.ids import decode_global, encode_global
from fac.domain.vocabulary import InfoClass, Role
from fac.errors import FacError, NotFound
from fac.reading.argument import DEFAULT_FIRST
from fac.reading.catalog import NOUNS
from fac.reading.cursor import decode_cursor, encode_cursor
from fac.reading.selection import select
from fac.reading.who_can_see import Onlooker as Seen
from fac.reading.who_can_see import Onlookers, who_can_see


@strawberry.type(description="A release in force that opens something of one person of the case to an organisation.")
class ReleaseInForce:
    """A release in force."""

    release_id: strawberry.ID = field("The release.")
    person_id: strawberry.ID = field("Of whom.")
    classes: list[InfoClass] = field("Which classes it opens here.")
    until: datetime = field("Until when: it expires, or the organisation's agreement does.")


@strawberry.type(description="Why somebody sees something of the case: a relation, and what it opens.")
class Sight:
    """Why somebody sees something of the case."""

    relation: str = field("How the hat stands to it, in the policy's words: my_caseload, my_center, broken_glass, ...")
    records: list[str] = field("Of which kinds of record, of those there are and that you may read.")
    classes: list[InfoClass] = field("Which classes.")
    until: datetime | None = field("Until when at the longest, where that is known.")
    referral_ids: list[strawberry.ID] = field("By which referrals, if it is a partner.")
    releases: list[ReleaseInForce] = field("By which releases in force, if it is a partner.")


@strawberry.type(description="A hat that sees something of a case now. Who is kept away from it is not here.")
class Onlooker:
    """A hat that sees something of a case now."""

    membership_id: strawberry.ID = field("The hat.")
    role: Role = field("Its role.")
    organization: str | None = field("For which organisation, unless it is somebody served.")
    center: str | None = field("At which center.")
    name: str | None = field("Who wears it: the name colleagues know.")
    classes: list[InfoClass] = field("Every class it sees of anything of the case.")
    sights: list[Sight] = field("Why, relation by relation.")


@strawberry.type
class OnlookerQueries:
    """Queries of this room."""

    @query(
        "Who can see a case now, and why: every hat on duty that sees anything of it, by the very rules that guard the"
        " case. For who carries the case, the center's supervisor and the privacy officer; audited."
    )
    async def who_can_see(
        self,
        info: strawberry.Info[Context, None],
        id: Annotated[strawberry.ID, strawberry.argument(description="The case's id.")],
        first: Annotated[
            PageLength | None, strawberry.argument(description="How many; 25 when left out, 100 at most.")
        ] = None,
        after: Annotated[str | None, strawberry.argument(description="The endCursor of the page before.")] = None,
    ) -> Connection[Onlooker]:
        """Return who can see a case."""
        context = info.context
        context.operation = "whoCanSee"
        place = None if after is None else decode_cursor(after, UUID)[1]
        try:
            found = await who_can_see(
                context.reader(),
                context.operation,
                _case_in(context.actor.incident_id, id),
                first=DEFAULT_FIRST if first is None else int(first),
                after=place,
                counted=_is_counted(info),
            )
        except FacError as refusal:
            await tell_refusal(context, refusal)
            raise
        return cast("Connection[Onlooker]", _page(context.actor.incident_id, found))


def _case_in(incident_id: UUID, text: str) -> UUID:
    kind, incident, id = decode_global(text) or (None, None, None)
    if kind != NOUNS["Case"].code or incident != incident_id or id is None:
        raise NotFound
    return id


def _is_counted(info: strawberry.Info[Context, None]) -> bool:
    raw: Any = info._raw_info
    variables = getattr(raw.variable_values, "coerced", raw.variable_values)
    return select(raw.field_nodes, raw.fragments, variables).child("totalCount") is not None


def _page(incident_id: UUID, found: Onlookers) -> Payload:
    nodes = [_shown(incident_id, each) for each in found.rows]
    cursors = [encode_cursor(each.membership_id, each.membership_id) for each in found.rows]
    values = {
        "nodes": nodes,
        "edges": [
            Payload("OnlookerEdge", {"cursor": cursor, "node": node})
            for cursor, node in zip(cursors, nodes, strict=True)
        ],
        "pageInfo": Payload("PageInfo", {"hasNextPage": found.has_next, "endCursor": cursors[-1] if cursors else None}),
        "totalCount": found.total,
    }
    return Payload("OnlookerConnection", values)


def _shown(incident_id: UUID, seen: Seen) -> Payload:
    def opaque(noun: str, id: UUID) -> str:
        return encode_global(NOUNS[noun].code, incident_id, id)

    sights = []
    for each in seen.sights:
        releases = [
            Payload(
                "ReleaseInForce",
                {
                    "releaseId": opaque("Release", one.release_id),
                    "personId": opaque("Person", one.person_id),
                    "classes": list(one.classes),
                    "until": one.until,
                },
            )
            for one in each.releases
        ]
        values = {
            "relation": each.relation,
            "records": list(each.records),
            "classes": list(each.classes),
            "until": each.until,
            "referralIds": [opaque("Referral", one) for one in each.referrals],
            "releases": releases,
        }
        sights.append(Payload("Sight", values))
    values = {
        "membershipId": opaque("Membership", seen.membership_id),
        "role": seen.role,
        "organization": seen.organization,
        "center": seen.center,
        "name": seen.name,
        "classes": list(seen.classes),
        "sights": sights,
    }
    return Payload("Onlooker", values)
