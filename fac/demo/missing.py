"""Whom families of the demonstration look for, how it ends, and children who leave with somebody who may take them.

Chosen by the family's number alone, so that nothing else of its story changes; seven families show every end.
Never: let the center know of a death before the liaison has recorded that the family was told.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from fac.casework.concern_form import ConcernForm
from fac.casework.identification import confirm_identification, open_identification, record_death_notification
from fac.casework.person_of_concern import (
    locate_person_of_concern,
    report_person_of_concern,
    withdraw_person_of_concern,
)
from fac.casework.reunification import Check, begin_reunification, confirm_reunification
from fac.demo.directory import LIAISON
from fac.demo.story import Story
from fac.domain.vocabulary import (
    CenterKind,
    ConcernStatus,
    IdentificationMethod,
    IdentificationStatus,
    KinCode,
    NotificationManner,
    NotificationTeam,
    Role,
    SignatureKind,
)

_ENDS: Final = (*ConcernStatus, *(each for each in IdentificationStatus if each is not IdentificationStatus.withdrawn))
_SOUGHT: Final = (
    ("Casimir", "Thornquist", "Grey coat, a limp on the left side."),
    ("Ximena", "Arrizabal", "Red scarf, short hair."),
    ("Osgood", "Pellerin", "Glasses, a blue rucksack."),
    ("Itziar", "Belaunde", "A small anchor tattooed on the wrist."),
)
_CHECKED: Final = Check(photo_id_matched=True, authority_checked=True, signature=SignatureKind.on_paper)


async def look_for(story: Story) -> None:
    """Some families look for somebody; nobody whose case is closed in the end."""
    if story.number % 6 != 1 or story.number % 11 == 5:
        return
    search = await _report(story)
    end = _ENDS[story.number // 6 % len(_ENDS)]
    match end:
        case ConcernStatus.located_safe | ConcernStatus.located_hospitalized:
            await story.act(
                story.keeper, "locatePersonOfConcern", locate_person_of_concern, search, version=1, status=end
            )
        case ConcernStatus.withdrawn_duplicate:
            again = await _report(story)
            await story.act(
                story.keeper, "withdrawPersonOfConcern", withdraw_person_of_concern, again, version=1,
                duplicate_of_id=search,
            )  # fmt: skip
        case ConcernStatus.reported_unaccounted:
            return
        case _:
            await _identify(story, search, end)


async def pick_up(story: Story) -> None:
    """A minor leaves the reunification center with the guardian, checked by two workers."""
    if story.center is not CenterKind.reunification_center or not story.family.minors:
        return
    first, second = story.directory.staff(CenterKind.reunification_center, Role.reunification_worker)[:2]
    child, adult = story.persons[story.family.minors[0]], story.persons[story.family.guardian]
    begun = await story.act(
        first, "beginReunification", begin_reunification, child, picked_up_by_id=adult, check=_CHECKED
    )
    if story.number % 3 != 2:  # somebody still waits for the second check
        await story.act(second, "confirmReunification", confirm_reunification, begun, check=_CHECKED)


async def _report(story: Story) -> UUID:
    given, family, description = _SOUGHT[story.number // 6 % len(_SOUGHT)]
    form = ConcernForm(given_name=given, family_name=family, description=description, last_seen="By the east gate.")
    return await story.act(
        story.keeper, "reportPersonOfConcern", report_person_of_concern, story.case_id,
        reporter_id=next(iter(story.persons.values())), kin=KinCode.sibling, form=form,
    )  # fmt: skip


async def _identify(story: Story, search: UUID, end: ConcernStatus | IdentificationStatus) -> None:
    liaison = story.directory.hats[LIAISON]
    identification = await story.act(liaison, "openIdentification", open_identification, search)
    if end is IdentificationStatus.identity_pending:
        return
    await story.act(
        liaison, "confirmIdentification", confirm_identification, identification, version=1,
        method=IdentificationMethod.dental,
    )  # fmt: skip
    if end is ConcernStatus.notified:
        await story.act(
            liaison, "recordDeathNotification", record_death_notification, identification, concern_id=search,
            team=NotificationTeam.joint, manner=NotificationManner.in_person, advocate_present=True,
            notified_at=min(story.at, story.now) - timedelta(minutes=30),
        )  # fmt: skip
