"""Habits that a single test of behaviour cannot show: where cryptography, chance, logs and patterns may stand."""

import ast
import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from re import _constants as op
from re import _parser as patterns
from typing import Any

import pytest

from fac import logs
from fac.crypto.keys import ALL_PURPOSES

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "fac").rglob("*.py"))
CRYPTOGRAPHIC = {"cryptography", "hashlib", "hmac", "secrets", "shamir_mnemonic", "ssl"}
INVENTORY = ROOT / "docs" / "security" / "cryptography.csv"
WEAK = {"md5", "MD5", "ECB", "CBC", "PKCS1v15", "TripleDES", "ARC4", "Blowfish", "RSA", "DSA"}
# Invented people, and a sample that must be the same each time: nothing that somebody must not guess.
GUESSABLE = ("fac/demo/", "fac/access/policy/reference.py")
# The house's own log; the policy's comparison silences Casbin's.
LOGGING = {"fac/logs.py", "fac/access/policy/reference.py"}


@cache
def parsed(module: str) -> ast.Module:
    return ast.parse((ROOT / module).read_text("utf-8"))


def imported(module: str) -> set[str]:
    """Return the top names of what a module imports, wherever in it."""
    found = set()
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


class TestCryptography:
    def test_every_module_that_uses_it_is_in_the_inventory_and_no_other(self) -> None:
        with INVENTORY.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert all(all(row.values()) for row in rows), "an empty cell"
        using = {module for module in MODULES if imported(module) & CRYPTOGRAPHIC}
        listed = {row["module"] for row in rows}
        assert (using - listed, listed - using) == (set(), set()), "docs/security/cryptography.csv: (missing, gone)"

    def test_every_key_is_in_the_guide(self) -> None:
        guide = INVENTORY.read_text("utf-8")
        assert [each for each in ALL_PURPOSES if each.partition(":")[0] not in guide] == []

    def test_no_weak_primitive_is_named(self) -> None:
        found = [
            (module, name)
            for module in MODULES
            for node in ast.walk(parsed(module))
            for name in (getattr(node, "attr", ""), getattr(node, "id", ""), getattr(node, "name", ""))
            if name in WEAK
        ]
        assert found == []

    def test_sha_1_makes_one_time_codes_and_nothing_else(self) -> None:
        found = {module for module in MODULES if "sha1" in (ROOT / module).read_text("utf-8").lower().replace("-", "")}
        assert found == {"fac/crypto/one_time_code.py"}

    def test_chance_that_must_not_be_guessed_is_the_systems(self) -> None:
        assert [m for m in MODULES if "random" in imported(m) and not m.startswith(GUESSABLE)] == []

    def test_secrets_are_compared_in_constant_time(self) -> None:
        """No ``==`` where a tag, a key, a code, a canary or a commitment is compared."""
        secret = ("tag", "mac", "key", "canary", "commitment", "digest", "code", "secret")
        found = [
            f"{module}:{node.lineno}"
            for module in MODULES
            if module.startswith("fac/crypto/")
            for node in ast.walk(parsed(module))
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq)
            for side in (node.left, *node.comparators)
            if isinstance(side, ast.Name | ast.Attribute) and ast.unparse(side).rpartition(".")[2] in secret
        ]
        assert found == []


class TestLogs:
    def test_the_inventory_names_every_key_that_may_be_logged(self) -> None:
        inventory = (ROOT / "docs" / "security" / "logs.md").read_text("utf-8")
        assert [key for key in logs._ALLOWED if f"`{key}`" not in inventory] == []

    def test_nothing_logs_but_by_the_houses_log(self) -> None:
        assert {module for module in MODULES if imported(module) & {"logging", "structlog"}} == LOGGING

    def test_nothing_prints_but_what_speaks_to_a_person(self) -> None:
        speaking = [m for m in MODULES if "/" in m.removeprefix("fac/") and "print(" in (ROOT / m).read_text("utf-8")]
        assert speaking == []


def written() -> Iterator[tuple[str, str]]:
    """Yield the module and text of every pattern; what an f-string puts in is a word."""
    for module in MODULES:
        for node in ast.walk(parsed(module)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.") and node.args:
                text = node.args[0]
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield module, text.value
                elif isinstance(text, ast.JoinedStr):
                    yield (
                        module,
                        "".join(str(each.value) if isinstance(each, ast.Constant) else "x" for each in text.values),
                    )


def backtracking(parsed: Any) -> Iterator[str]:
    """Yield what can be matched in exponentially many ways: an endless repeat of an endless repeat without a border."""
    for code, value in parsed:
        if code in (op.MAX_REPEAT, op.MIN_REPEAT):
            _, most, body = value
            if most == op.MAXREPEAT and any(not bordered(body, inner) for inner in endless(body)):
                yield str(body)
            yield from backtracking(body)
        elif code is op.SUBPATTERN:
            yield from backtracking(value[-1])
        elif code is op.BRANCH:
            for branch in value[1]:
                yield from backtracking(branch)


def endless(parsed: Any) -> Iterator[Any]:
    for code, value in parsed:
        if code in (op.MAX_REPEAT, op.MIN_REPEAT):
            if value[1] == op.MAXREPEAT:
                yield value[2]
            yield from endless(value[2])
        elif code is op.SUBPATTERN:
            yield from endless(value[-1])
        elif code is op.BRANCH:
            for branch in value[1]:
                yield from endless(branch)


def bordered(body: Any, inner: Any) -> bool:
    """Tell whether ``body`` begins with a letter of its own that ``inner`` never matches."""
    while body and body[0][0] is op.SUBPATTERN:
        body = body[0][1][-1]
    if not body or body[0][0] is not op.LITERAL or len(inner) != 1 or inner[0][0] is not op.IN:
        return False
    border = body[0][1]
    return all(
        (code is op.LITERAL and value != border) or (code is op.RANGE and not value[0] <= border <= value[1])
        for code, value in inner[0][1]
    )


class TestPatterns:
    def test_none_can_backtrack_without_end(self) -> None:
        found = list(written())
        assert len(found) > 20
        assert [(module, text) for module, text in found if list(backtracking(patterns.parse(text)))] == []

    @pytest.mark.parametrize("text", ["(a+)+", "(a*b?)*", "([a-z]+)*x", "(?:x|y+)*", "(-[a-z-]+)*"])
    def test_one_that_can_is_found(self, text: str) -> None:
        assert list(backtracking(patterns.parse(text)))

    def test_a_border_is_enough(self) -> None:
        assert not list(backtracking(patterns.parse("[a-z]+(_[a-z0-9]+)*")))
