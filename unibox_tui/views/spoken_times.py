"""What people say around a time in English, Vietnamese and Thai, put the way times are read: `2 giờ nữa` is `2 gio`."""

from __future__ import annotations

import re

_NUMBERS = {
    "หนึ่ง": 1, "สอง": 2, "สาม": 3, "สี่": 4, "ห้า": 5, "หก": 6, "เจ็ด": 7, "แปด": 8, "เก้า": 9, "สิบ": 10, "สิบเอ็ด": 11, "สิบสอง": 12,
}  # fmt: skip
_NUMBER = re.compile(
    f"({'|'.join(sorted(_NUMBERS, key=len, reverse=True))})" r"(?=\s*(?:โมง|ทุ่ม|ชั่วโมง|ชม|นาที|วัน|สัปดาห์|เดือน))"
)
_FROM_NOW = re.compile(r"^(?:in|after|อีก)\s*(?=\d)|(?:\s+(?:nua|from now|later)|\s*ข้างหน้า)$")
_HALF = (
    (re.compile(r"(\d{1,2})\s*(?:h|g|gio)\s*ruoi\b"), lambda hour: f"{hour}h30"),
    (re.compile(r"(\d{1,2})\s*(?:tieng\s*ruoi\b|ชั่วโมงครึ่ง)"), lambda hour: f"{hour}h30m"),
    (re.compile(r"(\d{1,2})\s*โมงครึ่ง"), lambda hour: f"{hour}:30"),
    (re.compile(r"(\d{1,2})\s*ทุ่มครึ่ง"), lambda hour: f"{hour + 18}:30"),
)
_CLOCK = re.compile(r"\d{1,2}h\d\d")
_APART = re.compile(r"(?<=[\u0e00-\u0e7f])\s*((?:บ่าย|ตี)\s*\d)")
_AT = re.compile(r"\s(?:at|luc|ตอน)\s+(?=\d)")
_NEXT_WEEK = re.compile(r"^next\s+(?!week)|\s+(?:tuan (?:sau|toi)|next week)|\s*(?:(?:สัปดาห์|อาทิตย์)หน้า|หน้า)")


def spoken(plain: str) -> str:
    """`plain` is folded; what is not spoken of here stays."""
    said = _NUMBER.sub(lambda found: str(_NUMBERS[found[1]]), plain)
    for pattern, written in _HALF:
        said = pattern.sub(lambda found, written=written: written(int(found[1])), said)  # type: ignore[misc]
    said = _APART.sub(r" \1", _AT.sub(" ", said))
    rest, from_now = _FROM_NOW.subn("", said)
    return f"{rest}m" if from_now and _CLOCK.fullmatch(rest) else rest.strip()


def of_next_week(plain: str) -> str | None:
    """The weekday, with its clock, of `thu 2 tuan sau 9h`, `next monday`; None when the next week is not spoken of."""
    rest, found = _NEXT_WEEK.subn("", plain, count=1)
    return " ".join(rest.split()) if found else None


def turned(plain: str) -> list[str]:
    """`8h toi nay`, `9am tomorrow`: with the clock last, for each place where the clock may end."""
    words = plain.split()
    return [" ".join([*words[cut:], *words[:cut]]) for cut in range(1, len(words))] if plain[:1].isdigit() else []
