"""The compiled policy: a frozen table from (role, action, record) to what each relation allows and denies.

Never: change once made, or answer for a word it does not know.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as slot

from fac.domain.vocabulary import InfoClass, Role, mask_of
from fac.errors import PolicyInvalid


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What a GraphQL field shows of a kind of record: information of one class, or of one of several by the row.

    A need's detail is clinical, legal, financial or free text as its code says, so no one class is the field's.
    """

    record: str
    classes: tuple[InfoClass, ...]

    @property
    def mask(self) -> int:
        """The mask of every class the field may show."""
        return mask_of(self.classes)

    @property
    def info(self) -> InfoClass:
        """The one class of the field; raises LookupError where the row decides."""
        if len(self.classes) != 1:
            raise LookupError("the row says which class it is")
        return self.classes[0]


@dataclass(frozen=True, slots=True)
class OperationRule:
    """What a GraphQL operation (query, mutation, filter or sort argument) does, to which record, in which class."""

    action: str
    record: str
    info: InfoClass


@dataclass(frozen=True, slots=True)
class Grant:
    """The classes (masks of ``InfoClass`` bits) that standing in ``relation`` allows and denies."""

    relation: str
    allowed: int
    denied: int


@dataclass(frozen=True, slots=True)
class Policy:
    """One immutable snapshot of the policy; ``version`` is the SHA-256 of the files it was made from."""

    version: bytes
    relations: tuple[str, ...]
    actions: tuple[str, ...]
    records: tuple[str, ...]
    fields: Mapping[str, FieldRule] = slot(repr=False)
    operations: Mapping[str, OperationRule] = slot(repr=False)
    table: Mapping[tuple[Role, str, str], tuple[Grant, ...]] = slot(repr=False)
    reach: Mapping[str, frozenset[str]] = slot(repr=False)
    separated: frozenset[frozenset[Role]] = slot(repr=False)

    def grants(self, role: Role, action: str, record: str) -> tuple[Grant, ...]:
        """Return what each relation allows and denies, relations in the order of the vocabulary.

        Raises PolicyInvalid for an action or record the vocabulary does not hold: a misspelt word in the code must
        not pass for a refusal.
        """
        try:
            return self.table[role, action, record]
        except KeyError:
            raise PolicyInvalid(f"the policy knows no action {action} on {record}") from None

    def field(self, type_name: str, field_name: str) -> FieldRule:
        """Return the rule of ``type_name.field_name``; raises PolicyInvalid when the field is not mapped."""
        try:
            return self.fields[f"{type_name}.{field_name}"]
        except KeyError:
            raise PolicyInvalid(f"fields.csv does not map {type_name}.{field_name}") from None

    def shown_by(self, type_name: str) -> int:
        """Return the mask of the classes that the fields of a GraphQL type may show; 0 for a type without any."""
        whole = 0
        for name, rule in self.fields.items():
            whole |= rule.mask if name.partition(".")[0] == type_name else 0
        return whole

    def operation(self, name: str) -> OperationRule:
        """Return the rule of the operation ``name``; raises PolicyInvalid when it is not mapped."""
        try:
            return self.operations[name]
        except KeyError:
            raise PolicyInvalid(f"operations.csv does not map {name}") from None

    def conflicts(self, role: Role, others: Iterable[Role]) -> tuple[Role, ...]:
        """Return those of ``others`` that nobody who holds them in an incident may combine with ``role``."""
        return tuple(other for other in others if frozenset((role, other)) in self.separated)
