"""The words a table's doors are declared in: which login may do what, to which of its rows, in which of its columns.

Never: grant what is not declared. A table without a declaration is closed to everybody but its owner.
"""

from dataclasses import dataclass, replace
from enum import Flag, auto
from typing import Final, TypeAlias

from sqlalchemy import Table

from fac.crypto.columns import SealedBytes
from fac.db.claims import CLAIM, KEEPING, SERVING, WORKING, Login
from fac.domain.vocabulary import Role


class Right(Flag):
    """What a login may do to a table. ``lock`` holds rows still (FOR SHARE, FOR UPDATE) and changes nothing."""

    none = 0
    read = auto()
    add = auto()
    change = auto()
    remove = auto()
    lock = auto()


READ: Final = Right.read
ADD: Final = Right.add
CHANGE: Final = Right.change
REMOVE: Final = Right.remove
LOCK: Final = Right.lock
HOLD: Final = READ | LOCK
KEEP: Final = READ | ADD  # what is written once
TEND: Final = READ | ADD | CHANGE
# Claims that no request makes: what the hat is kept from (fac.db.rls.kept_from).
KEPT_CASES: Final = "kept_cases"
KEPT_SUBJECTS: Final = "kept_subjects"


def claim(name: str) -> str:
    """Return the SQL of a claim of the running transaction, NULL where it makes none: what is NULL equals nothing.

    A claim that ended with its transaction leaves an empty text behind, not NULL. It is a SELECT of its own, so that
    it is read once a statement and not once a row.
    """
    return f"(SELECT nullif(current_setting('{CLAIM}{name}', true), '')::uuid)"


def worn_by(*roles: Role) -> str:
    """Return the condition that the hat is of one of ``roles``: asked once a statement, before any row."""
    words = ", ".join(f"'{each}'" for each in roles)
    return f"(SELECT current_setting('{CLAIM}role', true) IN ({words}))"


def none_of(column: str, kept: str) -> str:
    """Return the condition that ``column`` is no id of the list that ``kept`` claims; of no list, that nothing is."""
    listed = f"(SELECT nullif(current_setting('{CLAIM}{kept}', true), '')::uuid[])"
    return f"{column} <> ALL ({listed}::uuid[])"


@dataclass(frozen=True, slots=True)
class Door:
    """One login's way to a table.

    ``where`` is SQL over the row; it must hold of what is read and of what is written. ``written`` must hold of what is
    written only. ``columns`` are the ones read (all without it), ``changing`` the ones changed (all but the key).
    ``across`` lets the login go from one incident to the next in one transaction.
    """

    rights: Right
    where: str = "true"
    written: str = ""
    columns: tuple[str, ...] = ()
    changing: tuple[str, ...] = ()
    across: bool = False


Doors: TypeAlias = dict[Login, Door]  # a login that is not named has no way to the table


def doors(
    staff: Right | Door = Right.none,
    *,
    partner: Right | Door = Right.none,
    portal: Right | Door = Right.none,
    report: Right | Door = Right.none,
    worker: Right | Door | None = None,
    keeper: Right | Door = Right.none,
    counted: Right = Right.none,
) -> Doors:
    """Return a table's doors. The worker does by the clock what staff do: it has their rights, in every row, unless it
    is named.

    The keeper goes from one incident to the next in one transaction. ``counted`` is what the owner's functions do
    to the table (fac.db.rls.counted), in the incident that is claimed.
    """
    everywhere = replace(staff, where="true") if isinstance(staff, Door) else staff
    by_clock = everywhere if worker is None else worker
    keeping = keeper if isinstance(keeper, Door) else Door(keeper, across=True)
    own = (*SERVING, *WORKING, *KEEPING)
    given = dict(zip(own, (staff, partner, portal, report, by_clock, keeping), strict=True))
    if counted:
        given[Login.owner] = Door(counted, f"incident_id = {claim('incident')}")
    made = {login: each if isinstance(each, Door) else Door(each) for login, each in given.items()}
    return {login: door for login, door in made.items() if door.rights}


def for_all(rights: Right | Door, *, worker: Right | Door | None = None, keeper: Right = Right.none) -> Doors:
    """Return the doors of a table that every login has the same way to; the keeper is named."""
    return doors(rights, partner=rights, portal=rights, report=rights, worker=worker, keeper=keeper)


def kept(table: Table, *others: str) -> Door:
    """Return the keeper's door to a table: what is sealed is sealed anew or emptied, and so are ``others``."""
    sealed = tuple(each.name for each in table.c if isinstance(each.type, SealedBytes))
    return Door(READ | CHANGE, changing=(*sealed, *others), across=True)


def unsealed(table: Table) -> tuple[str, ...]:
    """Return the columns of ``table`` that hold no sealed value."""
    return tuple(each.name for each in table.c if not isinstance(each.type, SealedBytes))
