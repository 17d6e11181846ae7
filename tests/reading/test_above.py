"""What a person shows under a referral is what the person shows alone: the referral at hand only answers sooner."""

from tests.referring import accepted, drafted, fac_family, released, sent
from tests.world import World

LISTED = "{ referralInbox(first: 100) { nodes { persons { id givenName phones access { visible } } } } }"
ALONE = "query($id: ID!) { person(id: $id) { id givenName phones access { visible } } }"


async def test_a_person_shows_the_same_under_a_referral_and_alone(world: World) -> None:
    await sent(world)
    await accepted(world)
    two_purposes = await fac_family(world)
    await released(world, two_purposes, purpose="care_coordination")
    await accepted(world, two_purposes)
    unreleased = await fac_family(world)
    await (await drafted(world, unreleased, kind="warm")).send()
    declined = await sent(world)
    await declined.step("DeclineReferral", reason="no_capacity")
    shown = 0
    for hat in ("counselor", "stranger", "fac_supervisor"):
        listed = (await world[hat].ask(LISTED))["data"]["referralInbox"]["nodes"]
        for person in [each for node in listed for each in node["persons"]]:
            alone = (await world[hat].ask(ALONE, id=person["id"]))["data"]["person"]
            assert person == alone
            shown += 1
    assert shown >= 8
