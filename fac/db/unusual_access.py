"""The statement of unusual access: counts over the reads of some days, held against thresholds, as rows to ask about.

Never: look at more than the asked days and those they are compared with, or name whom somebody read.
"""

from typing import Any, Final

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Float,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    distinct,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from fac.db.audit import audit_events
from fac.db.case import case_assignments, intakes
from fac.db.incident import centers, incidents
from fac.db.organization import organizations
from fac.db.person import persons
from fac.db.staff import accounts, memberships
from fac.db.statement import Statement
from fac.domain.unusual_access import thresholds
from fac.domain.vocabulary import AccessRule

_READ: Final = "record.read"
_SEARCHED: Final = "person.searched"
_ONE: Final[ColumnElement[int]] = literal_column("1", Integer)


def _bound(name: str, kind: Any) -> ColumnElement[Any]:
    return bindparam(name, type_=kind, required=True)


def _least(rule: AccessRule) -> ColumnElement[int]:
    return literal_column(str(thresholds()[f"{rule}_least"]), Integer)


_INCIDENT: Final = _bound("incident_id", Uuid)
_SINCE, _UNTIL = _bound("since", DateTime(timezone=True)), _bound("until", DateTime(timezone=True))
_ZONE: Final = select(incidents.c.timezone).where(incidents.c.id == _INCIDENT).scalar_subquery()
_FIRST_DAY: Final = cast(func.timezone(_ZONE, _SINCE), Date)


def _reads() -> CTE:
    """Return what was opened in the days and those before them, with the incident's own day and hour."""
    event = audit_events.c
    local = func.timezone(_ZONE, event.at)
    return (
        select(
            event.membership_id, event.at, event.event, event.subjects, cast(local, Date).label("day"),
            cast(func.date_part("hour", local), Integer).label("hour"),
            func.jsonb_exists(event.detail, literal_column("'glass'")).label("glass"),
        )
        .where(
            event.incident_id == _INCIDENT,
            event.at >= _bound("history", DateTime(timezone=True)),
            event.at < _UNTIL,
            event.event.in_((literal_column(f"'{_READ}'"), literal_column(f"'{_SEARCHED}'"))),
            event.classes != literal_column("0"),
        )
        .cte("reads")
    )  # fmt: skip


def _opened(reads: CTE) -> CTE:
    """Return once a hat and day, of whom anything was opened: by day, at night, under glass, shown or only compared."""
    night = thresholds()
    each = func.unnest(reads.c.subjects).table_valued("subject", name="each").render_derived()
    subject = each.c.subject
    at_night = or_(
        reads.c.hour >= literal_column(str(night["off_hours_from_hour"])),
        reads.c.hour < literal_column(str(night["off_hours_until_hour"])),
    )
    return (
        select(
            reads.c.membership_id, reads.c.day, subject, func.bool_or(at_night).label("at_night"),
            func.bool_or(reads.c.glass).label("glass"),
            func.bool_or(reads.c.event == literal_column(f"'{_READ}'")).label("shown"),
        )
        .select_from(reads.join(each, true()))
        .group_by(reads.c.membership_id, reads.c.day, subject)
        .cte("opened")
    )  # fmt: skip


def _days(opened: CTE) -> CTE:
    """Return the counts of each hat's days, and what is usual: of the hat's other days, and of its role's others."""
    hat, person = memberships.alias("hat"), persons.alias("person")
    of_hat, of_role = opened.c.membership_id, hat.c.role
    case_id = func.coalesce(person.c.case_id, opened.c.subject)
    carried, taken = case_assignments.alias(), intakes.alias()
    knows = or_(
        select(_ONE).where(
            carried.c.incident_id == _INCIDENT, carried.c.case_id == case_id, carried.c.membership_id == of_hat
        ).exists(),
        select(_ONE).where(
            taken.c.incident_id == _INCIDENT, taken.c.case_id == case_id, taken.c.recorded_by == of_hat
        ).exists(),
    )  # fmt: skip
    asked = opened.c.day >= _FIRST_DAY
    theirs = and_(person.c.incident_id == _INCIDENT, person.c.id == opened.c.subject, asked)
    mine = func.count().over(partition_by=of_hat)
    of_all = func.count().over(partition_by=of_role)
    shown = func.count().filter(opened.c.shown)
    others = func.sum(shown).over(partition_by=of_role) - func.sum(shown).over(partition_by=of_hat)
    return (
        select(
            of_hat, opened.c.day, shown.label("shown"),
            func.count().filter(opened.c.at_night).label("at_night"),
            func.count().filter(opened.c.glass).label("under_glass"),
            func.count(distinct(case_id)).filter(asked, hat.c.center_id.is_not(None), opened.c.shown, ~knows)
            .label("outside"),
            _mean(func.sum(shown).over(partition_by=of_hat) - shown, mine - _ONE).label("usual"),
            _mean(others, of_all - mine).label("peers"),
        )
        .select_from(
            opened.join(hat, and_(hat.c.incident_id == _INCIDENT, hat.c.id == of_hat)).outerjoin(person, theirs)
        )
        .group_by(of_hat, opened.c.day, of_role)
        .cte("days")
    )  # fmt: skip


def _mean(whole: ColumnElement[Any], parts: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(whole, Float) / func.nullif(parts, literal_column("0"))


def _lost_searches(reads: CTE) -> Select[Any]:
    """Return, of each hat's days, how many searches found somebody of whom nothing was shown soon after."""
    after = reads.alias("after")
    soon: ColumnElement[Any] = literal_column(f"interval '{thresholds()['searches_not_followed_minutes']} minutes'")
    followed = select(_ONE).where(
        after.c.membership_id == reads.c.membership_id,
        after.c.event == literal_column(f"'{_READ}'"),
        after.c.at > reads.c.at,
        after.c.at <= reads.c.at + soon,
        after.c.subjects.op("&&")(reads.c.subjects),
    )
    found = func.cardinality(reads.c.subjects) > literal_column("0")
    lost = func.count().label("count")
    return (
        select(reads.c.membership_id, reads.c.day, lost)
        .where(reads.c.event == literal_column(f"'{_SEARCHED}'"), found, ~followed.exists())
        .where(reads.c.day >= _FIRST_DAY)
        .group_by(reads.c.membership_id, reads.c.day)
    )


def _findings() -> CTE:
    """Return every rule that a hat's day answers to."""
    reads = _reads()
    days, lost = _days(_opened(reads)), _lost_searches(reads).cte("lost")
    nothing: ColumnElement[float] = literal_column("NULL::float")
    found = []
    for rule, counted in (
        (AccessRule.volume, days.c.shown), (AccessRule.off_hours, days.c.at_night),
        (AccessRule.outside_caseload, days.c.outside), (AccessRule.broken_glass, days.c.under_glass),
        (AccessRule.searches_not_followed, lost.c.count),
    ):  # fmt: skip
        of, is_volume = counted.table, rule is AccessRule.volume
        much = and_(*_many_times(days)) if is_volume else true()
        found.append(
            select(
                of.c.membership_id, of.c.day, literal_column(f"'{rule}'", Text).label("rule"), counted.label("count"),
                (days.c.peers if is_volume else nothing).label("peers"),
                (days.c.usual if is_volume else nothing).label("usual"),
            ).where(of.c.day >= _FIRST_DAY, counted >= _least(rule), much)
        )  # fmt: skip
    return union_all(*found).cte("findings")


def _many_times(days: CTE) -> list[ColumnElement[bool]]:
    """Return the conditions that the day is many times what is usual; of nothing to compare with, any is."""

    def many(usual: ColumnElement[Any], setting: str) -> ColumnElement[bool]:
        times: ColumnElement[int] = literal_column(str(thresholds()[setting]), Integer)
        return days.c.shown >= func.coalesce(usual * times, literal_column("0", Float))

    return [many(days.c.peers, "volume_times_peers"), many(days.c.usual, "volume_times_own")]


def _report() -> Statement:
    found = _findings()
    wanted = _bound("rule", Text)
    named = func.convert_to(func.concat(found.c.membership_id, found.c.rule), literal_column("'UTF8'"))
    id = cast(func.left(func.encode(func.sha256(named), literal_column("'hex'")), literal_column("32")), Uuid)
    chosen = select(found, id.label("id")).where(or_(wanted.is_(None), found.c.rule == wanted)).cte("chosen")
    hat, account, organization, center = memberships.alias(), accounts.alias(), organizations.alias(), centers.alias()
    source = (
        chosen.join(hat, and_(hat.c.incident_id == _INCIDENT, hat.c.id == chosen.c.membership_id))
        .join(account, account.c.id == hat.c.account_id)
        .outerjoin(organization, organization.c.id == hat.c.organization_id)
        .outerjoin(center, and_(center.c.incident_id == _INCIDENT, center.c.id == hat.c.center_id))
    )
    begins = func.timezone(_ZONE, cast(chosen.c.day, DateTime))
    ends = func.timezone(_ZONE, cast(chosen.c.day.op("+")(literal_column("1")), DateTime))
    name = case((_bound("named", Boolean), account.c.display_name))
    row = func.row(
        chosen.c.id, chosen.c.day, chosen.c.rule, chosen.c.count, chosen.c.peers, chosen.c.usual, hat.c.id, hat.c.role,
        organization.c.name, center.c.name, name, begins, ends,
    )  # fmt: skip
    place = tuple_(chosen.c.day, chosen.c.id) < tuple_(_bound("after_day", Date), _bound("after_id", Uuid))
    page = select(row).select_from(source).where(place).order_by(chosen.c.day.desc(), chosen.c.id.desc())
    return Statement(
        select(
            func.array(page.limit(_bound("limit", Integer)).scalar_subquery()).label("page"),
            select(func.count()).select_from(chosen).scalar_subquery().label("total"),
        )
    )


# One row: ``page``, an array of rows, and ``total``, of how many.
unusual_days: Final = _report()
