"""Times and amounts as people write them in Vietnamese, Thai and English, and back in one short form.

Each reader returns None for what it does not understand. Numbers may be in Thai digits, years Buddhist.
"""

from __future__ import annotations

import re
from collections.abc import Container
from datetime import date
from decimal import Decimal

from unibox_tui.domain.query import Ago, Amount, Date, DayFromToday, Duration, LastWeekday, Moment, Number, Value
from unibox_tui.text.fold import fold

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000
_UNITS = {
    _SECOND: ("s", "sec", "secs", "second", "seconds", "giay", "วินาที", "วิ"),
    _MINUTE: ("m", "min", "mins", "minute", "minutes", "p", "ph", "phut", "นาที", "น"),
    _HOUR: ("h", "hr", "hrs", "hour", "hours", "g", "gio", "tieng", "ชั่วโมง", "ชม", "ชม."),
    _DAY: ("d", "day", "days", "ngay", "hom", "วัน"),
    7 * _DAY: ("w", "week", "weeks", "tuan", "สัปดาห์", "อาทิตย์"),
    30 * _DAY: ("mo", "month", "months", "thang", "เดือน"),
}
_UNIT_MS = {word: ms for ms, words in _UNITS.items() for word in words}
_DURATION_PIECE = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*([^\W\d]+[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\w]*?\.?)(?=\s|\d|$)")
_LONGEST = 100 * 366 * _DAY

_DAYS = {
    "today": 0, "hom nay": 0, "nay": 0, "วันนี้": 0,
    "yesterday": -1, "hom qua": -1, "qua": -1, "เมื่อวาน": -1, "เมื่อวานนี้": -1,
    "hom kia": -2, "เมื่อวานซืน": -2,
    "tomorrow": 1, "mai": 1, "ngay mai": 1, "พรุ่งนี้": 1,
    "ngay kia": 2, "มะรืน": 2, "มะรืนนี้": 2,
}  # fmt: skip
_WEEKDAYS = (
    ("mon", "monday", "thu hai", "thu 2", "t2", "จันทร์"),
    ("tue", "tuesday", "thu ba", "thu 3", "t3", "อังคาร"),
    ("wed", "wednesday", "thu tu", "thu 4", "t4", "พุธ"),
    ("thu", "thursday", "thu nam", "thu 5", "t5", "พฤหัสบดี", "พฤหัส"),
    ("fri", "friday", "thu sau", "thu 6", "t6", "ศุกร์"),
    ("sat", "saturday", "thu bay", "thu 7", "t7", "เสาร์"),
    ("sun", "sunday", "chu nhat", "cn", "อาทิตย์"),
)
_WEEKDAY_OF = {name: day for day, names in enumerate(_WEEKDAYS) for name in names}
_OFFSET_DAY = re.compile(r"today([+-]\d{1,4})$")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})$")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?$")
_CLOCK = re.compile(
    r"(?P<early>บ่าย\s*|ตี\s*)?(?P<hour>\d{1,2})(?:\s*(?:[:h.]|gio|g)\s*(?P<minute>\d{2})?)?"
    r"\s*(?P<late>am|pm|sang|trua|chieu|toi|โมงเช้า|โมงเย็น|โมง|ทุ่ม|เช้า|น\.?)?$"
)
_AFTERNOON = frozenset(("pm", "chieu", "toi", "trua", "โมงเย็น"))

_SCALES = {
    "k": 3, "nghin": 3, "ngan": 3, "พัน": 3, "thousand": 3, "หมื่น": 4, "แสน": 5,
    "tr": 6, "trieu": 6, "m": 6, "mil": 6, "million": 6, "cu": 6, "ล้าน": 6, "ty": 9, "ti": 9, "bn": 9, "billion": 9,
}  # fmt: skip
_CURRENCY = re.compile(r"^(?:us\$|[$฿₫€£])\s*|\s*(?:vnd|dong|d|₫|thb|baht|บาท|บ\.?|฿|usd|\$)$")
_AMOUNT = re.compile(r"(\d+(?:[.,]\d+)*)\s*([^\W\d][^\d\s]*)?\s*(\d{1,3})?$")
_CURRENCY_WORDS = frozenset(("vnd", "dong", "d", "₫", "thb", "baht", "บาท", "บ", "฿", "usd", "$"))
_APART = re.compile(r"\s+([^\s\d(),\"“”„\\:<>=|.]+\.?)(?=[\s()]|$)")
_NUMBER_APART = re.compile(r"\s+\d+(?:[.,]\d+)?")
_NOT_APART = frozenset(("mo", "cu"))  # "mở", "cũ": words of a search
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*$")


def end_of_units(kind: str, text: str, at: int) -> int:
    """Where the words end that stand apart after a plain number ending at `at` and belong to it: `2 giờ 30 phút`,
    `500 nghìn đồng`. `kind`: duration, moment or amount; `at` itself when there are none."""
    if kind != "amount":
        while (end := _unit_apart(_UNIT_MS, text, at)) > at:
            more = _NUMBER_APART.match(text, end)
            at = end
            if more is None or _unit_apart(_UNIT_MS, text, more.end()) == more.end():
                break
            at = more.end()
        return at
    at = _unit_apart(_SCALES, text, at)
    return _unit_apart(_CURRENCY_WORDS, text, at)


def _unit_apart(units: Container[str], text: str, at: int) -> int:
    found = _APART.match(text, at)
    word = _plain(found[1]) if found else ""
    fits = word not in _NOT_APART and (word in units or word.rstrip(".") in units)
    return found.end() if found and fits else at


def duration(text: str) -> Duration | None:
    """`30m`, `1h30m`, `2 giờ`, `3 ngày`, `2 ชม.`; months have thirty days."""
    plain, position, total = _plain(text), 0, 0
    while position < len(plain):
        piece = _DURATION_PIECE.match(plain, position)
        unit = _UNIT_MS.get(piece[2]) or _UNIT_MS.get(piece[2].rstrip(".")) if piece else None
        if piece is None or unit is None:
            return None
        total += int(Decimal(piece[1].replace(",", ".")) * unit)
        position = piece.end()
        if not plain[position:].strip():
            break
    return Duration(total // 1000 * 1000) if plain and total <= _LONGEST else None


def moment(text: str) -> Moment | None:
    """A day, a weekday, a date, each with a clock if wanted, or how long ago."""
    ago = duration(text)
    if ago is not None:
        return Ago(ago.ms)
    plain = _plain(text).replace("t", " ", 1) if re.match(r"\d{4}-\d\d-\d\dT\d", text) else _plain(text)
    found = _day(plain, None)
    if found is not None:
        return found
    for cut in [space.start() for space in re.finditer(r"\s", plain)]:
        clock = _clock(plain[cut:].strip())
        found = _day(plain[:cut].strip(), clock) if clock is not None else None
        if found is not None:
            return found
    return None


def number(text: str) -> Number | None:
    plain = _plain(text).removeprefix("#")
    return Number(int(plain)) if re.fullmatch(r"\d{1,18}", plain, re.ASCII) else None


def amount(text: str) -> Amount | None:
    """`500k`, `1.200.000`, `2tr5`, `1,5 triệu`, `2 แสน`, `฿1,200.50`, with or without the currency."""
    plain = _CURRENCY.sub("", _CURRENCY.sub("", _plain(text))).strip()
    found = _AMOUNT.match(plain)
    if found is None:
        return None
    digits, scale, rest = found.groups()
    if (scale is not None and scale not in _SCALES) or (rest and scale is None):
        return None
    value = _decimal(digits)
    if value is None:
        return None
    power = _SCALES.get(scale or "", 0)
    value = value.scaleb(power) + (Decimal(f"0.{rest}").scaleb(power) if rest else 0)
    return Amount(value.quantize(Decimal("0.01"))) if value < Decimal(10) ** 15 else None


def text_of(value: Value) -> str:
    """The short form, which reads back as the same value."""
    if isinstance(value, Duration | Ago):
        return _duration_text(value.ms)
    if isinstance(value, Number):
        return str(value.value)
    if isinstance(value, Amount):
        return f"{value.value:f}"
    if isinstance(value, DayFromToday):
        day = {0: "today", -1: "yesterday", 1: "tomorrow"}.get(value.days) or f"today{value.days:+d}"
    elif isinstance(value, LastWeekday):
        day = _WEEKDAYS[value.weekday][0]
    elif value.year is None:
        day = f"{value.day}/{value.month}"
    else:
        day = f"{value.year:04d}-{value.month:02d}-{value.day:02d}"
    return day if value.clock is None else f"{day} {value.clock // 60}:{value.clock % 60:02d}"


def _plain(text: str) -> str:
    folded = fold(text).strip()
    if folded.isascii():
        return folded
    return "".join(str(int(character)) if character.isdecimal() else character for character in folded)


def _duration_text(ms: int) -> str:
    pieces = []
    for unit, size in (("d", _DAY), ("h", _HOUR), ("m", _MINUTE), ("s", _SECOND)):
        count, ms = divmod(ms, size)
        if count:
            pieces.append(f"{count}{unit}")
    return "".join(pieces) or "0m"


def _day(plain: str, clock: int | None) -> Moment | None:
    bare = plain.removeprefix("วัน") if plain not in _DAYS else plain
    if plain in _DAYS:
        return DayFromToday(_DAYS[plain], clock)
    if bare in _WEEKDAY_OF:
        return LastWeekday(_WEEKDAY_OF[bare], clock)
    offset = _OFFSET_DAY.match(plain)
    if offset:
        return DayFromToday(int(offset[1]), clock)
    iso = _ISO.match(plain)
    if iso:
        return _date(int(iso[1]), int(iso[2]), int(iso[3]), clock)
    day_first = _DAY_FIRST.match(plain)
    if day_first:
        return _date(int(day_first[3]) if day_first[3] else None, int(day_first[2]), int(day_first[1]), clock)
    return None


def _date(year: int | None, month: int, day: int, clock: int | None) -> Date | None:
    if year is not None and year >= 2400:
        year -= 543
    if year is not None and not 1970 <= year <= 2399:
        return None
    try:
        date(2000 if year is None else year, month, day)
    except ValueError:
        return None
    return Date(year, month, day, clock)


def _clock(plain: str) -> int | None:
    found = _CLOCK.match(plain)
    if found is None:
        return None
    hour, minute, late = int(found["hour"]), int(found["minute"] or 0), found["late"]
    if late == "ทุ่ม":
        hour += 18
    elif late in _AFTERNOON or (found["early"] or "").startswith("บ่าย"):
        hour += 12 if hour < 12 and not (late == "trua" and hour >= 10) else 0
    elif late == "am" and hour == 12:
        hour = 0
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def _decimal(digits: str) -> Decimal | None:
    if _GROUPED.match(digits):
        return Decimal(digits.replace(".", "").replace(",", ""))
    whole, _, fraction = digits.replace(",", ".").rpartition(".")
    if not whole:
        return Decimal(digits)
    if "." in whole and not _GROUPED.match(digits[: len(whole)]):
        return None
    return Decimal(f"{whole.replace('.', '')}.{fraction}")
