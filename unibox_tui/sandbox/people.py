"""Invented customers and colleagues. Nobody here exists; the telephone numbers ring nowhere, the domains are reserved."""

from __future__ import annotations

import itertools
import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# Accounts and names of the colleagues; the person at the demo is one more.
COLLEAGUES: dict[str, tuple[str, str]] = {
    "an": ("An", "vi"),
    "binh": ("Bình", "vi"),
    "mali": ("มะลิ", "th"),
    "somchai": ("สมชาย", "th"),
}
SHOP_A, BAAN_MALI = "Shop A", "Baan Mali"

_VI_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô", "Dương", "Lý")
_VI_WOMEN = (
    "Thị Hà", "Ngọc Ánh", "Thu Thảo", "Mỹ Duyên", "Bích Phượng", "Kim Ngân", "Thuỳ Trang", "Hồng Nhung", "Khánh Vy",
    "Thanh Trúc", "Diễm My", "Tuyết Mai", "Cẩm Tú", "Quỳnh Như", "Lan Hương", "Yến Nhi",
)  # fmt: skip
_VI_MEN = ("Minh", "Quốc Bảo", "Văn Tùng", "Đức Huy", "Gia Khánh", "Hữu Phước", "Tấn Lộc", "Hoàng Nam", "Trung Kiên")
_TH_WOMEN = ("ศิริพร", "มาลัย", "กมลชนก", "พิมพ์ชนก", "สุดารัตน์", "วราภรณ์", "ณัฐธิดา", "ปวีณา", "ชลธิชา", "อรทัย", "นภัสสร")
_TH_MEN = ("สมชาย", "ธนกฤต", "ณัฐพล", "อนุชา", "วีรภัทร", "กิตติศักดิ์", "ปกรณ์")
_TH_FAMILY = ("ใจดี", "แสงจันทร์", "ทองสุข", "ศรีสวัสดิ์", "บุญมา", "วงศ์ไทย", "รุ่งเรือง", "พูนทรัพย์", "ดวงแก้ว")
_EN_FIRST = ("Harriet", "Tomas", "Priya", "Callum", "Ingrid", "Mateo", "Siobhan", "Yuki", "Leila", "Oskar", "Nadia")
_EN_FAMILY = ("Whitlock", "Okafor", "Lindqvist", "Marlowe", "Petrov", "Castellan", "Ashdown", "Varga", "Thorne")
_TH_LATIN = {
    "ศิริพร": "siriporn", "มาลัย": "malai", "กมลชนก": "kamon", "พิมพ์ชนก": "pim", "สุดารัตน์": "sudarat", "วราภรณ์": "wara",
    "ณัฐธิดา": "natthida", "ปวีณา": "pawee", "ชลธิชา": "chon", "อรทัย": "orathai", "นภัสสร": "napat", "สมชาย": "somchai.j",
    "ธนกฤต": "thanakrit", "ณัฐพล": "natpon", "อนุชา": "anucha", "วีรภัทร": "wee", "กิตติศักดิ์": "kitti", "ปกรณ์": "pakorn",
}  # fmt: skip
_CITIES = {
    "vi": ("Cần Thơ", "Đà Nẵng", "Biên Hoà", "Vũng Tàu", "Hải Phòng", "Buôn Ma Thuột", "Quy Nhơn", "Long Xuyên"),
    "th": ("เชียงใหม่", "ขอนแก่น", "ภูเก็ต", "นครราชสีมา", "หาดใหญ่", "ชลบุรี", "อุดรธานี"),
    "en": ("Leeds", "Galway", "Utrecht", "Adelaide", "Bristol", "Hoi An", "Chiang Mai"),
}
_MAIL_DOMAINS = {
    "vi": ("thu.example", "khach.example", "bac.thu.example"),
    "th": ("meow.example", "loogka.example"),
    "en": ("post.example", "kestrel.example", "fernmail.example"),
}
_DIGITS = {
    "vi": ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"),
    "th": ("ศูนย์", "หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า"),
}


@dataclass(frozen=True, slots=True)
class Customer:
    """`given` is what they are called by; `phone` as they write it; `digits` without its prefix, for spelling out."""

    name: str
    given: str
    language: str  # vi, th, en
    woman: bool
    email: str
    phone: str
    city: str
    digits: str

    @property
    def phone_in_words(self) -> str:
        """The end of the number as it is spoken."""
        words = _DIGITS.get(self.language)
        return " ".join(words[int(digit)] for digit in self.digits) if words else self.digits


def customers(language: str, chance: random.Random, first: int = 1) -> Iterator[Customer]:
    """Ever new people of one language: no two share an address or a number. `first` counts them from elsewhere."""
    for count in itertools.count(first):
        woman = chance.random() < 0.7
        if language == "vi":
            family, given = chance.choice(_VI_FAMILY), chance.choice(_VI_WOMEN if woman else _VI_MEN)
            name, called, local = f"{family} {given}", given.split()[-1], _ascii(f"{given}{family}")
            digits = f"{345000 + count * 37 % 5000:06}"
            phone = f"0952 {digits[:3]} {digits[3:]}"
        elif language == "th":
            called, family = chance.choice(_TH_WOMEN if woman else _TH_MEN), chance.choice(_TH_FAMILY)
            name, local = f"{called} {family}", _TH_LATIN[called]
            digits = f"{230000 + count * 41 % 5000:06}"
            phone = f"014 {digits[:3]} {digits[3:]}"
        else:
            called, family = chance.choice(_EN_FIRST), chance.choice(_EN_FAMILY)
            name, local = f"{called} {family}", f"{called}.{family}".lower()
            digits = f"{count % 1000:03}"
            phone = f"+44 7700 900{digits}"
        email = f"{local}{count}@{chance.choice(_MAIL_DOMAINS[language])}"
        if language == "vi" and chance.random() < 0.2:  # many write their own name without marks
            name = _plain(name)
        yield Customer(name, called, language, woman, email, phone, chance.choice(_CITIES[language]), digits)


def called(account: str, language: str) -> str:
    """What a colleague is called towards a customer; empty for nobody."""
    display = COLLEAGUES.get(account, (account.capitalize(), ""))[0]
    return account.capitalize() if language == "en" else display


def _plain(text: str) -> str:
    """Vietnamese without its marks."""
    parted = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in parted if not unicodedata.combining(letter))


def _ascii(text: str) -> str:
    return _plain(text).lower().replace(" ", "")
