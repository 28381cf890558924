"""How people are called: given names, initials, polite address and alphabetical order, in our three languages."""

from __future__ import annotations

import re
import unicodedata

# How a Vietnamese shop addresses people, by the word a name or a customer begins with.
VIETNAMESE_TITLES = {
    "anh": "anh",
    "a": "anh",
    "chị": "chị",
    "chi": "chị",
    "c": "chị",
    "em": "em",
    "cô": "cô",
    "co": "cô",
    "chú": "chú",
    "bác": "bác",
    "bac": "bác",
    "ông": "ông",
    "ong": "ông",
    "bà": "bà",
    "ba": "bà",
    "dì": "dì",
    "cậu": "cậu",
    "bạn": "bạn",
    "ban": "bạn",
    "mr": "anh",
    "ms": "chị",
    "mrs": "chị",
}
THAI_TITLES = (
    "นางสาว", "เด็กชาย", "เด็กหญิง", "น.ส.", "ด.ช.", "ด.ญ.", "คุณ", "นาย", "นาง", "ดร.",
    "khun ", "mr. ", "mrs. ", "ms. ", "miss ", "mr ", "mrs ", "ms ",
)  # fmt: skip
_ENGLISH_TITLES = frozenset(("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "madam"))

# Surnames that are hardly ever given names: a name ending with one was written in Western order.
_PLAIN_SURNAMES = frozenset(
    ("nguyễn", "nguyen", "trần", "phạm", "pham", "huỳnh", "huynh", "bùi", "bui", "đặng", "võ", "đỗ", "ngô", "trương")
)
_SURNAMES = _PLAIN_SURNAMES | {"hoàng", "lê", "vũ", "lý", "hồ", "phan", "dương", "đinh", "đoàn", "lâm", "tô", "hà"}
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[|,/].*", re.DOTALL)
_NOT_NAME = re.compile(r"[^\w\s.'’\-\u0e00-\u0e7f\u0300-\u036f]+|[\d_]+")
_THAI = re.compile("[\u0e01-\u0e4e]")
_VIETNAMESE_LETTER = re.compile("[ăâđêôơư\u1ea0-\u1ef9]", re.IGNORECASE)


def given_name(full: str, language: str | None = None) -> str:
    """The name a person is spoken to by, without title: the last word in Vietnamese, the first in Thai and English.

    A Vietnamese name in Western order ("Lan Nguyen") gives its first word. Thai letters are always read as Thai. With
    `language` None a Vietnamese surname or letter tells. "" if there is no name in `full`.
    """
    words = _name_words(full)
    if not words:
        return ""
    language = _language_of(words, language)
    if language != "vi":
        return words[0] if len(words) == 1 or not _is_english_title(words[0], language) else words[1]
    words = _without_vietnamese_title(words)
    if len(words) > 1 and words[-1].lower() in _PLAIN_SURNAMES and words[0].lower() not in _PLAIN_SURNAMES:
        return words[0]
    return words[-1]


def initials(full: str) -> str:
    """One or two capitals for `full`: of its first and last word. Thai by the first consonants. "?" for no name."""
    words = _name_words(full)
    letters = [letter for word in (words[:1] + words[1:][-1:]) if (letter := _first_letter(word))]
    return "".join(letters).upper() or "?"


def title_guess(full: str, language: str | None = None) -> str:
    """How to address the owner of this name: "chị", "anh", "anh/chị" if nothing tells; "คุณ"; "" in English."""
    words = _name_words(full, keep_title=True)
    language = _language_of(words, language)
    if language == "th":
        return "คุณ"
    if language != "vi":
        return ""
    if len(words) > 1 and (title := _vietnamese_title(words[0])):
        return title
    middle = {word.lower() for word in words[1:-1]}
    if middle & {"thị", "thi"}:
        return "chị"
    if middle & {"văn", "van"}:
        return "anh"
    return "anh/chị"


def greeting_name(full: str, language: str | None = None, title: str | None = None) -> str:
    """Name with its polite address: "chị Lan", "คุณสมชาย", "Alice". `title` None: by `title_guess`.

    Without a name the address alone ("anh/chị", "คุณลูกค้า", "").
    """
    words = _name_words(full)
    language = _language_of(words, language)
    name = given_name(full, language)
    if title is None:
        title = title_guess(full, language)
    if language == "th" and title == "คุณ":
        return title + (name or "ลูกค้า")
    return f"{title} {name}".strip()


def sort_key(text: str) -> str:
    """A string whose code point order is the order of names: Vietnamese a ă â … d đ e ê …, tones last
    (ngang huyền hỏi ngã sắc nặng); Thai by consonant with leading vowels after it, tone marks last; case ignored."""
    letters: list[str] = []
    tones: list[str] = []
    swapped = _THAI_LEADING.sub(r"\2\1", unicodedata.normalize("NFC", text.strip()).casefold())
    for character in unicodedata.normalize("NFD", swapped):
        if character in _TONES:
            if tones:
                tones[-1] = _TONES[character]
        elif character in _SHAPES:
            if letters and letters[-1][0] in _SHAPED and len(letters[-1]) == 2:
                letters[-1] = letters[-1][0] + _SHAPES[character]
        elif character == "đ":
            letters.append("d1")
            tones.append("0")
        elif not unicodedata.combining(character) or _THAI.match(character):
            letters.append(character + "0" if character in _SHAPED else character)
            tones.append("0")
    return "".join(letters) + "\x01" + "".join(tones).rstrip("0")


_THAI_LEADING = re.compile("([เแโใไ])([ก-ฮ])")
_SHAPED = frozenset("adeou")  # letters with sisters of their own in the Vietnamese alphabet
_SHAPES = {"\u0306": "1", "\u0302": "2", "\u031b": "3"}  # ă, â ê ô, ơ ư
_TONES = {
    "\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5",
    "\u0e47": "1", "\u0e48": "2", "\u0e49": "3", "\u0e4a": "4", "\u0e4b": "5", "\u0e4c": "6",
}  # fmt: skip


def _name_words(full: str, *, keep_title: bool = False) -> list[str]:
    text = unicodedata.normalize("NFC", full).strip()
    text = _NOT_NAME.sub(" ", _ASIDE.sub(" ", text)).strip()
    if not keep_title and _THAI.search(text):
        text = _without_thai_title(text)
    return [word for part in text.split() if (word := part.strip(".-'’"))]


def _without_thai_title(text: str) -> str:
    for title in THAI_TITLES:
        rest = text[len(title) :].strip()
        # "นายิกา" is a name: what is left must begin like a word, not with a vowel that follows a consonant.
        if text.lower().startswith(title) and rest and not re.match("[\u0e30-\u0e3a\u0e45\u0e47-\u0e4e]", rest):
            return rest
    return text


def _language_of(words: list[str], language: str | None) -> str | None:
    if any(_THAI.search(word) for word in words):
        return "th"
    if language is None and any(_VIETNAMESE_LETTER.search(w) or w.lower() in _SURNAMES for w in words):
        return "vi"
    return language


def _vietnamese_title(word: str) -> str | None:
    return VIETNAMESE_TITLES.get(word.lower())


def _without_vietnamese_title(words: list[str]) -> list[str]:
    return words[1:] if len(words) > 1 and _vietnamese_title(words[0]) else words


def _is_english_title(word: str, language: str | None) -> bool:
    return word.lower() in _ENGLISH_TITLES or (language == "th" and word.lower() == "khun")


def _first_letter(word: str) -> str:
    for character in word:
        if character.isalpha() and character not in "เแโใไ":
            return character
    return ""
