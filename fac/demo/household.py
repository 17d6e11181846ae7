"""One invented family as its intake form: who lives there, how they are related and involved, what they need.

Never: state a death; that is the medical examiner's (domain invariant 7).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from random import Random
from typing import TypeVar
from uuid import UUID

from fac.casework.intake_form import IntakeForm, NeedForm, PersonForm, RelationshipForm
from fac.demo import markers, people
from fac.demo.people import Surname
from fac.demo.wording import NEED_DETAILS
from fac.domain.vocabulary import (
    Channel,
    ContactTopic,
    Gender,
    Horizon,
    InvolvementRole,
    KinCode,
    Race,
    SpecialClassification,
    VictimizationType,
)

T = TypeVar("T")
_I = InvolvementRole
# What the household's tie to the incident is, and how often.
_TIES = ((_I.family_of_deceased, 24), (_I.family_of_injured, 32), (_I.present_not_injured, 16), (_I.witness, 8),
         (_I.first_responder, 8), (_I.employee_of_site, 7), (_I.community_member, 5))  # fmt: skip
# (partner, children, grandparent, other relative), and how often.
_SHAPES = (((0, 0, 0, 0), 5), ((1, 0, 0, 0), 9), ((0, 1, 0, 0), 8), ((0, 2, 1, 0), 9), ((1, 1, 0, 0), 15),
           ((1, 2, 0, 0), 20), ((1, 3, 0, 0), 17), ((1, 2, 1, 0), 11), ((1, 3, 1, 1), 8),
           ((1, 4, 0, 1), 8))  # fmt: skip
_ADULT_NEEDS = (
    "counseling_individual", "crisis_intervention", "emergency_financial", "compensation_application", "legal_advice",
    "information_cj", "food", "lodging", "transportation", "funeral_burial", "victim_fund_application", "medical_care",
    "public_benefits", "spiritual_care", "employer_letter", "case_status_notice", "immigration", "interpreter",
    "peer_support", "personal_effects_return", "temporary_housing", "medication", "court_accompaniment",
)  # fmt: skip
_CHILD_NEEDS = ("counseling_child", "school_academic", "child_dependent_care")
_HORIZONS = (Horizon.immediate, Horizon.short_term, Horizon.short_term, Horizon.ongoing)
_CHANNELS = ((Channel.voice, Channel.text), (Channel.voice,), (Channel.text, Channel.email), (Channel.mail,))
_BEST_TIMES = ("weekday evenings", "mornings", "after 18:00", "entre semana por la tarde", None, None)


@dataclass(frozen=True, slots=True)
class Family:
    """The form, with who may sign for whom: ``minors`` need ``guardian`` beside them."""

    form: IntakeForm
    spanish: bool
    adults: tuple[str, ...]
    minors: tuple[str, ...]
    guardian: str
    tie: InvolvementRole


@dataclass(slots=True)
class _Draft:
    chance: Random
    number: int
    today: date
    spanish: bool
    tie: InvolvementRole
    agency_id: UUID | None
    persons: list[PersonForm] = field(default_factory=list)
    ties: list[RelationshipForm] = field(default_factory=list)


def invent(seed: str, number: int, today: date, *, agency_id: UUID, marked: bool = False) -> Family:
    """Return family ``number``; the same arguments make the same family. ``marked`` puts the leak markers in it."""
    chance = people.sow(seed)
    spanish = chance.random() < 0.38
    tie = _drawn(chance, _TIES)
    partner, children, grandparent, other = _drawn(chance, _SHAPES) if not marked else (1, 2, 0, 0)
    draft = _Draft(chance, number, today, spanish, tie, agency_id if tie is _I.first_responder else None)
    first = people.surname(chance, spanish=spanish)
    second = people.surname(chance, spanish=spanish) if partner else None
    gender = chance.choice((Gender.female, Gender.male))
    _add(draft, "first", gender, first, 24, 58, _role(draft, 0))
    if partner:
        _add(draft, "second", _other(gender), second or first, 24, 58, _role(draft, 1))
        draft.ties.append(RelationshipForm("second", "first", chance.choice((KinCode.spouse, KinCode.partner))))
    _add_children(draft, children, people.child_surname(first, second, spanish=spanish), both=bool(partner))
    if grandparent:
        _add(draft, "grandparent", Gender.female, first, 62, 84, _role(draft, 2))
        draft.ties.append(RelationshipForm("grandparent", "first", KinCode.parent, is_emergency_contact=True))
    if other:
        _add(draft, "uncle", Gender.male, first, 19, 61, _I.reporting_party, household="uncle")
    _restrict_somebody(draft)
    return _family(draft, marked=marked)


def _family(draft: _Draft, *, marked: bool) -> Family:
    if marked:
        draft.persons[0] = _mark(draft.persons[0])
    form = IntakeForm("es" if draft.spanish else "en", tuple(draft.persons), tuple(draft.ties))
    minors = tuple(each.ref for each in draft.persons if each.ref.startswith("child"))
    restricted = {each.person_ref for each in draft.ties if each.is_restricted}
    adults = tuple(each.ref for each in draft.persons if each.ref not in minors and each.ref not in restricted)
    return Family(form, draft.spanish, adults, minors, "first", draft.tie)


def _add(  # a person's column values, in the order of the form
    draft: _Draft, ref: str, gender: Gender, surname: Surname, youngest: int, oldest: int, role: InvolvementRole,
    *, household: str = "home",
) -> None:  # fmt: skip
    chance, place = draft.chance, len(draft.persons)
    given = people.given_name(chance, gender, spanish=draft.spanish)
    born_on, estimated = people.born(chance, draft.today, youngest, oldest)
    adult = not ref.startswith("child")
    street, code = people.address(chance)
    if draft.persons and household == "home":
        street, code = draft.persons[0].address or street, draft.persons[0].postal_code or code
    language = "es-MX" if draft.spanish else "en"
    reached = (place == 0 or (adult and chance.random() < 0.5)) and ref != "uncle"
    draft.persons.append(
        PersonForm(
            ref=ref, given_name=given, family_name=surname.written, spoken_language=language,
            written_language="es" if draft.spanish and adult else "en", involvements=(role,),
            preferred_name=people.nickname(given), born_on=born_on, is_birth_date_estimated=estimated,
            phones=(people.phone(draft.number * 2 + (place > 0)),) if reached else (),
            emails=(people.email(given, surname.written, draft.number),) if reached and chance.random() < 0.6 else (),
            address=street, postal_code=code, is_substitute_address=chance.random() < 0.04,
            safe_channels=chance.choice(_CHANNELS) if adult else (),
            best_times=chance.choice(_BEST_TIMES) if reached else None,
            topics_to_avoid=(chance.choice(tuple(ContactTopic)),) if adult and chance.random() < 0.2 else (),
            needs_interpreter=draft.spanish and adult and chance.random() < 0.45, gender=gender,
            races=_races(draft), special_classifications=_special(draft, adult=adult),
            victimizations=_victimizations(draft), household=household,
            agency_organization_id=draft.agency_id if role is _I.first_responder else None,
            needs=tuple(_needs(draft, adult=adult, first=place == 0)) if ref != "uncle" else (),
        )
    )  # fmt: skip


def _add_children(draft: _Draft, children: int, surname: Surname, *, both: bool) -> None:
    role = _I.family_of_first_responder if draft.tie is _I.first_responder else draft.tie
    for place in range(children):
        ref = f"child{place + 1}"
        gender = draft.chance.choice((Gender.female, Gender.male))
        _add(draft, ref, gender, surname, 1, 16, role)
        for parent in ("first", "second") if both else ("first",):
            draft.ties.append(
                RelationshipForm(
                    parent, ref, KinCode.parent, has_consent_authority=True, is_pickup_authorized=True,
                    is_legal_next_of_kin=parent == "first",
                    next_of_kin_evidence="birth certificate" if parent == "first" else None,
                )
            )  # fmt: skip


def _restrict_somebody(draft: _Draft) -> None:
    """Now and then a relative must never be told anything about a child."""
    refs = {each.ref for each in draft.persons}
    if "uncle" in refs and "child1" in refs:
        draft.ties.append(RelationshipForm("uncle", "child1", KinCode.other_relative, is_restricted=True))


def _role(draft: _Draft, place: int) -> InvolvementRole:
    if draft.tie is _I.family_of_injured and place == 1:
        return draft.chance.choice((_I.injured_hospitalized, _I.injured_treated_released))
    if draft.tie is _I.first_responder and place > 0:
        return _I.family_of_first_responder
    return draft.tie


def _needs(draft: _Draft, *, adult: bool, first: bool) -> Iterator[NeedForm]:
    chance = draft.chance
    if not adult:
        if chance.random() < 0.4:
            yield NeedForm(chance.choice(_CHILD_NEEDS), chance.choice(_HORIZONS))
        return
    if draft.tie is _I.first_responder and first:
        yield NeedForm("first_responder_wellness", Horizon.ongoing)
    if first and draft.number % 10 == 6:
        yield NeedForm("substance_use", Horizon.short_term)
    for code in chance.sample(_ADULT_NEEDS, chance.randint(1, 3) if first else chance.randint(0, 2)):
        detail = chance.choice(NEED_DETAILS[draft.spanish]) if chance.random() < 0.5 else None
        yield NeedForm(code, chance.choice(_HORIZONS), detail)


def _races(draft: _Draft) -> tuple[Race, ...]:
    if draft.chance.random() < 0.12:
        return (Race.not_reported,)
    if draft.spanish:
        return (Race.hispanic_or_latino,)
    known = (Race.white, Race.black_or_african_american, Race.asian, Race.american_indian_or_alaska_native)
    return tuple(draft.chance.sample(known, 2 if draft.chance.random() < 0.06 else 1))


def _special(draft: _Draft, *, adult: bool) -> tuple[SpecialClassification, ...]:
    drawn = draft.chance.random()
    if draft.spanish and adult and drawn < 0.3:
        return (SpecialClassification.limited_english_proficiency,)
    if drawn > 0.94:
        return (draft.chance.choice((SpecialClassification.disability, SpecialClassification.deaf_hard_of_hearing)),)
    return (SpecialClassification.veteran,) if adult and drawn > 0.9 else ()


def _victimizations(draft: _Draft) -> tuple[VictimizationType, ...]:
    if draft.tie is _I.family_of_deceased:
        return (VictimizationType.mass_violence, VictimizationType.survivor_of_homicide)
    return (VictimizationType.mass_violence,)


def _mark(person: PersonForm) -> PersonForm:
    need = NeedForm("counseling_individual", Horizon.immediate, markers.NEED_DETAIL)
    return replace(
        person, given_name=markers.GIVEN_NAME, family_name=markers.FAMILY_NAME, address=markers.ADDRESS,
        emails=(markers.EMAIL,), preferred_name=None, needs=(need, *person.needs[1:]),
    )  # fmt: skip


def _other(gender: Gender) -> Gender:
    return Gender.male if gender is Gender.female else Gender.female


def _drawn(chance: Random, weighted: tuple[tuple[T, int], ...]) -> T:
    return chance.choices([each for each, _ in weighted], [weight for _, weight in weighted])[0]
