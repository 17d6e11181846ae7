"""The commands about rules rather than records: the schema, the trusted documents, the policy. They need no database.

Never: hold logic, or import a floor before its command is chosen.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace

    from fac.access.policy import Policy
    from fac.api.document import Documents

_FAILED, _USAGE = 1, 2


def schema_export(_: Namespace) -> int:
    """Write the schema file."""
    from fac.api import schema
    from fac.resources import graphql_dir

    (graphql_dir() / "schema.graphql").write_text(schema.export(), "utf-8")
    return 0


def schema_check(_: Namespace) -> int:
    """Compare the schema file with the code, and try every trusted document."""
    import difflib

    from fac.api import schema
    from fac.resources import graphql_dir

    committed = (graphql_dir() / "schema.graphql").read_text("utf-8")
    names = ("graphql/schema.graphql", "the code")
    differing = list(
        difflib.unified_diff(committed.splitlines(), schema.export().splitlines(), *names, lineterm="", n=1)
    )
    print("\n".join(differing or ["the schema file is what the code says"]))
    print(f"{len(_documents()[0].trusted)} trusted documents are valid")
    return _FAILED if differing else 0


def schema_explain(chosen: Namespace) -> int:
    """Show what a trusted document becomes for a role."""
    from fac.api.explaining import explain
    from fac.domain.vocabulary import Role

    if chosen.role not in Role.__members__:
        print(f"fac: no such role; there are {', '.join(Role)}", file=sys.stderr)
        return _USAGE
    documents, policy = _documents()
    print("\n".join(explain(documents, policy, chosen.document, Role(chosen.role))))
    return 0


def _documents() -> tuple[Documents, Policy]:
    from fac.access import policy
    from fac.api import schema
    from fac.api.document import Documents
    from fac.resources import graphql_dir, policies_dir

    loaded = policy.load(policies_dir())
    return Documents(schema.build(loaded), graphql_dir() / "operations", introspection=True), loaded


def policy_check(_: Namespace) -> int:
    """Load the policy as a start would, and ask it every example."""
    from fac.access import examples, policy
    from fac.resources import policies_dir

    checked = policy.load(policies_dir())
    asked = examples.read_examples(policies_dir())
    wrong = list(examples.failing(checked, asked))
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    print(f"policy {checked.version.hex()[:12]}: {len(asked)} examples, {len(wrong)} answered otherwise")
    return _FAILED if wrong else 0


def policy_explain(chosen: Namespace) -> int:
    """Tell in words who may do something, and why."""
    from fac.access import explain
    from fac.resources import policies_dir

    explainer = explain.read(policies_dir())
    match chosen.words:
        case [name] if name[:1].isupper():
            answer = explainer.field(name)
        case [name]:
            answer = explainer.operation(name)
        case [role, action, record, info]:
            answer = explainer.decision(explain.Question(role, action, record, info), chosen.rows)
        case _:
            print("fac: give one field or operation, or four words: ROLE ACTION RECORD INFO", file=sys.stderr)
            return _USAGE
    print("\n".join(answer))
    return 0


def policy_table(_: Namespace) -> int:
    """Print the compiled table."""
    from fac.access import explain, policy
    from fac.resources import policies_dir

    print("\n".join(explain.table_rows(policy.load(policies_dir()))))
    return 0


COMMANDS: dict[str, Callable[[Namespace], int]] = {
    "schema_export": schema_export,
    "schema_check": schema_check,
    "schema_explain": schema_explain,
    "policy_check": policy_check,
    "policy_explain": policy_explain,
    "policy_table": policy_table,
}
