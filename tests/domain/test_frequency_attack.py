"""A public list of names tells nobody from a dump: counts of tokens give hardly anything away, nor does their order."""

from pathlib import Path

import pytest
import pytest_asyncio

from benchmarks.matching.county import COMMON_SURNAMES, FAMILY, POSTCODES
from benchmarks.matching.frequency import compounds, expected_compounds, single_surnames
from benchmarks.matching.stolen import Truth, dump, fill
from benchmarks.matching.thief import Loot, judge
from fac.access.actor import Actor
from fac.casework import indexing
from fac.domain.identity import Told, profile
from fac.jobs.mixing import mix_postings
from tests.world import World, open_world

PEOPLE = 5_000
FAMILIES = 150


class TestFrequencyAttack:
    @pytest.mark.parametrize("with_codes", [False, True], ids=["names", "names and where people live"])
    def test_public_lists_recover_next_to_nobody(self, with_codes: bool) -> None:
        found = compounds(PEOPLE, with_codes=with_codes)
        assert found.people <= 0.001
        assert found.postings <= 0.001

    def test_the_attack_is_one_that_works_on_what_is_never_kept(self) -> None:
        assert single_surnames(PEOPLE).people > 0.01


async def desk(world: World) -> Actor:
    """Who receives families at the center of this world."""
    (hat,) = await world.fetch("SELECT * FROM memberships WHERE id = $1", world["fac_intake"].membership_id)
    own = hat["organization_id"], hat["center_id"]
    return Actor(world.incident_id, hat["id"], hat["account_id"], None, world["fac_intake"].role, *own)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def recorded(world: World) -> Truth:
    """Families of a county, recorded by the product's own verb."""
    return await fill(world.parts, await desk(world), FAMILIES)


def single_facts(facts: Told) -> list[str]:
    """What the product never keeps: a name by itself, a postal code by itself."""
    known = profile(facts)
    return [f"name:{name}" for name in known.family[:1]] + [f"code:{known.postal_code}"]


def expected_facts(size: int) -> list[tuple[float, str]]:
    """How often each should occur among so many people."""
    names = (
        (share * COMMON_SURNAMES, f"name:{name.lower()}")
        for name, share in zip(FAMILY.names, FAMILY.shares, strict=True)
    )
    codes = ((share / sum(POSTCODES.values()), f"code:{code}") for code, share in POSTCODES.items())
    return [(size * share, term) for share, term in (*names, *codes)]


class TestDump:
    """The same attack on what a thief really has: pg_dump of a database that real intakes filled."""

    @staticmethod
    def loot(url: str, folder: Path, truth: Truth) -> Loot:
        dump(url, folder / "dump.sql")
        return Loot.read(folder / "dump.sql", truth.incident_id)

    async def test_it_recognises_next_to_nobody_and_sets_nothing_beside_a_case(
        self, world: World, recorded: Truth, database_url: str, tmp_path: Path
    ) -> None:
        expected, index = list(expected_compounds(len(recorded.people), with_codes=True)), world.parts.tools.blind_index
        fresh = judge(self.loot(database_url, tmp_path, recorded), expected, recorded, index)
        assert fresh.beside > 0.8  # what lies together was written together, and the thief sees it
        assert fresh.placed > 0.05
        assert await mix_postings(world.parts.database) > 2_000
        found = judge(self.loot(database_url, tmp_path, recorded), expected, recorded, index)
        assert max(found.beside, found.beside_by_id) < 0.03  # by chance one in a hundred
        assert found.placed < 0.03
        assert max(found.postings, found.by_family, found.people, found.by_family_people, found.named) <= 0.001
        assert found.odd_length < 0.01

    async def test_an_index_of_single_facts_would_fall(
        self, world: World, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(indexing, "match_terms", single_facts)
        async with open_world(database_url, world.folder, name="weak") as weak:
            truth = await fill(weak.parts, await desk(weak), FAMILIES)
        expected = expected_facts(len(truth.people))
        loot = self.loot(database_url, tmp_path, truth)
        found = judge(loot, expected, truth, world.parts.tools.blind_index, single_facts)
        assert found.postings > 0.01
        assert found.people > 0.01
