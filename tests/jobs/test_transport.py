"""Notices leave by mail with nothing personal in them, and the log line of one names no address."""

import io
from uuid import uuid4

import orjson
import pytest

from fac import logs
from fac.errors import NotDelivered
from fac.jobs.transport import LogTransport, MailTransport, Notice, choose_transport
from fac.jobs.wording import SENTENCES, subject_of, text_of
from tests.jobs.mailbox import open_mailbox


def notice(event: str = "referral.accepted") -> Notice:
    incident_id, record_id = uuid4(), uuid4()
    return Notice(
        record_id.hex, event, incident_id, record_id, "desk@partner.example.org", subject_of(event),
        text_of(event, incident_id, record_id),
    )  # fmt: skip


class TestMail:
    async def test_a_message_arrives_as_it_was_meant(self) -> None:
        told = notice()
        async with open_mailbox() as mailbox:
            await MailTransport(mailbox.settings()).send(told)
        (message,) = mailbox.messages
        assert message["To"] == "desk@partner.example.org"
        assert message["From"] == "fac@example.org"
        assert message["Subject"] == "A referral was accepted"
        assert message["Auto-Submitted"] == "auto-generated"
        assert "aceptada" in message.get_content()  # type: ignore[attr-defined]  # the modern message class

    async def test_a_second_try_carries_the_same_message_id(self) -> None:
        told = notice()
        async with open_mailbox() as mailbox:
            for _ in range(2):
                await MailTransport(mailbox.settings()).send(told)
        first, second = (each["Message-ID"] for each in mailbox.messages)
        assert first == second == f"<{told.key}@example.org>"

    @pytest.mark.parametrize("answer", ["450 later", "550 no such desk@partner.example.org"])
    async def test_a_refusal_says_nothing_of_the_address(self, answer: str) -> None:
        async with open_mailbox() as mailbox:
            mailbox.refusals.append(answer)
            with pytest.raises(NotDelivered) as refused:
                await MailTransport(mailbox.settings()).send(notice())
        assert "partner" not in str(refused.value)
        assert refused.value.__cause__ is None

    async def test_no_server_is_not_delivered(self) -> None:
        async with open_mailbox() as mailbox:
            settings = mailbox.settings()
        with pytest.raises(NotDelivered):
            await MailTransport(settings).send(notice())

    async def test_an_address_cannot_bring_a_header(self) -> None:
        told = notice()
        smuggled = Notice(told.key, told.event, told.incident_id, told.record_id,
                          "desk@example.org\r\nBcc: all@example.org", told.subject, told.text)  # fmt: skip
        async with open_mailbox() as mailbox:
            with pytest.raises(ValueError, match="linefeed"):
                await MailTransport(mailbox.settings()).send(smuggled)
        assert not mailbox.messages


class TestLog:
    async def test_the_line_names_the_record_and_no_address(self) -> None:
        told, stream = notice(), io.BytesIO()
        logs.configure(stream)
        try:
            await LogTransport().send(told)
        finally:
            logs.configure()
        line = orjson.loads(stream.getvalue())
        assert (line["event"], line["record_id"]) == ("notice.logged", str(told.record_id))
        assert line["job"] == "notify.referral_accepted"
        assert "dropped" not in line
        assert b"partner" not in stream.getvalue()

    def test_no_mail_settings_mean_the_log(self) -> None:
        assert isinstance(choose_transport(None), LogTransport)


class TestWords:
    @pytest.mark.parametrize("event", SENTENCES)
    def test_every_notice_says_what_happened_in_two_languages_and_an_opaque_id(self, event: str) -> None:
        told = notice(event)
        english, spanish = SENTENCES[event]
        assert english in told.text
        assert spanish in told.text
        assert str(told.record_id) not in told.text
        assert told.recipient not in repr(told)
        assert told.text not in repr(told)
