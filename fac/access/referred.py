"""What was referred to the actor's organisation: the referral itself, and the persons and needs it names.

Never: count a referral that was not sent, or one entered in error.
"""

from typing import Any

from sqlalchemy import ColumnElement, literal_column

from fac.access.formula import Fact, Link, Scene, Some, Through, every
from fac.access.standing import actor_parameter
from fac.db.referral import referral_needs, referral_persons, referrals


def _named_in_referrals(at: Scene) -> Through:
    of_need = at.of.record == "need"
    return Through(
        referral_needs if of_need else referral_persons, "referral_id", "need_id" if of_need else "person_id"
    )


def _named_by_referrals(at: Scene) -> ColumnElement[Any]:
    return at.of.row.c.id if at.of.record in ("need", "person") else at.of.row.c.person_id


REFERRAL_NAMES_IT = Link(
    "referral_names_the_row", ("referral", "row"), _named_by_referrals, through=_named_in_referrals, names_the_row=True
)
REFERRAL_IS_TO_MY_ORG = Fact(
    "referral_is_to_my_org",
    ("referral",),
    lambda at: at["referral"].c.organization_id == actor_parameter("my_organization"),
)
REFERRED = Some(
    "referral",
    referrals,
    (REFERRAL_NAMES_IT,),
    every(
        REFERRAL_IS_TO_MY_ORG,
        Fact("referral_was_sent", ("referral",), lambda at: at["referral"].c.sent_at.is_not(None)),
        Fact(
            "referral_is_no_mistake",
            ("referral",),
            lambda at: at["referral"].c.status != literal_column("'entered_in_error'"),
        ),
    ),
)
