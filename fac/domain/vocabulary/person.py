"""Words about persons: involvement, kin, what they said of themselves, how to reach them.

Sources: OVC toolkit for mass violence, OVC PMT rows.
Never: hold a rule.
"""

from enum import StrEnum, auto


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
