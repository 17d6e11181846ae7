"""Where somebody lives, reduced to what people write alike: the number of the house and the words of the place.

Never: decide that an address exists, or tell whose it is.
"""

import re
from dataclasses import dataclass
from typing import Final

from fac.domain.identity.name import letters_of, sound_of, words_of

_LONGEST: Final = 400
_MOST_WORDS: Final = 12
# What kind of way, which side, which door: written in many ways, and left out in more.
_PASSED_OVER: Final = words_of(
    "street st str avenue ave av avenida road rd drive dr lane ln court ct crescent cres place pl boulevard blvd "
    "circuit cct close parkway pkwy highway hwy way terrace tce circle cir calle camino via n s e w north south east "
    "west apt apartment apartamento unit ste suite depto no num numero de del la las los el the"
)
_NUMBER: Final = re.compile(r"\d+")
_DOOR: Final = re.compile(
    r"(?:\b(?:apt|apartment|apartamento|unit|ste|suite|depto|lot|rm|room)\b\.?\s*|#\s*)\w+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, repr=False)
class Home:
    """The number of the house, None when there is none, and the words of street, place and state, in order."""

    number: str | None
    words: tuple[str, ...]

    def __repr__(self) -> str:
        return "<Home>"

    @property
    def key(self) -> str | None:
        """What the house is looked up under: its number and how the street sounds; None when either is missing."""
        return f"{self.number}/{sound_of(self.words[0])}" if self.number and self.words else None


def normal_address(text: str) -> Home | None:
    """Return the number and the words of an address, the door left out; None when nothing in it can be read."""
    line = _DOOR.sub(" ", text[:_LONGEST])
    number = _NUMBER.search(line)
    words = letters_of(line)
    told = [word for word in words if word not in _PASSED_OVER and len(word) > 1] or words
    if number is None and not told:
        return None
    return Home(None if number is None else number[0].lstrip("0") or "0", tuple(told[:_MOST_WORDS]))
