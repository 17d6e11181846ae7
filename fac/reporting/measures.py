"""The statements that read what reports are counted from, one a set of inputs.

They read coded, unsealed columns only, and only what was delivered on the award in a real incident: an entry made in
error, an exercise and assistance without an award do not exist here (R12).
Cost: deliveries and earlier people walk the index (incident, award, day), so they grow with what was delivered on the
award in the period (and in the reset window before it), not with the incident; served people are one key look-up each;
needs walk (incident, status). Memory holds one record a (person, line, day) and one a served person.
Never: select a sealed column, or ask once per person.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Date, Uuid, and_, any_, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import TIMESTAMP

from fac.db.assistance import anonymous_contacts, assistances, awards
from fac.db.case import cases
from fac.db.duplicate import person_merges
from fac.db.incident import centers, incidents
from fac.db.need import needs
from fac.db.person import persons
from fac.db.statement import Connection, Statement
from fac.domain.vocabulary import NeedStatus
from fac.errors import NotFound
from fac.reporting.inputs import Award, Delivery, Inputs, Served
from fac.reporting.period import Period, window_start

_incident_id = bindparam("incident_id", type_=Uuid)
_award_id = bindparam("award_id", type_=Uuid)
_starts_on = bindparam("starts_on", type_=Date)
_ends_on = bindparam("ends_on", type_=Date)

# FOR NO KEY UPDATE: two makers of the same report take turns, while assistance may still be recorded on the award.
award_locked = Statement(
    select(awards.c.id, awards.c.award_number, awards.c.starts_on, awards.c.ends_on, awards.c.new_resets_in_month)
    .where(awards.c.incident_id == _incident_id, awards.c.id == _award_id)
    .with_for_update(key_share=True)
)

_delivered = (
    assistances.c.incident_id == _incident_id,
    assistances.c.award_id == _award_id,
    assistances.c.delivered_on.between(_starts_on, _ends_on),
    assistances.c.entered_in_error_at.is_(None),
    incidents.c.id == assistances.c.incident_id,
    incidents.c.is_exercise.is_(False),
)

# Records that were merged are counted as the one that is kept, and as two again when the merge is undone (R7; domain
# invariant 14). At most one merge of a record is in force, so no delivery is counted twice.
_delivered_to = assistances.outerjoin(
    person_merges,
    and_(
        person_merges.c.incident_id == assistances.c.incident_id,
        person_merges.c.other_person_id == assistances.c.person_id,
        person_merges.c.unmerged_at.is_(None),
    ),
)
_person = func.coalesce(person_merges.c.person_id, assistances.c.person_id)

deliveries_in_period = Statement(
    select(
        _person.label("person_id"),
        assistances.c.delivered_on,
        assistances.c.line_code,
        func.sum(assistances.c.occurrences).label("occurrences"),
    )
    .select_from(_delivered_to)
    .where(*_delivered)
    .group_by(_person, assistances.c.delivered_on, assistances.c.line_code)
)

people_delivered_to = Statement(
    select(_person.label("person_id")).select_from(_delivered_to).where(*_delivered).distinct()
)

people_by_ids = Statement(
    select(
        persons.c.id,
        persons.c.age_band,
        persons.c.gender,
        persons.c.races,
        persons.c.victimizations,
        persons.c.special_classifications,
    ).where(
        persons.c.incident_id == _incident_id,
        persons.c.id == any_(bindparam("person_ids", type_=ARRAY(Uuid))),
    )
)

anonymous_contacts_in_period = Statement(
    select(func.coalesce(func.sum(anonymous_contacts.c.contacts), 0)).where(
        anonymous_contacts.c.incident_id == _incident_id,
        anonymous_contacts.c.award_id == _award_id,
        anonymous_contacts.c.contacted_on.between(_starts_on, _ends_on),
        incidents.c.id == anonymous_contacts.c.incident_id,
        incidents.c.is_exercise.is_(False),
    )
)

# Needs carry no award: the form asks what the subgrantee could not meet, so these are the needs of cases whose center
# is run by the award's organisation, by the local day on which the need ended.
needs_unmet_for_capacity = Statement(
    select(func.count(needs.c.id)).where(
        needs.c.incident_id == _incident_id,
        needs.c.status == NeedStatus.unmet_no_capacity.value,
        needs.c.ended_at >= func.timezone(incidents.c.timezone, cast(_starts_on, TIMESTAMP)),
        needs.c.ended_at < func.timezone(incidents.c.timezone, cast(bindparam("day_after", type_=Date), TIMESTAMP)),
        incidents.c.id == needs.c.incident_id,
        incidents.c.is_exercise.is_(False),
        cases.c.incident_id == needs.c.incident_id,
        cases.c.id == needs.c.case_id,
        centers.c.incident_id == cases.c.incident_id,
        centers.c.id == cases.c.center_id,
        awards.c.incident_id == needs.c.incident_id,
        awards.c.id == _award_id,
        awards.c.organization_id == centers.c.organization_id,
    )
)


async def award_by_id(connection: Connection, incident_id: UUID, award_id: UUID) -> Award:
    """Return the award, locked against another maker of its reports until the transaction ends; raises NotFound."""
    row = await award_locked.first(connection, incident_id=incident_id, award_id=award_id)
    if row is None:
        raise NotFound
    return Award(row["id"], row["award_number"], row["starts_on"], row["ends_on"], row["new_resets_in_month"])


async def read_inputs(connection: Connection, *, incident_id: UUID, award: Award, period: Period) -> Inputs:
    """Return everything the report of ``award`` over ``period`` is counted from, in at most five statements."""
    scope = {"incident_id": incident_id, "award_id": award.id}
    days = {"starts_on": period.starts_on, "ends_on": period.ends_on}
    rows = await deliveries_in_period.all(connection, **scope, **days)
    deliveries = tuple(
        Delivery(row["person_id"], row["delivered_on"], row["line_code"], row["occurrences"]) for row in rows
    )
    unmet: int | None = None
    if period.is_annual:
        day_after = period.ends_on + timedelta(days=1)
        unmet = await needs_unmet_for_capacity.value(
            connection, **scope, starts_on=period.starts_on, day_after=day_after
        )
    return Inputs(
        deliveries=tuple(sorted(deliveries)),
        served=await _served(connection, incident_id, sorted({each.person_id for each in deliveries})),
        seen_before=await _seen_before(connection, incident_id, award, period),
        anonymous_contacts=await anonymous_contacts_in_period.value(connection, **scope, **days),
        unmet_for_capacity=unmet,
    )


async def _served(connection: Connection, incident_id: UUID, person_ids: list[UUID]) -> tuple[Served, ...]:
    rows = await people_by_ids.all(connection, incident_id=incident_id, person_ids=person_ids)
    return tuple(
        Served(
            person_id=row["id"],
            age_band=row["age_band"],
            gender=row["gender"],
            races=frozenset(row["races"]),
            victimizations=frozenset(row["victimizations"]),
            special_classifications=frozenset(row["special_classifications"]),
        )
        for row in sorted(rows, key=lambda row: row["id"])
    )


async def _seen_before(connection: Connection, incident_id: UUID, award: Award, period: Period) -> frozenset[UUID]:
    opening = window_start(period.starts_on, award.new_resets_in_month)
    rows = await people_delivered_to.all(
        connection,
        incident_id=incident_id,
        award_id=award.id,
        starts_on=opening,
        ends_on=period.starts_on - timedelta(days=1),
    )
    return frozenset(row["person_id"] for row in rows)
