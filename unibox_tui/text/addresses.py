"""Postal addresses in a text, as far as honest: a line that names enough of the parts of a Vietnamese or Thai address, or
that says it is one. No address book is asked, so whether a parcel would arrive there nobody here knows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from unibox_tui.text.spans import Confidence

LONGEST = 300
MOST = 20

_LABEL = re.compile(
    r"(?<!\w)(?:địa chỉ(?: nhận(?: hàng)?| giao(?: hàng)?)?|dia chi|đ/c|đc|giao (?:về|đến|tới)|ship (?:về|đến|tới|to)"
    r"|address|deliver to)(?!\w)\s*(?:là|la|is)?\s*[:=\-]?\s*|(?:ที่อยู่(?:จัดส่ง)?|จัดส่งที่|ส่งที่)\s*[:=\-]?\s*",
    re.IGNORECASE,
)
_VIETNAMESE = re.compile(
    r"(?<!\w)(?P<street>đường|duong|phố|ngõ|ngách|hẻm|hem|kiệt|tổ|chung cư|toà|tòa|khu phố|kp|ấp|thôn|xóm|đội)(?!\w)"
    r"|(?<!\w)(?P<ward>phường|phuong|xã|thị trấn|tt\.|p\. ?\d{1,2}|p\d{1,2})(?!\w)"
    r"|(?<!\w)(?P<district>quận|quan \d|huyện|huyen|thị xã|tx\.|q\. ?\d{1,2}|q\d{1,2})(?!\w)"
    r"|(?<!\w)(?P<city>tỉnh|tinh|thành phố|thanh pho|tp\.?(?= ?[A-ZĐÂ])|tphcm|hcm|sài gòn|hà nội|ha noi|hn|đà nẵng|hải phòng|cần thơ)(?!\w)",
    re.IGNORECASE,
)
_THAI = re.compile(
    r"(?P<street>ถนน|ถ\.|ซอย|ซ\.|หมู่บ้าน|หมู่ที่|หมู่|ม\. ?\d|บ้านเลขที่|คอนโด|อาคาร)|(?P<ward>ตำบล|ต\.|แขวง)"
    r"|(?P<district>อำเภอ|อ\.|เขต)|(?P<city>จังหวัด|จ\.|กรุงเทพ|กทม)|(?P<post>(?<!\d)[1-9]\d{4}(?!\d))"
)
_NUMBER = re.compile(r"\d")
_PHONE_TAIL = re.compile(
    r"[\s,;.\-]*(?:sđt|sdt|đt|dt|tel|phone|โทร\.?|เบอร์)\b.*$|[\s,;\-]*\+?\d[\d .\-]{7,}$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class FoundAddress:
    """`value` is the address on one line; `start` and `end` where it stands."""

    value: str
    start: int
    end: int
    confidence: Confidence


def find_addresses(text: str) -> list[FoundAddress]:
    """In order of place. High: it says that it is one and names two parts, or it names a number and three parts."""
    found: list[FoundAddress] = []
    position = 0
    labelled_before = False
    for line in text.splitlines(keepends=True):
        start, position = position, position + len(line)
        body = line.rstrip()
        label = _LABEL.search(body)
        begin = label.end() if label else 0
        rest = body[begin:]
        if label and not rest.strip():
            labelled_before = True  # it stands in the next line
            continue
        address = _read(rest, said=label is not None or labelled_before)
        labelled_before = False
        if address is not None:
            value, offset, length, confidence = address
            found.append(FoundAddress(value, start + begin + offset, start + begin + offset + length, confidence))
        if len(found) >= MOST:
            break
    return found


def _read(rest: str, *, said: bool) -> tuple[str, int, int, Confidence] | None:
    if len(rest) > 1_000:
        return None
    trimmed = _PHONE_TAIL.sub("", rest)
    lead = len(trimmed) - len(trimmed.lstrip(" \t:,-"))
    value = trimmed.strip(" \t:,-.")
    if not 8 <= len(value) <= LONGEST:
        return None
    parts = {name for match in _VIETNAMESE.finditer(value) for name, got in match.groupdict().items() if got}
    parts |= {name for match in _THAI.finditer(value) for name, got in match.groupdict().items() if got}
    numbered = _NUMBER.search(value) is not None
    places = value.count(",")
    if said and (len(parts) >= 2 or (numbered and (parts or places >= 2))):
        confidence: Confidence = "high"
    elif numbered and len(parts) >= 3:
        confidence = "high"
    elif (numbered and len(parts) == 2) or (said and numbered):
        confidence = "low"
    else:
        return None
    start = 0 if said or not places else _begin(value)
    cut = value[start:]
    return " ".join(cut.split()), lead + start, len(cut), confidence


def _begin(value: str) -> int:
    """Where in the line the address begins: at the first number, or at the first word of a street, ward or district."""
    first = [
        match.start() for match in (_NUMBER.search(value), _VIETNAMESE.search(value), _THAI.search(value)) if match
    ]
    before = re.compile(r"(?<!\w)số(?: nhà)?\s*$|บ้านเลขที่\s*$", re.IGNORECASE).search(value[: min(first)])
    return before.start() if before else min(first)
