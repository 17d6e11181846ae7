"""The lists of codes that forms are filled in with: what a family may need, and the lines that deliveries count under.

Never: show anything that depends on a family.
"""

from __future__ import annotations

from typing import cast

import strawberry

from fac.api.context import Context
from fac.api.field import field, query
from fac.api.problems import Payload
from fac.api.report_reading import work_of
from fac.domain.sensitivity import need_codes, recordable_lines
from fac.domain.vocabulary import ServiceCategory


@strawberry.type(description="A need that may be recorded.")
class NeedCode:
    """A need that may be recorded."""

    code: str = field("The code.")
    domain: ServiceCategory = field("What kind of service answers it.")
    default_report_line: str = field("The line of the funder's form that it is usually counted under.")
    label: str = field("The need in words.")


@strawberry.type(description="A line of the OVC PMT that a delivered service may be recorded under.")
class ReportLine:
    """A line of the funder's form."""

    code: str = field("The code, such as `C4`, or `Q6` for help with a compensation application.")
    category: str = field("The category's letter, or `Q6`.")
    category_label: str = field("The category in words.")
    label: str = field("The line in words.")


@strawberry.type
class CatalogQueries:
    """Queries of this room."""

    @query("Every need that may be recorded, in the order of the list.")
    async def need_codes(self, info: strawberry.Info[Context, None]) -> list[NeedCode]:
        """Return every need code."""
        await _read(info.context)
        found = [
            {
                "code": each.code,
                "domain": each.domain,
                "defaultReportLine": each.default_report_line,
                "label": each.label,
            }
            for each in need_codes().values()
        ]
        return cast("list[NeedCode]", [Payload("NeedCode", each) for each in found])

    @query("Every line that a delivered service may be recorded under.")
    async def report_lines(self, info: strawberry.Info[Context, None]) -> list[ReportLine]:
        """Return every line."""
        await _read(info.context)
        found = [
            {
                "code": each.code,
                "category": each.category,
                "categoryLabel": each.category_label,
                "label": each.label,
            }
            for each in recordable_lines().values()
        ]
        return cast("list[ReportLine]", [Payload("ReportLine", each) for each in found])


async def _read(context: Context) -> None:
    """Demand the permit and write the row, which proves that the session still lives."""
    async with work_of(context) as work:
        permit = work.demand("read", "catalog", held=("my_incident",))
        await work.tell_now("record.read", permit.record, None, subjects=(), classes=0)
