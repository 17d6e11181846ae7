"""Which policy is in force: one immutable snapshot a process, swapped between requests by moving one reference.

A request takes the policy of its incident once, when it begins, and keeps it to its end; a swap meanwhile changes what
the next request takes. What was approved is proved again here before it is put in force: another program version, or
somebody with a hand on the database, may have changed what the approval was given to.
Never: hand out a policy that was not proved in this process; change a snapshot; let a bad one take the place of a good.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from fac.access.policy import Policy
from fac.access.policy.sheets import Sources
from fac.access.proposal import Packaged, digest_of, prove, prove_overlay
from fac.db.policy import newest_number, newest_of_each
from fac.db.statement import Connection
from fac.errors import PolicyInvalid
from fac.logs import get_log

_MOST_PROVED = 32


@dataclass(frozen=True, slots=True)
class Approved:
    """An approved proposal as it stands in the database; ``overlay_for`` is None for the whole installation."""

    overlay_for: UUID | None
    files: Mapping[str, str]
    digest: bytes


@dataclass(frozen=True, slots=True)
class InForce:
    """One snapshot: the installation's policy, those of incidents with an overlay, and the approval it goes up to."""

    number: int
    policy: Policy
    overlaid: Mapping[UUID, Policy]

    def of(self, incident_id: UUID) -> Policy:
        """Return the policy of an incident."""
        return self.overlaid.get(incident_id, self.policy)


class Policies:
    """What is in force in this process. ``refused`` is the approval it could not take, None while all is well."""

    def __init__(self, packaged: Packaged) -> None:
        self.packaged = packaged
        self.current = InForce(0, packaged.policy, MappingProxyType({}))
        self.refused: int | None = None
        self._proved: OrderedDict[tuple[bytes, ...], Any] = OrderedDict()

    def of(self, incident_id: UUID) -> Policy:
        """Return the policy of an incident, as of now; a request asks once."""
        return self.current.of(incident_id)

    async def load(self, connection: Connection) -> None:
        """Put in force what was approved last; raises PolicyInvalid when it does not hold."""
        number = await newest_number.value(connection)
        if number != self.current.number:
            self.current = await self.prove(number, await approved(connection))

    async def refresh(self, connection: Connection) -> bool:
        """Swap to what was approved last, and tell whether anything changed; a bad policy keeps the old and alarms."""
        number = await newest_number.value(connection)
        if number in (self.current.number, self.refused):
            return False
        try:
            await self.load(connection)
        except PolicyInvalid as fault:
            self.refused = number
            get_log().error("policy.refused", number=number, count=len(fault.faults))
            return True
        self.refused = None
        get_log().info("policy.swapped", number=number, policy=self.current.policy.version.hex())
        return True

    async def prove(self, number: int, rows: Iterable[Approved]) -> InForce:
        """Return the snapshot that ``rows`` make; raises PolicyInvalid. Beside the loop: it takes a second or so."""
        return await asyncio.to_thread(self._prove, number, tuple(rows))

    def _prove(self, number: int, rows: tuple[Approved, ...]) -> InForce:
        for each in rows:
            if digest_of(each.files) != each.digest:
                raise PolicyInvalid("an approved policy is not what was proposed: its digest differs")
        base = next((each for each in rows if each.overlay_for is None), None)
        policy, sources = self._base(base)
        overlaid = {
            each.overlay_for: self._overlay(policy, sources, each) for each in rows if each.overlay_for is not None
        }
        return InForce(number, policy, MappingProxyType(overlaid))

    def _base(self, base: Approved | None) -> tuple[Policy, Sources]:
        if base is None:
            return self.packaged.policy, self.packaged.sources
        found: tuple[Policy, Sources] = self._once((base.digest,), lambda: prove(self.packaged, base.files))
        return found

    def _overlay(self, policy: Policy, sources: Sources, each: Approved) -> Policy:
        key = (policy.version, each.digest)
        found: Policy = self._once(key, lambda: prove_overlay(policy, sources, each.files))
        return found

    def _once(self, key: tuple[bytes, ...], make: Any) -> Any:
        """Return what was proved before in this process, or prove it now; a policy is frozen, so once is enough."""
        found = self._proved.get(key)
        if found is None:
            found = self._proved[key] = make()
            if len(self._proved) > _MOST_PROVED:
                self._proved.popitem(last=False)
        return found


async def approved(connection: Connection) -> list[Approved]:
    """Return what was approved last for the whole installation and for each incident."""
    rows = await newest_of_each.all(connection)
    return [Approved(row["overlay_for"], row["files"], bytes(row["digest"])) for row in rows]
