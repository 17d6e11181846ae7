"""Generates a funder's report for whoever a token belongs to: with their permit, in one audited transaction.

Never: count, or report to nobody.
"""

from typing import TYPE_CHECKING

from fac.api.generating import generate_report
from fac.audit.ledger import Circumstances
from fac.casework.work import Work
from fac.domain.ids import decode_global, new_id
from fac.errors import InvalidInput
from fac.reading.catalog import NOUNS
from fac.reporting.period import Period
from fac.reporting.release import as_csv

if TYPE_CHECKING:
    from uuid import UUID

    from fac.api.context import Parts

OPERATION = "generateReport"


async def publish_pmt(parts: "Parts", token: str, award: str, period: str) -> bytes:
    """Return the OVC PMT report of ``award`` (its id as clients hold it) as CSV.

    ``period`` is ``2027Q1`` or ``2027``, of the federal fiscal year. Raises NotSignedIn, NotFound, NotPermitted,
    InvalidInput.
    """
    reported = period_of(period)
    async with parts.database.transaction(parts.sign_in.claims(token)) as connection:
        actor = await parts.sign_in.find(connection, token, parts.clock())
    parts = parts.pinned(actor.incident_id)
    async with parts.database.transaction(actor.claims) as connection:
        circumstances = Circumstances(parts.clock(), parts.tools.policy.version, new_id())
        work = Work(connection, actor, parts.tools, circumstances, OPERATION)
        report = await generate_report(work, award_of(award, actor.incident_id), reported)
        await work.finish()
    return as_csv(report)


def award_of(text: str, incident_id: "UUID") -> "UUID":
    """Return the award's own id; raises InvalidInput when ``text`` is not the id of an award of the incident."""
    kind, incident, award_id = decode_global(text) or (None, None, incident_id)
    if kind != NOUNS["Award"].code or incident != incident_id:
        raise InvalidInput.at("award", "not_an_award", "Give the id of an award, as the Awards document shows it.")
    return award_id


def period_of(text: str) -> Period:
    """Return the period that ``2027Q1`` or ``2027`` names; raises InvalidInput."""
    year, _, quarter = text.upper().partition("Q")
    if not (year.isascii() and year.isdigit() and (quarter or "1").isascii() and (quarter or "1").isdigit()):
        raise InvalidInput.at("period", "not_fiscal", "Write a fiscal year and quarter, such as 2027Q1, or a year.")
    return Period.quarter(int(year), int(quarter)) if quarter else Period.fiscal_year(int(year))
