"""Bounces as mail servers write them, and what only looks like one."""

from __future__ import annotations

import pytest

from unibox_tui.connectors.email.mime.mail import Bounce
from unibox_tui.connectors.email.mime.read import read_mail

ROBOT = "From: Mail Delivery System <MAILER-DAEMON@mx.brand.example>\r\nTo: shop@brand.example\r\n"


def bounce(raw: str) -> Bounce | None:
    return read_mail(raw.encode()).bounce


def report(fields: str, returned: str = "Message-ID: <ours@brand.example>\r\nSubject: Order\r\n") -> str:
    return (
        f"{ROBOT}Subject: Undelivered Mail\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=q\r\n\r\n"
        "--q\r\n\r\nI'm sorry to inform you.\r\n--q\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.brand.example\r\n\r\n{fields}\r\n--q\r\nContent-Type: text/rfc822-headers\r\n\r\n{returned}\r\n--q--\r\n"
    )


def test_a_permanent_report() -> None:
    found = bounce(
        report(
            "Final-Recipient: rfc822; Lan@khach.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
            "Diagnostic-Code: smtp; 550 5.1.1\r\n    User unknown\r\n"
        )
    )
    assert found == Bounce(
        "Lan@khach.example", "5.1.1", "550 5.1.1 User unknown", True, "ours@brand.example", ("Lan@khach.example",)
    )


def test_a_temporary_report_names_the_original_itself() -> None:
    found = bounce(
        report(
            "Original-Message-ID: <named@brand.example>\r\nFinal-Recipient: rfc822;a@b.example\r\nAction: delayed\r\nStatus: 4.4.1\r\n"
        )
    )
    assert found is not None
    assert (found.hard, found.status, found.original_message_id) == (False, "4.4.1", "named@brand.example")


def test_several_recipients_put_the_hard_failure_first() -> None:
    found = bounce(
        report(
            "Final-Recipient: rfc822; slow@b.example\r\nAction: delayed\r\nStatus: 4.0.0\r\n\r\n"
            "Final-Recipient: rfc822; fine@b.example\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n"
            "Original-Recipient: rfc822; gone@b.example\r\nFinal-Recipient: rfc822; moved@c.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        )
    )
    assert found is not None
    assert (found.recipient, found.hard) == ("gone@b.example", True)
    assert found.recipients == ("gone@b.example", "slow@b.example")


def test_a_report_of_success_is_none() -> None:
    assert bounce(report("Final-Recipient: rfc822; a@b.example\r\nAction: delivered\r\nStatus: 2.0.0\r\n")) is None


LETTERS = [
    pytest.param(
        f"{ROBOT}Subject: failure notice\r\n\r\nHi. This is the qmail-send program at mx.brand.example.\r\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\r\n\r\n<lan@khach.example>:\r\n"
        "Sorry, no mailbox here by that name. (#5.1.1)\r\n\r\n--- Below this line is a copy of the message.\r\n\r\n"
        "Return-Path: <shop@brand.example>\r\nMessage-ID: <ours@brand.example>\r\nTo: lan@khach.example\r\n\r\nHello\r\n",
        "5.1.1", True, id="qmail",
    ),
    pytest.param(
        "From: postmaster@khach.example\r\nSubject: Undeliverable: Order\r\nIn-Reply-To: <ours@brand.example>\r\n\r\n"
        "Delivery has failed to these recipients or groups:\r\n\r\nlan@khach.example\r\nThe email address you entered couldn't be found.\r\n\r\n"
        "Diagnostic information for administrators:\r\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'\r\n",
        "5.1.10", True, id="exchange",
    ),
    pytest.param(
        f"{ROBOT}Subject: Mail delivery failed: returning message to sender\r\nX-Failed-Recipients: lan@khach.example\r\n\r\n"
        "A message that you sent could not be delivered.\r\n\r\n  lan@khach.example\r\n    mailbox is full: retry timeout exceeded\r\n\r\n"
        "------ This is a copy of the message, including all the headers. ------\r\n\r\nMessage-ID: <ours@brand.example>\r\n",
        None, False, id="exim, full",
    ),
    pytest.param(
        "From: postmaster@thu.example\r\nSubject: Thư không gửi được\r\n\r\nKhông thể gửi được thư đến lan@khach.example.\r\n"
        "Lý do: 550 5.1.1 hộp thư không tồn tại\r\n\r\nMessage-ID: <ours@brand.example>\r\n",
        "5.1.1", True, id="vietnamese",
    ),
    pytest.param(
        "From: mailer-daemon@jodmai.example\r\nSubject: ส่งไม่สำเร็จ\r\n\r\nไม่สามารถส่งอีเมลถึง lan@khach.example ได้ชั่วคราว\r\n\r\n"
        "Message-ID: <ours@brand.example>\r\n",
        None, False, id="thai, temporary",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "status", "hard"), LETTERS)
def test_letters_of_mail_servers(raw: str, status: str | None, hard: bool) -> None:
    mail = read_mail(raw.encode())
    assert mail.bounce is not None
    assert mail.bounce.recipient == "lan@khach.example"
    assert (mail.bounce.status, mail.bounce.hard) == (status, hard)
    assert mail.bounce.original_message_id == "ours@brand.example"
    assert mail.bounce.reason
    assert mail.is_auto


@pytest.mark.parametrize(
    "raw",
    [
        "From: lan@khach.example\r\nSubject: Undelivered parcel\r\n\r\nMy parcel was not delivered, call a@b.example\r\n",
        "From: lan@khach.example\r\nSubject: Hàng không giao được\r\n\r\nShop ơi, đơn 550 chưa tới.\r\n",
        "From: lan@khach.example\r\nSubject: Automatic reply\r\nAuto-Submitted: auto-replied\r\nReturn-Path: <>\r\n\r\nI am away, write to minh@khach.example.\r\n",
        "From: postmaster@khach.example\r\nSubject: Welcome\r\n\r\nYour mailbox shop@brand.example is ready.\r\n",
    ],
)
def test_what_only_looks_like_a_bounce(raw: str) -> None:
    assert bounce(raw) is None


def test_the_parts_of_a_report_are_named_by_what_they_are() -> None:
    raw = (
        b"From: mailer-daemon@mail.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\n"
        b"Final-Recipient: rfc822; nobody@khach.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: Parcel\r\n--b--\r\n"
    )
    assert [part.name for part in read_mail(raw).attachments] == ["delivery-status.txt", "headers.txt"]
