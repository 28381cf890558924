"""Chat spelling: how words are shortened on telephones, folded, to the word meant."""

from __future__ import annotations

_SHORT = {
    "khong": "ko k kg hok hong khum hem khg kh hog hk hong",
    "duoc": "dc dk duocc dx",
    "gi": "j",
    "nhieu": "nhiu",
    "vay": "z zay zj",
    "roi": "r rui rk",
    "em": "e iem",
    "minh": "mk mik mh mjh mn",
    "chi": "cj",
    "gio": "h",
    "hang": "hg",
    "chua": "ch chx",
    "voi": "vs zoi",
    "nguoi": "ng",
    "nhung": "nhg nhug",
    "biet": "bit bik",
    "muon": "mun",
    "nhe": "nha nhoa",
    "chuyen khoan": "ck",
    "dien thoai": "dt",
    "so dien thoai": "sdt",
    "dia chi": "dc dchi",
    "so tai khoan": "stk",
    "bao hanh": "bh",
    "qua": "wa",
    "oi": "oy",
    "tra loi": "rep tl",
    "nhan tin": "ib inbox",
    "anh": "a",
    "hoa toc": "ht",
    "you": "u ya",
    "your": "ur",
    "are": "r",
    "please": "pls plz plss",
    "thanks": "thx tks thanx ty",
    "want": "wanna",
    "what": "wat wht",
    "when": "wen",
    "have": "hav hv",
    "because": "cuz coz",
    "before": "b4",
}
_SHORT_THAI = {
    "ไหม": "มั้ย มัย ปะ ป่าว",
    "เทาไหร": "เทาไร",
    "เมือไหร": "เมือไร",
    "ยังไง": "ยังงัย",
    "ครับ": "คับ งับ",
    "แลว": "แลวว แระ",
}

WORDS: dict[str, str] = {}
for _meant, _ways in _SHORT.items():
    for _way in _ways.split():
        WORDS.setdefault(_way, _meant)

THAI: tuple[tuple[str, str], ...] = tuple(
    (way, meant) for meant, ways in _SHORT_THAI.items() for way in ways.split()
)  # written without the marks above, as they are compared
