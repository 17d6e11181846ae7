"""Handoffs: responsibility for a case is offered to another center, and moves when a named worker there accepts.

What is open stays on the case and moves with it: needs, referrals, follow-ups and releases. Between organisations the
family's releases and the partner's agreement must be in force when it is offered and again when it is taken.
Never: leave responsibility in doubt; until acceptance the origin's worker is accountable, then the named one is.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, bindparam, exists, func, literal_column, select, update

from fac.access.guard import Reason
from fac.casework.case import CARRIERS, check_worker, load_working, move_responsibility
from fac.casework.conflict_wall import refuse_walled_organization
from fac.casework.indexing import move_postings
from fac.casework.loading import Loaded, load, refuse_never
from fac.casework.merging import part_from_others
from fac.casework.parting import suspect_anew
from fac.casework.responder import refuse_own_agency, refuse_own_agency_s_worker
from fac.casework.subject_key import class_told, seal_text
from fac.casework.work import OUTLINE, Result, Work
from fac.db.consent import releases
from fac.db.handoff import handoffs
from fac.db.incident import centers
from fac.db.organization import agreements
from fac.db.person import persons
from fac.db.statement import Row, Statement, insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import HandoffDeclineReason, HandoffStatus, InfoClass, ReleasePurpose
from fac.domain.workflow import HANDOFF, step
from fac.errors import Conflict, InvalidInput, InvalidTransition, NotFound, NotPermitted

OFFER_LASTS = timedelta(days=7)
MOST_TEXT = 4_000
_SEALED_TOO = OUTLINE | InfoClass.staff_record.bit

_insert_handoff = insert_into(handoffs)
_lock = Statement(
    select(handoffs.c.id)
    .where(handoffs.c.incident_id == bindparam("incident_id"), handoffs.c.id == bindparam("id"))
    .with_for_update()
)
_decide = Statement(
    update(handoffs)
    .where(handoffs.c.incident_id == bindparam("of_incident"), handoffs.c.id == bindparam("of_id"))
    .values(
        status=bindparam("to_status"),
        decided_by=bindparam("by", type_=Uuid),
        decided_at=bindparam("at", type_=DateTime(timezone=True)),
        receiving_worker_id=bindparam("worker", type_=Uuid),
        decline_reason=bindparam("reason", type_=Text),
        version=handoffs.c.version + 1,
    )
)
_expire_lapsed = Statement(
    update(handoffs)
    .where(
        handoffs.c.incident_id == bindparam("of_incident"),
        handoffs.c.case_id == bindparam("of_case"),
        handoffs.c.status == literal_column("'proposed'"),
        handoffs.c.expires_at <= bindparam("at", type_=DateTime(timezone=True)),
    )
    .values(
        status=HandoffStatus.expired,
        decided_by=bindparam("by", type_=Uuid),
        decided_at=bindparam("at", type_=DateTime(timezone=True)),
        version=handoffs.c.version + 1,
    )
    .returning(handoffs.c.id)
)
_find_centers = Statement(
    select(centers.c.id, centers.c.organization_id, centers.c.closed_at).where(
        centers.c.incident_id == bindparam("incident_id"), centers.c.id.in_([bindparam("origin"), bindparam("target")])
    )
)
_family = Statement(
    select(persons.c.id)
    .where(persons.c.incident_id == bindparam("incident_id"), persons.c.case_id == bindparam("case_id"))
    .order_by(persons.c.id)
)
_today = func.date(func.timezone(literal_column("'UTC'"), bindparam("now", type_=DateTime(timezone=True))))
# The rows themselves are held, so that none is revoked while the case goes over.
_releases_in_force = Statement(
    select(releases.c.person_id)
    .where(
        releases.c.incident_id == bindparam("incident_id"),
        releases.c.case_id == bindparam("case_id"),
        releases.c.organization_id == bindparam("organization_id"),
        releases.c.purpose == ReleasePurpose.handoff,
        releases.c.revoked_at.is_(None),
        releases.c.effective_at <= bindparam("now", type_=DateTime(timezone=True)),
        releases.c.expires_at > bindparam("now", type_=DateTime(timezone=True)),
        exists().where(
            agreements.c.incident_id == releases.c.incident_id,
            agreements.c.organization_id == releases.c.organization_id,
            agreements.c.effective_on <= _today,
            agreements.c.expires_on > _today,
            agreements.c.ended_at.is_(None),
        ),
    )
    .with_for_update(read=True, of=releases)
)


async def propose_handoff(
    work: Work, case_id: UUID, *, to_center_id: UUID, client_agreed: bool, message: str | None
) -> Result:
    """Offer the case to another open center for OFFER_LASTS; the origin stays accountable until a named worker accepts.

    Raises InvalidInput without the family's agreement, NotPermitted (requestable) without the releases that a center of
    another organisation needs, Conflict while another offer of the case is open.
    """
    case = await load_working(work, case_id, "propose_handoff", then=("propose", "handoff"))
    work.demand("propose", "handoff", held=case.held, info=_SEALED_TOO if message else OUTLINE)
    if not client_agreed:
        raise InvalidInput.at("clientAgreed", "required", "A handoff is offered when the family has agreed to it.")
    if message and len(message) > MOST_TEXT:
        raise InvalidInput.at("message", "too_long", f"{MOST_TEXT} characters at most.")
    way = await _demand_way(work, case_id, case["center_id"], to_center_id)
    for lapsed in await _expire_lapsed.all(
        work.connection, of_incident=work.incident_id, of_case=case_id, at=work.now, by=work.actor.membership_id
    ):
        work.tell("handoff.expired", "handoff", lapsed["id"], subjects=way.family)
    handoff_id, expires_at = new_id(), work.now + OFFER_LASTS
    sealed = await seal_text(
        work, message, table="handoffs", row_id=handoff_id, subject_id=case_id, info=InfoClass.staff_record
    )
    await _insert_handoff.run(
        work.connection, incident_id=work.incident_id, id=handoff_id, case_id=case_id,
        from_center_id=case["center_id"], to_center_id=to_center_id, status=HANDOFF.start,
        proposed_by=work.actor.membership_id, proposed_at=work.now, expires_at=expires_at, decided_by=None,
        decided_at=None, receiving_worker_id=None, decline_reason=None, client_agreed=True, message=sealed, version=1,
    )  # fmt: skip
    work.tell(
        "handoff.proposed", "handoff", handoff_id, subjects=way.family,
        classes=class_told(InfoClass.staff_record, sealed), case=case_id, to_center=to_center_id,
    )  # fmt: skip
    work.later("notify.handoff_proposed", handoff_id=handoff_id)
    work.later("expire.handoff", at=expires_at, handoff_id=handoff_id)
    return {"handoff": str(handoff_id)}


async def accept_handoff(work: Work, handoff_id: UUID, *, version: int, worker_id: UUID) -> Result:
    """Take the case over for ``worker_id``, who carries cases at the receiving center and is now accountable."""
    handoff = await _offered(work, handoff_id, "accept", version)
    if work.now >= handoff["expires_at"]:
        raise InvalidTransition(state=HandoffStatus.expired, verb="accept", possible=())
    case = await load(work, "case", handoff["case_id"], action="read")
    if case["center_id"] != handoff["from_center_id"]:
        raise Conflict(handoff["version"])
    way = await _demand_way(work, case["id"], handoff["from_center_id"], handoff["to_center_id"])
    await check_worker(work, worker_id, case_id=case["id"], center_id=handoff["to_center_id"], roles=CARRIERS)
    await refuse_own_agency_s_worker(work, case["id"], worker_id, path="workerId")
    await _end(work, handoff, "accept", worker=worker_id)
    await move_responsibility(
        work, case["id"], worker_id=worker_id, center_id=handoff["to_center_id"], handoff_id=handoff_id
    )
    if way.is_to_another_organization:
        staying = await part_from_others(work, way.family)
        await move_postings(work, way.family, origin_id=way.from_organization_id, target_id=way.to_organization_id)
        if staying:
            await suspect_anew(work, sorted(staying), since=min(staying.values()))
    work.tell(
        "handoff.accepted", "handoff", handoff_id, subjects=way.family, case=case["id"], before=case["responsible_id"],
        worker=worker_id,
    )  # fmt: skip
    work.later("notify.handoff_accepted", handoff_id=handoff_id)
    return {"handoff": str(handoff_id)}


async def decline_handoff(work: Work, handoff_id: UUID, *, version: int, reason: HandoffDeclineReason) -> Result:
    """Decline the offer; the case stays where it is, and its worker is told why."""
    handoff = await _offered(work, handoff_id, "decline", version)
    await _end(work, handoff, "decline", reason=reason)
    work.tell("handoff.declined", "handoff", handoff_id, subjects=(handoff["case_id"],), reason=reason)
    work.later("notify.handoff_declined", handoff_id=handoff_id)
    return {"handoff": str(handoff_id)}


async def withdraw_handoff(work: Work, handoff_id: UUID, *, version: int) -> Result:
    """Take the offer back before it is answered."""
    handoff = await _offered(work, handoff_id, "withdraw", version)
    await _end(work, handoff, "withdraw")
    work.tell("handoff.withdrawn", "handoff", handoff_id, subjects=(handoff["case_id"],))
    work.later("notify.handoff_withdrawn", handoff_id=handoff_id)
    return {"handoff": str(handoff_id)}


async def expire_handoff(work: Work, handoff_id: UUID) -> Result:
    """Let an unanswered offer lapse at its time; raises InvalidTransition for an answered one or ahead of time."""
    handoff = await _offered(work, handoff_id, "expire", None)
    if work.now < handoff["expires_at"]:
        raise InvalidTransition(state=handoff["status"], verb="expire", possible=HANDOFF.possible(HANDOFF.start))
    await _end(work, handoff, "expire")
    work.tell("handoff.expired", "handoff", handoff_id, subjects=(handoff["case_id"],))
    work.later("notify.handoff_expired", handoff_id=handoff_id)
    return {"handoff": str(handoff_id)}


async def _offered(work: Work, handoff_id: UUID, verb: str, version: int | None) -> Loaded:
    """Return the open offer, locked, for a verb the actor may carry out.

    The row is locked first and read in a statement of its own: who lost a race sees what the winner made of it.
    """
    refuse_never(work, "handoff", verb)
    await _lock.value(work.connection, incident_id=work.incident_id, id=handoff_id)
    handoff = await load(work, "handoff", handoff_id, action="read", then=(verb, "handoff"))
    step(HANDOFF, HandoffStatus(handoff["status"]), verb)
    work.demand(verb, "handoff", held=handoff.held)
    if version is not None and version != handoff["version"]:
        raise Conflict(handoff["version"])
    return handoff


async def _end(
    work: Work, handoff: Loaded, verb: str, *, worker: UUID | None = None, reason: HandoffDeclineReason | None = None
) -> None:
    await _decide.run(
        work.connection, of_incident=work.incident_id, of_id=handoff["id"],
        to_status=step(HANDOFF, HandoffStatus(handoff["status"]), verb), by=work.actor.membership_id, at=work.now,
        worker=worker, reason=reason,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """Who goes, and from which organisation's center to which."""

    family: tuple[UUID, ...]
    from_organization_id: UUID
    to_organization_id: UUID

    @property
    def is_to_another_organization(self) -> bool:
        """Tell whether the case changes organisations."""
        return self.from_organization_id != self.to_organization_id


async def _demand_way(work: Work, case_id: UUID, origin_id: UUID, target_id: UUID) -> Way:
    """Return the way of the case, after making sure that all of its persons may go to that center.

    Raises NotFound for a center that is not there, InvalidInput for a closed one or the case's own, NotPermitted when
    the center is another organisation's and somebody's release for the handoff, or its agreement, is not in force.
    """
    rows = await _find_centers.all(work.connection, incident_id=work.incident_id, origin=origin_id, target=target_id)
    found: dict[UUID, Row] = {row["id"]: row for row in rows}
    if target_id not in found:
        raise NotFound
    if target_id == origin_id or found[target_id]["closed_at"] is not None:
        raise InvalidInput.at("toCenterId", "not_an_open_center", "Name another center that is open.")
    people = await _family.all(work.connection, incident_id=work.incident_id, case_id=case_id)
    way = Way(
        tuple(row["id"] for row in people), found[origin_id]["organization_id"], found[target_id]["organization_id"]
    )
    await refuse_own_agency(work, case_id, way.to_organization_id, path="toCenterId")
    if way.is_to_another_organization:
        await refuse_walled_organization(work, case_id, way.to_organization_id, path="toCenterId")
        released = await _releases_in_force.all(
            work.connection, incident_id=work.incident_id, case_id=case_id,
            organization_id=way.to_organization_id, now=work.now,
        )  # fmt: skip
        if set(way.family) - {row["person_id"] for row in released}:
            raise NotPermitted(Reason.needs_release, requestable=True)
    return way
