"""Small-cell suppression: which figures of a table must stay hidden so that none of them can be worked out.

Primary: a count from 1 to the threshold is hidden; zero is shown. Complementary: more is hidden until every hidden cell
has a *twin*: another whole table that keeps every rule of the form (totals, "at most"), agrees on every shown cell,
differs in that cell, and leaves every hidden cell on its side of the threshold. A twin is a proof: whoever solves the
published table cannot tell it from the real one, even knowing which cells were hidden for being small. The search for
twins is bounded and may miss one; then more is hidden, never less.
Source: the guidance of federal statistical agencies on cell suppression (Statistical Policy Working Paper 22).
Never: say a table is safe without a twin at hand, or let an already published figure count as hidden.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from fac.errors import InvalidInput

Cell: TypeAlias = tuple[str, ...]
Bounds: TypeAlias = tuple[int, int | None]

DEFAULT_THRESHOLD = 10
_LEAST_THRESHOLD = 3  # below, "hidden" would say what the figure is
_SEARCH_STEPS = 5_000


@dataclass(frozen=True, slots=True)
class Rule:
    """What everybody knows of a form: the weighted sum of ``terms`` is zero (``is_exact``), or at least zero."""

    terms: Mapping[Cell, int]
    is_exact: bool

    def holds(self, cells: Mapping[Cell, int]) -> bool:
        """Tell whether ``cells`` keep the rule."""
        balance = sum(weight * cells[cell] for cell, weight in self.terms.items())
        return balance == 0 if self.is_exact else balance >= 0


def adds_up(total: Cell, parts: Iterable[Cell]) -> Rule:
    """Return the rule that ``parts`` add up to ``total``."""
    return Rule({total: -1, **dict.fromkeys(parts, 1)}, is_exact=True)


def at_most(parts: Iterable[Cell], wholes: Iterable[Cell]) -> Rule:
    """Return the rule that ``parts`` together never exceed ``wholes`` together."""
    return Rule({**dict.fromkeys(parts, -1), **dict.fromkeys(wholes, 1)}, is_exact=False)


@dataclass(slots=True)
class Table:
    """A table on its way to being published. ``hidden`` maps each hidden cell to the range a twin may give it."""

    cells: Mapping[Cell, int]
    rules: Sequence[Rule]
    fixed: frozenset[Cell]
    hidden: dict[Cell, Bounds] = field(default_factory=dict)
    rules_of: dict[Cell, list[Rule]] = field(default_factory=dict)
    steps: int = 0

    def __post_init__(self) -> None:
        for rule in self.rules:
            for cell in rule.terms:
                self.rules_of.setdefault(cell, []).append(rule)

    def twin(self, cell: Cell) -> dict[Cell, int] | None:
        """Return the cells in which another table, published just like this one, differs from it, ``cell`` included."""
        for change in (1, -1):
            self.steps = 0
            if self._may(cell, change) and (moves := self._repair({cell: change})) is not None:
                return {each: self.cells[each] + move for each, move in moves.items()}
        return None

    def _repair(self, moves: dict[Cell, int]) -> dict[Cell, int] | None:
        self.steps += 1
        broken = self._broken(moves)
        if broken is None:
            return moves
        rule, change = broken
        tried: set[tuple[tuple[int, int], ...]] = set()
        for cell, weight in sorted(rule.terms.items(), key=lambda term: len(self.rules_of[term[0]])):
            kind = tuple((id(each), each.terms[cell]) for each in self.rules_of[cell])
            move = change * weight
            # Two cells under the same rules are as good as each other here.
            if cell in moves or kind in tried or self.steps > _SEARCH_STEPS or not self._may(cell, move):
                continue
            tried.add(kind)
            if (found := self._repair({**moves, cell: move})) is not None:
                return found
        return None

    def _broken(self, moves: Mapping[Cell, int]) -> tuple[Rule, int] | None:
        """Return the first rule that ``moves`` break, and the sign of the change that mends it."""
        for moved in moves:
            for rule in self.rules_of.get(moved, ()):
                balance = sum(weight * (self.cells[c] + moves.get(c, 0)) for c, weight in rule.terms.items())
                if balance < 0 or (balance > 0 and rule.is_exact):
                    return rule, 1 if balance < 0 else -1
        return None

    def _may(self, cell: Cell, move: int) -> bool:
        if cell not in self.hidden:
            return False
        low, high = self.hidden[cell]
        value = self.cells[cell] + move
        return low <= value and (high is None or value <= high)

    def neighbours(self, cell: Cell) -> Iterable[list[Cell]]:
        """Yield the other cells tied to ``cell`` by a rule, then those tied to its hidden neighbours, and so on."""
        seen, edge = {cell}, [cell]
        while edge:
            for exact in (True, False):
                rules = [rule for each in edge for rule in self.rules_of.get(each, ()) if rule.is_exact is exact]
                yield list(dict.fromkeys(other for rule in rules for other in rule.terms if other not in seen))
            reached = [other for each in edge for rule in self.rules_of.get(each, ()) for other in rule.terms]
            edge = [other for other in dict.fromkeys(reached) if other not in seen and other in self.hidden]
            seen.update(edge)


def suppress(
    cells: Mapping[Cell, int],
    rules: Sequence[Rule],
    *,
    threshold: int = DEFAULT_THRESHOLD,
    also_hidden: Iterable[Cell] = (),
    already_shown: Iterable[Cell] = (),
) -> frozenset[Cell]:
    """Return the cells that must stay hidden when the rest of ``cells`` is published.

    ``also_hidden`` are cells that must be hidden whatever their size (see ``moved_a_little``, and cells hidden in an
    earlier publication); ``already_shown`` are public already and so protect nothing. A rule that the figures do not
    keep is left out. Raises InvalidInput when the threshold is too low or no safe publication exists any more.
    """
    if threshold < _LEAST_THRESHOLD:
        raise InvalidInput.at("threshold", "too_low", "Hide at least the counts from 1 to 3.")
    fixed = frozenset(already_shown)
    table = Table(cells, [rule for rule in rules if rule.holds(cells)], fixed)
    forced = set(also_hidden)
    waiting = [
        cell for cell, count in cells.items() if cell in forced or (1 <= count <= threshold and cell not in fixed)
    ]
    for cell in waiting:
        table.hidden[cell] = _bounds(cells[cell], threshold)
    while waiting:
        cell = waiting.pop(0)
        # A cell once protected stays so: hiding more only gives its twin more room.
        while table.twin(cell) is None:
            extra = _next_to_hide(table, cell)
            if extra is None:
                _withhold(table, cell)
                break
            table.hidden[extra] = _bounds(cells[extra], threshold)
            waiting.append(extra)
    return frozenset(table.hidden)


def moved_a_little(
    cells: Mapping[Cell, int], earlier: Mapping[Cell, int], *, threshold: int = DEFAULT_THRESHOLD
) -> frozenset[Cell]:
    """Return the cells whose difference from an earlier publication would itself be a small count (differencing)."""
    return frozenset(
        cell for cell in cells.keys() & earlier.keys() if 1 <= abs(cells[cell] - earlier[cell]) <= threshold
    )


def _bounds(count: int, threshold: int) -> Bounds:
    """Return the range in which a twin keeps a hidden cell on its side of the threshold."""
    if count == 0:
        return 0, None
    return (1, threshold) if count <= threshold else (threshold + 1, None)


def _next_to_hide(table: Table, cell: Cell) -> Cell | None:
    """Return the smallest shown figure nearest to ``cell``: hiding it costs the reader least."""
    for near in table.neighbours(cell):
        shown = [each for each in near if each not in table.hidden and each not in table.fixed and table.cells[each]]
        if shown:
            return min(shown, key=lambda each: table.cells[each])
    return None


def _withhold(table: Table, cell: Cell) -> None:
    """Hide the whole block around ``cell``, zeros too, where nothing less protects it."""
    block, edge = {cell}, [cell]
    while edge:
        tied = (
            other for each in edge for rule in table.rules_of.get(each, ()) if rule.is_exact for other in rule.terms
        )
        edge = [other for other in dict.fromkeys(tied) if other not in block and other not in table.fixed]
        block.update(edge)
    for each in block:
        table.hidden[each] = (0, None)
    if any(table.twin(each) is None for each in block):
        raise InvalidInput.at("publication", "not_safe", "Beside what is public already, this cannot be published.")
