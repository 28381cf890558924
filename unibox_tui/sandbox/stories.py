"""What happens between customers and us: stories read from `texts/`, told anew with other people and other things.

The files: `== key` begins a story; then `ways:`, `subject:`, `label:`, `priority:`, `style:`; then turns, one a line: `>` the
customer, `<` we, `*` a note of ours, `+` a file of the turn above. ` || ` parts variants, `\\n` is a line break, `{…}` is filled.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from unibox_tui.sandbox.people import Customer

LANGUAGES = ("vi", "th", "en")
_ITEMS = {
    "vi": ("áo sơ mi lụa", "đầm hoa nhí", "quần ống rộng", "áo len cổ lọ", "chân váy xếp ly", "áo khoác dạ", "túi cói"),
    "th": ("เสื้อลินิน", "เดรสลายดอก", "กางเกงขายาว", "กระเป๋าสาน", "ผ้าพันคอไหม", "เสื้อคลุม", "กระโปรงพลีท"),
    "en": ("linen shirt", "silk scarf", "rattan bag", "floral dress", "wool cardigan", "pleated skirt"),
}
_THANKS = {
    "vi": ("dạ cảm ơn shop nhiều nha", "ok shop, có gì mình nhắn tiếp", "vâng ạ", "oke e cam on shop", "dạ vậy mình chờ tin shop nha"),
    "th": ("ขอบคุณ{ka}", "โอเค{ka}", "รับทราบ{ka} รอนะ{kha}", "ขอบคุณมาก{ka} 🙏", "ได้เลย{ka}"),
    "en": ("thanks!", "ok great, thank you", "Got it, thanks for letting me know.", "cheers, that helps"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Turn:
    """`who`: `>`, `<` or `*`; `files`: photo, slip, pdf."""

    who: str
    variants: tuple[str, ...]
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    key: str
    language: str
    ways: tuple[str, ...] = ("mail",)  # mail, chat, form
    subject: str = ""
    label: str = ""
    priority: str = ""
    style: str = ""  # of the customer's first mail: quoted, html, long
    turns: tuple[Turn, ...] = ()


@dataclass(slots=True)
class Telling:
    """One story with one customer in it. `said` counts the turns that were told."""

    story: Story
    customer: Customer
    facts: Mapping[str, str]
    texts: Sequence[str] = field(default_factory=tuple)
    said: int = 0

    @property
    def subject(self) -> str:
        return self.fill(self.story.subject)

    @property
    def is_told(self) -> bool:
        return self.said >= len(self.story.turns)

    def fill(self, text: str, **more: str) -> str:
        """The text with what is known filled in; `agent` is whoever answers."""
        for name, value in {**self.facts, **more}.items():
            text = text.replace("{" + name + "}", value)
        return text.replace("\\n", "\n")

    def next_of_ours(self) -> str | None:
        """What we would say now, if the story goes on with us; `{agent}` is left to be filled."""
        for index in range(self.said, len(self.story.turns)):
            match self.story.turns[index].who:
                case "<":
                    return self.fill(self.texts[index])
                case ">":
                    return None
        return None

    def next_of_customer(self) -> tuple[str, tuple[str, ...]] | None:
        """What the customer says next (text, files); None when the story is told. Skips what we would have said."""
        while self.said < len(self.story.turns):
            index, turn = self.said, self.story.turns[self.said]
            self.said += 1
            if turn.who == ">":
                return self.fill(self.texts[index]), turn.files
        return None


@cache
def stories(language: str) -> tuple[Story, ...]:
    """All stories of one language."""
    text = resources.files("unibox_tui.sandbox").joinpath("texts", f"{language}.txt").read_text("utf-8")
    return tuple(_read(part, language) for part in text.split("== ")[1:])


def tell(story: Story, customer: Customer, chance: random.Random) -> Telling:
    woman, language = customer.woman, customer.language
    thousands = chance.randrange(129, 990, 10)
    facts = {
        "code": f"DH2{chance.randrange(1000, 9999)}" if language == "vi" else f"BM-1{chance.randrange(1000, 9999)}",
        "item": chance.choice(_ITEMS[language]),
        "size": chance.choice(("S", "M", "L", "XL")),
        "price": {"vi": f"{thousands}.000 ₫", "th": f"{thousands + 100:,} บาท", "en": f"£{thousands / 10:.2f}"}[
            language
        ],
        "name": customer.name,
        "given": customer.given,
        "phone": customer.phone,
        "words": customer.phone_in_words,
        "city": customer.city,
        "chi": "chị" if woman else "anh",
        "ka": "ค่ะ" if woman else "ครับ",
        "kha": "คะ" if woman else "ครับ",
        "agent": {"vi": "An", "th": "มะลิ", "en": "Mali"}[language],  # unless somebody else answers
    }
    return Telling(story, customer, facts, [chance.choice(turn.variants) for turn in story.turns])


def thanks(telling: Telling, chance: random.Random) -> str:
    """What a customer says when there is nothing left to say."""
    return telling.fill(chance.choice(_THANKS[telling.customer.language]))


def _read(text: str, language: str) -> Story:
    head, *lines = text.splitlines()
    told: dict[str, str] = {}
    turns: list[Turn] = []
    for line in filter(None, map(str.strip, lines)):
        mark, rest = line[0], line[1:].strip()
        if mark in "><*":
            turns.append(Turn(mark, tuple(part.strip() for part in rest.split(" || "))))
        elif mark == "+":
            last = turns.pop()
            turns.append(Turn(last.who, last.variants, (*last.files, rest)))
        else:
            name, _, value = line.partition(": ")
            told[name] = value
    ways = tuple(told.pop("ways").split())
    return Story(head.strip(), language, ways, turns=tuple(turns), **told)
