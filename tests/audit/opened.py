"""What was really opened under each audit row, noted beside the one maker of plaintext."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from fac.casework.disclosure import Disclosure
from fac.domain.vocabulary import InfoClass


@dataclass(slots=True)
class Said:
    """Whose sealed values left the seal, of which classes."""

    subjects: set[UUID] = field(default_factory=set)
    classes: int = 0


class Noting:
    """An opening that notes what it opens."""

    def __init__(self, opening: Any, said: Said) -> None:
        self._opening, self._said = opening, said
        self.failures = opening.failures

    def opener(self, table: str, info: InfoClass, sealed_as: InfoClass | None = None) -> Any:
        inner = self._opening.opener(table, info, sealed_as)

        def open_bundle(*key_row_subject_blob: Any) -> Any:
            values = inner(*key_row_subject_blob)
            self._said.subjects.add(key_row_subject_blob[4])
            self._said.classes |= info.bit
            return values

        return open_bundle

    def open(self, table: str, info: InfoClass, row_id: UUID, subject_id: UUID, key: Any, blob: bytes) -> Any:
        return self.opener(table, info)(*key, row_id, subject_id, blob)


@contextmanager
def noted_openings() -> Iterator[dict[UUID, Said]]:
    """Note what is opened, by the id of the audit row it is opened under."""
    said: dict[UUID, Said] = {}
    real = Disclosure.opening

    def noting(self: Disclosure, permit: Any, receipt: Any) -> Any:
        return Noting(real(self, permit, receipt), said.setdefault(receipt.event_id, Said()))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Disclosure, "opening", noting)
        yield said
