"""The README: what it names exists, what it shows parses, the documents it sends are the shipped ones."""

import json
import re
from pathlib import Path

import pytest

from fac import arguments
from fac.domain.vocabulary import Role

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
TOUR = README.split("## Ten minutes")[1].split("\n## ")[0]


def test_every_document_of_the_tour_is_shipped() -> None:
    sent = set(re.findall(r'run "\$\w+" (\w+)', TOUR))
    assert sent >= {"Caseload", "ReferralInbox", "AcceptReferral", "Referral"}
    for name in sent:
        assert (ROOT / "graphql" / "operations" / f"{name}.graphql").is_file(), name


def test_every_answer_shown_is_json_with_fields_of_the_schema() -> None:
    schema = (ROOT / "graphql" / "schema.graphql").read_text()
    shown = re.findall(r"```json\n(.*?)```", TOUR, re.DOTALL)
    assert len(shown) >= 5
    for block in shown:
        for answer in re.split(r"\n(?=\{)", block.strip()):
            for name in names_of(json.loads(answer)["data"]):
                assert name == "__typename" or re.search(rf"\b{name}\b", schema), name


def names_of(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {name for each in value.values() for name in names_of(each)}
    if isinstance(value, list):
        return {name for each in value for name in names_of(each)}
    return set()


def test_every_input_of_the_tour_is_json() -> None:
    given = re.findall(r"run \"\$\w+\" \w+ '(\{.*?\})'", TOUR, re.DOTALL)
    assert given
    assert all(isinstance(json.loads(each), dict) for each in given)


def test_every_actor_of_the_tour_has_a_role_there_is() -> None:
    roles = re.findall(r"\$\(token (\w+) '", TOUR)
    assert roles
    assert set(roles) <= set(Role)


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "docs/deploy.md"])
def test_every_file_and_command_that_is_named_exists(document: str) -> None:
    text = (ROOT / document).read_text()
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert ((ROOT / document).parent / target).exists(), target
    for line in re.findall(r"(?:python3?|bin/python) -m fac ([a-z][a-z ]*[a-z])", text):
        assert line.split()[0] in arguments.build_parser().format_help(), line


def test_it_is_short_enough_to_read() -> None:
    assert len(README.splitlines()) < 200
    assert max(len(line) for line in README.splitlines()) <= 120
