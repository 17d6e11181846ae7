"""The whole error tree. A code is stable; the class docstring's first sentence is what a person may be told.

    FacError
    ├── NotSignedIn           the session is unknown, ended or expired
    ├── NotPermitted          the actor may know the record exists, but not do this
    ├── NotFound              unknown, absent and forbidden look alike
    ├── Conflict              the record moved on since it was read
    ├── KeyReused             a clientMutationId came back with another payload
    ├── Busy                  the same operation is in flight, or was held up too long; retry
    ├── RateLimited           asked too often; a while later it is answered again
    ├── InvalidTransition     the workflow has no such step from here
    ├── InvalidInput          names the fields, never their values
    ├── DocumentRefused       the GraphQL document is over budget, unknown or malformed
    ├── SealingError
    │   ├── Unreadable        a sealed value failed to open
    │   ├── KeyUnavailable    this process does not hold the key
    │   ├── WrongKey          the root key is not the one the data was sealed under
    │   └── EscrowInvalid     shares or escrow file do not bring the keys back
    ├── Explained             a further sentence says more
    │   ├── ShredLedgerInvalid    the file that says who was erased is not whole
    │   ├── BackupInvalid         a backup that is not whole, or not of this system
    │   ├── RestoreUnfinished     what was decided since the backup is not settled, so nothing is served
    │   └── RotationBlocked       a change of keys waits for something; it is resumed by running it again
    ├── Faulty                several faults, each named
    │   ├── PolicyInvalid     the policy files were refused
    │   └── SettingsUnsafe    the environment would start an unsafe process
    ├── Reasoned              a sentence of its own takes the place of the class's
    │   ├── DatabaseUnavailable   no usable PostgreSQL
    │   ├── JobRefused        a job's arguments or its actor are not what they must be
    │   ├── PortTaken         the port to serve on cannot be used
    │   └── AuditBroken       the audit trail does not verify
    ├── NotDelivered          the mail server did not take a message; it is tried again
    └── AuditUnavailable      the audit row could not be written, so nothing was read or changed

Never: carry a personal value, or the text of a foreign exception.
"""

from dataclasses import dataclass
from typing import ClassVar


class FacError(Exception):
    """The request could not be carried out."""

    code: ClassVar[str] = "error"

    @property
    def sentence(self) -> str:
        """The safe sentence for the person: the first line of the class docstring."""
        return (type(self).__doc__ or "").strip().partition("\n")[0]

    def __str__(self) -> str:
        return self.sentence


class NotSignedIn(FacError):
    """Please sign in again."""

    code = "not_signed_in"


class NotPermitted(FacError):
    """Your role does not allow this."""

    code = "not_permitted"

    def __init__(self, reason: str, *, requestable: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.requestable = requestable


class NotFound(FacError):
    """There is no such record, or it is not yours to see."""

    code = "not_found"


class Conflict(FacError):
    """The record has changed since you read it; read it again."""

    code = "conflict"

    def __init__(self, current_version: int | None = None) -> None:
        super().__init__()
        self.current_version = current_version


class KeyReused(FacError):
    """This clientMutationId was used before with other contents."""

    code = "key_reused"


class Busy(FacError):
    """The same operation is still being carried out, or others hold it up; try again in a moment."""

    code = "busy"


class RateLimited(FacError):
    """You have asked too often; wait a minute and try again."""

    code = "rate_limited"


class InvalidTransition(FacError):
    """This step is not possible from the record's present state."""

    code = "invalid_transition"

    def __init__(self, *, state: str, verb: str, possible: tuple[str, ...] = ()) -> None:
        super().__init__(state, verb)
        self.state = state
        self.verb = verb
        self.possible = possible


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One bad field: ``path`` is where (``persons.0.bornOn``), ``problem`` a code, ``hint`` a sentence, no value."""

    path: str
    problem: str
    hint: str


class InvalidInput(FacError):
    """Some of the fields are not valid."""

    code = "invalid_input"

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__()
        self.problems = problems

    @classmethod
    def at(cls, path: str, problem: str, hint: str) -> "InvalidInput":
        """Return the error for a single field."""
        return cls(FieldProblem(path, problem, hint))


class DocumentRefused(FacError):
    """The request document was refused."""

    code = "document_refused"

    def __init__(self, reason: str, *, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class SealingError(FacError):
    """A sealed value could not be handled."""

    code = "sealing_error"


class Unreadable(SealingError):
    """A sealed value could not be opened; the privacy officer has been told."""

    code = "sealed_unreadable"


class KeyUnavailable(SealingError):
    """This process does not hold the key for that class of information."""

    code = "key_unavailable"


class WrongKey(SealingError):
    """The root key is not the one this database was sealed under."""

    code = "wrong_key"


class EscrowInvalid(SealingError):
    """The escrow cannot be made or opened this way."""

    code = "escrow_invalid"
    _SENTENCES: ClassVar = {
        "threshold": "An escrow needs at least two of its custodians, and has at most sixteen.",
        "escrow": "The escrow file is not one that fac wrote.",
        "shares": "The shares are too few, misspelt, or not of one escrow.",
    }

    @property
    def sentence(self) -> str:
        """What is wrong with the numbers, the file or the shares."""
        return self._SENTENCES[self.args[0]]


class Explained(FacError):
    """Something cannot go on; a further sentence may say why."""

    def __str__(self) -> str:
        return " ".join((self.sentence, *self.args))


class ShredLedgerInvalid(Explained):
    """The ledger of erasures is not whole; nothing is erased until it is."""

    code = "shred_ledger_invalid"


class RestoreUnfinished(Explained):
    """The database was put back to an earlier time and that is not settled yet; nothing is served until it is."""

    code = "restore_unfinished"


class BackupInvalid(Explained):
    """The backup is not one that can be restored here."""

    code = "backup_invalid"


class RotationBlocked(Explained):
    """The change of keys cannot go on now; nothing is lost, run the command again."""

    code = "rotation_blocked"


class Faulty(FacError):
    """Something has faults, each of which is named."""

    def __init__(self, *faults: str) -> None:
        super().__init__(*faults)
        self.faults = faults

    def __str__(self) -> str:
        return "; ".join(self.faults) or self.sentence


class PolicyInvalid(Faulty):
    """The access policy was refused."""

    code = "policy_invalid"


class SettingsUnsafe(Faulty):
    """The settings are not safe to start with."""

    code = "settings_unsafe"


class Reasoned(FacError):
    """Something went wrong for a reason that a sentence of ours gives."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason or self.sentence


class DatabaseUnavailable(Reasoned):
    """The database does not answer now; nothing is half done, send it again as it was."""

    code = "database_unavailable"


class PortTaken(Reasoned):
    """The port cannot be used."""

    code = "port_taken"

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} on {host} cannot be used: another program listens there, or it needs more rights."
            " Stop that program, or choose another port with --port (or FAC_PORT)."
        )


class JobRefused(Reasoned):
    """The job cannot be carried out as it was left."""

    code = "job_refused"


class NotDelivered(FacError):
    """The mail server did not take the message; it will be tried again."""

    code = "not_delivered"


class AuditUnavailable(FacError):
    """This cannot be written to the audit now, so nothing was shown or changed; try again later."""

    code = "audit_unavailable"


class AuditBroken(Reasoned):
    """The audit trail does not verify."""

    code = "audit_broken"
