"""The loader: whatever plain Casbin would let pass, and then allow too much or nothing, is refused at the door."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fac.access.policy import load
from fac.access.policy.loading import version_of
from fac.access.policy.reference import refuse_two_casbins
from fac.access.policy.sheets import FILES, read_sources
from fac.domain.vocabulary import Role
from fac.errors import PolicyInvalid
from fac.resources import policies_dir

LINE = "p, auditor, look, audit_event, outline, my_incident, allow\n"
HEAD = "".join(f"{line}\n" for line in policies_dir().joinpath("policy.csv").read_text().split("\n") if line[:1] == "g")


def faults_of(folder: Path) -> str:
    with pytest.raises(PolicyInvalid) as raised:
        load(folder)
    assert raised.value.faults
    return str(raised.value)


def edit(folder: Path, name: str, change: Callable[[str], str]) -> None:
    path = folder / name
    before = path.read_text()
    path.write_text(change(before))
    assert path.read_text() != before


def with_line(folder: Path, line: str) -> str:
    edit(folder, "policy.csv", lambda text: f"{text}{line}\n")
    return faults_of(folder)


class TestLoad:
    def test_the_shipped_policy_is_sound(self) -> None:
        policy = load(policies_dir())
        assert len(policy.version) == 32
        assert policy.grants(Role.auditor, "read", "audit_event")

    def test_the_version_follows_every_byte_of_every_file(self) -> None:
        sources = read_sources(policies_dir())
        versions = {version_of(sources)}
        versions |= {version_of({**sources, name: sources[name] + "# a remark\n"}) for name in FILES}
        assert len(versions) == 1 + len(FILES)

    def test_it_is_frozen(self) -> None:
        policy = load(policies_dir())
        with pytest.raises(AttributeError):
            policy.version = b""  # type: ignore[misc]  # the point
        with pytest.raises(TypeError):
            policy.table[Role.auditor, "read", "note"] = ()  # type: ignore[index]  # the point

    def test_both_distributions_of_casbin_are_refused(self) -> None:
        refuse_two_casbins(["pycasbin"])
        with pytest.raises(PolicyInvalid, match="both casbin and pycasbin"):
            refuse_two_casbins(["pycasbin", "casbin"])


class TestFilesThatLookOdd:
    @pytest.mark.parametrize("name", FILES)
    def test_a_byte_order_mark(self, folder: Path, name: str) -> None:
        (folder / name).write_bytes(b"\xef\xbb\xbf" + (folder / name).read_bytes())
        assert f"{name}: starts with a byte order mark" in faults_of(folder)

    @pytest.mark.parametrize("name", FILES)
    @pytest.mark.parametrize("text", ["", "\n\n"])
    def test_an_empty_file(self, folder: Path, name: str, text: str) -> None:
        (folder / name).write_text(text)
        assert f"{name}: is empty" in faults_of(folder)

    @pytest.mark.parametrize("name", FILES)
    def test_a_missing_file(self, folder: Path, name: str) -> None:
        (folder / name).unlink()
        assert f"{name}: cannot be read" in faults_of(folder)

    @pytest.mark.parametrize("name", FILES)
    def test_a_last_line_that_is_cut_off(self, folder: Path, name: str) -> None:
        edit(folder, name, lambda text: text.removesuffix("\n"))
        assert f"{name}: the last line is cut off" in faults_of(folder)

    @pytest.mark.parametrize("odd", ["\r", "\t", "\x00", "\u200b", "\u202e"])
    def test_a_character_nobody_sees(self, folder: Path, odd: str) -> None:
        path = folder / "policy.csv"
        path.write_bytes(path.read_bytes() + LINE.replace("look", f"lo{odd}ok").encode())
        assert "holds a control character" in faults_of(folder)

    def test_another_encoding(self, folder: Path) -> None:
        path = folder / "policy.csv"
        path.write_bytes(path.read_bytes() + "# señor\n".encode("latin-1"))
        assert "policy.csv: is not UTF-8" in faults_of(folder)


class TestLinesThatPlainCasbinLetsPass:
    @pytest.mark.parametrize(
        ("line", "fault"),
        [
            ("p, auditer, look, audit_event, outline, my_center, allow", "unknown role auditer"),
            ("p, auditor, loook, audit_event, outline, my_center, allow", "unknown action loook"),
            ("p, auditor, look, audit_events, outline, my_center, allow", "unknown record audit_events"),
            ("p, auditor, look, audit_event, outlines, my_center, allow", "unknown info outlines"),
            ("p, auditor, look, audit_event, outline, my_centre, allow", "unknown rows my_centre"),
            ("p, auditor, look, audit_event, outline, my_incident, alow", "neither allow nor deny"),
            ("p, auditor, look, audit_event, outline, my_incident, Allow", "neither allow nor deny"),
            ("p, auditor, look, audit_event, outline, my_incident,", "neither allow nor deny"),
            ("p, auditor, look, audit_event, outline, my_incident", "has 6 cells, a permission has 7"),
            ("p, auditor, look, audit_event, outline, my_incident, allow, extra", "has 8 cells"),
            ("p, auditor, look, audit_event, outline, my_incident, allow,", "has 8 cells"),
            ("p2, auditor, look, audit_event, outline, my_incident, allow", "unknown line type p2"),
            ("P, auditor, look, audit_event, outline, my_incident, allow", "unknown line type P"),
            ("g5, auditor, anyone", "unknown line type g5"),
            ("  ", "unknown line type"),
            ("g, auditor", "has 2 cells, a grouping has 3"),
            ("g, auditor, anyone, extra", "has 4 cells, a grouping has 3"),
            ("g, auditer, anyone", "unknown role auditer"),
            ("g, auditor, supervisor", "supervisor is not a bundle of role words"),
            ("g2, note, directories", "directories is not a bundle of record words"),
            ("g3, note, sealed", "unknown info note"),
            ("g2, casefile, family", "holds itself"),
            ("g, anyone, anyone", "holds itself"),
        ],
    )
    def test_each_is_a_fault(self, folder: Path, line: str, fault: str) -> None:
        assert fault in with_line(folder, line)

    def test_a_line_said_twice(self, folder: Path) -> None:
        assert "says the same as line" in with_line(folder, LINE.strip())

    def test_a_line_said_twice_with_other_spaces(self, folder: Path) -> None:
        assert "says the same as line" in with_line(folder, LINE.strip().replace(", ", ",   "))

    def test_every_fault_is_told_at_once(self, folder: Path) -> None:
        told = with_line(folder, "p, nobody, look\nq, auditor\ng, nobody, anyone")
        assert told.count("policy.csv:") == 3


class TestLinesThatDoNothing:
    @pytest.mark.parametrize(
        "line",
        [
            "p, auditor, read, audit_event, outline, my_incident, allow",
            "p, supervisor, look, person, sealed, my_center, allow",
            "p, supervisor, read, note, clinical, privileged_by_another, deny",
        ],
    )
    def test_shadowed_by_wider_ones(self, folder: Path, line: str) -> None:
        told = with_line(folder, line)
        assert "(shadowed)" in told
        assert line in told

    def test_shadowed_by_several_together(self, folder: Path) -> None:
        told = with_line(folder, "p, auditor, look, directory, outline, my_incident, allow")
        assert "(shadowed)" in told

    @pytest.mark.parametrize(
        "line",
        [
            "p, supervisor, read, note, privileged, privileged_by_another, allow",
            "p, report_viewer, read, person, preview, my_incident, allow",
            "p, partner_user, read, note, outline, my_center, allow",
        ],
    )
    def test_unreachable_under_a_deny(self, folder: Path, line: str) -> None:
        assert "(unreachable)" in with_line(folder, line)

    def test_on_records_the_relation_never_holds_on(self, folder: Path) -> None:
        told = with_line(folder, "p, case_manager, read, agreement, outline, my_caseload, allow")
        assert "my_caseload never holds on agreement" in told


class TestPoliciesThatSayTooLittle:
    def test_only_denials(self, folder: Path) -> None:
        (folder / "policy.csv").write_text(HEAD + "p, anyone, anything, casefile, everything, my_incident, deny\n")
        assert "allows nothing" in faults_of(folder)

    def test_only_bundles(self, folder: Path) -> None:
        (folder / "policy.csv").write_text(HEAD)
        assert "allows nothing" in faults_of(folder)

    def test_a_bundle_nobody_defined(self, folder: Path) -> None:
        edit(folder, "policy.csv", lambda text: text.replace("g4, read, look\n", "").replace("g4, search, look\n", ""))
        assert "no g line says what the action bundle look holds" in faults_of(folder)

    def test_a_model_without_its_groupings(self, folder: Path) -> None:
        edit(folder, "model.conf", lambda text: text.replace("g3 = _, _\n", ""))
        assert "model.conf" in faults_of(folder)


class TestModelsThatMeanSomethingElse:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("r.rows == p.rows && ", ""),
            ("g3(r.info, p.info)", "g3(p.info, r.info)"),
            ("&& g(r.role, p.role)", "|| g(r.role, p.role)"),
            (" && !some(where (p.eft == deny))", ""),
            ("e = some(where (p.eft == allow)) && !some", "e = !some"),
            ("r.rows == p.rows", "r.rows != p.rows"),
        ],
    )
    def test_casbin_then_answers_otherwise_and_the_policy_is_refused(
        self, folder: Path, before: str, after: str
    ) -> None:
        edit(folder, "model.conf", lambda text: text.replace(before, after))
        assert "model.conf: Casbin" in faults_of(folder)
