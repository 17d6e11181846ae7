"""What an accounting of disclosures is told from, for whoever may ask: two functions of the owner's.

Who read of the person, and what the ledger says was told of them without a release. What must not be told yet, or not
to this one, is left out here and not by the asker, whose login does not see why:
- what the medical examiner's liaison read, while the family looks for somebody or has not been told of a death;
- to whom a minor lawfully consented alone (45 CFR 164.502(g)(3));
- who else holds a portal access;
- what the client must not be told of: the order or a law forbids it, or it would put somebody in danger;
- a report that a minor is abused, or was in danger, for as long as the record says minor: whoever would read it may be
  whom it is about (45 CFR 164.512(c)(2), 164.502(g)(5)).
Merged records are one person (docs/decisions/0012-a-merge-moves-nothing.md).
Never: answer the portal about another person than the one its access is about, or anybody outside the claimed incident.
"""

from typing import Any, Final

from sqlalchemy import BindParameter, Date, Integer, Text, Uuid, column, func
from sqlalchemy import Boolean as Bool
from sqlalchemy.sql.functions import Function
from sqlalchemy.sql.selectable import TableValuedAlias

from fac.crypto.columns import SealedBytes
from fac.db.base import instant
from fac.db.claims import Login
from fac.db.rls.door import claim
from fac.db.rls.owners import made

_READS: Final = "accounting_of"
_DISCLOSURES: Final = "disclosures_accounted_to"
_HERE: Final = f"incident_id = {claim('incident')}"
_MINOR: Final = "p.age_band IN ('age_0_12', 'age_13_17')"
# The kept record and all that are merged into it, of which the person asked about is one.
_RECORDS: Final = f"""
WITH asked AS (
  SELECT of_person AS id WHERE session_user <> '{Login.portal.role}' OR EXISTS (
    SELECT FROM public.portal_accesses a WHERE a.{_HERE} AND a.id = {claim("membership")} AND a.person_id = of_person)
), kept AS (
  SELECT coalesce((SELECT m.person_id FROM public.person_merges m
    WHERE m.{_HERE} AND m.other_person_id = asked.id AND m.unmerged_at IS NULL), asked.id) AS id FROM asked
), records AS (
  SELECT id FROM kept UNION SELECT m.other_person_id FROM public.person_merges m JOIN kept ON m.person_id = kept.id
  WHERE m.{_HERE} AND m.unmerged_at IS NULL
)"""  # noqa: S608  # our own words
_ALONE: Final = f"""
alone AS (
  SELECT r.organization_id FROM public.releases r
    JOIN public.release_signatories s ON s.incident_id = r.incident_id AND s.release_id = r.id
    JOIN public.persons p ON p.incident_id = r.incident_id AND p.id = r.person_id
  WHERE r.{_HERE} AND r.person_id IN (SELECT id FROM records) AND s.capacity = 'minor_may_consent' AND {_MINOR}
)"""  # noqa: S608  # our own words
_BODY_OF_READS: Final = f"""
{_RECORDS}, {_ALONE}, untold AS (
  SELECT c.id FROM public.persons p JOIN public.persons_of_concern c
    ON c.incident_id = p.incident_id AND c.case_id = p.case_id
  WHERE p.{_HERE} AND p.id IN (SELECT id FROM records)
    AND (c.status IN ('reported_unaccounted', 'located_hospitalized') OR EXISTS (
      SELECT FROM public.identification_matches t JOIN public.identifications i
        ON i.incident_id = t.incident_id AND i.id = t.identification_id
      WHERE t.incident_id = c.incident_id AND t.person_of_concern_id = c.id AND i.status <> 'withdrawn'
        AND NOT EXISTS (SELECT FROM public.death_notifications d
          WHERE d.incident_id = c.incident_id AND d.person_of_concern_id = c.id)))
)
SELECT e.* FROM public.accounted_reads e
JOIN public.memberships h ON h.incident_id = e.incident_id AND h.id = e.membership_id
WHERE e.{_HERE} AND e.person_id = ANY (ARRAY(SELECT id FROM records)) AND h.role <> 'family_member'
  AND (h.role <> 'identification_liaison' OR NOT EXISTS (SELECT FROM untold))
  AND h.organization_id NOT IN (SELECT organization_id FROM alone)
"""  # noqa: S608  # our own words
# One row a disclosure; of merged records beside the one that was asked about, whose key the asker has.
_BODY_OF_DISCLOSURES: Final = f"""
{_RECORDS}, {_ALONE}
SELECT DISTINCT ON (d.id) d.id, l.id, l.person_id, d.disclosed_at, d.basis, d.instrument, d.classes, d.organization_id,
  l.recipient
FROM public.disclosures d
JOIN public.disclosure_persons l ON l.incident_id = d.incident_id AND l.disclosure_id = d.id
WHERE d.{_HERE} AND l.person_id IN (SELECT id FROM records)
  AND coalesce(d.client_notice, '') NOT IN ('forbidden', 'unsafe')
  AND (d.basis NOT IN ('mandated_report', 'imminent_danger') OR NOT EXISTS (
    SELECT FROM public.disclosure_persons o
    JOIN public.persons p ON p.incident_id = o.incident_id AND p.id = o.person_id
    WHERE o.incident_id = d.incident_id AND o.disclosure_id = d.id AND {_MINOR}))
  AND (d.organization_id IS NULL OR d.organization_id NOT IN (SELECT organization_id FROM alone))
ORDER BY d.id, l.person_id = of_person DESC
"""  # noqa: S608  # our own words
_TOLD: Final = (
    "disclosure_id uuid, row_id uuid, person_id uuid, disclosed_at timestamptz, basis text, instrument text,"
    " classes integer, organization_id uuid, recipient bytea"
)
_OF: Final = {
    _READS: ("SETOF public.accounted_reads", _BODY_OF_READS),
    _DISCLOSURES: (f"TABLE ({_TOLD})", _BODY_OF_DISCLOSURES),
}
FUNCTIONS: Final = tuple(
    statement
    for name, (returned, body) in _OF.items()
    for statement in made(f"{name}(of_person uuid)", returned, body, Login.staff, Login.portal)
)


def accounting_of(person_id: BindParameter[Any]) -> TableValuedAlias:
    """Return who read of a person, a row a day, hat and kind of access."""
    return _asked(_READS, person_id).table_valued(
        column("membership_id", Uuid), column("read_on", Date), column("under_glass", Bool), column("classes", Integer),
        column("reads", Integer), column("first_at", instant("first_at").type), column("last_at", instant("at").type),
        name="accounted",
    )  # fmt: skip


def disclosures_accounted_to(person_id: BindParameter[Any]) -> TableValuedAlias:
    """Return what was told of a person without a release, a row a disclosure; ``recipient`` is sealed."""
    return _asked(_DISCLOSURES, person_id).table_valued(
        column("disclosure_id", Uuid), column("row_id", Uuid), column("person_id", Uuid),
        column("disclosed_at", instant("disclosed_at").type), column("basis", Text), column("instrument", Text),
        column("classes", Integer), column("organization_id", Uuid), column("recipient", SealedBytes),
        name="told",
    )  # fmt: skip


def _asked(name: str, person_id: BindParameter[Any]) -> Function[Any]:
    function: Function[Any] = getattr(func, name)(person_id)
    return function
