"""The formulas of the relations read as logic, and what a role sees of a row as one logical statement.

Facts become predicates over rows, "there is a row" becomes a quantifier; nothing is known of a fact but its name, so
what is proved holds whatever the rows are. The SQL is the other reading of the same formulas (fac.access.rendering).
"""

from collections.abc import Mapping
from functools import lru_cache

import z3

from fac.access.formula import All, Either, Fact, Formula, Link, Not, Some
from fac.access.opened import OPENINGS, Opening
from fac.access.policy import Policy
from fac.access.relation import RELATIONS, WITH_RELEASE
from fac.domain.vocabulary import InfoClass, Role

ROW = z3.DeclareSort("Row")
THE_ROW, THE_PERSON = z3.Const("row", ROW), z3.Const("person", ROW)
# On these a relation or a release is read in another way than on the rest of the casefile.
OF_RECORD = ("person", "need", "referral", "handoff", "award", "person_of_concern", "portal_access")
_SECONDS = 10


@lru_cache(maxsize=512)
def predicate(name: str, places: int) -> z3.FuncDeclRef:
    return z3.Function(name, *[ROW] * places, z3.BoolSort())


def so(name: str, *rows: z3.ExprRef) -> z3.BoolRef:
    """Return that the fact or link ``name`` holds of ``rows``."""
    return predicate(name, len(rows))(*rows)


def a(record: str) -> z3.ExprRef:
    """Return the variable for some row of ``record``; always the same, so that equal statements are one."""
    return z3.Const(f"a_{record}", ROW)


class Logic:
    """The relations of one set of formulas, read as logic; a changed formula is another Logic."""

    def __init__(
        self, relations: Mapping[str, Formula] = RELATIONS, openings: Mapping[str, Opening] = OPENINGS
    ) -> None:
        self._relations, self._openings = relations, openings
        self._said: dict[object, z3.BoolRef] = {}

    def holds(self, relation: str, record: str) -> z3.BoolRef:
        """Return that the row, of that record, stands in the relation."""
        return self._read(self._relations[relation], record, {"row": THE_ROW})

    def opens(self, record: str, info: InfoClass) -> z3.BoolRef:
        """Return that a release opens the class in the row."""
        opening = self._openings[record]
        when = [self._read(each, record, {"row": THE_ROW}) for each in (opening.when, opening.first)]
        if opening.of_everyone:
            person = a("person")
            released = self._covered(opening.released, record, person, info)
            named = so("referral_names_the_person", THE_ROW, person)
            return z3.And(*when, z3.Exists([person], named), z3.ForAll([person], z3.Implies(named, released)))
        person = THE_ROW if record == "person" else THE_PERSON
        return z3.And(*when, self._covered(opening.released, record, person, info))

    def allows(self, policy: Policy, role: Role, action: str, record: str, info: InfoClass) -> z3.BoolRef:
        """Return that the policy, over these relations, lets the role do this in the row."""
        grants = policy.grants(role, action, record)
        allowed = tuple(each.relation for each in grants if each.allowed & info.bit)
        denied = tuple(each.relation for each in grants if each.denied & info.bit)
        key = allowed, denied, record if record in OF_RECORD else "", info if WITH_RELEASE in allowed else ""
        if key not in self._said:
            opened = z3.Or(*(self.held(each, record, info) for each in allowed))
            closed = z3.Or(*(self.held(each, record, info) for each in denied))
            self._said[key] = z3.And(opened, z3.Not(closed)) if allowed else z3.BoolVal(False)
        return self._said[key]

    def sees(self, policy: Policy, role: Role, record: str, info: InfoClass) -> z3.BoolRef:
        """Return that the role is shown the class of the row: a row whose outline is hidden is not there at all."""
        outline = self.allows(policy, role, "read", record, InfoClass.outline)
        return z3.And(outline, self.allows(policy, role, "read", record, info))

    def held(self, relation: str, record: str, info: InfoClass) -> z3.BoolRef:
        """Return that the row stands in the relation, as far as this class goes."""
        return self.opens(record, info) if relation == WITH_RELEASE else self.holds(relation, record)

    def _covered(self, released: Some, record: str, person: z3.ExprRef, info: InfoClass) -> z3.BoolRef:
        covers = so(f"release_covers_{info}", a("release"))
        return self._some(released, record, {"row": THE_ROW, "person": person}, covers)

    def _read(self, formula: Formula, record: str, rows: Mapping[str, z3.ExprRef]) -> z3.BoolRef:
        match formula:
            case Fact(name, about):
                return so(name, *(rows[each] for each in about))
            case All(parts):
                return z3.And(*(self._read(each, record, rows) for each in parts))
            case Either(parts):
                return z3.Or(*(self._read(each, record, rows) for each in parts))
            case Not(part):
                return z3.Not(self._read(part, record, rows))
            case Some():
                if record == formula.record:
                    return self._of(formula, record, {**rows, record: rows["row"]}, at_hand=True)
                return self._some(formula, record, rows)
        raise TypeError(type(formula).__name__)

    def _some(self, some: Some, record: str, rows: Mapping[str, z3.ExprRef], *further: z3.BoolRef) -> z3.BoolRef:
        found = a(some.record)
        return z3.Exists([found], z3.And(self._of(some, record, {**rows, some.record: found}, at_hand=False), *further))

    def _of(self, some: Some, record: str, rows: Mapping[str, z3.ExprRef], *, at_hand: bool) -> z3.BoolRef:
        links = [self._link(each, rows) for each in some.links if not (at_hand and each.names_the_row)]
        return z3.And(*links, self._read(some.where, record, rows))

    @staticmethod
    def _link(link: Link, rows: Mapping[str, z3.ExprRef]) -> z3.BoolRef:
        return so(link.name, *(rows[each] for each in link.about))


def counterexample(claim: z3.BoolRef, *known: z3.BoolRef) -> z3.ModelRef | None:
    """Return rows of which ``claim`` is untrue, or None: it is proved. Raises when the solver gives up."""
    if not known and z3.is_true(z3.simplify(claim)):
        return None
    solver = z3.Solver()
    solver.set("timeout", _SECONDS * 1000)
    solver.add(*known, z3.Not(claim))
    verdict = solver.check()
    if verdict == z3.unknown:
        raise TimeoutError(solver.reason_unknown())
    return solver.model() if verdict == z3.sat else None


def possible(statement: z3.BoolRef, *known: z3.BoolRef) -> bool:
    """Tell whether there can be rows of which ``statement`` is true."""
    return counterexample(z3.Not(statement), *known) is not None
