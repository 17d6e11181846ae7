"""Incidents and centers as readers see them.

Never: show an exercise as a real incident; ``isExercise`` is always there to ask for.
"""

from fac.db.incident import centers, incidents
from fac.reading.noun import Access, Noun, One, Order, Root, plain

INCIDENT = Noun(
    "Incident",
    1,
    "incident",
    incidents,
    plain("id", "name", "is_exercise", "timezone", "occurred_on", "status", "version")
    | {"leadOrganization": One("Organization", "lead_organization_id"), "access": Access()},
)
CENTER = Noun(
    "Center",
    2,
    "center",
    centers,
    plain("id", "kind", "name", "address", "opened_at", "closed_at", "version")
    | {"organization": One("Organization", "organization_id"), "access": Access()},
)
ROOTS = (
    Root("incident", "Incident", fixed="incident"),
    Root("center", "Center"),
    Root("centers", "Center", order=Order("opened_at", descending=False), filters={"kind": "kind"}),
)
