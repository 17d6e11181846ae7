"""Which faults of the database pass by themselves: nothing was read or half done, and the request may be sent again.

What a statement was cancelled for, or what it waited for in vain, is Busy; a connection that was refused or broke off
is DatabaseUnavailable. A change whose commit was not answered may stand: under its key it is not made twice.
Never: take a fault of ours for one that passes, or let the server's words out.
"""

from typing import Final

import asyncpg

from fac.errors import AuditUnavailable, Busy, DatabaseUnavailable, FacError

LOST_RACE: Final = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
TOO_LONG: Final = (asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError)
_BROKEN_OFF: Final = (
    asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError, asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError, asyncpg.IdleInTransactionSessionTimeoutError,
)  # fmt: skip


def passing(fault: BaseException | None) -> FacError | None:
    """Return what is told of a fault that passes, or None for every other."""
    if isinstance(fault, AuditUnavailable | Busy | DatabaseUnavailable):
        return fault
    if isinstance(fault, (*LOST_RACE, *TOO_LONG)):
        return Busy()
    # The driver says by its root class that a connection is closed, and by others that it was misused.
    if isinstance(fault, _BROKEN_OFF) or type(fault) is asyncpg.InterfaceError:
        return DatabaseUnavailable()
    return None
