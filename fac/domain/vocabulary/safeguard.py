"""Words of the safeguards: why a case is walled off from somebody.

Never: hold a rule.
"""

from enum import StrEnum, auto


class WallReason(StrEnum):
    """Why a person or an organisation may know nothing of a case."""

    family_or_friend = auto()  # of somebody in the case
    involved_in_event = auto()  # as a witness, a survivor or somebody suspected
    adverse_party = auto()  # represents, employs or insures the other side
    complaint = auto()  # the family complained of them
    safety = auto()  # the family is not safe with them
    family_asked = auto()
    other = auto()
