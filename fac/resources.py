"""Where the data folders lie: in a checkout beside the package, in an installed wheel inside it.

Never: open a file; the floor that needs one reads it.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_data"


def policies_dir() -> Path:
    """Return the folder of the Casbin model, the policy and its vocabularies."""
    return _folder("policies")


def graphql_dir() -> Path:
    """Return the folder of the exported schema and the trusted operation documents."""
    return _folder("graphql")


def migrations_dir() -> Path:
    """Return the folder of Alembic's env.py and versions."""
    return _folder("migrations")


def checkout() -> Path | None:
    """Return the root of the checkout this package runs from, or None when it is installed."""
    root = _PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() and not _INSTALLED.is_dir() else None


def _folder(name: str) -> Path:
    installed = _INSTALLED / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
