"""What a colleague would point at before an answer goes: the wrong name, the wrong pronoun, a forgotten file. Pure.

Each finding is a doubt, never a verdict: whoever writes may send all the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from unibox_tui.domain.saying import say
from unibox_tui.text.filling import unresolved
from unibox_tui.text.fold import fold
from unibox_tui.text.names import given_name
from unibox_tui.text.phones import find_phones
from unibox_tui.text.spans import Taken
from unibox_tui.text.width import cut

MOST_SAID = 20  # cells of the words a doubt is about
TITLES = ("anh", "chị", "cô", "chú", "bác", "ông", "bà", "dì", "em")


@dataclass(frozen=True, slots=True)
class Person:
    """The customer as we know them. `names`: all they go by; `phones` in E.164; `knows`: phone, address, email, order,
    name: what they have told us already."""

    names: Sequence[str] = ()
    title: str = ""
    language: str = ""
    phones: Sequence[str] = ()
    knows: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Around:
    """What else is known: names of other customers whom one may have had in mind, our agents' and brands' names, phones
    that are ours, how this agent ends a Thai sentence, and the region of the inbox."""

    others: Sequence[str] = ()
    ours: Sequence[str] = ()
    our_phones: Sequence[str] = ()
    particle: str = ""
    region: str = "VN"


@dataclass(frozen=True, slots=True)
class Doubt:
    """`code`: name, phone, note, reply, pronoun, particle, unresolved, attachment, asked."""

    code: str
    message: str


def doubts(text: str, person: Person, around: Around, *, mode: str = "reply", files: int = 0) -> tuple[Doubt, ...]:
    """What is doubtful about `text` as a `mode` (reply, note) to this person; the weightiest first."""
    if mode == "note":
        return tuple(_note(text, person))
    found = [
        *_unresolved(text), *_names(text, person, around), *_phones(text, person, around), *_reply(text),
        *_pronoun(text, person), *_particle(text, around), *_attachment(text, files), *_asked(text, person),
    ]  # fmt: skip
    return tuple(found)


# -- who ---------------------------------------------------------------------------------------------------------------

_TITLE = "|".join((*TITLES, "bạn"))
_WORD = r"[^\W\d_a-zà-ỹ][^\W\d_]*"
# "chị Hà", "Hi Alice": a polite address before a capital. What is known not to be a name is not one.
_ADDRESSED = re.compile(rf"(?<!\w)(?i:{_TITLE}|hi|hello|dear|mr\.?|ms\.?|mrs\.?)[ ]+({_WORD}(?:[ ]+{_WORD}){{0,3}})")
_ADDRESSED_THAI = re.compile(
    "(?<!ขอบ)คุณ[ ]?(?!ลูกค้า|แม่|พ่อ|พี่|น้อง|ภาพ|สมบัติ|ค่า)([\u0e01-\u0e4e]{2,12}?)(?=[ ,.!?\n]|$|ค่ะ|ครับ|คะ|นะ|จ้า)"
)
_NO_NAME = frozenset(
    fold(word) for word in ("Shop", "Quý", "Khách", "Ơi", "All", "There", "Team", "Sir", "Madam", "Customer")
)


def _names(text: str, person: Person, around: Around) -> Iterator[Doubt]:
    own = _words([*person.names, *around.ours])
    if not _words(person.names):
        return
    said = [match[1] for pattern in (_ADDRESSED, _ADDRESSED_THAI) for match in pattern.finditer(text)]
    for name in said:
        words = [word for word in name.split() if fold(word) not in _NO_NAME]
        if words and not any(_among(word, own) for word in words):
            yield Doubt("name", say("{name}? This is {customer}.", name=" ".join(words), customer=person.names[0]))
            return
    folded = f" {_spaced(text)} "
    for other in around.others:
        wanted = _spaced(other)
        if len(wanted.split()) < 2 and not _thai(wanted):
            continue
        named = f" {wanted} " in folded or (_thai(wanted) and len(wanted) > 5 and wanted in folded)
        if named and not all(_among(word, own) for word in other.split()):
            yield Doubt("name", say("{name} is another customer.", name=other))
            return


def _phones(text: str, person: Person, around: Around) -> Iterator[Doubt]:
    known = {*person.phones, *around.our_phones}
    for phone in find_phones(text, around.region, Taken(len(text))):
        if phone.confidence != "low" and known and phone.value not in known and person.phones:
            yield Doubt("phone", say("{phone} is not a number of this customer.", phone=phone.raw))
            return


def _words(names: Sequence[str]) -> set[str]:
    return {fold(part) for name in names for part in (*name.split(), given_name(name)) if part}


def _among(word: str, known: set[str]) -> bool:
    wanted = fold(word)
    return wanted in known or (_thai(wanted) and any(wanted in one or one in wanted for one in known if _thai(one)))


def _thai(text: str) -> bool:
    return bool(re.search("[\u0e01-\u0e4e]", text))


def _spaced(text: str) -> str:
    return " ".join(re.findall(r"[\w\u0e00-\u0e7f]+", fold(text)))


# -- to whom -----------------------------------------------------------------------------------------------------------

_INTERNAL = re.compile(
    r"(?<![\w@.])@[a-z]\w+|\b(?:nội bộ|khách (?:này|nói|bảo|đòi|khó|chửi|kêu|báo)|note:|internal|fyi|"
    r"(?:the|this) customer|he says|she says|don'?t tell)\b|ลูกค้า(?:คนนี้|รายนี้|บอก|โวย|ด่า)|ภายในทีม|ห้ามบอกลูกค้า",
    re.IGNORECASE,
)
_GREETING = re.compile(
    rf"^\W*(?:dạ[ ,]+)?(?:em |shop )?(?:chào (?:{_TITLE})|(?:{_TITLE})(?: {_WORD})? ơi|kính (?:gửi|chào))|^\W*(?:hi|hello|dear)\b[^\n]{{0,40}},|"
    rf"^\W*dạ[ ,]+(?:em|shop)\b|^\W*สวัสดี(?:ค่ะ|ครับ)|^\W*เรียน(?: ?คุณ)",
    re.IGNORECASE,
)


def _reply(text: str) -> Iterator[Doubt]:
    match = _INTERNAL.search(text)
    if match:
        yield Doubt("note", say("“{words}” reads like a note to colleagues.", words=match[0]))


def _note(text: str, person: Person) -> Iterator[Doubt]:
    match = _GREETING.search(text)
    if match:
        yield Doubt("reply", say("“{words}” reads like an answer; this is a note.", words=match[0].strip()))


# -- how ---------------------------------------------------------------------------------------------------------------

_SPOKEN_TO = re.compile(
    rf"(?<!\w)(?:(?:dạ|chào|cảm ơn|thưa|gửi|mời|nhờ|giúp|của) ({_TITLE})|({_TITLE})(?: {_WORD})? ơi)(?!\w|/)",
    re.IGNORECASE,
)
_PARTICLES = {"ครับ": ("ค่ะ", "คะ"), "ค่ะ": ("ครับ",)}
_POLITE = re.compile("ครับ|ค่ะ|คะ(?![\u0e01-\u0e4e])")


def _pronoun(text: str, person: Person) -> Iterator[Doubt]:
    title = person.title.casefold()
    if person.language not in ("", "vi") or title not in TITLES:
        return
    for match in _SPOKEN_TO.finditer(text):
        said = (match[1] or match[2]).casefold()
        # "em" is also how we call ourselves.
        if said in TITLES and said not in (title, "em"):
            yield Doubt("pronoun", say("“{said}”? We say “{title}”.", said=said, title=title))
            return


def _particle(text: str, around: Around) -> Iterator[Doubt]:
    used = {match[0] for match in _POLITE.finditer(text)}
    if around.particle:
        wrong = [particle for particle in _PARTICLES[around.particle] if particle in used]
        if wrong:
            yield Doubt("particle", say("“{said}”? You say “{title}”.", said=wrong[0], title=around.particle))
    elif "ครับ" in used and used & {"ค่ะ", "คะ"}:
        yield Doubt("particle", say("Both “{one}” and “{other}”.", one="ครับ", other="ค่ะ"))


# -- what --------------------------------------------------------------------------------------------------------------

_PROMISED = re.compile(
    r"đính kèm|gửi kèm|kèm theo (?:đây|file|ảnh|hình)|(?:em|shop|mình) gửi (?:\w+ ){0,2}(?:ảnh|hình|file|tệp|bảng size|hoá đơn|hóa đơn)|"
    r"(?:trong|xem) (?:file|ảnh|hình) (?:dưới|đính|này|bên)|"
    r"แนบ(?:ไฟล์|รูป|ภาพ|เอกสาร|มา)|ไฟล์แนบ|ตาม(?:รูป|ไฟล์|ภาพ)|ส่ง(?:รูป|ภาพ|ไฟล์|เอกสาร)(?:ให้|มา)|"
    r"\b(?:attached|attachment|attaching|enclosed|see the (?:picture|photo|file))\b",
    re.IGNORECASE,
)
_NOT_YET = re.compile(
    r"(?:sẽ|lát|chút|mai|chưa|không|giúp|nhờ|will|later|not|please (?!find|see)|could you|can you|จะ|ช่วย|รบกวน|ยังไม่)[^.!?\n]{0,40}$",
    re.IGNORECASE,
)


def _bare(pattern: str) -> str:
    """The same without the marks of Vietnamese; what is Thai in it finds nothing then."""
    decomposed = unicodedata.normalize("NFD", pattern.replace("đ", "d"))
    return "".join(character for character in decomposed if not "\u0300" <= character <= "\u036f")


_WHAT = r"[^.!?\n]{0,20} là (?:gì|bao nhiêu|số mấy|số nào|mã nào|ở đâu)"
_WANTED = "(?:ขอ(?:ทราบ)?|แจ้ง|ทิ้ง|ฝาก)"  # what a Thai seller says before what is wanted
_ASKED = {
    "phone": r"(?:xin|cho (?:em|shop|mình)(?: xin)?|nhắn|để lại|gửi) [^.!?\n]{0,20}(?:số điện thoại|sđt|số đt)|"
    rf"(?:số điện thoại|sđt|số đt)(?: của)? (?:anh|chị|em|mình|bạn|cô|chú|bác){_WHAT}|"
    rf"{_WANTED}(?:เบอร์|หมายเลขโทรศัพท์)|เบอร์(?:โทร|ติดต่อ)?(?:ของ)?(?:ลูกค้า|คุณ)?อะไร|"
    r"(?:your|a) (?:phone|telephone|mobile|contact) number|what(?:'s|’s| is) your (?:phone|number\b)",
    "address": r"(?:xin|cho (?:em|shop|mình)(?: xin)?|nhắn|để lại|gửi) [^.!?\n]{0,20}địa chỉ|"
    rf"địa chỉ(?: của)? (?:anh|chị|em|mình|bạn|cô|chú|bác){_WHAT}|{_WANTED}ที่อยู่|"
    r"your (?:shipping |delivery |postal )?address",
    "email": r"(?:xin|cho (?:em|shop|mình)(?: xin)?|nhắn|để lại|gửi) [^.!?\n]{0,20}e-?mail|"
    rf"{_WANTED}อีเมล|your e-?mail",
    "order": r"(?:xin|cho (?:em|shop|mình)(?: xin)?|nhắn|gửi (?:em|shop|mình)) [^.!?\n]{0,20}mã đơn|"
    rf"mã đơn(?: hàng)?(?: của)? (?:anh|chị|em|mình|bạn|cô|chú|bác){_WHAT}|"
    rf"{_WANTED}(?:เลข(?:ที่)?|หมายเลข|รหัส)(?:ออเดอร์|คำสั่งซื้อ)|your order (?:number|code|id)",
}
_ASKED["name"] = (
    r"(?:xin|cho (?:em|shop|mình)(?: xin| biết)?|nhắn|để lại) [^.!?\n]{0,20}(?:họ tên|tên (?:người nhận|đầy đủ|của))|"
    rf"{_WANTED}ชื่อ|your (?:full |first |last )?name"
)
_FIELDS = {
    "phone": (
        "phone",
        "phone number",
        "telephone",
        "mobile",
        "tel",
        "so dien thoai",
        "sdt",
        "so dt",
        "เบอร์",
        "เบอร์โทร",
        "หมายเลขโทรศัพท์",
    ),
    "address": ("address", "dia chi", "ที่อยู่", "shipping address", "delivery address", "dia chi giao hang"),
    "email": ("email", "e-mail", "mail", "อีเมล"),
    "order": ("order", "order code", "order number", "ma don", "ma don hang", "เลขที่ออเดอร์", "เลขคำสั่งซื้อ"),
    "name": ("name", "full name", "ho ten", "ho va ten", "ten", "ชื่อ"),
}
_FIELD_KINDS = {fold(name): kind for kind, names in _FIELDS.items() for name in names}
_ASKING = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _ASKED.items()}
_ASKING_BARE = {kind: re.compile(_bare(pattern), re.IGNORECASE) for kind, pattern in _ASKED.items()}


def _unresolved(text: str) -> Iterator[Doubt]:
    for left in unresolved(text):
        yield Doubt("unresolved", say("{what} is not filled in.", what=left))
        return


def _attachment(text: str, files: int) -> Iterator[Doubt]:
    if files:
        return
    for match in _PROMISED.finditer(text):
        if not _NOT_YET.search(text[: match.start()]):
            yield Doubt("attachment", say("“{words}”, but no file is attached.", words=match[0]))
            return


def asked_kind(field: str) -> str | None:
    """What somebody would ask for, who asks for a field of this name: phone, address, email, order, name; None for others."""
    return _FIELD_KINDS.get(" ".join(fold(field).replace("_", " ").split()))


def _asked(text: str, person: Person) -> Iterator[Doubt]:
    for kind, pattern in _ASKING.items():
        match = pattern.search(text)
        if match is None and text.isascii():  # typed without marks
            match = _ASKING_BARE[kind].search(text)
        if match and kind in person.knows:
            said = cut(match[0], MOST_SAID)
            yield Doubt("asked", say("“{words}”? It is there already: see the customer.", words=said))
            return
