"""Identifications, and that a family was told of a death: the liaison's work, of the medical examiner or the police.

Until a family was told, nothing that its center reads moves: no state, no version, no audit row that names its search.
Never: tell a family; that is done by people, and recorded here.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, bindparam, exists, select, update

from fac.casework.instant import aware
from fac.casework.loading import Loaded, load
from fac.casework.person_of_concern import set_status
from fac.casework.work import Result, Work
from fac.db.identification import death_notifications, identification_matches, identifications
from fac.db.statement import Statement, insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import (
    ConcernStatus,
    IdentificationMethod,
    IdentificationStatus,
    NotificationManner,
    NotificationTeam,
)
from fac.domain.workflow import IDENTIFICATION, PERSON_OF_CONCERN, step
from fac.errors import InvalidInput, InvalidTransition, NotFound

_instant = DateTime(timezone=True)
_insert_identification = insert_into(identifications)
_insert_match = insert_into(identification_matches)
_insert_notification = insert_into(death_notifications)
_of_it = (identifications.c.incident_id == bindparam("of_incident"), identifications.c.id == bindparam("of_id"))
_confirm = Statement(
    update(identifications)
    .where(*_of_it)
    .values(
        status=bindparam("to_status"),
        method=bindparam("to_method", type_=Text),
        confirmed_by=bindparam("by", type_=Uuid),
        confirmed_at=bindparam("at", type_=_instant),
        version=identifications.c.version + 1,
    )
)
_withdraw = Statement(
    update(identifications)
    .where(*_of_it)
    .values(
        status=bindparam("to_status"),
        withdrawn_at=bindparam("at", type_=_instant),
        version=identifications.c.version + 1,
    )
)
_end_matches = Statement(
    update(identification_matches)
    .where(
        identification_matches.c.incident_id == bindparam("of_incident"),
        identification_matches.c.identification_id == bindparam("of_id"),
    )
    .values(ended_at=bindparam("at", type_=_instant))
)
_is_matched = Statement(
    select(
        exists().where(
            identification_matches.c.incident_id == bindparam("incident_id"),
            identification_matches.c.identification_id == bindparam("identification_id"),
            identification_matches.c.person_of_concern_id == bindparam("concern_id"),
        )
    )
)
_somebody_was_told = Statement(
    select(
        exists().where(
            death_notifications.c.incident_id == bindparam("incident_id"),
            death_notifications.c.identification_id == bindparam("identification_id"),
        )
    )
)


async def open_identification(work: Work, concern_id: UUID) -> Result:
    """Begin to identify somebody whom a family looks for; Conflict when that search is matched already."""
    concern = await load(
        work, "person_of_concern", concern_id, action="read", then=("open", "identification"), lock=False
    )
    work.demand("open", "identification", held=concern.held)
    identification_id = new_id()
    await _insert_identification.run(
        work.connection, incident_id=work.incident_id, id=identification_id, status=IDENTIFICATION.start, method=None,
        opened_by=work.actor.membership_id, opened_at=work.now, confirmed_by=None, confirmed_at=None,
        withdrawn_at=None, version=1,
    )  # fmt: skip
    await _match(work, identification_id, concern_id)
    work.tell("identification.opened", "identification", identification_id)
    return {"identification": str(identification_id)}


async def join_identification(work: Work, identification_id: UUID, *, concern_id: UUID) -> Result:
    """Join another family's search for the same person; Conflict when that search is matched already."""
    identification = await load(work, "identification", identification_id, action="join")
    step(IDENTIFICATION, IdentificationStatus(identification["status"]), "join")
    await load(work, "person_of_concern", concern_id, action="read", lock=False)
    await _match(work, identification_id, concern_id)
    work.tell("identification.joined", "identification", identification_id)
    return {"identification": str(identification_id)}


async def confirm_identification(
    work: Work, identification_id: UUID, *, version: int, method: IdentificationMethod
) -> Result:
    """Record that the medical examiner confirmed who died; nobody but the liaison sees it."""
    identification = await load(work, "identification", identification_id, action="confirm", version=version)
    status = step(IDENTIFICATION, IdentificationStatus(identification["status"]), "confirm")
    await _confirm.run(
        work.connection, of_incident=work.incident_id, of_id=identification_id, to_status=status, to_method=method,
        by=work.actor.membership_id, at=work.now,
    )  # fmt: skip
    work.tell("identification.confirmed", "identification", identification_id, method=method)
    return {"identification": str(identification_id)}


async def withdraw_identification(work: Work, identification_id: UUID, *, version: int) -> Result:
    """Withdraw an identification: it was somebody else; raises InvalidTransition once a family was told."""
    identification = await load(work, "identification", identification_id, action="withdraw", version=version)
    status = step(IDENTIFICATION, IdentificationStatus(identification["status"]), "withdraw")
    told = {"incident_id": work.incident_id, "identification_id": identification_id}
    if await _somebody_was_told.value(work.connection, **told):
        raise InvalidTransition(state=ConcernStatus.notified, verb="withdraw")
    named = {"of_incident": work.incident_id, "of_id": identification_id, "at": work.now}
    await _withdraw.run(work.connection, **named, to_status=status)
    await _end_matches.run(work.connection, **named)
    work.tell("identification.withdrawn", "identification", identification_id)
    return {"identification": str(identification_id)}


async def record_death_notification(
    work: Work,
    identification_id: UUID,
    *,
    concern_id: UUID,
    team: NotificationTeam,
    manner: NotificationManner,
    advocate_present: bool,
    notified_at: datetime,
) -> Result:
    """Record that one family was told, when and by whom; its center knows from now on, another family's does not.

    Raises InvalidTransition before the identification is confirmed, or where the center holds the person for safe;
    NotFound for a search that is not matched to it; InvalidInput for an instant that is yet to come.
    """
    identification = await load(work, "identification", identification_id, action="read")
    concern = await load(work, "person_of_concern", concern_id, action="notify", then=("notify", "death_notification"))
    work.demand("notify", "death_notification", held=concern.held)
    await _check_told(work, identification, concern_id, notified_at)
    status = step(PERSON_OF_CONCERN, ConcernStatus(concern["status"]), "notify")
    await set_status(work, concern, status, located_at=concern["located_at"])
    notification_id = new_id()
    await _insert_notification.run(
        work.connection, incident_id=work.incident_id, id=notification_id, case_id=concern["case_id"],
        identification_id=identification_id, person_of_concern_id=concern_id, team=team, manner=manner,
        advocate_present=advocate_present, notified_at=notified_at, recorded_by=work.actor.membership_id,
        recorded_at=work.now,
    )  # fmt: skip
    work.tell(
        "death_notification.recorded", "death_notification", notification_id,
        subjects=(concern_id, concern["reporter_id"]), team=team, manner=manner,
    )  # fmt: skip
    return {"death_notification": str(notification_id)}


async def _check_told(work: Work, identification: Loaded, concern_id: UUID, notified_at: datetime) -> None:
    matched = {"incident_id": work.incident_id, "identification_id": identification["id"], "concern_id": concern_id}
    if not await _is_matched.value(work.connection, **matched):
        raise NotFound
    status = IdentificationStatus(identification["status"])
    if status is not IdentificationStatus.deceased_confirmed_by_me:
        raise InvalidTransition(state=status, verb="notify", possible=IDENTIFICATION.possible(status))
    if aware("notifiedAt", notified_at) > work.now:
        raise InvalidInput.at("notifiedAt", "in_the_future", "A notification is recorded when it is over.")


async def _match(work: Work, identification_id: UUID, concern_id: UUID) -> None:
    await _insert_match.run(
        work.connection, incident_id=work.incident_id, id=new_id(), identification_id=identification_id,
        person_of_concern_id=concern_id, matched_by=work.actor.membership_id, matched_at=work.now, ended_at=None,
    )  # fmt: skip
