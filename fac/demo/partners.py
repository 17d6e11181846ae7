"""The partner organisations of the demonstration: forty under one roof, as a family assistance center has them.

Never: name an organisation that exists; a name here is invented, whatever it resembles.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from fac.domain.vocabulary import ConfidentialityRegime, OrganizationKind, ServiceCategory


@dataclass(frozen=True, slots=True)
class Offer:
    """One service of a partner."""

    name: str
    category: ServiceCategory
    languages: tuple[str, ...]
    wait_days: int


@dataclass(frozen=True, slots=True)
class Partner:
    """One partner: ``agreement`` is live, expired or none."""

    name: str
    kind: OrganizationKind
    regime: ConfidentialityRegime
    agreement: str
    offers: tuple[Offer, ...]


@cache
def partners() -> tuple[Partner, ...]:
    """Return the partners in the order of the list."""
    text = (resources.files("fac.demo") / "data" / "partners.csv").read_text(encoding="utf-8")
    rows: dict[str, list[Mapping[str, str]]] = {}
    for row in csv.DictReader(text.splitlines(), strict=True):
        rows.setdefault(row["name"], []).append(row)
    return tuple(_partner(name, of) for name, of in rows.items())


def _partner(name: str, rows: list[Mapping[str, str]]) -> Partner:
    first = rows[0]
    offers = tuple(
        Offer(row["service"], ServiceCategory(row["category"]), tuple(row["languages"].split()), int(row["wait_days"]))
        for row in rows
    )
    return Partner(
        name, OrganizationKind(first["kind"]), ConfidentialityRegime(first["regime"]), first["agreement"], offers
    )
