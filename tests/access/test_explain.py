"""Explanations: which lines allow or deny something, in words an administrator reads without a manual."""

from pathlib import Path

import pytest

from fac.access import explain
from fac.access.examples import failing, read_examples
from fac.access.explain import Explainer, Question, table_rows
from fac.access.policy import load
from fac.domain.vocabulary import InfoClass, Role
from fac.errors import PolicyInvalid
from fac.resources import policies_dir


@pytest.fixture(scope="module")
def explainer(tmp_path_factory: pytest.TempPathFactory) -> Explainer:
    folder = tmp_path_factory.mktemp("policies")
    for file in policies_dir().iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    with (folder / "fields.csv").open("a") as fields:
        fields.write("Marker.name,person,identity\nMarker.body,note,narrative\nMarker.trail,audit_event,outline\n")
    with (folder / "operations.csv").open("a") as operations:
        operations.write("acceptMarker,accept,referral,outline\n")
    return explain.read(folder)


def line_number(start: str) -> int:
    text = (policies_dir() / "policy.csv").read_text().split("\n")
    return next(number for number, line in enumerate(text, start=1) if line.startswith(start))


WALL = "; never in records of a case that a conflict wall keeps one from"
AGENCY = "; never in records of cases of a first responder whose agency is one's own organisation."


class TestDecision:
    def test_allowed_names_the_line_and_where(self, explainer: Explainer) -> None:
        answer = explainer.decision(Question("case_manager", "read", "person", "contact"))
        number = line_number("p, case_manager, look, casefile, everything, my_caseload")
        assert answer[0] == (
            "May a case manager read a person: contact data (telephone, e-mail, addresses)? Yes, in some records."
        )
        assert answer[1] == "  In records of the cases one is responsible for: yes."
        assert answer[2].startswith("    A case manager may read or search for the casefile")
        assert answer[2].endswith(f"every class of information. [policy.csv:{number}]")
        assert answer[3].endswith("on which one broke the glass less than an hour ago: yes.")
        assert answer[5] == "  In records of a case that a conflict wall keeps one from: no."
        assert answer[-1] == "  In any other record: no. What no line allows is refused."

    def test_in_one_relation(self, explainer: Explainer) -> None:
        question = Question("case_manager", "read", "person", "contact")
        assert explainer.decision(question, "my_caseload")[0].endswith("? Yes.")
        refused = explainer.decision(question, "my_center")
        assert refused[0].endswith("? No.")
        assert refused[1] == "  In records of one's own center: no. What no line allows is refused."
        assert any("[never.csv:" in part for part in refused)

    def test_denied_names_the_deny(self, explainer: Explainer) -> None:
        answer = "\n".join(explainer.decision(Question("supervisor", "read", "note", "privileged")))
        number = line_number("p, anyone, anything, note, sealed, privileged_by_another, deny")
        assert "In records that are privileged and written by somebody else: no." in answer
        assert (
            "Anyone who is signed in (on duty, or served) may never, whatever else is allowed, do anything with a note"
            in answer
        )
        assert f"[policy.csv:{number}]" in answer

    def test_what_no_edit_may_open_says_why(self, explainer: Explainer) -> None:
        answer = explainer.decision(Question("partner_user", "read", "case", "outline"))
        assert answer[0].endswith("? No.")
        assert any("No edit of the policy may open this: a partner sees the referral" in part for part in answer)

    @pytest.mark.parametrize(
        ("words", "relation", "told"),
        [
            (("mayor", "read", "person", "contact"), None, "knows no role mayor"),
            (("auditor", "peek", "person", "contact"), None, "knows no action peek"),
            (("auditor", "read", "persons", "contact"), None, "knows no record persons"),
            (("auditor", "read", "person", "sealed"), None, "knows no class of information sealed"),
            (("auditor", "read", "person", "contact"), "my_centre", "knows no relation my_centre"),
        ],
    )
    def test_an_unknown_word_is_told_with_the_known_ones(
        self, explainer: Explainer, words: tuple[str, str, str, str], relation: str | None, told: str
    ) -> None:
        with pytest.raises(PolicyInvalid) as raised:
            explainer.decision(Question(*words), relation)
        assert told in str(raised.value)
        assert "it knows" in str(raised.value)

    def test_every_answer_agrees_with_the_table(self, explainer: Explainer) -> None:
        for role in Role:
            for record in explainer.policy.records:
                for info in InfoClass:
                    question = Question(role, "read", record, info)
                    allowed = explainer.decision(question)[0].endswith("records.")
                    grants = explainer.policy.grants(role, "read", record)
                    everywhere = next((each.denied for each in grants if each.relation == "my_incident"), 0)
                    effective = [each.allowed & ~each.denied & ~everywhere & info.bit for each in grants]
                    reaching = [each for each in explainer.policy.relations if record in explainer.policy.reach[each]]
                    assert (allowed or explainer.decision(question)[0].endswith("Yes.")) is any(effective), question
                    assert len(reaching) > 0


class TestField:
    def test_says_what_it_shows_and_to_whom(self, explainer: Explainer) -> None:
        told = explainer.field("Marker.name")
        assert told[0] == "Marker.name shows identity (names and dates of birth) of a person."
        assert f"  A supervisor: in records of one's own center{WALL}{AGENCY}" in told
        assert "  A funder's report viewer: never." in told
        assert len(told) == 1 + len(Role)

    def test_says_where_it_is_withheld(self, explainer: Explainer) -> None:
        (supervisor,) = [part for part in explainer.field("Marker.body") if part.startswith("  A supervisor")]
        assert supervisor.endswith(f"; never in records that are privileged and written by somebody else{AGENCY}")

    def test_an_unmapped_field_is_refused(self, explainer: Explainer) -> None:
        for name in ("Marker.age", "Marker", "name", ""):
            with pytest.raises(PolicyInvalid):
                explainer.field(name)


class TestOperation:
    def test_says_what_it_does_and_who_may(self, explainer: Explainer) -> None:
        told = explainer.operation("acceptMarker")
        assert told[0].startswith("acceptMarker is to accept a referral, and needs the outline")
        where = f"in records that a referral sent to one's own organisation is about{WALL}{AGENCY}"
        assert [part for part in told if not part.endswith("never.")][1:] == [
            f"  A worker of a partner organisation: {where}",
            f"  An administrator of the victim fund: {where}",
        ]


class TestExamples:
    @pytest.mark.parametrize(
        ("line", "fault"),
        [
            ("mayor,read,person,identity,my_center,permit,granted,x", "holds an unknown word"),
            ("auditor,read,person,rumour,my_center,permit,granted,x", "holds an unknown word"),
            ("auditor,read,person,identity,my_center=rumour,permit,granted,x", "holds an unknown word"),
            ("auditor,read,person,identity,my_center,permit,granted", "has 7 cells, not 8"),
        ],
    )
    def test_a_malformed_line_is_refused(self, tmp_path: Path, line: str, fault: str) -> None:
        text = (policies_dir() / "examples.csv").read_text()
        (tmp_path / "examples.csv").write_text(f"{text}{line}\n")
        with pytest.raises(PolicyInvalid, match=fault):
            read_examples(tmp_path)

    @pytest.mark.parametrize(
        "line", ["auditor,peek,person,identity,my_center", "auditor,read,person,identity,my_centre"]
    )
    def test_a_word_the_policy_does_not_know_fails_the_example(self, tmp_path: Path, line: str) -> None:
        head = "role,action,record,info,held,verdict,reason,because\n"
        (tmp_path / "examples.csv").write_text(f"{head}{line},permit,granted,x\n")
        assert list(failing(load(policies_dir()), read_examples(tmp_path))) == [
            "examples.csv:2: asks with a word the policy does not know"
        ]


class TestTableRows:
    def test_every_grant_is_in_it_once(self, explainer: Explainer) -> None:
        head, *rows = table_rows(explainer.policy)
        assert head == "role,record,rows,allowed,denied,actions"
        actions = len(explainer.policy.actions)
        written = 0
        for row in rows:
            said = row.rpartition(",")[2]
            named = said.removeprefix("all but ").split(" ")
            written += actions if said == "all" else actions - len(named) if said.startswith("all but") else len(named)
        assert written == sum(len(grants) for grants in explainer.policy.table.values())
