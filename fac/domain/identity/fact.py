"""What is known of a person's identity, as it was told.

Never: show itself; every field is personal.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, repr=False)
class IdentityFacts:
    """The facts that matching uses; all may be missing.

    ``family_name`` holds every surname ("García López", "de la Cruz"). ``aliases`` are whole names, given name first.
    With ``born_estimated`` only the year of ``born_on`` counts, give or take one. ``address`` is the line as it is
    written, of the place where the person lives: never a substitute address or a shelter's.
    """

    given_name: str | None = None
    family_name: str | None = None
    preferred_name: str | None = None
    aliases: tuple[str, ...] = ()
    born_on: date | None = None
    born_estimated: bool = False
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    postal_code: str | None = None
    address: str | None = None

    def __repr__(self) -> str:
        return "<IdentityFacts>"
