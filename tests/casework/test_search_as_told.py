"""People asked for as others tell of them: through the shipped document, one database, a table of ways of telling.

Each line is a person as an intake wrote them down, what somebody else knows of them, and the reason they must be found
by. A stranger is refused each line first, and a colleague of another center finds nobody by it.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from tests.casework.test_search import code_of, found, search, searches_told
from tests.world import World

HOME = "+1 312 555 0142"
# Who is on file. Of most a sibling or namesake is too, who must not come first.
FAMILIES: dict[str, list[dict[str, Any]]] = {
    "montalban": [
        {"givenName": "Guadalupe", "familyName": "Montalbán Iturbide", "bornOn": "1984-03-09", "phones": [HOME]},
        {"givenName": "Francisco", "familyName": "Montalbán Iturbide", "bornOn": "1981-11-05", "phones": [HOME]},
        {"givenName": "José María", "familyName": "de la Garza y Peñaranda", "bornOn": "1958-06-21"},
    ],
    "whitcombe": [
        {"givenName": "Elizabeth", "familyName": "Whitcombe", "bornOn": "1990-07-02", "phones": ["+14155550167"]},
        {"givenName": "William", "familyName": "Whitcombe", "bornOn": "1992-10-12", "postalCode": "94110"},
        {"givenName": "Margaret", "familyName": "Whitcombe", "bornOn": "1961"},
    ],
    "abdulrahman": [
        {"givenName": "Abd al-Rahman", "familyName": "Al-Khatib", "bornOn": "1975-02-08", "phones": ["+13135550119"]},
        {"givenName": "Muhammad Yusuf", "familyName": "Haddad", "bornOn": "1969-04-30"},
        {"givenName": "Layla", "familyName": "bint Haddad", "bornOn": "1999-12-11", "postalCode": "48126"},
    ],
    "nguyen": [
        {"givenName": "Thị Lan", "familyName": "Nguyễn", "bornOn": "1987-05-03", "postalCode": "92683"},
        {"givenName": "Xiao Ming", "familyName": "Ouyang", "bornOn": "1995-09-01"},
        {"givenName": "Haruki", "familyName": "Ōtsuka", "bornOn": "1950-01-01", "isBirthDateEstimated": True},
    ],
}  # fmt: skip
KEPT = {person["givenName"]: person for people in FAMILIES.values() for person in people}
# Of what kind | who is meant | given name told | surnames | born | phone | postal code | the reason they are found by.
TOLD = """
a Spanish pet name | Guadalupe | Lupita | Montalbán | 1984 |  |  | given_nickname
a Spanish pet name | Francisco | Paco | Montalbán Iturbide |  |  |  | given_nickname
an abbreviation | Francisco | Fco. | Montalbán |  |  |  | given_name
an English short form | Elizabeth | Betsy | Whitcombe |  |  |  | given_nickname
an English short form | William | Bill | Whitcombe |  |  | 94110 | given_nickname
the other language's name | William | Guillermo | Whitcombe |  |  |  | given_nickname
digits of a phone crosswise | Guadalupe | Guadalupe | Montalbán |  | 312 555 0124 |  | phone_similar
a digit of a phone amiss | Elizabeth | Elizabeth | Whitcombe |  | (415) 555-0166 |  | phone_similar
digits of a birth year crosswise | Guadalupe | Guadalupe | Montalbán | 1948-03-09 |  |  | birth_date_similar
digits of a birth day crosswise | José María | José María | Garza | 1958-06-12 |  |  | birth_date_similar
day and month in each other's place | Guadalupe |  | Montalbán | 1984-09-03 |  |  | birth_day_month_swapped
day and month in each other's place | Francisco | Francisco |  | 1981-05-11 |  |  | birth_day_month_swapped
day and month in each other's place | William | William | Whitcombe | 1992-12-10 |  |  | birth_day_month_swapped
the first of two surnames | Guadalupe | Guadalupe | Montalban |  |  |  | surname_part
the second of two surnames | Guadalupe | Guadalupe | Iturbide |  |  |  | surname_part
two surnames the other way round | Francisco | Francisco | Iturbide Montalbán |  |  |  | surname
no particles | José María | José María | Garza Peñaranda |  |  |  | surname
a particle written with the name | José María |  | Delagarza | 1958-06-21 |  |  | surname_part
no accents, capitals | José María | JOSE MARIA | DE LA GARZA Y PENARANDA |  |  |  | surname
accents where there are none | Elizabeth | Elizabéth | Whítcombe |  |  |  | given_name
no marks | Thị Lan | Thi Lan | Nguyen |  |  |  | surname
as it sounds | Guadalupe | Guadalupe | Montalvan |  |  |  | surname_similar
a year beside the date | Guadalupe | Guadalupe | Iturbide | 1985 |  |  | birth_year
a date for an estimate | Haruki |  | Otsuka | 1951-08-17 |  |  | birth_year
an estimate for an estimate | Margaret | Peggy |  | 1960 |  |  | birth_year
a year for a date | William |  | Whitcombe | 1992 |  |  | birth_year
an article written with the name | Abd al-Rahman | Abdurrahman | Elkhatib |  |  |  | surname
another way into Latin letters | Muhammad Yusuf | Mohamed | Hadad | 1969 |  |  | given_nickname
the family's name first | Abd al-Rahman | Al-Khatib | Abdul Rahman |  |  |  | names_swapped
no daughter of | Layla | Leila | Haddad |  |  | 48126 | surname
the family's name first | Thị Lan | Nguyen | Lan |  |  |  | names_swapped
two syllables as one | Xiao Ming | Xiaoming | Ouyang |  |  |  | given_name
two syllables by a hyphen, the family first | Xiao Ming | Ouyang | Xiao-Ming |  |  |  | names_swapped
a long vowel | Haruki | Haruki | Ootsuka |  |  |  | surname_similar
a phone and a year | Abd al-Rahman |  |  | 1975 | +1 313 555 0119 |  | phone
a given name and a phone | Elizabeth | Liz |  |  | 4155550167 |  | phone
a surname and a code | Thị Lan |  | Nguyen |  |  | 92683-0001 | postal_code
a given name and a month | Xiao Ming | Xiao |  | 1995-09 |  |  | birth_year
crosswise boxes | Elizabeth | Whitcombe | Elizabeth |  |  |  | names_swapped
"""
ATTRIBUTES = ("givenName", "familyName", "bornOn", "phone", "postalCode")


def lines_told() -> Iterator[Any]:
    """Yield of each line who is meant, what is known of them, and the reason."""
    for line in TOLD.strip().splitlines():
        kind, whom, *known, reason = (each.strip() for each in line.split("|"))
        needle = {name: value for name, value in zip(ATTRIBUTES, known, strict=True) if value}
        yield pytest.param(whom, needle, reason, id=f"{kind}-{whom}-{reason}")


REFUSED: list[tuple[str, dict[str, str], str, str]] = [  # of what kind, what is typed, where it is wrong, and how
    ("nothing", {}, "input", "too_little"),
    ("a name of blanks", {"givenName": " \t ", "familyName": "Montalbán"}, "givenName", "too_short"),
    ("one accented letter", {"givenName": "É", "familyName": "Montalbán"}, "givenName", "too_short"),
    ("initials", {"givenName": "J. M.", "familyName": "Garza"}, "givenName", "too_short"),
    ("a mark alone", {"givenName": "Lan", "familyName": "\u0301"}, "familyName", "too_short"),
    ("one name", {"familyName": "Nguyen"}, "input", "too_little"),
    ("a year and a code", {"bornOn": "1987", "postalCode": "92683"}, "input", "too_little"),
    ("the end of a number", {"givenName": "Liz", "phone": "0167"}, "phone", "not_a_phone"),
    ("an empty number", {"givenName": "Liz", "phone": ""}, "phone", "not_a_phone"),
    ("the start of a code", {"familyName": "Nguyen", "postalCode": "92"}, "postalCode", "not_a_postal_code"),
    ("an empty address", {"familyName": "Nguyen", "email": ""}, "email", "not_an_email"),
    ("a day there is not", {"familyName": "Nguyen", "bornOn": "1987-02-30"}, "bornOn", "not_a_date"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def known_ids(world: World) -> AsyncIterator[dict[str, str]]:
    """Record every family at one center once, and return the id of each person by given name."""
    found: dict[str, str] = {}
    for people in FAMILIES.values():
        persons = [
            {"ref": f"p{place}", "spokenLanguage": "en", "involvements": ["witness"]} | person
            for place, person in enumerate(people)
        ]
        payload = await world["fac_intake"].do("RecordIntake", language="en", persons=persons)
        assert payload["__typename"] == "IntakeRecorded", payload
        found |= {person["givenName"]: each["id"] for person, each in zip(people, payload["persons"], strict=True)}
    yield found


@pytest.fixture(autouse=True)
def rested(world: World) -> None:
    """Give every hat its whole allowance of searches."""
    world.clock.advance(hours=1)


class TestAsTold:
    @pytest.mark.parametrize(("whom", "known", "reason"), list(lines_told()))
    async def test_who_is_told_of_otherwise_than_written_is_found_first_and_by_whom_it_may(
        self, world: World, known_ids: dict[str, str], whom: str, known: dict[str, str], reason: str
    ):
        assert code_of(await search(world["stranger"], **known)) == "not_permitted"
        assert await search(world["intake"], **known) == {"data": {"searchPeople": []}}
        first, *others = await found(world["fac_intake"], **known)
        assert (first["person"]["id"], first["person"]["familyName"]) == (known_ids[whom], KEPT[whom]["familyName"])
        assert reason in first["reasons"], first["reasons"]
        assert all(each["score"] < first["score"] for each in others)


class TestTooLittle:
    @pytest.mark.parametrize(
        ("typed", "path", "problem"), [line[1:] for line in REFUSED], ids=[line[0] for line in REFUSED]
    )
    async def test_what_is_empty_or_short_is_refused_by_its_place_and_opens_nothing(
        self, world: World, known_ids: dict[str, str], typed: dict[str, str], path: str, problem: str
    ):
        assert known_ids
        assert code_of(await search(world["stranger"], **typed)) == "not_permitted"
        before = await searches_told(world)
        body = await search(world["fac_intake"], **typed)
        assert code_of(body) == "invalid_input"
        (said,) = body["errors"][0]["extensions"]["problems"]
        assert (said["path"], said["problem"]) == (path, problem)
        assert await searches_told(world) == before
