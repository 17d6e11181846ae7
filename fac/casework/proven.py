"""What asks for a second factor proved just now: the one list, by operation, and what each does with the proof.

A verb that is listed demands the proof where it has checked all else (fac.casework.second_factor); that it did is held
where the change is about to be committed (fac.casework.work). The list is no file of the policy: a change of the policy
cannot take a line from it.
Never: list what takes a danger away at the cost of a second one, such as ending a vetting or revoking sessions.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final


class Proof(Enum):
    """What becomes of the proof."""

    spent = auto()  # it serves for this act alone
    standing = auto()  # it stands for the rest of its five minutes: at an opening many are put on duty in a row
    of_the_former = auto()  # spent, where there is a second factor that this act replaces


PROOFS: Final[Mapping[str, Proof]] = {
    # Opens a whole case; erases somebody for good; changes what everybody may do.
    "breakGlass": Proof.spent,
    "approveErasure": Proof.spent,
    "approvePolicy": Proof.spent,
    # Who is on duty as what decides who reads of whom, and who lets others in.
    "grantMembership": Proof.standing,
    "endMembership": Proof.standing,
    "vetMembership": Proof.standing,
    # What proves somebody else, or oneself from now on.
    "resetSecondFactor": Proof.standing,
    "enrollSecondFactor": Proof.of_the_former,
}
