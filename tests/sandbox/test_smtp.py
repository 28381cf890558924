"""The SMTP sink does to a client what it is told to."""

from __future__ import annotations

import asyncio
import smtplib
from pathlib import Path

import pytest

from unibox_tui.sandbox.smtp import SmtpSink, SunkMail

BODY = b"Subject: x\r\n\r\nhello\r\n.dot\r\n"


def send(port: int, to: str = "b@khach.example") -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        client.sendmail("a@shop-a.example", [to], BODY)


async def test_it_keeps_what_it_takes_and_leaves_it_for_a_person_to_see(tmp_path: Path) -> None:
    told: list[SunkMail] = []
    async with SmtpSink(log=tmp_path, taken=told.append) as sink:
        await asyncio.to_thread(send, sink.port)
        await asyncio.to_thread(send, sink.port, "c@khach.example")
    assert [mail.recipients for mail in sink.mails] == [("b@khach.example",), ("c@khach.example",)]
    assert told == sink.mails
    assert (tmp_path / "0001.eml").read_bytes() == BODY
    lines = (tmp_path / "sent.log").read_text().splitlines()
    assert len(lines) == 2
    assert "a@shop-a.example -> c@khach.example" in lines[1]


@pytest.mark.parametrize(("at", "answer"), [("RCPT", "550 5.1.1 no"), ("END", "451 4.3.0 later"), ("DATA", "554 no")])
async def test_it_refuses_where_it_is_told_to(at: str, answer: str) -> None:
    async with SmtpSink(replies={at: answer}) as sink:
        with pytest.raises(smtplib.SMTPException) as caught:
            await asyncio.to_thread(send, sink.port)
    assert answer[:3] in str(caught.value)
    assert not sink.mails


@pytest.mark.parametrize(("dies", "taken"), [("ACCEPTED", 1), ("REFUSED", 0), ("DATA", 0)])
async def test_it_dies_before_or_after_taking_the_mail(dies: str, taken: int) -> None:
    async with SmtpSink(dies=dies) as sink:
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            await asyncio.to_thread(send, sink.port)
    assert len(sink.mails) == taken


async def test_it_takes_its_time() -> None:
    async with SmtpSink(delay=0.3) as sink:
        sending = asyncio.create_task(asyncio.to_thread(send, sink.port))
        await asyncio.sleep(0.1)
        assert not sink.mails
        await sending
    assert len(sink.mails) == 1
