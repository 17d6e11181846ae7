"""GraphQL over HTTP: one path, POST only, JSON in and out.

Follows the GraphQL-over-HTTP specification: ``application/graphql-response+json`` with its status codes, and
``application/json``. An ASGI application of its own in front of the framework, because the framework's pipeline alone
costs as much as a read (docs/decisions/0004-read-path.md).
Never: accept GET, batches or uploads; echo what was sent.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from graphql import GraphQLSchema

from fac.access.actor import Actor
from fac.api.context import Context, Parts
from fac.api.document import Documents, Prepared
from fac.api.execute import carry_out, compile_trusted, in_words
from fac.api.passing import passing
from fac.api.refused import RefusedSignIns
from fac.audit.ledger import Circumstances
from fac.domain.ids import new_id
from fac.domain.vocabulary import Role
from fac.errors import DocumentRefused, FacError, FieldProblem, InvalidInput, NotSignedIn
from fac.logs import get_log

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MOST_BODY = 256 * 1024
MOST_ANSWER = 8 * 1024 * 1024
MOST_SECONDS = 15.0
RESPONSE = b"application/graphql-response+json"
JSON = b"application/json"
_WEIGHT = re.compile(rb"0(\.\d{0,3})?|1(\.0{0,3})?")
_FAULT = "Something went wrong here; it has been noted."
# A change may have been made before its answer took too long or grew too large: it is whole, and is not made twice.
_TOO_LONG = "This took too long. Nothing is half done: send it again as it was."
_TOO_LARGE = "The answer is too large: ask for less at once. A change that was asked for is made."
log = get_log()


class Refused(Exception):  # an answer on its way out, not a fault
    """An answer other than the operation's own."""

    def __init__(
        self, status: int, code: str, message: str, headers: tuple[tuple[bytes, bytes], ...] = (),
        problems: Sequence[FieldProblem] = (),
    ) -> None:  # fmt: skip
        super().__init__(code)
        self.status, self.code, self.message, self.headers, self.problems = status, code, message, headers, problems


class Endpoint:
    """The ASGI application behind ``POST /graphql``."""

    def __init__(self, parts: Parts, schema: GraphQLSchema, documents: Documents) -> None:
        self._parts = parts
        self._schema = schema
        self._documents = documents
        self._refused = RefusedSignIns()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        correlation_id = new_id()
        kind = _accepted(headers.get(b"accept", b"*/*"))
        extra: tuple[tuple[bytes, bytes], ...] = ()
        try:
            if kind is None:
                raise Refused(406, "not_acceptable", "Ask for application/graphql-response+json or application/json.")
            async with asyncio.timeout(MOST_SECONDS):  # the body too: who sends it slowly holds nothing for longer
                status, answer = await self._answer(scope, headers, receive, correlation_id)
        except TimeoutError:
            status, answer = 503, _errors("timeout", _TOO_LONG, correlation_id)
        except Refused as refusal:
            if refusal.status == 401:
                self._refused.tell(refusal.status, refusal.code, correlation_id)
            status, extra = refusal.status, refusal.headers
            answer = _errors(refusal.code, refusal.message, correlation_id, refusal.problems)
        except Exception:  # the last resort: noted without its words, and the next is served
            log.exception("graphql.fault", status=500, correlation_id=correlation_id)
            status, answer = 500, _errors("internal", _FAULT, correlation_id)
        body = orjson.dumps(answer, option=orjson.OPT_PASSTHROUGH_SUBCLASS, default=str)
        if len(body) > MOST_ANSWER:
            status, body = 413, orjson.dumps(_errors("answer_too_large", _TOO_LARGE, correlation_id))
        if kind == JSON and status == 400 and b'"data"' in body[:8]:
            status = 200
        await _send(send, status, body, kind or JSON, correlation_id, extra)

    async def _answer(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, correlation_id: UUID
    ) -> tuple[int, dict[str, Any]]:
        if scope["method"] != "POST":
            raise Refused(405, "method_not_allowed", "Use POST.", ((b"allow", b"POST"),))
        if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != JSON:
            raise Refused(415, "unsupported_media_type", "Send application/json.")
        body = _parsed(await _body(receive, headers))
        token = _bearer(headers)
        try:
            actor = await self._actor(token)
            prepared, variables = self._prepared(body)
            parts = self._parts.pinned(actor.incident_id)
            circumstances = Circumstances(parts.clock(), parts.tools.policy.version, correlation_id)
            context = Context(parts, actor, circumstances)
            return 200, await carry_out(self._schema, prepared, variables, context)
        except NotSignedIn as error:
            self._parts.sign_in.forget(token)
            raise Refused(401, error.code, error.sentence, ((b"www-authenticate", b"Bearer"),)) from None
        except DocumentRefused as error:
            message = f"{error.sentence} ({error.reason})" if self._parts.introspection else error.sentence
            raise Refused(error.status, error.code, message) from None
        except Exception as fault:
            passes = passing(fault)
            if passes is not None:
                log.warning(
                    "request.not_served", status=503, code=passes.code, correlation_id=correlation_id, exc_info=fault
                )
                raise Refused(503, passes.code, passes.sentence) from None
            if isinstance(fault, FacError):
                problems = fault.problems if isinstance(fault, InvalidInput) else ()
                raise Refused(400, fault.code, fault.sentence, problems=problems) from None
            raise

    def compile_for(self, roles: Collection[Role]) -> int:
        """Compile the trusted queries for ``roles`` under the policy in force; return how many plans there are."""
        return compile_trusted(self._documents, self._parts.tools.policy, roles)

    async def _actor(self, token: str) -> Actor:
        now = self._parts.clock()
        known = self._parts.sign_in.remembered(token, now)
        if known is not None:
            return known
        async with self._parts.database.transaction(self._parts.sign_in.claims(token)) as connection:
            return await self._parts.sign_in.find(connection, token, now)

    def _prepared(self, body: Mapping[str, Any]) -> tuple[Prepared, Mapping[str, Any]]:
        operation, variables = body.get("operationName"), body.get("variables")
        variables = {} if variables is None else variables
        document_id, query = body.get("documentId"), body.get("query")
        if not isinstance(variables, dict) or not isinstance(operation, str | None):
            raise Refused(400, "malformed_request", "variables is an object, operationName a string.")
        if isinstance(document_id, str):
            return self._documents.trusted_document(document_id, operation), variables
        if isinstance(query, str) and self._parts.free_documents:
            return self._documents.free_document(query, operation), variables
        if isinstance(query, str):
            raise Refused(403, "free_documents_refused", "Only trusted documents are answered here: send documentId.")
        raise Refused(400, "malformed_request", "Send documentId or query.")


def _accepted(accept: bytes) -> bytes | None:
    """Return what to answer in: what weighs most, then what is named closest (RFC 9110, 12.4.2 and 12.5.1)."""
    weights: dict[bytes, float] = {}
    for asked in accept.lower().split(b","):
        kind, *parameters = (part.strip() for part in asked.split(b";"))
        weight = next((each[2:] for each in parameters if each.startswith(b"q=")), b"1")
        if _WEIGHT.fullmatch(weight):
            weights[kind] = max(float(weight), weights.get(kind, 0.0))

    def wanted(kind: bytes) -> tuple[float, int]:
        ranges = (b"*/*", b"application/*", kind)
        closest = max((place for place, each in enumerate(ranges) if each in weights), default=0)
        return weights.get(ranges[closest], 0.0), closest

    response, plain = wanted(RESPONSE), wanted(JSON)
    if not response[0] and not plain[0]:
        return None
    named = response[1] == 2  # whom either suits gets what every client reads
    return RESPONSE if response > plain or (response == plain and named) else JSON


def _bearer(headers: Mapping[bytes, bytes]) -> str:
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"bearer" or not token:
        raise Refused(401, NotSignedIn.code, NotSignedIn().sentence, ((b"www-authenticate", b"Bearer"),))
    return token.strip().decode("latin-1")


async def _body(receive: Receive, headers: Mapping[bytes, bytes]) -> bytes:
    announced = headers.get(b"content-length", b"0")
    chunks: list[bytes] = []
    length = 0
    if announced.isdigit() and int(announced) > MOST_BODY:
        raise Refused(413, "request_too_large", f"A request holds {MOST_BODY} bytes at most.")
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "malformed_request", "The request was cut off.")
        chunk = message.get("body", b"")
        length += len(chunk)
        if length > MOST_BODY:
            raise Refused(413, "request_too_large", f"A request holds {MOST_BODY} bytes at most.")
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)


def _parsed(body: bytes) -> Mapping[str, Any]:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refused(400, "malformed_request", "The body is not JSON.") from None
    if not isinstance(parsed, dict):
        raise Refused(400, "malformed_request", "Send one JSON object; batches are not answered.")
    return parsed


def _errors(code: str, message: str, correlation_id: UUID, problems: Sequence[FieldProblem] = ()) -> dict[str, Any]:
    extensions: dict[str, Any] = {"code": code, "correlationId": str(correlation_id)}
    if problems:
        extensions["problems"] = in_words(problems)
    return {"errors": [{"message": message, "extensions": extensions}]}


async def _send(
    send: Send, status: int, body: bytes, kind: bytes, correlation_id: UUID, extra: tuple[tuple[bytes, bytes], ...]
) -> None:
    headers = [
        (b"content-type", kind + b"; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"x-correlation-id", str(correlation_id).encode()),
        *extra,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
