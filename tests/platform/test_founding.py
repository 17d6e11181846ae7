"""What is done at the machine itself: an incident founded, its administrator signed in and out."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from fac import arguments, founding
from fac.casework.staff import USUAL_IDLE
from fac.errors import InvalidInput, NotFound, NotSignedIn
from tests.world import World

INCIDENT = founding.Incident(
    "Harbor", "Harbor County", "first@example.org", "First Administrator", "America/Denver", date(2026, 3, 1),
    is_exercise=False,
)  # fmt: skip


async def test_the_first_administrator_founds_signs_in_and_opens_a_center(world: World) -> None:
    founded = await founding.found(world.parts, INCIDENT)
    hat = founding.Hat(founded.incident_id, "First@example.org", founded.administrator.membership_id)
    token = await founding.new_session(world.parts, hat, days=30)
    headers = {"authorization": f"Bearer {token}"}
    seen = await world.http.post("/graphql", json={"documentId": "Incident"}, headers=headers)
    assert seen.json()["data"]["incident"]["name"] == "Harbor"
    assert await founding.end_sessions(world.parts, hat) == 1
    again = await world.http.post("/graphql", json={"documentId": "Incident"}, headers=headers)
    assert again.status_code == 401


async def test_who_administers_no_such_incident_gets_no_session_for_anybody(world: World) -> None:
    founded = await founding.found(world.parts, INCIDENT)
    for incident_id, login in ((uuid4(), "first@example.org"), (founded.incident_id, "second@example.org")):
        hat = founding.Hat(incident_id, login, founded.administrator.membership_id)
        with pytest.raises(NotSignedIn):
            await founding.new_session(world.parts, hat, days=30)


async def test_no_session_for_a_hat_of_another_incident(world: World) -> None:
    founded = await founding.found(world.parts, INCIDENT)
    hat = founding.Hat(founded.incident_id, "first@example.org", world["intake"].membership_id)
    with pytest.raises(NotFound):
        await founding.new_session(world.parts, hat, days=30)


async def test_an_incident_of_tomorrow_is_refused(world: World) -> None:
    tomorrow = founding.Incident(
        "Later", "Later County", "l@example.org", "L", "UTC", world.clock.now.date() + timedelta(days=2), False
    )
    with pytest.raises(InvalidInput):
        await founding.found(world.parts, tomorrow)


def test_the_command_line_understands_it() -> None:
    parser = arguments.build_parser()
    opened = parser.parse_args(
        ["incident", "open", "Harbor", "--lead", "Harbor County", "--administrator", "a@example.org",
         "--administrator-name", "A", "--timezone", "UTC", "--occurred-on", "2026-03-01"]
    )  # fmt: skip
    assert (opened.command, opened.occurred_on, opened.exercise) == ("incident_open", date(2026, 3, 1), False)
    ids = ["--incident", str(UUID(int=1)), "--membership", str(UUID(int=2)), "--as", "a@example.org"]
    issued = parser.parse_args(["session", "issue", *ids])
    assert (issued.command, issued.days, issued.membership) == ("session_issue", 30, UUID(int=2))
    assert timedelta(minutes=issued.idle) == USUAL_IDLE
    for word in ("revoke", "reset-factor"):
        assert parser.parse_args(["session", word, *ids]).command == f"session_{word.replace('-', '_')}"
    with pytest.raises(SystemExit):
        parser.parse_args(["session", "issue", "--incident", "not an id", "--membership", "x", "--as", "a"])
