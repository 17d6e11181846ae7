"""The whole error tree. A code is stable; the class docstring's first sentence is what a person may be told.

    FacError
    ├── NotSignedIn           the session is unknown, ended or expired
    ├── NotPermitted          the actor may know the record exists, but not do this
    ├── NotFound              unknown, absent and forbidden look alike
    ├── Conflict              the record moved on since it was read
    ├── KeyReused             a clientMutationId came back with another payload
    ├── Busy                  the same operation is in flight; retry
    ├── RateLimited           asked too often; a while later it is answered again
    ├── InvalidTransition     the workflow has no such step from here
    ├── InvalidInput          names the fields, never their values
    ├── DocumentRefused       the GraphQL document is over budget, unknown or malformed
    ├── SealingError
    │   ├── Unreadable        a sealed value failed to open
    │   ├── KeyUnavailable    this process does not hold the key
    │   ├── WrongKey          the root key is not the one the data was sealed under
    │   └── EscrowInvalid     shares or escrow file do not bring the keys back
    ├── ShredLedgerInvalid    the file that says who was erased is not whole
    ├── RotationBlocked       a change of keys waits for something; it is resumed by running it again
    ├── Faulty                several faults, each named
    │   ├── PolicyInvalid     the policy files were refused
    │   └── SettingsUnsafe    the environment would start an unsafe process
    ├── DatabaseUnavailable   no usable PostgreSQL
    ├── PortTaken             the port to serve on cannot be used
    ├── JobRefused            a job's arguments or its actor are not what they must be
    ├── NotDelivered          the mail server did not take a message; it is tried again
    ├── AuditUnavailable      the audit row could not be written, so nothing was read or changed
    └── AuditBroken           the audit trail does not verify

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
    """The same operation is still being carried out; try again in a moment."""

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

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault

    @property
    def sentence(self) -> str:
        """What is wrong with the numbers, the file or the shares."""
        return self._SENTENCES[self.fault]


class ShredLedgerInvalid(FacError):
    """The ledger of erasures is not whole; nothing is erased until it is."""

    code = "shred_ledger_invalid"

    def __str__(self) -> str:
        return " ".join((self.sentence, *self.args))


class RotationBlocked(FacError):
    """The change of keys cannot go on now; nothing is lost, run the command again."""

    code = "rotation_blocked"

    def __str__(self) -> str:
        return " ".join((self.sentence, *self.args))


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


class DatabaseUnavailable(FacError):
    """No usable PostgreSQL server was found."""

    code = "database_unavailable"

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason or self.sentence


class PortTaken(FacError):
    """The port cannot be used."""

    code = "port_taken"

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self.host = host
        self.port = port

    def __str__(self) -> str:
        return (
            f"Port {self.port} on {self.host} cannot be used: another program listens there, or it needs more rights."
            " Stop that program, or choose another port with --port (or FAC_PORT)."
        )


class JobRefused(FacError):
    """The job cannot be carried out as it was left."""

    code = "job_refused"

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason or self.sentence


class NotDelivered(FacError):
    """The mail server did not take the message; it will be tried again."""

    code = "not_delivered"


class AuditUnavailable(FacError):
    """This cannot be written to the audit now, so nothing was shown or changed; try again later."""

    code = "audit_unavailable"


class AuditBroken(FacError):
    """The audit trail does not verify."""

    code = "audit_broken"

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason or self.sentence
