"""Words of the directory: roles, centers, organisations, agreements.

Never: hold a rule.
"""

from enum import StrEnum, auto


class Role(StrEnum):
    """What a person may be on duty as; one role, organisation, center and incident make one hat."""

    intake_worker = auto()
    reunification_worker = auto()
    case_manager = auto()
    supervisor = auto()
    volunteer = auto()
    identification_liaison = auto()  # of the medical examiner or of law enforcement
    partner_user = auto()
    partner_administrator = auto()
    fund_administrator = auto()
    report_viewer = auto()
    auditor = auto()
    privacy_officer = auto()
    system_administrator = auto()
    system_worker = auto()  # the hat of background jobs: deadlines are kept by an actor too
    family_member = auto()  # somebody served, for what is known of one person: themself, or their child


class IncidentStatus(StrEnum):
    """Life of an incident."""

    open = auto()
    closed = auto()


class CenterKind(StrEnum):
    """The three centers a family passes through."""

    reunification_center = auto()
    family_assistance_center = auto()
    resiliency_center = auto()


class OrganizationKind(StrEnum):
    """What sort of organisation it is."""

    lead_agency = auto()
    government = auto()
    nonprofit = auto()
    health_provider = auto()
    legal_provider = auto()
    faith_community = auto()
    funder = auto()
    business = auto()


class ConfidentialityRegime(StrEnum):
    """The confidentiality law that binds an organisation."""

    voca = auto()
    vawa = auto()
    fvpsa = auto()
    hipaa = auto()
    part2_sud = auto()
    ferpa = auto()
    state_privilege = auto()
    none = auto()


class ServiceCategory(StrEnum):
    """What a service is for; the same words as the domains of need codes."""

    information = auto()
    advocacy = auto()
    medical = auto()
    legal = auto()
    counseling = auto()
    support = auto()
    spiritual = auto()
    housing = auto()
    justice = auto()
    funeral = auto()
    compensation = auto()
    financial = auto()


class CredentialKind(StrEnum):
    """What entitles somebody of a provider to practise."""

    license = auto()
    associate_license = auto()  # practises under the supervision of somebody licensed
    certification = auto()
    disaster_registration = auto()  # of a state's registry of volunteer health professionals (ESAR-VHP)


class Modality(StrEnum):
    """What somebody of a provider is trained in."""

    psychological_first_aid = auto()
    trauma_focused_cbt = auto()
    cognitive_processing_therapy = auto()
    prolonged_exposure = auto()
    emdr = auto()


class CredentialEnd(StrEnum):
    """Why a provider's credential counts no longer, or never did."""

    not_confirmed = auto()  # the board does not know of it
    withdrawn_by_board = auto()
    left_provider = auto()
    recorded_in_error = auto()


class AgreementKind(StrEnum):
    """The written basis on which an organisation takes part."""

    mou = auto()
    moa = auto()
    contract = auto()
