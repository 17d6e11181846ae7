"""The edge by the rules of GraphQL over HTTP: what is refused, how fast, and that a refusal repeats nothing."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from fac import app
from fac.access.login import new_token
from fac.api import budget, endpoint, execute, refused
from fac.api.endpoint import MOST_BODY
from fac.api.refused import MOST_LINES
from fac.api.variables import MOST_TOLD
from fac.domain.vocabulary import Role
from tests.families import family_form
from tests.world import World

MARKER = "Zebulonmarker"
VIEWER = "{ viewer { id role } }"
RESPONSE_TYPE = "application/graphql-response+json"


@asynccontextmanager
async def served(world: World, *, free_documents: bool) -> AsyncIterator[World]:
    """Open the same incident behind an application without introspection."""
    parts = replace(world.parts, free_documents=free_documents, introspection=False)
    transport = httpx.ASGITransport(app=app.make_application(parts))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        other = replace(world, http=http, parts=parts)
        other.hats = {name: replace(hat, world=other) for name, hat in world.hats.items()}
        yield other


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(world: World) -> AsyncIterator[World]:
    """The incident as production serves it: trusted documents only."""
    async with served(world, free_documents=False) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def closed_book(world: World) -> AsyncIterator[World]:
    """An application that takes free documents and tells nothing of the schema."""
    async with served(world, free_documents=True) as opened:
        yield opened


async def send(world: World, content: bytes | str | None = None, *, method: str = "POST", **headers: str) -> Any:
    given = {"authorization": f"Bearer {world['fac_manager'].token}", "content-type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return await world.http.request(method, "/graphql", content=content, headers=given)


async def ask(world: World, query: str, **more: Any) -> httpx.Response:
    return await send(world, orjson.dumps({"query": query} | more))


def code_of(response: httpx.Response) -> str:
    """Return the one error's code, having checked the form that every refusal has."""
    body = response.json()
    assert set(body) == {"errors"}
    (error,) = body["errors"]
    assert set(error) == {"message", "extensions"}
    assert error["extensions"]["correlationId"] == response.headers["x-correlation-id"]
    return str(error["extensions"]["code"])


class TestTransport:
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
    async def test_only_post_is_answered(self, house: World, method: str):
        response = await send(house, method=method)
        assert (response.status_code, code_of(response)) == (405, "method_not_allowed")
        assert response.headers["allow"] == "POST"

    async def test_a_query_in_the_address_is_not_answered(self, world: World):
        assert (await world.http.get("/graphql", params={"query": VIEWER})).status_code == 405

    @pytest.mark.parametrize(
        "content_type",
        ["text/plain", "application/graphql", "multipart/form-data; boundary=x", "", "application/jsonp"],
    )
    async def test_another_media_type_is_not_read(self, house: World, content_type: str):
        response = await send(house, b"{}", content_type=content_type)
        assert (response.status_code, code_of(response)) == (415, "unsupported_media_type")

    async def test_a_charset_beside_the_media_type_is_fine(self, world: World):
        body = orjson.dumps({"query": VIEWER})
        assert (await send(world, body, content_type="Application/JSON; charset=utf-8")).status_code == 200

    @pytest.mark.parametrize(
        ("accept", "status", "answered"),
        [
            (RESPONSE_TYPE, 200, RESPONSE_TYPE),
            ("application/json", 200, "application/json"),
            ("*/*", 200, "application/json"),
            ("application/*", 200, "application/json"),
            (f"application/json;q=0.5, {RESPONSE_TYPE}", 200, RESPONSE_TYPE),
            (f"{RESPONSE_TYPE}, application/json", 200, RESPONSE_TYPE),
            (f"Application/JSON ; charset=utf-8 ; Q=0.9, {RESPONSE_TYPE};q=0.8", 200, "application/json"),
            (f"{RESPONSE_TYPE};q=0.5, */*", 200, "application/json"),
            (f"{RESPONSE_TYPE}, */*", 200, RESPONSE_TYPE),
            ("*/*, application/json;q=0", 200, RESPONSE_TYPE),
            ("text/html, application/*;q=0.001", 200, "application/json"),
            ("application/json;q=0", 406, "application/json"),
            (f"*/*;q=0.000, {RESPONSE_TYPE};q=0", 406, "application/json"),
            ("*/*, application/*;q=0", 406, "application/json"),
            ("application/json;q=high", 406, "application/json"),
            ("application/jsonp", 406, "application/json"),
            ("text/html", 406, "application/json"),
            ("image/*", 406, "application/json"),
        ],
    )
    async def test_the_answer_comes_in_the_media_type_asked_for(
        self, world: World, accept: str, status: int, answered: str
    ):
        response = await send(world, orjson.dumps({"query": VIEWER}), accept=accept)
        assert response.status_code == status
        assert response.headers["content-type"] == f"{answered}; charset=utf-8"

    async def test_what_is_answered_is_not_kept_nor_guessed_at(self, world: World):
        first, second = await ask(world, VIEWER), await ask(world, VIEWER)
        for response in (first, second):
            assert response.headers["cache-control"] == "no-store"
            assert response.headers["x-content-type-options"] == "nosniff"
            assert response.headers["cross-origin-resource-policy"] == "same-origin"
        assert first.headers["x-correlation-id"] != second.headers["x-correlation-id"]

    async def test_a_correlation_id_from_outside_is_not_taken_over(self, world: World):
        response = await send(world, orjson.dumps({"query": VIEWER}), x_correlation_id=MARKER)
        assert MARKER not in str(response.headers)

    async def test_a_body_over_the_limit_is_not_read_to_its_end(self, world: World):
        response = await send(world, b'{"query":"' + b" " * MOST_BODY + b'"}')
        assert (response.status_code, code_of(response)) == (413, "request_too_large")

    async def test_nor_one_that_hides_its_length(self, world: World):
        read = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal read
            for _ in range(1000):
                read += 16 * 1024
                yield b" " * 16 * 1024

        response = await world.http.post(
            "/graphql",
            content=endless(),
            headers={"content-type": "application/json", "authorization": f"Bearer {world['fac_manager'].token}"},
        )
        assert (response.status_code, code_of(response)) == (413, "request_too_large")


class TestRequest:
    @pytest.mark.parametrize(
        "content",
        [
            b"", b"{", b"null", b"7", b'"x"', b"[]", b'[{"documentId":"Cases"}]', b"{}", b'{"query":7}', b"\xff\xfe{}",
            b'{"query":"\\ud800"}', b'{"documentId":"Cases","variables":[]}', b'{"documentId":"Cases","variables":"x"}',
            b'{"documentId":"Cases","operationName":7}', b'{"documentId":null}', b"[" * 100_000,
            b'{"variables":' + b"[" * 50_000 + b"]" * 50_000 + b"}", b'{"query":NaN}',
        ],
    )  # fmt: skip
    async def test_what_is_no_request_is_malformed(self, world: World, content: bytes):
        response = await send(world, content)
        assert (response.status_code, code_of(response)) == (400, "malformed_request")

    async def test_an_unknown_document_is_not_found(self, house: World):
        for name in (MARKER, "", "../Cases", "cases", "Cases.graphql", "Cases\0"):
            response = await send(house, orjson.dumps({"documentId": name}))
            assert (response.status_code, code_of(response)) == (404, "document_refused")
            assert MARKER not in response.text

    async def test_free_documents_are_refused_before_they_are_read(self, house: World):
        response = await ask(house, "{" * 100_000)
        assert (response.status_code, code_of(response)) == (403, "free_documents_refused")

    async def test_a_document_of_several_operations_needs_a_name(self, world: World):
        both = "query One { viewer { id } } query Two { viewer { role } }"
        assert (await ask(world, both, operationName="Two")).json()["data"]["viewer"] == {"role": "case_manager"}
        for name in (None, "Three", ""):
            response = await ask(world, both, operationName=name)
            assert (response.status_code, code_of(response)) == (400, "document_refused")

    async def test_a_trusted_document_takes_its_own_name_only(self, house: World):
        named = orjson.dumps({"documentId": "Caseload", "operationName": "Caseload"})
        other = orjson.dumps({"documentId": "Caseload", "operationName": "Cases"})
        assert (await send(house, named)).status_code == 200
        assert (await send(house, other)).status_code == 400

    @pytest.mark.parametrize(
        "authorization", ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer x", "Bearer \xff\xfe", "Bearer " + "A" * 64]
    )
    async def test_without_a_live_session_every_request_gets_one_answer(self, house: World, authorization: str):
        said = set()
        for content in (
            orjson.dumps({"documentId": "Cases"}),
            orjson.dumps({"documentId": MARKER}),
            orjson.dumps({"query": VIEWER}),
            orjson.dumps({"documentId": "AddNeed", "variables": {"input": {"detail": MARKER}}}),
        ):
            response = await house.http.post(
                "/graphql",
                content=content,
                headers=[(b"content-type", b"application/json"), (b"authorization", authorization.encode("latin-1"))],
            )
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == "Bearer"
            assert code_of(response) == "not_signed_in"
            said.add(response.json()["errors"][0]["message"])
        assert len(said) == 1

    async def test_who_tries_tokens_is_seen_in_the_log_and_does_not_fill_it(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ):
        now, token = 0.0, new_token(world.incident_id)[0]
        monkeypatch.setattr(time, "monotonic", lambda: now)
        async with served(world, free_documents=False) as house:
            with capture_logs() as lines:
                for now in [0.0] * (MOST_LINES + 5) + [61.0]:  # noqa: B007  # what the clock shows
                    said = {"authorization": f"Bearer {token}"}
                    response = await house.http.post("/graphql", json={"documentId": MARKER}, headers=said)
                    assert response.status_code == 401
        assert [each["count"] for each in lines] == [1] * MOST_LINES + [5, 1]
        assert {each["event"] for each in lines} == {"sign_in.refused"}
        for each in lines:
            assert each.keys() == {"event", "log_level", "status", "code", "correlation_id", "count"}
            assert token not in str(each)
            assert MARKER not in str(each)

    async def test_the_end_of_a_burst_is_told_though_nobody_tries_again(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(refused, "_SECONDS", 0.1)
        told = refused.RefusedSignIns()
        with capture_logs() as lines:
            for _ in range(MOST_LINES + 5):
                told.tell(401, "not_signed_in", uuid4())
            await asyncio.sleep(0.3)
        assert [each["count"] for each in lines] == [1] * MOST_LINES + [5]


class TestFault:
    async def test_what_nobody_foresaw_is_answered_without_its_words_and_the_next_is_served(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ):
        async def broken(*_: object) -> None:
            raise RuntimeError(MARKER)

        with monkeypatch.context() as patched:
            patched.setattr("fac.api.endpoint.carry_out", broken)
            response = await ask(world, VIEWER)
        assert (response.status_code, code_of(response)) == (500, "internal")
        assert MARKER not in response.text + str(response.headers)
        assert (await ask(world, VIEWER)).status_code == 200


class TestDocument:
    @pytest.mark.parametrize(
        "query",
        [
            "{ __schema { types { name } } }", '{ __type(name: "Person") { fields { name } } }', "{ viewr { id } }",
            "{ viewer { idd } }", "{ viewer }", "{ viewer { id { x } } }", "query($a: Nope) { viewer { id } }",
            '{ case(identity: "x") { id } }', "{ case { id } }", "{ viewer { ...Missing } }",
            '{ cases(first: "many") { nodes { id } } }', "{ cases(status: opened) { nodes { id } } }",
            "{ viewer { id @defer } }", "{ viewer { ... on Persn { id } } }", "mutation { recordIntak { id } }",
        ],
    )  # fmt: skip
    async def test_without_introspection_every_invalid_document_gets_one_answer(self, closed_book: World, query: str):
        response = await ask(closed_book, query)
        assert (response.status_code, code_of(response)) == (400, "document_refused")
        assert response.json()["errors"][0]["message"] == "The request document was refused."

    async def test_with_it_a_developer_is_told_more_but_no_value(self, world: World):
        response = await ask(world, f'{{ cases(first: "{MARKER} 5550123") {{ nodes {{ id }} }} }}')
        assert "a page holds 1 to 100 rows" in response.text
        assert MARKER not in response.text
        assert "5550123" not in response.text
        assert (await ask(world, "{ __schema { queryType { name } } }")).json()["data"]

    @pytest.mark.parametrize(
        "variables",
        [
            {"input": MARKER}, {"input": {MARKER: MARKER}}, {"input": {"clientMutationId": MARKER}},
            {"input": {"clientMutationId": "0190c9a0-0000-7000-8000-000000000000", "personId": "x", "code": [MARKER]}},
            {"input": {"clientMutationId": "0190c9a0-0000-7000-8000-000000000000", "horizon": MARKER}}, {},
            {"input": [MARKER]}, {"input": None}, {MARKER: MARKER},
        ],
    )  # fmt: skip
    async def test_variables_of_the_wrong_form_are_not_quoted(self, world: World, house: World, variables: Any):
        for place in (world, house):
            response = await send(place, orjson.dumps({"documentId": "AddNeed", "variables": variables}))
            assert (response.status_code, code_of(response)) == (400, "invalid_input")
            assert MARKER not in response.text

    @pytest.mark.parametrize(
        ("document", "variables", "told"),
        [
            ("AddNeed", {}, {("input", "required")}),
            ("AddNeed", {"input": [MARKER]}, {("input", "malformed")}),
            (
                "AddNeed",
                {"input": {"personId": 1.5, "code": "legal_advice", "horizon": MARKER, MARKER: 1}},
                {
                    ("input.clientMutationId", "required"), ("input.personId", "malformed"),
                    ("input.horizon", "malformed"), ("input", "unknown_field"),
                },
            ),
            (
                "RecordIntake",
                {"input": {"language": MARKER, "persons": [{"ref": "a", "givenName": "A"}, {"bornOn": "84"}, None]}},
                {
                    ("input.clientMutationId", "required"), ("input.language", "malformed"),
                    ("input.persons.1.ref", "required"), ("input.persons.1.bornOn", "malformed"),
                    ("input.persons.2", "required"),
                },
            ),
            ("Caseload", {"first": 1000}, {("first", "malformed")}),
        ],
    )  # fmt: skip
    async def test_a_form_filled_in_wrongly_is_told_field_by_field(
        self, world: World, house: World, document: str, variables: Any, told: set[tuple[str, str]]
    ):
        for place in (world, house):
            response = await send(place, orjson.dumps({"documentId": document, "variables": variables}))
            problems = response.json()["errors"][0]["extensions"]["problems"]
            assert told <= {(each["path"], each["problem"]) for each in problems}
            assert MARKER not in response.text
            assert "data" not in response.json()
            assert all(each["hint"] for each in problems)

    async def test_a_thousand_bad_fields_are_told_as_fifty(self, house: World):
        persons = [{"bornOn": "84"}] * 1000
        response = await send(
            house, orjson.dumps({"documentId": "RecordIntake", "variables": {"input": {"persons": persons}}})
        )
        assert len(response.json()["errors"][0]["extensions"]["problems"]) == MOST_TOLD

    @pytest.mark.parametrize(
        ("document", "variables"),
        [
            ("Case", {"id": MARKER}),
            ("Case", {"id": "\0"}),
            ("Cases", {"first": 10, "after": MARKER}),
            ("Cases", {"first": 10, "after": "\0" * 40}),
            ("FollowUpsDue", {"first": 10, "dueBy": "2026-02-30"}),
            ("Cases", {"first": 0}),
            ("Cases", {"first": 101}),
            ("Cases", {"first": -(2**60)}),
            ("Cases", {"status": MARKER}),
        ],
    )
    async def test_values_of_the_right_form_that_mean_nothing_are_harmless(
        self, house: World, document: str, variables: Any
    ):
        response = await send(house, orjson.dumps({"documentId": document, "variables": variables}))
        assert response.status_code in (200, 400)
        assert "internal" not in response.text
        assert MARKER not in response.text

    async def test_a_null_byte_in_a_text_is_a_bad_input_not_a_fault(self, house: World):
        organization = house.id("Organization", house.organizations["counseling"])
        payload = await house["administrator"].do(
            "OfferService", organizationId=organization, name=f"a\0{MARKER}", category="support", description="x\0",
            languages=["en"],
        )  # fmt: skip
        assert payload["__typename"] == "InvalidInput"
        assert MARKER not in str(payload)

    async def test_nothing_that_was_sent_comes_back_in_a_refusal(self, closed_book: World):
        for query in (
            f"{{ {MARKER} {{ id }} }}",
            f"{{ {MARKER}: viewr {{ id }} }}",
            f'{{ viewer @skip(if: "{MARKER}") {{ id }} }}',
            f"{{ viewer @{MARKER} {{ id }} }}",
            f'{{ case(id: ["{MARKER}"]) {{ id }} }}',
            f"query {MARKER}(${MARKER}: {MARKER}) {{ viewer {{ id }} }}",
            f"{{ viewer {{ ...{MARKER} }} }}",
            f"{{ viewer {{ id }} # {MARKER}",
            f'{{ viewer {{ id }} }} "{MARKER}',
        ):
            response = await send(
                closed_book, orjson.dumps({"query": query, "operationName": MARKER}),
                x_request_id=MARKER, user_agent=MARKER, origin=f"https://{MARKER}.example.org", cookie=f"a={MARKER}",
            )  # fmt: skip
            assert response.status_code == 400
            assert MARKER not in response.text + str(response.headers)


class TestBounds:
    async def test_who_sends_a_body_slowly_is_let_go(self, world: World, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(endpoint, "MOST_SECONDS", 0.2)

        async def slowly() -> AsyncIterator[bytes]:
            yield b'{"documentId":'
            await asyncio.sleep(60)

        response = await world.http.request(
            "POST", "/graphql", content=slowly(), headers={"content-type": "application/json"}
        )
        assert (response.status_code, code_of(response)) == (503, "timeout")

    @pytest.mark.parametrize("step", ["_actor", "carry_out"])
    async def test_signing_in_and_answering_have_an_end(self, world: World, monkeypatch: pytest.MonkeyPatch, step: str):
        async def hangs(*_: Any) -> None:
            await asyncio.sleep(60)

        monkeypatch.setattr(endpoint, "MOST_SECONDS", 0.2)
        monkeypatch.setattr(endpoint.Endpoint if step == "_actor" else endpoint, step, hangs)
        response = await send(world, orjson.dumps({"documentId": "Staff"}))
        assert (response.status_code, code_of(response)) == (503, "timeout")

    async def test_a_change_whose_answer_is_too_large_is_made_and_not_made_twice(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ):
        given = {"input": family_form("bound") | {"clientMutationId": str(uuid4())}}
        body = orjson.dumps({"documentId": "RecordIntake", "variables": given})
        intake = f"Bearer {world['fac_intake'].token}"
        before = (await world.fetch("SELECT count(*) AS n FROM cases"))[0]["n"]
        with monkeypatch.context() as small:
            small.setattr(endpoint, "MOST_ANSWER", 100)
            response = await send(world, body, authorization=intake)
        assert (response.status_code, code_of(response)) == (413, "answer_too_large")
        again = (await send(world, body, authorization=intake)).json()["data"]["recordIntake"]
        assert again["__typename"] == "IntakeRecorded"
        assert (await world.fetch("SELECT count(*) AS n FROM cases"))[0]["n"] == before + 1

    async def test_a_query_whose_answer_is_too_large_shows_nothing(self, world: World, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(endpoint, "MOST_ANSWER", 100)
        response = await send(world, orjson.dumps({"documentId": "Directory"}))
        assert (response.status_code, code_of(response)) == (413, "answer_too_large")
        assert "data" not in response.json()


class TestCompiledAtStart:
    async def test_a_server_compiles_the_trusted_queries_before_anybody_asks(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ):
        policy, role = world.parts.tools.policy, Role.intake_worker
        documents = app.make_documents(policy, introspection=False)
        assert execute.compile_trusted(documents, policy, [role]) >= 40

        def too_late(*_: Any) -> None:
            raise AssertionError("compiled when somebody asked")

        monkeypatch.setattr(execute, "compile_plan", too_late)
        context: Any = SimpleNamespace(
            parts=SimpleNamespace(tools=SimpleNamespace(policy=policy)), actor=SimpleNamespace(role=role)
        )
        for name, given in (("Case", {"id": "any"}), ("Caseload", {}), ("Person", {"id": "any"})):
            selected = documents.trusted_document(name, None).selection(given)
            assert selected is not None
            assert execute.plans_for(context, selected, given) != []


def chain(links: int) -> str:
    """Return fragments that each spread the next."""
    middle = " ".join(f"fragment F{each} on Query {{ ...F{each + 1} }}" for each in range(links))
    return f"{{ ...F0 }} {middle} fragment F{links} on Query {{ viewer {{ id }} }}"


def doubling(times: int) -> str:
    """Return fragments that each spread the next twice: exponential for whoever follows every spread."""
    middle = " ".join(f"fragment F{each} on Query {{ ...F{each + 1} ...F{each + 1} }}" for each in range(times))
    return f"{{ ...F0 }} {middle} fragment F{times} on Query {{ viewer {{ id }} }}"


def crossing(times: int) -> str:
    """Return pairs of fragments that spread both of the next pair, to be compared pair by pair."""
    pairs = [(f"{name}{each}", f"...F{each + 1} ...G{each + 1}") for each in range(times) for name in "FG"]
    ends = [(f"{name}{times}", "role") for name in "FG"]
    middle = " ".join(f"fragment {name} on Membership {{ id {spreads} }}" for name, spreads in pairs + ends)
    return f"{{ viewer {{ ...F0 ...G0 }} }} {middle}"


HEAVY = "{ cases(first: $n) { nodes { needs(first: $n) { nodes { person { needs { id } } } } } } }"
BOMBS = {
    "tokens": lambda size: "{ viewer { " + "id " * (size * 20) + "} }",
    "roots": lambda size: "{ " + "viewer { id } " * (size * 4) + "}",
    "aliases": lambda size: "{ " + " ".join(f"a{each}: viewer {{ id }}" for each in range(size * 4)) + " }",
    "depth": lambda size: '{ case(id: "x") { persons { case { ' * size + "id " + "} } } " * size + "}",
    "brackets": lambda size: "{ viewer(a: " + "[" * size * 100 + "]" * size * 100 + ") { id } }",
    "inline fragments": lambda size: "{ " + "... { " * size + "viewer { id } " + "} " * size + "}",
    "directives": lambda size: "{ viewer " + "@skip(if: false) " * size * 4 + "{ id } }",
    "chain": lambda size: chain(size * 4),
    "doubling": doubling,
    "crossing": crossing,
    "objects": lambda size: HEAVY.replace("$n", "100") + "#" * size,
    "operations": lambda size: " ".join(f"query Q{each} {{ viewer {{ id }} }}" for each in range(size * 4)),
    "variables": lambda size: "query(" + " ".join(f"$v{each}: ID" for each in range(size * 10)) + ") { viewer { id } }",
    "comments": lambda size: "#" * size * 1000 + "\n{ viewer { id idd } }",
    "strings": lambda size: '{ case(id: "' + "\\u0041" * size * 300 + '", b: 1) { id } }',
}


class TestBudget:
    @pytest.mark.parametrize("bomb", BOMBS)
    async def test_a_bomb_is_refused_in_time_linear_in_its_size(self, closed_book: World, bomb: str):
        took = []
        for size in (60, 120):
            fastest = 9.0
            for attempt in range(3):
                query = f"# {attempt}\n{BOMBS[bomb](size)}"
                started = time.thread_time()  # of this thread alone: others may be at work
                response = await ask(closed_book, query)
                fastest = min(fastest, time.thread_time() - started)
                assert (response.status_code, code_of(response)) == (400, "document_refused")
            took.append(fastest)
        assert took[1] < 0.5
        assert took[1] <= 3 * took[0] + 0.05

    async def test_the_trusted_documents_stay_far_within_it(self, house: World):
        assert budget.MOST_SELECTIONS >= 100
        response = await send(house, orjson.dumps({"documentId": "ReferralInbox", "variables": {"first": 100}}))
        assert response.status_code == 200

    async def test_the_page_in_a_variable_weighs_as_the_longest(self, closed_book: World):
        response = await ask(closed_book, f"query($n: PageLength) {HEAVY}", variables={"n": 1})
        assert code_of(response) == "document_refused"
