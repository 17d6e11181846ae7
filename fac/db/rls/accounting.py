"""What an accounting of disclosures is told from, for whoever may ask: one function of the owner's.

What must not be told yet, or not to this one, is left out here and not by the asker, whose login does not see why:
- what the medical examiner's liaison read, while the family looks for somebody or has not been told of a death;
- to whom a minor lawfully consented alone (45 CFR 164.502(g)(3));
- who else holds a portal access.
Merged records are one person (docs/decisions/0012-a-merge-moves-nothing.md).
Never: answer the portal about another person than the one its access is about, or anybody outside the claimed incident.
"""

from typing import Any, Final

from sqlalchemy import BindParameter, Date, Integer, Uuid, column, func
from sqlalchemy import Boolean as Bool
from sqlalchemy.sql.functions import Function
from sqlalchemy.sql.selectable import TableValuedAlias

from fac.db.base import instant
from fac.db.claims import POOLS, Login
from fac.db.rls.door import claim

_NAME: Final = "accounting_of"
_HERE: Final = f"incident_id = {claim('incident')}"
# The kept record and all that are merged into it, of which the person asked about is one.
_BODY: Final = f"""
WITH asked AS (
  SELECT of_person AS id WHERE session_user <> '{Login.portal.role}' OR EXISTS (
    SELECT FROM public.portal_accesses a WHERE a.{_HERE} AND a.id = {claim("membership")} AND a.person_id = of_person)
), kept AS (
  SELECT coalesce((SELECT m.person_id FROM public.person_merges m
    WHERE m.{_HERE} AND m.other_person_id = asked.id AND m.unmerged_at IS NULL), asked.id) AS id FROM asked
), records AS (
  SELECT id FROM kept UNION SELECT m.other_person_id FROM public.person_merges m JOIN kept ON m.person_id = kept.id
  WHERE m.{_HERE} AND m.unmerged_at IS NULL
), untold AS (
  SELECT c.id FROM public.persons p JOIN public.persons_of_concern c
    ON c.incident_id = p.incident_id AND c.case_id = p.case_id
  WHERE p.{_HERE} AND p.id IN (SELECT id FROM records)
    AND (c.status IN ('reported_unaccounted', 'located_hospitalized') OR EXISTS (
      SELECT FROM public.identification_matches t JOIN public.identifications i
        ON i.incident_id = t.incident_id AND i.id = t.identification_id
      WHERE t.incident_id = c.incident_id AND t.person_of_concern_id = c.id AND i.status <> 'withdrawn'
        AND NOT EXISTS (SELECT FROM public.death_notifications d
          WHERE d.incident_id = c.incident_id AND d.person_of_concern_id = c.id)))
), alone AS (
  SELECT r.organization_id FROM public.releases r
    JOIN public.release_signatories s ON s.incident_id = r.incident_id AND s.release_id = r.id
    JOIN public.persons p ON p.incident_id = r.incident_id AND p.id = r.person_id
  WHERE r.{_HERE} AND r.person_id IN (SELECT id FROM records) AND s.capacity = 'minor_may_consent'
    AND p.age_band IN ('age_0_12', 'age_13_17')
)
SELECT e.* FROM public.accounted_reads e
JOIN public.memberships h ON h.incident_id = e.incident_id AND h.id = e.membership_id
WHERE e.{_HERE} AND e.person_id = ANY (ARRAY(SELECT id FROM records)) AND h.role <> 'family_member'
  AND (h.role <> 'identification_liaison' OR NOT EXISTS (SELECT FROM untold))
  AND (h.organization_id IS NULL OR h.organization_id NOT IN (SELECT organization_id FROM alone))
"""  # noqa: S608  # our own words
_ALL: Final = ", ".join(login.role for login in POOLS)
FUNCTIONS: Final = (
    f"""
CREATE OR REPLACE FUNCTION {_NAME}(of_person uuid) RETURNS SETOF public.accounted_reads LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $${_BODY}$$
""",
    f"REVOKE ALL ON FUNCTION {_NAME} FROM PUBLIC, {_ALL}",
    f"GRANT EXECUTE ON FUNCTION {_NAME} TO {Login.staff.role}, {Login.portal.role}",
)


def accounting_of(person_id: BindParameter[Any]) -> TableValuedAlias:
    """Return who read of a person, a row a day, hat and kind of access."""
    asked: Function[Any] = getattr(func, _NAME)(person_id)
    return asked.table_valued(
        column("membership_id", Uuid), column("read_on", Date), column("under_glass", Bool), column("classes", Integer),
        column("reads", Integer), column("first_at", instant("first_at").type), column("last_at", instant("at").type),
        name="accounted",
    )  # fmt: skip
