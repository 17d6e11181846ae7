"""A language is kept in plain: it is a tag of known parts, and nobody's name is one."""

import pytest

from fac.domain.language import is_language


@pytest.mark.parametrize(
    "tag",
    ["en", "ES", "es-MX", "es-419", "zh-Hans", "zh-Hant-TW", "sr-Latn", "pt-br", "ht", "ase", "quc", "mam", "und"],
)
def test_a_tag_is_one(tag: str):
    assert is_language(tag)


@pytest.mark.parametrize(
    "text",
    [
        "", "-", "en-", "Mia-Smith", "Mia", "Ana", "Ana-Ruiz", "en-Smith", "es-Ruiz", "en-Mia", "es-312", "es-x-Ruiz",
        "es-MX-Ruiz", "en-Jose", "en-US-Latn", "zh-Hans-Hant", "es_MX", "es MX", " en", "en\n", "Spanish!", "ken-Anna",
        "en-Li-Wong", "en-1234", "312-555-0188",
    ],
)  # fmt: skip
def test_a_name_or_a_number_is_none(text: str):
    assert not is_language(text)
