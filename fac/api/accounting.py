"""The accounting of disclosures in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, cast

import strawberry

from fac.api.acting import id_of, opaque, tell_refusal
from fac.api.context import Context
from fac.api.field import PageInfo, field, query
from fac.api.problems import Payload
from fac.api.report_reading import work_of
from fac.api.scalars import PageLength
from fac.casework.accounted_disclosure import AccountedDisclosure as ToldOutside
from fac.casework.accounting import AccountedRead as Told
from fac.casework.accounting import read_accounting
from fac.casework.work import Work
from fac.domain.vocabulary import AccessBasis, CourtInstrument, DisclosureBasis, InfoClass, ReleasePurpose, Role
from fac.errors import FacError
from fac.reading.cursor import decode_cursor, encode_cursor

USUAL_LENGTH = 25


@strawberry.type(description="What somebody in one role, for one organisation, read of a person on one day.")
class AccountedRead:
    """What somebody read of a person on one day."""

    read_on: date = field("The day, in the incident's time zone.")
    reads: int = field("How often.")
    classes: list[InfoClass] = field("Which classes of what is sealed were opened by these reads, of anybody in them.")
    role: Role = field("In which role.")
    organization: str | None = field("For which organisation.")
    center: str | None = field("At which center, for those who work at one.")
    basis: AccessBasis = field("By what right.")
    release_id: strawberry.ID | None = field("The release in force by which an organisation read.")
    purpose: ReleasePurpose | None = field("What that release is for.")


@strawberry.type(description="What was told of a person without a release: by law, to a court, in danger.")
class AccountedDisclosure:
    """What was told of a person without a release."""

    disclosed_on: date = field("The day, in the incident's time zone.")
    recipient: str | None = field("To whom; nothing where it was not kept, or is erased.")
    organization: str | None = field("The recipient, where it is one of the directory.")
    classes: list[InfoClass] = field("Which classes of information.")
    disclosure_basis: DisclosureBasis = field("On what it rests, which is what it was for.")
    instrument: CourtInstrument | None = field("What was served, where it was compelled.")


AccountingEntry = Annotated[
    AccountedRead | AccountedDisclosure,
    strawberry.union("AccountingEntry", description="Somebody's reads on one day, or a disclosure without a release."),
]


@strawberry.type(description="Who read of a person or was told of them, the newest day first; the last seconds follow.")
class Accounting:
    """Who read of a person, or was told of them."""

    entries: list[AccountingEntry] = field("A row a day and somebody on duty, and one a disclosure without a release.")
    page_info: PageInfo = field("Whether there is more.")


def _shown(work: Work, told: Told | ToldOutside) -> Payload:
    if isinstance(told, ToldOutside):
        return Payload("AccountedDisclosure", {
            "disclosedOn": told.disclosed_on, "recipient": told.recipient, "organization": told.organization,
            "classes": list(told.classes), "disclosureBasis": told.basis, "instrument": told.instrument,
        })  # fmt: skip
    return _read(work, told)


def _read(work: Work, read: Told) -> Payload:
    release = None if read.release_id is None else opaque(work.incident_id, str(read.release_id), "Release")
    values: dict[str, Any] = {
        "readOn": read.read_on, "reads": read.reads, "classes": list(read.classes), "role": read.role,
        "organization": read.organization, "center": read.center, "basis": read.basis, "releaseId": release,
        "purpose": read.purpose,
    }  # fmt: skip
    return Payload("AccountedRead", values)


def _page(work: Work, found: list[Told | ToldOutside], length: int) -> Payload:
    shown, more = found[:length], len(found) > length
    end = encode_cursor(*shown[-1].place) if shown else None
    info = Payload("PageInfo", {"hasNextPage": more, "endCursor": end})
    return Payload("Accounting", {"entries": [_shown(work, each) for each in shown], "pageInfo": info})


@strawberry.type
class AccountingQueries:
    """Queries of this room."""

    @query("Who read or was told of a person: of oneself or one's child, or of somebody who asked in writing.")
    async def accounting(
        self,
        info: strawberry.Info[Context, None],
        id: Annotated[strawberry.ID, strawberry.argument(description="The person's id.")],
        asked_on: Annotated[
            date | None, strawberry.argument(description="For who answers in writing: the day they were asked.")
        ] = None,
        first: Annotated[
            PageLength | None, strawberry.argument(description="How many rows; 25 when left out, 100 at most.")
        ] = None,
        after: Annotated[str | None, strawberry.argument(description="The endCursor of the page before.")] = None,
    ) -> Accounting:
        """Return who read of a person, or was told of them."""
        context, length = info.context, first or USUAL_LENGTH
        context.operation = "accounting"
        try:
            place = None if after is None else cast("Any", decode_cursor(after, date))
            async with work_of(context) as work:
                found = await read_accounting(
                    work, id_of(work, id, "Person"), most=length + 1, after=place, asked_on=asked_on
                )
                await work.finish()
                answer = _page(work, found, length)
        except FacError as refusal:
            await tell_refusal(context, refusal)
            raise
        return cast("Accounting", answer)
