"""Reads frozen reports for the edge: inside scope, with the guard's permit, told in the same transaction.

A report is no row of a noun (its figures are one frozen value), so it is not read through compiled plans; unknown,
foreign and forbidden look alike all the same.
Never: count, or answer without the audit row.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from fac.access.policy import Policy
from fac.api.context import Context
from fac.api.problems import Payload
from fac.casework.loading import load
from fac.casework.work import Work
from fac.domain.ids import decode_global, encode_global
from fac.errors import NotFound
from fac.reading.catalog import NOUNS
from fac.reading.noun import LIST_LIMIT
from fac.reporting.figures import Section
from fac.reporting.period import Period
from fac.reporting.public import PUBLIC_PMT
from fac.reporting.release import PMT, Report, as_csv, load_report, load_reports

REPORT_CODE = 60  # written into opaque ids, beside the codes of fac.reading: never reuse one
TYPES = ("Report", "ReportSection", "ReportRow", "ReportProvenance")


@asynccontextmanager
async def work_of(context: Context) -> AsyncIterator[Work]:
    """Lend a read's work, in its own transaction."""
    async with context.parts.database.transaction(context.actor.claims) as connection:
        yield Work(connection, context.actor, context.parts.tools, context.circumstances, context.operation)


async def read_report(context: Context, report_id: UUID | None) -> Payload | None:
    """Return one report; None where there is none that the actor may read."""
    classes = classes_shown(context.parts.tools.policy)
    async with work_of(context) as work:
        found = None
        try:
            if report_id is not None:
                await load(work, "report", report_id, action="read", info=classes, lock=False)
                found = await load_report(work.connection, incident_id=work.incident_id, report_id=report_id)
        except NotFound:
            found = None
        await work.tell_now("record.read", "report", found.id if found else None, subjects=(), classes=0)
    return shown(found) if found else None


async def read_reports(context: Context, award_id: UUID | None) -> list[Payload]:
    """Return the reports of an award and their public editions, newest first; none where the actor may read none."""
    classes = classes_shown(context.parts.tools.policy)
    found: list[Report] = []
    async with work_of(context) as work:
        try:
            if award_id is not None:
                award = await load(work, "award", award_id, action="read", then=("read", "report"), lock=False)
                work.demand("read", "report", held=award.held, info=classes)
                for kind in (PMT, PUBLIC_PMT):
                    found += await load_reports(
                        work.connection, incident_id=work.incident_id, award_id=award_id, kind=kind
                    )
        except NotFound:
            found = []
        await work.tell_now("record.read", "report", None, subjects=(), classes=0)
    newest = sorted(found, key=lambda each: (each.generated_at, each.id), reverse=True)
    return [shown(each) for each in newest[:LIST_LIMIT]]


def classes_shown(policy: Policy) -> int:
    """Return the classes that fields.csv gives to anything in a report: who reads one is asked for all of them."""
    return reduce(or_, map(policy.shown_by, TYPES))


def report_id_of(work_incident: UUID, text: str) -> UUID | None:
    """Return the row id inside a report's opaque id; None for anything else."""
    kind, incident, id = decode_global(text) or (None, None, None)
    return id if kind == REPORT_CODE and incident == work_incident else None


def award_id_of(work_incident: UUID, text: str) -> UUID | None:
    """Return the row id inside an award's opaque id; None for anything else."""
    kind, incident, id = decode_global(text) or (None, None, None)
    return id if kind == NOUNS["Award"].code and incident == work_incident else None


def shown(report: Report) -> Payload:
    """Return a report as the schema shows it."""

    def opaque(code: int, id: UUID) -> str:
        return encode_global(code, report.incident_id, id)

    period = report.period
    values: dict[str, Any] = {
        "id": opaque(REPORT_CODE, report.id),
        "kind": report.kind,
        "isPublic": report.source_id is not None,
        "awardId": opaque(NOUNS["Award"].code, report.award_id),
        "awardNumber": report.award_number,
        "period": period.name,
        "startsOn": period.starts_on,
        "endsOn": period.ends_on,
        "fiscalYear": period.year,
        "quarter": None if period.is_annual else Period.fiscal_year(period.year).quarters.index(period) + 1,
        "edition": report.edition,
        "revision": report.revision,
        "generatedAt": report.generated_at,
        "sourceId": None if report.source_id is None else opaque(REPORT_CODE, report.source_id),
        "provenance": [Payload("ReportProvenance", {"word": word, "text": text}) for word, text in report.provenance],
        "csv": as_csv(report).decode(),
        "sections": [_section(each) for each in report.counts.sections],
    }
    return Payload("Report", values)


def _section(section: Section) -> Payload:
    rows = [Payload("ReportRow", {"key": row.key, "label": row.label, "count": row.count}) for row in section.rows]
    values = {
        "question": section.question,
        "title": section.title,
        "rows": rows,
        "hasTotal": section.has_total,
        "total": section.total,
    }
    return Payload("ReportSection", values)
