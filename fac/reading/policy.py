"""Which version of the policy each process has in force, as readers see it.

Never: show the rules themselves; those are files that anybody may read.
"""

from fac.db.policy import policy_processes
from fac.reading.noun import Access, Noun, Order, Root, plain

POLICY_VERSION = Noun(
    "PolicyVersion",
    90,
    "policy",
    policy_processes,
    plain("id", "component", "number", "version", "refused", "since", "seen_at") | {"access": Access()},
)
ROOTS = (Root("policyVersions", "PolicyVersion", order=Order("since")),)
