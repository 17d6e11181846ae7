"""The accounting of disclosures: who read what is sealed of a person, when, of which classes, and on what basis; and
what the ledger says was told of them without a release.

For whoever it is about, in the portal; and for the privacy officer, who answers somebody that asked in writing (45 CFR
164.528; domain invariant 13). Both are told the same. That it was told is itself told to the audit trail.
Never: say what was read or told in words, by whom by name, or what the person may not know (fac.db.rls.accounting).
"""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Date, Integer, Uuid, and_, bindparam, func, literal_column, or_, select, tuple_

from fac.casework.accounted_disclosure import AccountedDisclosure, find_disclosures, is_sealed, tell_disclosures
from fac.casework.loading import load
from fac.casework.local_day import local_day
from fac.casework.work import OUTLINE, Work
from fac.db.claims import LOGIN_OF, Login
from fac.db.consent import releases
from fac.db.incident import centers
from fac.db.organization import organizations
from fac.db.rls.accounting import accounting_of
from fac.db.staff import memberships
from fac.db.statement import Row, Statement, among
from fac.domain.vocabulary import AccessBasis, InfoClass, ReleasePurpose, Role, classes_of
from fac.errors import InvalidInput

_THEIR_OWN: Final = frozenset({"about_me", "guardian_of"})
_PARTNERS: Final = tuple(role for role, login in LOGIN_OF.items() if login is Login.partner)

_incident = bindparam("incident_id", type_=Uuid)
_before, _below = bindparam("before", type_=Date), bindparam("below", type_=Uuid)
_read = accounting_of(bindparam("person_id", type_=Uuid))
# A day and a hat are one row: records that stand for one person, and both kinds of access, are told together.
_page = (
    select(
        _read.c.read_on,
        _read.c.membership_id,
        func.bit_or(_read.c.classes, type_=Integer).label("classes"),
        func.sum(_read.c.reads, type_=Integer).label("reads"),
        func.bool_or(_read.c.under_glass).label("under_glass"),
        func.min(_read.c.first_at).label("first_at"),
        func.max(_read.c.last_at).label("last_at"),
    )
    .where(or_(_before.is_(None), tuple_(_read.c.read_on, _read.c.membership_id) < tuple_(_before, _below)))
    .group_by(_read.c.read_on, _read.c.membership_id)
    .order_by(_read.c.read_on.desc(), _read.c.membership_id.desc())
    .limit(bindparam("most", type_=Integer))
    .subquery("page")
)
# The release by which an organisation read: the newest to it, about this record, in force at some time of that day.
_release = (
    select(releases.c.id, releases.c.purpose)
    .where(
        releases.c.incident_id == _incident,
        releases.c.person_id == bindparam("person_id", type_=Uuid),
        releases.c.organization_id == memberships.c.organization_id,
        releases.c.effective_at <= _page.c.last_at,
        func.coalesce(releases.c.revoked_at, releases.c.expires_at) >= _page.c.first_at,
        releases.c.classes.op("&")(_page.c.classes) != literal_column("0"),
    )
    .order_by(releases.c.effective_at.desc(), releases.c.id.desc())
    .limit(literal_column("1"))
    .lateral("release")
)
_accounting = Statement(
    select(
        _page,
        memberships.c.role,
        organizations.c.name.label("organization"),
        centers.c.name.label("center"),
        _release.c.id.label("release_id"),
        _release.c.purpose,
    )
    .select_from(_page)
    .join(memberships, and_(memberships.c.incident_id == _incident, memberships.c.id == _page.c.membership_id))
    .outerjoin(organizations, organizations.c.id == memberships.c.organization_id)
    .outerjoin(centers, and_(centers.c.incident_id == _incident, centers.c.id == memberships.c.center_id))
    .outerjoin(_release, among(memberships.c.role, _PARTNERS))
    .order_by(_page.c.read_on.desc(), _page.c.membership_id.desc())
)


@dataclass(frozen=True, slots=True)
class AccountedRead:
    """What one hat read of a person on one day."""

    read_on: date
    membership_id: UUID
    reads: int
    classes: tuple[InfoClass, ...]
    role: Role
    organization: str | None
    center: str | None
    basis: AccessBasis
    release_id: UUID | None
    purpose: ReleasePurpose | None

    @property
    def place(self) -> tuple[date, UUID]:
        """Where it stands in an accounting: the newest day first."""
        return self.read_on, self.membership_id


async def read_accounting(
    work: Work, person_id: UUID, *, most: int, after: tuple[date, UUID] | None, asked_on: date | None = None
) -> list[AccountedRead | AccountedDisclosure]:
    """Return who read of the person and what was told of them, the newest day first, ``most`` at most beyond ``after``.

    Whoever is not the person nor their guardian says on which day it was asked for in writing: InvalidInput without it.
    Raises NotFound. Of reads, what no seal covers yet, the last seconds, is not in it.
    """
    person = await load(work, "person", person_id, action="read", then=("read", "accounting"), lock=False)
    permit = work.demand("read", "accounting", held=person.held, info=OUTLINE | InfoClass.identity.bit)
    if _THEIR_OWN.isdisjoint(person.held):
        await _require_asked(work, asked_on)
    before, below = after or (None, None)
    rows = await _accounting.all(
        work.connection, incident_id=work.incident_id, person_id=person_id, before=before, below=below, most=most
    )
    found = await find_disclosures(work, person_id, most=most, after=after)
    opened = {row["person_id"] for row in found if is_sealed(row)}
    said = {} if asked_on is None else {"asked_on": asked_on.isoformat()}
    receipt = await work.tell_now(
        "accounting.told", permit.record, person_id, subjects=tuple({person_id} | opened),
        classes=InfoClass.identity.bit if opened else 0, **said,
    )  # fmt: skip
    opening = work.tools.disclosure.opening(permit, receipt)
    entries: list[AccountedRead | AccountedDisclosure] = [*map(_told, rows), *tell_disclosures(found, opening)]
    for each in opening.failures:
        work.tell("seal.unreadable", each.table, each.row_id, subjects=(each.subject_id,), classes=each.info.bit)
    return sorted(entries, key=lambda each: each.place, reverse=True)[:most]


async def _require_asked(work: Work, asked_on: date | None) -> None:
    if asked_on is None:
        raise InvalidInput.at("askedOn", "required", "Say on which day the person asked for it in writing.")
    if asked_on > await local_day(work):
        raise InvalidInput.at("askedOn", "in_the_future", "Give the day it was asked for.")


def _told(row: Row) -> AccountedRead:
    role = Role(row["role"])
    if row["under_glass"]:
        basis = AccessBasis.broken_glass
    elif role in _PARTNERS:
        basis = AccessBasis.release
    else:
        basis = AccessBasis.duty if row["center"] is None else AccessBasis.own_center
    purpose = row["purpose"]
    return AccountedRead(
        row["read_on"], row["membership_id"], row["reads"], tuple(classes_of(row["classes"])), role,
        row["organization"], row["center"], basis, row["release_id"], purpose and ReleasePurpose(purpose),
    )  # fmt: skip
