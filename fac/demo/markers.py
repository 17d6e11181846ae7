"""Strings that exist nowhere but in the first family's sealed values, so that a leak of one can be looked for.

Never: stand in a plain column, a log, an error or an audit row.
"""

from typing import Final

from fac.domain.vocabulary import InfoClass

# For each class of what the journey seals; e-mail addresses are kept in small letters.
GIVEN_NAME: Final = "Zyxmarker-identity-given"
FAMILY_NAME: Final = "Zyxmarker-identity-family"
ADDRESS: Final = "17 Zyxmarker-contact-address Street"
EMAIL: Final = "zyxmarker-contact-email@example.org"
NEED_DETAIL: Final = "Zyxmarker-narrative-need: cannot sleep since that night."
NOTE: Final = "Zyxmarker-narrative-note: first talk with the family."
REFERRAL_REASON: Final = "Zyxmarker-narrative-referral: wants somebody who knew the neighbourhood."
HANDOFF_MESSAGE: Final = "Zyxmarker-narrative-handoff: please call in the evening."

MARKERS: Final[dict[InfoClass, tuple[str, ...]]] = {
    InfoClass.identity: ("Zyxmarker-identity-given", "Zyxmarker-identity-family"),
    InfoClass.contact: ("Zyxmarker-contact-address", "zyxmarker-contact-email"),
    InfoClass.narrative: (
        "Zyxmarker-narrative-need",
        "Zyxmarker-narrative-note",
        "Zyxmarker-narrative-referral",
        "Zyxmarker-narrative-handoff",
    ),
}
