"""Every word the system stores, shows and decides on, one enumeration a notion.

Member name, stored text and GraphQL enum value are one and the same snake_case word. Sources: domain guidance of the
OVC "Helping Victims of Mass Violence and Terrorism" toolkit, Open Referral HSDS, FHIR Task, the OVC PMT.
Never: hold a rule; rules over these words live in workflow, consent and sensitivity.
"""

from enum import StrEnum, auto


class InfoClass(StrEnum):
    """A class of information: the grain of policy, of releases and of keys.

    ``code`` is the small integer written into sealed headers (never reuse one); ``bit`` is its place in a mask.
    """

    outline = auto()  # identifiers, states, dates, codes: nothing personal
    preview = auto()  # de-identified glimpse: age band, languages, urgency, need codes
    demographic = auto()  # self-reported, coded, counted
    identity = auto()
    contact = auto()
    clinical = auto()
    legal = auto()
    financial = auto()
    narrative = auto()
    workforce = auto()  # names of staff
    measure = auto()  # counts

    @property
    def code(self) -> int:
        """Stable small integer of the class."""
        return _INFO_CODES[self]

    @property
    def bit(self) -> int:
        """The class's bit in a visibility mask."""
        return 1 << _INFO_CODES[self]


_INFO_CODES = {info: place for place, info in enumerate(InfoClass)}

SEALED_CLASSES = (
    InfoClass.identity,
    InfoClass.contact,
    InfoClass.clinical,
    InfoClass.legal,
    InfoClass.financial,
    InfoClass.narrative,
)
RELEASABLE_CLASSES = SEALED_CLASSES
ALL_INFO = (1 << len(InfoClass)) - 1


def mask_of(classes: "list[InfoClass] | tuple[InfoClass, ...]") -> int:
    """Return the mask with the bits of ``classes`` set."""
    mask = 0
    for info in classes:
        mask |= info.bit
    return mask


def classes_of(mask: int) -> list[InfoClass]:
    """Return the classes whose bits are set in ``mask``, in the order of the enumeration."""
    return [info for info in InfoClass if mask & info.bit]


class Role(StrEnum):
    """What a person may be on duty as; one role, organisation, center and incident make one hat."""

    intake_worker = auto()
    case_manager = auto()
    supervisor = auto()
    partner_user = auto()
    report_viewer = auto()
    auditor = auto()
    privacy_officer = auto()
    system_administrator = auto()
    system_worker = auto()  # the hat of background jobs: deadlines are kept by an actor too


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


class AgreementKind(StrEnum):
    """The written basis on which an organisation takes part."""

    mou = auto()
    moa = auto()
    contract = auto()


class InvolvementRole(StrEnum):
    """How a person is involved in the incident."""

    deceased = auto()
    injured_hospitalized = auto()
    injured_treated_released = auto()
    present_not_injured = auto()
    witness = auto()
    family_of_deceased = auto()
    family_of_injured = auto()
    first_responder = auto()
    family_of_first_responder = auto()
    co_victim = auto()
    community_member = auto()
    employee_of_site = auto()
    reporting_party = auto()


class KinCode(StrEnum):
    """Relationship of one person to another, read "person is the KIN of other"."""

    spouse = auto()
    partner = auto()
    parent = auto()
    child = auto()
    sibling = auto()
    grandparent = auto()
    grandchild = auto()
    guardian = auto()
    ward = auto()
    other_relative = auto()
    friend = auto()
    coworker = auto()
    other = auto()


class AgeBand(StrEnum):
    """Age bands of the OVC PMT, question 4C, as of the day of intake."""

    age_0_12 = auto()
    age_13_17 = auto()
    age_18_24 = auto()
    age_25_59 = auto()
    age_60_plus = auto()
    not_reported = auto()


class Gender(StrEnum):
    """What the person said; mapped to a form's rows at report time."""

    male = auto()
    female = auto()
    other = auto()
    not_reported = auto()
    not_tracked = auto()


class Race(StrEnum):
    """Race and ethnicity as self-reported; a person may say several."""

    american_indian_or_alaska_native = auto()
    asian = auto()
    black_or_african_american = auto()
    hispanic_or_latino = auto()
    native_hawaiian_or_pacific_islander = auto()
    white = auto()
    some_other_race = auto()
    not_reported = auto()
    not_tracked = auto()


class SpecialClassification(StrEnum):
    """Rows of the OVC PMT, question 5C."""

    deaf_hard_of_hearing = auto()
    homeless = auto()
    immigrant_refugee_asylum_seeker = auto()
    lgbtq = auto()
    veteran = auto()
    disability = auto()
    limited_english_proficiency = auto()
    other = auto()


class CaseStatus(StrEnum):
    """Life of a case; never closed by a timer, reopening always possible."""

    open = auto()
    paused = auto()
    closed = auto()


class CloseReason(StrEnum):
    """Why a case was closed."""

    client_choice = auto()
    goals_met = auto()
    unable_to_contact = auto()


class Horizon(StrEnum):
    """When a need must be met: within 72 hours, three months, or as long as it takes."""

    immediate = auto()
    short_term = auto()
    ongoing = auto()


class NeedStatus(StrEnum):
    """Life of a need."""

    identified = auto()
    in_progress = auto()
    referred = auto()
    met = auto()
    partially_met = auto()
    unmet_no_capacity = auto()
    unmet_ineligible = auto()
    client_declined = auto()
    no_longer_needed = auto()


class Urgency(StrEnum):
    """How soon a referral must be answered."""

    emergency = auto()  # 4 hours
    urgent = auto()  # 24 hours
    routine = auto()  # 5 days


class ReferralKind(StrEnum):
    """How much travels: nothing personal, an introduction with the person present, or the person's data."""

    information_only = auto()
    warm = auto()
    pii_transfer = auto()


class ReferralStatus(StrEnum):
    """Life of a referral; each maps to a FHIR Task status."""

    draft = auto()
    awaiting_release = auto()
    sent = auto()
    received = auto()
    accepted = auto()
    declined = auto()
    waitlisted = auto()
    scheduled = auto()
    in_service = auto()
    completed = auto()
    not_engaged = auto()
    cancelled = auto()
    expired = auto()
    entered_in_error = auto()


class DeclineReason(StrEnum):
    """Why a partner declined."""

    no_capacity = auto()
    out_of_scope = auto()
    ineligible = auto()
    conflict_of_interest = auto()
    language = auto()
    client_unreachable = auto()
    client_declined = auto()
    other = auto()


class ReferralOutcome(StrEnum):
    """What came of a completed referral."""

    service_completed = auto()
    ongoing = auto()
    no_show = auto()
    could_not_contact = auto()
    client_withdrew = auto()
    referred_onward = auto()


class ReleasePurpose(StrEnum):
    """What a release of information is for."""

    service_delivery = auto()
    care_coordination = auto()
    benefits_application = auto()
    handoff = auto()


class ReleaseForm(StrEnum):
    """The form of communication that a release allows."""

    electronic = auto()
    verbal = auto()
    written = auto()
    any = auto()


class SignatoryCapacity(StrEnum):
    """In what capacity somebody signed a release."""

    self = auto()
    guardian = auto()
    minor_may_consent = auto()


class HandoffStatus(StrEnum):
    """Life of a handoff between centers."""

    proposed = auto()
    accepted = auto()
    declined = auto()
    withdrawn = auto()
    expired = auto()


class HandoffDeclineReason(StrEnum):
    """Why a center declined a handoff."""

    no_capacity = auto()
    out_of_area = auto()
    family_prefers_other = auto()
    incomplete = auto()
    other = auto()


class FollowUpReason(StrEnum):
    """Why a human must come back to the family."""

    wellbeing_check = auto()
    referral_outcome = auto()
    referral_overdue = auto()
    document_needed = auto()
    anniversary = auto()
    court_event = auto()
    deadline = auto()
    handoff = auto()


class FollowUpStatus(StrEnum):
    """Life of a follow-up."""

    due = auto()
    done = auto()
    cancelled = auto()


class ContactOutcome(StrEnum):
    """What came of an attempt to reach the family."""

    reached = auto()
    left_safe_message = auto()
    no_answer = auto()
    wrong_number = auto()
    declined_now = auto()
    requested_no_contact = auto()
    in_person = auto()


class NoteKind(StrEnum):
    """What a note is; privileged kinds are not for partners nor for supervisors."""

    casework = auto()
    clinical = auto()
    safety = auto()
    clergy_privileged = auto()
    counsel_privileged = auto()


class VictimizationType(StrEnum):
    """Rows of the OVC PMT, question 5A."""

    adult_physical_assault = auto()
    adult_sexual_assault = auto()
    adults_abused_as_children = auto()
    arson = auto()
    bullying = auto()
    burglary = auto()
    child_physical_abuse = auto()
    child_pornography = auto()
    child_sexual_abuse = auto()
    domestic_violence = auto()
    dui_dwi = auto()
    elder_abuse = auto()
    hate_crime = auto()
    human_trafficking_labor = auto()
    human_trafficking_sex = auto()
    identity_theft_fraud = auto()
    kidnapping_noncustodial = auto()
    kidnapping_custodial = auto()
    mass_violence = auto()
    other_vehicular = auto()
    robbery = auto()
    stalking_harassment = auto()
    survivor_of_homicide = auto()
    teen_dating_victimization = auto()
    terrorism = auto()
    other = auto()


class Channel(StrEnum):
    """A way to reach a person, each safe or not."""

    voice = auto()
    voicemail = auto()
    text = auto()
    email = auto()
    mail = auto()


class ContactTopic(StrEnum):
    """Topics about which a person may ask not to be contacted."""

    media = auto()
    memorial = auto()
    fund = auto()
    trial = auto()
    research = auto()
