"""A ciphertext that is not the row's own does not open, is audited, and does not break the rest of the answer."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.caseloads import raw
from tests.families import Family, new_family
from tests.world import World

SWAP = """
UPDATE persons p SET identity = other.identity FROM persons other
WHERE p.id = ANY($1::uuid[]) AND other.id = ANY($1::uuid[]) AND p.id <> other.id
"""
FLIP = """
UPDATE persons SET contact = set_byte(contact, length(contact) - 3, get_byte(contact, length(contact) - 3) # 1)
WHERE id = $1
"""
LOSE = "DELETE FROM data_keys WHERE subject_id = $1 AND info = 3"  # identity
CROSS = "UPDATE persons SET contact = identity WHERE id = $1"
TRUNCATE = "UPDATE persons SET identity = substring(identity FROM 1 FOR 20) WHERE id = $1"
IDENTITY = ("givenName", "familyName", "preferredName", "bornOn", "isBirthDateEstimated")
CONTACT = ("phones", "emails", "address", "safeChannels", "bestTimes", "topicsToAvoid")

Damage = Callable[[World, Family], Awaitable[None]]


async def swapped(world: World, family: Family) -> None:
    await world.fetch(SWAP, [raw(family.persons["mother"]), raw(family.persons["father"])])


def of_the_mother(sql: str) -> Damage:
    async def damage(world: World, family: Family) -> None:
        await world.fetch(sql, raw(family.persons["mother"]))

    return damage


async def case_of(world: World, family: Family, hat: str = "reunification_supervisor") -> tuple[Any, Any]:
    """Return the case by its persons' refs, and the errors, as ``hat`` reads it."""
    response = await world[hat].post({"documentId": "Case", "variables": {"id": family.case_id}})
    assert response.status_code == 200
    body = response.json()
    return body["data"]["case"], body.get("errors", [])


async def unreadable_events(world: World, family: Family, ref: str) -> list[Any]:
    found = await world.fetch(
        "SELECT record, classes, subjects, detail FROM audit_events WHERE event = 'seal.unreadable' AND record_id = $1",
        raw(family.persons[ref]),
    )
    return list(found)


@pytest.mark.parametrize(
    ("damage", "hurt", "lost", "info"),
    [
        pytest.param(swapped, ("mother", "father"), IDENTITY, "identity", id="swapped between two persons"),
        pytest.param(of_the_mother(FLIP), ("mother",), CONTACT, "contact", id="one bit flipped"),
        pytest.param(of_the_mother(LOSE), ("mother",), IDENTITY, "identity", id="its key deleted"),
        pytest.param(of_the_mother(CROSS), ("mother",), CONTACT, "contact", id="put into another column"),
        pytest.param(of_the_mother(TRUNCATE), ("mother",), IDENTITY, "identity", id="cut short"),
    ],
)
async def test_only_the_hurt_fields_are_missing_and_the_reader_is_told(
    world: World, damage: Damage, hurt: tuple[str, ...], lost: tuple[str, ...], info: str
):
    family = await new_family(world)
    before, errors = await case_of(world, family)
    assert errors == []
    await damage(world, family)
    after, errors = await case_of(world, family)

    hurt_ids = {family.persons[ref] for ref in hurt}
    assert [(each["extensions"]["code"], each["extensions"]["info"]) for each in errors] == [
        ("sealed_unreadable", info)
    ] * len(hurt)
    for was, now in zip(before["persons"], after["persons"], strict=True):
        if was["id"] not in hurt_ids:
            assert now == was
            continue
        assert [now[name] for name in lost] == [None] * len(lost)
        assert {"info": info, "reason": "unreadable", "requestable": False} in now["access"]["masked"]
        assert info not in now["access"]["visible"]
        kept = set(now) - set(lost) - {"access"}
        assert {name: now[name] for name in kept} == {name: was[name] for name in kept}
    assert {name: value for name, value in after.items() if name != "persons"} == {
        name: value for name, value in before.items() if name != "persons"
    }
    for ref in hurt:
        (event,) = await unreadable_events(world, family, ref)
        assert event["record"] == "persons"
        assert event["subjects"] == [raw(family.persons[ref])]
        assert event["detail"] == {"info": info}


async def test_who_may_not_see_the_class_learns_nothing_of_the_damage(world: World):
    family = await new_family(world)
    await swapped(world, family)
    case, errors = await case_of(world, family, "privacy_officer")
    assert errors == []
    assert all(person["givenName"] is None for person in case["persons"])
    assert not any(each["reason"] == "unreadable" for person in case["persons"] for each in person["access"]["masked"])
    assert await unreadable_events(world, family, "mother") == []


async def test_a_bundle_copied_from_another_family_does_not_open_with_its_key_copied_too(world: World):
    victim, attacker = await new_family(world, tag="Garnetmarker"), await new_family(world)
    theirs, ours = raw(victim.persons["mother"]), raw(attacker.persons["mother"])
    await world.fetch(
        "UPDATE persons SET identity = v.identity FROM persons v WHERE persons.id = $1 AND v.id = $2", ours, theirs
    )
    await world.fetch(
        "UPDATE data_keys k SET wrapped = v.wrapped, version = v.version, epoch = v.epoch FROM data_keys v"
        " WHERE k.subject_id = $1 AND v.subject_id = $2 AND k.info = v.info",
        ours, theirs,
    )  # fmt: skip
    response = await world["reunification_supervisor"].post(
        {"documentId": "Person", "variables": {"id": attacker.persons["mother"]}}
    )
    assert "Garnetmarker" not in response.text
    assert response.json()["data"]["person"]["givenName"] is None
    assert {each["extensions"]["code"] for each in response.json()["errors"]} == {"sealed_unreadable"}
