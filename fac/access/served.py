"""What a process that serves some roles needs of the keys: worked out of the policy, so that one edit moves both.

A process for partner organisations alone holds the keys of the classes a partner may ever see, one for funders none.
Never: name a role or a class; the policy does.
"""

from collections.abc import Iterable, Iterator

from fac.access.policy import Policy
from fac.domain.vocabulary import SEALED_CLASSES, InfoClass, Role

# Reading needs no index, and the change of keys that makes it anew holds every key anyhow.
_WITHOUT_INDEX = frozenset({"read", "reindex"})
_ERASING = ("approve", "erasure")
_FOUND_BY = InfoClass.identity.bit | InfoClass.contact.bit


def classes_served(policy: Policy, roles: Iterable[Role]) -> frozenset[InfoClass]:
    """Return the sealed classes that some record holds and any of ``roles`` may do anything with, in any row."""
    held: dict[str, int] = {}
    for rule in policy.fields.values():
        held[rule.record] = held.get(rule.record, 0) | rule.mask
    reached = 0
    for _, record, classes in _allowed(policy, roles):
        reached |= classes & held.get(record, 0)
    return frozenset(info for info in SEALED_CLASSES if reached & info.bit)


def finds_persons(policy: Policy, roles: Iterable[Role]) -> bool:
    """Tell whether any of ``roles`` writes, compares, searches or erases what persons are found by: the blind index."""
    return any(
        (classes & _FOUND_BY and action not in _WITHOUT_INDEX) or (classes and (action, record) == _ERASING)
        for action, record, classes in _allowed(policy, roles)
    )


def _allowed(policy: Policy, roles: Iterable[Role]) -> Iterator[tuple[str, str, int]]:
    chosen = frozenset(roles)
    for (role, action, record), grants in policy.table.items():
        if role in chosen:
            for grant in grants:
                yield action, record, grant.allowed & ~grant.denied
