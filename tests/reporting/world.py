"""A small world of assistance for reporting tests: plain facts, their way into PostgreSQL, and the naive reading.

Never: a personal value; sealed columns get dummy bytes, because reporting cannot read them anyway.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

from fac.domain.ids import new_id
from fac.reporting.inputs import Award, Delivery, Inputs, Served
from fac.reporting.period import Period, window_start

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Given:
    """One row of ``assistances`` as somebody recorded it."""

    person: int
    line: str
    on: date
    occurrences: int = 1
    on_award: int | None = 0
    in_error: bool = False


@dataclass
class World:
    """Persons are numbered; award 0 is the one reported on."""

    people: list[Served]
    given: list[Given]
    calls: list[tuple[date, int, int | None]] = field(default_factory=list)
    unmet: list[tuple[int, str, datetime]] = field(default_factory=list)  # person, status, ended_at
    reset_month: int = 7
    is_exercise: bool = False
    incident_id: UUID = field(default_factory=new_id)
    organization_id: UUID = field(default_factory=new_id)
    awards: list[UUID] = field(default_factory=lambda: [new_id(), new_id()])
    worker_id: UUID = field(default_factory=new_id)

    @property
    def award(self) -> Award:
        return Award(self.awards[0], "2026-TEST-0001", date(2020, 10, 1), date(2030, 9, 30), self.reset_month)

    def inputs(self, period: Period) -> Inputs:
        """Read the world the naive way: the model that the SQL statements are compared with."""
        counted = [] if self.is_exercise else [each for each in self.given if each.on_award == 0 and not each.in_error]
        within = [each for each in counted if period.starts_on <= each.on <= period.ends_on]
        opening = window_start(period.starts_on, self.reset_month)
        sums: dict[tuple[UUID, date, str], int] = {}
        for each in within:
            key = (self.people[each.person].person_id, each.on, each.line)
            sums[key] = sums.get(key, 0) + each.occurrences
        ids = {key[0] for key in sums}
        calls = [] if self.is_exercise else self.calls
        unmet = (
            []
            if self.is_exercise
            else [at for _, status, at in self.unmet if status == "unmet_no_capacity" and at.date() in period]
        )
        return Inputs(
            deliveries=tuple(sorted(Delivery(*key, total) for key, total in sums.items())),
            served=tuple(sorted((p for p in self.people if p.person_id in ids), key=lambda p: p.person_id)),
            seen_before=frozenset(
                self.people[each.person].person_id for each in counted if opening <= each.on < period.starts_on
            ),
            anonymous_contacts=sum(n for on, n, award in calls if award == 0 and on in period),
            unmet_for_capacity=len(unmet) if period.is_annual else None,
        )


def person(
    *,
    age: str = "age_25_59",
    gender: str = "female",
    races: tuple[str, ...] = ("white",),
    types: tuple[str, ...] = ("mass_violence",),
    special: tuple[str, ...] = (),
    person_id: UUID | None = None,
) -> Served:
    """One served person; every word has a plain default."""
    return Served(person_id or new_id(), age, gender, frozenset(races), frozenset(types), frozenset(special))


async def store(connection, world: World, *, timezone: str = "UTC") -> None:
    """Write ``world`` with raw SQL: one case for all, dummy bytes where a value would be sealed."""
    w, account, center, case, household = world, new_id(), new_id(), new_id(), new_id()
    run = connection.execute
    await run(
        "INSERT INTO organizations (id, name, kind, confidentiality_regime, created_at, version)"
        " VALUES ($1, 'Harbor Example', 'nonprofit', 'voca', $2, 1)",
        w.organization_id,
        NOON,
    )
    await run(
        "INSERT INTO incidents (id, name, is_exercise, timezone, occurred_on, status, lead_organization_id, created_at,"
        " version) VALUES ($1, 'Example', $2, $3, '2026-01-01', 'open', $4, $5, 1)",
        w.incident_id,
        w.is_exercise,
        timezone,
        w.organization_id,
        NOON,
    )
    await run(
        "INSERT INTO centers (incident_id, id, kind, name, address, organization_id, opened_at, version)"
        " VALUES ($1, $2, 'resiliency_center', 'Example', 'Example', $3, $4, 1)",
        w.incident_id,
        center,
        w.organization_id,
        NOON,
    )
    await run(
        "INSERT INTO accounts (id, login, display_name, created_at) VALUES ($1, $2, 'Example', $3)",
        account,
        f"{account}@example.test",
        NOON,
    )
    await run(
        "INSERT INTO memberships (incident_id, id, account_id, role, organization_id, center_id, started_at)"
        " VALUES ($1, $2, $3, 'supervisor', $4, $5, $6)",
        w.incident_id,
        w.worker_id,
        account,
        w.organization_id,
        center,
        NOON,
    )
    await run(
        "INSERT INTO cases (incident_id, id, case_number, status, center_id, responsible_id, opened_at, version)"
        " VALUES ($1, $2, 'EXA-MPLE-0', 'open', $3, $4, $5, 1)",
        w.incident_id,
        case,
        center,
        w.worker_id,
        NOON,
    )
    await run(
        "INSERT INTO households (incident_id, id, case_id, created_at) VALUES ($1, $2, $3, $4)",
        w.incident_id,
        household,
        case,
        NOON,
    )
    for number, award in enumerate(w.awards):
        await run(
            "INSERT INTO awards (incident_id, id, funder_organization_id, organization_id, name, award_number,"
            " starts_on, ends_on, new_resets_in_month, version)"
            " VALUES ($1, $2, $3, $3, 'Example', $4, $5, $6, $7, 1)",
            w.incident_id,
            award,
            w.organization_id,
            f"2026-TEST-000{number + 1}",
            w.award.starts_on,
            w.award.ends_on,
            w.reset_month,
        )
    await connection.executemany(
        "INSERT INTO persons (incident_id, id, case_id, household_id, identity, age_band, spoken_language,"
        " written_language, needs_interpreter, gender, races, special_classifications, victimizations, created_at,"
        " version) VALUES ($1, $2, $3, $4, '\\x00', $5, 'en', 'en', false, $6, $7, $8, $9, $10, 1)",
        [
            (
                w.incident_id,
                p.person_id,
                case,
                household,
                p.age_band,
                p.gender,
                sorted(p.races),
                sorted(p.special_classifications),
                sorted(p.victimizations),
                NOON,
            )
            for p in w.people
        ],
    )
    await give(connection, w, w.given, case=case)
    await connection.executemany(
        "INSERT INTO anonymous_contacts (incident_id, id, organization_id, award_id, contacted_on, contacts,"
        " recorded_by, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            (
                w.incident_id,
                new_id(),
                w.organization_id,
                None if award is None else w.awards[award],
                on,
                n,
                w.worker_id,
                NOON,
            )
            for on, n, award in w.calls
        ],
    )
    await connection.executemany(
        "INSERT INTO needs (incident_id, id, case_id, person_id, code, detail_class, horizon, status, opened_at,"
        " ended_at, version) VALUES ($1, $2, $3, $4, 'lodging', 8, 'ongoing', $5, $6, $6, 1)",
        [(w.incident_id, new_id(), case, w.people[number].person_id, status, at) for number, status, at in w.unmet],
    )


async def give(connection, world: World, given: list[Given], *, case: UUID | None = None) -> None:
    """Record more assistance."""
    w = world
    case = case or await connection.fetchval("SELECT id FROM cases WHERE incident_id = $1", w.incident_id)
    await connection.executemany(
        "INSERT INTO assistances (incident_id, id, case_id, person_id, organization_id, line_code, occurrences,"
        " award_id, delivered_on, recorded_by, recorded_at, entered_in_error_at, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)",
        [
            (
                w.incident_id,
                new_id(),
                case,
                w.people[g.person].person_id,
                w.organization_id,
                g.line,
                g.occurrences,
                None if g.on_award is None else w.awards[g.on_award],
                g.on,
                w.worker_id,
                NOON,
                NOON if g.in_error else None,
            )
            for g in given
        ],
    )
