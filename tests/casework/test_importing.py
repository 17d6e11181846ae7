"""Spreadsheets of families as centers receive them: read without guessing, judged without echoing, recorded once."""

import re
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fac import importing
from fac.casework.importing.cell import DateOrder, born_by_age, born_of, language_of, truth_of, word_of
from fac.casework.importing.column import HEADERS, MANY, column_of
from fac.casework.importing.family import RowProblem, SheetFamily, families_of
from fac.casework.importing.sheet import read_sheet
from fac.domain.sensitivity import need_codes
from fac.domain.vocabulary import Gender, Horizon, InvolvementRole, KinCode, Race
from fac.errors import InvalidInput, NotFound, NotPermitted, NotSignedIn
from fac.importing import Outcome, Report, import_families
from tests.world import World, together

DOCS = Path(__file__).parents[2] / "docs"
TODAY = date(2026, 3, 2)
HEADER = "Family,First Name,Last Name,DOB,Role,Phone,Relationship"


def families(text: str, order: DateOrder = DateOrder.mdy) -> list[SheetFamily]:
    return families_of(read_sheet(text.encode()), order=order, today=TODAY)


def problems(text: str) -> list[tuple[int, str, str]]:
    found: list[RowProblem] = [each for family in families(text) for each in family.problems]
    return [(each.row, each.column, each.problem) for each in found]


class TestReadSheet:
    ROWS = "Familia;Nombre;Apellido;Participación\r\n7;José;Peña;testigo\r\n"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"])
    def test_every_way_people_save_it(self, encoding: str) -> None:
        sheet = read_sheet(self.ROWS.encode(encoding))
        assert [row.text("given_name") + row.text("family_name") for row in sheet.rows] == ["JoséPeña"]

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_every_delimiter_and_line_end(self, delimiter: str, end: str) -> None:
        lines = (["Family", "Name", "Role"], ["1", '"Sample, Ana"', "witness"], ["1", '"Sample, Bo"', "witness"])
        text = end.join(delimiter.join(line) for line in lines)
        assert [row.text("full_name") for row in read_sheet(text.encode()).rows] == ["Sample, Ana", "Sample, Bo"]

    def test_titles_empty_rows_and_repeated_headers_are_no_families(self) -> None:
        text = (
            f"sep=,\nCenter list,,\n,,\n{HEADER}\n\n1,Ana,Sample,,witness,,\n{HEADER}\n,,,,,,\n2,Bo,Muster,,witness,,\n"
        )
        rows = read_sheet(text.encode()).rows
        assert [(row.number, row.text("given_name")) for row in rows] == [(6, "Ana"), (9, "Bo")]

    def test_unknown_columns_are_named_by_letter_only(self) -> None:
        sheet = read_sheet(b"Family,First Name,Shoe size,,Role,Secret\n1,Ana,37,,witness,x\n")
        assert sheet.ignored == ("C", "F")

    def test_several_phone_columns_are_all_read(self) -> None:
        sheet = read_sheet(b"Family,First Name,Phone,Cell\n1,Ana,312-555-0101,312-555-0102\n")
        assert sheet.rows[0].texts("phones") == ["312-555-0101", "312-555-0102"]

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "no_header"),
            (b"Marisol,Quintanaroo,312-555-0101\n", "no_header"),
            (b"First Name,Last Name\nAna,Sample\n", "no_header"),
            (b"PK\x03\x04rest", "workbook"),
            (b"Family,First Name\n1,A\0na\n", "not_text"),
            (b'Family,First Name\n1,"Ana\n', "malformed"),
            (b"Family,First Name,Given Name\n1,Ana,Ana\n", "column_repeated"),
        ],
    )
    def test_what_is_no_sheet_is_refused_without_echo(self, content: bytes, code: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            read_sheet(content)
        (problem,) = refused.value.problems
        assert problem.problem == code
        assert "Marisol" not in str(problem)

    @given(st.binary(max_size=300))
    @settings(max_examples=200, deadline=None)
    def test_no_bytes_break_it(self, content: bytes) -> None:
        try:
            sheet = read_sheet(b"Family,First Name,Role\n" + content)
        except InvalidInput:
            return
        families_of(sheet, order=DateOrder.mdy, today=TODAY)

    def test_a_name_in_the_column_of_languages_is_a_problem_of_its_row(self) -> None:
        sheet = read_sheet(b"Family,First Name,Role,Language\n1,Ana,witness,Mia-Smith\n1,Bo,witness,Spanish\n")
        (family,) = families_of(sheet, order=DateOrder.mdy, today=TODAY)
        assert {(each.row, each.problem) for each in family.problems} == {(2, "not_a_language")}
        assert "Mia" not in str(family.problems)


class TestCells:
    @pytest.mark.parametrize(
        ("text", "mdy", "dmy"),
        [
            ("1985-04-12", "1985-04-12", "1985-04-12"),
            ("1985-4", "1985-04", "1985-04"),
            ("1985", "1985", "1985"),
            ("04/12/1985", "1985-04-12", "1985-12-04"),
            ("4.12.1985", "1985-04-12", "1985-12-04"),
            ("25/12/1985", None, "1985-12-25"),
            ("12/25/1985", "1985-12-25", None),
            ("12/25/1985 0:00", "1985-12-25", None),
            ("1985-12-25 00:00:00", "1985-12-25", "1985-12-25"),
            ("02/30/1985", None, None),
            ("12/25/85", None, None),
            ("31046", None, None),
            ("last spring", None, None),
        ],
    )
    def test_dates_are_read_in_the_order_told_and_never_guessed(
        self, text: str, mdy: str | None, dmy: str | None
    ) -> None:
        assert born_of(text, DateOrder.mdy) == ((mdy, False) if mdy else None)
        assert born_of(text, DateOrder.dmy) == ((dmy, False) if dmy else None)

    @pytest.mark.parametrize("text", ["c. 1979", "~1979", "about 1979", "aprox. 1979", "hacia 1979", "CA 1979"])
    def test_an_estimate_is_marked(self, text: str) -> None:
        assert born_of(text, DateOrder.mdy) == ("1979", True)

    @pytest.mark.parametrize(
        ("text", "born"), [("40", "1986"), ("40 years", "1986"), ("7 años", "2019"), ("0", "2026")]
    )
    def test_an_age_is_an_estimated_year(self, text: str, born: str) -> None:
        assert born_by_age(text, TODAY) == (born, True)

    @pytest.mark.parametrize("text", ["forty", "-3", "140", "4.5"])
    def test_what_is_no_age_is_none(self, text: str) -> None:
        assert born_by_age(text, TODAY) is None

    @pytest.mark.parametrize(
        ("words", "text", "meant"),
        [
            (Gender, "F", Gender.female),
            (Gender, "Mujer", Gender.female),
            (Gender, "not reported", Gender.not_reported),
            (Race, "Hispanic", Race.hispanic_or_latino),
            (Race, "Black or African-American", Race.black_or_african_american),
            (InvolvementRole, "Family of injured", InvolvementRole.family_of_injured),
            (InvolvementRole, "TESTIGO", InvolvementRole.witness),
            (KinCode, "Hija", KinCode.child),
            (KinCode, "tío", KinCode.other_relative),
            (Horizon, "Short term", Horizon.short_term),
            (Gender, "yes", None),
        ],
    )
    def test_words_of_both_languages(self, words: Any, text: str, meant: Any) -> None:
        assert word_of(words, text) is meant

    def test_yes_no_and_languages(self) -> None:
        assert [truth_of(each) for each in ("Sí", "yes", "X", "no", "", "maybe")] == [
            True,
            True,
            True,
            False,
            False,
            None,
        ]
        assert [language_of(each) for each in ("Español", "English", "es-MX")] == ["es", "en", "es-MX"]


class TestFamilies:
    def test_rows_of_one_key_are_one_family_wherever_they_stand(self) -> None:
        text = f"{HEADER}\nA1,Ana,Sample,,witness,,\nB,Bo,Muster,,witness,,\n a1 ,Cy,Sample,,witness,,son\n"
        found = families(text)
        assert [each.rows for each in found] == [(2, 4), (3,)]
        form = found[0].form
        assert form is not None
        assert [each.given_name for each in form.persons] == ["Ana", "Cy"]
        assert [(each.person_ref, each.other_ref, each.kin) for each in form.relationships] == [
            ("row 4", "row 2", KinCode.child)
        ]

    def test_every_bad_row_is_named_by_number_and_column_and_nothing_is_echoed(self) -> None:
        text = (
            f"{HEADER}\n"
            "1,Marisol,Quintanaroo,31/31/1985,bystander,12,grandmaster\n"
            ",Anselm,Quill,,witness,,\n"
            "2,,,,witness,,\n"
            "3,Noemi,Quintanaroo,,fallecida,,\n"
        )
        assert sorted(problems(text)) == [
            (2, "born_on", "not_a_date"),
            (2, "involvements", "unknown_word"),
            (2, "kin", "unknown_word"),
            (2, "phones", "not_a_phone"),
            (3, "family", "required"),
            (4, "given_name", "required"),
            (5, "involvements", "set_by_medical_examiner"),
        ]
        said = str(families(text)) + "".join(each.hint for family in families(text) for each in family.problems)
        assert not re.search(r"Marisol|Quintanaroo|Anselm|31/31|bystander|grandmaster", said)

    def test_a_family_with_a_bad_row_waits_and_the_others_do_not(self) -> None:
        text = f"{HEADER}\n1,Ana,Sample,,witness,,\n1,Bo,Sample,nonsense,witness,,\n2,Cy,Muster,,witness,,\n"
        assert [(each.rows, each.form is None) for each in families(text)] == [((2, 3), True), ((4,), False)]

    def test_a_restricted_person_is_restricted_from_everybody_else(self) -> None:
        text = (
            "Family,First Name,Role,Relationship,Restricted\n"
            "1,Ana,witness,,\n1,Bo,witness,son,\n1,Cy,witness,uncle,yes\n"
        )
        (family,) = families(text)
        assert family.form is not None
        restricted = {(each.person_ref, each.other_ref) for each in family.form.relationships if each.is_restricted}
        assert restricted == {("row 4", "row 2"), ("row 4", "row 3")}

    def test_a_full_name_needs_its_comma(self) -> None:
        text = 'Family,Name,Role\n1,"de la Muestra, Eufemia",witness\n2,Eufemia de la Muestra,witness\n'
        good, bad = families(text)
        assert good.form is not None
        assert (good.form.persons[0].family_name, good.form.persons[0].given_name) == ("de la Muestra", "Eufemia")
        assert [each.problem for each in bad.problems] == ["no_comma"]

    def test_channels_are_safe_only_when_said_so(self) -> None:
        text = "Family,First Name,Role,Phone,OK to call,OK to text\n1,Ana,witness,312-555-0101,yes,\n"
        (family,) = families(text)
        assert family.form is not None
        assert [str(each) for each in family.form.persons[0].safe_channels] == ["voice"]


class TestDocuments:
    def test_every_column_is_in_the_documentation(self) -> None:
        text = (DOCS / "import.md").read_text("utf-8")
        for column, headers in HEADERS.items():
            assert f"| `{column}` | {', '.join(headers)} |" in text
        for code in need_codes():
            assert f"`{code}`" in text

    def test_no_header_means_two_columns(self) -> None:
        every = [header for headers in HEADERS.values() for header in headers]
        assert len(every) == len(set(every))
        assert all(column_of(header) for header in every)
        assert set(HEADERS) >= MANY

    @pytest.mark.parametrize(("name", "order", "count"), [("families.csv", "mdy", 3), ("familias.csv", "dmy", 2)])
    def test_the_samples_are_good(self, name: str, order: str, count: int) -> None:
        sheet = read_sheet((DOCS / "samples" / name).read_bytes())
        found = families_of(sheet, order=DateOrder(order), today=TODAY)
        assert not sheet.ignored
        assert [each.problems for each in found] == [()] * count


def sheet_of(*rows: str, tag: str) -> bytes:
    """Return a sheet whose names are this test's own."""
    return "\n".join((HEADER, *(row.replace("#", tag) for row in rows))).encode()


GOOD = ("1,Ana#,Sample#,1985-04-12,witness,312-555-0101,", "1,Bo#,Sample#,2012-09-01,witness,,son")
OTHER = ("2,Cy#,Muster#,1990,family of injured,,",)
BAD = ("3,Dee#,Beispiel#,never,witness,,",)
MENDED = ("3,Dee#,Beispiel#,1977-01-31,witness,,",)


@pytest.fixture
def tag() -> str:
    return uuid4().hex[:8]


async def run(world: World, content: bytes, hat: str = "fac_intake", **options: Any) -> Report:
    return await import_families(world.parts, world[hat].token, content, **options)


async def counts(world: World) -> tuple[int, ...]:
    tables = ("intakes", "cases", "persons", "involvements", "relationships", "match_postings", "audit_events")
    return tuple([(await world.fetch(f"SELECT count(*) FROM {table}"))[0][0] for table in tables])  # noqa: S608


def outcomes(report: Report) -> list[Outcome]:
    return [each.outcome for each in report.families]


class TestImportIntake:
    async def test_a_dry_run_changes_nothing_and_says_what_would_be(self, world: World, tag: str) -> None:
        before = await counts(world)
        report = await run(world, sheet_of(*GOOD, *OTHER, *BAD, tag=tag))
        assert outcomes(report) == [Outcome.ready, Outcome.ready, Outcome.refused]
        assert await counts(world) == before
        said = "\n".join(report.lines())
        assert "row 5, born_on: not_a_date" in said
        assert "dry run" in said
        assert tag not in said
        assert not report.good

    async def test_good_families_are_recorded_whole_and_bad_ones_are_not(self, world: World, tag: str) -> None:
        report = await run(world, sheet_of(*GOOD, *OTHER, *BAD, tag=tag), apply=True)
        assert outcomes(report) == [Outcome.recorded, Outcome.recorded, Outcome.refused]
        rows = await world.fetch(
            "SELECT recorded_by, center_id, (SELECT count(*) FROM persons p WHERE p.case_id = i.case_id) AS persons"
            " FROM intakes i WHERE import_digest IS NOT NULL ORDER BY id DESC LIMIT 2"
        )
        assert [row["persons"] for row in rows] == [1, 2]
        assert {row["recorded_by"] for row in rows} == {world["fac_intake"].membership_id}
        assert {row["center_id"] for row in rows} == {world.centers["family_assistance_center"]}

    @pytest.mark.parametrize("fault", [asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError])
    async def test_a_family_the_server_cut_off_is_tried_again_and_then_refused_alone(
        self, world: World, tag: str, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
    ) -> None:
        once, cut = importing._record_once, []

        async def cut_off(run: Any, form: Any) -> Any:
            cut.append(form.persons[0].family_name)
            if "Muster" in cut[-1] or len(cut) == 1:
                raise fault
            return await once(run, form)

        monkeypatch.setattr(importing, "_record_once", cut_off)
        report = await run(world, sheet_of(*GOOD, *OTHER, tag=tag), apply=True)
        assert outcomes(report) == [Outcome.recorded, Outcome.refused]
        assert [problem.problem for problem in report.families[1].problems] == ["busy"]
        assert tag not in "\n".join(report.lines())

    async def test_the_same_file_again_changes_nothing(self, world: World, tag: str) -> None:
        content = sheet_of(*GOOD, *OTHER, tag=tag)
        await run(world, content, apply=True)
        before = await counts(world)
        for _ in range(2):
            assert outcomes(await run(world, content, apply=True)) == [Outcome.already_there] * 2
        assert outcomes(await run(world, content)) == [Outcome.already_there] * 2
        assert await counts(world) == before

    async def test_the_same_file_by_another_worker_changes_nothing(self, world: World, tag: str) -> None:
        content = sheet_of(*GOOD, tag=tag)
        await run(world, content, apply=True)
        before = await counts(world)
        assert outcomes(await run(world, content, "fac_manager", apply=True)) == [Outcome.already_there]
        assert await counts(world) == before

    async def test_a_corrected_file_imports_what_was_missing(self, world: World, tag: str) -> None:
        await run(world, sheet_of(*GOOD, *BAD, tag=tag), apply=True)
        report = await run(world, sheet_of(*GOOD, *MENDED, tag=tag), apply=True)
        assert outcomes(report) == [Outcome.already_there, Outcome.recorded]

    async def test_a_recorded_family_that_reads_otherwise_is_told_and_left_alone(self, world: World, tag: str) -> None:
        await run(world, sheet_of(*GOOD, tag=tag), apply=True)
        before = await counts(world)
        changed = (GOOD[0], GOOD[1].replace("2012", "2013"))
        report = await run(world, sheet_of(*changed, tag=tag), apply=True)
        assert outcomes(report) == [Outcome.changed_since]
        assert any("recorded earlier with other contents" in line for line in report.lines())
        assert await counts(world) == before

    async def test_another_sheet_with_the_same_keys_is_another_family(self, world: World, tag: str) -> None:
        await run(world, sheet_of(*GOOD, tag=tag), apply=True)
        assert outcomes(await run(world, sheet_of(*GOOD, tag=f"{tag}z"), apply=True)) == [Outcome.recorded]

    async def test_two_runs_at_once_record_a_family_once(self, world: World, tag: str) -> None:
        content = sheet_of(*GOOD, *OTHER, tag=tag)
        reports = await together(4, lambda _: run(world, content, apply=True))
        recorded = [each for report in reports for each in outcomes(report) if each is Outcome.recorded]
        assert len(recorded) == 2

    async def test_somebody_already_known_is_recorded_and_told(self, world: World, tag: str) -> None:
        await run(world, sheet_of(*GOOD, tag=tag), apply=True)
        report = await run(world, sheet_of(GOOD[0].replace("1,Ana", "77,Ana"), tag=tag), apply=True)
        assert outcomes(report) == [Outcome.recorded]
        assert report.families[0].suspicions >= 1

    async def test_it_is_audited_as_any_intake_and_sealed(self, world: World, tag: str) -> None:
        await run(world, sheet_of(*GOOD, tag=tag), apply=True)
        (row,) = await world.fetch(
            "SELECT * FROM audit_events WHERE event = 'intake.recorded' ORDER BY id DESC LIMIT 1"
        )
        assert (row["membership_id"], row["operation"]) == (world["fac_intake"].membership_id, "recordIntake")
        ((found,),) = await world.fetch(
            "SELECT count(*) FROM persons p WHERE position($1::bytea in p.identity) > 0", f"Ana{tag}".encode()
        )
        assert found == 0


class TestWhoMayImport:
    @pytest.mark.parametrize(
        "hat", ["stranger", "counselor", "funder", "auditor", "privacy_officer", "administrator", "system"]
    )
    async def test_only_the_staff_of_a_center(self, world: World, tag: str, hat: str) -> None:
        before = await counts(world)
        with pytest.raises(NotPermitted):
            await run(world, sheet_of(*GOOD, tag=tag), hat, apply=True)
        assert await counts(world) == before

    async def test_an_unknown_token_is_nobody(self, world: World, tag: str) -> None:
        for token in ("", "nonsense", world["intake"].token[:-4] + "AAAA"):
            with pytest.raises(NotSignedIn):
                await import_families(world.parts, token, sheet_of(*GOOD, tag=tag))

    async def test_a_token_of_another_incident_is_refused(self, world: World, tag: str) -> None:
        with pytest.raises(NotFound):
            await run(world, sheet_of(*GOOD, tag=tag), incident_id=uuid4())
        report = await run(world, sheet_of(*GOOD, tag=tag), incident_id=world.incident_id)
        assert outcomes(report) == [Outcome.ready]
