"""What a login has done to rows it may not see: a function of the owner's, that does one thing and tells nothing.

A row that is hidden from a login must not be hidden from a rule that hangs on it: a partner that ends its referral
gives the needs back, also one that it was never shown (substance use), unless another organisation, of which it knows
nothing, still works on them.
Never: do more than the rule needs, answer with what was found, or reach outside the incident that is claimed.
"""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import ARRAY, BindParameter, Select, Text, func, literal, select

from fac.db.claims import Login
from fac.db.rls.door import claim
from fac.db.rls.owners import made
from fac.domain import substance_use
from fac.domain.vocabulary import NeedStatus

_NAME: Final = "take_needs_back"
_ARGUMENTS: Final = "of_referral uuid, under_way text[]"
_INCIDENT: Final = claim("incident")
# Asked by a partner of a referral that is not its own, it knows of none.
_NAMED: Final = f"""
SELECT mine.need_id
FROM public.referrals own
JOIN public.referral_needs mine ON mine.incident_id = own.incident_id AND mine.referral_id = own.id
WHERE own.incident_id = {_INCIDENT} AND own.id = of_referral
  AND (session_user <> '{Login.partner.role}' OR own.organization_id = {claim("organization")})
"""  # noqa: S608  # our own words
# What another recipient is not shown, it does not carry.
_OF_SUBSTANCE_USE: Final = ", ".join(f"'{each}'" for each in substance_use.NEEDS)
_CARRIED_ELSEWHERE: Final = f"""
SELECT link.need_id
FROM public.referral_needs link
JOIN public.referrals other ON other.incident_id = link.incident_id AND other.id = link.referral_id
JOIN public.needs need ON need.incident_id = link.incident_id AND need.id = link.need_id
WHERE link.incident_id = {_INCIDENT} AND link.need_id IN ({_NAMED}) AND other.id <> of_referral
  AND other.status = ANY (under_way)
  AND (need.code NOT IN ({_OF_SUBSTANCE_USE}) OR EXISTS (
    SELECT FROM public.releases r WHERE r.incident_id = need.incident_id AND r.person_id = need.person_id
    AND r.organization_id = other.organization_id AND r.classes & {substance_use.BIT} <> 0 AND r.revoked_at IS NULL
  ))
"""  # noqa: S608  # our own words
# Locked in the order of their ids before they are judged, so that two referrals of one need never each take the other
# for still open.
_BODY: Final = f"""
SELECT id FROM public.needs WHERE incident_id = {_INCIDENT} AND id IN ({_NAMED}) ORDER BY id FOR UPDATE;
UPDATE public.needs SET status = '{NeedStatus.in_progress}', version = version + 1
WHERE incident_id = {_INCIDENT} AND status = '{NeedStatus.referred}' AND id IN ({_NAMED})
  AND id NOT IN ({_CARRIED_ELSEWHERE})
"""  # noqa: S608  # our own words
_TO: Final = (Login.staff, Login.partner, Login.worker)
FUNCTIONS: Final = (
    "DROP FUNCTION IF EXISTS needs_carried_elsewhere(uuid, text[])",
    *made(f"{_NAME}({_ARGUMENTS})", "void", _BODY, *_TO, kept="VOLATILE"),
)


def taking_back(referral_id: BindParameter[Any], under_way: Collection[str]) -> Select[Any]:
    """Return the statement that gives a referral's needs back, but those another one in ``under_way`` carries too."""
    return select(getattr(func, _NAME)(referral_id, literal(sorted(under_way), ARRAY(Text))))


__all__ = ["FUNCTIONS", "taking_back"]
