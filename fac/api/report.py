"""Funders' reports in the schema: generated, published, read.

Never: count, or hold a rule.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of
from fac.api.context import Context
from fac.api.field import field, given, mutation, mutation_key, query
from fac.api.generating import generate_report, publish_report
from fac.api.problems import Payload, Refusals
from fac.api.report_reading import award_id_of, read_report, read_reports, report_id_of
from fac.casework.work import Result, Work
from fac.domain.suppression import DEFAULT_THRESHOLD
from fac.errors import NotFound
from fac.reporting.period import Period


@strawberry.type(description="One figure of a report.")
class ReportRow:
    """One figure."""

    key: str = field("The row's stable key, such as `individuals` or `C4`.")
    label: str = field("The row as the form words it.")
    count: int | None = field("The figure; null where a public edition hides it.")


@strawberry.type(description="One question of a report.")
class ReportSection:
    """One question."""

    question: str = field("The question, such as `Q1` or `Q8C`.")
    title: str = field("The question as the form words it.")
    rows: list[ReportRow] = field("Its figures, in the order of the form.")
    has_total: bool = field("Whether the form asks for a total.")
    total: int | None = field("The total; null where there is none, or where a public edition hides it.")


@strawberry.type(description="One line on where a report's figures come from.")
class ReportProvenance:
    """One line of the provenance."""

    word: str = field("What it tells, such as `period`, `edition`, `inputs` or `rule`.")
    text: str = field("What it is.")


@strawberry.type(
    description="A frozen report. Late entries and corrections make the next revision; a report never changes."
)
class Report:
    """A frozen report."""

    id: strawberry.ID = field("Opaque id.")
    kind: str = field("`ovc_pmt`, or `ovc_pmt_public` for its public edition.")
    is_public: bool = field("Whether small counts are hidden, so that it may go to anybody.")
    award_id: strawberry.ID = field("The award it is for.")
    award_number: str = field("The funder's number of the award.")
    period: str = field("The period, such as `FY2027 Q1` or `FY2027`.")
    starts_on: date = field("First day of the period.")
    ends_on: date = field("Last day of the period.")
    fiscal_year: int = field("The federal fiscal year, named for the calendar year it ends in.")
    quarter: int | None = field("1 to 4; null for a whole year.")
    edition: str = field("The edition of the form.")
    revision: int = field("1, then one more whenever what it is counted from had changed.")
    generated_at: datetime = field("When it was frozen.")
    source_id: strawberry.ID | None = field("Of a public edition: the exact report it was made from.")
    provenance: list[ReportProvenance] = field("Where the figures come from.")
    csv: str = field("The whole report as CSV (RFC 4180); the same report gives the same text, always.")
    sections: list[ReportSection] = field("The figures, by question.")


@strawberry.input(description="Generate the OVC PMT report of an award.")
class GenerateReportInput:
    """What to report on."""

    client_mutation_id: UUID = mutation_key()
    award_id: strawberry.ID = given("The award.")
    fiscal_year: int = given("The federal fiscal year: 2027 runs from October 2026 to September 2027.")
    quarter: int | None = given("1 to 4, or left out for the whole year.", default=None)


@strawberry.input(description="Publish a report: freeze its public edition.")
class PublishReportInput:
    """What to publish."""

    client_mutation_id: UUID = mutation_key()
    report_id: strawberry.ID = given("The exact report.")
    threshold: int | None = given("Counts from 1 up to this are hidden; 10 when left out.", default=None)


@strawberry.type(description="The report as frozen; the one already there when nothing it is counted from has changed.")
class ReportGenerated:
    """The frozen report."""

    report: Report | None = field("The report.")


@strawberry.type(description="The public edition as frozen.")
class ReportPublished:
    """The frozen public edition."""

    report: Report | None = field("The public edition.")


GenerateReportResult = Annotated[
    ReportGenerated | Refusals, strawberry.union("GenerateReportResult", description="What came of generateReport.")
]
PublishReportResult = Annotated[
    ReportPublished | Refusals, strawberry.union("PublishReportResult", description="What came of publishReport.")
]


@strawberry.type
class ReportQueries:
    """Queries of this room."""

    @query("One report by its id.")
    async def report(
        self,
        info: strawberry.Info[Context, None],
        id: Annotated[strawberry.ID, strawberry.argument(description="The report's id.")],
    ) -> Report | None:
        """Return one report."""
        context = info.context
        found = await read_report(context, report_id_of(context.actor.incident_id, id))
        return cast("Report | None", found)

    @query("The reports of an award and their public editions, newest first; 200 at most.")
    async def reports(
        self,
        info: strawberry.Info[Context, None],
        award_id: Annotated[strawberry.ID, strawberry.argument(description="The award.")],
    ) -> list[Report]:
        """Return the reports of an award."""
        context = info.context
        found = await read_reports(context, award_id_of(context.actor.incident_id, award_id))
        return cast("list[Report]", found)


@strawberry.type
class ReportMutations:
    """Mutations of this room."""

    @mutation("Count and freeze the OVC PMT report of an award over a quarter or year.")
    async def generate_report(
        self, info: strawberry.Info[Context, None], input: GenerateReportInput
    ) -> GenerateReportResult:
        """Generate a report."""

        async def verb(work: Work) -> Result:
            period = (
                Period.fiscal_year(input.fiscal_year)
                if input.quarter is None
                else Period.quarter(input.fiscal_year, input.quarter)
            )
            report = await generate_report(work, id_of(work, input.award_id, "Award"), period)
            return {"report": str(report.id)}

        generated = await act(info, input, ReportGenerated, verb)
        return cast("ReportGenerated | Refusals", await _with_report(info.context, generated))

    @mutation("Freeze the public edition of a report: small counts hidden, and what would give them away.")
    async def publish_report(
        self, info: strawberry.Info[Context, None], input: PublishReportInput
    ) -> PublishReportResult:
        """Publish a report."""

        async def verb(work: Work) -> Result:
            report_id = report_id_of(work.incident_id, input.report_id)
            if report_id is None:
                raise NotFound
            threshold = DEFAULT_THRESHOLD if input.threshold is None else input.threshold
            return {"report": str((await publish_report(work, report_id, threshold)).id)}

        published = await act(info, input, ReportPublished, verb)
        return cast("ReportPublished | Refusals", await _with_report(info.context, published))


async def _with_report(context: Context, answer: Any) -> Any:
    """Return the payload with the report that its stored id names, read like any other read."""
    payload: Payload = answer
    if "report" not in payload.values:
        return payload
    return Payload(payload.type_name, {"report": await read_report(context, UUID(payload.values["report"]))})
