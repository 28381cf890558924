"""Telephone numbers in a text, by the numbering plans of Vietnam and Thailand first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from unibox_tui.text.spans import MOST_OF_A_KIND, Confidence, Found, Taken, plain_digits

# Neighbours whose numbers turn up in each other's inboxes, tried after the inbox's own region.
_NEIGHBOURS = ("VN", "TH")
_FEWEST_DIGITS, _MOST_DIGITS = 8, 15
_MOST_NATIONAL_DIGITS = 11
_MOST_CHECKED = 2000

_GROUP = re.compile(r"[0-9]+")
_BETWEEN_GROUPS = re.compile(r"(?:[ \t]{0,2}(?:[.\-–·][ \t]{0,2}|\)[ \t.\-]?\(?|\([ \t]?)|[ \t]{1,3})", re.ASCII)
_DATE = re.compile(
    r"[0-3]?[0-9]([ .\-])[0-3]?[0-9]\1(?:19|20)[0-9]{2}(?![0-9])|(?:19|20)[0-9]{2}([.\-])[0-9]{2}\2[0-9]{2}"
)
_UNIT_AFTER = re.compile(
    r"[ ]?(?:đ|₫|vn[dđ]|k\b|tr\b|triệu|ngàn|nghìn|฿|บาท|thb|usd|\$|%|kg\b|cm\b|x[0-9])", re.IGNORECASE
)
_MONEY_BEFORE = re.compile(r"(?:[฿₫$€£]|thb|vnd|usd) ?\Z", re.IGNORECASE)
_LOOKED_BACK = 32
_NOT_A_PHONE_BEFORE = re.compile(
    r"(?:\b(?:stk|s[ốo] ?tk|tk|t[àa]i kho[ảa]n|account|acct?|a/c|iban|vietcombank|vcb|techcombank|tcb|bidv|agribank|acb"
    r"|vietinbank|mbbank|mb bank|sacombank|vpbank|tpbank|scb|kbank|ktb|bbl|cccd|cmnd|cmt|mst|tax id"
    r"|m[ãa] (?:đơn|don|v[ậa]n|gd|giao d[ịi]ch)|đơn(?: hàng)?|don hang|v[ậa]n đơn|order|tracking|invoice|ref)"
    r"|บัญชี|ธนาคาร|กสิกร(?:ไทย)?|ไทยพาณิชย์|กรุงไทย|เลขพัสดุ|คำสั่งซื้อ|ออเดอร์|บัตรประชาชน)"
    r"(?:[ .:#\-–=]|đơn|là|la|số|so|no|is|number|hàng|của|em|mình|tôi|anh|chị|shop|ของ|คือ|เลข|ที่){0,10}\Z",
    re.IGNORECASE,
)
_THAI_ACCOUNT = [3, 1, 5, 1]  # how Thai bank accounts are grouped


def find_phones(text: str, region: str, taken: Taken) -> list[Found]:
    """Numbers that the numbering plans know, outside what is `taken`. `region` is the inbox's ("VN", "TH", …).

    High: written with country code, or valid in `region` and standing free. Low: glued to a word, valid in the
    neighbouring country only, or a country code without plus. Accounts, prices, dates and codes are left out.
    """
    plain = plain_digits(text)
    region = region.upper()
    found: list[Found] = []
    position = -2  # where the last number ended; one character further the next may begin
    checked = 0
    groups = _groups(plain)
    index = 0
    while index < len(groups) and len(found) < MOST_OF_A_KIND and checked < _MOST_CHECKED:
        start = groups[index][0]
        if start >= position and (lead := _lead(plain, start, region)) is not None:
            checked += 1
            item = _number_at(text, plain, groups, index, lead, region, position, taken)
            if item:
                found.append(item)
                position = item.end
        index += 1
    return found


def _groups(plain: str) -> list[tuple[int, int]]:
    return [match.span() for match in _GROUP.finditer(plain)]


def _lead(plain: str, start: int, region: str) -> str | None:
    """What a number beginning here would be: "+" with country code, "0" national, "" country code without plus."""
    if start and plain[start - 1] == "+":
        return "+"
    if start > 1 and plain[start - 1] == "(" and plain[start - 2] == "+":
        return "+"
    if plain.startswith("00", start):
        return "00"
    if plain[start] == "0" or region not in _NEIGHBOURS:
        return "0"
    return "" if plain.startswith(("84", "66"), start) else None


def _number_at(
    text: str, plain: str, groups: list[tuple[int, int]], index: int, lead: str, region: str, after: int, taken: Taken
) -> Found | None:
    start = groups[index][0]
    whole_start = start - _signs_before(plain, start, lead)
    if _DATE.match(plain, start) or (whole_start - after != 1 and _is_something_else(plain, whole_start, lead)):
        return None
    best: Found | None = None
    surest: Confidence = "low"
    for digits, end, sizes in _lengthening(plain, groups, index):
        if len(digits) > (_MOST_DIGITS if lead in ("+", "00") else _MOST_NATIONAL_DIGITS):
            break
        if len(digits) < _FEWEST_DIGITS or sizes == _THAI_ACCOUNT or (whole_start, end) in taken:
            continue
        known = _known(digits, lead, region)
        if known and not _UNIT_AFTER.match(plain, end) and not (best and known[1] == "low" and surest == "high"):
            value, surest = known
            confidence: Confidence = "low" if _is_glued(text, whole_start, end) else surest
            best = Found("phone", value, text[whole_start:end], whole_start, end, confidence)
    return best


def _signs_before(plain: str, start: int, lead: str) -> int:
    if lead == "+":
        signs = 1 if plain[start - 1] == "+" else 2
        return signs + 1 if plain[start - signs - 1 : start - signs] == "(" else signs
    return 1 if start and plain[start - 1] == "(" else 0


def _lengthening(plain: str, groups: list[tuple[int, int]], index: int) -> Iterator[tuple[str, int, list[int]]]:
    """The digits from one group on, group by group, as long as only separators of telephone numbers lie between."""
    start, end = groups[index]
    digits, sizes = plain[start : min(end, start + _MOST_DIGITS + 1)], [end - start]
    while True:
        yield digits, end, sizes
        index += 1
        if index >= len(groups) or len(digits) >= _MOST_DIGITS:
            return
        following, following_end = groups[index]
        if following - end > 5 or not _BETWEEN_GROUPS.fullmatch(plain, end, following):
            return
        digits += plain[following : min(following_end, following + _MOST_DIGITS + 1)]
        sizes = [*sizes, following_end - following]
        end = following_end


def _is_something_else(plain: str, whole_start: int, lead: str) -> bool:
    before = plain[max(0, whole_start - _LOOKED_BACK) : whole_start]
    if before[-1:] in ("/", "_", "@", "#", "=") or (before[-1:] in (".", ",", "-", ":") and before[-2:-1].isdigit()):
        return True
    return _MONEY_BEFORE.search(before) is not None or (lead != "+" and _NOT_A_PHONE_BEFORE.search(before) is not None)


def _is_glued(text: str, start: int, end: int) -> bool:
    """Latin letters touch it. Thai has no spaces between words, so a Thai letter beside a number says nothing."""
    before = text[start - 2 : start - 1] if text[start - 1 : start] in (".", "-") else text[start - 1 : start]
    after = text[end : end + 1]
    another_follows = after == "/" and text[end + 1 : end + 2] in ("0", "+")
    return (after in ("_", "@", "/", "#") and not another_follows) or any(
        c.isalpha() and not "\u0e00" <= c <= "\u0e7f" for c in (before, after)
    )


@lru_cache(maxsize=2048)
def _known(digits: str, lead: str, region: str) -> tuple[str, Confidence] | None:
    """E.164 and how sure, by the numbering plans; None for no number."""
    if lead in ("+", "00"):
        value = _valid("+" + digits.removeprefix("00") if lead == "00" else "+" + digits, None)
        return (value, "high") if value else None
    if lead == "":
        value = _valid("+" + digits, None) if len(digits) >= 11 else None
        return (value, "low") if value else None
    value = _valid(digits, region)
    if value:
        return value, "high"
    for neighbour in _NEIGHBOURS:
        if neighbour != region and (value := _valid(digits, neighbour)):
            return value, "low"
    return None


def _valid(number: str, region: str | None) -> str | None:
    import phonenumbers  # heavy: only where a text has something like a number

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
