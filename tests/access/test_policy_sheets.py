"""The tables beside the policy: vocabulary, reach, fields, operations, invariants, roles kept apart."""

import re
from pathlib import Path

import pytest

from fac.access.policy import Policy, load
from fac.access.policy.loading import compile_sources
from fac.access.policy.sheets import read_sources
from fac.domain.vocabulary import InfoClass, Role
from fac.errors import PolicyInvalid
from fac.resources import policies_dir


@pytest.fixture(scope="module")
def policy() -> Policy:
    sources = dict(read_sources(policies_dir()))
    sources["fields.csv"] += "Marker.name,person,identity\n"
    sources["operations.csv"] += "findMarker,search,person,outline\n"
    return compile_sources(sources)[0]


def append(folder: Path, name: str, line: str) -> None:
    with (folder / name).open("a") as file:
        file.write(f"{line}\n")


def faults(folder: Path) -> tuple[str, ...]:
    with pytest.raises(PolicyInvalid) as raised:
        load(folder)
    return raised.value.faults


def told(folder: Path, name: str, line: str) -> str:
    append(folder, name, line)
    return "; ".join(faults(folder))


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
        assert fault in told(folder, "vocabulary.csv", line)

    def test_a_role_of_the_code_must_be_there(self, folder: Path) -> None:
        text = (folder / "vocabulary.csv").read_text()
        (folder / "vocabulary.csv").write_text(text.replace("role,auditor,An auditor\n", ""))
        assert "role auditor is missing" in "; ".join(faults(folder))

    def test_another_header(self, folder: Path) -> None:
        text = (folder / "vocabulary.csv").read_text()
        (folder / "vocabulary.csv").write_text(text.replace("kind,word,sentence", "kind,word,meaning"))
        assert "the first line must be kind,word,sentence" in "; ".join(faults(folder))


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
        assert fault in told(folder, name, line)

    def test_an_invariant_must_be_there(self, folder: Path) -> None:
        (folder / "never.csv").write_text("role,action,record,info,rows,because\n")
        assert faults(folder) == ("never.csv: holds no invariant",)


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
            "p, intake_worker, read, note, staff_record, my_center, allow",
            "p, intake_worker, assign, case, outline, my_center, allow",
            "p, supervisor, read, person, identity, my_incident, allow",
            "p, supervisor, grant, membership, outline, my_incident, allow",
            "p, case_workers, read, person, identity, handed_to_my_center, allow",
        ],
    )
    def test_an_edit_that_opens_it_is_refused_with_the_reason(self, folder: Path, line: str) -> None:
        append(folder, "policy.csv", line)
        found = faults(folder)
        assert found
        assert all(re.match(r"never\.csv:\d+: .* but never must: .", fault) for fault in found)

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
