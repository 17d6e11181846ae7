"""The public edition of a report: small cells hidden so that nothing published, now or before, gives one away.

What is known to every reader goes in as rules: the axes of question 4 add up to question 3, individuals never exceed
question 1, a year adds up its quarters. What was published on the award before goes in as figures that cannot be
hidden again, and a figure that moved a little since an earlier revision is hidden, for the difference would be a count.
Never: publish a figure of the exact report that ``suppress`` did not clear.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from fac.db.statement import Connection
from fac.domain.ids import new_id
from fac.domain.suppression import DEFAULT_THRESHOLD, Cell, Rule, adds_up, at_most, moved_a_little, suppress
from fac.errors import NotFound
from fac.reporting.figures import Counts, Section
from fac.reporting.measures import award_by_id
from fac.reporting.release import PMT, Report, freeze, load_report, load_reports

PUBLIC_PMT = "ovc_pmt_public"
_YES_OR_NO = frozenset({"Q7"})  # says whether, not how many; it follows from the zeros that are shown
_SUMMED_BY_YEAR = ("Q2", "Q3", "Q4A", "Q4B", "Q4C")  # and the occurrences of each service line


async def publish_pmt(
    connection: Connection,
    *,
    incident_id: UUID,
    report_id: UUID,
    generated_by: UUID,
    generated_at: datetime,
    threshold: int = DEFAULT_THRESHOLD,
) -> Report:
    """Freeze the public edition of one exact report, in the caller's transaction; a report has one public edition.

    Raises NotFound for an unknown report; InvalidInput when, beside earlier publications, nothing safe can be said.
    """
    source = await load_report(connection, incident_id=incident_id, report_id=report_id)
    if source.kind != PMT:
        raise NotFound
    await award_by_id(connection, incident_id, source.award_id)
    earlier = await load_reports(connection, incident_id=incident_id, award_id=source.award_id, kind=PUBLIC_PMT)
    for edition in earlier:
        if edition.source_id == source.id:
            return edition
    originals = await load_reports(connection, incident_id=incident_id, award_id=source.award_id)
    exact = {each.id: each for each in originals}
    before = [(exact[each.source_id], each) for each in earlier if each.source_id is not None]
    edition = _edition(source, before, threshold)
    return await freeze(connection, replace(edition, generated_at=generated_at, generated_by=generated_by))


def _edition(source: Report, before: Sequence[tuple[Report, Report]], threshold: int) -> Report:
    words = f"Counts from 1 to {threshold} are hidden (*), and others so that none can be worked out; zeros are shown."
    return replace(
        source,
        id=new_id(),
        kind=PUBLIC_PMT,
        input_hash=sha256(source.input_hash + threshold.to_bytes(4, "big")).digest(),
        rules=(*source.rules, words),
        by_hand=(),
        counts=hide(source.counts, hidden_cells(source, before, threshold)),
        source_id=source.id,
    )


def hidden_cells(source: Report, before: Sequence[tuple[Report, Report]], threshold: int) -> frozenset[tuple[str, str]]:
    """Return (question, row) of every figure of ``source`` to hide, given the award's earlier (exact, public) pairs."""
    own = _cells(source)
    cells, rules = dict(own), list(_form_rules(source))
    shown: set[Cell] = set()
    hidden: set[Cell] = set()
    latest = {source.period: source}
    for exact, public in before:
        theirs = _cells(exact)
        cells.update(theirs)
        rules += _form_rules(exact)
        public_cells = _cells(public, named=exact)
        shown |= public_cells.keys()
        hidden |= theirs.keys() - public_cells.keys()
        if exact.period == source.period:
            renamed = {(str(source.id), *cell[1:]): theirs[cell] for cell in public_cells}
            hidden |= moved_a_little(own, renamed, threshold=threshold)
        elif exact.period not in latest or latest[exact.period].revision < exact.revision:
            latest[exact.period] = exact
    rules += _year_rules(latest.values())
    found = suppress(cells, rules, threshold=threshold, also_hidden=hidden, already_shown=shown)
    return frozenset((cell[1], cell[2]) for cell in found if cell[0] == str(source.id))


def hide(counts: Counts, hidden: frozenset[tuple[str, str]]) -> Counts:
    """Return ``counts`` without the ``hidden`` figures; the totals of question 4 are the figure of question 3."""
    return Counts(tuple(_hidden_section(section, hidden) for section in counts.sections))


def _hidden_section(section: Section, hidden: frozenset[tuple[str, str]]) -> Section:
    rows = tuple(replace(row, count=None) if (section.question, row.key) in hidden else row for row in section.rows)
    return replace(section, rows=rows, total=None if ("Q3", "value") in hidden else section.total)


def _cells(report: Report, *, named: Report | None = None) -> dict[Cell, int]:
    name = str((named or report).id)
    return {
        (name, question, key): figure for question, key, figure in report.counts.cells() if question not in _YES_OR_NO
    }


def _form_rules(report: Report) -> Iterable[Rule]:
    """Yield what every reader of the form knows (R1 to R5)."""
    cells = _cells(report)
    served, new, several = (_one(report, question) for question in ("Q1", "Q3", "Q5B"))
    for axis in ("Q4A", "Q4B", "Q4C"):
        yield adds_up(new, _rows(cells, axis))
    if not report.period.is_annual:
        yield at_most([new], [served])
    for part in (*_rows(cells, "Q5A"), *_rows(cells, "Q5C"), several, _one(report, "Q6")):
        yield at_most([part], [served])
    yield at_most([served, several], _rows(cells, "Q5A"))
    for question in dict.fromkeys(cell[1] for cell in cells if cell[2] == "individuals"):
        people, *lines = _rows(cells, question)
        yield at_most([people], [served])
        yield at_most([people], lines)


def _year_rules(reports: Iterable[Report]) -> Iterable[Rule]:
    """Yield how the figures of a year follow from those of its quarters (R7), where all five reports are at hand."""
    by_period = {report.period: report for report in reports}
    for period, year in by_period.items():
        quarters = [by_period[quarter] for quarter in period.quarters if quarter in by_period]
        if not period.is_annual or len(quarters) < 4:
            continue
        for cell in _cells(year):
            parts = [(str(quarter.id), *cell[1:]) for quarter in quarters]
            if not all(part in _cells(quarter) for part, quarter in zip(parts, quarters, strict=True)):
                continue
            if cell[1] in _SUMMED_BY_YEAR or (cell[1].startswith("Q8") and cell[2] != "individuals"):
                yield adds_up(cell, parts)
            else:
                yield at_most([cell], parts)
                yield from (at_most([part], [cell]) for part in parts)


def _rows(cells: Iterable[Cell], question: str) -> list[Cell]:
    return [cell for cell in cells if cell[1] == question]


def _one(report: Report, question: str) -> Cell:
    return (str(report.id), question, "value")
