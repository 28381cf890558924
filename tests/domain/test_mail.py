"""What an answer takes from the letter it answers."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest

from unibox_tui.domain.mail import (
    bare_subject,
    forward_subject,
    in_reply_to,
    new_message_id,
    quote_original,
    recipients,
    references,
    reply_subject,
)
from unibox_tui.text.quotes import split_quotes

LAN = {"name": "Lan", "address": "lan@khach.example"}
MINH = {"name": "Minh", "address": "minh@khach.example"}
SHOP = {"name": "", "address": "Shop@brand.example"}
MAIL = {
    "message_id": "m@khach.example",
    "from": LAN,
    "to": [SHOP, MINH],
    "cc": [{"name": "", "address": "LAN@khach.example"}],
}
WHEN = 1_795_316_400_000
OWN = ["shop@brand.example"]


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
    assert recipients(MAIL, OWN, everyone=False) == ([LAN], [])
    assert recipients(MAIL, OWN, everyone=True) == ([LAN], [MINH])
    elsewhere = {**MAIL, "reply_to": [{"name": "", "address": "orders@khach.example"}]}
    assert recipients(elsewhere, OWN, everyone=False) == (elsewhere["reply_to"], [])
    assert recipients({**MAIL, "from": SHOP, "to": [LAN], "cc": [MINH]}, OWN, everyone=True) == ([LAN], [MINH])


def test_references() -> None:
    assert references(MAIL) == ["m@khach.example"]
    assert references({**MAIL, "in_reply_to": "p@x"}) == ["p@x", "m@khach.example"]
    long = references({**MAIL, "references": [f"{n}@x" for n in range(500)]})
    assert (long[0], long[-2:], len(long)) == ("0@x", ["499@x", "m@khach.example"], 20)
    assert references({**MAIL, "message_id": "digest:ab", "references": ["p@x"]}) == ["p@x"]


def test_what_stands_for_a_missing_message_id_is_told_to_nobody() -> None:
    assert in_reply_to(MAIL) == "m@khach.example"
    assert in_reply_to({**MAIL, "message_id": "digest:ab"}) is None
    assert in_reply_to({}) is None


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
        date_ms=WHEN,
        text="Hi\n\n> old\n",
        language=language,
        zone=zone,
    )
    assert quoted == f"{first}\n> Hi\n>\n>> old"
    assert split_quotes(f"Thanks\n\n{quoted}") == ("Thanks", quoted)
