"""A made-up set of customers' questions: 49 wishes of a shop's customers in Vietnamese, Thai and English.

`suggest_phrases/` holds ways to say each wish. What people do to such sentences is added here: greetings, asides about
other things, missing marks, chat spelling, typing errors, letters held too long. The same arguments give the same set.
"""

from __future__ import annotations

import json
import random
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LANGUAGES = ("vi", "th", "en")
_CHOICE = re.compile(r"\(([^()]*)\)")
_THING = re.compile(r"\{(\w+)\}")
_THAI_TONES = re.compile("[\u0e47-\u0e4c]")


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    reply: str  # what it wishes for
    phrasing: int  # which of the ways to say it


@cache
def phrases(language: str) -> dict[str, tuple[str, ...]]:
    """wish -> ways to say it."""
    found: dict[str, list[str]] = {}
    wish = ""
    for line in (Path(__file__).parent / "suggest_phrases" / f"{language}.txt").read_text("utf-8").splitlines():
        if line.startswith("= "):
            wish = line[2:]
        elif line and not line.startswith("#"):
            found.setdefault(wish, []).append(line)
    return {wish: tuple(ways) for wish, ways in found.items()}


def examples(language: str, each: int, *, seed: int = 1, noise: float = 1.0) -> list[Example]:
    """`each` questions per wish, in mixed order, none twice. `noise` 0 leaves the sentences as they are written."""
    rng = random.Random(f"{language} {seed}")
    made: list[Example] = []
    for wish, ways in phrases(language).items():
        seen: set[str] = set()
        for _ in range(each * 20):
            way = rng.randrange(len(ways))
            text = _as_typed(rng, _say(rng, ways[way], language), language, noise)
            if text not in seen:
                seen.add(text)
                made.append(Example(text, f"{wish}.{language}", way))
            if len(seen) == each:
                break
    rng.shuffle(made)
    return made


def others(language: str, count: int, *, seed: int = 1) -> list[str]:
    """Things no wish of the set answers: other subjects, and letters without sense."""
    rng = random.Random(f"others {language} {seed}")
    said = []
    for position in range(count):
        if position % 4 == 3:
            letters = "กขคงจชดตนบปผมยรลวสหอาิีุูเแ" if language == "th" else "qwertyuiopasdfghjklzxcvbnm    "
            said.append("".join(rng.choice(letters) for _ in range(rng.randrange(6, 40))))
        else:
            said.append(_as_typed(rng, _choose(rng, rng.choice(_OTHERS[language])), language, 0.6))
    return said


def _say(rng: random.Random, way: str, language: str) -> str:
    def thing(match: re.Match[str]) -> str:
        return rng.choice(_THINGS[language][match[1]])

    return _THING.sub(thing, _choose(rng, way)).strip()


def _choose(rng: random.Random, way: str) -> str:
    return _CHOICE.sub(lambda match: rng.choice(match[1].split("|")), way)


def _as_typed(rng: random.Random, text: str, language: str, noise: float) -> str:
    gap = "" if language == "th" and rng.random() < 0.6 else " "
    if rng.random() < 0.45 * noise:
        text = rng.choice(_GREETINGS[language]) + gap + text
    if rng.random() < 0.30 * noise:
        aside = _say(rng, rng.choice(_ASIDES[language]), language)
        text = f"{aside}, {text}" if rng.random() < 0.6 else f"{text} {aside}"
    if rng.random() < 0.45 * noise:
        text += gap + rng.choice(_ENDINGS[language])
    for chance, spoil in _SPOILS[language]:
        if rng.random() < chance * noise:
            text = spoil(rng, text)
    return " ".join(text.split())


# -- what typing does to a sentence ------------------------------------------------------------------------------------


def _without_marks(_: random.Random, text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return bare.replace("đ", "d").replace("Đ", "D")


def _some_without_marks(rng: random.Random, text: str) -> str:
    return " ".join(_without_marks(rng, word) if rng.random() < 0.4 else word for word in text.split())


def _without_tones(rng: random.Random, text: str) -> str:
    return _THAI_TONES.sub(lambda mark: "" if rng.random() < 0.5 else mark[0], text)


def _in_chat_spelling(spelling: dict[str, tuple[str, ...]]) -> Callable[[random.Random, str], str]:
    def spoil(rng: random.Random, text: str) -> str:
        return " ".join(
            rng.choice(spelling[word]) if word in spelling and rng.random() < 0.7 else word for word in text.split()
        )

    return spoil


def _in_thai_chat_spelling(rng: random.Random, text: str) -> str:
    for proper, ways in _THAI_CHAT.items():
        if proper in text and rng.random() < 0.7:
            text = text.replace(proper, rng.choice(ways))
    return text


def _mistyped(rng: random.Random, text: str) -> str:
    letters = list(text)
    for _ in range(1 + len(letters) // 25):
        at = rng.randrange(max(len(letters) - 1, 1))
        kind = rng.randrange(4)
        if kind == 0:
            letters[at : at + 2] = reversed(letters[at : at + 2])
        elif kind == 1:
            del letters[at]
        elif kind == 2:
            letters.insert(at, letters[at])
        elif letters[at].isascii() and letters[at].isalpha():
            letters[at] = rng.choice("qwertyuiopasdfghjklzxcvbnm")
    return "".join(letters)


def _held(rng: random.Random, text: str) -> str:
    return text + text[-1] * rng.randrange(2, 6) if text and text[-1].isalpha() else text + "?" * rng.randrange(1, 4)


def _shouted(_: random.Random, text: str) -> str:
    return text.upper()


def _run_together(rng: random.Random, text: str) -> str:
    return re.sub(" ", lambda _: "" if rng.random() < 0.25 else " ", text)


_CHAT_VI = {
    "không": ("ko", "k", "hông", "hok", "kg", "khum"), "được": ("đc", "dc", "đk", "được hông"), "gì": ("j", "gi z"),
    "bao": ("bao",), "nhiêu": ("nhiu",), "vậy": ("z", "v", "dạ"), "rồi": ("r", "ròi", "rùi"), "em": ("e", "iem"),
    "mình": ("mk", "mìn"), "chị": ("c", "cj"), "giờ": ("h",), "hàng": ("hg", "hàg"), "chưa": ("ch", "chx"),
    "với": ("vs", "zới"), "cho": ("cho", "ch0"), "người": ("ng",), "những": ("nhg",), "biết": ("bít", "bik"),
    "muốn": ("mún", "mun"), "sao": ("s",), "tiền": ("tìn",), "nhé": ("nha", "nhá", "nhoa"), "điện": ("đt",),
    "chuyển": ("ck", "chuyen"), "khoản": ("", "khoan"), "thế": ("thía",), "quá": ("wá", "qá"), "nào": ("nèo",),
    "màu": ("màu", "mau", "mầu"), "shop": ("sốp", "shoppp"), "đơn": ("đơn", "don", "đớn"), "cái": ("kái",),
}  # fmt: skip
_CHAT_EN = {
    "you": ("u", "ya"), "your": ("ur",), "are": ("r",), "please": ("pls", "plz"), "thanks": ("thx", "tks"), "to": ("2",),
    "for": ("4",), "i": ("i", "I"), "want": ("wanna", "wnt"), "what's": ("whats", "wats"), "what": ("wat", "wht"),
    "when": ("wen",), "how": ("hw",), "my": ("me", "my"), "much": ("mch",), "because": ("cuz",), "before": ("b4",),
    "delivery": ("delivry", "delivary"), "address": ("adress", "addres"), "receive": ("recieve",), "size": ("sz", "siz"),
    "have": ("hav", "hv"), "order": ("oder", "ordr"), "the": ("da", "teh"), "don't": ("dont",), "can't": ("cant",),
}  # fmt: skip
_THAI_CHAT = {
    "ไหม": ("มั้ย", "ไม", "ป่าว", "ปะ"), "หรือยัง": ("รึยัง", "ยัง"), "เท่าไหร่": ("เท่าไร", "เท่าไหร", "ทะไร"), "อะไร": ("ไร", "อาราย"),
    "ยังไง": ("ไง", "ยังงัย"), "แล้ว": ("ละ", "แล้ววว", "แร้ว"), "ไม่": ("ม่าย", "มะ"), "ครับ": ("คับ", "งับ"), "ค่ะ": ("คะ", "คร่า"),
    "ที่ไหน": ("ไหน", "ที่หนัย"), "เมื่อไหร่": ("เมื่อไร", "มื่อไร"), "ได้": ("ด้าย", "ได"), "ออเดอร์": ("ออร์เดอร์", "ออเดอ"),
    "ไซส์": ("ไซ", "ไซด์", "size"), "โค้ด": ("โคด", "code"), "เปลี่ยน": ("เปลื่ยน", "เปลี่ยย"), "พัสดุ": ("พัดสดุ", "พัศดุ"),
}  # fmt: skip
_SPOILS: dict[str, tuple[tuple[float, Callable[[random.Random, str], str]], ...]] = {
    "vi": (
        (0.40, _in_chat_spelling(_CHAT_VI)), (0.33, _without_marks), (0.20, _some_without_marks), (0.30, _mistyped),
        (0.10, _held), (0.04, _shouted), (0.04, _run_together),
    ),
    "en": ((0.40, _in_chat_spelling(_CHAT_EN)), (0.45, _mistyped), (0.10, _held), (0.06, _shouted), (0.06, _run_together)),
    "th": ((0.40, _in_thai_chat_spelling), (0.35, _without_tones), (0.35, _mistyped), (0.15, _held), (0.15, _run_together)),
}  # fmt: skip

# -- common words ------------------------------------------------------------------------------------------------------

_CODES = ("DH12045", "#48213", "SO-99120", "ORD7781", "đơn 55120")
_PHONES = ("0900 000 112", "0900000734", "090-000-0551")
_THINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "vi": {
        "product": ("áo", "váy", "đầm", "quần jean", "túi", "giày", "áo khoác", "nồi cơm", "tai nghe", "son", "balo", "chân váy"),
        "colour": ("đen", "trắng", "đỏ", "be", "xanh rêu", "hồng", "nâu", "xám"), "size": ("S", "M", "L", "XL", "38", "40"),
        "place": ("Đà Nẵng", "Hà Nội", "quận 7", "Cần Thơ", "Huế", "Sài Gòn", "Bình Dương", "Nha Trang"),
        "day": ("thứ hai", "chủ nhật", "hôm qua", "tuần trước", "ngày 20", "thứ sáu", "tháng trước"),
        "phone": _PHONES, "code": _CODES, "amount": ("590k", "1tr2", "350.000đ", "200 nghìn"),
    },
    "en": {
        "product": ("shirt", "dress", "jeans", "bag", "shoes", "jacket", "rice cooker", "headphones", "lipstick", "skirt", "kettle"),
        "colour": ("black", "white", "red", "beige", "green", "pink", "brown", "grey"), "size": ("S", "M", "L", "XL", "38", "40"),
        "place": ("Chiang Mai", "Hanoi", "Phuket", "Da Nang", "Bangkok", "Saigon", "Hue"),
        "day": ("on monday", "sunday", "yesterday", "last week", "the 20th", "on friday", "last month"),
        "phone": _PHONES, "code": _CODES, "amount": ("25 dollars", "590k", "1,200 baht", "$40"),
    },
    "th": {
        "product": ("เสื้อ", "กระโปรง", "กางเกง", "กระเป๋า", "รองเท้า", "แจ็คเก็ต", "หม้อหุงข้าว", "หูฟัง", "ลิป", "เดรส", "กาน้ำ"),
        "colour": ("ดำ", "ขาว", "แดง", "เบจ", "เขียว", "ชมพู", "น้ำตาล", "เทา"), "size": ("S", "M", "L", "XL", "38", "40"),
        "place": ("เชียงใหม่", "ภูเก็ต", "ขอนแก่น", "กรุงเทพ", "หาดใหญ่", "ชลบุรี"),
        "day": ("วันจันทร์", "วันอาทิตย์", "เมื่อวาน", "อาทิตย์ก่อน", "วันที่ 20", "วันศุกร์", "เดือนก่อน"),
        "phone": _PHONES, "code": _CODES, "amount": ("590 บาท", "1,200", "350 บ.", "สองร้อย"),
    },
}  # fmt: skip
_GREETINGS = {
    "vi": ("shop ơi", "ad ơi", "chào shop", "dạ shop ơi", "hi shop", "bạn ơi", "cho em hỏi", "alo", "cho hỏi xíu", "shop cho mình hỏi"),
    "en": ("hi", "hello", "hey there", "good morning", "hi shop", "excuse me", "hello admin", "quick question"),
    "th": ("สวัสดีค่ะ", "สวัสดีครับ", "แอดมิน", "พี่คะ", "สอบถามค่ะ", "รบกวนหน่อยครับ", "แม่ค้าคะ", "ขอถามหน่อย"),
}  # fmt: skip
_ENDINGS = {
    "vi": ("ạ", "với ạ", "nha shop", "vậy", "hả shop", "nhé", "đi ạ", "cảm ơn shop", "gấp nha", "giúp em"),
    "en": ("please", "thanks", "thank you", "asap", "?", "pls", "many thanks", "let me know"),
    "th": ("ค่ะ", "ครับ", "คะ", "จ้า", "นะ", "ขอบคุณค่ะ", "ด่วนค่ะ", "หน่อยนะครับ"),
}  # fmt: skip
_ASIDES = {
    "vi": (
        "em mua {product} {day}", "mình đặt {product} màu {colour} size {size}", "em ở {place}", "đơn {code}",
        "em là khách cũ", "hôm bữa bạn em mua bên shop", "em xem trên livestream", "mẫu {product} hôm trước",
        "em mới chuyển khoản {amount}", "số em {phone}", "shop giao {day}", "bữa trước em đổi size rồi",
    ),
    "en": (
        "i bought the {product} {day}", "i ordered a {colour} {product} size {size}", "i live in {place}", "order {code}",
        "i am an old customer", "my friend bought from you", "i saw it on your live", "about the {product}",
        "i paid {amount}", "my number is {phone}", "you delivered {day}", "i already changed the size before",
    ),
    "th": (
        "ซื้อ{product}ไป{day}", "สั่ง{product}สี{colour} ไซส์ {size}", "อยู่{place}", "ออเดอร์ {code}", "เป็นลูกค้าเก่า",
        "เพื่อนเคยซื้อ", "ดูจากไลฟ์", "{product}ตัวนั้น", "โอนไป {amount}", "เบอร์ {phone}", "ร้านส่ง{day}", "เคยเปลี่ยนไซส์ไปแล้ว",
    ),
}  # fmt: skip
_OTHERS: dict[str, tuple[str, ...]] = {
    "vi": (
        "(hôm nay|mai) trời (mưa|nắng) (to|gắt) ghê", "(đội|tuyển) việt nam (thắng|thua) (mấy|hai) không",
        "(cần|tuyển) (kế toán|lập trình viên) (làm từ xa|lương cao)", "(bán|cho thuê) (nhà|đất) mặt tiền (quận ba|gần biển)",
        "(con mèo|chó nhà) em (ốm|bỏ ăn) (buồn|lo) quá", "(bài tập|phương trình) này (giải|làm) kiểu chi",
        "(ăn|nấu) (phở|bún bò) (ngon|mặn) (ghê|thiệt)", "(vay|cho vay) nóng lãi thấp (giải ngân|duyệt) nhanh",
        "phim (kiếm hiệp|kinh dị) tập cuối (hay|dở)", "(chúc|mừng) (năm mới|giáng sinh) cả nhà",
    ),
    "en": (
        "(lovely|awful) weather (outside|over the hills)", "(our|the) team (won|lost) the (final|derby)",
        "(hiring|seeking) (accountants|engineers) remotely", "crypto (signals|profits) guaranteed, join telegram",
        "my (cat|dog) (sleeps|barks) (all night|on the sofa)", "solve (this equation|the integral) quickly",
        "(pasta|curry) with (garlic|basil) tastes divine", "the (movie|novel) ends (badly|well)",
        "(merry christmas|happy birthday) grandpa", "quantum (physics|computers) explained by monkeys",
    ),
    "th": (
        "วันนี้(ฝนตก|แดดแรง)จัง", "ทีมชาติ(ชนะ|แพ้)กี่ประตู", "รับสมัคร(ครู|วิศวกร)ประจำโรงงาน", "ขาย(ที่ดิน|คอนโด)ติดทะเล",
        "(แมว|หมา)ป่วยไม่กินข้าว", "โจทย์(เลข|ฟิสิกส์)ข้อนี้แก้", "(ต้มยำ|ส้มตำ)อร่อยมากเผ็ดจี๊ด", "ปล่อยกู้ดอกเบี้ยต่ำอนุมัติไว",
        "(หนังผี|ละคร)ตอนจบสนุก", "สุขสันต์วันเกิดคุณปู่",
    ),
}  # fmt: skip


def lines(language: str, each: int, seed: int = 1) -> Iterator[str]:
    """As `unibox suggest eval` takes them."""
    for example in examples(language, each, seed=seed):
        yield json.dumps({"text": example.text, "reply": example.reply}, ensure_ascii=False)


if __name__ == "__main__":
    for language in sys.argv[2:] or LANGUAGES:
        for line in lines(language, int(sys.argv[1]) if len(sys.argv) > 1 else 30):
            print(line)
