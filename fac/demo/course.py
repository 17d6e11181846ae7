"""The course of a family's story, chosen by its number.

Never: leave a state of a workflow out: forty families in a row show them all.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Final, NamedTuple
from uuid import UUID

from fac.access.actor import Actor
from fac.casework.work import Result
from fac.demo import people
from fac.demo.aftercare import (
    assign,
    close,
    come_back,
    deliver,
    hand_over,
    note,
    pause,
    resolve,
    safeguard,
)
from fac.demo.directory import PAST, Directory
from fac.demo.doubles import write_twice
from fac.demo.guarding import guard
from fac.demo.household import Family, invent
from fac.demo.missing import look_for, pick_up
from fac.demo.portal import open_portal
from fac.demo.referring import COMPLETED, PATHS, refer
from fac.demo.story import Story
from fac.demo.telling import Telling
from fac.domain.vocabulary import CenterKind, HandoffStatus, Role

_H, _C = HandoffStatus, CenterKind
_TURNS: Final = (
    (_C.reunification_center,) * 2 + (_C.family_assistance_center,) * 7 + (_C.resiliency_center,)
)  # fmt: skip
# In what days after the incident families come to each center: nearly all to the first in its first days.
_ARRIVALS: Final = {
    _C.reunification_center: ((0.6, 3), (0.6, 3)),
    _C.family_assistance_center: ((1, 17), (17, 200)),
    _C.resiliency_center: ((25, 120), (60, 240)),
}
_EARLY: Final = 0.7
_OFFERS: Final = (
    _H.accepted,
    _H.proposed,
    _H.accepted,
    _H.declined,
    _H.accepted,
    _H.withdrawn,
    _H.accepted,
    _H.expired,
)
_COMES_BACK_AS_ANOTHER: Final = 60  # one family in so many has been here before


class Beginning(NamedTuple):
    """The chance of family ``number``, the family, the desk that receives it, and when."""

    number: int
    chance: Random
    family: Family
    desk: Actor
    at: datetime


def begin(seed: str, number: int, directory: Directory, now: datetime) -> Beginning:
    """Return how family ``number`` begins; all of it follows from the number."""
    known = number - 40 if number % _COMES_BACK_AS_ANOTHER == _COMES_BACK_AS_ANOTHER - 1 else number
    family = invent(f"{seed} {known}", known, (now - PAST).date(), agency_id=directory.agency_id, marked=number == 0)
    if known != number:
        family = _as_told_again(family, number)
    chance = people.sow(f"{seed} story {number}")
    kind = _TURNS[number % len(_TURNS)]
    desks = directory.staff(kind, Role.intake_worker)
    early, late = _ARRIVALS[kind]
    days = chance.uniform(*(early if chance.random() < _EARLY else late))
    return Beginning(number, chance, family, desks[number // 7 % len(desks)], now - PAST + timedelta(days=days))


def _as_told_again(family: Family, number: int) -> Family:
    """Return the family as another desk hears it: the name they go by, another number, no day of birth."""
    first, *others = family.form.persons
    told = replace(first, given_name=first.preferred_name or first.given_name, phones=(people.phone(2 * number),))
    return replace(family, form=replace(family.form, persons=(told, *others)))


async def live_through(telling: Telling, directory: Directory, begun: Beginning, recorded: Result) -> None:
    """Tell the rest of the story of a family whose intake was ``recorded``."""
    number, chance, family, desk, at = begun
    case_id, persons = UUID(recorded["case"]), map(UUID, recorded["persons"])
    ids = {person.ref: id for person, id in zip(family.form.persons, persons, strict=True)}
    kind = _TURNS[number % len(_TURNS)]
    story = Story(telling, directory, family, number, chance, kind, desk, at, case_id, ids)
    await story.hear_needs()
    await look_for(story)
    await pick_up(story)
    if kind is _C.reunification_center:
        story.wait(0.1, 1)
        if chance.random() < 0.5:
            await deliver(story)
        if not await hand_over(story, _C.family_assistance_center, _OFFERS[number // len(_TURNS) % len(_OFFERS)]):
            await note(story)
            await open_portal(story, is_open=True)
            return
    else:
        story.wait(0.05, 0.6)
        await assign(story)
    await safeguard(story)
    await _be_carried(story)
    await open_portal(story, is_open=not _closes(number))


def _closes(number: int) -> bool:
    return number % 11 == 5


async def _be_carried(story: Story) -> None:
    """What a case manager does with the family."""
    number, closing = story.number, _closes(story.number)
    if number % 5 != 4 or number == 0:
        await note(story)
    await write_twice(story)
    await guard(story)
    story.wait(0.5, 5)
    if number % 40 != 10:
        await refer(story, COMPLETED if closing or number == 0 else PATHS[number % len(PATHS)])
    story.wait(5, 60)
    await deliver(story)
    if number % 2:
        await resolve(story, most=1)
    if number % 4 != 3:
        await come_back(story, faithfully=closing)
    if closing:
        await close(story)
        return
    if number % 17 == 3:
        await pause(story)
        return
    if story.center is _C.family_assistance_center and (number % 3 == 0 or number == 0):
        end = _H.accepted if number == 0 else _OFFERS[number // 3 % len(_OFFERS)]
        if await hand_over(story, _C.resiliency_center, end):
            story.wait(10, 80)
            await refer(story, PATHS[(number // 3 + 4) % len(PATHS)])
            await deliver(story)
            await come_back(story)
