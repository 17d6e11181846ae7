"""SQL conditions as somebody would have written them who forgot one part: for tests that show each part is needed.

Read from the text itself, in which AND and OR join parts of one kind only within one pair of brackets.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(r"'[^']*'|[()]|\w+|[^\s\w()']+")
_BEGINS, _ENDS = {"WHERE", "ON"}, {"SELECT", "FROM", "JOIN", "LEFT", "LIMIT", "UNION", "ORDER", "WITH"}
# The floor holds every table of a condition to the one incident already; said again, an index can be walked by it.
_SAID_BY_THE_FLOOR = re.compile(r"(\w+\.)?incident_id = (\w+\.incident_id|\(SELECT nullif.*)")


@dataclass(slots=True)
class _Group:
    """What stands in one pair of brackets: the parts of its conditions, and by what they are joined."""

    start: int | None  # of the part that is being read; None where no condition is
    is_condition: bool  # also of one part alone
    parts: list[tuple[int, int, str]] = field(default_factory=list)
    joined_by: str = ""

    def close(self, end: int) -> Iterator[tuple[int, int, str]]:
        if self.start is not None and (self.is_condition or self.joined_by):
            self.parts.append((self.start, end, "false" if self.joined_by == "OR" else "true"))
        yield from self.parts
        self.parts, self.joined_by, self.start, self.is_condition = [], "", None, False

    def split(self, end: int, word: str, then: int) -> None:
        assert self.joined_by in ("", word), "brackets are missing"
        self.joined_by = word
        assert self.start is not None
        self.parts.append((self.start, end, "false" if word == "OR" else "true"))
        self.start = then


def slips_of(sql: str, *, is_condition: bool = True) -> Iterator[tuple[str, str]]:
    """Yield every part of the conditions in ``sql``, and the whole without it: not demanded, or not allowed for."""
    sql = " ".join(sql.split())
    for start, end, instead in _parts(sql, is_condition):
        part = sql[start:end].strip()
        if part != instead and not _SAID_BY_THE_FLOOR.fullmatch(part):
            yield part, f"{sql[:start]} {instead} {sql[end:]}"


def _parts(sql: str, is_condition: bool) -> Iterator[tuple[int, int, str]]:
    groups = [_Group(0 if is_condition else None, is_condition)]
    before = ""
    for token in _TOKEN.finditer(sql):
        word, group = token.group(), groups[-1]
        if word == "(":
            groups.append(_Group(token.end(), is_condition=False))
        elif word == ")":
            yield from groups.pop().close(token.start())
        elif word in ("AND", "OR") and group.start is not None:
            group.split(token.start(), word, token.end())
        elif word in _BEGINS and before != "DISTINCT":
            yield from group.close(token.start())
            group.start, group.is_condition = token.end(), True
        elif word in _ENDS:
            yield from group.close(token.start())
        before = word
    yield from groups.pop().close(len(sql))
