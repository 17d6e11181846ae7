"""Loads the policy: read strictly, compile, prove the invariants, compare with Casbin, freeze.

Never: return a policy with a fault in it; at boot the process then does not start.
"""

import hashlib
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from fac.access.policy.invariants import breaches, read_invariants
from fac.access.policy.lines import Book, read_book
from fac.access.policy.mapping import read_fields, read_operations
from fac.access.policy.reference import (
    disagreements,
    enforcer_of,
    refuse_a_model_where_allow_beats_deny,
    refuse_two_casbins,
    sample,
)
from fac.access.policy.sheets import Sources, read_sources
from fac.access.policy.snapshot import Policy
from fac.access.policy.table import compile_table, refuse_idle_lines
from fac.access.policy.words import Vocabulary, read_reach, read_separation, read_vocabulary
from fac.errors import PolicyInvalid

_SAMPLED_AT_BOOT = 200
_SHOWN = 20
_MOST_PROVED = 8


def load(directory: Path) -> Policy:
    """Return the frozen policy of the folder ``directory``; raises PolicyInvalid with the faults found."""
    refuse_two_casbins()
    return load_sources(read_sources(directory))


def load_sources(sources: Sources, *, idle_lines: bool = False) -> Policy:
    """Return the frozen policy of the given texts, compared with Casbin; raises PolicyInvalid.

    The same texts are proved once a process: what a sound policy is depends on nothing else.
    """
    return _proved(tuple(sorted(sources.items())), idle_lines)


@lru_cache(maxsize=_MOST_PROVED)
def _proved(texts: tuple[tuple[str, str], ...], idle_lines: bool) -> Policy:
    sources = dict(texts)
    policy, vocabulary, book = compile_sources(sources, idle_lines=idle_lines)
    refuse_a_model_where_allow_beats_deny(sources["model.conf"], book)
    enforcer = enforcer_of(sources["model.conf"], book)
    cells = sample(book, vocabulary, seed=policy.version, extra=_SAMPLED_AT_BOOT)
    differing = next(disagreements(policy.table, enforcer, cells), None)
    if differing is not None:
        raise PolicyInvalid(f"model.conf: Casbin answers otherwise than the compiled table on {', '.join(differing)}")
    return policy


def compile_sources(sources: Sources, *, idle_lines: bool = False) -> tuple[Policy, Vocabulary, Book]:
    """Return the policy compiled from the given texts, checked by all but Casbin; raises PolicyInvalid.

    ``idle_lines`` may stand where further lines are laid over a whole policy, which leaves some of it without effect.
    """
    vocabulary = read_vocabulary(sources)
    reach = read_reach(sources, vocabulary)
    book = read_book(sources, vocabulary)
    if not idle_lines:
        refuse_idle_lines(book, reach)
    table = compile_table(book, vocabulary)
    broken = tuple(breaches(table, read_invariants(sources, vocabulary, book)))
    if broken:
        raise PolicyInvalid(*broken[:_SHOWN])
    policy = Policy(
        version=version_of(sources),
        relations=tuple(vocabulary.words["rows"]),
        actions=tuple(vocabulary.words["action"]),
        records=tuple(vocabulary.words["record"]),
        fields=MappingProxyType(read_fields(sources, vocabulary)),
        operations=MappingProxyType(read_operations(sources, vocabulary)),
        table=MappingProxyType(table),
        reach=MappingProxyType(reach),
        separated=read_separation(sources, vocabulary),
    )
    return policy, vocabulary, book


def version_of(sources: Sources) -> bytes:
    """Return the SHA-256 over the names and texts of all policy files; 32 bytes."""
    digest = hashlib.sha256()
    for name in sorted(sources):
        for part in (name.encode(), sources[name].encode()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()
