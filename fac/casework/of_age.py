"""When somebody who was a minor comes of age, from the birth date in their sealed record, opened for that alone.

The day stays in memory. A date that is an estimate or not whole counts as the first day it can mean.
Never: store the day, or return it to a caller that shows it.
"""

from datetime import date
from uuid import UUID

from fac.casework.intake_form import birth_date
from fac.casework.loading import Loaded
from fac.casework.work import OUTLINE, Work
from fac.db import key_row
from fac.domain.consent import is_minor
from fac.domain.identity import comes_of_age_on
from fac.domain.vocabulary import AgeBand, InfoClass
from fac.errors import Unreadable

_INFO = InfoClass.identity


async def of_age(work: Work, person: Loaded) -> date | None:
    """Return the 18th birthday of a person whose age band is a minor's; None for others and for who has no birth date.

    The audit row stands before anything is opened. Raises NotPermitted for who may not read the person's identity, and
    Unreadable where it does not open.
    """
    if not is_minor(AgeBand(person["age_band"])):
        return None
    person_id: UUID = person["id"]
    permit = work.demand("read", "person", held=person.held, info=OUTLINE | _INFO.bit)
    receipt = await work.tell_now("record.read", "person", person_id, subjects=(person_id,), classes=_INFO.bit)
    key = await key_row.find_data_key.first(
        work.connection, incident_id=work.incident_id, subject_id=person_id, info=_INFO.code
    )
    if key is None:
        raise Unreadable
    opened = work.tools.disclosure.opening(permit, receipt).open(
        "persons", _INFO, person_id, person_id, (key["epoch"], key["version"], key["wrapped"]), person["identity"]
    )
    if opened is None:
        raise Unreadable
    born_on = birth_date(opened.get("born_on"))
    return None if born_on is None else comes_of_age_on(born_on)
