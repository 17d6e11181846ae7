"""What a person shows under a referral is what the person shows alone: the row at hand only answers sooner."""

from fac.access.policy import load
from fac.domain.vocabulary import Role
from fac.reading.catalog import ROOTS
from fac.reading.plan import compile_plan
from fac.reading.selection import Asked, Variable
from fac.resources import policies_dir
from tests.referring import accepted, drafted, fac_family, released, sent
from tests.world import World

LISTED = "{ referralInbox(first: 100) { nodes { persons { id givenName phones access { visible } } } } }"
ID = Asked("id", "id", (), ())
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


def test_what_bars_a_case_is_asked_once_of_it_and_not_of_each_row_below() -> None:
    fields = ("persons", "needs", "referrals", "followUps")
    below = tuple(
        Asked(name, name, (), (ID,) if name == "persons" else (Asked("nodes", "nodes", (), (ID,)),)) for name in fields
    )
    asked = Asked("case", "case", (("id", Variable("id")),), (ID, *below))
    plan = compile_plan(load(policies_dir()), Role.case_manager, ROOTS["case"], asked, {})
    assert plan is not None
    for table in ("conflict_walls", "involvements"):
        assert plan.statement.sql.count(f"FROM {table} ") + plan.statement.sql.count(f"JOIN {table} ") == 1, table


def test_under_a_row_that_was_not_let_through_it_is_asked_again() -> None:
    case = Asked("case", "case", (), (ID, Asked("persons", "persons", (), (ID,))))
    asked = Asked("referral", "referral", (("id", Variable("id")),), (ID, case))
    plan = compile_plan(load(policies_dir()), Role.case_manager, ROOTS["referral"], asked, {})
    assert plan is not None
    barred_by = plan.statement.sql.count("FROM conflict_walls ")
    assert barred_by >= 2, "the referral's own case and the persons of the case beside it"
