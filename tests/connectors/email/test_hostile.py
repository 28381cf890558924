"""Mails made to hurt. A running time that is not linear would not end within the suite's time limit."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unibox_tui.connectors.email.mime.mail import UnreadableMail
from unibox_tui.connectors.email.mime.read import read_mail
from unibox_tui.connectors.email.mime.tree import MAX_DEPTH, MAX_PARTS

HEAD = b"From: a@a.example\r\nSubject: s\r\n"


def nested(depth: int, words: bytes) -> bytes:
    levels = (b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
    return HEAD + b"".join(levels) + b"Content-Type: text/plain\r\n\r\n" + words


def test_two_hundred_levels_are_read() -> None:
    assert read_mail(nested(200, b"deep words")).text == "deep words"


def test_large_and_deep_at_once() -> None:
    assert len(read_mail(nested(200, b"x\r\n" * 300_000)).text) == 599_999


def test_deeper_than_anything_sane() -> None:
    mail = read_mail(nested(MAX_DEPTH * 100, b"x"))
    assert "nested-too-deep" in mail.problems
    assert mail.attachments[0].content.endswith(b"x")


def test_a_hundred_thousand_headers() -> None:
    raw = b"".join(b"X-%d: v\r\n" % n for n in range(100_000)) + HEAD + b"\r\nbody"
    mail = read_mail(raw)
    assert (mail.subject, mail.from_.address, mail.text) == ("s", "a@a.example", "body")
    assert len(mail.headers) == 1_000
    assert "headers-cut" in mail.problems


def test_huge_references_keep_the_first_and_the_newest() -> None:
    ids = b" ".join(b"<%d@x>" % n for n in range(100_000))
    mail = read_mail(HEAD + b"References: " + ids + b"\r\n\r\nx")
    assert (mail.references[0], mail.references[-1], len(mail.references)) == ("0@x", "99999@x", 100)


def test_too_many_parts_lose_nothing() -> None:
    mail = read_mail(
        HEAD + b"Content-Type: multipart/mixed; boundary=q\r\n\r\n" + b"--q\r\n\r\nword\r\n" * (MAX_PARTS + 1000)
    )
    assert "too-many-parts" in mail.problems
    assert mail.text.count("word") == MAX_PARTS + 1000


@pytest.mark.parametrize(
    "rest",
    [
        b"To: " + b"a," * 500_000 + b"\r\n\r\nx",
        b"To: " + b"(" * 500_000 + b"\r\n\r\nx",
        b"Subject: a\r\n" + b" b\r\n" * 200_000 + b"\r\nx",
        b"X: " + b"=?utf-8?Q?" * 50_000 + b"\r\n\r\nx",
        b"Content-Type: text/plain" + b';a="\\"' * 50_000 + b"\r\n\r\nx",
        b"Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\n" + b"--\n" * 300_000,
        b"Content-Type: multipart/mixed; boundary=q\r\n\r\n"
        + b"--q\r\nContent-Type: multipart/mixed\r\n\r\n" * 20_000
        + b"x",
        b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QQ==\r\n" * 200_000,
        b"Content-Type: text/plain; charset=utf-8\r\n\r\nx" + "\u0301\u0323".encode() * 300_000,
        b"Content-Type: message/rfc822\r\n\r\n" * 20_000 + b"x",
        b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 20_000,
        b"Content-Type: application/ms-tnef\r\n\r\n\x78\x9f\x3e\x22\0\0" + (b"\1" + b"\0" * 10) * 200_000,
        b"Content-Type: message/delivery-status\r\n\r\n" + b"A: b\r\n " * 200_000,
        b"From: mailer-daemon@x.example\r\nSubject: failure notice\r\n\r\n" + b"delivery could " * 100_000,
        b"\r\n\0" + bytes(range(256)) * 4_000,
    ],
)
def test_hostile_sizes_end(rest: bytes) -> None:
    mail = read_mail(HEAD + rest)
    assert mail.from_.address == "a@a.example"
    assert len(mail.text) + len(mail.hidden_text) <= len(rest)


TOKENS = st.sampled_from(
    [b"From: ", b"Subject: ", b"Content-Type: ", b"multipart/mixed; boundary=q", b"multipart/alternative; boundary=q",
     b"text/html; charset=utf-8", b"message/rfc822", b"text/plain; charset=utf-7", b"\r\n", b"\n", b"\r\n\r\n", b"--q", b"--q--",
     b"=?utf-8?B?", b"?=", b"Content-Transfer-Encoding: base64", b"<p>", b"<a href=", b"\0", b"\xff\xfe", b" ", b"=", b">", b"<",
     b"text/calendar", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:1\r\n", b"message/delivery-status", b"Date: ", b"99999999999"]
)  # fmt: skip


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.one_of(TOKENS, st.binary(max_size=12)), max_size=60))
def test_no_bytes_make_it_fail(pieces: list[bytes]) -> None:
    raw = b"".join(pieces)
    try:
        mail = read_mail(raw)
    except UnreadableMail:
        return
    assert mail.message_id
    assert "\0" not in mail.text
    "".join((mail.message_id, mail.subject, mail.text, mail.hidden_text, mail.from_.name)).encode("utf-8")
