"""Every word the system stores, shows and decides on, one enumeration a notion.

Member name, stored text and GraphQL enum value are one and the same snake_case word. Sources: domain guidance of the
OVC "Helping Victims of Mass Violence and Terrorism" toolkit, Open Referral HSDS, FHIR Task, the OVC PMT.
Never: hold a rule; rules over these words live in workflow, consent and sensitivity.
"""

from fac.domain.vocabulary.casework import (
    CaseStatus,
    CloseReason,
    ContactOutcome,
    DeclineReason,
    FollowUpReason,
    FollowUpStatus,
    HandoffDeclineReason,
    HandoffStatus,
    Horizon,
    NeedStatus,
    NoteKind,
    ReferralKind,
    ReferralOutcome,
    ReferralStatus,
    ReleaseForm,
    ReleasePurpose,
    SignatoryCapacity,
    Urgency,
)
from fac.domain.vocabulary.directory import (
    AgreementKind,
    CenterKind,
    ConfidentialityRegime,
    IncidentStatus,
    OrganizationKind,
    Role,
    ServiceCategory,
)
from fac.domain.vocabulary.identification import ConcernStatus
from fac.domain.vocabulary.info import ALL_INFO, RELEASABLE_CLASSES, SEALED_CLASSES, InfoClass, classes_of, mask_of
from fac.domain.vocabulary.person import (
    AgeBand,
    Channel,
    ContactTopic,
    Gender,
    InvolvementRole,
    KinCode,
    Race,
    SpecialClassification,
    VictimizationType,
)
from fac.domain.vocabulary.safeguard import WallReason

__all__ = [
    "ALL_INFO",
    "RELEASABLE_CLASSES",
    "SEALED_CLASSES",
    "AgeBand",
    "AgreementKind",
    "CaseStatus",
    "CenterKind",
    "Channel",
    "CloseReason",
    "ConcernStatus",
    "ConfidentialityRegime",
    "ContactOutcome",
    "ContactTopic",
    "DeclineReason",
    "FollowUpReason",
    "FollowUpStatus",
    "Gender",
    "HandoffDeclineReason",
    "HandoffStatus",
    "Horizon",
    "IncidentStatus",
    "InfoClass",
    "InvolvementRole",
    "KinCode",
    "NeedStatus",
    "NoteKind",
    "OrganizationKind",
    "Race",
    "ReferralKind",
    "ReferralOutcome",
    "ReferralStatus",
    "ReleaseForm",
    "ReleasePurpose",
    "Role",
    "ServiceCategory",
    "SignatoryCapacity",
    "SpecialClassification",
    "Urgency",
    "VictimizationType",
    "WallReason",
    "classes_of",
    "mask_of",
]
