"""Shows what a trusted document becomes for a role: its statement, and the classes of information it may open.

Never: run it.
"""

from collections.abc import Iterator

from fac.access.policy import Policy
from fac.api.document import Documents
from fac.domain.vocabulary import Role, classes_of
from fac.reading.catalog import ROOTS
from fac.reading.plan import compile_plan


def explain(documents: Documents, policy: Policy, name: str, role: Role) -> Iterator[str]:
    """Yield the lines about document ``name``; raises DocumentRefused when there is no such document."""
    prepared = documents.trusted_document(name, None)
    if not prepared.is_query:
        yield f"{name} is a mutation: fac.casework carries it out, and what it answers is read afterwards."
        return
    selected = prepared.selection({})
    if selected is None:
        yield f"{name} is shaped by the library's own execution, over the same scoped and masked rows."
        return
    for asked in selected.roots:
        plan = compile_plan(policy, role, ROOTS[asked.name], asked, {})
        if plan is None:
            yield f"{asked.key}: {role} may never read this; nothing is asked of the database."
            continue
        opened = ", ".join(classes_of(plan.classes)) or "nothing sealed"
        yield f"{asked.key}: one statement; may open {opened}"
        yield plan.statement.sql
