"""Scalars of our own: bounded page lengths, dates that may be partly known, language tags.

Never: echo a refused value.
"""

import re
from typing import Any, NewType

import strawberry
from graphql import GraphQLError

from fac.domain.language import is_language

MOST_ROWS = 100
_BIRTH_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


def _page_length(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_ROWS:
        raise GraphQLError(f"a page holds 1 to {MOST_ROWS} rows")
    return value


def _birth_date(value: object) -> str:
    if not isinstance(value, str) or not _BIRTH_DATE.fullmatch(value):
        raise GraphQLError("write a birth date as YYYY-MM-DD, YYYY-MM or YYYY")
    return value


def _language(value: object) -> str:
    if not isinstance(value, str) or not is_language(value):
        raise GraphQLError("write a language as a BCP 47 tag such as en or es-MX")
    return value


PageLength = NewType("PageLength", int)
BirthDate = NewType("BirthDate", str)
LanguageTag = NewType("LanguageTag", str)

SCALARS: dict[object, Any] = {
    PageLength: strawberry.scalar(
        name="PageLength",
        description=f"How many rows a page may hold: 1 to {MOST_ROWS}.",
        serialize=lambda value: value,
        parse_value=_page_length,
    ),
    BirthDate: strawberry.scalar(
        name="BirthDate",
        description="A date of birth as far as it is known: YYYY-MM-DD, YYYY-MM or YYYY (EDTF level 0).",
        serialize=lambda value: value,
        parse_value=_birth_date,
    ),
    LanguageTag: strawberry.scalar(
        name="LanguageTag",
        description="A language as a BCP 47 tag, such as en, es or es-MX.",
        serialize=lambda value: value,
        parse_value=_language,
    ),
}
