"""``fac keys shred`` and ``fac keys hold`` as a person types them: they ask as whoever a token belongs to."""

import asyncio
import io
import os
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest

from fac import app, logs
from fac.cli import main
from tests.caseloads import assert_nothing_personal, audit_of, carried_family
from tests.casework.test_erasure import approve, looked_at
from tests.world import World, keep_passwords

Fac = Callable[..., Awaitable[tuple[int, str, str]]]


def kept_token(world: World, hat: str) -> Path:
    """Write a hat's token into a file and return it."""
    path = world.folder / f"{hat}.token"
    path.write_text(world[hat].token)
    return path


@pytest.fixture(scope="module", autouse=True)
def policy_compiled_once() -> Iterator[None]:
    """Every command compiles the policy anew, which takes longer than all else it does here."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(app, "read_packaged", cache(app.read_packaged))
        yield


@pytest.fixture
def fac(world: World, database_url: str) -> Fac:
    """Run ``fac keys WORDS`` as a hat, beside this loop, and return its exit code and what it wrote."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("FAC_")} | {
        "FAC_SKIP_SETUP": "1", "FAC_ENV": "test", "FAC_DATA": str(world.folder),
        "FAC_ROOT_KEY_FILE": str(world.folder / "root.keys"),
    } | keep_passwords(database_url, world.folder / "passwords")  # fmt: skip

    async def run(hat: str, *words: str) -> tuple[int, str, str]:
        token = kept_token(world, hat)
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        try:
            with patch.dict(os.environ, environ, clear=True), redirect_stdout(out), redirect_stderr(err):
                code = await asyncio.to_thread(main, ["keys", *words, "--token-file", str(token)])
        finally:
            logs.configure()
        return code, *(each.buffer.getvalue().decode() for each in (out, err))  # type: ignore[attr-defined]  # BytesIO

    return run


class TestShred:
    async def test_a_stranger_and_who_runs_the_system_find_nobody(self, world: World, fac: Fac):
        family = await carried_family(world)
        for hat in ("stranger", "administrator"):
            code, out, err = await fac(hat, "shred", family.persons["mother"])
            assert (code, out) == (1, "")
            assert "no such record" in err
            assert_nothing_personal(err)

    async def test_proposes_and_erases_nothing_until_another_approves(self, world: World, fac: Fac):
        family = await carried_family(world)
        mother = family.persons["mother"]
        code, out, err = await fac("privacy_officer", "shred", mother, "--reason", "court_order", "--case-words")
        assert code == 0, err
        erasure_id = out.split()[2].rstrip(",")
        assert (await looked_at(world, mother))["phones"]
        (event,) = await audit_of(world, "erasure.proposed", erasure_id)
        assert event["membership_id"] == world["privacy_officer"].membership_id
        assert (await approve(world, erasure_id))["problems"][0]["problem"] == "own_proposal"
        again, _, err = await fac("fac_supervisor", "shred", mother)
        assert again == 1
        assert "has changed" in err


class TestHold:
    async def test_stands_in_the_way_until_it_is_lifted(self, world: World, fac: Fac):
        family = await carried_family(world)
        mother = family.persons["mother"]
        code, out, err = await fac("fac_supervisor", "shred", mother)
        assert code == 0, err
        erasure_id = out.split()[2].rstrip(",")
        code, _, err = await fac("fac_manager", "hold", "place", "--person", mother, "--reason", "audit")
        assert (code, "does not allow" in err) == (1, True)
        code, out, err = await fac("fac_supervisor", "hold", "place", "--person", mother, "--reason", "litigation")
        assert code == 0, err
        hold_id = out.split()[-1]
        payload = await world["fac_supervisor"].do("PlaceLegalHold", caseId=family.case_id, reason="audit")
        assert payload["__typename"] == "LegalHoldPlaced"
        code, listed, _ = await fac("privacy_officer", "hold", "list")
        assert "everybody in case " in listed
        assert re.search(rf"^{hold_id} litigation since 20\d\d-\d\d-\d\d: person {mother}$", listed, re.MULTILINE)
        assert_nothing_personal(listed)
        assert (await approve(world, erasure_id))["state"] == "on_hold"
        code, out, err = await fac("privacy_officer", "hold", "lift", hold_id)
        assert code == 0, err
        await world["fac_supervisor"].do("LiftLegalHold", legalHoldId=payload["legalHold"]["id"], version=1)
        assert (await approve(world, erasure_id))["__typename"] == "ErasureCarriedOut"
