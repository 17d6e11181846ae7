"""Says in words which lines of the policy allow or deny something, for administrators and reviewers.

Never: decide; the words come from the very lines the table was compiled from.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from fac.access.guard import READ
from fac.access.policy.invariants import Invariant, read_invariants
from fac.access.policy.lines import Book, Line
from fac.access.policy.loading import compile_sources
from fac.access.policy.sheets import read_sources
from fac.access.policy.snapshot import Grant, Policy
from fac.access.policy.table import ALWAYS
from fac.access.policy.words import Vocabulary
from fac.domain.vocabulary import InfoClass, Role, classes_of
from fac.errors import PolicyInvalid


@dataclass(frozen=True, slots=True)
class Question:
    """May this role do this action on this record, for this class of information?"""

    role: str
    action: str
    record: str
    info: str


@dataclass(frozen=True, slots=True)
class Explainer:
    """The compiled policy together with the words and lines it came from; made by ``read``."""

    policy: Policy
    vocabulary: Vocabulary
    book: Book
    invariants: tuple[Invariant, ...]

    def decision(self, question: Question, relation: str | None = None) -> tuple[str, ...]:
        """Return the answer line by line, for one relation or for all that can hold on the record.

        Raises PolicyInvalid for a word the vocabulary does not hold as a plain word.
        """
        self._check(question, relation)
        relations = (relation,) if relation else self._reaching(question.record)
        spoken = [each for each in relations if self._speaking(question, each)]
        answers = [part for each in spoken for part in self._in_relation(question, each)]
        if len(spoken) < len(relations):
            where = self._rows(relation) if relation else "In any other record" if spoken else "In any record"
            answers.append(f"  {where[0].upper()}{where[1:]}: no. What no line allows is refused.")
        return (self._headline(question, relations), *answers, *self._forbidden(question, relations))

    def field(self, name: str) -> tuple[str, ...]:
        """Return who may read the GraphQL field ``Type.field``, and in which records; PolicyInvalid when unmapped."""
        rule = self.policy.field(*name.partition(".")[::2])
        record = self._word("record", rule.record)
        if len(rule.classes) == 1:
            return (
                f"{name} shows {self._word('info', rule.info)} of {record}.",
                *self._who(READ, rule.record, rule.info),
            )
        answers = [f"{name} shows one of these of {record}, as the row says:"]
        for info in rule.classes:
            answers += [f"{self._word('info', info)}:", *self._who(READ, rule.record, info)]
        return tuple(answers)

    def operation(self, name: str) -> tuple[str, ...]:
        """Return who may run the GraphQL operation ``name``, and in which records; PolicyInvalid when unmapped."""
        rule = self.policy.operation(name)
        action, record = self._word("action", rule.action), self._word("record", rule.record)
        head = f"{name} is to {action} {record}, and needs {self._word('info', rule.info)}."
        return (head, *self._who(rule.action, rule.record, rule.info))

    def _who(self, action: str, record: str, info: InfoClass) -> Iterator[str]:
        for role in Role:
            question = Question(role, action, record, info)
            rows = [self._rows(each) for each in self._reaching(record) if self._allowed(question, each)]
            but = [f"never {self._rows(each)}" for each in self._reaching(record) if self._denied(question, each)]
            yield f"  {self._word('role', role)}: {'; '.join((*rows, *but)) if rows else 'never'}."

    def _headline(self, question: Question, relations: tuple[str, ...]) -> str:
        allowed = [each for each in relations if self._allowed(question, each)]
        answer = "Yes, in some records" if allowed and len(relations) > 1 else "Yes" if allowed else "No"
        action, record = self._word("action", question.action), self._word("record", question.record)
        role = self._word("role", question.role)
        return f"May {role[0].lower()}{role[1:]} {action} {record}: {self._word('info', question.info)}? {answer}."

    def _in_relation(self, question: Question, relation: str) -> Iterator[str]:
        rows = self._rows(relation)
        yield f"  {rows[0].upper()}{rows[1:]}: {'yes' if self._allowed(question, relation) else 'no'}."
        for line in self._speaking(question, relation):
            yield f"    {self._sentence(line)}"

    def _speaking(self, question: Question, relation: str) -> list[Line]:
        """Return the lines on the question in this relation, and the denials that hold in every row."""
        return [
            line
            for line in self.book.lines
            if self._covers(line, question) and (line.rows == relation or (line.rows == ALWAYS and line.eft == "deny"))
        ]

    def _sentence(self, line: Line) -> str:
        verb = "may" if line.eft == "allow" else "may never, whatever else is allowed,"
        who, does = self._word("role", line.role), self._word("action", line.action)
        what, info = self._word("record", line.record), self._word("info", line.info)
        return f"{who} {verb} {does} {what}, {self._rows(line.rows)}: {info}. [policy.csv:{line.number}]"

    def _forbidden(self, question: Question, relations: tuple[str, ...]) -> Iterator[str]:
        bit = InfoClass(question.info).bit
        for each in self.invariants:
            if (
                question.role in each.roles
                and question.action in each.actions
                and question.record in each.records
                and each.classes & bit
                and each.rows.issuperset(relations)
            ):
                yield f"  No edit of the policy may open this: {each.because}. [never.csv:{each.number}]"

    def _allowed(self, question: Question, relation: str) -> bool:
        bit = InfoClass(question.info).bit
        if self._denied(question, relation) or self._denied(question, ALWAYS):
            return False
        return any(each.allowed & bit for each in self._grants(question) if each.relation == relation)

    def _denied(self, question: Question, relation: str) -> bool:
        bit = InfoClass(question.info).bit
        return any(each.denied & bit for each in self._grants(question) if each.relation == relation)

    def _grants(self, question: Question) -> tuple[Grant, ...]:
        return self.policy.grants(Role(question.role), question.action, question.record)

    def _covers(self, line: Line, question: Question) -> bool:
        return (
            question.role in self.book.words("role", line.role)
            and question.action in self.book.words("action", line.action)
            and question.record in self.book.words("record", line.record)
            and question.info in self.book.words("info", line.info)
        )

    def _reaching(self, record: str) -> tuple[str, ...]:
        return tuple(each for each in self.policy.relations if record in self.policy.reach[each])

    def _check(self, question: Question, relation: str | None) -> None:
        asked = {"role": question.role, "action": question.action, "record": question.record, "info": question.info}
        if relation is not None:
            asked["rows"] = relation
        for kind, word in asked.items():
            if word not in self.vocabulary.words[kind]:
                known = ", ".join(self.vocabulary.words[kind])
                name = {"rows": "relation", "info": "class of information"}.get(kind, kind)
                raise PolicyInvalid(f"the policy knows no {name} {word}; it knows {known}")

    def _word(self, kind: str, word: str) -> str:
        return self.vocabulary.sentence(kind, word)

    def _rows(self, relation: str) -> str:
        return f"in records {self._word('rows', relation)}"


def read(directory: Path) -> Explainer:
    """Return the explainer of the policy in the folder ``directory``; raises PolicyInvalid as ``load`` does."""
    sources = read_sources(directory)
    policy, vocabulary, book = compile_sources(sources)
    return Explainer(policy, vocabulary, book, read_invariants(sources, vocabulary, book))


def table_rows(policy: Policy) -> Iterator[str]:
    """Yield the whole compiled table as CSV lines, actions with the same grant together; for reviews and for recording.

    The order is the vocabulary's, so that two versions of the policy can be compared line by line.
    """
    yield "role,record,rows,allowed,denied,actions"
    together: dict[tuple[str, str, str, int, int], list[str]] = {}
    for role, record, action in product(Role, policy.records, policy.actions):
        for grant in policy.grants(role, action, record):
            key = (role.value, record, grant.relation, grant.allowed, grant.denied)
            together.setdefault(key, []).append(action)
    for (role_word, record, relation, allowed, denied), actions in together.items():
        classes = (_few(classes_of(allowed), InfoClass), _few(classes_of(denied), InfoClass))
        yield ",".join((role_word, record, relation, *classes, _few(actions, policy.actions)))


def _few(chosen: Sequence[str], every: Iterable[str]) -> str:
    missing = [each for each in every if each not in chosen]
    if not chosen:
        return "none"
    if not missing:
        return "all"
    return "all but " + " ".join(missing) if len(missing) < len(chosen) else " ".join(chosen)
