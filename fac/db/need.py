"""Needs of a person, from first hearing to an end.

Never: lose a need; one that cannot be met ends as unmet, with the reason as its status.
"""

from sqlalchemy import CheckConstraint, Column, Index, Integer, Text, Uuid

from fac.crypto.columns import SealedBytes
from fac.db.base import class_of_row, instant, tenant_key, tenant_table, word
from fac.domain.sensitivity import DETAIL_CLASSES
from fac.domain.vocabulary import Horizon, NeedStatus

needs = tenant_table(
    "needs",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    Column("person_id", Uuid, nullable=False),
    *tenant_key("person_id", "persons"),
    Column("code", Text, nullable=False),
    *word("horizon", Horizon),
    *word("status", NeedStatus),
    Column("detail", SealedBytes, nullable=True),
    *class_of_row("detail_class", DETAIL_CLASSES, "detail"),
    instant("opened_at"),
    instant("ended_at", optional=True),
    Column("version", Integer, nullable=False),
    CheckConstraint(
        "(ended_at IS NULL) = (status IN ('identified', 'in_progress', 'referred'))", name="ended_has_instant"
    ),
    Index(None, "incident_id", "status", "code"),
)
