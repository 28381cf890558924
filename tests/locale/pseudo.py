"""A language in which every text of the catalogue is written in letters no other text uses, so that what was never
translated stands out."""

from __future__ import annotations

import gettext
import re
import string

_LETTERS = str.maketrans(string.ascii_letters, "αβγδεζηθικλμνξοπρστυφχψωϊϋΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫ")
_KEPT = re.compile(r"\{[^{}]*\}|`[^`]*`")
_WORD = re.compile(r"[A-Za-z]{2,}")


def disguised(text: str) -> str:
    """Placeholders and what stands in backquotes (commands) stay."""
    out, at = "", 0
    for kept in _KEPT.finditer(text):
        out += text[at : kept.start()].translate(_LETTERS) + kept[0]
        at = kept.end()
    return out + text[at:].translate(_LETTERS)


class Pseudo(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return disguised(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return disguised(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        return disguised(message)


def plain_words(text: str) -> set[str]:
    return set(_WORD.findall(text))
