"""The directory of partners: organisations, what they offer, how to reach them, on what written basis they take part.

Never: edit an agreement's dates; they decide access, so an agreement is recorded, ended early, or replaced by another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import bindparam, func, select, update

from fac.casework.loading import load
from fac.casework.work import Result, Work
from fac.db.organization import agreements, organization_contacts, organizations, services
from fac.db.statement import Connection, Statement, insert_into
from fac.domain.identity import normal_email, normal_phone
from fac.domain.ids import new_id
from fac.domain.text import NAME, SENTENCES, refuse, require_languages, require_texts
from fac.domain.vocabulary import AgreementKind, ConfidentialityRegime, OrganizationKind, ServiceCategory
from fac.errors import FieldProblem, InvalidInput, InvalidTransition, NotFound

IN_INCIDENT = ("my_incident",)
CHECKED = timedelta(days=365)  # a contact, and as a rule an agreement, is gone over every year (domain invariant 15)
AHEAD = timedelta(days=30)
_LONGEST_WAIT = 3_650

insert_organization = insert_into(organizations)
_find_organization = Statement(select(organizations.c.id).where(organizations.c.id == bindparam("id")))
_insert_service = insert_into(services)
_change_service = Statement(
    update(services)
    .where(services.c.incident_id == bindparam("of_incident"), services.c.id == bindparam("of_id"))
    .values(
        name=func.coalesce(bindparam("to_name", type_=services.c.name.type), services.c.name),
        description=func.coalesce(
            bindparam("to_description", type_=services.c.description.type), services.c.description
        ),
        languages=func.coalesce(bindparam("to_languages", type_=services.c.languages.type), services.c.languages),
        wait_days=func.coalesce(bindparam("to_wait_days", type_=services.c.wait_days.type), services.c.wait_days),
        is_accepting=func.coalesce(
            bindparam("to_is_accepting", type_=services.c.is_accepting.type), services.c.is_accepting
        ),
        version=services.c.version + 1,
    )
)
_insert_contact = insert_into(organization_contacts)
_verify_contact = Statement(
    update(organization_contacts)
    .where(
        organization_contacts.c.incident_id == bindparam("of_incident"),
        organization_contacts.c.id == bindparam("of_id"),
    )
    .values(verified_on=bindparam("to_verified_on"), version=organization_contacts.c.version + 1)
)
_insert_agreement = insert_into(agreements)
_end_agreement = Statement(
    update(agreements)
    .where(agreements.c.incident_id == bindparam("of_incident"), agreements.c.id == bindparam("of_id"))
    .values(ended_at=bindparam("to_ended_at"), version=agreements.c.version + 1)
)


async def require_organization(connection: Connection, organization_id: UUID) -> None:
    """Raise NotFound when there is no such organisation."""
    if await _find_organization.value(connection, id=organization_id) is None:
        raise NotFound


def standing_of(work: Work, organization_id: UUID) -> tuple[str, ...]:
    """Return the relations in which a new row of ``organization_id`` would stand to the actor."""
    return (*IN_INCIDENT, "my_org") if organization_id == work.actor.organization_id else IN_INCIDENT


async def add_organization(
    work: Work, *, name: str, kind: OrganizationKind, confidentiality_regime: ConfidentialityRegime
) -> Result:
    """Add an organisation to the directory."""
    permit = work.demand("add", "organization", held=IN_INCIDENT)
    refuse(require_texts(name=name))
    organization_id = new_id()
    await insert_organization.run(
        work.connection, id=organization_id, name=name.strip(), kind=kind,
        confidentiality_regime=confidentiality_regime, created_at=work.now, version=1,
    )  # fmt: skip
    work.tell("organization.added", permit.record, organization_id, kind=kind)
    return {"organization": str(organization_id)}


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """What is new about a service; None leaves a part as it is."""

    name: str | None = None
    description: str | None = None
    languages: list[str] | None = None
    wait_days: int | None = None
    is_accepting: bool | None = None


async def offer_service(
    work: Work,
    organization_id: UUID,
    *,
    name: str,
    category: ServiceCategory,
    description: str,
    languages: list[str],
    wait_days: int,
    is_accepting: bool,
) -> Result:
    """Add what an organisation offers to families of this incident; raises NotFound for an unknown organisation."""
    permit = work.demand("offer", "service", held=standing_of(work, organization_id))
    await require_organization(work.connection, organization_id)
    refuse(
        require_texts(name=name),
        require_texts(description=description, most=SENTENCES),
        require_languages("languages", languages),
        _wait(wait_days),
    )
    service_id = new_id()
    await _insert_service.run(
        work.connection, incident_id=work.incident_id, id=service_id, organization_id=organization_id,
        name=name.strip(), category=category, description=description.strip(), languages=languages, wait_days=wait_days,
        is_accepting=is_accepting, version=1,
    )  # fmt: skip
    work.tell("service.offered", permit.record, service_id, organization=organization_id, category=category)
    return {"service": str(service_id)}


async def change_service(work: Work, service_id: UUID, *, version: int, change: ServiceChange) -> Result:
    """Change what is said of a service: its words, its languages, how long families wait, whether it takes new ones."""
    await load(work, "service", service_id, action="change", version=version)
    if change == ServiceChange():
        raise InvalidInput.at("input", "nothing_to_change", "Say what is new.")
    refuse(
        iter(()) if change.name is None else require_texts(name=change.name),
        iter(()) if change.description is None else require_texts(most=SENTENCES, description=change.description),
        iter(()) if change.languages is None else require_languages("languages", change.languages),
        _wait(change.wait_days or 0),
    )
    await _change_service.run(
        work.connection, of_incident=work.incident_id, of_id=service_id, to_name=change.name,
        to_description=change.description, to_languages=change.languages, to_wait_days=change.wait_days,
        to_is_accepting=change.is_accepting,
    )  # fmt: skip
    work.tell("service.changed", "service", service_id)
    return {"service": str(service_id)}


async def add_organization_contact(
    work: Work,
    organization_id: UUID,
    *,
    label: str,
    phone: str,
    email: str,
    is_round_the_clock: bool,
    verified_on: date,
) -> Result:
    """Add a way to reach an organisation; notices without personal data go to its ``email``."""
    permit = work.demand("add", "organization_contact", held=standing_of(work, organization_id))
    await require_organization(work.connection, organization_id)
    number, address = normal_phone(phone), normal_email(email)
    refuse(require_texts(label=label))
    if number is None:
        raise InvalidInput.at("phone", "not_a_phone", "Write a number with its area code, or +country.")
    if address is None or len(address) > NAME:
        raise InvalidInput.at("email", "not_an_email", "Write an address as name@domain.")
    if verified_on > work.now.date():
        raise InvalidInput.at("verifiedOn", "in_the_future", "A contact was verified today or earlier.")
    contact_id = new_id()
    await _insert_contact.run(
        work.connection, incident_id=work.incident_id, id=contact_id, organization_id=organization_id,
        label=label.strip(), phone=number, email=address, is_round_the_clock=is_round_the_clock,
        verified_on=verified_on, version=1,
    )  # fmt: skip
    work.tell("organization_contact.added", permit.record, contact_id, organization=organization_id)
    _check_again(work, contact_id, verified_on)
    return {"organization_contact": str(contact_id)}


async def verify_organization_contact(work: Work, contact_id: UUID, *, version: int) -> Result:
    """Say that somebody made sure today that the contact answers; asked for again in a year (domain invariant 15)."""
    contact = await load(work, "organization_contact", contact_id, action="change", version=version)
    today = work.now.date()
    await _verify_contact.run(work.connection, of_incident=work.incident_id, of_id=contact_id, to_verified_on=today)
    work.tell(
        "organization_contact.verified", "organization_contact", contact_id, organization=contact["organization_id"]
    )
    _check_again(work, contact_id, today)
    return {"organization_contact": str(contact_id)}


async def record_agreement(
    work: Work,
    organization_id: UUID,
    *,
    kind: AgreementKind,
    scope: str,
    data_terms: str,
    attests_nondiscrimination: bool,
    effective_on: date,
    expires_on: date,
) -> Result:
    """Record an agreement; without one in force an organisation is sent nothing personal (domain invariants 2, 15)."""
    permit = work.demand("record", "agreement", held=standing_of(work, organization_id))
    await require_organization(work.connection, organization_id)
    refuse(require_texts(most=SENTENCES, scope=scope, dataTerms=data_terms))
    if expires_on <= effective_on:
        raise InvalidInput.at("expiresOn", "before_effective", "An agreement ends after it begins.")
    if not attests_nondiscrimination:
        raise InvalidInput.at("attestsNondiscrimination", "required", "A partner attests that it turns nobody away.")
    agreement_id = new_id()
    await _insert_agreement.run(
        work.connection, incident_id=work.incident_id, id=agreement_id, organization_id=organization_id, kind=kind,
        scope=scope.strip(), data_terms=data_terms.strip(), attests_nondiscrimination=attests_nondiscrimination,
        effective_on=effective_on, expires_on=expires_on, ended_at=None, version=1,
    )  # fmt: skip
    work.tell(
        "agreement.recorded", permit.record, agreement_id, organization=organization_id,
        effective_on=effective_on.isoformat(), expires_on=expires_on.isoformat(),
    )  # fmt: skip
    work.later("notify.agreement_due", at=_in_time(work, expires_on), agreement_id=agreement_id)
    return {"agreement": str(agreement_id)}


async def end_agreement(work: Work, agreement_id: UUID, *, version: int) -> Result:
    """End an agreement before its date: from now on the organisation reads nothing personal on its strength."""
    agreement = await load(work, "agreement", agreement_id, action="end", version=version)
    if agreement["ended_at"] is not None:
        raise InvalidTransition(state="ended", verb="end")
    await _end_agreement.run(work.connection, of_incident=work.incident_id, of_id=agreement_id, to_ended_at=work.now)
    work.tell("agreement.ended", "agreement", agreement_id, organization=agreement["organization_id"])
    return {"agreement": str(agreement_id)}


def _check_again(work: Work, contact_id: UUID, verified_on: date) -> None:
    at = _in_time(work, verified_on + CHECKED)
    work.later("notify.organization_contact_due", at=at, organization_contact_id=contact_id)


def _in_time(work: Work, ends_on: date) -> datetime:
    """Return when to tell whoever keeps the directory that something is to be gone over by that day."""
    return max(datetime.combine(ends_on - AHEAD, time(), UTC), work.now)


def _wait(days: int) -> Iterator[FieldProblem]:
    if not 0 <= days <= _LONGEST_WAIT:
        yield FieldProblem("waitDays", "out_of_range", f"Days a family waits: 0 to {_LONGEST_WAIT}.")
