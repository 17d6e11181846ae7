"""The stage: incident, centers, partners with services, contacts and agreements, awards, and everybody on duty.

Set in one transaction through the verbs, then read back, so that a load that was cut off finds what it had made.
Never: set half a stage.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, and_, bindparam, select

from fac.access.actor import Actor
from fac.casework import award, incident, organization, staff, vetting
from fac.db.assistance import awards
from fac.db.incident import centers, incidents
from fac.db.organization import agreements, organizations, services
from fac.db.staff import accounts, memberships
from fac.db.statement import Connection, Row, Statement
from fac.demo.partners import Partner, partners
from fac.demo.proving import Authenticator, enrolled
from fac.demo.telling import Telling, Verb
from fac.domain.substance_use import REGIME
from fac.domain.vocabulary import (
    AgreementKind,
    CenterKind,
    ConfidentialityRegime,
    OrganizationKind,
    Role,
    ServiceCategory,
)

PAST = timedelta(days=265)  # three quarters
AGENCY, FUNDER = "Larkmoor Fire and Rescue", "State Office for Crime Victims"
EXAMINER, FUND = "Larkmoor County Medical Examiner", "Community Relief Fund"
LIAISON, FUND_ADMINISTRATOR = "liaison@example.org", "fund@example.org"
ADMINISTRATOR = "administrator@example.org"
_ADDRESSES = {
    CenterKind.reunification_center: ("Reunification Center", "Larkmoor High School, 40 Elm Street"),
    CenterKind.family_assistance_center: ("Family Assistance Center", "Larkmoor Fairground, Hall 2"),
    CenterKind.resiliency_center: ("Resiliency Center", "212 Canal Avenue"),
}
_SHORT = {
    CenterKind.reunification_center: "reunification",
    CenterKind.family_assistance_center: "assistance",
    CenterKind.resiliency_center: "resiliency",
}
_FIRST_NAMES = ("Avery", "Blanca", "Corin", "Delia", "Emory", "Fermín", "Gale", "Haydée", "Ira", "Jonas", "Kit", "Lena")
_LAST_NAMES = (
    "Abbot", "Barrera", "Castell", "Dunmore", "Escobedo", "Fairlie", "Garrick", "Holloway", "Iturbe", "Keane",
)  # fmt: skip

_in_incident: BindParameter[UUID] = bindparam("incident_id")
_find_incident = Statement(select(incidents.c.id, incidents.c.occurred_on).where(incidents.c.name == bindparam("name")))
_centers = Statement(select(centers.c.id, centers.c.kind).where(centers.c.incident_id == _in_incident))
_hats = Statement(
    select(memberships, accounts.c.login)
    .join(accounts, accounts.c.id == memberships.c.account_id)
    .where(memberships.c.incident_id == _in_incident, memberships.c.ended_at.is_(None))
    .order_by(accounts.c.login)
)
_of = services.c
_services = Statement(
    select(_of.id, _of.organization_id, _of.category, agreements.c.expires_on, organizations.c.confidentiality_regime)
    .join(organizations, organizations.c.id == services.c.organization_id)
    .outerjoin(
        agreements,
        and_(agreements.c.incident_id == _of.incident_id, agreements.c.organization_id == _of.organization_id),
    )
    .where(services.c.incident_id == _in_incident)
    .order_by(organizations.c.name, services.c.name)
)
_awards = Statement(select(awards.c.id).where(awards.c.incident_id == _in_incident).order_by(awards.c.award_number))
_agency = Statement(
    select(organizations.c.id).where(organizations.c.name == AGENCY).order_by(organizations.c.created_at)
)


@dataclass(frozen=True, slots=True)
class Service:
    """A service that can be referred to; ``agreed_until`` None: its organisation has no agreement."""

    id: UUID
    organization_id: UUID
    category: ServiceCategory
    agreed_until: date | None
    is_program: bool  # for substance use (42 CFR Part 2)


@dataclass(frozen=True, slots=True)
class Directory:
    """The stage as it stands: ids and hats by their words."""

    incident_id: UUID
    occurred_on: date
    centers: Mapping[CenterKind, UUID]
    hats: Mapping[str, Actor]  # by login
    on_duty: Mapping[tuple[UUID, Role], list[Actor]]  # by center and role
    partners: Mapping[UUID, Actor]  # by organisation
    services: tuple[Service, ...]
    awards: tuple[UUID, ...]
    agency_id: UUID

    def staff(self, kind: CenterKind, role: Role) -> list[Actor]:
        """Return who is on duty at a center in a role, in the order of their logins."""
        return self.on_duty[self.centers[kind], role]

    def partner(self, organization_id: UUID) -> Actor:
        """Return the worker of a partner organisation."""
        return self.partners[organization_id]

    @property
    def system_worker(self) -> Actor:
        """The hat of background jobs."""
        return self.hats[incident.SYSTEM_LOGIN]


def login_of(role: Role, kind: CenterKind, number: int) -> str:
    """Return the login of worker ``number`` in a role at a center."""
    return f"{role}{number:03d}.{_SHORT[kind]}@example.org"


def partner_login(number: int) -> str:
    """Return the login of the worker of partner ``number``."""
    return f"partner{number:02d}@example.org"


async def read_directory(connection: Connection, name: str) -> Directory | None:
    """Return the stage of the incident called ``name``, None when there is none yet."""
    found = await _find_incident.first(connection, name=name)
    if found is None:
        return None
    of = {"incident_id": found["id"]}
    hats = {row["login"]: _actor(row) for row in await _hats.all(connection, **of)}
    return Directory(
        found["id"],
        found["occurred_on"],
        {CenterKind(row["kind"]): row["id"] for row in await _centers.all(connection, **of)},
        hats,
        _on_duty(hats),
        {
            each.organization_id: each
            for each in hats.values()
            if each.organization_id and each.role is Role.partner_user
        },
        tuple(
            Service(row[0], row[1], ServiceCategory(row[2]), row[3], is_program=row[4] == REGIME)
            for row in await _services.all(connection, **of)
        ),
        tuple(row["id"] for row in await _awards.all(connection, **of)),
        await _agency.value(connection),
    )


def _on_duty(hats: Mapping[str, Actor]) -> dict[tuple[UUID, Role], list[Actor]]:
    found: dict[tuple[UUID, Role], list[Actor]] = {}
    for each in hats.values():
        if each.center_id is not None:
            found.setdefault((each.center_id, each.role), []).append(each)
    return found


def _actor(row: Row) -> Actor:
    role = Role(row["role"])
    return Actor(row["incident_id"], row["id"], row["account_id"], None, role, row["organization_id"], row["center_id"])


@dataclass(slots=True)
class Setting:
    """The setting of one stage: who acts, when, for how many families."""

    telling: Telling
    telephone: Authenticator  # the administrator's, whose acts ask for it
    at: datetime
    lead_id: UUID
    managers: int
    hired: int = 0

    async def do(self, operation: str, verb: Verb, /, *place: Any, **given: Any) -> UUID:
        """Carry out one verb of the directory as the administrator and return the id it made."""
        (made,) = (await self.telling.act(self.telephone.actor, self.at, operation, verb, *place, **given)).values()
        return UUID(made)

    async def add(
        self, name: str, kind: OrganizationKind, regime: ConfidentialityRegime = ConfidentialityRegime.none
    ) -> UUID:
        """Add an organisation and return its id."""
        return await self.do(
            "addOrganization", organization.add_organization, name=name, kind=kind, confidentiality_regime=regime
        )

    async def hire(self, login: str, role: Role, organization_id: UUID, center_id: UUID | None = None) -> UUID:
        """Put somebody on duty, under an invented name, and return the hat's id."""
        first = _FIRST_NAMES[self.hired % len(_FIRST_NAMES)]
        last = _LAST_NAMES[self.hired // len(_FIRST_NAMES) % len(_LAST_NAMES)]
        self.hired += 1
        return await self.do(
            "grantMembership", staff.grant_membership, login=login, display_name=f"{first} {last}", role=role,
            organization_id=organization_id, center_id=center_id,
        )  # fmt: skip


async def find_stage(connection: Connection, name: str) -> UUID | None:
    """Return the incident called ``name``, None when there is none yet; asked of every incident there is."""
    found = await _find_incident.first(connection, name=name)
    return found["id"] if found else None


async def set_stage(telling: Telling, *, incident_id: UUID, name: str, is_exercise: bool, households: int) -> None:
    """Found the incident and everything around it, three quarters ago."""
    at = (telling.now - PAST).replace(hour=6, minute=0, second=0, microsecond=0)
    founded = await incident.found_incident(
        telling.connection, telling.tools, incident_id=incident_id, name=name, is_exercise=is_exercise,
        timezone="America/Chicago", occurred_on=(at - timedelta(days=1)).date(), administrator_name="Robin Ashdown",
        lead_organization="Larkmoor County Victim Assistance", administrator_login=ADMINISTRATOR, now=at,
    )  # fmt: skip
    managers = min(400, max(4, households // 45))
    telephone = await enrolled(telling, founded.administrator, at + timedelta(hours=2))
    setting = Setting(telling, telephone, at + timedelta(hours=2), founded.organization_id, managers)
    for kind in CenterKind:
        await _open_center(setting, kind)
    for number, partner in enumerate(partners()):
        await _bring_in(setting, number, partner)
    await _fund_and_watch(setting)
    await telephone.give_back(founded.administrator, setting.at)


async def _open_center(setting: Setting, kind: CenterKind) -> None:
    name, address = _ADDRESSES[kind]
    setting.at += timedelta(hours=3)
    await setting.telephone.prove(setting.at)
    center_id = await setting.do(
        "openCenter", incident.open_center, kind=kind, name=name, address=address, organization_id=setting.lead_id
    )
    wanted = {
        Role.intake_worker: max(2, setting.managers // 4),
        Role.case_manager: 2 if kind is CenterKind.reunification_center else setting.managers,
        Role.supervisor: 1 + setting.managers // 60,
    }
    if kind is CenterKind.reunification_center:
        wanted |= {Role.reunification_worker: 2, Role.volunteer: 2}
    for role, count in wanted.items():
        for number in range(1, count + 1):
            hat_id = await setting.hire(login_of(role, kind, number), role, setting.lead_id, center_id)
            if role is Role.volunteer and number == 1:  # the other one is still to be vetted
                await setting.do(
                    "vetMembership", vetting.vet_membership, hat_id, until=setting.at + timedelta(days=360)
                )


async def _bring_in(setting: Setting, number: int, partner: Partner) -> None:
    organization_id = await setting.add(partner.name, partner.kind, partner.regime)
    for offer in partner.offers:
        await setting.do(
            "offerService", organization.offer_service, organization_id, name=offer.name,
            category=offer.category, description=f"{offer.name} for families, free of charge.",
            languages=list(offer.languages), wait_days=offer.wait_days, is_accepting=number % 13 != 12,
        )  # fmt: skip
    await setting.do(
        "addOrganizationContact", organization.add_organization_contact, organization_id, label="Intake desk",
        phone=f"(555) 555-01{number:02d}", email=f"intake{number:02d}@example.org", is_round_the_clock=number % 3 == 0,
        verified_on=setting.at.date() - timedelta(days=number),
    )  # fmt: skip
    if partner.agreement != "none":
        await _agree(setting, number, organization_id, expired=partner.agreement == "expired")
    await setting.hire(partner_login(number), Role.partner_user, organization_id)
    if number == 0:
        await setting.hire(f"administrator.{partner_login(number)}", Role.partner_administrator, organization_id)
    if partner.name == FUND:
        await setting.hire(FUND_ADMINISTRATOR, Role.fund_administrator, organization_id)


async def _agree(setting: Setting, number: int, organization_id: UUID, *, expired: bool) -> None:
    since = setting.at.date() - timedelta(days=210 if expired else 25)
    await setting.do(
        "recordAgreement", organization.record_agreement, organization_id,
        kind=AgreementKind.moa if number % 4 == 0 else AgreementKind.mou, scope="Services to families of the incident.",
        data_terms="Only what a release in force names; nothing is passed on.", attests_nondiscrimination=True,
        effective_on=since, expires_on=since + timedelta(days=365),
    )  # fmt: skip


async def _fund_and_watch(setting: Setting) -> None:
    await setting.add(AGENCY, OrganizationKind.government)
    funder_id = await setting.add(FUNDER, OrganizationKind.funder, ConfidentialityRegime.voca)
    examiner_id = await setting.add(EXAMINER, OrganizationKind.government)
    await setting.hire(LIAISON, Role.identification_liaison, examiner_id)
    start = setting.at.date() - timedelta(days=60)
    for number, (name, month) in enumerate((("Emergency assistance award", 10), ("Community healing award", 7)), 1):
        await setting.do(
            "recordAward", award.record_award, funder_id=funder_id, organization_id=setting.lead_id, name=name,
            award_number=f"LARK-{number:04d}", starts_on=start, ends_on=start + timedelta(days=3 * 365),
            new_resets_in_month=month,
        )  # fmt: skip
    await setting.hire("reports@example.org", Role.report_viewer, funder_id)
    for role in (Role.auditor, Role.privacy_officer):
        await setting.hire(f"{role}@example.org", role, setting.lead_id)
