"""How much more or less it says that two people share a name, for how rare the name is.

Two people called García may well be two; two called Warsame are the same far more often. Where a name only sounds or
looks alike, the commonest name of either side says how easily that happens by chance, and half as much.
Never: read names from the people recorded here: what is rare among them would be told by a score.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from fac.domain.identity.level import Level
from fac.domain.identity.name_frequency import (
    FAMILY_BITS,
    GIVEN_BITS,
    UNLISTED_BITS,
    USUAL_FAMILY_BITS,
    USUAL_GIVEN_BITS,
)
from fac.domain.identity.profile import Profile, crosswise

_GIVEN: Final[Mapping[Level, float]] = {
    Level.given_all: 1.0, Level.given_same: 1.0, Level.given_shared: 1.0, Level.given_near: 0.5,
}  # fmt: skip
_FAMILY: Final[Mapping[Level, float]] = {
    Level.family_all: 1.0, Level.family_same: 1.0, Level.family_one_told: 1.0, Level.family_one_shared: 1.0,
    Level.family_near: 0.5,
}  # fmt: skip
_SWAPPED: Final = frozenset({Level.swapped, Level.swapped_one})


@dataclass(frozen=True, slots=True)
class Frequency:
    """How common names are: bits of each listed one, of any other, and of what strangers share in the mean."""

    listed: Mapping[str, float]
    unlisted: float
    usual: float

    def beyond_usual(self, mine: Iterable[str], theirs: Iterable[str]) -> float:
        """Return by how many bits the rarest name that both have is rarer than usual; or the commonest of either."""
        ours, others = ({part for part in parts if len(part) > 1} for parts in (mine, theirs))
        shared = [self.listed.get(part, self.unlisted) for part in ours & others]
        either = [self.listed.get(part, self.unlisted) for part in ours | others]
        if not either:
            return 0.0
        return (max(shared) if shared else min(either)) - self.usual


@dataclass(frozen=True, slots=True)
class Rarity:
    """Frequencies of given names and surnames; how much of each bit counts, and between which bounds the sum stays."""

    given: Frequency
    family: Frequency
    counted: float
    lowest: float
    highest: float

    def of_pair(self, one: Profile, two: Profile, found: Iterable[Level]) -> float:
        """Return what is added to the weights of the levels ``found`` of a pair; symmetric."""
        bits = 0.0
        for level in found:
            if level in _GIVEN:
                mine, theirs = (*one.given, *one.other_given), (*two.given, *two.other_given)
                bits += _GIVEN[level] * self.given.beyond_usual(mine, theirs)
            elif level in _FAMILY:
                bits += _FAMILY[level] * self.family.beyond_usual(one.family, two.family)
            elif level in _SWAPPED:
                bits += sum(
                    self._in_other_box(*boxes) for boxes in crosswise(one, two) if set(boxes[0]) & set(boxes[1])
                )
        return max(self.lowest, min(self.highest, self.counted * bits))

    def _in_other_box(self, mine: tuple[str, ...], theirs: tuple[str, ...]) -> float:
        return min(names.beyond_usual(mine, theirs) for names in (self.given, self.family))


# Half of each bit, and only against: a name that is rare in the country may be the commonest of a community that comes.
RARITY: Final = Rarity(
    Frequency(GIVEN_BITS, UNLISTED_BITS, USUAL_GIVEN_BITS),
    Frequency(FAMILY_BITS, UNLISTED_BITS, USUAL_FAMILY_BITS),
    counted=0.5,
    lowest=-3.0,
    highest=0.0,
)
