"""Words of disclosures that rest on no release: on what basis, under what instrument, what was done for the client.

Sources: 34 USC 12291(b)(2)(C) and 28 CFR 94.115(c) (compelled by statute or court: reasonable attempts to notify those
affected, and steps to protect their privacy and safety), 45 CFR 164.512 and 164.528, 42 CFR 2.61 to 2.67.
Never: hold a rule.
"""

from enum import StrEnum, auto


class DisclosureBasis(StrEnum):
    """On what a disclosure rests that no release opened; what a release opens is accounted for by the release."""

    mandated_report = auto()  # abuse or neglect of a child or a dependent adult
    court_order = auto()
    statute = auto()
    imminent_danger = auto()
    reunification_consent = auto()  # that somebody is here, told to who looks for them


class CourtInstrument(StrEnum):
    """What a court or an attorney served."""

    order = auto()
    warrant = auto()
    subpoena = auto()


class ClientNotice(StrEnum):
    """What was done so that the client knows."""

    told_before = auto()
    told_after = auto()
    attempted = auto()
    forbidden = auto()  # by the order, or by law
    unsafe = auto()  # to tell them would have put somebody in danger


class ProtectiveStep(StrEnum):
    """What was done to protect the client's privacy before a compelled disclosure."""

    motion_to_quash = auto()
    protective_order = auto()
    review_in_camera = auto()
    narrowed = auto()  # by agreement with who asked
    redacted = auto()
    none_open = auto()  # counsel found no step to take
