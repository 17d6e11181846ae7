"""Imports a spreadsheet of families: signs in, reads the sheet, and records each good family through recordIntake.

A dry run reads and judges; applying records, one transaction a family, so that a run may be cut off and begun again.
Which families are there already is known by a keyed digest of the family's key and first person: the same file read
again changes nothing, a corrected one records what was missing.
Never: echo a value of the sheet, or record half a family.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum, auto
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import ARRAY, LargeBinary, any_, bindparam, select

from fac.access.actor import Actor
from fac.audit.ledger import Circumstances
from fac.casework.importing.cell import DateOrder
from fac.casework.importing.column import plain
from fac.casework.importing.family import RowProblem, SheetFamily, families_of
from fac.casework.importing.sheet import read_sheet
from fac.casework.intake import record_intake
from fac.casework.intake_form import IntakeForm
from fac.casework.work import Result, Work, once
from fac.db.case import intakes
from fac.db.statement import Connection, Statement
from fac.domain.ids import new_id
from fac.errors import AuditUnavailable, Busy, FacError, InvalidInput, KeyReused, NotFound, NotPermitted, NotSignedIn

if TYPE_CHECKING:
    from fac.api.context import Parts

OPERATION = "recordIntake"
_TRIES = 3
_AGAIN = (
    asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError, Busy,
)  # fmt: skip
Progress = Callable[[str, int, int], None]

_already_there = Statement(
    select(intakes.c.import_digest).where(
        intakes.c.incident_id == bindparam("incident_id"),
        intakes.c.import_digest == any_(bindparam("digests", type_=ARRAY(LargeBinary))),
    )
)


class Outcome(StrEnum):
    """What became of a family."""

    ready = auto()  # a dry run found nothing wrong with it
    recorded = auto()
    already_there = auto()
    changed_since = auto()  # it is there, and the sheet now says something else
    refused = auto()


@dataclass(frozen=True, slots=True)
class Imported:
    """One family of the sheet. ``suspicions`` counts possible duplicates that a person should look at."""

    rows: tuple[int, ...]
    outcome: Outcome
    problems: tuple[RowProblem, ...] = ()
    suspicions: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found and did; ``ignored`` are the letters of columns that were not read."""

    applied: bool
    families: tuple[Imported, ...]
    ignored: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Tell whether no family was refused."""
        return not any(each.outcome is Outcome.refused for each in self.families)

    def lines(self) -> Iterator[str]:
        """Yield what a person is told: each bad row by number and column, then the sum; never a value."""
        if self.ignored:
            yield f"not read, since their headers are not known: columns {', '.join(self.ignored)}"
        for family in self.families:
            for each in family.problems:
                yield f"row {each.row}, {each.column}: {each.problem}. {each.hint}"
            if family.outcome is Outcome.changed_since:
                yield f"row {family.rows[0]}: recorded earlier with other contents; change the case itself."
            if family.suspicions:
                yield f"row {family.rows[0]}: {family.suspicions} possible duplicate(s) to look at"
        counted = [(each, sum(family.outcome is each for family in self.families)) for each in Outcome]
        told = ", ".join(f"{count} {outcome.value.replace('_', ' ')}" for outcome, count in counted if count)
        yield f"{len(self.families)} families: {told or 'none'}"
        if not self.applied:
            yield "dry run: nothing was recorded; add --apply to record the families that are ready"


@dataclass(frozen=True, slots=True)
class _Run:
    parts: "Parts"
    actor: Actor = field(repr=False)

    def work(self, connection: Connection) -> Work:
        parts = self.parts.pinned(self.actor.incident_id)
        circumstances = Circumstances(parts.clock(), parts.tools.policy.version, new_id())
        return Work(connection, self.actor, parts.tools, circumstances, OPERATION)

    def digest(self, family: SheetFamily, form: IntakeForm) -> bytes:
        """Return the keyed digest a family is known by: its key in the sheet, and who comes first in it."""
        head = form.persons[0]
        who = (family.key, plain(head.given_name or ""), plain(head.family_name or ""), head.born_on or "")
        parts = [b"intake import 1", self.actor.incident_id.bytes, *(each.encode() for each in who)]
        return self.parts.tools.mac.lasting_tag(parts)


async def import_families(
    parts: "Parts",
    token: str,
    content: bytes,
    *,
    apply: bool = False,
    order: DateOrder = DateOrder.mdy,
    incident_id: UUID | None = None,
    progress: Progress = lambda *_: None,
) -> Report:
    """Read the sheet as whoever ``token`` belongs to; with ``apply`` record what is good and not there yet.

    Raises NotSignedIn, NotFound when the token is of another incident than ``incident_id``, NotPermitted when the hat
    may not record intakes at its center, InvalidInput when the file cannot be read as a sheet at all.
    """
    run = _Run(parts, await _sign_in(parts, token, incident_id))
    sheet = read_sheet(content)
    families = families_of(sheet, order=order, today=parts.clock().date())
    digests = [run.digest(family, family.form) if family.form else None for family in families]
    known = await _known(run, [each for each in digests if each])
    results = []
    for place, (family, digest) in enumerate(zip(families, digests, strict=True)):
        progress("families", place, len(families))
        if family.form is None or digest is None:
            results.append(Imported(family.rows, Outcome.refused, family.problems))
        elif apply:
            results.append(await _record(run, family, replace(family.form, import_digest=digest)))
        else:
            results.append(Imported(family.rows, Outcome.already_there if digest in known else Outcome.ready))
    progress("families", len(families), len(families))
    return Report(apply, tuple(results), sheet.ignored)


async def _sign_in(parts: "Parts", token: str, incident_id: UUID | None) -> Actor:
    async with parts.database.transaction(parts.sign_in.claims(token)) as connection:
        actor = await parts.sign_in.find(connection, token, parts.clock())
        if incident_id is not None and actor.incident_id != incident_id:
            raise NotFound
        if actor.center_id is None:
            raise NotPermitted("needs_center")
        _Run(parts, actor).work(connection).demand("record", "intake", held=("my_incident", "my_center"))
    return actor


async def _known(run: _Run, digests: list[bytes]) -> set[bytes]:
    async with run.parts.database.transaction(run.actor.claims) as connection:
        rows = await _already_there.all(connection, incident_id=run.actor.incident_id, digests=digests)
    return {bytes(row["import_digest"]) for row in rows}


async def _record(run: _Run, family: SheetFamily, form: IntakeForm) -> Imported:
    for _ in range(_TRIES):
        try:
            result = await _record_once(run, form)
        except KeyReused:
            return Imported(family.rows, Outcome.changed_since)
        except asyncpg.UniqueViolationError as clash:
            if clash.constraint_name == "uq_intakes_import_digest":
                return Imported(family.rows, Outcome.already_there)
        except _AGAIN:
            continue
        except (NotSignedIn, NotPermitted, AuditUnavailable):
            raise  # nothing more can be done for any family
        except FacError as refused:
            return Imported(family.rows, Outcome.refused, tuple(_problems(family, refused)))
        else:
            if result is None:
                return Imported(family.rows, Outcome.already_there)
            return Imported(family.rows, Outcome.recorded, suspicions=int(result["suspicions"]))
    return Imported(family.rows, Outcome.refused, tuple(_problems(family, Busy())))


async def _record_once(run: _Run, form: IntakeForm) -> Result | None:
    """Record the family and return the verb's result, None when an earlier run did.

    The same family has the same key: a run that was cut off after a commit finds what it did.
    """
    done: list[Result] = []

    async def verb(work: Work) -> Result:
        done.append(await record_intake(work, form))
        return done[0]

    key = UUID(bytes=(form.import_digest or b"")[:16])
    async with run.parts.database.transaction(run.actor.claims) as connection:
        await once(run.work(connection), key, _payload(form), verb)
    return done[0] if done else None


def _payload(form: IntakeForm) -> bytes:
    return b"import " + orjson.dumps(replace(form, import_digest=None), option=orjson.OPT_SORT_KEYS)


def _problems(family: SheetFamily, refused: FacError) -> Iterator[RowProblem]:
    """Yield what the verb itself refused, at the family's first row."""
    if isinstance(refused, InvalidInput):
        for each in refused.problems:
            yield RowProblem(family.rows[0], each.path.rpartition(".")[2], each.problem, each.hint)
    else:
        yield RowProblem(family.rows[0], "family", refused.code, refused.sentence)
