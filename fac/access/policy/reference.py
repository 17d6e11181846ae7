"""Casbin itself, asked the slow way: the compiled table must give the same answer in every place.

The enforcer is private, built from our own strictly read lines, and thrown away after the comparison.
Never: serve a request, reload, or be asked from two threads.
"""

import logging
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from importlib import metadata
from itertools import product

import casbin

from fac.access.policy.lines import GROUPINGS, Book
from fac.access.policy.snapshot import Grant
from fac.access.policy.words import KINDS, Vocabulary
from fac.domain.vocabulary import InfoClass, Role
from fac.errors import PolicyInvalid

Cell = tuple[str, str, str, str, str]  # role, action, record, info, rows
Table = Mapping[tuple[Role, str, str], tuple[Grant, ...]]

_LOGGERS = ("casbin", "casbin.policy", "casbin.enforcer", "casbin.role")


def refuse_two_casbins(installed: Iterable[str] | None = None) -> None:
    """Raise PolicyInvalid when both distributions that install ``casbin`` are there: they overwrite each other."""
    names = {"casbin", "pycasbin"}
    if installed is None:
        installed = metadata.packages_distributions().get("casbin", ())
    if names <= {name.lower() for name in installed}:
        raise PolicyInvalid("both casbin and pycasbin are installed; remove casbin and install pycasbin again")


def enforcer_of(model: str, book: Book) -> casbin.Enforcer:
    """Return a Casbin enforcer with the given model text and every line of the book; raises PolicyInvalid."""
    for name in _LOGGERS:
        logging.getLogger(name).disabled = True
    try:
        enforcer = casbin.Enforcer(casbin.Enforcer.new_model(text=model))
        enforcer.enable_auto_save(False)
        for line in book.lines:
            enforcer.model.add_policy("p", "p", list(line.cells()))
        for grouping in GROUPINGS:
            enforcer.model.add_policies("g", grouping, [[m, b] for g, m, b in book.groupings if g == grouping])
        enforcer.build_role_links()
    except Exception as cause:  # Casbin raises bare RuntimeError, KeyError and others for a bad model
        raise PolicyInvalid("model.conf: Casbin refuses it") from cause
    return enforcer


def refuse_a_model_where_allow_beats_deny(model: str, book: Book) -> None:
    """Raise PolicyInvalid unless a deny beats an allow of the same words (no shipped line may ever show it)."""
    line = next(each for each in book.lines if each.eft == "allow")
    against = replace(book, lines=(line, replace(line, eft="deny")))
    words = zip(KINDS, line.cells()[:5], strict=True)
    if enforcer_of(model, against).enforce(*(book.words(kind, word)[0] for kind, word in words)):
        raise PolicyInvalid("model.conf: Casbin lets an allow beat a deny")


def allows(table: Table, cell: Cell) -> bool:
    """Return the table's answer to what Casbin is asked: allowed and not denied in these rows."""
    role, action, record, info, rows = cell
    for grant in table[Role(role), action, record]:
        if grant.relation == rows:
            return bool(grant.allowed & ~grant.denied & InfoClass(info).bit)
    return False


def disagreements(table: Table, enforcer: casbin.Enforcer, cells: Iterable[Cell]) -> Iterator[Cell]:
    """Yield each cell in which Casbin and the table differ."""
    for cell in cells:
        if enforcer.enforce(*cell) is not allows(table, cell):
            yield cell


def sample(book: Book, vocabulary: Vocabulary, *, seed: bytes, extra: int) -> Iterator[Cell]:
    """Yield, for each line, one cell in it and one step beside it in each word, then ``extra`` cells from anywhere."""
    draw = random.Random(seed)  # noqa: S311  # a repeatable sample, not a secret
    words = {kind: tuple(vocabulary.words[kind]) for kind in KINDS}
    for line in book.lines:
        inside = [draw.choice(book.words(kind, word)) for kind, word in zip(KINDS, line.cells()[:5], strict=True)]
        yield tuple(inside)  # type: ignore[misc]  # five words, one a kind
        for place, kind in enumerate(KINDS):
            yield (*inside[:place], draw.choice(words[kind]), *inside[place + 1 :])  # type: ignore[misc]  # as above
    for _ in range(extra):
        yield tuple(draw.choice(words[kind]) for kind in KINDS)  # type: ignore[misc]  # as above


def every_kind_of_cell(book: Book, vocabulary: Vocabulary) -> Iterator[Cell]:
    """Yield one cell for every combination that any line can tell apart.

    Two words of a kind that stand in the same line words for every line of a relation get the same answers there, so
    one of them speaks for both; what this leaves out is what ``sample`` draws from.
    """
    for relation in vocabulary.words["rows"]:
        lines = [line for line in book.lines if line.rows == relation]
        chosen = []
        for place, kind in enumerate(KINDS[:4]):
            named = sorted({line.cells()[place] for line in lines})
            first: dict[tuple[bool, ...], str] = {}
            for word in vocabulary.words[kind]:
                first.setdefault(tuple(word in book.words(kind, each) for each in named), word)
            chosen.append(tuple(first.values()))
        yield from ((*cell, relation) for cell in product(*chosen))  # type: ignore[misc]  # as above
