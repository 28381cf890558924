"""Writing mails, and reading back what was written."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unibox_tui.connectors.email.mime.mail import Address
from unibox_tui.connectors.email.mime.read import read_mail
from unibox_tui.connectors.email.mime.write import BadOutgoing, Outgoing, OutgoingFile, write_mail

MAIL = Outgoing(
    from_=Address("Cửa hàng, Brand", "shop@brand.example"),
    to=(Address("Trần Minh", "minh@khach.example"), Address("", "b@b.example")),
    cc=(Address('O"Neil (Bob)', "bob@b.example"),),
    bcc=(Address("Hidden", "hidden@b.example"),),
    subject="Re: Đơn hàng số 12 đã được giao đến địa chỉ mà bạn đã gửi cho chúng tôi hôm qua",
    text="Chào anh Minh,\n\nĐơn đã giao.\nFrom now on: ok\n.\n",
    message_id="ref-1@brand.example",
    date_ms=1_795_316_400_000,
    in_reply_to="p@khach.example",
    references=("r@khach.example", "p@khach.example"),
    signature="Lan\nBrand",
    quoted="Vào 09:00, 21/11/2026, Trần Minh <minh@khach.example> đã viết:\n> Đơn đâu?",
    attachments=(
        OutgoingFile("hóa đơn.pdf", "application/pdf", b"%PDF\0\xff"),
        OutgoingFile("a.txt", "text/plain", b"hi\n"),
    ),
)


def test_reading_gives_what_was_written() -> None:
    mail = read_mail(write_mail(MAIL))
    assert (mail.from_, mail.to, mail.cc, mail.bcc) == (MAIL.from_, MAIL.to, MAIL.cc, ())
    assert (mail.subject, mail.message_id, mail.date_ms) == (MAIL.subject, MAIL.message_id, MAIL.date_ms)
    assert (mail.in_reply_to, mail.references) == (MAIL.in_reply_to, MAIL.references)
    assert mail.text == MAIL.text.strip()
    assert mail.hidden_text == f"-- \nLan\nBrand\n\n{MAIL.quoted}"
    assert [(one.name, one.media_type, one.content) for one in mail.attachments] == [
        (one.name, one.media_type, one.content) for one in MAIL.attachments
    ]
    assert mail.problems == ()
    assert not mail.is_auto


def test_the_standard_library_reads_it_too() -> None:
    parsed = message_from_bytes(write_mail(MAIL), policy=policy.default)
    assert not parsed.defects
    assert parsed["subject"] == MAIL.subject
    assert [one.display_name for one in parsed["to"].addresses] == ["Trần Minh", ""]
    assert parsed["cc"].addresses[0].display_name == 'O"Neil (Bob)'
    assert [part.get_filename() for part in parsed.iter_attachments()] == ["hóa đơn.pdf", "a.txt"]
    body = parsed.get_body()
    assert body is not None
    assert body.get_content().startswith("Chào anh Minh,\r\n")


def test_the_bytes_are_fit_for_the_wire() -> None:
    raw = write_mail(replace(MAIL, text="x" * 5000 + "\n" + "ก" * 5000, subject="ก" * 500))
    assert b"hidden@b.example" not in raw
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()


def test_an_automatic_answer_says_so() -> None:
    mail = read_mail(write_mail(replace(MAIL, auto_submitted=True)))
    assert (mail.auto_submitted, mail.is_auto) == ("auto-replied", True)


def test_a_forwarded_mail_travels_as_a_mail() -> None:
    inner = write_mail(replace(MAIL, attachments=()))
    mail = read_mail(write_mail(replace(MAIL, attachments=(OutgoingFile("x.eml", "message/rfc822", inner),))))
    (part,) = mail.attachments
    assert (part.media_type, part.content) == ("message/rfc822", inner)
    assert part.text is not None
    assert "Đơn đã giao." in part.text


def test_an_international_domain_goes_out_in_its_ascii_form() -> None:
    raw = write_mail(replace(MAIL, to=(Address("", "lan@bánh.example"),)))
    assert b"lan@xn--bnh-ela.example" in raw


BREAK = ["\r\nBcc: evil@e.example", "\nX: y", "\r", "\0", "\x85", "\u2028"]


@pytest.mark.parametrize("evil", BREAK)
@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("subject", lambda evil: {"subject": f"a{evil}b"}),
        ("from", lambda evil: {"from_": Address(f"a{evil}b", "a@a.example")}),
        ("to", lambda evil: {"to": (Address("", f"a@a.example{evil}b"),)}),
        ("to", lambda evil: {"to": (Address("", f"a{evil}@a.example"),)}),
        ("cc", lambda evil: {"cc": (Address(f"a{evil}b", "a@a.example"),)}),
        ("bcc", lambda evil: {"bcc": (Address(f"a{evil}b", "a@a.example"),)}),
        ("message_id", lambda evil: {"message_id": f"a{evil}@b"}),
        ("in_reply_to", lambda evil: {"in_reply_to": f"a{evil}@b"}),
        ("references", lambda evil: {"references": (f"a{evil}@b",)}),
        ("attachments", lambda evil: {"attachments": (OutgoingFile(f"a{evil}b", "text/plain", b""),)}),
        ("attachments", lambda evil: {"attachments": (OutgoingFile("a", f"text/{evil}", b""),)}),
        ("headers", lambda evil: {"headers": (("X-A", f"a{evil}b"),)}),
        ("headers", lambda evil: {"headers": ((f"X{evil}", "a"),)}),
    ],
)
def test_line_breaks_in_fields_are_refused(where: str, change: object, evil: str) -> None:
    with pytest.raises(BadOutgoing) as caught:
        write_mail(replace(MAIL, **change(evil)))  # type: ignore[operator]
    assert caught.value.where == where
    assert "evil" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"to": (), "cc": (), "bcc": ()},
        {"to": (Address("x", "no-at-sign"),)},
        {"to": (Address("x", "a b@c.example"),)},
        {"to": (Address("x", "a@-x-.example"),)},
        {"headers": (("Subject", "twice"),)},
        {"date_ms": -1},
        {"text": "\ud800"},
        {"message_id": "<a@b>"},
    ],
)
def test_what_cannot_be_sent_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadOutgoing):
        write_mail(replace(MAIL, **change))  # type: ignore[arg-type]


WORDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Zs", "Co", "Cn"), include_characters=" "),
    max_size=120,
)
NAMES = WORDS.map(lambda name: " ".join(name.split()).strip("'")).filter(lambda name: "=?" not in name)


def normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


@settings(max_examples=200, deadline=None)
@given(
    subject=NAMES, name=NAMES, file=st.text("abc 19ăđกข๊-_().", min_size=1, max_size=80), content=st.binary(max_size=300)
)
def test_fields_come_back(subject: str, name: str, file: str, content: bytes) -> None:
    file = " ".join(file.split()).strip(". ")
    out = replace(
        MAIL,
        subject=subject,
        to=(Address(name, "a@a.example"),),
        attachments=(OutgoingFile(file, "image/png", content),),
    )
    mail = read_mail(write_mail(out))
    assert mail.subject == normal(subject)
    assert mail.to == (Address(normal(name), "a@a.example"),)
    assert mail.attachments[0].content == content
    assert mail.attachments[0].name == (normal(file) or "attachment-1.png")


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\x1b\ufeff"), max_size=400))
def test_the_text_comes_back(text: str) -> None:
    mail = read_mail(write_mail(replace(MAIL, text=f"x{text}x", signature="", quoted="", attachments=())))
    kept = [line for line in f"{mail.text}\n{mail.hidden_text}".split("\n") if line.strip()]
    assert sorted(kept) == sorted(line for line in normal(f"x{text}x").split("\n") if line.strip())
