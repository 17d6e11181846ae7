"""The house rules as code: each with a good and a bad example, so that a check that cannot fail would be seen."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {path: path.read_text("utf-8") for path in sorted((ROOT / "fac").rglob("*.py"))}
BANNED_NAMES = {"utils", "helpers", "common", "misc", "manager", "service", "services"}
LINES = 300  # every file stays under it
FUNCTION_LINES = 40  # and every function under this


def docstring_faults(source: str) -> list[str]:
    """Return what is wrong with a module's docstring: none, or no line that says what the module must never do."""
    text = ast.get_docstring(ast.parse(source))
    if text is None:
        return ["no docstring"]
    return [] if "Never:" in text else ["no line 'Never: ...'"]


def long_functions(source: str) -> list[str]:
    """Return the names of functions as long as the house no longer allows, docstring and all."""
    return [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 >= FUNCTION_LINES
    ]


def swallowing(source: str) -> list[int]:
    """Return the lines of broad excepts that neither raise, nor log, nor hand the error on."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ExceptHandler):
            continue
        names = (
            {each.id for each in ast.walk(node.type) if isinstance(each, ast.Name)} if node.type else {"BaseException"}
        )
        uses = {type(each) for each in ast.walk(ast.Module(body=node.body, type_ignores=[]))}
        if names & {"Exception", "BaseException"} and not uses & {ast.Raise, ast.Call}:
            found.append(node.lineno)
    return found


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


class TestEveryModule:
    """What holds for every file of the package; a failure names the files."""

    def test_there_are_modules(self) -> None:
        assert len(SOURCES) > 300

    def test_says_what_it_is_for_and_what_it_must_never_do(self) -> None:
        assert {name_of(path): found for path, text in SOURCES.items() if (found := docstring_faults(text))} == {}

    def test_is_short_and_so_are_its_functions(self) -> None:
        assert [name_of(path) for path, text in SOURCES.items() if len(text.splitlines()) >= LINES] == []
        assert {name_of(path): found for path, text in SOURCES.items() if (found := long_functions(text))} == {}

    def test_swallows_nothing(self) -> None:
        assert {name_of(path): found for path, text in SOURCES.items() if (found := swallowing(text))} == {}

    def test_has_a_name_that_says_something(self) -> None:
        assert [name_of(path) for path in SOURCES if path.stem in BANNED_NAMES] == []

    def test_leaves_no_ambiguous_letters_and_no_open_ends(self) -> None:
        open_ends = re.compile(r"TODO|FIXME|NotImplementedError|\b[Ff][Rr][Cc]\b")
        assert [name_of(path) for path, text in SOURCES.items() if open_ends.search(text)] == []


class TestTheChecksThemselves:
    """Each rule on a bad example."""

    def test_a_module_without_a_docstring_is_found(self) -> None:
        assert docstring_faults("x = 1") == ["no docstring"]
        assert docstring_faults('"""For something."""') == ["no line 'Never: ...'"]

    def test_a_long_function_is_found(self) -> None:
        body = "    x = 1\n" * (FUNCTION_LINES - 1)
        assert long_functions(f"def long():\n{body}") == ["long"]
        assert long_functions(f"def short():\n{body.removesuffix('    x = 1' + chr(10))}") == []

    def test_a_swallowing_except_is_found(self) -> None:
        assert swallowing("try:\n    x()\nexcept Exception:\n    pass\n") == [3]
        assert swallowing("try:\n    x()\nexcept Exception:\n    raise\n") == []


class TestTheFolders:
    """What lies where."""

    def test_graphql_holds_data_only(self) -> None:
        # A module there, or tests/graphql as a package, would shadow graphql-core.
        assert {path.suffix for path in (ROOT / "graphql").rglob("*") if path.is_file()} <= {".graphql", ".md"}
        assert not (ROOT / "tests" / "graphql").exists()

    def test_migrations_say_when_they_run(self) -> None:
        names = [path.name for path in (ROOT / "migrations" / "versions").glob("*.py")]
        assert names
        assert all("_pre_" in name or "_post_" in name for name in names)
        for path in (ROOT / "migrations" / "versions").glob("*.py"):
            assert "lock_timeout" in path.read_text("utf-8")
