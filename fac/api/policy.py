"""The policy in the schema: which version each process has in force.

Never: hold a rule of it.
"""

from __future__ import annotations

from datetime import datetime

import strawberry

from fac.api.field import Access, Connection, field, page


@strawberry.type(description="What a process of this installation has in force of the policy.")
class PolicyVersion:
    """What a process has in force."""

    id: strawberry.ID = field("Opaque id.")
    component: str = field("What the process is: serve, worker or demo.")
    number: int = field("The newest approved change it has in force; 0 while none was ever approved.")
    version: str = field("The version of the whole policy, as the audit's rows carry it (SHA-256, hexadecimal).")
    refused: int | None = field("The approved change it could not take; it keeps the one before, and has alarmed.")
    since: datetime = field("Since when it has this version.")
    seen_at: datetime = field("When the process last said so; every ten seconds while it runs.")
    access: Access = field("What of this row you may see.")


@strawberry.type
class PolicyQueries:
    """Queries of this room."""

    policy_versions: Connection[PolicyVersion] = page("The processes of the last day and what each has in force.")
