"""One word runs through the house: a mutation's field, document, verb, policy line, audit event and test share it."""

import ast
import re
from pathlib import Path

import pytest

from fac.access.policy import load
from fac.api import schema
from fac.audit.events import EVENTS
from fac.audit.left import LEFT_BY
from fac.domain.vocabulary import Role
from fac.resources import graphql_dir, policies_dir

ROOT = Path(__file__).resolve().parents[2]
DECLARED = schema.declared()
MUTATIONS = sorted(DECLARED.mutation_type.fields) if DECLARED.mutation_type else []
POLICY = load(policies_dir())
# Casework and reporting are blind to each other, so the verbs of reports stand on the floor above both.
VERB_FILES = [*(ROOT / "fac" / "casework").rglob("*.py"), ROOT / "fac" / "api" / "generating.py"]
CASEWORK = {path: path.read_text("utf-8") for path in VERB_FILES}
TESTS = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))


def snake(name: str) -> str:
    """Return ``camelCase`` as ``snake_case``."""
    return re.sub(r"(?<!^)([A-Z])", lambda found: "_" + found[1].lower(), name)


def capitalised(name: str) -> str:
    """Return ``acceptReferral`` as ``AcceptReferral``."""
    return name[0].upper() + name[1:]


def verbs() -> dict[str, tuple[Path, ast.AsyncFunctionDef]]:
    """Return the public async functions of casework whose first parameter is the work."""
    found = {}
    for path, source in CASEWORK.items():
        for node in ast.parse(source).body:
            if isinstance(node, ast.AsyncFunctionDef) and node.args.args and node.args.args[0].arg == "work":
                found[node.name] = (path, node)
    return found


VERBS = verbs()


@pytest.mark.parametrize("mutation", MUTATIONS)
class TestEveryMutation:
    """The chain of one mutation."""

    def test_has_a_trusted_document_of_its_name(self, mutation: str) -> None:
        path = graphql_dir() / "operations" / f"{capitalised(mutation)}.graphql"
        assert path.exists()
        text = path.read_text("utf-8")
        assert re.search(rf"\bmutation {capitalised(mutation)}\b", text)
        assert re.search(rf"\b{mutation}\(", text)

    def test_has_a_verb_of_its_name(self, mutation: str) -> None:
        assert snake(mutation) in VERBS

    def test_is_mapped_by_the_policy(self, mutation: str) -> None:
        rule = POLICY.operation(mutation)
        assert rule.action in POLICY.actions
        assert rule.record in POLICY.records

    def test_may_be_done_by_somebody_and_not_by_everybody(self, mutation: str) -> None:
        rule = POLICY.operation(mutation)
        may = {
            role
            for (role, action, record), grants in POLICY.table.items()
            if (action, record) == (rule.action, rule.record) and any(each.allowed for each in grants)
        }
        assert may
        assert len(may) < len(Role)

    def test_leaves_an_audit_event_of_its_record(self, mutation: str) -> None:
        path, _ = VERBS[snake(mutation)]
        told = set(
            re.findall(
                r"\"([a-z_]+\.[a-z_]+)\"",
                "\n".join(source for each, source in CASEWORK.items() if each.parent == path.parent or each == path),
            )
        )
        assert {
            event for event in told if event in EVENTS and event.startswith(f"{POLICY.operation(mutation).record}.")
        }

    def test_has_its_line_among_the_events_that_changes_must_leave(self, mutation: str) -> None:
        assert LEFT_BY.get(mutation), "fac/audit/left.py: which event must it leave?"
        assert set(LEFT_BY[mutation]) <= set(EVENTS)

    def test_has_a_test_class_of_its_name(self, mutation: str) -> None:
        assert f"class Test{capitalised(mutation)}" in TESTS


def test_only_mutations_have_such_a_line() -> None:
    assert set(LEFT_BY) == set(MUTATIONS)


class TestEveryDocument:
    """The trusted documents."""

    def test_the_committed_schema_is_the_one_we_build(self) -> None:
        assert (graphql_dir() / "schema.graphql").read_text("utf-8") == schema.export()

    @pytest.mark.parametrize(
        "path", sorted((graphql_dir() / "operations").glob("*.graphql")), ids=lambda path: path.stem
    )
    def test_a_file_holds_one_operation_of_its_name(self, path: Path) -> None:
        names = re.findall(r"^(?:query|mutation|subscription) (\w+)", path.read_text("utf-8"), re.MULTILINE)
        assert names == [path.stem]

    def test_every_description_is_there(self) -> None:
        bare = [
            f"{type_.name}.{name}"
            for type_ in DECLARED.type_map.values()
            if not type_.name.startswith("__") and hasattr(type_, "fields")
            for name, field in type_.fields.items()
            if not field.description
        ]
        assert bare == []
