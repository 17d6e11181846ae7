"""The loader: whatever plain Casbin would let pass, and then allow too much or nothing, is refused at the door."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fac.access.policy import Policy, load
from fac.access.policy.loading import compile_sources, version_of
from fac.access.policy.reference import refuse_two_casbins
from fac.access.policy.sheets import FILES, read_sources
from fac.domain.vocabulary import InfoClass, Role
from fac.errors import PolicyInvalid
from fac.resources import policies_dir

LINE = "p, auditor, look, audit_event, outline, my_incident, allow\n"
HEAD = "".join(f"{line}\n" for line in policies_dir().joinpath("policy.csv").read_text().split("\n") if line[:1] == "g")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(policies_dir(), tmp_path / "policies"))


@pytest.fixture(scope="module")
def policy() -> Policy:
    sources = dict(read_sources(policies_dir()))
    sources["fields.csv"] += "Marker.name,person,identity\n"
    sources["operations.csv"] += "findMarker,search,person,outline\n"
    return compile_sources(sources)[0]


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
            "p, supervisor, read, note, narrative, privileged_by_another, allow",
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


class TestVocabulary:
    @pytest.mark.parametrize(
        ("line", "fault"),
        [
            ("role,mayor,A mayor", "the code has no role mayor"),
            ("info,rumour,rumours", "the code has no info rumour"),
            ("verb,read,read", "unknown kind verb"),
            ("action,read,read again", "action read is there twice"),
            ("action,look,look", "action look is there twice"),
            ("action,Read,read", "Read is not a snake_case word"),
            ("action,jump", "has 2 cells, not 3"),
            ("action,jump,", "has an empty cell"),
            ("action, jump,jump", "has an empty cell or space around one"),
            ("action,jump,jump,high", "has 4 cells, not 3"),
            ('action,jump,"jump', "is not one line of CSV"),
            ("rows,next_door,next door", "next_door reaches no record"),
        ],
    )
    def test_each_fault(self, folder: Path, line: str, fault: str) -> None:
        edit(folder, "vocabulary.csv", lambda text: f"{text}{line}\n")
        assert fault in faults_of(folder)

    def test_a_role_of_the_code_must_be_there(self, folder: Path) -> None:
        edit(folder, "vocabulary.csv", lambda text: text.replace("role,auditor,An auditor\n", ""))
        assert "role auditor is missing" in faults_of(folder)

    def test_another_header(self, folder: Path) -> None:
        edit(folder, "vocabulary.csv", lambda text: text.replace("kind,word,sentence", "kind,word,meaning"))
        assert "the first line must be kind,word,sentence" in faults_of(folder)


class TestOtherTables:
    @pytest.mark.parametrize(
        ("name", "line", "fault"),
        [
            ("reach.csv", "my_center,planet", "unknown record planet"),
            ("reach.csv", "my_planet,case", "unknown relation my_planet"),
            ("reach.csv", "my_center,case", "is there twice"),
            ("fields.csv", "Marker.name,person,secret", "unknown info secret"),
            ("fields.csv", "Marker.name,human,identity", "unknown record human"),
            ("fields.csv", "legalName,person,identity", "is not Type.field"),
            ("fields.csv", "Marker.once,person,outline\nMarker.once,person,outline", "is there twice"),
            ("operations.csv", "markerOnce,read,person,everything", "unknown info everything"),
            ("operations.csv", "markerOnce,see,person,outline", "unknown action see"),
            ("operations.csv", "MarkerOnce,read,person,outline", "is not an operation's name"),
            ("operations.csv", "markerOnce,read,person,outline\nmarkerOnce,read,case,outline", "is there twice"),
            ("never.csv", "nobody,all,all,all,all,x", "unknown role nobody"),
            ("never.csv", "all,all,all,all but everything,all,x", "no info is left"),
            ("never.csv", "auditor,read,note,outline,all,x\nauditor,read,note,outline,all,y", "is there twice"),
            ("separation.csv", "auditor,nobody,x", "unknown role nobody"),
            ("separation.csv", "auditor,auditor,x", "cannot be kept apart from itself"),
            ("separation.csv", "supervisor,auditor,x", "is there twice"),
        ],
    )
    def test_each_fault(self, folder: Path, name: str, line: str, fault: str) -> None:
        edit(folder, name, lambda text: f"{text}{line}\n")
        assert fault in faults_of(folder)

    def test_an_invariant_must_be_there(self, folder: Path) -> None:
        (folder / "never.csv").write_text("role,action,record,info,rows,because\n")
        assert "holds no invariant" in faults_of(folder)


class TestNever:
    @pytest.mark.parametrize(
        "line",
        [
            "p, partner_user, read, person, identity, referred_to_my_org, allow",
            "p, partner_user, read, referral, clinical, referred_to_my_org, allow",
            "p, report_viewer, read, report, counts, my_incident, allow",
            "p, system_administrator, read, audit_event, outline, my_incident, allow",
            "p, auditor, change, incident, outline, my_incident, allow",
            "p, case_manager, read, person, contact, my_center, allow",
            "p, case_manager, accept, handoff, outline, my_caseload, allow",
            "p, case_manager, accept, referral, outline, my_caseload, allow",
            "p, intake_worker, read, note, narrative, my_center, allow",
            "p, intake_worker, assign, case, outline, my_center, allow",
            "p, supervisor, read, person, identity, my_incident, allow",
            "p, supervisor, invite, membership, outline, my_incident, allow",
            "p, case_workers, read, person, identity, handed_to_my_center, allow",
        ],
    )
    def test_an_edit_that_opens_it_is_refused_with_the_reason(self, folder: Path, line: str) -> None:
        edit(folder, "policy.csv", lambda text: f"{text}{line}\n")
        with pytest.raises(PolicyInvalid) as raised:
            load(folder)
        assert all(re.match(r"never\.csv:\d+: .* but never must: .", fault) for fault in raised.value.faults)

    def test_there_are_enough_of_them(self) -> None:
        text = read_sources(policies_dir())["never.csv"]
        assert len([line for line in text.split("\n") if line and not line.startswith("#")]) > 20


class TestLookUp:
    def test_fields_and_operations(self, policy: Policy) -> None:
        assert policy.field("Marker", "name").info is InfoClass.identity
        assert policy.operation("findMarker").action == "search"

    def test_what_is_not_mapped_is_refused(self, policy: Policy) -> None:
        with pytest.raises(PolicyInvalid, match=r"fields\.csv does not map Marker\.age"):
            policy.field("Marker", "age")
        with pytest.raises(PolicyInvalid, match=r"operations\.csv does not map loseMarker"):
            policy.operation("loseMarker")

    def test_a_misspelt_word_in_the_code_does_not_pass_for_a_refusal(self, policy: Policy) -> None:
        with pytest.raises(PolicyInvalid):
            policy.grants(Role.supervisor, "raed", "person")

    def test_grants_come_in_the_order_of_the_relations_and_say_something(self, policy: Policy) -> None:
        for grants in policy.table.values():
            places = [policy.relations.index(each.relation) for each in grants]
            assert places == sorted(set(places))
            assert all(each.allowed or each.denied for each in grants)

    def test_roles_that_nobody_may_combine(self, policy: Policy) -> None:
        assert policy.conflicts(Role.auditor, [Role.supervisor, Role.privacy_officer]) == (Role.supervisor,)
        assert policy.conflicts(Role.supervisor, [Role.auditor, Role.case_manager]) == (Role.auditor,)
