"""Words of the safeguards: why somebody is walled off, the glass was broken, a person held for a court or erased.

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


class GlassReason(StrEnum):
    """Why somebody broke the glass: the emergency in which a family's whole record was needed at once."""

    threat_to_life = auto()
    medical_emergency = auto()
    child_at_risk = auto()
    safety_of_family = auto()  # violence, stalking, somebody who must not find them
    worker_unreachable = auto()  # the family is here, and who carries its case is not
    other = auto()


class IdentityCheck(StrEnum):
    """How a worker, face to face, made sure who somebody is before handing over what opens their record."""

    photo_id = auto()
    other_document = auto()  # a birth certificate, a letter, a consular card
    known_to_worker = auto()


class AccessBasis(StrEnum):
    """By what right somebody read of a person, as an accounting of disclosures tells it."""

    own_center = auto()  # the center that serves the person, or served them then
    release = auto()  # an organisation, by a release of information
    broken_glass = auto()  # in an emergency
    duty = auto()  # a duty for the whole incident


class ReviewKind(StrEnum):
    """What another person looks at afterwards."""

    glass_broken = auto()
    wall_lifted = auto()


class ReviewStatus(StrEnum):
    """Life of a review."""

    open = auto()
    concluded = auto()


class ReviewFinding(StrEnum):
    """What a review found."""

    justified = auto()
    mistaken = auto()  # in good faith, and not what was needed
    unjustified = auto()


class HoldReason(StrEnum):
    """Why nothing of a person may be erased."""

    litigation = auto()
    criminal_proceeding = auto()
    audit = auto()  # of a grant: 2 CFR 200.334 keeps its records three years and for as long as an audit goes on
    records_request = auto()
    other = auto()


class ErasureReason(StrEnum):
    """Why what is known of a person is erased."""

    client_request = auto()
    court_order = auto()
    retention_ended = auto()
    not_carried_forward = auto()  # the person did not opt in to long-term support (domain invariant 18)
    recorded_in_error = auto()


class ErasureStatus(StrEnum):
    """How far an erasure is: one asks for it, another carries it out or it is withdrawn."""

    proposed = auto()
    carried_out = auto()
    withdrawn = auto()


class AccessRule(StrEnum):
    """By which rule somebody's access was unusual on a day."""

    volume = auto()  # far more than colleagues of the role, and than on one's other days
    off_hours = auto()  # at night, in the incident's own time
    outside_caseload = auto()  # many families that one never carried and did not take in
    broken_glass = auto()  # anything at all under broken glass
    searches_not_followed = auto()  # searches that found somebody, of whom nothing was read afterwards
