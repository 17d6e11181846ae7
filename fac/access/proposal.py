"""What a proposed change of the policy must pass before it may be proposed, again before it is approved, and again
in each process before it is put in force.

For the whole installation a proposal brings files that take the place of the program's own; for one incident it brings
``overlay.csv``, denials laid over whatever is in force, so that an incident can only tighten. What the program itself
holds to be forbidden (its never.csv, with its own bundles) stays forbidden: a proposal may bring further invariants and
cannot take one away. The solver's proofs over the relations were made for the program's words and invariants, so words
may be worded anew and bundled otherwise, and neither added nor dropped.
Never: look at who proposes; that is the guard's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path

from fac.access.examples import NAME as EXAMPLES
from fac.access.examples import examples_of, failing
from fac.access.policy import Policy
from fac.access.policy.invariants import Invariant, breaches, read_invariants
from fac.access.policy.lines import read_book
from fac.access.policy.loading import load_sources, version_of
from fac.access.policy.sheets import Sources, plain_text, read_sources, read_text
from fac.access.policy.words import KINDS, Vocabulary, read_vocabulary
from fac.domain.vocabulary import Role, classes_of
from fac.errors import PolicyInvalid

REPLACEABLE = frozenset({"policy.csv", "vocabulary.csv", "never.csv", EXAMPLES})
OVERLAY = "overlay.csv"
_SHOWN = 20


@dataclass(frozen=True)
class Packaged:
    """The program's own policy files: what is in force where nothing was approved, and the floor under all changes."""

    sources: Sources
    examples: str

    @cached_property
    def policy(self) -> Policy:
        """The policy of these files alone."""
        return load_sources(self.sources)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The program's words."""
        return read_vocabulary(self.sources)

    @cached_property
    def invariants(self) -> tuple[Invariant, ...]:
        """What the program's own never.csv forbids, its bundles opened by its own policy.csv."""
        return read_invariants(self.sources, self.vocabulary, read_book(self.sources, self.vocabulary))


def read_packaged(directory: Path) -> Packaged:
    """Return the policy files of the folder; raises PolicyInvalid when one cannot be taken."""
    return Packaged(read_sources(directory), read_text(directory, EXAMPLES))


def digest_of(files: Mapping[str, str]) -> bytes:
    """Return the SHA-256 over the names and texts of a proposal's files; 32 bytes."""
    return version_of(files)


def prove(packaged: Packaged, files: Mapping[str, str]) -> tuple[Policy, Sources]:
    """Return what the installation's policy becomes with ``files``, and its texts; raises PolicyInvalid."""
    if strange := sorted(files.keys() - REPLACEABLE):
        raise PolicyInvalid(*(f"{name}: is not a file that a proposal may replace" for name in strange))
    texts = {name: plain_text(name, text.encode()) for name, text in files.items()}
    examples = examples_of(texts.pop(EXAMPLES, packaged.examples))
    sources = {**packaged.sources, **texts}
    _refuse_other_words(packaged.vocabulary, read_vocabulary(sources))
    policy = load_sources(sources)
    faults = [*breaches(policy.table, packaged.invariants), *failing(policy, examples)]
    if faults:
        raise PolicyInvalid(*faults[:_SHOWN])
    return policy, sources


def prove_overlay(base: Policy, sources: Sources, files: Mapping[str, str]) -> Policy:
    """Return what ``base`` (the policy of ``sources``) becomes for an incident with its overlay; raises PolicyInvalid.

    The table of the result is compared with the base's in every place: nothing may be open that was closed.
    """
    if set(files) != {OVERLAY}:
        raise PolicyInvalid(f"an incident's overlay is one file, {OVERLAY}")
    text = plain_text(OVERLAY, files[OVERLAY].encode())
    _refuse_other_than_denials(text)
    policy = load_sources({**sources, "policy.csv": sources["policy.csv"] + text}, idle_lines=True)
    if opened := list(openings(base, policy)):
        raise PolicyInvalid(*opened[:_SHOWN])
    return policy


def openings(before: Policy, after: Policy) -> Iterator[str]:
    """Yield a sentence for each place of the table where ``after`` allows more, or denies less, than ``before``."""
    for role, action, record in product(Role, before.actions, before.records):
        was = {each.relation: each for each in before.grants(role, action, record)}
        for now in after.grants(role, action, record):
            held = was.pop(now.relation, None)
            more = now.allowed & ~(held.allowed if held else 0)
            less = (held.denied & ~now.denied) if held else 0
            if more | less:
                opened = " ".join(classes_of(more | less))
                yield f"{role} may {action} {record} in {now.relation}: {opened}"
        yield from (
            f"{role} is no longer denied to {action} {record} in {name}" for name, each in was.items() if each.denied
        )


def _refuse_other_words(own: Vocabulary, proposed: Vocabulary) -> None:
    faults = [
        f"vocabulary.csv: {'adds' if word in proposed.words[kind] else 'drops'} the program's {kind} {word}"
        for kind in KINDS
        for word in sorted(set(own.words[kind]) ^ set(proposed.words[kind]))
    ]
    if faults:
        raise PolicyInvalid(*faults)


def _refuse_other_than_denials(text: str) -> None:
    """Raise PolicyInvalid unless each line is a denial; its words are checked with the whole."""
    faults = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line and not line.startswith("#"):
            cells = [cell.strip(" ") for cell in line.split(",")]
            if cells[0] != "p" or cells[-1] != "deny":
                faults.append(f"{OVERLAY}:{number}: an overlay holds denials only")
    if faults:
        raise PolicyInvalid(*faults)
