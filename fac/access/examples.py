"""Reads examples.csv, decisions as people would ask for them, and tells which the policy answers otherwise.

Never: stand in for never.csv; an example shows one case, an invariant forbids all of a kind.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from fac.access.actor import Actor
from fac.access.guard import Denial, Permit, decide
from fac.access.policy import Policy
from fac.access.policy.sheets import read_text, rows_of
from fac.domain.vocabulary import ALL_INFO, InfoClass, Role, mask_of
from fac.errors import PolicyInvalid

NAME = "examples.csv"
HEADER = ("role", "action", "record", "info", "held", "verdict", "reason", "because")
_NOBODY = UUID(int=0)
_GLIMPSE = InfoClass.outline.bit | InfoClass.preview.bit


@dataclass(frozen=True, slots=True)
class Example:
    """One question and the answer it must get; ``held`` maps each relation to the classes it is limited to."""

    number: int
    role: Role
    action: str
    record: str
    info: int
    held: dict[str, int]
    answer: tuple[str, str]
    because: str


def read_examples(directory: Path) -> tuple[Example, ...]:
    """Return the examples of the folder; raises PolicyInvalid for a malformed line."""
    return examples_of(read_text(directory, NAME))


def examples_of(text: str) -> tuple[Example, ...]:
    """Return the examples that ``text`` holds; raises PolicyInvalid for a malformed line.

    ``info`` and ``held`` hold words with spaces between, ``held`` may be ``nothing``; ``RELATION=legal+contact`` limits
    a relation to those classes (and the outline and preview), as a release does.
    """
    found = []
    for number, cells in rows_of(NAME, text, HEADER):
        role, action, record, info, held, verdict, reason, because = cells
        try:
            mask = mask_of([InfoClass(word) for word in info.split(" ")])
            limits = {} if held == "nothing" else dict(_limit(word) for word in held.split(" "))
            found.append(Example(number, Role(role), action, record, mask, limits, (verdict, reason), because))
        except ValueError:
            raise PolicyInvalid(f"{NAME}:{number}: holds an unknown word") from None
    if not found:
        raise PolicyInvalid(f"{NAME}: holds no example")
    return tuple(found)


def _limit(word: str) -> tuple[str, int]:
    relation, limited, classes = word.partition("=")
    if not limited:
        return relation, ALL_INFO
    return relation, mask_of([InfoClass(each) for each in classes.split("+")]) | _GLIMPSE


def answer(policy: Policy, example: Example) -> tuple[str, str]:
    """Return (verdict, reason) of the guard: permit/granted, or the denial's code and reason."""
    actor = Actor(_NOBODY, _NOBODY, _NOBODY, None, example.role, _NOBODY, None)
    verdict: Permit | Denial = decide(policy, actor, example.action, example.record, example.info, example.held)
    return ("permit", "granted") if isinstance(verdict, Permit) else (verdict.code, verdict.reason.value)


def failing(policy: Policy, examples: tuple[Example, ...]) -> Iterator[str]:
    """Yield a sentence for each example the policy answers otherwise."""
    for each in examples:
        try:
            got = answer(policy, each)
        except (LookupError, PolicyInvalid):
            yield f"{NAME}:{each.number}: asks with a word the policy does not know"
            continue
        if got != each.answer:
            yield f"{NAME}:{each.number}: is {' '.join(got)}, not {' '.join(each.answer)}: {each.because}"
