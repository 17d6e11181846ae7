"""What a coded word gives away: a need's domain and report line, and the sealed class of what is written to it.

Never: hold a value; a code is public, the detail written to it is sealed.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from fac.domain.vocabulary import ConfidentialityRegime, InfoClass, NoteKind, ServiceCategory
from fac.errors import InvalidInput

# What a need's detail and a note's body may be, by the row: its code or its kind says which.
DETAIL_CLASSES = (InfoClass.clinical, InfoClass.legal, InfoClass.financial, InfoClass.narrative)
NOTE_CLASSES = (InfoClass.clinical, InfoClass.staff_record, InfoClass.privileged)
# Their author's alone: told to clergy or counsel, or the notes of a substance-use counsellor (42 CFR 2.11, 2.31(b)).
PRIVILEGED = (NoteKind.clergy_privileged, NoteKind.counsel_privileged, NoteKind.substance_use_counseling)
# Counted under the PMT's own question on compensation (Q6), not as a line of Q8.
COMPENSATION_QUESTION = "Q6"
_LABEL_WORDS = {"cj": "(criminal justice)", "id": "ID", "psob": "PSOB", "va": "VA"}


@dataclass(frozen=True, slots=True)
class NeedCode:
    """A need a family may have: its domain, the report line it is usually counted in, the class of its detail."""

    code: str
    domain: ServiceCategory
    default_report_line: str
    detail: InfoClass
    regime: ConfidentialityRegime | None = None  # the law that asks for a consent of its own

    @property
    def label(self) -> str:
        """The need in words, such as ``Counseling individual``."""
        words = [_LABEL_WORDS.get(word, word) for word in self.code.split("_")]
        return " ".join(words)[0].upper() + " ".join(words)[1:]


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A line of the OVC PMT: a service of question 8, or question 6. Its category and its words."""

    code: str
    category: str
    category_label: str
    label: str


_DETAIL_BY_DOMAIN: Mapping[ServiceCategory, InfoClass] = {
    ServiceCategory.information: InfoClass.narrative,
    ServiceCategory.advocacy: InfoClass.narrative,
    ServiceCategory.medical: InfoClass.clinical,
    ServiceCategory.legal: InfoClass.legal,
    ServiceCategory.counseling: InfoClass.clinical,
    ServiceCategory.support: InfoClass.narrative,
    ServiceCategory.spiritual: InfoClass.narrative,
    ServiceCategory.housing: InfoClass.narrative,
    ServiceCategory.justice: InfoClass.legal,
    ServiceCategory.funeral: InfoClass.narrative,
    ServiceCategory.compensation: InfoClass.financial,
    ServiceCategory.financial: InfoClass.financial,
}
# Advocacy is about whatever it speaks up for.
_DETAIL_BY_CODE: Mapping[str, InfoClass] = {
    "emergency_medical_advocacy": InfoClass.clinical,
    "law_enforcement_interview": InfoClass.legal,
    "public_benefits": InfoClass.financial,
    "creditor_landlord": InfoClass.financial,
    "disability_accommodation": InfoClass.clinical,
    "psob": InfoClass.financial,
    "va_benefits": InfoClass.financial,
}


@cache
def need_codes() -> Mapping[str, NeedCode]:
    """Return every need code, in the order of the list."""
    return MappingProxyType({row["code"]: _need_code(row) for row in _rows("needs.csv")})


def need_code(code: str, *, path: str = "code") -> NeedCode:
    """Return the need code; raises InvalidInput at ``path`` when there is none."""
    try:
        return need_codes()[code]
    except KeyError:
        raise InvalidInput.at(path, "unknown_code", "Choose a need code from the list.") from None


@cache
def report_lines() -> Mapping[str, ReportLine]:
    """Return every line of the PMT's question 8, in the form's order."""
    return MappingProxyType({row["code"]: ReportLine(**row) for row in _rows("pmt_lines.csv")})


@cache
def recordable_lines() -> Mapping[str, ReportLine]:
    """Return every line that a delivery may be recorded under: question 6, then those of question 8."""
    compensation = ReportLine(
        COMPENSATION_QUESTION,
        COMPENSATION_QUESTION,
        "VICTIM COMPENSATION",
        "Assistance with completing a victim compensation application (handing over a form does not count)",
    )
    return MappingProxyType({compensation.code: compensation, **report_lines()})


def report_line(code: str, *, path: str = "lineCode") -> ReportLine:
    """Return the line a delivery may be recorded under; raises InvalidInput at ``path`` when there is none."""
    try:
        return recordable_lines()[code]
    except KeyError:
        raise InvalidInput.at(path, "unknown_code", "Choose a report line from the list.") from None


def note_class(kind: NoteKind) -> InfoClass:
    """Return the sealed class of a note's body."""
    if kind in PRIVILEGED:
        return InfoClass.privileged
    return InfoClass.clinical if kind is NoteKind.clinical else InfoClass.staff_record


def _need_code(row: Mapping[str, str]) -> NeedCode:
    domain = ServiceCategory(row["domain"])
    detail = _DETAIL_BY_CODE.get(row["code"], _DETAIL_BY_DOMAIN[domain])
    regime = ConfidentialityRegime(row["regime"]) if row["regime"] else None
    return NeedCode(row["code"], domain, row["default_report_line"], detail, regime)


def _rows(name: str) -> list[dict[str, str]]:
    text = (resources.files("fac.domain") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), strict=True))
