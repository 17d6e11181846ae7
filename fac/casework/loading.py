"""Loads the row a verb is about: inside the actor's scope, locked, at the version the actor saw.

Absent, of another incident and out of scope are the same NotFound; readable but not allowed is NotPermitted; only then
is a stale version a Conflict.
Never: load a row without asking in which relations it stands to the actor.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Table, bindparam, literal_column, select

from fac.access import scope
from fac.access.guard import READ, Permit
from fac.access.policy import Policy
from fac.access.standing import NOTHING, Above, Standing, actor_parameter, facts_about
from fac.casework.work import OUTLINE, Work
from fac.db.aliased import one_statement
from fac.db.assistance import assistances, awards
from fac.db.case import cases
from fac.db.conflict_wall import conflict_walls
from fac.db.consent import releases
from fac.db.disclosure import disclosures
from fac.db.erasure import erasures, legal_holds
from fac.db.follow_up import follow_ups
from fac.db.glass import glass_breaks
from fac.db.handoff import handoffs
from fac.db.identification import identifications
from fac.db.incident import centers
from fac.db.need import needs
from fac.db.note import notes
from fac.db.organization import agreements, organization_contacts, services
from fac.db.person import persons
from fac.db.person_of_concern import persons_of_concern
from fac.db.portal_access import portal_accesses
from fac.db.provider_credential import provider_credentials
from fac.db.referral import referrals
from fac.db.report import reports
from fac.db.reunification import reunifications
from fac.db.review import reviews
from fac.db.staff import memberships
from fac.db.statement import Row, Statement
from fac.domain.vocabulary import Role
from fac.errors import Conflict, NotFound

TABLES: dict[str, Table] = {
    "agreement": agreements,
    "assistance": assistances,
    "award": awards,
    "case": cases,
    "center": centers,
    "conflict_wall": conflict_walls,
    "disclosure": disclosures,
    "erasure": erasures,
    "follow_up": follow_ups,
    "glass_break": glass_breaks,
    "handoff": handoffs,
    "identification": identifications,
    "legal_hold": legal_holds,
    "membership": memberships,
    "need": needs,
    "note": notes,
    "organization_contact": organization_contacts,
    "person": persons,
    "person_of_concern": persons_of_concern,
    "portal_access": portal_accesses,
    "provider_credential": provider_credentials,
    "referral": referrals,
    "release": releases,
    "report": reports,
    "reunification": reunifications,
    "review": reviews,
    "service": services,
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A locked row, the relations it stands in, and the guard's permit for what is about to be done to it."""

    row: Row
    held: tuple[str, ...]
    permit: Permit

    def __getitem__(self, column: str) -> Any:
        return self.row[column]


async def load(
    work: Work,
    record: str,
    id: UUID,
    *,
    action: str,
    version: int | None = None,
    info: int = OUTLINE,
    then: tuple[str, str] | None = None,
    lock: bool = True,
) -> Loaded:
    """Return row ``id`` of ``record``, locked for the rest of the transaction unless ``lock`` is False.

    ``then`` is the action and record that will be demanded of a part of this row (propose, handoff): ``held`` answers
    for its relations too. Raises NotFound, NotPermitted, or Conflict when ``version`` is given and is not the row's.
    """
    actor = work.actor
    asked = {(READ, record), (action, record)} | ({then} if then else set())
    refuse_never(work, record, action)
    relations = _relations(work.tools.policy, actor.role, record, asked)
    row = await _found(record, relations, lock).first(work.connection, id=id, **facts_about(actor, work.now))
    if row is None:
        raise NotFound
    held = tuple(each for place, each in enumerate(relations) if row["held"] >> place & 1)
    permit = work.demand(action, record, held=held, info=info)
    if version is not None and row["version"] != version:
        raise Conflict(row["version"])
    return Loaded(row, held, permit)


def refuse_never(work: Work, record: str, action: str) -> None:
    """Raise NotFound, as the guard would, where no row at all lets the role read ``record`` or do ``action`` to it.

    Asked before the first statement: the login of such a hat may have no way to the table (fac.db.rls).
    """
    policy, role = work.tools.policy, work.actor.role
    if not any(each.allowed for asked in (READ, action) for each in policy.grants(role, asked, record)):
        raise NotFound


def _relations(policy: Policy, role: Role, record: str, asked: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the relations that the answers to ``asked`` hang on, as far as a row of ``record`` can stand in them."""
    named = {each.relation for action, part in asked for each in policy.grants(role, action, part)}
    return tuple(each for each in policy.relations if each in named and record in policy.reach[each])


@lru_cache(maxsize=512)
@one_statement()
def _found(record: str, relations: tuple[str, ...], lock: bool) -> Statement:
    table = TABLES[record].alias("t")
    case_id = table.c.id if record == "case" else table.c.get("case_id")
    standing = Standing(record, table, case_id, Above(case=table) if record == "case" else NOTHING)
    held = scope.held_relations(relations, standing) if relations else literal_column("0")
    found = select(table, held.label("held")).where(
        table.c.incident_id == actor_parameter("incident"), table.c.id == bindparam("id")
    )
    return Statement(found.with_for_update(of=table) if lock else found, remembered=False)
