"""The relations of the policy as SQL: in which of them does a row stand to the actor?

Every relation is one small formula over the row and its case, rendered into the statement that reads the row, so that a
revoked fact holds from the next statement on.
Never: name a role, or decide anything; what a relation opens is the policy's to say.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    Uuid,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
    true,
)

from fac.db.assistance import awards
from fac.db.case import cases
from fac.db.handoff import handoffs
from fac.db.referral import referral_needs, referral_persons, referrals
from fac.db.statement import among
from fac.domain.vocabulary import NoteKind

PRIVILEGED = (NoteKind.clergy_privileged, NoteKind.counsel_privileged)


def actor_parameter(name: str) -> BindParameter[Any]:
    """Return the bind of a fact about the actor: incident, me, my_organization, my_center or now."""
    return bindparam(name, type_=DateTime(timezone=True) if name == "now" else Uuid(), required=True)


@dataclass(frozen=True, slots=True)
class Above:
    """Rows over the one that is looked at: the case it hangs on, or a referral that names it."""

    case: FromClause | None = None
    referral: FromClause | None = None

    @property
    def rows(self) -> tuple[FromClause, ...]:
        """The rows there are."""
        return tuple(each for each in (self.case, self.referral) if each is not None)


NOTHING = Above()


@dataclass(frozen=True, slots=True)
class Standing:
    """One row as the relations see it: its record kind, its columns, and the case it hangs on.

    ``above`` are rows that the statement has at hand already: they answer without looking, and never otherwise.
    The row itself is at hand, unless it is one of a whole list that the relation should lead to.
    """

    record: str
    row: FromClause
    case_id: ColumnElement[Any] | None = None
    above: Above = NOTHING
    at_hand: bool = True

    def of_case(self, column: str) -> ColumnElement[Any]:
        """Return ``column`` of the row's case."""
        if self.above.case is not None:
            return self.above.case.c[column]
        if self.case_id is None:
            raise LookupError(f"{self.record} hangs on no case")
        found = cases.alias()
        return (
            select(found.c[column])
            .where(found.c.incident_id == actor_parameter("incident"), found.c.id == self.case_id)
            .correlate_except(found)
            .scalar_subquery()
        )


def _my_incident(_: Standing) -> ColumnElement[bool]:
    return true()


def _my_center(of: Standing) -> ColumnElement[bool]:
    column: Any = of.row.c.id if of.record == "center" else None
    if column is None:
        column = of.row.c.center_id if of.record in ("membership", "intake") else of.of_case("center_id")
    mine: ColumnElement[bool] = column == actor_parameter("my_center")
    return mine


def _my_caseload(of: Standing) -> ColumnElement[bool]:
    return of.of_case("responsible_id") == actor_parameter("me")


def _handed_to_my_center(of: Standing) -> ColumnElement[bool]:
    if of.record == "handoff":
        return and_(*_on_offer(of.row))
    offered = handoffs.alias()
    on_offer = (offered.c.incident_id == actor_parameter("incident"), *_on_offer(offered))
    if of.at_hand:
        here: Select[Any] = select(literal_column("true")).where(*on_offer, offered.c.case_id == of.case_id)
        return here.limit(literal_column("1")).correlate_except(offered).scalar_subquery().is_not(None)
    return of.case_id.in_(select(offered.c.case_id).where(*on_offer))  # type: ignore[union-attr]  # asked of cases only


def _on_offer(handoff: FromClause) -> tuple[ColumnElement[bool], ...]:
    # A lapsed offer shows nothing, whether or not the worker has marked it as expired yet.
    return (
        handoff.c.to_center_id == actor_parameter("my_center"),
        handoff.c.status == literal_column("'proposed'"),
        handoff.c.expires_at > actor_parameter("now"),
    )


def _my_org(of: Standing) -> ColumnElement[bool]:
    column = of.row.c.id if of.record == "organization" else of.row.c.organization_id
    return column == actor_parameter("my_organization")


def was_sent(referral: FromClause) -> ColumnElement[bool]:
    """Tell whether a referral reached the actor's organisation and was not a mistake."""
    return and_(
        referral.c.organization_id == actor_parameter("my_organization"),
        referral.c.sent_at.is_not(None),
        referral.c.status != literal_column("'entered_in_error'"),
    )


def referred_to_my_org(of: Standing) -> ColumnElement[bool]:
    """Tell whether the row is a referral to the actor's organisation, or named in one."""
    if of.record == "referral":
        return was_sent(of.row)
    link, column = (referral_needs, "need_id") if of.record == "need" else (referral_persons, "person_id")
    about = of.row.c.id if of.record in ("need", "person") else of.row.c.person_id
    linked, sent = link.alias(), referrals.alias()
    found = (
        select(literal_column("true"))
        .select_from(
            linked.join(sent, and_(sent.c.incident_id == linked.c.incident_id, sent.c.id == linked.c.referral_id))
        )
        .where(
            linked.c.incident_id == actor_parameter("incident"),
            sent.c.incident_id == actor_parameter("incident"),
            linked.c[column] == about,
            was_sent(sent),
        )
        .limit(literal_column("1"))
        .correlate_except(linked, sent)
        .scalar_subquery()
    )
    named_in = of.above.referral
    return found.is_not(None) if named_in is None else or_(was_sent(named_in), found.is_not(None))


def _written_by_me(of: Standing) -> ColumnElement[bool]:
    column = {"note": "written_by", "intake": "recorded_by"}.get(of.record, "created_by")
    return of.row.c[column] == actor_parameter("me")


def _my_own(of: Standing) -> ColumnElement[bool]:
    return of.row.c.id == actor_parameter("me")


def _my_award(of: Standing) -> ColumnElement[bool]:
    if of.record == "award":
        return of.row.c.funder_organization_id == actor_parameter("my_organization")
    funded = awards.alias()
    return of.row.c.award_id.in_(
        select(funded.c.id).where(
            funded.c.incident_id == actor_parameter("incident"),
            funded.c.funder_organization_id == actor_parameter("my_organization"),
        )
    )


def _privileged_by_another(of: Standing) -> ColumnElement[bool]:
    return and_(among(of.row.c.kind, PRIVILEGED), of.row.c.written_by != actor_parameter("me"))


CONDITIONS: dict[str, Callable[[Standing], ColumnElement[bool]]] = {
    "my_incident": _my_incident,
    "my_center": _my_center,
    "my_caseload": _my_caseload,
    "handed_to_my_center": _handed_to_my_center,
    "my_org": _my_org,
    "referred_to_my_org": referred_to_my_org,
    "written_by_me": _written_by_me,
    "my_own": _my_own,
    "my_award": _my_award,
    "privileged_by_another": _privileged_by_another,
}
WITH_RELEASE = "referred_to_my_org_with_release"
RELATIONS = (*CONDITIONS, WITH_RELEASE)
