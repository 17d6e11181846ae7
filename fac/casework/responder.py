"""A first responder's records stay away from the responder's own agency (domain invariant 11).

The agency's hats see nothing of the case whatever else holds (the relation responders_own_agency); here a case is kept
from being put into hands that could then not open it.
Never: turn a responder away; another organisation's staff takes them in.
"""

from collections.abc import Collection, Iterator
from uuid import UUID

from sqlalchemy import bindparam, exists, select

from fac.casework.intake_form import PersonForm
from fac.casework.work import Work
from fac.db.person import involvements
from fac.db.staff import memberships
from fac.db.statement import Statement
from fac.errors import FieldProblem, InvalidInput

_HINT = "A first responder's own agency is kept out of the case: this takes another organisation's people."
_of_case = (
    involvements.c.incident_id == bindparam("incident_id"),
    involvements.c.case_id == bindparam("case_id"),
)
_employs = Statement(
    select(exists().where(*_of_case, involvements.c.agency_organization_id == bindparam("organization_id")))
)
_worker_s_agency_employs = Statement(
    select(
        exists().where(
            *_of_case,
            memberships.c.incident_id == bindparam("incident_id"),
            memberships.c.id == bindparam("worker_id"),
            involvements.c.agency_organization_id == memberships.c.organization_id,
        )
    )
)


def own_agency(persons_of_form: Collection[PersonForm], here: Collection[UUID]) -> Iterator[FieldProblem]:
    """Yield a problem for each person of a form whose own agency is among the organisations ``here``."""
    for place, person in enumerate(persons_of_form):
        if person.agency_organization_id in here:
            yield FieldProblem(f"persons.{place}.agencyId", "own_agency", _HINT)


async def refuse_own_agency(work: Work, case_id: UUID, organization_id: UUID, *, path: str) -> None:
    """Raise InvalidInput when a responder of the case works for the organisation."""
    if await _employs.value(
        work.connection, incident_id=work.incident_id, case_id=case_id, organization_id=organization_id
    ):
        raise InvalidInput.at(path, "own_agency", _HINT)


async def refuse_own_agency_s_worker(work: Work, case_id: UUID, worker_id: UUID, *, path: str) -> None:
    """Raise InvalidInput when a responder of the case and the worker are colleagues."""
    if await _worker_s_agency_employs.value(
        work.connection, incident_id=work.incident_id, case_id=case_id, worker_id=worker_id
    ):
        raise InvalidInput.at(path, "own_agency", _HINT)
