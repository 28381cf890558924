"""The mails every program is measured on: invented, in three languages, the same ones for the same number.

Vietnamese 45 %, English 35 %, Thai 20 %; threads of five; 40 % have an HTML part, some of these a file.
"""

# ruff: noqa: SIM905
from __future__ import annotations

import base64
import random
import shutil
from bisect import bisect
from collections.abc import Iterator
from email.header import Header
from email.utils import formatdate
from itertools import accumulate
from pathlib import Path

OURS = "support@ours.example"
NEWEST = "Zebra Quill"  # who wrote the newest mail: found on any program's first screen
FIRST_AT, LAST_AT = 1_690_000_000, 1_763_000_000
THREAD = 5

_VI_HEADS = "b c ch d đ g gi h kh l m n ng nh ph qu r s t th tr v x".split()
_VI_RIMES = (
    "a á à ả ạ an án ang áng anh ánh ao áo ay áy âm ấm ân ấn âu ấu ây ấy ăm ăn ắn e é em én êm ên ết i ì ít iên iết iêu ông ống "
    "o ó oi ói ong óng ôi ối ôm ôn ốt ơ ờ ơi ời ơn ớn u ú ui úi ung úng ư ử ưa ứa ươi ười ương ường ước"
).split()
_EN_HEADS = "b bl br c ch cl d dr f fl g gr h j k l m n p pl pr qu r s sh sl st str t tr v w".split()
_EN_TAILS = (
    "ack ade ain ake all amp and ank ard are ark art ase ash ate ave ean ear eck eed eel een eft ell ent est ice ide ield ift ight "
    "ill ime ine ing ink int ire ist ite oad oak oat ock oil oke old one ood ook oot ope ord ore ork orn ort ost ound ower own uck ule ump une ure ush ust"
).split()
_EN_ENDS = ("", "", "er", "ing", "ed", "ly", "ment", "able", "s")
_TH_HEADS = "กขคงจชซดตถทนบปผพฟมยรลวสหอ"
_TH_PATTERNS = ("{}า{}", "เ{}{}", "แ{}{}", "โ{}{}", "{}ี{}", "{}ู้{}", "{}ั{}", "{}อ{}", "{}ำ", "ไ{}", "{}ุ{}", "{}ึ{}")
_TH_ENDS = "กงดนบมยว"
_COMMON = {
    "vi": "em ơi đơn hàng shop giao cho mình với ạ chưa được của và có không là thì đã sẽ khi nào màu trắng áo hoá hoàn tiền địa chỉ cảm nhé".split(),
    "en": "the and to of a in is you that it for on with as this have from by not are but what all order parcel refund shirt invoice when please thanks".split(),
    "th": "ครับ ค่ะ สินค้า สั่งซื้อ พัสดุ ยังไม่ ได้ ของ ที่ และ เรา ขอ ใบกำกับภาษี คืนเงิน สีดำ ไหม เมื่อ แล้ว ไม่มี ส่ง".split(),
}
_NAMES = {
    "vi": ("Nguyễn Thị Hà", "Trần Văn Minh", "Lê Thu Trang", "Phạm Quốc Đạt", "Vũ Ngọc Ánh", "Hoàng Anh Tuấn", "Đặng Mai Lan"),
    "en": ("Alice Thornbury", "Peter Hale", "Mary Osgood", "James Whitlock", "Ruth Calder", "Tom Ashdown"),
    "th": ("สมชาย ใจดี", "ศิริพร แก้วใส", "อนันต์ ทองคำ", "มาลี รักไทย", "ปรีชา สุขใจ"),
}  # fmt: skip


class Vocabulary:
    """Some thousand words of one language, the frequent ones first, drawn as words are drawn in real texts."""

    def __init__(self, language: str, rng: random.Random) -> None:
        made: dict[str, None] = {}
        while len(made) < (1_200 if language == "vi" else 4_000):
            made[_word(language, rng)] = None
        self.words = [*_COMMON[language], *made]
        self._weights = list(accumulate(1 / (rank + 3) for rank in range(len(self.words))))
        self._between = "" if language == "th" else " "
        self._full_stop = " " if language == "th" else ". "

    def word(self, rng: random.Random) -> str:
        return self.words[bisect(self._weights, rng.random() * self._weights[-1])]

    def sentence(self, rng: random.Random) -> str:
        text = self._between.join(self.word(rng) for _ in range(rng.randrange(5, 14)))
        return text[:1].upper() + text[1:]

    def paragraphs(self, rng: random.Random) -> str:
        return "\n\n".join(
            _wrapped(self._full_stop.join(self.sentence(rng) for _ in range(rng.randrange(2, 7))))
            for _ in range(rng.randrange(1, 5))
        )


def _word(language: str, rng: random.Random) -> str:
    if language == "vi":
        return rng.choice(_VI_HEADS) + rng.choice(_VI_RIMES)
    if language == "en":
        middle = rng.choice(("", "", "a", "o", "en", "in"))
        return rng.choice(_EN_HEADS) + middle + rng.choice(_EN_TAILS) + rng.choice(_EN_ENDS)
    return "".join(
        rng.choice(_TH_PATTERNS).format(rng.choice(_TH_HEADS), rng.choice(_TH_ENDS)) for _ in range(rng.randrange(1, 4))
    )


def _wrapped(text: str, columns: int = 76) -> str:
    lines, line = [], ""
    for word in text.split(" "):
        if len(line) + len(word) >= columns and line:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return "\n".join([*lines, line])


def vocabularies(seed: int = 7) -> dict[str, Vocabulary]:
    rng = random.Random(seed)
    return {language: Vocabulary(language, rng) for language in ("vi", "en", "th")}


def mails(count: int, seed: int = 1) -> Iterator[tuple[int, bytes]]:
    """(time, bytes) of each mail, thread by thread."""
    rng = random.Random(seed)
    words = vocabularies()
    threads = max(count // THREAD, 1)
    people = [
        (rng.choice(_NAMES[language]), language, f"customer{at}@mail{at % 40}.example")
        for at, language in enumerate(rng.choices(("vi", "en", "th"), (45, 35, 20), k=max(threads // 3, 1)))
    ]
    for thread in range(threads):
        last = thread == threads - 1
        name, language, address = rng.choice(people)
        if last:
            name, language, address = NEWEST, "en", "zebra.quill@mail.example"
        at = LAST_AT - 86_400 if last else rng.randrange(FIRST_AT, LAST_AT - 9 * 86_400)
        subject, said = words[language].sentence(rng)[:60], ""
        if rng.random() < 0.2:
            subject += f" DH{rng.randrange(10_000, 99_999)}"
        ids: list[str] = []
        for position in range(THREAD):
            ours = position % 2 == 1
            text = words[language].paragraphs(rng)
            own_id = f"<{thread}.{position}.{rng.getrandbits(48):012x}@{'ours' if ours else 'mail'}.example>"
            yield at, _mail(rng, (name, address), ours, subject, text, said, own_id, ids, at, position)
            ids.append(own_id)
            said = text
            at += rng.randrange(600, 86_400) if not last else 3_600


def _mail(
    rng: random.Random, customer: tuple[str, str], ours: bool, subject: str, text: str, said: str,
    own_id: str, before: list[str], at: int, position: int,
) -> bytes:  # fmt: skip
    person = f"{_header(customer[0])} <{customer[1]}>"
    sender, receiver = ("Support <" + OURS + ">", person) if ours else (person, "Support <" + OURS + ">")
    head = [
        f"Return-Path: <{OURS if ours else customer[1]}>",
        f"Received: from relay.example (relay.example [192.0.2.{at % 250 + 1}]) by mx.ours.example with ESMTPS id {at:x}; {formatdate(at)}",
        f"From: {sender}",
        f"To: {receiver}",
        f"Subject: {_header(('Re: ' if position else '') + subject)}",
        f"Date: {formatdate(at)}",
        f"Message-ID: {own_id}",
        "MIME-Version: 1.0",
    ]
    if before:
        head += [f"In-Reply-To: {before[-1]}", "References: " + "\n ".join(before)]
    quoted = "\n".join("> " + line for line in said.split("\n"))
    body = (
        f"{text}\n\nOn {formatdate(at - 500)}, {'Support' if not ours else customer[0]} wrote:\n{quoted}\n"
        if said
        else text + "\n"
    )
    if rng.random() >= 0.4:
        return "\n".join([*head, *_text_part("plain", body, rng)]).encode()
    mark = f"=_{rng.getrandbits(64):016x}"
    html = "<html><head><style>p{margin:0 0 1em;font:14px sans-serif}</style></head><body>" + "".join(
        f'<p class="m" style="color:#222;line-height:1.4">{part}</p>' for part in body.split("\n\n")
    ) + "</body></html>\n"  # fmt: skip
    parts = [_text_part("plain", body, rng), _text_part("html", html, rng)]
    kind = "alternative"
    if rng.random() < 0.2:
        kind = "mixed"
        content = base64.encodebytes(rng.randbytes(rng.randrange(4_000, 30_000))).decode()
        parts[1:] = [["Content-Type: image/jpeg", "Content-Transfer-Encoding: base64",
                      f'Content-Disposition: attachment; filename="IMG_{at % 10_000}.jpg"', "", content]]  # fmt: skip
    lines = [*head, f'Content-Type: multipart/{kind}; boundary="{mark}"', ""]
    for part in parts:
        lines += [f"--{mark}", *part]
    return "\n".join([*lines, f"--{mark}--", ""]).encode()


def _header(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=200).encode()


def _text_part(kind: str, text: str, rng: random.Random) -> list[str]:
    if text.isascii():
        return [f"Content-Type: text/{kind}; charset=utf-8", "Content-Transfer-Encoding: 7bit", "", text]
    if rng.random() < 0.5:
        return [f"Content-Type: text/{kind}; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", text]
    return [
        f"Content-Type: text/{kind}; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        "",
        base64.encodebytes(text.encode()).decode(),
    ]


def write_maildir(folder: Path, count: int) -> None:
    """A Maildir of `count` mails, all read; one that is there already is left as it is."""
    ready = folder / ".ready"
    if ready.exists() and ready.read_text() == str(count):
        return
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True)
    for number, (at, raw) in enumerate(mails(count)):
        (folder / "cur" / f"{at}.{number}.bench:2,S").write_bytes(raw)
    ready.write_text(str(count))
