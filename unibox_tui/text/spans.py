"""What a finder reports, and the few things all finders share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["phone", "email", "url", "order", "amount", "bank"]
Confidence = Literal["high", "low"]

# A message with more than this of one kind is a paste or an attack; the first ones serve as well.
MOST_OF_A_KIND = 200

_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙０１２３４５６７８９＋\u00a0\u202f\u2007", "01234567890123456789+   ")
_ODD_DIGIT = re.compile("[๐-๙０-９＋\u00a0\u202f\u2007]")


@dataclass(frozen=True, slots=True)
class Found:
    """One thing recognised in a text: `raw` is `text[start:end]`, `value` its normal form for `kind`.

    phone: E.164. email: lower case. url: with scheme. order: upper case. amount: "590000 VND", "12.50 USD".
    bank (notice of a transfer): the amount as above, or "". `low` confidence is to be offered, never stored unasked.
    `minor` is the amount as an integer in the smallest unit of `currency` (đồng, satang, cent); `reference` the
    transfer's own words or code. Both only on amount and bank.
    """

    kind: Kind
    value: str
    raw: str
    start: int
    end: int
    confidence: Confidence
    minor: int | None = None
    currency: str | None = None
    reference: str | None = None

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end


def plain_digits(text: str) -> str:
    """`text`, as long as before, with Thai and full-width digits as 0–9 and no-break spaces as spaces."""
    return text.translate(_DIGITS) if _ODD_DIGIT.search(text) else text


class Taken:
    """The stretches of a text that already mean something."""

    def __init__(self, length: int) -> None:
        self._marks = bytearray(length)

    def add(self, found: Iterable[Found]) -> None:
        for item in found:
            self._marks[item.start : item.end] = b"\x01" * (item.end - item.start)

    def __contains__(self, span: tuple[int, int]) -> bool:
        return self._marks.find(1, *span) >= 0
