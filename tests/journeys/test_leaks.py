"""What somebody who steals a copy finds: nothing of the family in a dump, the files, the write-ahead log or any log.

The journey is walked on a PostgreSQL server of its own, with bad requests in between so that errors have something to
quote; then every sink is searched for the markers, as they are and in the encodings a careless program would use.
"""

import base64
import io
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
import pytest_asyncio

from fac.db import migrating
from fac.db.claims import Login
from fac.db.embedded import Server
from fac.db.programs import child_environment, find_programs
from fac.db.rls.login_roles import hand_to_owner, make_login_roles
from tests import log_lines
from tests.caseloads import jobs
from tests.journeys.following import MARKERS, Following, walk
from tests.world import World, address_of, open_world, password_of

PLANTED = "Plantedmarker"  # in a plain column on purpose: a search that misses it proves nothing


@dataclass(slots=True)
class Sinks:
    """Everything the journey left behind, as bytes."""

    dump: bytes
    files: dict[str, bytes]
    server_log: bytes
    app_log: bytes
    strangers: bytes
    world: World


def spellings(marker: str) -> set[bytes]:
    """Return the marker as it is and as it would look in other encodings."""
    found: set[bytes] = set()
    words = {marker, marker.lower(), marker.upper(), marker.split(maxsplit=1)[0]}
    digits = "".join(filter(str.isdigit, marker))
    if len(digits) > 6:
        words |= {digits, f"+1{digits}"}
    for word in words:
        for data in (word.encode(), word.encode("utf-16-le"), word.encode("utf-16-be")):
            found |= {data, data.hex().encode(), data.hex().upper().encode(), data[::-1]}
        found.add(quote(word).encode())
        for lead in range(3):  # where the word starts among base64's groups of three
            inner = base64.b64encode(b"\0" * lead + word.encode())
            cut = inner[4 if lead else 0 : len(inner) // 4 * 4 - 4]
            found |= {cut, cut.replace(b"+", b"-").replace(b"/", b"_")}
    return {each for each in found if len(each) >= 8}


@pytest.fixture(scope="module")
def app_log() -> Iterator[io.BytesIO]:
    """The process's own log lines."""
    with log_lines.captured() as stream:
        yield stream


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sinks(
    open_folder: Path, app_log: io.BytesIO, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Sinks]:
    chosen = os.environ.get("FAC_PG_BIN")
    server = Server(open_folder / "leaks", programs=Path(chosen) if chosen else None, durable=False)
    with server:
        await make_login_roles(server.dsn(), {login: password_of(server.dsn(), login) for login in Login})
        url = await migrating.create_database(server.dsn(), "leaks")
        assert await hand_to_owner(url)
        await migrating.upgrade(address_of(url, Login.owner))
        heard: list[str] = []

        async def onlooker(way: Following, step: str) -> None:
            for hat in ("stranger", "funder"):
                for name, id in (("Case", way.ids["case"]), ("Person", way.ids["person"])):
                    heard.append((await way.world[hat].post({"documentId": name, "variables": {"id": id}})).text)
            await provoke(way)

        async with open_world(url, tmp_path_factory.mktemp("leaks"), name=PLANTED) as world:
            await walk(world, onlooker)
            await world.fetch("CHECKPOINT")
            dump = dumped(url)
            files = distinct(server.data)
            yield Sinks(dump, files, server.log.read_bytes(), app_log.getvalue(), "".join(heard).encode(), world)
    server.destroy()


async def provoke(way: Following) -> None:
    """Send what is refused at every depth, with the markers in it."""
    hat = way.world["intake"]
    person = {"ref": "p", "givenName": MARKERS["given name"], "spokenLanguage": "en", "phones": [MARKERS["phone"]]}
    for spoilt in (
        {"familyName": f"{MARKERS['family name']}\0"},
        {"address": MARKERS["address"] * 3000},
        {"bornOn": MARKERS["note"]},
        {"gender": MARKERS["note"]},
        {"emails": [MARKERS["email"] * 9]},
        {"needs": [{"code": MARKERS["need detail"], "horizon": "immediate"}]},
        {MARKERS["alias"]: 1},
    ):
        given = {"clientMutationId": str(uuid4()), "language": "en", "persons": [person | spoilt]}
        await hat.post({"documentId": "RecordIntake", "variables": {"input": given}})
    await hat.post({"query": f'{{ person(id: "{MARKERS["given name"]}") {{ {MARKERS["alias"]} }} }}'})
    with pytest.raises(Exception, match="invalid input"):
        await way.world.fetch(f"SELECT '{MARKERS['family name']}'::int")  # a statement that fails


def dumped(url: str) -> bytes:
    chosen = os.environ.get("FAC_PG_BIN")
    programs = find_programs(Path(chosen) if chosen else None)
    done = subprocess.run(
        [programs.path("pg_dump"), "--dbname", url, "--inserts"],
        capture_output=True,
        check=True,
        env=child_environment(),
    )
    return done.stdout


def distinct(folder: Path) -> dict[str, bytes]:
    """Return name and bytes of every file of the server, the same bytes once (as those of the empty databases are)."""
    found = {}
    for each in sorted(readable(folder)):
        found.setdefault(each.read_bytes().rstrip(b"\0"), str(each.relative_to(folder)))
    return {name: content for content, name in found.items()}


def readable(folder: Path) -> Iterator[Path]:
    return (each for each in folder.rglob("*") if each.is_file() and not each.is_socket())


class TestLeaks:
    def test_the_search_finds_what_is_there(self, sinks: Sinks):
        assert PLANTED.encode() in sinks.dump
        assert any(PLANTED.encode() in content for name, content in sinks.files.items() if name.startswith("base/"))
        assert any(PLANTED.encode() in content for name, content in sinks.files.items() if name.startswith("pg_wal/"))
        text = b"xx Larkspurmarker yy"
        for encoded in (text, text.hex().encode(), base64.b64encode(text), "Larkspurmarker".encode("utf-16-le")):
            assert any(each in encoded for each in spellings("Larkspurmarker"))

    @pytest.mark.parametrize("marker", MARKERS)
    def test_a_marker_is_in_no_sink(self, sinks: Sinks, marker: str):
        for spelling in spellings(MARKERS[marker]):
            assert spelling not in sinks.dump
            assert spelling not in sinks.server_log
            assert spelling not in sinks.app_log
            assert spelling not in sinks.strangers
            assert [name for name, content in sinks.files.items() if spelling in content] == []

    async def test_jobs_and_audit_rows_hold_ids_and_words_only(self, sinks: Sinks):
        assert await jobs(sinks.world, "notify.referral_sent")
        rows = await sinks.world.fetch("SELECT args::text AS text FROM procrastinate_jobs")
        audited = await sinks.world.fetch("SELECT detail::text AS text FROM audit_events")
        assert len(audited) > 50
        text = "".join(row["text"] for row in [*rows, *audited])
        assert not [marker for marker in MARKERS.values() if marker in text]
        assert "@" not in text
