"""The relations of the policy: in which of them does a row stand to the actor?

Each is one small formula over named facts (fac.access.formula): the SQL that guards the rows and the proof of never.csv
are two readings of it. To add one: its facts, its formula under its name in RELATIONS, its words in policies/, the same
rule in plain Python in tests/access/naive_rules.py.
Never: name a role, or decide anything; what a relation opens is the policy's to say.
"""

from typing import Any

from sqlalchemy import ColumnElement, false, literal_column, select, true

from fac.access.about import ABOUT_ME, GUARDIAN_OF
from fac.access.formula import ALWAYS, Fact, Formula, Link, Scene, Some, Through, either, every
from fac.access.opened import SUBSTANCE_USE_UNRELEASED
from fac.access.referred import REFERRED
from fac.access.standing import Standing, actor_parameter
from fac.db.aliased import another
from fac.db.assistance import awards
from fac.db.conflict_wall import conflict_walls
from fac.db.glass import glass_breaks
from fac.db.handoff import handoffs
from fac.db.identification import identification_matches, identifications
from fac.db.person import involvements, persons
from fac.db.person_of_concern import persons_of_concern
from fac.db.staff import memberships
from fac.db.statement import among
from fac.domain.sensitivity import PRIVILEGED
from fac.domain.vocabulary import ConcernStatus, IdentificationStatus, Role

WITH_RELEASE = "referred_to_my_org_with_release"  # a relation of classes, not of rows: fac.access.opened


def _center_of(of: Standing) -> ColumnElement[Any]:
    if of.record == "center":
        return of.row.c.id
    return of.row.c.center_id if of.record in ("membership", "intake") else of.of_case("center_id")


def _organization_of(of: Standing) -> ColumnElement[Any]:
    return of.row.c.id if of.record == "organization" else of.row.c.organization_id


_AUTHORS = {
    "note": "written_by",
    "intake": "recorded_by",
    "glass_break": "broken_by",
    "disclosure": "recorded_by",
}


def _author_of(of: Standing) -> ColumnElement[Any]:
    return of.row.c[_AUTHORS.get(of.record, "created_by")]


def _case_of(at: Scene) -> ColumnElement[Any]:
    if at.of.case_id is None:
        raise LookupError(f"{at.of.record} hangs on no case")
    return at.of.case_id


def _case_at_hand(at: Scene) -> ColumnElement[Any]:
    return _case_of(at) if at.of.above.case is None else at.of.above.case.c.id


def _case_of_the_other(at: Scene) -> ColumnElement[Any]:
    """Return the case of the second person of a suspected duplicate; of any other row, its own case."""
    if at.of.record != "duplicate":
        return _case_at_hand(at)
    other = another(persons)
    return (
        select(other.c.case_id)
        .where(other.c.incident_id == actor_parameter("incident"), other.c.id == at.of.row.c.other_person_id)
        .correlate_except(other)
        .scalar_subquery()
    )


# A lapsed offer shows nothing, whether or not the worker has marked it as expired yet.
OFFERED_HERE = Some(
    "handoff",
    handoffs,
    (Link("handoff_is_of_the_case", ("handoff", "row"), _case_at_hand, "case_id", names_the_row=True),),
    every(
        Fact(
            "handoff_is_to_my_center",
            ("handoff",),
            lambda at: at["handoff"].c.to_center_id == actor_parameter("my_center"),
        ),
        Fact("handoff_is_proposed", ("handoff",), lambda at: at["handoff"].c.status == literal_column("'proposed'")),
        Fact("handoff_has_not_lapsed", ("handoff",), lambda at: at["handoff"].c.expires_at > actor_parameter("now")),
    ),
    leads="whole_lists",
)
FUNDED_BY_MY_ORG = Some(
    "award",
    awards,
    (Link("row_is_of_the_award", ("award", "row"), lambda at: at.of.row.c.award_id, "id", names_the_row=True),),
    Fact(
        "award_is_funded_by_my_org",
        ("award",),
        lambda at: at["award"].c.funder_organization_id == actor_parameter("my_organization"),
    ),
    leads="always",
)
OF_MY_ORG = Fact("row_is_of_my_org", ("row",), lambda at: _organization_of(at.of) == actor_parameter("my_organization"))
OF_MY_CENTER = Fact("row_is_of_my_center", ("row",), lambda at: _center_of(at.of) == actor_parameter("my_center"))
# Whoever vouched for a volunteer did so until a day (domain invariant 9).
I_AM_VETTED = Some(
    "hat",
    memberships,
    (Link("hat_is_mine", ("hat",), lambda _: actor_parameter("me"), "id"),),
    Fact("hat_is_vetted", ("hat",), lambda at: at["hat"].c.vetted_until > actor_parameter("now")),
)
# Somebody is still looked for, or is being identified. Asked of the search itself, or of who looks: to be asked, and to
# be told. Who was found stays in the liaison's sight while an identification says otherwise.
STILL_LOOKED_FOR = (ConcernStatus.reported_unaccounted, ConcernStatus.located_hospitalized)
SEARCH_IS_OPEN = Some(
    "person_of_concern",
    persons_of_concern,
    (
        Link(
            "search_is_of_the_row",
            ("person_of_concern", "row"),
            lambda at: at.of.row.c.id,
            "reporter_id",
            names_the_row=True,
        ),
    ),
    either(
        Fact(
            "search_goes_on",
            ("person_of_concern",),
            lambda at: among(at["person_of_concern"].c.status, STILL_LOOKED_FOR),
        ),
        Some(
            "identification",
            identifications,
            (
                Link(
                    "identification_is_of_the_search",
                    ("identification", "person_of_concern"),
                    lambda at: at["person_of_concern"].c.id,
                    through=lambda _: Through(identification_matches, "identification_id", "person_of_concern_id"),
                ),
            ),
            Fact(
                "identification_is_live",
                ("identification",),
                lambda at: at["identification"].c.status != literal_column(f"'{IdentificationStatus.withdrawn}'"),
            ),
            leads="always",
        ),
    ),
)
# A whole case keeps away from the agency of a first responder in it (domain invariant 11). The few cases there are, are
# found once a statement and not once a row.
HOLDS_A_COLLEAGUE = Some(
    "member",
    involvements,
    (
        Link("member_is_of_the_case", ("member", "row"), _case_at_hand, "case_id"),
        Link(
            "member_works_for_my_org",
            ("member",),
            lambda _: actor_parameter("my_organization"),
            "agency_organization_id",
        ),
    ),
    ALWAYS,
    leads="always",
)
# A suspected duplicate, or a merge, speaks of two families: what keeps away from one of them keeps away from the pair.
SPEAKS_OF_TWO = Fact("row_speaks_of_two_cases", ("row",), lambda at: true() if at.of.record == "duplicate" else false())
OTHER_HOLDS_A_COLLEAGUE = every(
    SPEAKS_OF_TWO,
    Some(
        "member",
        involvements,
        (
            Link("member_is_of_the_other_case", ("member", "row"), _case_of_the_other, "case_id"),
            Link(
                "member_of_the_other_works_for_my_org",
                ("member",),
                lambda _: actor_parameter("my_organization"),
                "agency_organization_id",
            ),
        ),
        ALWAYS,
        leads="always",
    ),
)
# In an emergency, for an hour, one case of one's own center: when the case has moved on, the glass has closed.
BROKEN_BY_ME = Some(
    "glass",
    glass_breaks,
    (Link("glass_is_of_the_case", ("glass", "row"), _case_at_hand, "case_id"),),
    every(
        Fact("glass_is_broken_by_me", ("glass",), lambda at: at["glass"].c.broken_by == actor_parameter("me")),
        Fact("glass_is_still_broken", ("glass",), lambda at: at["glass"].c.ends_at > actor_parameter("now")),
    ),
    leads="always",
)
# A wall is against a person in whatever hat, or against an organisation. It is never itself the row that is asked: who
# stands behind one wall of a case does not see the others either.
WALL_STANDS = every(
    either(
        Fact("wall_is_against_me", ("wall",), lambda at: at["wall"].c.account_id == actor_parameter("my_account")),
        Fact(
            "wall_is_against_my_org",
            ("wall",),
            lambda at: at["wall"].c.organization_id == actor_parameter("my_organization"),
        ),
    ),
    Fact("wall_is_not_lifted", ("wall",), lambda at: at["wall"].c.lifted_at.is_(None)),
)
# The few cases walled off from the actor are listed once a statement; each row is then only held against the list.
BEHIND_A_WALL = Some(
    "wall",
    conflict_walls,
    (Link("wall_is_of_the_case", ("wall", "row"), _case_at_hand, "case_id"),),
    WALL_STANDS,
    leads="always",
)
BEHIND_A_WALL_OF_THE_OTHER = every(
    SPEAKS_OF_TWO,
    Some(
        "wall",
        conflict_walls,
        (Link("wall_is_of_the_other_case", ("wall", "row"), _case_of_the_other, "case_id"),),
        WALL_STANDS,
        leads="always",
    ),
)

RELATIONS: dict[str, Formula] = {
    "my_incident": ALWAYS,
    "my_center": OF_MY_CENTER,
    "my_center_while_vetted": every(I_AM_VETTED, OF_MY_CENTER),
    "my_caseload": Fact(
        "case_is_mine", ("row",), lambda at: at.of.is_of_case_with("responsible_id", actor_parameter("me"))
    ),
    "handed_to_my_center": OFFERED_HERE,
    "handed_from_my_center": Fact(
        "handoff_is_from_my_center",
        ("row",),
        lambda at: at.of.row.c.from_center_id == actor_parameter("my_center"),
    ),
    "my_org": OF_MY_ORG,
    "partner_users_of_my_org": every(
        OF_MY_ORG,
        Fact(
            "hat_is_a_partner_user",
            ("row",),
            lambda at: at.of.row.c.role == literal_column(f"'{Role.partner_user}'"),
        ),
    ),
    "referred_to_my_org": REFERRED,
    "written_by_me": Fact("row_is_written_by_me", ("row",), lambda at: _author_of(at.of) == actor_parameter("me")),
    "my_own": Fact("row_is_my_hat", ("row",), lambda at: at.of.row.c.id == actor_parameter("me")),
    "my_award": FUNDED_BY_MY_ORG,
    "broken_glass": every(OF_MY_CENTER, BROKEN_BY_ME),
    "behind_conflict_wall": either(BEHIND_A_WALL, BEHIND_A_WALL_OF_THE_OTHER),
    "privileged_by_another": every(
        Fact("note_is_privileged", ("row",), lambda at: among(at.of.row.c.kind, PRIVILEGED)),
        Fact("note_is_not_mine", ("row",), lambda at: at.of.row.c.written_by != actor_parameter("me")),
    ),
    "substance_use_unreleased": SUBSTANCE_USE_UNRELEASED,
    "identification_open": SEARCH_IS_OPEN,
    "about_me": ABOUT_ME,
    "guardian_of": GUARDIAN_OF,
    "responders_own_agency": either(HOLDS_A_COLLEAGUE, OTHER_HOLDS_A_COLLEAGUE),
}
