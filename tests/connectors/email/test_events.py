"""What a mail becomes: who wrote it, which way it went, what it answers, and whose word is believed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.connectors.email.helpers import connector, mail
from unibox_tui.connectors.contract import Connector, FetchesMedia, ParsesRaw, PullsEvents, Reconciles
from unibox_tui.connectors.email.connector import EmailConnector, EmailSettings
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.connectors.settings import secret_fields
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.inbound import MailPlace, MessageReceived, Receipt
from unibox_tui.domain.words import Author, DeliveryState, Direction, MessageKind

BOUNCE = """\
From: Mail Delivery System <MAILER-DAEMON@mx.khach.example>
To: hello@shop-a.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-1@mx.khach.example>
Date: Mon, 16 Nov 2026 09:00:00 +0700
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I could not deliver your message.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.khach.example

Final-Recipient: rfc822; sai@khach.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {code} {status} {reason}

--b
Content-Type: message/rfc822

From: hello@shop-a.example
To: sai@khach.example
Message-ID: <ref-7@shop-a.example>
Subject: Re: order

Hello
--b--
"""


def made(**changes: Any) -> EmailConnector:
    settings: dict[str, Any] = {
        "address": "Hello@shop-a.example",
        "aliases": ("sales@shop-a.example",),
        "imap_host": "mx.shop-a.example",
    }
    return connector(EmailSettings(**settings | changes))


def parsed(raw: bytes, headers: dict[str, str] | None = None, **changes: Any) -> MessageReceived:
    first = made(**changes).parse(raw, headers or {})[0]
    assert isinstance(first, MessageReceived)
    return first


def test_it_is_what_the_contract_asks_for() -> None:
    one = made()
    for claim in (Connector, PullsEvents, ParsesRaw, Reconciles, FetchesMedia):
        assert isinstance(one, claim)
    can = one.capabilities()
    assert (can.subject, can.cc, can.quotes, can.attachments, can.starts, can.idempotent) == (True,) * 5 + (False,)
    assert can.undo_send_ms == 5000
    assert can.receipts == ("sent",)
    assert "password" in secret_fields(EmailSettings)


def test_a_customers_mail() -> None:
    raw = mail(
        2,
        sender="Nguyễn Thị Hạnh <Hanh@Khach.example>",
        to="Shop <hello@shop-a.example>, B <b@khach.example>",
        headers="In-Reply-To: <m1@khach.example>\r\nReferences: <m0@khach.example> <ref-1@shop-a.example> <m1@khach.example>"
        "\r\nCc: c@khach.example\r\nReply-To: R <r@khach.example>",
    )
    message = parsed(raw, {"folder": "INBOX", "uidvalidity": "7", "uid": "42"})
    assert message.kind is MessageKind.MAIL
    assert (message.direction, message.author) == (Direction.IN, Author.CONTACT)
    assert message.provider_id == "m2@khach.example"
    assert message.answers == ("m1@khach.example", "ref-1@shop-a.example", "m0@khach.example")
    assert message.person.address == "hanh@khach.example"
    assert message.person.name == "Nguyễn Thị Hạnh"
    assert message.person.verified is False
    assert message.place == MailPlace("INBOX", 7, "42")
    assert not message.automatic
    email = message.email
    assert email is not None
    json.dumps(email)
    assert email["from"] == {"name": "Nguyễn Thị Hạnh", "address": "Hanh@khach.example"}
    assert [one["address"] for one in email["to"]] == ["hello@shop-a.example", "b@khach.example"]
    assert email["cc"] == [{"name": "", "address": "c@khach.example"}]
    assert email["reply_to"] == [{"name": "R", "address": "r@khach.example"}]
    assert email["message_id"] == "m2@khach.example"
    assert email["in_reply_to"] == "m1@khach.example"
    assert email["references"] == ["m0@khach.example", "ref-1@shop-a.example", "m1@khach.example"]
    assert (email["auto_submitted"], email["list_id"], email["bounce"], email["dmarc"]) == (None, None, None, "none")
    assert email["date"] == message.sent_at


def test_a_mail_of_ours_from_an_alias() -> None:
    raw = mail(3, sender="Shop A <Sales@shop-a.example>", to="hello@shop-a.example, K <kh@khach.example>")
    message = parsed(raw)
    assert (message.direction, message.author, message.author_name) == (Direction.OUT, Author.AGENT, "Shop A")
    assert message.person.address == "kh@khach.example"
    assert message.author_unsure


def test_a_web_form_that_writes_in_our_name() -> None:
    raw = mail(4, sender="hello@shop-a.example", to="hello@shop-a.example", headers="Reply-To: Mai <mai@khach.example>")
    message = parsed(raw)
    assert (message.direction, message.person.address) == (Direction.IN, "mai@khach.example")
    assert message.person.verified is False
    alone = parsed(mail(5, sender="hello@shop-a.example", to="hello@shop-a.example"))
    assert (alone.direction, alone.person.address) == (Direction.IN, "hello@shop-a.example")


@pytest.mark.parametrize(
    ("results", "host", "verified"),
    [
        ("mx.shop-a.example; dmarc=pass", "mx.shop-a.example", True),
        ("mx.evil.example; dmarc=pass", "mx.shop-a.example", False),
        ("mx.shop-a.example; dmarc=fail", "mx.shop-a.example", False),
        ("mx.google.com; dmarc=pass", "imap.gmail.com", True),
        ("mx.google.com.evil.example; dmarc=pass", "imap.gmail.com", False),
    ],
)
def test_only_our_own_server_vouches(results: str, host: str, verified: bool) -> None:
    raw = b"Authentication-Results: " + results.encode() + b"\r\n" + mail(6)
    assert parsed(raw, imap_host=host).person.verified is verified


def test_servers_that_vouch_can_be_named() -> None:
    raw = b"Authentication-Results: filter.example; dmarc=pass\r\n" + mail(6)
    assert parsed(raw, auth_results_from=("filter.example",)).person.verified


def test_a_forged_mail_in_our_name_is_not_ours() -> None:
    raw = b"Authentication-Results: mx.shop-a.example; dmarc=fail\r\n" + mail(
        7, sender="Shop A <hello@shop-a.example>", to="kh@khach.example"
    )
    assert parsed(raw).direction is Direction.IN


@pytest.mark.parametrize(
    ("action", "status", "code", "hard", "failed"),
    [
        ("failed", "5.1.1", 550, True, True),
        ("failed", "4.2.2", 452, False, True),
        ("delayed", "4.4.1", 451, False, False),
    ],
)
def test_bounces(action: str, status: str, code: int, hard: bool, failed: bool) -> None:
    raw = BOUNCE.format(action=action, status=status, code=code, reason="User unknown").encode()
    message, *others = made().parse(raw, {})
    assert isinstance(message, MessageReceived)
    assert message.automatic
    assert message.answers[0] == "ref-7@shop-a.example"
    assert message.email is not None
    bounce = message.email["bounce"]
    assert (bounce["recipient"], bounce["status"], bounce["hard"]) == ("sai@khach.example", status, hard)
    if not failed:
        assert others == []
        return
    [receipt] = others
    assert isinstance(receipt, Receipt)
    assert receipt.state is DeliveryState.FAILED
    assert receipt.provider_id == "ref-7@shop-a.example"
    assert "sai@khach.example" in receipt.reason
    assert status in receipt.reason


def test_a_broken_clock_is_corrected_by_the_first_server() -> None:
    received = "Received: from x by mx; Tue, 17 Nov 2026 10:00:00 +0700"
    broken = parsed(mail(8, date="Thu, 01 Jan 1998 00:00:00 +0000", headers=received))
    assert broken.sent_at == 1_794_884_400_000
    old = parsed(mail(9, date="Thu, 01 Jan 1998 00:00:00 +0000"), {"received_at": "1794884400000"})
    assert old.sent_at == 883_612_800_000
    none = parsed(b"From: a@khach.example\r\n\r\nhi", {"received_at": "1794884400000"})
    assert none.sent_at == 1_794_884_400_000
    assert none.provider_id.startswith("digest:")


def test_a_mail_without_a_sender() -> None:
    message = parsed(b"Subject: hi\r\nMessage-ID: <x@y.example>\r\n\r\nhello")
    assert message.person.address == "unknown"
    assert message.person.email is None


def test_nothing_is_not_a_mail() -> None:
    with pytest.raises(Unparseable):
        made().parse(b"", {})


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"imap_security": "ssl"}, "imap_security"),
        ({"source": "maildir"}, "maildir"),
        ({"address": "shop"}, "address"),
        ({"backfill": "some"}, "backfill"),
        ({"sendmail": ("sendmail", "-t")}, "sendmail"),
        ({"folders": ()}, "folders"),
        ({"poll_seconds": 0}, "poll_seconds"),
    ],
)
def test_settings_say_what_is_wrong(changes: dict[str, Any], names: str) -> None:
    with pytest.raises(WrongUse, match=names):
        made(**changes)


def test_reading_a_configuration_loads_no_mail_library() -> None:
    code = (
        "import sys; from unibox_tui.connectors.registry import settings_class; settings_class('email');"
        "print([name for name in ('imapclient', 'aiosmtplib', 'ssl', 'asyncio', 'selectolax') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
