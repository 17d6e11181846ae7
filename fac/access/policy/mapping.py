"""Reads fields.csv and operations.csv: the record and class that each GraphQL field and operation touches.

A field whose class the row decides names each it may be of, with spaces between.

Never: map a name twice, or let a name stand for several.
"""

import re

from fac.access.policy.sheets import Sources, rows_of
from fac.access.policy.snapshot import FieldRule, OperationRule
from fac.access.policy.words import Vocabulary
from fac.domain.vocabulary import InfoClass
from fac.errors import PolicyInvalid

_FIELD = re.compile(r"[A-Z][A-Za-z0-9]*\.[a-z][A-Za-z0-9]*")
_OPERATION = re.compile(r"[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)*")


def read_fields(sources: Sources, vocabulary: Vocabulary) -> dict[str, FieldRule]:
    """Return ``Type.field`` -> rule; raises PolicyInvalid with every fault found."""
    rules: dict[str, FieldRule] = {}
    faults = []
    for number, (name, record, info) in rows_of("fields.csv", sources["fields.csv"], ("field", "record", "info")):
        classes = info.split(" ")
        fault = _fault(name, name in rules, vocabulary, ("record", record), *(("info", each) for each in classes))
        if not _FIELD.fullmatch(name):
            fault = f"{name} is not Type.field"
        if fault:
            faults.append(f"fields.csv:{number}: {fault}")
        else:
            rules[name] = FieldRule(record, tuple(InfoClass(each) for each in classes))
    if faults:
        raise PolicyInvalid(*faults)
    return rules


def read_operations(sources: Sources, vocabulary: Vocabulary) -> dict[str, OperationRule]:
    """Return operation (or ``operation.argument``) -> rule; raises PolicyInvalid with every fault found."""
    rules: dict[str, OperationRule] = {}
    faults = []
    header = ("operation", "action", "record", "info")
    for number, (name, action, record, info) in rows_of("operations.csv", sources["operations.csv"], header):
        fault = _fault(name, name in rules, vocabulary, ("action", action), ("record", record), ("info", info))
        if not _OPERATION.fullmatch(name):
            fault = f"{name} is not an operation's name"
        if fault:
            faults.append(f"operations.csv:{number}: {fault}")
        else:
            rules[name] = OperationRule(action, record, InfoClass(info))
    if faults:
        raise PolicyInvalid(*faults)
    return rules


def _fault(name: str, twice: bool, vocabulary: Vocabulary, *words: tuple[str, str]) -> str | None:
    if twice:
        return f"{name} is there twice"
    for place, (kind, word) in enumerate(words):
        if word not in vocabulary.words[kind]:
            return f"unknown {kind} {word}"
        if (kind, word) in words[:place]:
            return f"{kind} {word} is said twice"
    return None
