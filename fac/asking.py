"""Asks the application one trusted document, in this process, as whoever a token belongs to.

So that what a command at the machine does is what the same person does from the console: through the same policy, the
same verbs, the same trail.
Never: do anything that cannot be done over HTTP.
"""

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson

from fac import app
from fac.errors import NotSignedIn, Reasoned

if TYPE_CHECKING:
    from fac.api.context import Parts

_UNAUTHORIZED = 401


async def ask(parts: "Parts", token: str, document: str, **variables: Any) -> Any:
    """Return the ``data`` of a trusted document; raises NotSignedIn, or Reasoned with its sentence."""
    body = orjson.dumps({"documentId": document, "variables": variables})
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"authorization", f"Bearer {token}".encode("latin-1"))]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": headers}
    await app.make_application(parts)(scope, receive, send)
    if sent[0]["status"] == _UNAUTHORIZED:
        raise NotSignedIn
    answer = orjson.loads(b"".join(each.get("body", b"") for each in sent[1:]))
    if answer.get("errors"):
        raise Reasoned(answer["errors"][0]["message"])
    return answer["data"]


async def change(parts: "Parts", token: str, document: str, **given: Any) -> Any:
    """Return what a trusted mutation came to; raises Reasoned with the problem's sentence where it came to none."""
    data = await ask(parts, token, document, input={"clientMutationId": str(uuid4()), **given})
    (payload,) = data.values()
    if "message" in payload:
        hints = [each["hint"] for each in payload.get("problems", ())]
        said = (payload["message"], *hints, payload.get("reason"), payload.get("state"))
        raise Reasoned(" ".join(each for each in said if each))
    return payload
