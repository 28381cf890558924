"""The mails of the demo are what the mail reader takes them for."""

from __future__ import annotations

import random
from typing import Any

from unibox_tui.connectors.email.mime.read import read_mail
from unibox_tui.sandbox import files, mails
from unibox_tui.sandbox.mails import Letter

NOW = 1_790_000_000_000


def letter(**told: Any) -> Letter:
    usual = {
        "name": "Nguyễn Thị Hà",
        "address": "ha@khach.example",
        "to": "hello@shop-a.example",
        "subject": "Đơn giao thiếu áo",
        "text": "Shop ơi em nhận thiếu 1 áo",
        "at": NOW,
        "id": "one@khach.example",
        "language": "vi",
    }
    return Letter(**{**usual, **told})


def test_a_letter_with_files_and_history() -> None:
    chance = random.Random(1)
    made = [files.made("photo", "vi", chance), files.made("pdf", "th", chance)]
    mail = read_mail(mails.letter(letter(files=made, answers=["a@b.example"], quoted="Dạ vâng", quoted_from="Shop A")))
    assert mail.text == "Shop ơi em nhận thiếu 1 áo"
    assert "Dạ vâng" in mail.hidden_text
    assert mail.in_reply_to == "a@b.example"
    assert [(file.name, file.content) for file in mail.attachments] == [(file.name, file.content) for file in made]
    assert not mail.problems


def test_html_only() -> None:
    mail = read_mail(mails.letter(letter(style="html", text="Giao nhầm màu\nĐổi giúp em")))
    assert mail.html_present
    assert "Giao nhầm màu" in mail.text


def test_a_bounce_names_the_mail_and_the_address() -> None:
    original = mails.letter(
        letter(address="hello@shop-a.example", name="Shop A", to="ha@khach.example", id="our@x.example")
    )
    mail = read_mail(mails.bounce(original, "ha@khach.example", "khach.example", NOW, "b@khach.example"))
    assert mail.bounce is not None
    assert mail.bounce.hard
    assert (mail.bounce.recipient, mail.bounce.original_message_id) == ("ha@khach.example", "our@x.example")


def test_machines_say_that_they_are_machines() -> None:
    assert read_mail(mails.away(letter())).is_auto
    assert read_mail(mails.newsletter(letter())).is_bulk


def test_wrapped_mails_are_opened() -> None:
    forwarded = read_mail(mails.forwarded(letter(subject="Fwd: x"), mails.letter(letter(text="thư gốc"))))
    assert [file.media_type for file in forwarded.attachments] == ["message/rfc822"]
    assert read_mail(mails.invitation(letter())).calendar is not None
    assert [file.name for file in read_mail(mails.from_outlook(letter())).attachments] == ["contract.pdf"]
