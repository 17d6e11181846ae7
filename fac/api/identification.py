"""Identifications and death notifications in the schema.

Never: hold a rule, or lead from what a family's center reads to what the medical examiner knows.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of
from fac.api.field import Access, Connection, by_id, field, given, mutation, mutation_key, page
from fac.api.problems import Refusals
from fac.casework import identification
from fac.domain.vocabulary import IdentificationMethod, IdentificationStatus, NotificationManner, NotificationTeam

if TYPE_CHECKING:
    from fac.api.person_of_concern import PersonOfConcern
    from fac.api.staff import Membership


@strawberry.type(
    description="What the medical examiner or law enforcement knows of somebody who is looked for. "
    "The liaison's alone; a family's center learns of a death with the notification."
)
class Identification:
    """What the medical examiner or law enforcement knows of somebody who is looked for."""

    id: strawberry.ID = field("Opaque id.")
    status: IdentificationStatus = field("How far it is.")
    method: IdentificationMethod | None = field("By what the person was identified.")
    opened_at: datetime = field("When it began.")
    confirmed_at: datetime | None = field("When it was confirmed.")
    withdrawn_at: datetime | None = field("When it was withdrawn: it was somebody else.")
    version: int = field("Version, for changes.")
    opened_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who began it.")
    confirmed_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who confirmed it.")
    searches: list[Annotated[PersonOfConcern, strawberry.lazy("fac.api.person_of_concern")]] = field(
        "The families' searches for this person."
    )
    notifications: list[DeathNotification] = field("Which of the families were told, first first.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="That a family was told of a death. Recorded, never performed, by software.")
class DeathNotification:
    """That a family was told of a death."""

    id: strawberry.ID = field("Opaque id.")
    team: NotificationTeam = field("Who told the family.")
    manner: NotificationManner = field("How it was told.")
    advocate_present: bool = field("Whether an advocate was with the family.")
    notified_at: datetime = field("When it was told.")
    recorded_at: datetime = field("When it was recorded.")
    person_of_concern: Annotated[PersonOfConcern, strawberry.lazy("fac.api.person_of_concern")] | None = field(
        "Whom the family looked for."
    )
    recorded_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who recorded it.")
    access: Access = field("What of this row you may see.")


@strawberry.input(description="Whose search an identification begins with.")
class OpenIdentificationInput:
    """Whose search an identification begins with."""

    client_mutation_id: UUID = mutation_key()
    person_of_concern_id: strawberry.ID = given("A family's search.")


@strawberry.type(description="The identification has begun; no center sees it.")
class IdentificationOpened:
    """The identification has begun."""

    identification: Identification = field("The identification.")


@strawberry.input(description="Another family's search for the same person.")
class JoinIdentificationInput:
    """Another family's search for the same person."""

    client_mutation_id: UUID = mutation_key()
    identification_id: strawberry.ID = given("Which identification.")
    person_of_concern_id: strawberry.ID = given("The other family's search.")


@strawberry.type(description="The search belongs to the identification; no family learns of the other.")
class IdentificationJoined:
    """The search belongs to the identification."""

    identification: Identification = field("The identification.")


@strawberry.input(description="That and by what somebody was identified.")
class ConfirmIdentificationInput:
    """That and by what somebody was identified."""

    client_mutation_id: UUID = mutation_key()
    identification_id: strawberry.ID = given("Which identification.")
    version: int = given("The version you read.")
    method: IdentificationMethod = given("By what the person was identified.")


@strawberry.type(description="The death is confirmed; each family's center learns of it when that family was told.")
class IdentificationConfirmed:
    """The death is confirmed."""

    identification: Identification = field("The identification.")


@strawberry.input(description="An identification that was somebody else's.")
class WithdrawIdentificationInput:
    """An identification that was somebody else's."""

    client_mutation_id: UUID = mutation_key()
    identification_id: strawberry.ID = given("Which identification.")
    version: int = given("The version you read.")


@strawberry.type(description="The identification is withdrawn; its searches may be matched anew.")
class IdentificationWithdrawn:
    """The identification is withdrawn."""

    identification: Identification = field("The identification.")


@strawberry.input(description="That one family was told of a death.")
class RecordDeathNotificationInput:
    """That one family was told of a death."""

    client_mutation_id: UUID = mutation_key()
    identification_id: strawberry.ID = given("Which identification; a confirmed one.")
    person_of_concern_id: strawberry.ID = given("The search of the family that was told.")
    team: NotificationTeam = given("Who told the family.")
    manner: NotificationManner = given("How it was told.")
    advocate_present: bool = given("Whether an advocate was with the family.")
    notified_at: datetime = given("When it was told.")


@strawberry.type(description="The family was told, and its center knows from now on.")
class DeathNotificationRecorded:
    """The family was told."""

    death_notification: DeathNotification = field("When, by whom, how.")


OpenIdentificationResult = Annotated[
    IdentificationOpened | Refusals,
    strawberry.union("OpenIdentificationResult", description="What came of openIdentification."),
]
JoinIdentificationResult = Annotated[
    IdentificationJoined | Refusals,
    strawberry.union("JoinIdentificationResult", description="What came of joinIdentification."),
]
ConfirmIdentificationResult = Annotated[
    IdentificationConfirmed | Refusals,
    strawberry.union("ConfirmIdentificationResult", description="What came of confirmIdentification."),
]
WithdrawIdentificationResult = Annotated[
    IdentificationWithdrawn | Refusals,
    strawberry.union("WithdrawIdentificationResult", description="What came of withdrawIdentification."),
]
RecordDeathNotificationResult = Annotated[
    DeathNotificationRecorded | Refusals,
    strawberry.union("RecordDeathNotificationResult", description="What came of recordDeathNotification."),
]


@strawberry.type
class IdentificationQueries:
    """Queries of this room."""

    identification: Identification | None = by_id("One identification; the liaison's alone.")
    identifications: Connection[Identification] = page(
        "Identifications, newest first; the liaison's alone.", status=(IdentificationStatus, "Only in this state.")
    )


@strawberry.type
class IdentificationMutations:
    """Mutations of this room."""

    @mutation("Begin to identify somebody whom a family looks for; the liaison's alone.")
    async def open_identification(
        self, info: strawberry.Info, input: OpenIdentificationInput
    ) -> OpenIdentificationResult:
        """Begin to identify somebody whom a family looks for."""
        return await act(
            info,
            input,
            IdentificationOpened,
            lambda work: identification.open_identification(
                work, id_of(work, input.person_of_concern_id, "PersonOfConcern")
            ),
        )

    @mutation("Join another family's search for the same person to an identification.")
    async def join_identification(
        self, info: strawberry.Info, input: JoinIdentificationInput
    ) -> JoinIdentificationResult:
        """Join another family's search for the same person to an identification."""
        return await act(
            info,
            input,
            IdentificationJoined,
            lambda work: identification.join_identification(
                work,
                id_of(work, input.identification_id, "Identification"),
                concern_id=id_of(work, input.person_of_concern_id, "PersonOfConcern"),
            ),
        )

    @mutation("Record that the medical examiner confirmed who died.")
    async def confirm_identification(
        self, info: strawberry.Info, input: ConfirmIdentificationInput
    ) -> ConfirmIdentificationResult:
        """Record that the medical examiner confirmed who died."""
        return await act(
            info,
            input,
            IdentificationConfirmed,
            lambda work: identification.confirm_identification(
                work,
                id_of(work, input.identification_id, "Identification"),
                version=input.version,
                method=input.method,
            ),
        )

    @mutation("Withdraw an identification: it was somebody else. Not once a family was told.")
    async def withdraw_identification(
        self, info: strawberry.Info, input: WithdrawIdentificationInput
    ) -> WithdrawIdentificationResult:
        """Withdraw an identification: it was somebody else."""
        return await act(
            info,
            input,
            IdentificationWithdrawn,
            lambda work: identification.withdraw_identification(
                work, id_of(work, input.identification_id, "Identification"), version=input.version
            ),
        )

    @mutation("Record that one family was told of a death; its center knows from now on.")
    async def record_death_notification(
        self, info: strawberry.Info, input: RecordDeathNotificationInput
    ) -> RecordDeathNotificationResult:
        """Record that one family was told of a death."""
        return await act(
            info,
            input,
            DeathNotificationRecorded,
            lambda work: identification.record_death_notification(
                work,
                id_of(work, input.identification_id, "Identification"),
                concern_id=id_of(work, input.person_of_concern_id, "PersonOfConcern"),
                team=input.team,
                manner=input.manner,
                advocate_present=input.advocate_present,
                notified_at=input.notified_at,
            ),
        )
