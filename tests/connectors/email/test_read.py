"""Reading mails as they are really written."""

from __future__ import annotations

import base64

import pytest

from unibox_tui.connectors.email.mime.mail import Address, Authentication, Mail, UnreadableMail
from unibox_tui.connectors.email.mime.read import read_mail

HEAD = (
    "From: Lan Nguyen <lan@khach.example>\r\nTo: shop@brand.example\r\nMessage-ID: <m1@khach.example>\r\n"
    "Date: Sun, 22 Nov 2026 10:00:00 +0700\r\n"
)


def read(rest: str | bytes) -> Mail:
    return read_mail(HEAD.encode() + (rest.encode() if isinstance(rest, str) else rest))


def body(kind: str, content: bytes, encoding: str = "8bit") -> Mail:
    return read(f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + content)


def mixed(*parts: str, kind: str = "mixed") -> str:
    return (
        f"Content-Type: multipart/{kind}; boundary=q\r\n\r\n"
        + "".join(f"--q\r\n{one}\r\n" for one in parts)
        + "--q--\r\n"
    )


def test_a_plain_mail() -> None:
    mail = read(
        'Subject: Order\r\nCc: "Minh, Tran" <minh@Khach.Example>, a@b.example\r\nIn-Reply-To: <p@x>\r\n'
        "References: <r@x> <p@x>\r\n\r\nHello\r\n\r\n-- \r\nLan\r\n"
    )
    assert (mail.message_id, mail.subject, mail.in_reply_to) == ("m1@khach.example", "Order", "p@x")
    assert mail.references == ("r@x", "p@x")
    assert mail.from_ == Address("Lan Nguyen", "lan@khach.example")
    assert mail.cc == (Address("Minh, Tran", "minh@khach.example"), Address("", "a@b.example"))
    assert mail.date_ms == 1_795_316_400_000
    assert (mail.text, mail.hidden_text) == ("Hello", "-- \nLan")
    assert mail.problems == ()
    assert ("Subject", "Order") in mail.headers


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"=?utf-8?B?xJDhurd0IGjDoG5n?=", "Đặt hàng"),
        (b"=?UTF-8?Q?=C4=90=E1=BA=B7t_h=C3=A0ng?=", "Đặt hàng"),
        (b"=?utf-8?B?xJDhug==?= =?utf-8?B?t3QgaMOgbmc=?=", "Đặt hàng"),  # a letter cut in two
        (b"=?utf-8?Q?=C4=90=E1?=\r\n =?utf-8?Q?=BA=B7t?= kem", "Đặt kem"),
        (b"=?utf-8?B?xJDhurd0IGjDoG5n", "Đặt hàng"),  # cut short
        (b"=?utf-8*vi?Q?=C4=90=E1=BA=B7t?=", "Đặt"),
        (b"=?windows-874?B?" + base64.b64encode("สวัสดี".encode("cp874")) + b"?=", "สวัสดี"),
        (b"=?iso-2022-jp?B?" + base64.b64encode("注文".encode("iso2022_jp")) + b"?=", "注文"),
        (b"=?x-nothing?Q?=C4=90=E1=BA=B7t?=", "Đặt"),
        ("Đặt hàng".encode(), "Đặt hàng"),
        ("สั่งของ".encode("cp874"), "สั่งของ"),
        (b"a =?b?= c =?utf-8?Q?d?=", "a =?b?= c d"),
        (b"one\x00two\x07", "one two"),
    ],
)
def test_subjects(raw: bytes, expected: str) -> None:
    assert read(b"Subject: " + raw + b"\r\n\r\nx").subject == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("=?utf-8?B?TGFu?= <lan@a.example>", [Address("Lan", "lan@a.example")]),
        ('"=?utf-8?Q?Tr=E1=BA=A7n=2C_Minh?=" <m@a.example>', [Address("Trần, Minh", "m@a.example")]),
        ("=?utf-8?Q?Tr=E1=BA=A7n=2C?= Minh <m@a.example>, b@b.example",
         [Address("Trần, Minh", "m@a.example"), Address("", "b@b.example")]),
        ("team: a@a.example, B <b@b.example>;", [Address("", "a@a.example"), Address("B", "b@b.example")]),
        ("a@a.example (Anna (home))", [Address("Anna (home)", "a@a.example")]),
        ("undisclosed-recipients:;", []),
        ("<mailto:a@a.example>", [Address("", "a@a.example")]),
        ("'A' <'a@a.example'>; b@b.example", [Address("A", "a@a.example"), Address("", "b@b.example")]),
        ("Only A Name", [Address("Only A Name", "")]),
    ],
)  # fmt: skip
def test_addresses(raw: str, expected: list[Address]) -> None:
    mail = read_mail(f"From: x@x.example\r\nCc: {raw}\r\n\r\nx".encode())
    assert list(mail.cc) == expected


@pytest.mark.parametrize(
    "phrase", ["Please view this mail in HTML.", "", "Vui lòng xem email này bằng trình duyệt", "https://x.example/v"]
)
def test_a_stub_beside_html_is_passed_over(phrase: str) -> None:
    mail = read(
        mixed(
            f"Content-Type: text/plain; charset=utf-8\r\n\r\n{phrase}",
            "Content-Type: text/html\r\n\r\n<p>Real</p>",
            kind="alternative",
        )
    )
    assert mail.text == "Real"
    assert mail.html_present


def test_plain_text_is_preferred_and_files_inside_the_alternative_are_kept() -> None:
    inner = (
        "Content-Type: multipart/mixed; boundary=w\r\n\r\n--w\r\nContent-Type: text/html\r\n\r\n<b>Hi</b>\r\n"
        "--w\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--w--\r\n"
    )
    mail = read(mixed("Content-Type: text/plain\r\n\r\nHi there", inner, kind="alternative"))
    assert mail.text == "Hi there"
    assert [(one.name, one.content) for one in mail.attachments] == [("a.pdf", b"%PDF")]


def test_inline_pictures_are_told_from_attachments() -> None:
    related = (
        "Content-Type: multipart/related; boundary=w\r\n\r\n--w\r\nContent-Type: text/html\r\n\r\n<p>Look</p><img src='cid:p1'>\r\n"
        "--w\r\nContent-Type: image/png\r\nContent-ID: <p1>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBO\r\n--w--"
    )
    mail = read(mixed(related, "Content-Type: image/png; name=b.png\r\nContent-Disposition: attachment\r\n\r\nx"))
    assert [(one.name, one.inline, one.content_id) for one in mail.attachments] == [
        ("attachment-1.png", True, "p1"),
        ("b.png", False, None),
    ]


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="h\u00f3a \u0111\u01a1n.pdf"', "hóa đơn.pdf"),
        ("attachment; filename*=utf-8''h%C3%B3a%20%C4%91%C6%A1n.pdf; filename=x.pdf", "hóa đơn.pdf"),
        ("attachment; filename*0*=utf-8''h%C3%B3a%20%C4; filename*1*=%91%C6%A1n; filename*2=.pdf", "hóa đơn.pdf"),
        ('attachment; filename="=?utf-8?B?aMOzYSDEkcahbi5wZGY=?="', "hóa đơn.pdf"),
        ("attachment; filename=hai chu.pdf", "hai chu.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\Users\\\\a.doc"', "a.doc"),
        ('attachment; filename="a\u202efdp.exe"', "a fdp.exe"),
        ("attachment", "attachment-1.pdf"),
    ],
)
def test_file_names(disposition: str, name: str) -> None:
    mail = read(mixed("\r\ntext", f"Content-Type: application/pdf\r\nContent-Disposition: {disposition}\r\n\r\nx"))
    assert [one.name for one in mail.attachments] == [name]


VIETNAMESE = "Chào shop, tôi muốn đặt hàng và hỏi về phí giao"
THAI = "สวัสดีครับ ผมอยากสั่งของ"


def cp1258(text: str) -> bytes:
    import unicodedata

    out = b""
    for char in text:
        try:
            out += char.encode("cp1258")
        except UnicodeEncodeError:
            base, mark = unicodedata.normalize("NFD", char)[0], unicodedata.normalize("NFD", char)[1:]
            tone = [one for one in mark if one in "\u0300\u0301\u0303\u0309\u0323"]
            base = unicodedata.normalize("NFC", base + "".join(one for one in mark if one not in tone))
            out += (base + "".join(tone)).encode("cp1258")
    return out


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        ("text/plain; charset=windows-1258", cp1258(VIETNAMESE), VIETNAMESE),
        ("text/plain", cp1258(VIETNAMESE), VIETNAMESE),
        ("text/plain; charset=us-ascii", VIETNAMESE.encode(), VIETNAMESE),
        ("text/plain; charset=iso-8859-1", VIETNAMESE.encode(), VIETNAMESE),
        ("text/plain; charset=utf-8", cp1258(VIETNAMESE), VIETNAMESE),
        ("text/plain; charset=unknown-8bit", VIETNAMESE.encode(), VIETNAMESE),
        ("text/plain; charset=tis-620", THAI.encode("cp874"), THAI),
        ("text/plain", THAI.encode("cp874"), THAI),
        ("text/plain; charset=iso-8859-1", THAI.encode("cp874"), THAI),
        ("text/plain; charset=utf-16", THAI.encode("utf-16"), THAI),
        ("text/plain", "Hello there".encode("utf-16-le"), "Hello there"),
        ("text/plain; charset=iso-2022-jp", "ご注文".encode("iso2022_jp"), "ご注文"),
        ("text/plain", "ご注文".encode("iso2022_jp"), "ご注文"),
        ("text/plain; charset=gb2312", "你好，我想下单".encode("gb18030"), "你好，我想下单"),
        ("text/plain", "Grüße, die Lieferung für Müller".encode("cp1252"), "Grüße, die Lieferung für Müller"),
        ("text/plain; charset=viscii", b"Vi\xaet", "Việt"),
        ("text/plain; charset=x-viet-tcvn5712", b"Vi\xd6t", "Việt"),
        ("text/plain", b"C\xb6m \xacn shop, t\xabi mu\xe8n mua", "Cảm ơn shop, tôi muốn mua"),
        ("text/plain; charset=idna", b"plain", "plain"),
        ("text/plain; charset=utf-7", b"a+2AA-b", "a\ufffdb"),
        ("text/plain; charset=utf-8", "Việt".encode() + b" \xff nam", "Việt \ufffd nam"),
        ("text/plain; charset=utf-8", b"a\0b", "ab"),
    ],
)
def test_charsets(kind: str, content: bytes, expected: str) -> None:
    assert body(kind, content).text == expected


@pytest.mark.parametrize(
    ("encoding", "content", "expected"),
    [
        ("base64", b"SGVsbG8gd29ybGQ", "Hello world"),
        ("base64", b"SGVs*bG8\x00gd2 9ybGQ=", "Hello world"),
        ("base64", b"SGVsbG8=\r\nIHdvcmxk\r\n", "Hello world"),
        ("base64", b"SGVsbG8=\r\n____\r\nlist footer, how to leave\r\n", "Hello\n____\nlist footer, how to leave"),
        ("base64", b"These are plain words, labelled wrongly", "These are plain words, labelled wrongly"),
        ("quoted-printable", b"Xin ch=C3=A0o =\r\nb=E1=BA=A1n =ZZ =", "Xin chào bạn =ZZ"),
        ("x-uuencode", b"begin 644 a.txt\r\n%2&5L;&\\\r\n`\r\nend\r\n", "Hello"),
        ("nonsense", b"Hello", "Hello"),
    ],
)
def test_transfer_encodings(encoding: str, content: bytes, expected: str) -> None:
    assert body("text/plain; charset=utf-8", content, encoding).text.strip() == expected


def test_flowed_text_is_joined() -> None:
    text = b"> quoted \r\n> line\r\n\r\nOne \r\nparagraph.\r\n From here\r\n"
    mail = body("text/plain; format=flowed", text)
    assert mail.text == "One paragraph.\nFrom here"
    assert mail.hidden_text == "> quoted line"
    assert body("text/plain; format=flowed; delsp=yes", "สวัส \r\nดี".encode()).text == "สวัสดี"


def test_a_mail_inside_a_mail_is_a_readable_file() -> None:
    inner = "From: Bank <b@bank.example>\r\nSubject: =?utf-8?Q?Bi=C3=AAn_lai?=\r\n\r\nPaid.\r\n"
    mail = read(mixed("\r\nSee below", f"Content-Type: message/rfc822\r\n\r\n{inner}"))
    (part,) = mail.attachments
    assert mail.text == "See below"
    assert (part.name, part.media_type) == ("Biên lai.eml", "message/rfc822")
    assert part.text == "From: Bank <b@bank.example>\nSubject: Biên lai\n\nPaid."
    assert part.content == inner.encode().removesuffix(b"\r\n") + b"\r\n"


INVITATION = (
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nVERSION:2.0\r\nPRODID:-//x//y\r\nBEGIN:VEVENT\r\nUID:e1\r\nSUMMARY:Họp đơn hàng\r\n"
    "DTSTART:20261123T020000Z\r\nDURATION:PT1H\r\nLOCATION:Phòng 2\r\nORGANIZER;CN=Lan:mailto:lan@khach.example\r\n"
    "ATTENDEE:mailto:shop@brand.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def test_an_invitation() -> None:
    mail = read(
        mixed(
            "\r\nPlease come",
            f"Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\n{INVITATION}",
            kind="alternative",
        )
    )
    assert mail.calendar is not None
    assert (mail.calendar.method, mail.calendar.summary, mail.calendar.location) == (
        "REQUEST",
        "Họp đơn hàng",
        "Phòng 2",
    )
    assert mail.calendar.start_ms == 1_795_399_200_000
    assert mail.calendar.end_ms == 1_795_402_800_000
    assert mail.calendar.organizer == Address("Lan", "lan@khach.example")
    assert mail.text.startswith("Please come\n\n📅 Họp đơn hàng\n")


def tnef_object(level: int, name: int, kind: int, data: bytes) -> bytes:
    head = bytes([level]) + name.to_bytes(2, "little") + kind.to_bytes(2, "little") + len(data).to_bytes(4, "little")
    return head + data + (sum(data) & 0xFFFF).to_bytes(2, "little")


def test_winmail_dat_is_unwrapped() -> None:
    data = b"\x78\x9f\x3e\x22\x01\x00" + b"".join(
        [
            tnef_object(1, 0x9006, 8, (0x10000).to_bytes(4, "little")),
            tnef_object(1, 0x9007, 6, (1252).to_bytes(8, "little")),
            tnef_object(1, 0x800C, 2, b"Words from Outlook\0"),
            tnef_object(2, 0x9002, 6, b"\0" * 14),
            tnef_object(2, 0x8010, 1, b"price.txt\0"),
            tnef_object(2, 0x800F, 6, b"100 dong"),
        ]
    )
    coded = base64.encodebytes(data).decode()
    mail = read(
        mixed(
            f"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n{coded}"
        )
    )
    assert mail.text == "Words from Outlook"
    assert [(one.name, one.content) for one in mail.attachments] == [("price.txt", b"100 dong")]
    broken = read("Content-Type: application/ms-tnef\r\n\r\nnothing of the kind")
    assert "winmail-unreadable" in broken.problems
    assert broken.attachments[0].content == b"nothing of the kind"


def test_ids_missing_or_invalid_give_a_digest_that_copies_share() -> None:
    raw = b"From: a@a.example\r\nSubject: x\r\nDate: Sun, 22 Nov 2026 10:00:00 +0700\r\n\r\nbody\r\n"
    copy = b"Received: from here\nDelivered-To: b@b.example\n" + raw.replace(b"\r\n", b"\n") + b"\n"
    one = read_mail(raw)
    assert one.message_id.startswith("digest:")
    assert "message-id-missing" in one.problems
    assert read_mail(copy).message_id == one.message_id
    assert read_mail(raw.replace(b"body", b"other")).message_id != one.message_id
    assert read_mail(b"Message-ID: two words\r\n" + raw).message_id == one.message_id
    assert read_mail(b"Message-ID: bare@a.example\r\n" + raw).message_id == "bare@a.example"


@pytest.mark.parametrize(
    ("header", "auto", "bulk"),
    [
        ("Auto-Submitted: auto-replied", True, False),
        ("Auto-Submitted: No", False, False),
        ("Precedence: bulk", True, True),
        ("Precedence: auto_reply", True, False),
        ("X-Auto-Response-Suppress: All", True, False),
        ("Return-Path: <>", True, False),
        ("Return-Path: <a@b.example>", False, False),
        ("List-Id: News <news.brand.example>", True, True),
        ("X-Mailer: x", False, False),
    ],
)
def test_loop_rules(header: str, auto: bool, bulk: bool) -> None:
    mail = read(f"{header}\r\n\r\nx")
    assert (mail.is_auto, mail.is_bulk) == (auto, bulk)


def test_the_topmost_authentication_results_count() -> None:
    mail = read(
        "Authentication-Results: mx.brand.example;\r\n dkim=fail (bad; sig) header.d=a; dkim=pass header.d=b;\r\n"
        " spf=softfail smtp.mailfrom=x; dmarc=pass\r\nAuthentication-Results: evil; dmarc=fail\r\n\r\nx"
    )
    assert mail.authentication == Authentication("mx.brand.example", dmarc="pass", spf="softfail", dkim="pass")


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"\0\0\0", b"  \n"])
def test_nothing_is_unreadable(raw: bytes) -> None:
    with pytest.raises(UnreadableMail):
        read_mail(raw)


def test_what_is_broken_is_read_as_far_as_it_goes() -> None:
    assert read_mail(b"just words, no header").text == "just words, no header"
    assert read("Subject: a\r\nbroken fold\r\nX-B: c\r\n\r\nhi").subject == "a broken fold"
    assert (
        read("Content-Type: multipart/mixed\r\n\r\n--zz\r\nContent-Type: text/plain\r\n\r\nfound\r\n--zz--").text
        == "found"
    )
    assert read("Content-Type: multipart/mixed; boundary=none\r\n\r\nno parts at all").text == "no parts at all"
    assert read("Content-Type: rubbish\r\n\r\nhi").text == "hi"
    assert read_mail(HEAD.replace("\r\n", "\r").encode() + b"\rold mac").text == "old mac"
    assert read("Content-Type: text/plain\r\n\r\n<html><body><p>page</p></body></html>").text == "page"
