"""What a login may have counted without seeing it: functions of the owner's, one a question, that answer with ids.

A row that is hidden from a login must not be hidden from a rule that hangs on it: a partner that ends its referral
takes the needs back unless another organisation, of which it knows nothing, still works on them.
Never: answer with more than the question needs, or outside the incident that is claimed.
"""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import ARRAY, BindParameter, Select, Text, func, literal, select

from fac.db.claims import POOLS, Login
from fac.db.rls.door import claim

_NAME: Final = "needs_carried_elsewhere"
_ARGUMENTS: Final = "of_referral uuid, under_way text[]"
_INCIDENT: Final = claim("incident")
# Asked by a partner of a referral that is not its own, it knows of none.
_BODY: Final = f"""
SELECT link.need_id
FROM public.referrals own
JOIN public.referral_needs mine ON mine.incident_id = own.incident_id AND mine.referral_id = own.id
JOIN public.referral_needs link ON link.incident_id = mine.incident_id AND link.need_id = mine.need_id
JOIN public.referrals other ON other.incident_id = link.incident_id AND other.id = link.referral_id
WHERE own.incident_id = {_INCIDENT} AND own.id = of_referral AND other.id <> own.id AND other.status = ANY (under_way)
  AND (session_user <> '{Login.partner.role}' OR own.organization_id = {claim("organization")})
"""  # noqa: S608  # our own words
_ALL: Final = ", ".join(login.role for login in POOLS)
_MADE: Final = f"""
CREATE OR REPLACE FUNCTION {_NAME}({_ARGUMENTS}) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $${_BODY}$$
"""
FUNCTIONS: Final = (
    _MADE,
    f"REVOKE ALL ON FUNCTION {_NAME} FROM PUBLIC, {_ALL}",
    f"GRANT EXECUTE ON FUNCTION {_NAME} TO {Login.staff.role}, {Login.partner.role}, {Login.worker.role}",
)


def carried_elsewhere(referral_id: BindParameter[Any], under_way: Collection[str]) -> Select[Any]:
    """Return the ids of the needs of a referral that another referral, in a state of ``under_way``, carries too."""
    return select(getattr(func, _NAME)(referral_id, literal(sorted(under_way), ARRAY(Text))).column_valued("need_id"))


__all__ = ["FUNCTIONS", "carried_elsewhere"]
