"""Releases: what makes one valid, and that nothing but one in force, for this use, covers anything."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fac.domain.consent import (
    LONGEST,
    ReleaseDraft,
    ReleaseFacts,
    Signature,
    Signer,
    check_release,
    is_minor,
    live,
    release_covers,
)
from fac.domain.vocabulary import (
    RELEASABLE_CLASSES,
    AgeBand,
    InfoClass,
    ReleasePurpose,
    SignatoryCapacity,
    mask_of,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORGANIZATION, OTHER_ORGANIZATION = UUID(int=1), UUID(int=2)
ADULT, MINOR, MOTHER, COUSIN, RESTRICTED, AGELESS, STRANGER = (UUID(int=10 + n) for n in range(7))
PERSONS = {
    ADULT: Signer(is_minor=False),
    MINOR: Signer(is_minor=True),
    MOTHER: Signer(is_minor=False, has_consent_authority=True),
    COUSIN: Signer(is_minor=True, has_consent_authority=True),
    RESTRICTED: Signer(is_minor=False, is_restricted=True, has_consent_authority=True),
    AGELESS: Signer(is_minor=None),
}
FACTS = ReleaseFacts(
    organization_id=ORGANIZATION,
    purpose=ReleasePurpose.service_delivery,
    classes=mask_of([InfoClass.identity, InfoClass.legal]),
    effective_at=NOON,
    expires_at=NOON + timedelta(days=90),
)


def signed(who: UUID, capacity: SignatoryCapacity, legal_basis: str | None = None) -> Signature:
    return Signature(who, capacity, legal_basis)


BY_SELF = signed(ADULT, SignatoryCapacity.self)
DRAFT = ReleaseDraft(
    person_id=ADULT,
    classes=InfoClass.identity.bit,
    risks_explained=True,
    effective_at=NOON,
    expires_at=NOON + timedelta(days=90),
    signatures=(BY_SELF,),
)


def problems(draft: ReleaseDraft) -> set[tuple[str, str]]:
    return {(each.path, each.problem) for each in check_release(draft, PERSONS)}


def problems_when_signed(person: UUID, *signatures: Signature) -> set[tuple[str, str]]:
    return problems(replace(DRAFT, person_id=person, signatures=signatures))


class TestLive:
    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (NOON - timedelta(seconds=1), False),
            (NOON, True),
            (NOON + timedelta(days=90, seconds=-1), True),
            (NOON + timedelta(days=90), False),
        ],
    )
    def test_from_its_first_instant_until_before_its_last(self, at: datetime, expected: bool) -> None:
        assert live(FACTS, at) is expected

    def test_a_revocation_ends_it_at_once(self) -> None:
        revoked = replace(FACTS, revoked_at=NOON + timedelta(days=1))
        assert live(revoked, NOON + timedelta(hours=23))
        assert not live(revoked, NOON + timedelta(days=1))


class TestReleaseCovers:
    def test_what_it_names(self) -> None:
        assert covers(FACTS, info=InfoClass.legal)

    @pytest.mark.parametrize(
        "other",
        [
            {"organization_id": OTHER_ORGANIZATION},
            {"purpose": ReleasePurpose.care_coordination},
            {"info": InfoClass.clinical},
            {"at": NOON + timedelta(days=90)},
        ],
    )
    def test_nothing_else(self, other: dict[str, object]) -> None:
        assert not covers(FACTS, **other)

    def test_a_class_that_cannot_be_released_is_not_covered_even_if_written(self) -> None:
        facts = replace(FACTS, classes=FACTS.classes | InfoClass.workforce.bit)
        assert not covers(facts, info=InfoClass.workforce)

    @given(
        classes=st.sets(st.sampled_from(list(InfoClass))),
        info=st.sampled_from(list(InfoClass)),
        hours=st.integers(-48, 48),
        revoked=st.none() | st.integers(-48, 48),
    )
    def test_revoking_never_opens(
        self, classes: set[InfoClass], info: InfoClass, hours: int, revoked: int | None
    ) -> None:
        facts = replace(FACTS, classes=mask_of(list(classes)))
        at = NOON + timedelta(hours=hours)
        cut = replace(facts, revoked_at=None if revoked is None else NOON + timedelta(hours=revoked))
        assert covers(facts, info=info, at=at) >= covers(cut, info=info, at=at)
        if covers(cut, info=info, at=at):
            assert info in classes
            assert info in RELEASABLE_CLASSES
            assert hours >= 0
            assert revoked is None or hours < revoked


def covers(facts: ReleaseFacts, **other: object) -> bool:
    asked = {
        "organization_id": ORGANIZATION,
        "purpose": ReleasePurpose.service_delivery,
        "info": InfoClass.identity,
        "at": NOON + timedelta(days=1),
    }
    return release_covers(facts, **(asked | other))  # type: ignore[arg-type]  # a table of keywords


class TestTerms:
    def test_a_sound_release_has_no_problem(self) -> None:
        assert problems(DRAFT) == set()

    @pytest.mark.parametrize(
        ("change", "found"),
        [
            ({"expires_at": None}, ("expiresAt", "required")),
            ({"expires_at": NOON}, ("expiresAt", "before_effective")),
            ({"expires_at": NOON - timedelta(days=1)}, ("expiresAt", "before_effective")),
            ({"expires_at": NOON + LONGEST + timedelta(seconds=1)}, ("expiresAt", "too_long")),
            ({"classes": 0}, ("classes", "required")),
            ({"classes": InfoClass.measure.bit}, ("classes", "not_releasable")),
            ({"classes": InfoClass.identity.bit | InfoClass.workforce.bit}, ("classes", "not_releasable")),
            ({"risks_explained": False}, ("risksExplained", "required")),
            ({"signatures": ()}, ("signatories", "required")),
        ],
    )
    def test_each_lack_is_named(self, change: dict[str, object], found: tuple[str, str]) -> None:
        assert problems(replace(DRAFT, **change)) == {found}  # type: ignore[arg-type]  # a table of changes

    def test_a_year_is_not_too_long(self) -> None:
        assert problems(replace(DRAFT, expires_at=NOON + LONGEST)) == set()

    def test_the_path_goes_before_each_field(self) -> None:
        (found,) = check_release(replace(DRAFT, expires_at=None), PERSONS, path="releases.0.")
        assert found.path == "releases.0.expiresAt"


class TestSignatures:
    def test_a_minor_and_the_guardian_sign_both(self) -> None:
        both = (signed(MINOR, SignatoryCapacity.self), signed(MOTHER, SignatoryCapacity.guardian))
        assert problems_when_signed(MINOR, *both) == set()
        assert problems_when_signed(MINOR, both[0]) == {("signatories", "guardian_must_sign")}
        assert problems_when_signed(MINOR, both[1]) == {("signatories", "person_must_sign")}

    def test_a_minor_who_may_consent_signs_alone_by_a_named_law(self) -> None:
        alone = signed(MINOR, SignatoryCapacity.minor_may_consent, "State code, section 12")
        assert problems_when_signed(MINOR, alone) == set()
        for missing in (None, "", "  "):
            assert problems_when_signed(MINOR, replace(alone, legal_basis=missing)) == {
                ("signatories.0.legalBasis", "required")
            }

    def test_an_adult_does_not_consent_as_a_minor(self) -> None:
        as_minor = signed(ADULT, SignatoryCapacity.minor_may_consent, "State code, section 12")
        assert problems_when_signed(ADULT, as_minor) == {("signatories.0.capacity", "not_the_minor")}

    def test_an_adult_signs_alone(self) -> None:
        assert problems_when_signed(ADULT, BY_SELF, signed(MOTHER, SignatoryCapacity.guardian)) == {
            ("signatories.1.capacity", "adult_signs_alone")
        }

    def test_nobody_signs_for_an_adult(self) -> None:
        found = problems_when_signed(ADULT, signed(MOTHER, SignatoryCapacity.guardian))
        assert found == {("signatories.0.capacity", "adult_signs_alone"), ("signatories", "person_must_sign")}

    def test_whom_a_court_appointed_signs_for_an_adult_and_names_the_order(self) -> None:
        for_them = signed(MOTHER, SignatoryCapacity.court_appointed_guardian, "Probate court, order of 2 March")
        assert problems_when_signed(ADULT, for_them) == set()
        assert problems_when_signed(ADULT, replace(for_them, legal_basis=" ")) == {
            ("signatories.0.legalBasis", "required")
        }
        without = replace(for_them, person_id=COUSIN)
        assert problems_when_signed(ADULT, without) == {("signatories.0.capacity", "no_consent_authority")}
        assert ("signatories.0.capacity", "no_consent_authority") in problems_when_signed(
            ADULT, replace(for_them, person_id=ADULT)
        )

    @pytest.mark.parametrize("person", [MINOR, AGELESS])
    def test_for_a_minor_no_court_lets_a_guardian_sign_alone(self, person: UUID) -> None:
        alone = signed(MOTHER, SignatoryCapacity.court_appointed_guardian, "Probate court, order of 2 March")
        assert ("signatories.0.capacity", "not_an_adult") in problems_when_signed(person, alone)

    def test_who_is_of_unknown_age_needs_both_signatures(self) -> None:
        own = signed(AGELESS, SignatoryCapacity.self)
        assert problems_when_signed(AGELESS, own) == {("signatories", "guardian_must_sign")}
        assert problems_when_signed(AGELESS, own, signed(MOTHER, SignatoryCapacity.guardian)) == set()

    @pytest.mark.parametrize("capacity", list(SignatoryCapacity))
    def test_a_restricted_person_never_signs(self, capacity: SignatoryCapacity) -> None:
        own = signed(MINOR, SignatoryCapacity.self)
        found = problems_when_signed(MINOR, own, signed(RESTRICTED, capacity, "State code, section 12"))
        assert ("signatories.1.personId", "restricted_person") in found

    def test_a_person_signs_once(self) -> None:
        assert problems_when_signed(ADULT, BY_SELF, BY_SELF) == {
            ("signatories.0.personId", "signs_twice"),
            ("signatories.1.personId", "signs_twice"),
        }

    def test_a_stranger_to_the_case_does_not_sign(self) -> None:
        found = problems_when_signed(ADULT, BY_SELF, signed(STRANGER, SignatoryCapacity.guardian))
        assert found == {("signatories.1.personId", "unknown_person")}

    def test_nobody_signs_as_self_for_another(self) -> None:
        found = problems_when_signed(ADULT, BY_SELF, signed(MOTHER, SignatoryCapacity.self))
        assert found == {("signatories.1.capacity", "not_the_person")}

    @pytest.mark.parametrize("guardian", [ADULT, COUSIN, MINOR])
    def test_a_guardian_is_an_adult_with_recorded_authority(self, guardian: UUID) -> None:
        own = signed(MINOR, SignatoryCapacity.self)
        found = problems_when_signed(MINOR, own, signed(guardian, SignatoryCapacity.guardian))
        assert ("signatories.1.capacity", "no_consent_authority") in found


class TestIsMinor:
    def test_by_band_and_unknown_when_not_told(self) -> None:
        assert {band: is_minor(band) for band in AgeBand} == {
            AgeBand.age_0_12: True,
            AgeBand.age_13_17: True,
            AgeBand.age_18_24: False,
            AgeBand.age_25_59: False,
            AgeBand.age_60_plus: False,
            AgeBand.not_reported: None,
        }
