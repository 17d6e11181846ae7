"""Searching for people: what is partly known goes in, people of one's own scope come out, ranked, with reasons.

Who is found is read like any other row: through the reader's scope and mask, in one statement for all of them.
Never: repeat what was searched for, or show a person that a list would not show.
"""

from __future__ import annotations

from typing import Annotated, Any, cast

import strawberry

from fac.api.acting import tell_refusal
from fac.api.context import Context
from fac.api.field import field, query
from fac.api.person import Person
from fac.api.report_reading import work_of
from fac.api.scalars import BirthDate
from fac.api.wiring import run
from fac.casework.search import Found, search_people
from fac.casework.search_needle import Needle
from fac.domain.ids import encode_global
from fac.errors import FacError
from fac.reading.catalog import NOUNS
from fac.reading.noun import Order, Root
from fac.reading.selection import Asked, select

_FOUND_IDS = "ids of those found"
_ID = "id of the found"
# The found persons' ids travel beside the client's variables, under a name none of them can have.
_ROOT = Root("searchPeople.person", "Person", order=Order("created_at"), among=_FOUND_IDS)


def _known(description: str) -> Any:
    return strawberry.argument(description=description)


@strawberry.type(description="Somebody who may be the person searched for. Nothing is decided by it.")
class PersonMatch:
    """Somebody who may be the person searched for."""

    person: Person = field("The person, as far as you may see them.")
    grade: str = field("same, review, or new: probably somebody else. Partial knowledge is rarely more than review.")
    score: int = field("How strong the evidence is, in bits (0 to 100).")
    reasons: list[str] = field("What is alike or differs, such as surname or birth_date_differs; never the values.")


@strawberry.type
class SearchQueries:
    """Queries of this room."""

    @query(
        "People of your own scope who may be the one you know something of, most alike first; 25 at most. Give two"
        " attributes at least. Each search is counted and audited, without what was searched for."
    )
    async def search_people(
        self,
        info: strawberry.Info[Context, None],
        given_name: Annotated[str | None, _known("Given names, as heard.")] = None,
        family_name: Annotated[str | None, _known("Surnames, as heard; one of several is enough.")] = None,
        born_on: Annotated[BirthDate | None, _known("Date of birth as far as known; a year is enough.")] = None,
        phone: Annotated[str | None, _known("A whole telephone number.")] = None,
        email: Annotated[str | None, _known("An electronic mail address.")] = None,
        postal_code: Annotated[str | None, _known("A whole postal code.")] = None,
    ) -> list[PersonMatch]:
        """Return who may be the person searched for."""
        context = info.context
        needle = Needle(given_name, family_name, born_on, phone, email, postal_code)
        context.operation = "searchPeople"
        try:
            async with work_of(context) as work:
                found = await search_people(work, needle)
                await work.finish()
        except FacError as refusal:
            await tell_refusal(context, refusal)
            raise
        return cast("list[PersonMatch]", await _shown(info, found))


async def _shown(info: strawberry.Info[Context, None], found: list[Found]) -> list[dict[str, Any]]:
    """Return the matches keyed by response keys; whoever has left the reader's scope meanwhile is left out."""
    raw, context = info._raw_info, info.context
    variables: Any = raw.variable_values
    variables = variables.coerced if hasattr(variables, "coerced") else variables
    asked = select(raw.field_nodes, raw.fragments, variables)
    incident_id = context.actor.incident_id
    ids = {encode_global(NOUNS["Person"].code, incident_id, each.person_id): each for each in found}
    wanted = [each for each in asked.below if each.name == "person"] or [Asked("person", "person", (), ())]
    persons: dict[str, dict[str, Any]] = {id: {} for id in ids}
    for one in wanted if ids else ():
        named = Asked(_ID, "id", (), ())
        page = Asked(_ROOT.name, _ROOT.name, (), (Asked("nodes", "nodes", (), (*one.below, named)),))
        answer = await run(context, _ROOT, page, {**variables, _FOUND_IDS: [each.person_id for each in found]})
        for row in answer["nodes"]:
            if row is not None:
                persons[row.pop(_ID)][one.key] = row
    values = [(persons[id], each) for id, each in ids.items() if len(persons[id]) == len(wanted)]
    return [
        {each.key: read[each.key] if each.name == "person" else _value(match, each.name) for each in asked.below}
        for read, match in values
    ]


def _value(match: Found, name: str) -> Any:
    if name == "__typename":
        return "PersonMatch"
    value = getattr(match, name)
    return list(value) if isinstance(value, tuple) else value
