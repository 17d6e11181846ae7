"""The wheel: complete (policies, documents, migrations), and working where there is no checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the unpacked wheel, as pip would leave it."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("fac-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = f"import sys; sys.path.insert(0, {str(site)!r}); sys.argv = ['fac', *{list(arguments)!r}]"
    return subprocess.run(
        [sys.executable, "-P", "-c", f"{script}; import runpy; runpy.run_module('fac', run_name='__main__')"],
        capture_output=True,
        text=True,
        check=False,
        cwd=site,
    )


def test_the_data_folders_are_inside_whole(site: Path) -> None:
    for folder in ("policies", "graphql", "migrations"):
        there = {str(file.relative_to(ROOT / folder)) for file in (ROOT / folder).rglob("*") if file.is_file()}
        wanted = {name for name in there if "__pycache__" not in name}
        packed = site / "fac" / "_data" / folder
        assert {str(file.relative_to(packed)) for file in packed.rglob("*") if file.is_file()} >= wanted


def test_every_module_and_its_data_are_inside(site: Path) -> None:
    wanted = {
        str(f.relative_to(ROOT)) for f in (ROOT / "fac").rglob("*") if f.is_file() and "__pycache__" not in f.parts
    }
    packed = {str(f.relative_to(site)) for f in (site / "fac").rglob("*") if f.is_file()}
    assert wanted <= packed
    assert not any(name.startswith(("tests", "docs")) for name in packed)


def test_an_installed_fac_works_without_a_checkout(site: Path) -> None:
    shown = run(site, "policy", "check")
    assert shown.returncode == 0, shown.stderr
    assert " 0 answered otherwise" in shown.stdout
    assert "valid" in run(site, "schema", "check").stdout
    assert run(site, "--version").stdout.startswith("fac ")


def test_the_tests_are_said_to_come_with_the_source(site: Path) -> None:
    refused = run(site, "test")
    assert refused.returncode == 1
    assert "checkout" in refused.stderr


def test_the_command_is_declared(site: Path) -> None:
    (points,) = site.glob("fac-*.dist-info/entry_points.txt")
    assert "fac = fac.cli:main" in points.read_text()
    assert list(site.glob("fac-*.dist-info/licenses/LICENSE"))
