"""The shred ledger: who was erased, in a file outside the database, so that a restored backup forgets them again.

A line an erasure: ids and an instant, under the audit key, each chained to the line before. It is written when nothing
is left but the commit: what stands in the database stands here. A line whose commit then failed names an erasure that
two people decided; carrying it out after a restore is right, unless it was withdrawn afterwards, which is a line too.
The lines stay under the first epoch of the audit key: a backup of before a rotation holds no later one, and what it
must forget is read beside it.
Never: hold a personal value, or be kept on the disk that the database or its backups are kept on.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from fac.errors import SettingsUnsafe, ShredLedgerInvalid

if TYPE_CHECKING:
    from fac.crypto.mac import AuditMac

_FIRST: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class Shredding:
    """One erasure. ``with_case_words``: what was written of the whole case went with it."""

    at: datetime
    incident_id: UUID
    erasure_id: UUID
    person_id: UUID
    case_id: UUID
    with_case_words: bool

    def as_content(self) -> dict[str, Any]:
        """Return what of it stands in a line."""
        return {
            "at": self.at.isoformat(), "incident": str(self.incident_id), "erasure": str(self.erasure_id),
            "person": str(self.person_id), "case": str(self.case_id), "caseWords": self.with_case_words,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """How long the ledger was at a time, and the tag of its last line: what a backup remembers of it."""

    lines: int
    tag: bytes


class ShredLedger:
    """The ledger in ``path``, a file of mode 0600; several processes of a machine may write it."""

    def __init__(self, path: Path | None, mac: "AuditMac") -> None:
        self._path = path
        self._mac = mac

    def append(self, shredding: Shredding) -> None:
        """Write a line, durably; raises ShredLedgerInvalid when the file is not whole, SettingsUnsafe without one."""
        with self._locked() as descriptor:
            self._write(descriptor, self._whole_lines(descriptor, mend=True), shredding.as_content())

    def withdraw(self, erasure_id: UUID, at: datetime) -> None:
        """Write, durably, that an erasure came to nothing, if it is named here; raises as ``append``."""
        if self._path is None:
            return  # nobody is erased without a ledger, so there is nothing to take back
        with self._locked() as descriptor:
            lines = self._whole_lines(descriptor, mend=True)
            if str(erasure_id) in _named(lines):
                self._write(descriptor, lines, {"at": at.isoformat(), "withdrawn": str(erasure_id)})

    def read(self) -> list[Shredding]:
        """Return every erasure that was not withdrawn after its line, first first.

        Raises ShredLedgerInvalid for the first line that is not right.
        """
        return [_shredding(each) for each in _named(self._lines()).values()]

    def head(self) -> Head:
        """Return how far the ledger has got."""
        lines = self._lines()
        return Head(len(lines), _tag_of(lines))

    def continues(self, head: Head) -> None:
        """Raise ShredLedgerInvalid unless the ledger is the one of ``head``, as long or longer."""
        lines = self._lines()
        if len(lines) < head.lines or _tag_of(lines[: head.lines]) != head.tag:
            raise ShredLedgerInvalid("It is shorter than, or another one than, the backup knew.")

    def _lines(self) -> list[dict[str, Any]]:
        with self._locked() as descriptor:
            return self._whole_lines(descriptor, mend=False)

    def _write(self, descriptor: int, lines: list[dict[str, Any]], content: dict[str, Any]) -> None:
        left = memoryview(self._line(len(lines) + 1, content, _tag_of(lines)))
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)

    def _line(self, number: int, content: dict[str, Any], previous: bytes) -> bytes:
        held = {"number": number, **content, "previous": previous.hex()}
        return (json.dumps(held | {"tag": self._mac.lasting_tag(_parts(held)).hex()}) + "\n").encode()

    def _whole_lines(self, descriptor: int, *, mend: bool) -> list[dict[str, Any]]:
        os.lseek(descriptor, 0, os.SEEK_SET)
        text = b"".join(iter(lambda: os.read(descriptor, 1 << 16), b""))
        whole = text[: text.rfind(b"\n") + 1]
        if mend and len(whole) < len(text):  # cut while it was written, so its erasure was never committed
            os.ftruncate(descriptor, len(whole))
        previous, found = _FIRST, []
        for number, line in enumerate(whole.splitlines(), 1):
            held = _parsed(line)
            tag = bytes.fromhex(str(held.pop("tag", "")))
            if held.get("number") != number or held.get("previous") != previous.hex():
                raise ShredLedgerInvalid(f"Line {number} does not follow the one before.")
            if not self._mac.verify(_parts(held), tag):
                raise ShredLedgerInvalid(f"Line {number} was not written by this system.")
            previous = tag
            found.append(held | {"tag": tag})
        return found

    @contextmanager
    def _locked(self) -> Iterator[int]:
        if self._path is None:
            raise SettingsUnsafe("FAC_SHRED_LEDGER must name a file that is kept apart from the database")
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self._path, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)


def _parts(held: dict[str, Any]) -> list[bytes]:
    return [b"fac shred ledger", json.dumps(held, sort_keys=True).encode()]


def _tag_of(lines: list[dict[str, Any]]) -> bytes:
    return bytes(lines[-1]["tag"]) if lines else _FIRST


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        held = json.loads(line)
    except ValueError:
        held = None
    if not isinstance(held, dict):
        raise ShredLedgerInvalid("A line is not one that fac wrote.")
    return held


def _named(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the lines of erasures that stand, by the erasure: an approval that failed and was repeated has two."""
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        if "withdrawn" in line:
            found.pop(line["withdrawn"], None)
        else:
            found[line["erasure"]] = line
    return found


def _shredding(held: dict[str, Any]) -> Shredding:
    return Shredding(
        datetime.fromisoformat(held["at"]), UUID(held["incident"]), UUID(held["erasure"]), UUID(held["person"]),
        UUID(held["case"]), bool(held["caseWords"]),
    )  # fmt: skip
