"""The documentation says what the code does."""

import re
from pathlib import Path

import pytest

from fac import errors
from fac.domain.vocabulary import InfoClass
from fac.reading.catalog import NOUNS

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "policies").glob("*.md")])


def codes(of: type[errors.FacError]) -> set[str]:
    """Return the stable codes of an error and of everything below it."""
    return {of.code}.union(*(codes(each) for each in of.__subclasses__()))


def test_every_error_code_has_its_row() -> None:
    rows = set(re.findall(r"^\| `([a-z_]+)` \|", (ROOT / "docs" / "errors.md").read_text("utf-8"), re.MULTILINE))
    assert codes(errors.FacError) - rows == set()


def test_every_error_is_in_the_drawn_tree() -> None:
    def names(of: type[errors.FacError]) -> set[str]:
        return {of.__name__}.union(*(names(each) for each in of.__subclasses__()))

    drawn = errors.__doc__ or ""
    assert [name for name in names(errors.FacError) if name not in drawn] == []


def test_the_glossary_knows_every_class_and_the_main_nouns() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text("utf-8").lower()
    assert [info for info in InfoClass if info not in glossary] == []
    main = {
        "Incident",
        "Center",
        "Organization",
        "Service",
        "Agreement",
        "Case",
        "Person",
        "Need",
        "Release",
        "Referral",
        "Handoff",
    }
    assert main <= set(NOUNS)
    assert [name for name in main if name.lower() not in glossary] == []


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    targets = [each for each in re.findall(r"\]\(([^)#\s]+)\)", text) if "://" not in each]
    assert [each for each in targets if not (path.parent / each).exists()] == []


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_named_tests_and_modules_exist(path: Path) -> None:
    named = re.findall(
        r"`((?:tests|fac|policies|graphql|migrations|docs|benchmarks)/[\w./-]+\.(?:py|csv|md|graphql|conf))`",
        path.read_text("utf-8"),
    )
    assert [each for each in named if not (ROOT / each).exists()] == []
