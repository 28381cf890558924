"""Which of our three languages a text is in, or an honest None."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Language = Literal["vi", "th", "en"]

_LOOKED_AT = 600  # code points: enough to tell, whatever follows
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S{1,80}@\S+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_THAI_LETTER = re.compile("[\u0e01-\u0e2e\u0e30-\u0e3a\u0e40-\u0e45\u0e47-\u0e4e]")
# Letters no neighbour language writes: French has ê and ô, Spanish á and ñ, but none of these.
_VIETNAMESE_LETTER = re.compile("[đơưảạẻẹẽỉịĩỏọủụũỷỵỹ\u1ea1-\u1ef9]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_VIETNAMESE = _words(
    "không khong của cua cho em anh chị chi ạ vậy vay nhé nhe rồi roi được duoc mình minh bao nhiêu nhieu giá gia "
    "hàng hang đơn don giao shop ơi oi muốn muon mua hỏi hoi còn con với voi này nay khi nào nao thì thi là la có co "
    "và va chưa chua cảm ơn cam on nha dạ chào chao hôm hom ngày ngay lấy lay tiền tien gửi gui nhận nhan size màu "
    "đặt dat bên ben sao thế the tới toi đến den xin số so điện thoại dien thoai địa chỉ dia"
)
_ENGLISH = _words(
    "the is are was were am be been you your my we our they their he she it its this that these those what when where "
    "which who how why and or but not do does did don't doesn't can can't could would will should have has had haven't "
    "i i'm i've of to for from with at by about please thanks thank hello order delivery parcel price still there here "
    "any some need want get got yes an if as just received sorry help size"
)
# Words that are also words of the other list count for neither.
_VIETNAMESE_ALONE = _VIETNAMESE - _ENGLISH
_ENGLISH_ALONE = _ENGLISH - _VIETNAMESE


def guess_language(text: str) -> Language | None:
    """The language of `text`; None for too little, for a mixture, and for any language but these three."""
    sample = unicodedata.normalize("NFC", _ADDRESS.sub(" ", text[:_LOOKED_AT])).lower()
    thai = len(_THAI_LETTER.findall(sample))
    if thai >= 2 and 4 * thai >= sum(map(str.isalpha, sample)):
        return "th"
    words = _WORD.findall(sample)
    if thai or not words:
        return None
    vietnamese_letters = 0 if sample.isascii() else sum(1 for word in words if _VIETNAMESE_LETTER.search(word))
    vietnamese = 2 * vietnamese_letters + sum(map(_VIETNAMESE_ALONE.__contains__, words))
    if "’" in sample:
        words = [word.replace("’", "'") for word in words]
    english = sum(map(_ENGLISH_ALONE.__contains__, words))
    return _decide(vietnamese, english, len(words))


def _decide(vietnamese: int, english: int, words: int) -> Language | None:
    most, language = (vietnamese, "vi") if vietnamese >= english else (english, "en")
    other = min(vietnamese, english)
    if most < 2 or most < 2 * other or 5 * most < words:
        return None
    return "vi" if language == "vi" else "en"
