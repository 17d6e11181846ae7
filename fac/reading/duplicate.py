"""Suspected duplicates and merges as readers see them, and the queue in which they wait for somebody to decide.

Both persons of a pair are read through the reader's own scope and mask: a pair tells that there is somebody else, and
only who may see the other learns whom.
Never: list a pair behind a wall of either person's case.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, exists, or_, select

from fac.access.standing import actor_parameter
from fac.db.aliased import another
from fac.db.case import cases
from fac.db.duplicate import duplicate_suspicions, person_merges
from fac.db.person import persons
from fac.reading.noun import Access, Noun, One, Order, Root, plain

DUPLICATE_SUSPICION = Noun(
    "DuplicateSuspicion",
    24,
    "duplicate",
    duplicate_suspicions,
    plain("id", "grade", "score", "reasons", "raised_at", "dismissed_at", "version")
    | {
        "person": One("Person", "person_id"),
        "other": One("Person", "other_person_id"),
        "dismissedBy": One("Membership", "dismissed_by"),
        "access": Access(),
    },
    person_column="person_id",
)
PERSON_MERGE = Noun(
    "PersonMerge",
    25,
    "duplicate",
    person_merges,
    plain("id", "merged_at", "unmerged_at", "version")
    | {
        "kept": One("Person", "person_id"),
        "merged": One("Person", "other_person_id"),
        "mergedBy": One("Membership", "merged_by"),
        "access": Access(),
    },
    person_column="person_id",
)


def _waits_at_my_center(row: FromClause) -> ColumnElement[bool]:
    """Return that one of the pair is in a case of the reader's center, and that the two are not merged."""
    person, case, merge = another(persons), another(cases), another(person_merges)
    incident = actor_parameter("incident")
    of_pair = or_(person.c.id == row.c.person_id, person.c.id == row.c.other_person_id)
    here = (
        select(case.c.id)
        .select_from(person.join(case, case.c.id == person.c.case_id))
        .where(
            person.c.incident_id == incident,
            case.c.incident_id == incident,
            of_pair,
            case.c.center_id == actor_parameter("my_center"),
        )
    )
    return exists(here.correlate(row)) & ~exists(_merge_of(row, merge, incident).correlate(row))


def _merge_of(row: FromClause, merge: FromClause, incident: ColumnElement[Any]) -> Any:
    pair = (row.c.person_id, row.c.other_person_id)
    return select(merge.c.id).where(
        merge.c.incident_id == incident,
        merge.c.unmerged_at.is_(None),
        merge.c.other_person_id.in_(pair),
        merge.c.person_id.in_(pair),
    )


ROOTS = (
    Root(
        "duplicateReview",
        "DuplicateSuspicion",
        order=Order("score"),
        filters={"grade": "grade"},
        is_null="dismissed_at",
        where=_waits_at_my_center,
    ),
)
