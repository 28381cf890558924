"""Snoozes as people type them: a time, and what a reply of the customer does to it, in English, Vietnamese and Thai."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import tzinfo

from unibox_tui.text.fold import fold
from unibox_tui.views.times import time_to_come

# Folded, as the words arrive. A reply brings it back at once (the default, sayable too) …
_UNLESS = (
    r"unless (?:they|he|she|the customer) repl(?:y|ies)", r"unless (?:they )?answer(?:s|ed)?", "or (?:a |until a )?reply",
    "tru khi (?:khach|ho) (?:tra loi|nhan lai|nhan)", "tru khi co tra loi",
    "(?:ยกเว้น|เว้นแต่)(?:ว่า)?(?:ลูกค้า)?(?:จะ)?ตอบ(?:กลับ)?",
)  # fmt: skip
# … with the time after it …
_IF_NONE = (
    r"if (?:there is )?no (?:reply|answer)(?: (?:by|before|until|within|in))?", r"if not (?:replied|answered) (?:by|before)",
    "neu (?:khach )?(?:chua|khong) (?:tra loi|nhan lai|nhan)(?: (?:truoc|den|trong))?",
    "ถ้า(?:ลูกค้า)?(?:ยัง)?ไม่ตอบ(?:กลับ)?(?:ภายใน|ก่อน|ถึง)?",
)  # fmt: skip
# … or it stays away whatever they write.
_EVEN = (
    r"even if (?:they|he|she|the customer) (?:do )?repl(?:y|ies)", "even with a reply", "no matter what",
    "(?:du|ke ca khi|bat ke) (?:khach|ho) (?:co )?(?:tra loi|nhan lai|nhan)",
    "(?:แม้|ถึงแม้|แม้ว่า)(?:ลูกค้า)?(?:จะ)?ตอบ(?:กลับ)?",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Snooze:
    """`until` epoch ms; `wake_on_reply`: back as soon as the customer writes. `watched`: said to be for want of a reply."""

    until: int
    wake_on_reply: bool = True
    watched: bool = False


def snooze_words(text: str, now: int, zone: tzinfo | None = None) -> Snooze:
    """`2h`, `mon 9`, `tomorrow unless they reply`, `if no reply by mon`, `2h even if they reply` and the like.

    Raises WrongUse for a time that is none or past.
    """
    plain = " ".join(text.split())
    for patterns, wakes, watched in ((_EVEN, False, False), (_IF_NONE, True, True), (_UNLESS, True, False)):
        for pattern in patterns:
            rest = _without(plain, pattern)
            if rest is not None:
                return Snooze(time_to_come(rest, now, zone), wakes, watched)
    return Snooze(time_to_come(plain, now, zone))


def _without(text: str, pattern: str) -> str | None:
    """`text` without what the pattern finds in its folded form; None when it finds nothing."""
    words = text.split(" ")
    folded = [fold(word) for word in words]
    whole = " ".join(folded)
    found = re.search(rf"(?:^|(?<=\s)|(?<=[\u0e00-\u0e7f])){pattern}", whole)
    if found is None:
        return None
    if all(len(one) == len(two) for one, two in zip(words, folded, strict=True)):
        plain = " ".join(words)
        return " ".join((plain[: found.start()] + " " + plain[found.end() :]).split()).strip(" ,")
    return " ".join((whole[: found.start()] + " " + whole[found.end() :]).split()).strip(" ,")
