"""Whom a provider's credential suits, held against the rule said the other way round, for every credential there is."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fac.domain.provider_credential import CredentialDraft, CredentialFacts, check_credential, in_force, suits
from fac.domain.vocabulary import AgeBand, CredentialKind, Modality

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
KNOWN = [each for each in AgeBand if each is not AgeBand.not_reported]
LANGUAGES = ("en", "es", "es-MX", "ES", "so", "ase", "", "und")
credentials = st.builds(
    CredentialFacts,
    verified_at=st.sampled_from((None, NOW)),
    revoked_at=st.sampled_from((None, None, NOW)),
    expires_on=st.integers(-2, 2).map(lambda days: TODAY + timedelta(days=days)),
    age_bands=st.frozensets(st.sampled_from(KNOWN)),
    languages=st.frozensets(st.sampled_from(("en", "es", "es-419", "so")), min_size=1),
    works_with_interpreter=st.booleans(),
)


class TestValidity:
    @given(credentials)
    def test_it_counts_only_while_verified_and_neither_revoked_nor_expired(self, facts: CredentialFacts) -> None:
        lacking = facts.verified_at is None or facts.revoked_at is not None or (facts.expires_on - TODAY).days <= 0
        assert in_force(facts, TODAY) is not lacking

    @given(credentials, st.integers(0, 5))
    def test_once_over_it_never_counts_again(self, facts: CredentialFacts, days: int) -> None:
        assert in_force(facts, TODAY) or not in_force(facts, TODAY + timedelta(days=days))

    @given(credentials, st.sampled_from(KNOWN), st.sampled_from(LANGUAGES))
    def test_it_suits_an_age_it_names_in_a_language_it_speaks_or_has_interpreted(
        self, facts: CredentialFacts, band: AgeBand, language: str
    ) -> None:
        primaries = {each[:2] for each in facts.languages}
        understood = facts.works_with_interpreter or language in ("", "und") or language.lower()[:2] in primaries
        if language == "ase":  # not a kind of "as"
            understood = facts.works_with_interpreter
        assert suits(facts, band, language) is (band in facts.age_bands and understood)

    @given(credentials, st.sampled_from(LANGUAGES))
    def test_an_age_that_is_not_known_bars_nobody(self, facts: CredentialFacts, language: str) -> None:
        of_all_ages = CredentialFacts(
            facts.verified_at, facts.revoked_at, facts.expires_on, frozenset(KNOWN), facts.languages,
            facts.works_with_interpreter,
        )  # fmt: skip
        asked = suits(facts, AgeBand.not_reported, language)
        assert asked is suits(of_all_ages, AgeBand.age_25_59, language)


class TestCheck:
    @pytest.mark.parametrize(
        ("changed", "path", "problem"),
        [
            ({"number": " "}, "number", "required"),
            ({"title": "x" * 201}, "title", "too_long"),
            ({"jurisdiction": "Illinois"}, "jurisdiction", "not_a_jurisdiction"),
            ({"expires_on": TODAY}, "expiresOn", "expired"),
            ({"age_bands": ()}, "ageBands", "required"),
            ({"age_bands": (AgeBand.not_reported,)}, "ageBands", "required"),
            ({"age_bands": (AgeBand.age_0_12, AgeBand.age_0_12)}, "ageBands", "repeated"),
            ({"modalities": (Modality.emdr, Modality.emdr)}, "modalities", "repeated"),
            ({"languages": ()}, "languages", "required"),
            ({"languages": ("Spanish!",)}, "languages.0", "not_a_language"),
            ({"esar_vhp_level": 5}, "esarVhpLevel", "out_of_range"),
            ({"esar_vhp_level": 0}, "esarVhpLevel", "out_of_range"),
        ],
    )
    def test_what_is_wrong_is_named(self, changed: dict[str, object], path: str, problem: str) -> None:
        whole: dict[str, object] = {
            "kind": CredentialKind.license, "title": "LCSW", "holder_name": "Maren Oakes", "number": "149-1",
            "board": "Board of Social Work", "jurisdiction": "US-IL", "expires_on": TODAY + timedelta(days=1),
            "age_bands": (AgeBand.age_0_12,), "languages": ("en",), "works_with_interpreter": False,
            "modalities": (Modality.emdr,), "esar_vhp_level": 1,
        }  # fmt: skip
        assert list(check_credential(CredentialDraft(**whole), TODAY)) == []  # type: ignore[arg-type]
        found = list(check_credential(CredentialDraft(**whole | changed), TODAY))  # type: ignore[arg-type]
        assert [(each.path, each.problem) for each in found] == [(path, problem)]
