"""The copy in Sent, and looking an unknown outcome up by its Message-ID."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.connectors.email.conftest import MakeConnector
from tests.connectors.email.helpers import Keeper, mail, request
from tests.support.dovecot import Dovecot, running_dovecot
from tests.support.smtp import SmtpSink
from unibox_tui.connectors.contract import SendFile, SendRequest
from unibox_tui.connectors.email.mime.read import read_mail
from unibox_tui.connectors.errors import Misconfigured, OutcomeUnknown, Transient, Unparseable

pytestmark = pytest.mark.server


def now() -> int:
    return int(time.time() * 1000)


async def test_a_sent_mail_is_kept_once_and_comes_back_as_ours(
    dovecot: Dovecot, user: str, connect: MakeConnector, sink: SmtpSink
) -> None:
    one = connect(smtp_port=sink.port, watch_sent=True)
    keeper = Keeper()
    await keeper.pull(one, lambda k: k.finished)
    result = await one.send(request())
    await keeper.pull(one, lambda k: bool(k.live))
    [kept] = await asyncio.to_thread(dovecot.messages, user, "Sent")
    assert kept == sink.mails[0].body
    [echo] = keeper.live
    assert echo.provider_id == result.provider_id
    assert (echo.direction, echo.author, echo.person.address) == ("out", "agent", "hanh@khach.example")
    assert echo.author_unsure is False


async def test_closing_waits_for_the_copy(dovecot: Dovecot, user: str, connect: MakeConnector, sink: SmtpSink) -> None:
    one = connect(smtp_port=sink.port)
    await one.send(request())
    await one.aclose()
    assert len(await asyncio.to_thread(dovecot.messages, user, "Sent")) == 1


async def test_a_missing_sent_folder_is_made() -> None:
    from tests.connectors.email.helpers import connector
    from unibox_tui.connectors.email.connector import EmailSettings

    with running_dovecot(auto_sent=False) as own:
        own.user("a@shop-a.example")
        async with SmtpSink() as sink:
            one = connector(
                EmailSettings(
                    address="a@shop-a.example",
                    imap_host="localhost",
                    imap_port=own.imaps_port,
                    ca_file=str(own.ca_file),
                    smtp_host="localhost",
                    smtp_port=sink.port,
                    smtp_security="plain",
                    smtp_user="none",
                )
            )
            await one.send(request())
            await one.aclose()
        assert len(await asyncio.to_thread(own.messages, "a@shop-a.example", "Sent")) == 1


async def test_a_failing_copy_leaves_the_mail_sent(connect: MakeConnector, sink: SmtpSink, user: str) -> None:
    one = connect(smtp_port=sink.port, sent_folder="Không có")
    result = await one.send(request())
    await one.aclose()
    assert result.state == "sent"
    assert len(sink.mails) == 1


async def test_an_unknown_outcome_is_found_or_not_found_in_sent(
    dovecot: Dovecot, user: str, connect: MakeConnector, sink: SmtpSink
) -> None:
    one = connect(smtp_port=sink.port)
    started = now()
    sink.dies = "ACCEPTED"
    with pytest.raises(OutcomeUnknown):
        await one.send(request(message_id="ref-7@shop-a.example"))
    assert await one.reconcile(request(message_id="ref-7@shop-a.example"), started) is None
    dovecot.append(user, [sink.mails[0].body], folder="Sent")  # as a provider that keeps what it takes
    found = await one.reconcile(request(message_id="<ref-7@shop-a.example>"), started)
    assert found is not None
    assert found.provider_id == "ref-7@shop-a.example"
    assert await one.reconcile(request(message_id="ref-8@shop-a.example"), started) is None


async def test_reconcile_that_cannot_look_is_transient(connect: MakeConnector, user: str) -> None:
    with pytest.raises(Transient):
        await connect(imap_port=1).reconcile(request(), now())


async def test_check(dovecot: Dovecot, user: str, connect: MakeConnector, sink: SmtpSink) -> None:
    dovecot.append(user, [mail(1)])
    report = await connect(smtp_port=sink.port, watch_sent=True).check()
    assert report.ok, report.notes
    assert any("1 mails in INBOX" in note for note in report.notes)
    assert any("Sent" in note for note in report.notes)
    report = await connect({"password": "sai"}, smtp_port=sink.port).check()
    assert not report.ok
    assert any("refused the login" in note for note in report.notes)
    assert any("SMTP" in note and "works" in note for note in report.notes)


async def test_of_a_large_mail_only_the_words_are_fetched(
    dovecot: Dovecot, user: str, connect: MakeConnector, sink: SmtpSink
) -> None:
    big, small = b"\x00\x01\xfe" * 300_000, b"small " * 100

    async def read_big() -> bytes:
        return big

    async def read_small() -> bytes:
        return small

    plain = request(text="Em gửi ảnh ạ")
    await connect(smtp_port=sink.port, save_sent="no", address="khach@khach.example").send(
        SendRequest(
            plain.client_ref,
            "hello@shop-a.example",
            plain.text,
            files=(
                SendFile("ảnh lớn.bin", "application/octet-stream", len(big), read_big),
                SendFile("nhỏ.txt", "application/x-small", len(small), read_small),
            ),
            options={"subject": "Ảnh", "message_id": "big-1@khach.example"},
        )
    )
    dovecot.append(user, [mail(1), sink.mails[0].body, mail(2)])
    from tests.support.proxy import Proxy

    with Proxy(dovecot.imaps_port) as proxy:
        one = connect(message_size_limit=200_000, imap_port=proxy.port)
        keeper = Keeper()
        await keeper.pull(one, lambda k: k.finished)
        assert proxy.bytes_down < 100_000
        message = next(m for m in keeper.history if m.provider_id == "big-1@khach.example")
        assert len(keeper.history) == 3
        assert message.text == "Em gửi ảnh ạ"
        large, little = message.attachments
        assert (large.name, large.content) == ("ảnh lớn.bin", None)
        assert abs(large.size - len(big)) < len(big) * 0.05
        assert little.content == small
        assert large.remote is not None
        assert await one.fetch(large.remote, 10_000_000) == big
        with pytest.raises(Unparseable):
            await one.fetch(large.remote, 1000)
        await asyncio.to_thread(dovecot.change_uidvalidity, user)
        assert await one.fetch(large.remote, 10_000_000) == big
        with pytest.raises(Unparseable, match="no longer"):
            await one.fetch({**large.remote, "message_id": "none@khach.example"}, 10_000_000)


async def test_a_forged_mark_is_an_ordinary_file(dovecot: Dovecot, user: str, connect: MakeConnector) -> None:
    forged = (
        b"From: x@y.example\r\nTo: hello@shop-a.example\r\nMessage-ID: <f1@y.example>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n"
        b"Content-Type: application/x-a\r\nContent-Disposition: attachment; filename=a\r\n\r\n"
        b"unibox-omitted-00000000000000000000000000000000-2\r\n--b--\r\n"
    )
    dovecot.append(user, [forged])
    keeper = Keeper()
    await keeper.pull(connect(), lambda k: k.finished)
    assert keeper.history[0].attachments[0].remote is None


# -- Maildir and commands ------------------------------------------------------------------------------------------


async def test_a_command_sends_and_the_maildir_keeps(tmp_path: Path) -> None:
    from tests.connectors.email.helpers import connector
    from unibox_tui.connectors.email.connector import EmailSettings

    for folder in (tmp_path / "mail", tmp_path / "mail" / ".Sent"):
        for part in ("tmp", "new", "cur"):
            (folder / part).mkdir(parents=True)
    command = tmp_path / "send"
    command.write_text(
        f'#!/bin/sh\ncat > {tmp_path}/out\nprintf "%s\\n" "$@" > {tmp_path}/args\nexit "$(cat {tmp_path}/code)"\n'
    )
    command.chmod(0o755)

    def code(number: int) -> None:
        (tmp_path / "code").write_text(str(number))

    settings = EmailSettings(
        address="hello@shop-a.example",
        source="maildir",
        maildir=str(tmp_path / "mail"),
        sendmail=(str(command), "-f", "hello@shop-a.example", "--"),
    )
    one = connector(settings)
    code(0)
    started = now()
    assert await one.reconcile(request(message_id="ref-1@shop-a.example"), started) is None
    await one.send(request(cc=[{"name": "", "address": "chong@khach.example"}], message_id="ref-1@shop-a.example"))
    assert (tmp_path / "args").read_text().split() == [
        "-f",
        "hello@shop-a.example",
        "--",
        "hanh@khach.example",
        "chong@khach.example",
    ]
    assert b"\r" not in (tmp_path / "out").read_bytes()
    for number, error in ((75, Transient), (78, Misconfigured), (74, OutcomeUnknown)):
        code(number)
        with pytest.raises(error):
            await one.send(request())
    await one.aclose()
    [kept] = (tmp_path / "mail" / ".Sent" / "cur").iterdir()
    assert kept.name.endswith(":2,S")
    assert read_mail(kept.read_bytes()).message_id == "ref-1@shop-a.example"
    with pytest.raises(Transient, match="closed"):
        await one.reconcile(request(), started)
    another = connector(settings)
    assert await another.reconcile(request(message_id="ref-1@shop-a.example"), started) is not None
    await another.aclose()


async def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    from tests.connectors.email.helpers import connector
    from unibox_tui.connectors.email.connector import EmailSettings

    one = connector(
        EmailSettings(address="a@shop-a.example", source="maildir", maildir=str(tmp_path), sendmail=("/nowhere/send",))
    )
    with pytest.raises(Misconfigured, match="/nowhere/send"):
        await one.send(request())
    await one.aclose()
