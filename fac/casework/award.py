"""Funding awards: who funds whom, from when to when, and when a person counts as new again.

Never: name a person; awards are what funders' reports are made for.
"""

from datetime import date
from uuid import UUID

from fac.casework.organization import IN_INCIDENT, require_organization
from fac.casework.work import Result, Work
from fac.db.assistance import awards
from fac.db.statement import insert_into
from fac.domain.ids import new_id
from fac.domain.text import refuse, require_texts
from fac.errors import InvalidInput

_MONTHS = 12
_insert_award = insert_into(awards)


async def record_award(
    work: Work,
    *,
    funder_id: UUID,
    organization_id: UUID,
    name: str,
    award_number: str,
    starts_on: date,
    ends_on: date,
    new_resets_in_month: int,
) -> Result:
    """Record an award; ``new_resets_in_month`` (1-12) is the month in which a person counts as new again (OVC PMT)."""
    permit = work.demand("record", "award", held=IN_INCIDENT)
    await require_organization(work.connection, funder_id)
    await require_organization(work.connection, organization_id)
    refuse(require_texts(name=name, awardNumber=award_number))
    if ends_on <= starts_on:
        raise InvalidInput.at("endsOn", "before_start", "An award ends after it starts.")
    if not 1 <= new_resets_in_month <= _MONTHS:
        raise InvalidInput.at("newResetsInMonth", "out_of_range", "A month is 1 to 12.")
    award_id = new_id()
    await _insert_award.run(
        work.connection, incident_id=work.incident_id, id=award_id, funder_organization_id=funder_id,
        organization_id=organization_id, name=name.strip(), award_number=award_number.strip(), starts_on=starts_on,
        ends_on=ends_on, new_resets_in_month=new_resets_in_month, version=1,
    )  # fmt: skip
    work.tell("award.recorded", permit.record, award_id, funder=funder_id, organization=organization_id)
    return {"award": str(award_id)}
