"""The attacker on published tables: an SMT solver that knows the rules and more than a reader does.

Never: share code with the suppression it attacks.
"""

from collections.abc import Sequence

import z3

from fac.domain.suppression import Cell, Rule

THRESHOLD = 10


def pinned(cells: dict[Cell, int], rules: Sequence[Rule], hidden: frozenset[Cell]) -> set[Cell]:
    """Return the hidden cells that the published figures and the rules leave only one value.

    This attacker knows more than a reader does: that zeros are shown, and which cells were hidden for being small.
    Only where a whole block was withheld, zeros too, is that knowledge worthless.
    """
    solver = z3.Solver()
    withheld = any(cells[cell] == 0 for cell in hidden)
    unknown = {cell: z3.Int("_".join(cell)) for cell in hidden}
    for cell, value in unknown.items():
        solver.add(value >= (0 if withheld else 1))
        if not withheld and cells[cell] <= THRESHOLD:
            solver.add(value <= THRESHOLD)
    for rule in rules:
        balance = z3.Sum([weight * unknown.get(cell, cells[cell]) for cell, weight in rule.terms.items()])
        solver.add(balance == 0 if rule.is_exact else balance >= 0)
    assert solver.check() == z3.sat  # the truth itself
    found = set()
    for cell, value in unknown.items():
        solver.push()
        solver.add(value != cells[cell])
        if solver.check() == z3.unsat:
            found.add(cell)
        solver.pop()
    return found
