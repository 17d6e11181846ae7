"""Words of looking for somebody: the family's search, the examiner's identification, the notification of a death.

What the family and its center know, and what only the liaison knows, are two notions with two sets of words: a state
that must stay unseen is not a word of the record that others read (domain invariant 7).
Never: hold a rule.
"""

from enum import StrEnum, auto


class ConcernStatus(StrEnum):
    """How far a family's search for somebody is, as the family and its center know it."""

    reported_unaccounted = auto()
    located_safe = auto()
    located_hospitalized = auto()
    notified = auto()  # the family has been told of a death; there is no state between
    withdrawn_duplicate = auto()


class IdentificationStatus(StrEnum):
    """What the medical examiner or law enforcement knows; read by their liaison and nobody else."""

    identity_pending = auto()
    deceased_confirmed_by_me = auto()
    withdrawn = auto()  # the remains or the patient were somebody else's


class IdentificationMethod(StrEnum):
    """By what a person was identified."""

    fingerprints = auto()
    dental = auto()
    dna = auto()
    medical_device = auto()
    visual = auto()
    other = auto()


class NotificationTeam(StrEnum):
    """Who told the family."""

    medical_examiner = auto()
    law_enforcement = auto()
    joint = auto()


class NotificationManner(StrEnum):
    """How the family was told; in person, in pairs, is what the guidance asks for."""

    in_person = auto()
    by_local_agency = auto()  # in person, by the agency where the family lives
    by_video = auto()
    by_telephone = auto()


class SignatureKind(StrEnum):
    """How somebody signed for a minor or dependent."""

    on_paper = auto()
    on_screen = auto()
