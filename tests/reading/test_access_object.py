"""``access``: what is empty and what is hidden are told apart, and why it is hidden."""

from typing import Any

from tests.families import new_family
from tests.referring import Referred, accepted, drafted, fac_family
from tests.world import World

PERSON = """
query ($id: ID!) {
  person(id: $id) {
    givenName preferredName phones address ageBand gender access { visible masked { info reason requestable } }
  }
}
"""


async def person(world: World, hat: str, id: str) -> Any:
    body = await world[hat].ask(PERSON, id=id)
    assert "errors" not in body
    return body["data"]["person"]


def masked(found: Any) -> dict[str, tuple[str, bool]]:
    return {each["info"]: (each["reason"], each["requestable"]) for each in found["access"]["masked"]}


class TestAccess:
    async def test_empty_is_visible_and_null(self, world: World):
        family = await new_family(world)
        father = await person(world, "reunification_supervisor", family.persons["father"])
        assert father["preferredName"] is None
        assert father["address"] is None
        assert {"identity", "contact", "demographic"} <= set(father["access"]["visible"])
        assert masked(father) == {}

    async def test_hidden_is_null_and_named_with_its_reason(self, world: World):
        family = await new_family(world)
        mother = await person(world, "privacy_officer", family.persons["mother"])
        assert [mother[name] for name in ("givenName", "phones", "ageBand", "gender")] == [None] * 4
        assert mother["access"]["visible"] == ["outline"]
        assert {"identity", "contact", "preview", "demographic", "substance_use"} == set(masked(mother))
        assert not any(requestable for _, requestable in masked(mother).values())

    async def test_what_a_colleague_does_not_see_an_assignment_would_open(self, world: World):
        family = await fac_family(world)
        mother = await person(world, "fac_manager", family.persons["mother"])
        assert mother["givenName"] is not None
        assert mother["phones"] is None
        assert masked(mother)["contact"] == ("not_in_these_records", True)

    async def test_a_partner_is_told_that_a_release_would_open_it(self, world: World):
        referral = await accepted(world)
        mother = await person(world, "counselor", referral.family.persons["mother"])
        assert mother["givenName"] is not None
        # Said of everybody, so that it tells of nobody whether there is anything.
        assert set(masked(mother)) == {"demographic", "substance_use"}
        preview = await _sent_without_release(world)
        unknown = await person(world, "counselor", preview.family.persons["mother"])
        assert (unknown["givenName"], unknown["ageBand"]) == (None, "age_25_59")
        assert unknown["access"]["visible"] == ["outline", "preview"]
        for info in ("identity", "contact"):
            assert masked(unknown)[info] == ("needs_release", True)
        assert masked(unknown)["demographic"] == ("not_for_your_role", False)

    async def test_classes_the_object_does_not_have_are_not_listed(self, world: World):
        family = await new_family(world)
        body = await world["reunification_supervisor"].ask(
            "query($id: ID!) { case(id: $id) { access { visible masked { info } } } }", id=family.case_id
        )
        assert body["data"]["case"]["access"] == {"visible": ["outline"], "masked": []}


async def _sent_without_release(world: World) -> Referred:
    referral = await drafted(world, await fac_family(world), kind="information_only")
    payload = await referral.send()
    assert payload["isSent"], payload
    return referral
