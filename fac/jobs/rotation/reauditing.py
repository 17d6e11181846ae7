"""Rotation of the audit key: what is written from now on is under a new epoch, and what was written stays as it is.

Rows, seals, checkpoints, second factors and portal tokens verify, or are derived, under the epoch they were made under;
a trail that was written anew would prove nothing. So nothing is brought along, and no epoch of it is ever destroyed.
Never: touch a row of the trail.
"""

from fac.crypto.keys import AUDIT
from fac.jobs.rotation.epochs import advance, begin, finish
from fac.jobs.rotation.holding import Custody
from fac.jobs.rotation.operating import Operator
from fac.jobs.rotation.rewrapping import Progress


async def rotate_audit(custody: Custody, operator: Operator, _: Progress) -> int:
    """Write the audit under a new epoch of its key, in every process; return the epoch.

    Resumes what a killed run left. Raises RotationBlocked when a process does not follow.
    """
    rotation = await begin(custody, operator, AUDIT)
    await advance(custody, AUDIT, rotation.target)
    await finish(custody, operator, rotation)
    return rotation.target
