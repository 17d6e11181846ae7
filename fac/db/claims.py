"""The login roles PostgreSQL knows us by, and the claims a transaction makes about who acts in it.

Row-level security is the second wall: each kind of hat reaches the database through a login role of its own, and every
policy compares a row with the transaction's claims (fac.db.rls). A transaction without claims sees nothing.
Never: make a claim for longer than one transaction, or let one role become another (no SET ROLE).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum, auto
from functools import cached_property
from typing import Final
from uuid import UUID

from fac.domain.vocabulary import Role

PREFIX: Final = "fac_"
CLAIM: Final = "fac."
KEEP_AWAY: Final = "keep_away"  # the function that claims what a hat of the staff's is kept from (fac.db.rls)


class Login(StrEnum):
    """A login role: ``fac_staff`` and its like. The owner migrates and owns the tables; nobody is served as it."""

    owner = auto()
    staff = auto()
    partner = auto()
    portal = auto()
    report = auto()
    worker = auto()  # background jobs, the sealer, and what is done at the machine itself
    keeper = auto()  # the keys: made, rotated, recovered, in every incident at once; and who is forgotten again
    backup = auto()  # reads everything, to write it down; changes nothing

    @property
    def role(self) -> str:
        """The role's name in PostgreSQL."""
        return PREFIX + self.value


SERVING: Final = (Login.staff, Login.partner, Login.portal, Login.report)
WORKING: Final = (Login.worker,)
KEEPING: Final = (Login.keeper,)
BACKING: Final = (Login.backup,)
POOLS: Final = (*SERVING, *WORKING, *KEEPING, *BACKING)

# The one place where a hat's role chooses the pool; a test compares it with the vocabulary.
LOGIN_OF: Final[Mapping[Role, Login]] = {
    Role.intake_worker: Login.staff,
    Role.reunification_worker: Login.staff,
    Role.case_manager: Login.staff,
    Role.supervisor: Login.staff,
    Role.volunteer: Login.staff,
    Role.identification_liaison: Login.staff,
    Role.auditor: Login.staff,
    Role.privacy_officer: Login.staff,
    Role.system_administrator: Login.staff,
    Role.partner_user: Login.partner,
    Role.partner_administrator: Login.partner,
    Role.fund_administrator: Login.partner,
    Role.report_viewer: Login.report,
    Role.system_worker: Login.worker,
    Role.family_member: Login.portal,
}


def logins_of(roles: Collection[Role]) -> tuple[Login, ...]:
    """Return the logins a process needs that serves ``roles``, in a fixed order; the worker is served to nobody."""
    needed = {LOGIN_OF[role] for role in roles}
    return tuple(login for login in SERVING if login in needed)


@dataclass(frozen=True)
class Claims:
    """Who acts, as the database is told: ids and a role word. What is None is not claimed, and opens nothing."""

    login: Login
    incident: UUID | None = None
    membership: UUID | None = None
    account: UUID | None = None
    organization: UUID | None = None
    center: UUID | None = None
    session: UUID | None = None
    person: UUID | None = None
    role: Role | None = None

    @classmethod
    def of_system(cls, incident: UUID | None = None) -> "Claims":
        """Return the claims of background work, of one incident or of none."""
        return cls(Login.worker, incident)

    @cached_property
    def opening(self) -> str:
        """The one message that begins the transaction and makes the claims; they end with it."""
        claimed = [(each.name, getattr(self, each.name)) for each in fields(self) if each.name != "login"]
        made = [f"SET LOCAL {CLAIM}{name} = '{_plain(value)}'" for name, value in claimed if value is not None]
        if self.login is Login.staff and self.membership is not None:
            made.append(f"SELECT {KEEP_AWAY}()")
        return "; ".join(["BEGIN", *made])


def _plain(value: object) -> str:
    if not isinstance(value, UUID | Role):  # nothing else goes into a statement's text
        raise TypeError(f"not a claim: {type(value).__name__}")
    return str(value)
