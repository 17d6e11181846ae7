"""What the policy's tests share: a copy of the shipped folder to spoil."""

import shutil
from pathlib import Path

import pytest

from fac.resources import policies_dir


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(policies_dir(), tmp_path / "policies"))
