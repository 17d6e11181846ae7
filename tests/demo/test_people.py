"""The invented people: the same again from the same seed, valid on every form, and like those who come."""

from collections import Counter
from datetime import UTC, date, datetime
from uuid import UUID

from fac.access.actor import Actor
from fac.casework.intake_form import problems_of
from fac.demo import people
from fac.demo.course import begin
from fac.demo.directory import Directory
from fac.demo.household import Family, invent
from fac.demo.markers import EMAIL, GIVEN_NAME
from fac.demo.partners import partners
from fac.demonstration import USUAL, Size
from fac.domain.vocabulary import CenterKind, InvolvementRole, Role

TODAY, AGENCY = date(2026, 3, 2), UUID(int=7)
NUMBERS = range(USUAL.households)
FAMILIES = [invent(f"7 {number}", number, TODAY, agency_id=AGENCY, marked=number == 0) for number in NUMBERS]
PERSONS = [person for family in FAMILIES for person in family.form.persons]


def restricted(family: Family) -> set[str]:
    return {each.person_ref for each in family.form.relationships if each.is_restricted}


def test_the_same_seed_makes_the_same_family() -> None:
    for number in (0, 5, 181):
        again = invent(f"7 {number}", number, TODAY, agency_id=AGENCY, marked=number == 0)
        assert again == FAMILIES[number]
    assert invent("8 5", 5, TODAY, agency_id=AGENCY) != FAMILIES[5]


def test_every_form_is_one_that_intake_takes() -> None:
    assert [problems_of(family.form, TODAY) for family in FAMILIES] == [[]] * len(FAMILIES)


def test_what_is_loaded_unasked_is_355_households_of_about_fifteen_hundred_persons_in_one_incident() -> None:
    assert Size(incidents=1, households=355) == USUAL
    assert 1_400 <= len(PERSONS) <= 1_600
    # As the load itself tells them, with those who come back under another name.
    desk = Actor(UUID(int=1), UUID(int=2), UUID(int=3), None, Role.intake_worker, AGENCY, None)
    centers = {kind: UUID(int=number) for number, kind in enumerate(CenterKind)}
    on_duty = {(id, Role.intake_worker): [desk] for id in centers.values()}
    stage = Directory(UUID(int=1), TODAY, centers, {}, on_duty, {}, (), (), AGENCY)
    begun = [begin("7 0", number, stage, datetime(2026, 11, 22, tzinfo=UTC)) for number in NUMBERS]
    assert 1_400 <= sum(len(each.family.form.persons) for each in begun) <= 1_600
    assert len(centers) == 3


def test_forty_partners_each_with_a_service() -> None:
    assert len(partners()) == len({each.name for each in partners()}) == 40
    assert all(each.offers for each in partners())


def test_two_languages_and_names_of_both() -> None:
    spoken = Counter(person.spoken_language for person in PERSONS)
    assert min(spoken["en"], spoken["es-MX"]) > 300
    surnames = [person.family_name or "" for person in PERSONS]
    assert sum(" " in each for each in surnames) > 200
    assert any(each.startswith(people._SPANISH_PARTICLES) for each in surnames)
    assert any("-" in each for each in surnames)


def test_birth_dates_half_known_minors_and_the_old() -> None:
    assert sum(person.is_birth_date_estimated for person in PERSONS) > 100
    assert sum(len(person.born_on or "") == 4 for person in PERSONS) > 50
    assert sum(len(family.minors) for family in FAMILIES) > 400
    assert any((person.born_on or "9") < "1960" for person in PERSONS)


def test_every_minor_has_a_guardian_who_may_sign_and_no_restricted_person_may() -> None:
    assert sum(bool(restricted(family)) for family in FAMILIES) >= 10
    for family in FAMILIES:
        may_sign = {
            (each.person_ref, each.other_ref) for each in family.form.relationships if each.has_consent_authority
        }
        assert all((family.guardian, minor) in may_sign for minor in family.minors)
        assert not restricted(family) & {*family.adults, family.guardian}


def test_first_responders_keep_their_agency_and_nobody_is_stated_dead() -> None:
    responders = [person for person in PERSONS if InvolvementRole.first_responder in person.involvements]
    assert len(responders) > 15
    assert all(person.agency_organization_id == AGENCY for person in responders)
    assert not any(InvolvementRole.deceased in person.involvements for person in PERSONS)


def test_numbers_ring_nowhere_and_are_distinct_until_the_area_codes_are_used_up() -> None:
    numbers = [people.phone(number) for number in range(20_000)]
    assert len(set(numbers)) == len(numbers)
    assert all(each[6:12] == "555-01" for each in numbers)
    assert all(mail.endswith("@example.org") for person in PERSONS for mail in person.emails)


def test_only_the_first_family_is_marked() -> None:
    marked = [family.form.persons[0].given_name == GIVEN_NAME for family in FAMILIES]
    assert marked == [True] + [False] * (len(FAMILIES) - 1)
    assert FAMILIES[0].form.persons[0].emails == (EMAIL,)
