"""What a report is counted from: coded facts of one award and period, in one order, with one hash.

Never: hold free text, a sealed value, or anything that did not come from an unsealed coded column.
"""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

import orjson

from fac.reporting.period import Period


@dataclass(frozen=True, slots=True)
class Award:
    """The award a report is for. ``new_resets_in_month``: a person is new again from the first of that month."""

    id: UUID
    number: str
    starts_on: date
    ends_on: date
    new_resets_in_month: int


@dataclass(frozen=True, slots=True, order=True)
class Delivery:
    """How often one person received one service line on one day, on the award."""

    person_id: UUID
    delivered_on: date
    line_code: str
    occurrences: int


@dataclass(frozen=True, slots=True)
class Served:
    """What a served person said of themselves, as coded words."""

    person_id: UUID
    age_band: str
    gender: str
    races: frozenset[str]
    victimizations: frozenset[str]
    special_classifications: frozenset[str]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that counts for one award and period; nothing else may change a figure.

    ``seen_before``: who was already served on the award in the reset window that was running when the period began.
    ``unmet_for_capacity`` is None where the period does not ask for it.
    """

    deliveries: tuple[Delivery, ...]
    served: tuple[Served, ...]
    seen_before: frozenset[UUID]
    anonymous_contacts: int
    unmet_for_capacity: int | None

    def hash(self, *, edition_digest: bytes, award: Award, period: Period) -> bytes:
        """Return the SHA-256 over these inputs in canonical form, whatever the order in which they were read."""
        canonical = {
            "edition": edition_digest.hex(),
            "award": str(award.id),
            "new_resets_in_month": award.new_resets_in_month,
            "period": [period.starts_on, period.ends_on],
            "deliveries": [
                [str(each.person_id), each.delivered_on, each.line_code, each.occurrences]
                for each in sorted(self.deliveries)
            ],
            "served": [
                [
                    str(each.person_id),
                    each.age_band,
                    each.gender,
                    sorted(each.races),
                    sorted(each.victimizations),
                    sorted(each.special_classifications),
                ]
                for each in sorted(self.served, key=lambda each: each.person_id)
            ],
            "seen_before": sorted(str(each.person_id) for each in self.served if each.person_id in self.seen_before),
            "anonymous_contacts": self.anonymous_contacts,
            "unmet_for_capacity": self.unmet_for_capacity,
        }
        return sha256(orjson.dumps(canonical, option=orjson.OPT_SORT_KEYS)).digest()
