"""The only exit of the numbers: freeze a counted report, find it again, write it out.

A report row is never changed. The same inputs give the same report back; late entries, corrections and merges change
the inputs and make the next revision (R10, R11). The PMT holds exact marginals: a restricted release to the funder.
What goes to anybody else comes from ``public``.
Never: commit, change a frozen report, or write a cell that a spreadsheet would run as a formula.
"""

import csv
import io
from asyncio import to_thread
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Text, Uuid, bindparam, select

from fac.db.report import reports
from fac.db.statement import Connection, Row, Statement, insert_into
from fac.domain.ids import new_id
from fac.errors import NotFound
from fac.reporting.counting import count
from fac.reporting.editions import DEFAULT_EDITION, Edition, load_edition
from fac.reporting.figures import Counts
from fac.reporting.measures import award_by_id, read_inputs
from fac.reporting.period import Period

PMT = "ovc_pmt"
RULES = (
    "Counts only what was delivered on the award and not entered in error; exercises are excluded.",
    "A person is new once per reset window; a year's new individuals are the sum of its quarters'.",
    "Individuals are counted once in the period, anonymous contacts never among them.",
    "Two races or more are Multiple Races; not reported: the person did not say; not tracked: nobody asks.",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "|", "%")
_UNSEEN = " \u00a0\u200b\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One frozen report: its figures and where they came from. ``input_hash`` is a SHA-256."""

    id: UUID
    incident_id: UUID
    kind: str
    award_id: UUID
    award_number: str
    period: Period
    edition: str
    edition_digest: str
    revision: int
    input_hash: bytes
    generated_at: datetime
    generated_by: UUID
    rules: tuple[str, ...]
    by_hand: tuple[str, ...]
    counts: Counts
    source_id: UUID | None = None  # of a public edition: the report it was made from

    @property
    def provenance(self) -> tuple[tuple[str, str], ...]:
        """The block that every written form of the report opens with, as (word, text)."""
        return (
            ("report", self.kind),
            ("award", self.award_number),
            ("period", f"{self.period.name}: {self.period.starts_on} to {self.period.ends_on}"),
            ("edition", f"{self.edition} sha256:{self.edition_digest}"),
            ("revision", str(self.revision)),
            ("inputs", f"sha256:{self.input_hash.hex()}"),
            ("generated_at", self.generated_at.astimezone(UTC).isoformat(timespec="seconds")),
            # A worker's identifier is for the funder, not for the public.
            *([] if self.source_id else [("generated_by", str(self.generated_by))]),
            *(("rule", rule) for rule in self.rules),
            *(("answer_by_hand", title) for title in self.by_hand),
        )


_incident_id = bindparam("incident_id", type_=Uuid)

report_by_id = Statement(
    select(reports).where(reports.c.incident_id == _incident_id, reports.c.id == bindparam("report_id", type_=Uuid))
)
report_latest = Statement(
    select(reports)
    .where(
        reports.c.incident_id == _incident_id,
        reports.c.kind == bindparam("kind", type_=Text),
        reports.c.award_id == bindparam("award_id", type_=Uuid),
        reports.c.period_starts_on == bindparam("starts_on", type_=Date),
        reports.c.period_ends_on == bindparam("ends_on", type_=Date),
    )
    .order_by(reports.c.revision.desc())
    .limit(1)
)
reports_by_award = Statement(
    select(reports)
    .where(
        reports.c.incident_id == _incident_id,
        reports.c.kind == bindparam("kind", type_=Text),
        reports.c.award_id == bindparam("award_id", type_=Uuid),
    )
    .order_by(reports.c.period_starts_on, reports.c.period_ends_on, reports.c.revision)
)
report_frozen = insert_into(reports)


async def pmt_report(
    connection: Connection,
    *,
    incident_id: UUID,
    award_id: UUID,
    period: Period,
    generated_by: UUID,
    generated_at: datetime,
    edition: str = DEFAULT_EDITION,
) -> Report:
    """Read, count and freeze the OVC PMT subgrantee report, in the caller's transaction.

    Returns the frozen report already there when nothing it is counted from has changed, else the next revision.
    Raises NotFound for an award that is not the incident's; InvalidInput for an unknown edition or a foreign word.
    """
    form = load_edition(edition)
    award = await award_by_id(connection, incident_id, award_id)
    inputs = await read_inputs(connection, incident_id=incident_id, award=award, period=period)
    # Counting is plain computing (0.7 s a year of 60,000 deliveries): on a thread, other requests go on being served.
    digest = await to_thread(inputs.hash, edition_digest=form.digest, award=award, period=period)
    counts = await to_thread(count, inputs, form, award, period)
    draft = Report(
        id=new_id(),
        incident_id=incident_id,
        kind=PMT,
        award_id=award_id,
        award_number=award.number,
        period=period,
        edition=form.name,
        edition_digest=form.digest.hex(),
        revision=1,
        input_hash=digest,
        generated_at=generated_at,
        generated_by=generated_by,
        rules=RULES,
        by_hand=_by_hand(form, period),
        counts=counts,
    )
    return await freeze(connection, draft)


async def freeze(connection: Connection, draft: Report) -> Report:
    """Keep ``draft`` as the next revision, or return the latest one if its inputs are the same.

    The caller holds the award's lock (``measures.award_by_id``), so revisions have neither gaps nor doubles.
    """
    latest = await report_latest.first(
        connection,
        incident_id=draft.incident_id,
        kind=draft.kind,
        award_id=draft.award_id,
        starts_on=draft.period.starts_on,
        ends_on=draft.period.ends_on,
    )
    if latest is not None and latest["input_hash"] == draft.input_hash:
        return _report(latest)
    values = _values(draft) | {"revision": 1 if latest is None else latest["revision"] + 1}
    await report_frozen.run(connection, **values)
    return _report(values)


async def load_report(connection: Connection, *, incident_id: UUID, report_id: UUID) -> Report:
    """Return a frozen report; raises NotFound."""
    row = await report_by_id.first(connection, incident_id=incident_id, report_id=report_id)
    if row is None:
        raise NotFound
    return _report(row)


async def load_reports(connection: Connection, *, incident_id: UUID, award_id: UUID, kind: str = PMT) -> list[Report]:
    """Return every revision of every report of the award, by period, then revision."""
    rows = await reports_by_award.all(connection, incident_id=incident_id, award_id=award_id, kind=kind)
    return [_report(row) for row in rows]


def as_csv(report: Report) -> bytes:
    """Return the report as CSV (RFC 4180, UTF-8, CRLF): the same report gives the same bytes, always.

    Four columns: question, row, label, count; the provenance comes first as question ``provenance``. A hidden figure
    of a public edition is ``*``.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("question", "row", "label", "count"))
    for word, text in report.provenance:
        writer.writerow(("provenance", safe_cell(word), safe_cell(text), ""))
    for line in _csv_rows(report.counts):
        writer.writerow(line)
    return out.getvalue().encode()


def safe_cell(text: str) -> str:
    """Return ``text`` so that no spreadsheet takes it for a formula, also behind leading blanks."""
    return f"'{text}" if text.lstrip(_UNSEEN).startswith(_FORMULA) or text.startswith(_FORMULA) else text


def _csv_rows(counts: Counts) -> Iterator[tuple[str, str, str, str]]:
    for section in counts.sections:
        for row in section.rows:
            yield section.question, row.key, safe_cell(row.label), _figure(row.count)
        if section.has_total:
            yield section.question, "total", "Total", _figure(section.total)


def _figure(count: int | None) -> str:
    return "*" if count is None else str(count)


def _by_hand(form: Edition, period: Period) -> tuple[str, ...]:
    asked = (each for each in form.questions.values() if period.is_annual or not each.is_annual)
    return tuple(each.title for each in asked if not each.is_counted)


def _values(report: Report) -> dict[str, Any]:
    return {
        "incident_id": report.incident_id,
        "id": report.id,
        "kind": report.kind,
        "award_id": report.award_id,
        "period_starts_on": report.period.starts_on,
        "period_ends_on": report.period.ends_on,
        "edition": report.edition,
        "revision": report.revision,
        "input_hash": report.input_hash,
        "counts": {
            "award_number": report.award_number,
            "edition_digest": report.edition_digest,
            "rules": list(report.rules),
            "by_hand": list(report.by_hand),
            "source_id": None if report.source_id is None else str(report.source_id),
            "sections": report.counts.as_json(),
        },
        "generated_at": report.generated_at,
        "generated_by": report.generated_by,
    }


def _report(row: "Row | dict[str, Any]") -> Report:
    frozen = row["counts"]
    return Report(
        id=row["id"],
        incident_id=row["incident_id"],
        kind=row["kind"],
        award_id=row["award_id"],
        award_number=frozen["award_number"],
        period=Period(row["period_starts_on"], row["period_ends_on"]),
        edition=row["edition"],
        edition_digest=frozen["edition_digest"],
        revision=row["revision"],
        input_hash=row["input_hash"],
        generated_at=row["generated_at"],
        generated_by=row["generated_by"],
        rules=tuple(frozen["rules"]),
        by_hand=tuple(frozen["by_hand"]),
        counts=Counts.from_json(frozen["sections"]),
        source_id=UUID(frozen["source_id"]) if frozen["source_id"] else None,
    )
