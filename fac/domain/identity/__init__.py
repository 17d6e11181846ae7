"""Knowing a person again: normalising, match terms and scoring. Never: log, keep or echo a value."""

from typing import Final

NORMALISER_VERSION: Final = 1
