"""Every request of a run as it was answered, beside the audit rows it left and what was really opened under each."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.audit.opened import Said, noted_openings
from tests.world import Hat, World

ROWS = """
SELECT a.id, event, operation, record_id, a.membership_id, subjects, classes, policy_version, correlation_id,
  EXISTS (SELECT FROM sessions s WHERE s.id = a.session_id AND s.membership_id = a.membership_id) AS is_theirs
FROM audit_events a ORDER BY a.id
"""


@dataclass(slots=True)
class Heard:
    """One request: who asked for which document with what, what was answered, and the rows it left."""

    hat: Hat
    document: str
    variables: dict[str, Any]
    data: dict[str, Any]
    correlation_id: UUID
    rows: list[Any] = field(default_factory=list)

    @property
    def subjects(self) -> set[UUID]:
        """Whom its rows name."""
        return {id for row in self.rows for id in row["subjects"]}

    @property
    def classes(self) -> int:
        """Which classes its rows name."""
        found = 0
        for row in self.rows:
            found |= row["classes"]
        return found


@dataclass(slots=True)
class Run:
    """All that was heard, and what was opened under each audit row."""

    heard: list[Heard] = field(default_factory=list)
    opened: dict[UUID, Said] = field(default_factory=dict)

    def of(self, document: str) -> list[Heard]:
        """Return the requests for a document that were granted."""
        return [each for each in self.heard if each.document == document]


@contextmanager
def hearing() -> Iterator[Run]:
    """Listen to every request of a shipped document that was answered with data and no refusal."""
    run, real = Run(), Hat.post

    async def post(self: Hat, body: dict[str, Any], **headers: str) -> httpx.Response:
        response = await real(self, body, **headers)
        answer = response.json()
        if "documentId" in body and response.status_code == 200 and "errors" not in answer:
            correlation_id = UUID(response.headers["x-correlation-id"])
            heard = Heard(self, body["documentId"], body.get("variables", {}), answer["data"], correlation_id)
            if not any(isinstance(each, dict) and "code" in each and "message" in each for each in heard.data.values()):
                run.heard.append(heard)
        return response

    with pytest.MonkeyPatch.context() as patch, noted_openings() as run.opened:
        patch.setattr(Hat, "post", post)
        yield run


async def with_rows(world: World, run: Run) -> Run:
    """Return ``run`` with the audit rows of each request."""
    by_request = {each.correlation_id: each for each in run.heard}
    for row in await world.fetch(ROWS):
        if row["correlation_id"] in by_request:
            by_request[row["correlation_id"]].rows.append(row)
    return run
