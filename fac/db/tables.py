"""Every table in one import, so that the metadata is whole for migrations and tests.

Never: define a table here.
"""

from fac.db import (
    assistance,
    audit,
    case,
    conflict_wall,
    consent,
    duplicate,
    follow_up,
    handoff,
    identification,
    incident,
    keys,
    need,
    note,
    notice,
    organization,
    person,
    person_of_concern,
    policy,
    referral,
    report,
    search,
    second_factor,
    staff,
)
from fac.db.base import metadata

__all__ = [
    "assistance",
    "audit",
    "case",
    "conflict_wall",
    "consent",
    "duplicate",
    "follow_up",
    "handoff",
    "identification",
    "incident",
    "keys",
    "metadata",
    "need",
    "note",
    "notice",
    "organization",
    "person",
    "person_of_concern",
    "policy",
    "referral",
    "report",
    "search",
    "second_factor",
    "staff",
]
