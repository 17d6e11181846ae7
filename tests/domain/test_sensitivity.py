"""Codes: each has its domain, its report line and the class of what is written to it."""

import pytest

from fac.domain.sensitivity import (
    COMPENSATION_QUESTION,
    DETAIL_CLASSES,
    NOTE_CLASSES,
    need_code,
    need_codes,
    note_class,
    recordable_lines,
    report_line,
    report_lines,
)
from fac.domain.vocabulary import SEALED_CLASSES, InfoClass, NoteKind, ServiceCategory
from fac.errors import InvalidInput


class TestNeedCodes:
    def test_every_code_has_a_known_domain_line_and_class(self) -> None:
        assert len(need_codes()) == 66
        for each in need_codes().values():
            assert each.default_report_line in report_lines() or each.default_report_line == COMPENSATION_QUESTION
            assert each.detail in SEALED_CLASSES

    def test_every_domain_has_a_code(self) -> None:
        assert {each.domain for each in need_codes().values()} == set(ServiceCategory)

    @pytest.mark.parametrize(
        ("code", "domain", "line", "detail"),
        [
            ("medication", ServiceCategory.medical, "C7", InfoClass.clinical),
            ("counseling_child", ServiceCategory.counseling, "C4", InfoClass.clinical),
            ("emergency_medical_advocacy", ServiceCategory.advocacy, "B1", InfoClass.clinical),
            ("protective_order", ServiceCategory.legal, "E4", InfoClass.legal),
            ("insurance_claim", ServiceCategory.financial, "B4", InfoClass.financial),
            ("compensation_application", ServiceCategory.compensation, "Q6", InfoClass.financial),
            ("lodging", ServiceCategory.housing, "D1", InfoClass.narrative),
        ],
    )
    def test_some_by_hand(self, code: str, domain: ServiceCategory, line: str, detail: InfoClass) -> None:
        found = need_code(code)
        assert (found.domain, found.default_report_line, found.detail) == (domain, line, detail)

    def test_an_unknown_code_is_refused_without_echo(self) -> None:
        with pytest.raises(InvalidInput) as raised:
            need_code("marker_value", path="needs.0.code")
        (problem,) = raised.value.problems
        assert (problem.path, problem.problem) == ("needs.0.code", "unknown_code")
        assert "marker_value" not in problem.hint


class TestLabels:
    @pytest.mark.parametrize(
        ("code", "label"),
        [("va_benefits", "VA benefits"), ("information_cj", "Information (criminal justice)"), ("food", "Food")],
    )
    def test_read_as_words(self, code: str, label: str) -> None:
        assert need_code(code).label == label


class TestReportLines:
    def test_the_form_has_thirty_five_lines_in_five_categories(self) -> None:
        counted: dict[str, int] = {}
        for line in report_lines().values():
            counted[line.category] = counted.get(line.category, 0) + 1
            assert line.code.startswith(line.category)
        assert counted == {"A": 4, "B": 10, "C": 7, "D": 3, "E": 11}

    def test_help_with_a_compensation_application_is_recorded_under_question_six(self) -> None:
        assert report_line(COMPENSATION_QUESTION).label.startswith("Assistance with completing")
        assert list(recordable_lines()) == [COMPENSATION_QUESTION, *report_lines()]
        assert {each.default_report_line for each in need_codes().values()} <= set(recordable_lines())

    def test_an_unknown_line_is_refused(self) -> None:
        assert report_line("B10").label == "Interpreter services"
        with pytest.raises(InvalidInput):
            report_line("Z1")


class TestNoteClass:
    def test_clinical_and_privileged_notes_are_apart_and_the_rest_the_staffs(self) -> None:
        assert {kind.value: note_class(kind) for kind in NoteKind} == {
            "casework": InfoClass.staff_record, "clinical": InfoClass.clinical, "safety": InfoClass.staff_record,
            "clergy_privileged": InfoClass.privileged, "counsel_privileged": InfoClass.privileged,
            "substance_use_counseling": InfoClass.privileged,
        }  # fmt: skip
        assert {note_class(kind) for kind in NoteKind} == set(NOTE_CLASSES)

    def test_every_class_of_a_detail_is_some_codes(self) -> None:
        assert {each.detail for each in need_codes().values()} == set(DETAIL_CLASSES)
