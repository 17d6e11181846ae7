"""The thief of a dump: what the tables, their order and the lengths in them tell, with public lists of names beside them.

Five ways are tried: tokens ranked by their count; the same by families, taken from how postings lie; postings set beside
the case that was opened in the same place; people ranked by how often they were compared; lengths of what is sealed.
``judge`` alone knows the truth.
Never: give the thief less than the distributions people were drawn from, or a key.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from heapq import nlargest
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.matching.county import COMMON_SURNAMES, FAMILY, GIVEN
from benchmarks.matching.stolen import Truth, rows
from fac.crypto.blind_index import BlindIndex
from fac.db.statement import id_of
from fac.domain.identity import IdentityFacts, match_terms

GUESSES = 20_000
_ONE_IS_LIKELY = 0.5
Guesses = dict[bytes, str]
Expected = Iterable[tuple[float, str]]


@dataclass(frozen=True, slots=True)
class Loot:
    """What is read of the dump: postings as they lie (and their ids), cases by their ids, who was compared, lengths."""

    tokens: list[bytes]
    pointers: list[bytes]
    ids: list[str]
    cases: list[str]
    people: int
    compared: Counter[str]
    lengths: Counter[int]

    @classmethod
    def read(cls, source: Path, incident_id: UUID) -> "Loot":
        """Read what the dump holds of an incident."""
        postings, persons, cases, events = (
            [each for each in rows(source, table) if each["incident_id"] == str(incident_id)]
            for table in ("match_postings", "persons", "cases", "audit_events")
        )
        told = [each for each in events if each["event"] == "duplicate.compared"]
        return cls(
            [bytes.fromhex(each["token"][2:]) for each in postings],
            [bytes.fromhex(each["pointer"][2:]) for each in postings],
            [each["id"] for each in postings],
            sorted(each["id"] for each in cases),
            len(persons),
            Counter(id for each in told for id in each["subjects"].strip("{}").split(",")),
            Counter(len(each["identity"]) for each in persons),
        )

    def forms(self) -> list[list[bytes]]:
        """Return the postings cut where their tokens fall: those of one form are written in ascending order."""
        found: list[list[bytes]] = [[]]
        for token in self.tokens:
            if found[-1] and token < found[-1][-1]:
                found.append([])
            found[-1].append(token)
        return found


@dataclass(frozen=True, slots=True)
class Found:
    """Shares from 0 to 1, of all postings or of all people."""

    postings: float  # recognised by counts
    people: float  # led to by one of them at least
    by_family: float  # of postings, by counts within what families share and what they do not
    by_family_people: float
    beside: float  # neighbours, as they lie, of one case
    beside_by_id: float
    placed: float  # postings set beside the case they are of
    named: float  # people named by how often they were compared
    odd_length: float  # people whose sealed name is not as long as most

    def as_dict(self) -> dict[str, Any]:
        """Return the shares by name."""
        return {name: round(value, 6) for name, value in asdict(self).items()}


def ranked(counts: Mapping[bytes, int], expected: Expected) -> Guesses:
    """Return the term that each of the commonest tokens is taken for: that of the same rank."""
    terms = [term for _, term in nlargest(GUESSES, expected)]
    # Tokens of one count are in the order of the tokens, which is chance.
    return dict(zip(sorted(counts, key=lambda token: (-counts[token], token)), terms, strict=False))


def ranked_by_family(loot: Loot, expected: Expected) -> Guesses:
    """Return guesses made apart for the tokens that some family shares and for those that none does."""
    shared = {token for form in loot.forms() for token, many in Counter(form).items() if many > 1}
    counts, guesses, surnames = Counter(loot.tokens), Guesses(), FAMILY.of_root
    listed = list(expected)
    for is_shared in (True, False):
        terms = ((count, term) for count, term in listed if _is_shared(term, surnames) is is_shared)
        guesses |= ranked({token: counts[token] for token in counts if (token in shared) is is_shared}, terms)
    return guesses


def _is_shared(term: str, surnames: Mapping[str, float]) -> bool:
    kind, name, *_ = term.split(":")
    return kind == "name_place" and name in surnames


def placed(loot: Loot) -> Iterator[tuple[int, str]]:
    """Yield the place of each posting with the case that the thief sets it beside: that of the same rank by time."""
    forms = loot.forms()
    ends = list(accumulate(map(len, forms)))
    for place in range(len(loot.tokens)):
        number = bisect_right(ends, place)
        yield place, loot.cases[number * len(loot.cases) // len(forms)]


def named(loot: Loot) -> Iterator[tuple[UUID, tuple[str, str]]]:
    """Yield people, who was compared most often first, with the commonest names, each as often as it should occur."""
    counts = (
        (loot.people * one * two * COMMON_SURNAMES, (given, family))
        for given, one in zip(GIVEN.names, GIVEN.shares, strict=True)
        for family, two in zip(FAMILY.names, FAMILY.shares, strict=True)
    )
    commonest = sorted((each for each in counts if each[0] >= _ONE_IS_LIKELY), reverse=True)
    names = [name for count, name in commonest for _ in range(round(count))]
    for (id, _), name in zip(loot.compared.most_common(), names, strict=False):
        yield UUID(id), name


def judge(
    loot: Loot,
    expected: Sequence[tuple[float, str]],
    truth: Truth,
    index: BlindIndex,
    terms_of: Callable[[IdentityFacts], list[str]] = match_terms,
) -> Found:
    """Return how much of what the thief makes of the loot is so; ``terms_of`` a person the index keeps."""
    own, term_of = (truth.incident_id, truth.custodian_id), Guesses()
    for facts in truth.people.values():
        terms = terms_of(facts)
        term_of.update(zip(index.tokens(*own, terms), terms, strict=True))
    opened = index.open_pointers(own[0], zip(loot.tokens, loot.pointers, strict=True))
    owner = [id_of(id) for _, id in opened]
    case = [truth.case_of[id] for id in owner]
    by_id = [case[place] for place in sorted(range(len(case)), key=loot.ids.__getitem__)]
    owners: dict[bytes, list[UUID]] = defaultdict(list)
    for token, id in zip(loot.tokens, owner, strict=True):
        owners[token].append(id)
    by_counts, by_family = (
        _recognised(guesses, term_of, owners)
        for guesses in (ranked(Counter(loot.tokens), expected), ranked_by_family(loot, expected))
    )
    people, postings = len(truth.people), len(owner)
    right = [id for id, name in named(loot) if _name(truth, id) == name]
    return Found(
        by_counts[0] / postings, by_counts[1] / people, by_family[0] / postings, by_family[1] / people,
        *(sum(one == two for one, two in pairwise(listed)) / (postings - 1) for listed in (case, by_id)),
        sum(str(case[place]) == guess for place, guess in placed(loot)) / postings,
        len(right) / people,
        1 - max(loot.lengths.values()) / people,
    )  # fmt: skip


def _recognised(guesses: Guesses, term_of: Guesses, owners: Mapping[bytes, Sequence[UUID]]) -> tuple[int, int]:
    right = [token for token, term in guesses.items() if term_of.get(token) == term]
    return sum(len(owners[token]) for token in right), len({id for token in right for id in owners[token]})


def _name(truth: Truth, id: UUID) -> tuple[str | None, str | None]:
    facts = truth.people[id]
    return facts.given_name, facts.family_name
