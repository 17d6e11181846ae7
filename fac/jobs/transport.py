"""The ways a notice leaves: to the log where no mail server is set, or by mail.

Never: put a personal value into a notice, or an address into the log.
"""

from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

import aiosmtplib

from fac.errors import NotDelivered
from fac.logs import get_log

if TYPE_CHECKING:
    from fac.settings import Mail

_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one contact of an organisation. ``key`` is the same each time the same notice is tried."""

    key: str
    event: str
    incident_id: UUID
    record_id: UUID
    recipient: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)


class Transport(Protocol):
    """Hands one notice on; returns when somebody else is responsible for it, raises NotDelivered when nobody is."""

    async def send(self, notice: Notice) -> None:
        """Hand ``notice`` on."""


class LogTransport:
    """Writes a line for each notice: for the demonstration, and until a mail server is set."""

    async def send(self, notice: Notice) -> None:
        """Log what was told of which record; neither the words nor the address."""
        get_log().info(
            "notice.logged", incident_id=notice.incident_id, record_id=notice.record_id, job=f"notify.{_flat(notice)}"
        )


def _flat(notice: Notice) -> str:
    return notice.event.replace(".", "_")


class MailTransport:
    """Sends by SMTP, protected as the settings say."""

    def __init__(self, mail: "Mail") -> None:
        self._mail = mail
        self._domain = mail.sender.rpartition("@")[2].rstrip("> ")

    async def send(self, notice: Notice) -> None:
        """Send one message; a retry carries the same Message-ID, by which mail programs drop the second."""
        message = EmailMessage()
        message["From"] = self._mail.sender
        message["To"] = notice.recipient
        message["Subject"] = notice.subject
        message["Message-ID"] = f"<{notice.key}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(notice.text)
        try:
            await aiosmtplib.send(
                message,
                hostname=self._mail.host,
                port=self._mail.port,
                username=self._mail.user,
                password=self._mail.password,
                use_tls=self._mail.security == "tls",
                start_tls=self._mail.security == "starttls",
                timeout=_TIMEOUT_SECONDS,
            )
        except (aiosmtplib.SMTPException, OSError):
            raise NotDelivered from None  # the server's words may quote the address


def choose_transport(mail: "Mail | None") -> Transport:
    """Return the transport that the settings ask for."""
    return MailTransport(mail) if mail is not None else LogTransport()
