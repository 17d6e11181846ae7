"""Assistance: what was delivered to a person, and calls from people who gave no name; both counted in funder reports.

Never: hold free text, or change a count that was recorded; a wrong one is struck out and recorded anew.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import DateTime, bindparam, select, update

from fac.casework.loading import load
from fac.casework.local_day import incident_days
from fac.casework.work import OUTLINE, Result, Work
from fac.db.assistance import anonymous_contacts, assistances, awards
from fac.db.referral import referrals
from fac.db.statement import Statement, insert_into
from fac.domain.ids import new_id
from fac.domain.sensitivity import report_line
from fac.domain.vocabulary import InfoClass
from fac.errors import InvalidInput, InvalidTransition, NotFound

MOST_OCCURRENCES = 1_000
MOST_CONTACTS = 100_000
_COUNTED = OUTLINE | InfoClass.measure.bit

_insert_assistance = insert_into(assistances)
_insert_contacts = insert_into(anonymous_contacts)
_strike_out = Statement(
    update(assistances)
    .where(assistances.c.incident_id == bindparam("of_incident"), assistances.c.id == bindparam("of_id"))
    .values(
        entered_in_error_at=bindparam("at", type_=DateTime(timezone=True)),
        version=assistances.c.version + 1,
    )
)
# Read without the lock that a load takes: everybody's deliveries hang on the same few awards.
_find_award = Statement(
    select(awards.c.starts_on, awards.c.ends_on).where(
        awards.c.incident_id == bindparam("incident_id"), awards.c.id == bindparam("id")
    )
)
_find_recipient = Statement(
    select(referrals.c.organization_id).where(
        referrals.c.incident_id == bindparam("incident_id"),
        referrals.c.id == bindparam("id"),
        referrals.c.case_id == bindparam("case_id"),
    )
)


async def record_assistance(
    work: Work,
    person_id: UUID,
    *,
    line_code: str,
    occurrences: int,
    delivered_on: date,
    award_id: UUID | None = None,
    referral_id: UUID | None = None,
) -> Result:
    """Record what was delivered to a person on a day, as a line of the funder's form.

    What came about by a referral was delivered by the organisation it went to, anything else by the actor's own.
    Raises InvalidInput for an unknown line, a count out of range, and a day ahead, before the incident or outside the
    award; NotFound for a referral that is not of the person's case.
    """
    person = await load(work, "person", person_id, action="read", then=("record", "assistance"))
    work.demand("record", "assistance", held=person.held, info=_COUNTED)
    report_line(line_code)
    _check_count("occurrences", occurrences, MOST_OCCURRENCES)
    await _check_day(work, "deliveredOn", delivered_on, award_id)
    organization_id = await _deliverer(work, person["case_id"], referral_id)
    assistance_id = new_id()
    await _insert_assistance.run(
        work.connection, incident_id=work.incident_id, id=assistance_id, case_id=person["case_id"],
        person_id=person_id, referral_id=referral_id, organization_id=organization_id, line_code=line_code,
        occurrences=occurrences, award_id=award_id, delivered_on=delivered_on, recorded_by=work.actor.membership_id,
        recorded_at=work.now, entered_in_error_at=None, version=1,
    )  # fmt: skip
    work.tell("assistance.recorded", "assistance", assistance_id, subjects=(person_id,), line=line_code)
    return {"assistance": str(assistance_id)}


async def mark_assistance_entered_in_error(work: Work, assistance_id: UUID, *, version: int) -> Result:
    """Strike a delivery out of every count to come; raises InvalidTransition when it is struck out already."""
    assistance = await load(work, "assistance", assistance_id, action="mark_entered_in_error", version=version)
    if assistance["entered_in_error_at"] is not None:
        raise InvalidTransition(state="entered_in_error", verb="mark_entered_in_error", possible=())
    await _strike_out.run(work.connection, of_incident=work.incident_id, of_id=assistance_id, at=work.now)
    work.tell("assistance.entered_in_error", "assistance", assistance_id, subjects=(assistance["person_id"],))
    return {"assistance": str(assistance_id)}


async def record_anonymous_contacts(
    work: Work, *, contacts: int, contacted_on: date, award_id: UUID | None = None
) -> Result:
    """Count calls and visits of one day by people who gave no name, for the actor's own organisation."""
    work.demand("record", "anonymous_contact", held=("my_incident", "my_org"), info=_COUNTED)
    _check_count("contacts", contacts, MOST_CONTACTS)
    await _check_day(work, "contactedOn", contacted_on, award_id)
    contact_id = new_id()
    await _insert_contacts.run(
        work.connection, incident_id=work.incident_id, id=contact_id, organization_id=work.actor.organization_id,
        award_id=award_id, contacted_on=contacted_on, contacts=contacts, recorded_by=work.actor.membership_id,
        recorded_at=work.now,
    )  # fmt: skip
    work.tell("anonymous_contact.recorded", "anonymous_contact", contact_id)
    return {"anonymous_contact": str(contact_id)}


async def _deliverer(work: Work, case_id: UUID, referral_id: UUID | None) -> UUID:
    if referral_id is None and work.actor.organization_id is not None:
        return work.actor.organization_id
    found: UUID | None = await _find_recipient.value(
        work.connection, incident_id=work.incident_id, id=referral_id, case_id=case_id
    )
    if found is None:
        raise NotFound
    return found


def _check_count(path: str, count: int, most: int) -> None:
    if not 1 <= count <= most:
        raise InvalidInput.at(path, "out_of_range", f"Between 1 and {most}.")


async def _check_day(work: Work, path: str, day: date, award_id: UUID | None) -> None:
    """Raise InvalidInput for a day that has not come, before the incident, or on which the award does not pay."""
    today, occurred_on = await incident_days(work)
    if day > today:
        raise InvalidInput.at(path, "in_the_future", "Record what was delivered, on the day it was.")
    if day < occurred_on:
        raise InvalidInput.at(path, "before_incident", "Nothing was delivered before the incident.")
    if award_id is None:
        return
    work.demand("read", "award", held=("my_incident",))
    award = await _find_award.first(work.connection, incident_id=work.incident_id, id=award_id)
    if award is None:
        raise NotFound
    if not award["starts_on"] <= day < award["ends_on"]:
        raise InvalidInput.at(path, "outside_award", "The day lies within the award's dates.")
