"""What one request carries through the edge.

Never: hold a personal value.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from fac.access.actor import Actor
from fac.access.in_force import Policies
from fac.access.login import SignIn
from fac.audit.ledger import Circumstances
from fac.casework.work import Tools
from fac.db.engine import Database
from fac.db.statement import Connection
from fac.reading.kept import Kept
from fac.reading.plan import Plan
from fac.reading.read import Reader


@dataclass(frozen=True, slots=True)
class Parts:
    """What the process was started with; made once by fac.app."""

    database: Database
    tools: Tools
    sign_in: SignIn
    clock: Callable[[], datetime]
    free_documents: bool
    introspection: bool
    policies: Policies
    keys_are_usable: Callable[[Connection], Awaitable[bool]]

    def pinned(self, incident_id: UUID) -> "Parts":
        """Return the parts with the policy that the incident has now: what one request works with from end to end."""
        policy = self.policies.of(incident_id)
        return self if policy is self.tools.policy else replace(self, tools=replace(self.tools, policy=policy))


@dataclass(slots=True)
class Context:
    """One request: who asks, when, and the id by which its traces are found."""

    parts: Parts
    actor: Actor
    circumstances: Circumstances
    operation: str = ""
    unreadable: list[Any] = field(default_factory=list)  # sealed values that did not open
    plans: Kept[Plan | None] = field(default_factory=Kept)  # of the document's nodes, kept between its requests

    @property
    def correlation_id(self) -> UUID:
        """The id that logs, audit rows and errors of this request share."""
        return self.circumstances.correlation_id

    def reader(self) -> Reader:
        """Return what reads run with."""
        tools = self.parts.tools
        return Reader(self.parts.database, tools.ledger, tools.disclosure, tools.policy, self.actor, self.circumstances)
