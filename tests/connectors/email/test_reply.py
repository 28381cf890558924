"""What a reply takes from the mail it answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from unibox_tui.connectors.email.mime.mail import Address, Mail
from unibox_tui.connectors.email.mime.reply import (
    bare_subject,
    forward_subject,
    new_message_id,
    quote_original,
    references_for,
    reply_recipients,
    reply_subject,
)
from unibox_tui.text.quotes import split_quotes

LAN, MINH, SHOP = (
    Address("Lan", "lan@khach.example"),
    Address("Minh", "minh@khach.example"),
    Address("", "Shop@brand.example"),
)
MAIL = Mail(
    "m@khach.example", "Order", LAN, 1_795_316_400_000, "Hi", to=(SHOP, MINH), cc=(Address("", "LAN@khach.example"),)
)


@pytest.mark.parametrize(
    ("subject", "reply", "bare"),
    [
        ("Order", "Re: Order", "Order"),
        ("Re: RE: re[2]: Order", "Re: Order", "Order"),
        ("Trả lời: TL: Order", "Re: Order", "Order"),
        ("ตอบกลับ: Order", "Re: Order", "Order"),
        ("Re: Fwd: Order", "Re: Fwd: Order", "Order"),
        ("", "Re:", ""),
        ("Regarding: Order", "Re: Regarding: Order", "Regarding: Order"),
    ],
)
def test_subjects(subject: str, reply: str, bare: str) -> None:
    assert (reply_subject(subject), bare_subject(subject)) == (reply, bare)
    assert forward_subject(subject) == f"Fwd: {bare}".strip()


def test_recipients() -> None:
    assert reply_recipients(MAIL, ["shop@brand.example"], False) == ((LAN,), ())
    assert reply_recipients(MAIL, ["shop@brand.example"], True) == ((LAN,), (MINH,))
    elsewhere = replace(MAIL, reply_to=(Address("", "orders@khach.example"),))
    assert reply_recipients(elsewhere, ["shop@brand.example"], False) == (elsewhere.reply_to, ())
    ours = replace(MAIL, from_=SHOP, to=(LAN,), cc=(MINH,))
    assert reply_recipients(ours, ["shop@brand.example"], True) == ((LAN,), (MINH,))


def test_references() -> None:
    assert references_for(MAIL) == ("m@khach.example",)
    assert references_for(replace(MAIL, in_reply_to="p@x")) == ("p@x", "m@khach.example")
    long = references_for(replace(MAIL, references=tuple(f"{n}@x" for n in range(500))))
    assert (long[0], long[-2:], len(long)) == ("0@x", ("499@x", "m@khach.example"), 100)
    assert references_for(replace(MAIL, message_id="digest:ab", references=("p@x",))) == ("p@x",)


def test_ids_are_stable_and_apart() -> None:
    assert new_message_id("brand.example", "0190-ab") == "0190-ab@brand.example"
    assert new_message_id("bánh.example", "a") == "a@xn--bnh-ela.example"
    assert new_message_id("b.example", "a b") != new_message_id("b.example", "a-b")
    with pytest.raises(ValueError, match="domain"):
        new_message_id("", "a")


@pytest.mark.parametrize(
    ("language", "first"),
    [
        ("en", "On 22 Nov 2026 at 10:00, Lan <lan@khach.example> wrote:"),
        ("vi", "Vào 10:00, 22/11/2026, Lan <lan@khach.example> đã viết:"),
        ("th", "เมื่อ 22/11/2026 10:00 Lan <lan@khach.example> เขียนว่า:"),
    ],
)
def test_the_quoted_original_is_recognised_by_our_own_splitter(language: str, first: str) -> None:
    zone = timezone(timedelta(hours=7))
    quoted = quote_original(
        name="Lan",
        address="lan@khach.example",
        date_ms=MAIL.date_ms,
        text="Hi\n\n> old\n",
        language=language,
        zone=zone,
    )
    assert quoted == f"{first}\n> Hi\n>\n>> old"
    assert split_quotes(f"Thanks\n\n{quoted}") == ("Thanks", quoted)
