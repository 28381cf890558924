"""The Vietnamese letters, and the two byte tables of theirs that Python does not know: TCVN 5712 (ABC) and VISCII."""

from __future__ import annotations

import unicodedata
from functools import cache

_VISCII_HIGH = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)
_VISCII_LOW = {0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"}
# 0xA1 to 0xFE; 0xB0 to 0xB4 are combining tone marks.
_TCVN_HIGH = "ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵ"


def _nfc(letters: str) -> str:
    return unicodedata.normalize("NFC", letters)


@cache
def _viscii() -> str:
    table = [chr(code) for code in range(128)]
    for code, letter in _VISCII_LOW.items():
        table[code] = _nfc(letter)
    return "".join(table) + _nfc(_VISCII_HIGH)


@cache
def _tcvn() -> str:
    high = "".join(letter if unicodedata.combining(letter) else _nfc(letter) for letter in _TCVN_HIGH)
    return "".join(map(chr, range(0xA1))) + high + "ỵ"


@cache
def letters() -> frozenset[str]:
    """Every Vietnamese letter outside ASCII, both cases, precomposed."""
    return frozenset(_nfc(_VISCII_HIGH)) | frozenset(_VISCII_LOW.values())


def decode_viscii(data: bytes) -> str:
    """Every byte has a meaning, so this never fails."""
    table = _viscii()
    return data.decode("latin-1").translate({code: table[code] for code in range(256)})


def decode_tcvn(data: bytes) -> str:
    """Every byte has a meaning or stays itself, so this never fails."""
    table = _tcvn()
    return data.decode("latin-1").translate({code: table[code] for code in range(0xA1, 0xFF)})
