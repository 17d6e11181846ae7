"""A mail server of our own for tests: enough SMTP (RFC 5321) to take messages, or to refuse them as told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default

from fac.settings import Mail, MailSecurity


@dataclass(slots=True)
class Mailbox:
    """What arrived; ``refusals`` are answers given instead of taking the next messages."""

    port: int = 0
    messages: list[Message] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def settings(self) -> Mail:
        """Return mail settings that lead here."""
        return Mail("127.0.0.1", self.port, "fac@example.org", MailSecurity.plain)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hold one SMTP conversation."""

        async def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")
            await writer.drain()

        await say("220 mail.example.test")
        while line := (await reader.readline()).strip().upper():
            if line.startswith(b"RCPT") and self.refusals:
                await say(self.refusals.pop(0))
            elif line == b"DATA":
                await say("354 go on")
                body = await reader.readuntil(b"\r\n.\r\n")
                self.messages.append(message_from_bytes(body[:-5], policy=default))
                await say("250 taken")
            elif line == b"QUIT":
                await say("221 bye")
                break
            else:
                await say("250 mail.example.test")
        writer.close()


@asynccontextmanager
async def open_mailbox() -> AsyncIterator[Mailbox]:
    """Listen on a free port of this machine."""
    mailbox = Mailbox()
    server = await asyncio.start_server(mailbox.talk, "127.0.0.1", 0)
    mailbox.port = server.sockets[0].getsockname()[1]
    async with server:
        yield mailbox
