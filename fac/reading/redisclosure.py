"""The notice of 42 CFR 2.32 as readers see it: beside whatever speaks of substance use.

Never: let a row be shown without it, or show it where what it speaks of is hidden: the notice alone would tell.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, literal_column, or_, select

from fac.access.standing import actor_parameter
from fac.db.organization import organizations
from fac.db.statement import among
from fac.domain.substance_use import NEEDS, NOTICE, REGIME
from fac.reading.noun import Notice


def _is_a_program(organization_id: ColumnElement[Any]) -> ColumnElement[bool]:
    found = organizations.alias()
    programs = select(found.c.id).where(found.c.confidentiality_regime == literal_column(f"'{REGIME}'"))
    return organization_id.in_(programs.correlate_except(found))


def _says_so(need: FromClause) -> ColumnElement[bool]:
    return among(need.c.code, NEEDS)


def _names_such_a_need(referral: FromClause) -> ColumnElement[bool]:
    return or_(_is_a_program(referral.c.organization_id), referral.c.names_substance_use)


ON_A_NEED = Notice(NOTICE, _says_so)
ON_A_REFERRAL = Notice(NOTICE, _names_such_a_need)
# Of whom such a program reads, it learns that they are its patient.
ON_A_PERSON = Notice(NOTICE, lambda _: _is_a_program(actor_parameter("my_organization")))
