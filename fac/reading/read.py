"""Runs compiled reads: one transaction that reads the rows and writes the audit row, and only then opens and shapes.

The decision (made in the statement that reads), the audit row and the proof that the session still lives stand in one
transaction: that promise outranks the two exchanges with the server it costs (docs/decisions/0004-read-path.md).

Never: open before the audit row stands, or answer when it could not be written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fac.access.actor import Actor
from fac.access.glass import under_glass
from fac.access.guard import Permit, permit_reading
from fac.access.policy import Policy
from fac.audit.ledger import Circumstances, Entry, Ledger, Receipt
from fac.db.engine import Database
from fac.logs import get_log
from fac.reading import shape
from fac.reading.argument import Variables
from fac.reading.catalog import NOUNS
from fac.reading.plan import Plan

log = get_log()


class Disclosing(Protocol):
    """What reading needs of the disclosure module."""

    def opening(self, permit: Permit, receipt: Receipt) -> Any:
        """Return an opening (fac.reading.shape.Opening) with the list of its ``failures``."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and with what."""

    database: Database
    ledger: Ledger
    disclosing: Disclosing
    policy: Policy
    actor: Actor
    circumstances: Circumstances


async def read(
    reader: Reader, operation: str, plans: Sequence[Plan], variables: Variables
) -> tuple[list[Any], list[Any]]:
    """Return the answer of each plan, and the sealed values that did not open.

    Raises NotSignedIn when the session ended meanwhile (nothing is opened then), InvalidInput for a malformed argument.
    """
    actor, circumstances = reader.actor, reader.circumstances
    arguments = [plan.arguments(actor, circumstances.at, variables) for plan in plans]
    touched, glass = shape.Touched(), []
    async with reader.database.transaction(actor.claims) as connection:
        fetched = []
        for plan, values in zip(plans, arguments, strict=True):
            rows = await connection.fetch(plan.statement.sql, *values)
            plan.touch(rows, touched, variables)
            if plan.asks_glass and rows:
                glass.extend(rows[0]["glass"])
            fetched.append(rows)
        record = NOUNS[plans[0].root.noun].record
        under = under_glass(glass, touched.subjects)
        detail = {"glass": under} if under else {}
        entry = Entry("record.read", operation, record, None, tuple(touched.subjects), touched.classes, detail)
        receipt = await reader.ledger.append(connection, actor, entry, circumstances)
    permit = permit_reading(reader.policy, actor, record, touched.classes)
    opening = reader.disclosing.opening(permit, receipt)
    answers = [
        plan.shape(rows, shape.Answering(actor.incident_id, opening), variables)
        for plan, rows in zip(plans, fetched, strict=True)
    ]
    if opening.failures:
        await _tell_of(reader, operation, opening.failures)
    return answers, opening.failures


async def _tell_of(reader: Reader, operation: str, failures: Sequence[Any]) -> None:
    log.error(
        "seal.unreadable", operation=operation, count=len(failures), correlation_id=reader.circumstances.correlation_id
    )
    entries = [
        Entry(
            "seal.unreadable",
            operation,
            each.table,
            each.row_id,
            (each.subject_id,),
            each.info.bit,
            {"info": each.info.value},
        )
        for each in failures
    ]
    async with reader.database.transaction(reader.actor.claims) as connection:
        await reader.ledger.append_all(connection, reader.actor, entries, reader.circumstances)
