"""The policy plane: files in ``policies/`` become one frozen, compiled table that agrees with Casbin.

Never: know a user, an organisation or a date (those are facts, in rows), or be changed while it is in use.
"""

from fac.access.policy.loading import load
from fac.access.policy.snapshot import FieldRule, Grant, OperationRule, Policy

__all__ = ["FieldRule", "Grant", "OperationRule", "Policy", "load"]
