"""The lock files: they say what pyproject.toml asks for, by hash, name no registry, and hold every dependency.

Nothing here needs the network, and a newer release somewhere never makes it fail.
"""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
RUN, DEVELOPMENT, BUILD = "requirements.lock", "requirements-dev.lock", "requirements-build.lock"
IMAGE = "requirements-image.lock"
MATCHING = "requirements-matching.lock"  # of a benchmark, installed by hand
ASKED = {
    RUN: PROJECT["project"]["dependencies"],
    IMAGE: [
        *PROJECT["project"]["dependencies"],
        *(asked for name, extra in EXTRAS.items() if name not in {"test", "dev"} for asked in extra),
    ],
    DEVELOPMENT: [
        *PROJECT["project"]["dependencies"],
        *(asked for extra in EXTRAS.values() for asked in extra if not asked.startswith("fac[")),
    ],
    BUILD: PROJECT["dependency-groups"]["build"],
    MATCHING: PROJECT["dependency-groups"]["matching"],
}


def pins(lock: str) -> dict[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for line in (ROOT / lock).read_text().replace("\\\n", " ").splitlines():
        words = line.split(" --hash=")
        if line.strip() and not line.lstrip().startswith("#"):
            pin = Requirement(words[0])
            found.setdefault(canonicalize_name(pin.name), []).append(pin)
    return found


def version_of(pin: Requirement) -> str:
    (specifier,) = pin.specifier
    assert specifier.operator == "==", pin.name
    return specifier.version


@pytest.mark.parametrize("lock", ASKED)
def test_every_line_is_one_version_with_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert lines
    for line in lines:
        assert re.fullmatch(r"\S+==\S+( ; [^#]+?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*", line), line[:80]


@pytest.mark.parametrize("lock", ASKED)
def test_no_address_and_no_path_is_in_it(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"://|file:|index-url|find-links|(^|\s)/\w", text)


@pytest.mark.parametrize("lock", ASKED)
def test_it_holds_what_the_project_asks_for(lock: str) -> None:
    locked = pins(lock)
    for asked in map(Requirement, ASKED[lock]):
        versions = [version_of(pin) for pin in locked.get(canonicalize_name(asked.name), [])]
        assert versions, f"{asked.name} is not in {lock}: run .ci/lock"
        assert all(asked.specifier.contains(version) for version in versions), f"{asked.name}: run .ci/lock"


def test_running_and_development_agree() -> None:
    development = pins(DEVELOPMENT)
    for lock in (RUN, IMAGE, BUILD):
        for name, locked in pins(lock).items():
            assert [version_of(pin) for pin in locked] == [version_of(pin) for pin in development[name]], name


@pytest.mark.parametrize("lock", ASKED)
def test_nothing_a_locked_package_needs_is_missing(lock: str) -> None:
    """Set-up installs with --no-deps, so the lock has to be closed."""
    locked = pins(lock)
    for name in locked:
        try:
            needed = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # locked for another platform
        for need in map(Requirement, needed):
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                assert canonicalize_name(need.name) in locked, f"{name} needs {need.name}: run .ci/lock"


def test_the_image_has_whatever_a_root_of_all_keys_asks_to_be_installed() -> None:
    extras = set(re.findall(r"pip install 'fac\[(\w+)\]'", (ROOT / "fac" / "opening.py").read_text()))
    assert extras == set(EXTRAS) - {"test", "dev"}
    assert {canonicalize_name(Requirement(asked).name) for name in extras for asked in EXTRAS[name]} <= set(pins(IMAGE))
    assert "install --require-hashes --no-deps -r requirements-image.lock" in (ROOT / "Dockerfile").read_text()


def test_casbin_has_one_distribution() -> None:
    """The two names install the same package and corrupt each other; the short one is frozen with known faults."""
    assert "pycasbin" in pins(RUN)
    assert "casbin" not in pins(DEVELOPMENT)
