"""Somebody of a family written down twice: tied as one person, left for somebody to decide, or said to be two.

Never: decide for whoever answers for the family: the case manager does.
"""

from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select

from fac.casework.merging import dismiss_duplicate, merge_persons
from fac.casework.person import add_person
from fac.db.duplicate import duplicate_suspicions
from fac.db.statement import Statement
from fac.demo import people
from fac.demo.story import Story

_EVERY: Final = 20  # one family in so many
_ONE_OF_THEM: Final = 8
_suspicion_between = Statement(
    select(duplicate_suspicions.c.id).where(
        duplicate_suspicions.c.incident_id == bindparam("incident_id"),
        duplicate_suspicions.c.person_id == bindparam("person_id"),
        duplicate_suspicions.c.other_person_id == bindparam("other_person_id"),
    )
)


async def write_twice(story: Story) -> None:
    """Let the first of some families be written down again under another number, and its case manager decide."""
    if story.number % _EVERY != _ONE_OF_THEM:
        return
    first = story.family.form.persons[0]
    known = story.persons[first.ref]
    form = replace(first, ref="again", needs=(), phones=(people.phone(3 * story.number + 1),))
    again = await story.act(story.keeper, "addPerson", add_person, story.case_id, form=form)
    suspicion: UUID | None = await _suspicion_between.value(
        story.telling.connection, incident_id=story.directory.incident_id, person_id=again, other_person_id=known
    )
    match story.number // _EVERY % 3:
        case 0:
            await story.act(
                story.keeper, "mergePersons", merge_persons, known, kept_version=1, merged_id=again, merged_version=1
            )
        case 1 if suspicion is not None:
            await story.act(story.keeper, "dismissDuplicate", dismiss_duplicate, suspicion, version=1)
