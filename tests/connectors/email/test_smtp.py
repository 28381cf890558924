"""Sending to a server that accepts, refuses, delays and dies at every moment it can."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.email.helpers import connector, request
from tests.support.certificates import make_ca_and_server
from tests.support.smtp import SmtpSink
from unibox_tui.connectors.contract import SendFile, SendRequest
from unibox_tui.connectors.email.connector import EmailConnector, EmailSettings
from unibox_tui.connectors.email.mime.read import read_mail
from unibox_tui.connectors.email.smtp import dotted
from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    Misconfigured,
    OutcomeUnknown,
    SendRejected,
    Transient,
)


def sender(sink: SmtpSink, secrets: dict[str, str] | None = None, **changes: Any) -> EmailConnector:
    """A connector that sends to `sink` and keeps no copies."""
    defaults: dict[str, Any] = {
        "address": "hello@shop-a.example",
        "name": "Cửa hàng A",
        "imap_host": "localhost",
        "save_sent": "no",
        "signature": "Cửa hàng A\n0000",
        "smtp_host": "localhost",
        "smtp_port": sink.port,
        "smtp_security": "plain",
        "smtp_user": "none",
        "timeout_seconds": 2.0,
    }
    return connector(EmailSettings(**defaults | changes), **(secrets or {}))


async def test_a_reply_arrives_whole(sink: SmtpSink) -> None:
    async def content() -> bytes:
        return b"%PDF-1.7 \x00\xff"

    told = SendRequest(
        client_ref="0198-ref-1",
        destination="hanh@khach.example",
        text="Dạ chào chị,\n.dòng có dấu chấm\nhàng về rồi ạ",
        files=(SendFile("hoá đơn.pdf", "application/pdf", 11, content),),
        options={
            "subject": "Re: Hỏi đơn hàng",
            "to": [{"name": "Nguyễn Thị Hạnh", "address": "hanh@khach.example"}],
            "cc": [{"name": "", "address": "chong@khach.example"}],
            "bcc": [{"name": "", "address": "so@shop-a.example"}],
            "message_id": "ref-1@shop-a.example",
            "in_reply_to": "m1@khach.example",
            "references": ["m0@khach.example", "m1@khach.example"],
            "quote": "> đơn của em tới đâu",
        },
    )
    result = await sender(sink).send(told)
    assert result.provider_id == "ref-1@shop-a.example"
    assert result.state == "sent"
    [taken] = sink.mails
    assert taken.sender == "hello@shop-a.example"
    assert taken.recipients == ("hanh@khach.example", "chong@khach.example", "so@shop-a.example")
    mail = read_mail(taken.body)
    assert mail.from_.name == "Cửa hàng A"
    assert mail.message_id == "ref-1@shop-a.example"
    assert mail.in_reply_to == "m1@khach.example"
    assert mail.references == ("m0@khach.example", "m1@khach.example")
    assert "\n.dòng có dấu chấm\n" in mail.text
    assert mail.attachments[0].content == b"%PDF-1.7 \x00\xff"
    assert mail.attachments[0].name == "hoá đơn.pdf"
    assert b"so@shop-a.example" not in taken.body
    assert "đơn của em" in mail.hidden_text


async def test_the_same_request_has_the_same_message_id(sink: SmtpSink) -> None:
    one = sender(sink)
    first, second = await one.send(request()), await one.send(request())
    assert first.provider_id == second.provider_id
    assert first.provider_id.endswith("@shop-a.example")


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ({"RCPT": "550 5.1.1 no such user"}, SendRejected),
        ({"RCPT": "450 4.2.1 try again later"}, Transient),
        ({"MAIL": "451 4.3.0 busy"}, Transient),
        ({"MAIL": "553 5.7.1 not your address"}, SendRejected),
        ({"DATA": "554 5.7.1 no"}, SendRejected),
        ({"DATA": "421 4.3.2 shutting down"}, Transient),
        ({"END": "550 5.7.1 looks like spam"}, SendRejected),
        ({"END": "452 4.3.1 disk full"}, Transient),
        ({"END": "550 5.7.30 Basic authentication is not supported"}, CredentialsRejected),
        ({"CONNECT": "421 too many connections"}, Transient),
        ({"CONNECT": "554 go away"}, Misconfigured),
        ({"MAIL": "530 5.7.0 Authentication required"}, CredentialsRejected),
    ],
)
async def test_refusals(sink: SmtpSink, replies: dict[str, str], expected: type[ConnectorError]) -> None:
    sink.replies = replies
    with pytest.raises(ConnectorError) as caught:
        await sender(sink).send(request())
    assert isinstance(caught.value, expected)
    assert sink.mails == []
    assert "Chào chị" not in caught.value.message
    said = next(iter(replies.values()))
    assert said[:3] in caught.value.message


@pytest.mark.parametrize(
    ("moment", "expected", "taken"),
    [
        ("CONNECT", Transient, 0),
        ("MAIL", Transient, 0),
        ("DATA", Transient, 0),
        ("BODY", OutcomeUnknown, 0),
        ("REFUSED", OutcomeUnknown, 0),
        ("ACCEPTED", OutcomeUnknown, 1),
    ],
)
async def test_a_line_that_is_cut(sink: SmtpSink, moment: str, expected: type[ConnectorError], taken: int) -> None:
    sink.dies = moment
    with pytest.raises(ConnectorError) as caught:
        await sender(sink).send(request(text="dài " * 50_000))
    assert isinstance(caught.value, expected)
    assert len(sink.mails) == taken


async def test_a_cut_after_the_answer_is_a_sent_mail(sink: SmtpSink) -> None:
    sink.dies = "REPLIED"
    await sender(sink).send(request())
    assert len(sink.mails) == 1


async def test_no_answer_in_time_is_unknown(sink: SmtpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unibox_tui.connectors.email.smtp.FINAL_SECONDS", 0.2)
    sink.delay = 5
    with pytest.raises(OutcomeUnknown):
        await sender(sink, timeout_seconds=0.2).send(request())


async def test_one_refused_recipient_stops_the_whole_mail(sink: SmtpSink) -> None:
    sink.replies = {"RCPT:sai@khach.example": "550 5.1.1 no such user"}
    with pytest.raises(SendRejected) as caught:
        await sender(sink).send(request(cc=[{"name": "", "address": "sai@khach.example"}]))
    assert "sai@khach.example" in caught.value.message
    assert sink.mails == []


async def test_too_large_is_known_before_sending(sink: SmtpSink) -> None:
    sink.size = 1000
    with pytest.raises(SendRejected) as caught:
        await sender(sink).send(request(text="dài " * 1000))
    assert caught.value.code == "552"
    assert sink.mails == []


async def test_the_deadline_is_asked_right_before_the_content(sink: SmtpSink) -> None:
    asked: list[int] = []

    async def too_late() -> None:
        asked.append(len(sink.mails))
        raise Transient("The deadline of this attempt has passed.")

    plain = request()
    late = SendRequest(
        plain.client_ref, plain.destination, plain.text, options=plain.options, before_first_byte=too_late
    )
    with pytest.raises(Transient, match="deadline"):
        await sender(sink).send(late)
    assert asked == [0]
    assert sink.mails == []


async def test_what_cannot_be_written_is_rejected_before_connecting(sink: SmtpSink) -> None:
    with pytest.raises(SendRejected) as caught:
        await sender(sink).send(request(subject="a\r\nBcc: x@y.example"))
    assert "subject" in caught.value.message
    assert sink.connections == 0


async def test_password_logins(sink: SmtpSink) -> None:
    sink.users = {"hello@shop-a.example": "bí mật 9"}
    await sender(sink, smtp_user="").send(request())
    assert sink.mails[0].user == "hello@shop-a.example"
    with pytest.raises(CredentialsRejected) as caught:
        await sender(sink, {"smtp_password": "sai-rồi"}, smtp_user="").send(request())
    assert "sai-rồi" not in str(caught.value)


async def test_a_server_that_is_too_busy_to_log_in(sink: SmtpSink) -> None:
    sink.users = {"hello@shop-a.example": "bí mật 9"}
    sink.replies = {"AUTH": "454 4.7.0 temporary authentication failure"}
    with pytest.raises(Transient):
        await sender(sink, smtp_user="").send(request())


async def test_xoauth2(sink: SmtpSink) -> None:
    sink.tokens = {"hello@shop-a.example": "token-1"}
    await sender(sink, {"access_token": "token-1"}, smtp_user="", auth="xoauth2").send(request())
    assert sink.mails[0].user == "hello@shop-a.example"
    with pytest.raises(CredentialsRejected):
        await sender(sink, {"access_token": "old"}, smtp_user="", auth="xoauth2").send(request())


async def test_a_server_without_a_login(sink: SmtpSink) -> None:
    with pytest.raises(Misconfigured) as caught:
        await sender(sink, smtp_user="").send(request())
    assert "smtp_user" in caught.value.hint


@pytest.mark.parametrize("implicit", [True, False])
async def test_tls_and_starttls_check_certificates(tmp_path: Path, implicit: bool) -> None:
    make_ca_and_server(tmp_path, addresses=())
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    security = "tls" if implicit else "starttls"
    async with SmtpSink(server_context=context, implicit_tls=implicit) as sink:
        good = sender(sink, smtp_security=security, ca_file=str(tmp_path / "ca.pem"))
        await good.send(request())
        assert sink.mails[0].tls
        for changes in ({"ca_file": ""}, {"ca_file": str(tmp_path / "ca.pem"), "smtp_host": "127.0.0.1"}):
            with pytest.raises(Misconfigured) as caught:
                await sender(sink, smtp_security=security, **changes).send(request())
            assert caught.value.code == "certificate"
        assert len(sink.mails) == 1


async def test_starttls_is_demanded(sink: SmtpSink) -> None:
    with pytest.raises(Misconfigured, match="STARTTLS"):
        await sender(sink, smtp_security="starttls").send(request())
    assert sink.mails == []


async def test_nobody_there_is_transient() -> None:
    with pytest.raises(Transient):
        await sender(SmtpSink(port=1)).send(request())


async def test_international_addresses(sink: SmtpSink) -> None:
    await sender(sink).send(request(to=[{"name": "", "address": "hạnh@thư.example"}]))
    assert sink.mails[0].recipients == ("hạnh@xn--th-yga5b.example",) or sink.mails[0].recipients[0].startswith(
        "hạnh@xn--"
    )
    sink.extensions = ()
    with pytest.raises(SendRejected):
        await sender(sink).send(request(to=[{"name": "", "address": "hạnh@thư.example"}]))


async def test_check_logs_in_and_sends_nothing(sink: SmtpSink) -> None:
    sink.users, sink.size = {"hello@shop-a.example": "bí mật 9"}, 25_000_000
    report = await sender(sink, smtp_user="", source="maildir", maildir="/nowhere").check()
    assert not report.ok
    assert any("login works" in note and "25 MB" in note for note in report.notes)
    assert any("/nowhere" in note for note in report.notes)
    assert sink.mails == []


async def test_aiosmtpd_takes_our_mails_too() -> None:
    from aiosmtpd.smtp import SMTP

    taken: list[bytes] = []

    class Handler:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            taken.append(envelope.content)
            return "250 OK"

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Handler(), hostname="sink.example", enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    try:
        port = server.sockets[0].getsockname()[1]
        await sender(SmtpSink(port=port)).send(request())
    finally:
        server.close()
    assert "Chào chị, đơn đang trên đường ạ." in read_mail(taken[0]).text


def test_dots_and_line_ends() -> None:
    assert dotted(b".a\n..b\rc") == b"..a\r\n...b\r\nc\r\n.\r\n"
