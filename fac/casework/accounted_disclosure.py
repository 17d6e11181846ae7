"""What a person's accounting tells of the ledger: when, to whom, what and on what basis (45 CFR 164.528(b)(2)).

To whom is sealed under the person's own key (identity); the words of the ledger are under the case's and stay shut.
Never: tell what the person must not be told of (fac.db.rls.accounting), or the words of whoever wrote it down.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Date, Integer, Uuid, and_, bindparam, cast, func, literal_column, or_, select, tuple_

from fac.casework.disclosure import RowOpening
from fac.casework.work import Work
from fac.db.incident import incidents
from fac.db.keys import data_keys
from fac.db.organization import organizations
from fac.db.rls.accounting import disclosures_accounted_to
from fac.db.statement import Row, Statement
from fac.domain.vocabulary import CourtInstrument, DisclosureBasis, InfoClass, classes_of

_incident = bindparam("incident_id", type_=Uuid)
_before, _below = bindparam("before", type_=Date), bindparam("below", type_=Uuid)
_told = disclosures_accounted_to(bindparam("person_id", type_=Uuid))
_day = cast(func.timezone(incidents.c.timezone, _told.c.disclosed_at), Date)
_KEY: Final = ("epoch", "version", "wrapped")
_page = Statement(
    select(
        _told.c.disclosure_id, _told.c.row_id, _told.c.person_id, _told.c.basis, _told.c.instrument, _told.c.classes,
        _told.c.recipient, _day.label("disclosed_on"), organizations.c.name.label("organization"),
        *(data_keys.c[name] for name in _KEY),
    )
    .select_from(_told)
    .join(incidents, incidents.c.id == _incident)
    .outerjoin(organizations, organizations.c.id == _told.c.organization_id)
    .outerjoin(
        data_keys,
        and_(
            data_keys.c.incident_id == _incident,
            data_keys.c.subject_id == _told.c.person_id,
            data_keys.c.info == literal_column(str(InfoClass.identity.code)),
        ),
    )
    .where(or_(_before.is_(None), tuple_(_day, _told.c.disclosure_id) < tuple_(_before, _below)))
    .order_by(_day.desc(), _told.c.disclosure_id.desc())
    .limit(bindparam("most", type_=Integer))
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AccountedDisclosure:
    """What was told of a person without a release; ``recipient`` is None where it was not kept or is erased."""

    disclosed_on: date
    disclosure_id: UUID
    basis: DisclosureBasis
    instrument: CourtInstrument | None
    classes: tuple[InfoClass, ...]
    organization: str | None
    recipient: str | None

    @property
    def place(self) -> tuple[date, UUID]:
        """Where it stands in an accounting: the newest day first."""
        return self.disclosed_on, self.disclosure_id


async def find_disclosures(work: Work, person_id: UUID, *, most: int, after: tuple[date, UUID] | None) -> list[Row]:
    """Return the rows of the ledger that the person may be told of, nothing opened."""
    before, below = after or (None, None)
    return await _page.all(
        work.connection, incident_id=work.incident_id, person_id=person_id, before=before, below=below, most=most
    )


def is_sealed(row: Row) -> bool:
    """Tell whether there is a recipient to open, and the key for it: not of who is erased, nor of a merged record."""
    return bool(row["recipient"]) and bool(row["wrapped"])


def tell_disclosures(rows: Sequence[Row], opening: RowOpening) -> list[AccountedDisclosure]:
    """Return what the rows say; ``opening`` is of the audit row that names their persons."""
    return [_of(row, opening) for row in rows]


def _of(row: Row, opening: RowOpening) -> AccountedDisclosure:
    said: dict[str, Any] = {}
    if is_sealed(row):
        key = tuple(row[name] for name in _KEY)
        said = opening.open(
            "disclosure_persons", InfoClass.identity, row["row_id"], row["person_id"], key, row["recipient"]
        ) or {}  # fmt: skip
    instrument = row["instrument"]
    return AccountedDisclosure(
        row["disclosed_on"], row["disclosure_id"], DisclosureBasis(row["basis"]),
        instrument and CourtInstrument(instrument), tuple(classes_of(row["classes"])), row["organization"],
        said.get("recipient"),
    )  # fmt: skip
