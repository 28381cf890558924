"""Who is in the middle of which story: what the past leaves behind and the traffic goes on with."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from unibox_tui.domain.inbound import InboundAttachment
from unibox_tui.sandbox import files, people
from unibox_tui.sandbox.mails import Letter
from unibox_tui.sandbox.people import Customer
from unibox_tui.sandbox.stories import LANGUAGES, Story, Telling, stories, tell
from unibox_tui.sandbox.workspace import BRANDS, Brand


@dataclass(slots=True)
class Thread:
    """One customer with one request. `ids` are the Message-IDs so far, oldest first; `ours` what we said last."""

    telling: Telling
    brand: Brand
    way: str  # mail, chat, form: how it began
    inbox: str
    conversation: int | None = None
    visitor: str = ""
    ids: list[str] = field(default_factory=list)
    ours: str = ""
    subject: str = ""
    mails: int = 0

    @property
    def customer(self) -> Customer:
        return self.telling.customer

    @property
    def page(self) -> str:
        """Where on the brand's site the customer is."""
        site = next(iter(self.brand.mailboxes.values())).partition("@")[2]
        return f"https://{site}/{self.telling.facts['code'].lower()}"

    def letter(self, text: str, kinds: Sequence[str], at: int, chance: random.Random) -> Letter:
        """The customer's next mail in this thread; `ids` grow by it."""
        id = f"{chance.getrandbits(64):016x}@{self.customer.email.partition('@')[2]}"
        address = next(iter(self.brand.mailboxes.values())) if self.way == "form" else self.brand.mailboxes[self.inbox]
        answers = tuple(self.ids)
        self.ids.append(id)
        self.mails += 1
        first = self.mails == 1 and not answers
        return Letter(
            name=self.customer.name,
            address=self.customer.email,
            to=address,
            subject=self.subject or self.telling.subject if first else f"Re: {self.subject or self.telling.subject}",
            text=text,
            at=at,
            id=id,
            language=self.customer.language,
            style=self.telling.story.style if first else "",
            files=made_files(kinds, self.customer.language, chance),
            answers=answers,
            quoted=self.ours if answers else self._history(first),
            quoted_from=self.brand.name,
        )

    def _history(self, first: bool) -> str:
        """Some begin a new mail by answering an old one of ours."""
        old = {
            "vi": "Dạ cảm ơn quý khách đã đặt hàng.\nĐơn hàng của quý khách đã được xác nhận.\nTổng cộng: {price}",
            "th": "ขอบคุณที่สั่งซื้อกับเรา\nออเดอร์ของคุณได้รับการยืนยันแล้ว\nยอดรวม {price}",
            "en": "Thank you for your order.\nYour order has been confirmed.\nTotal: {price}",
        }
        quotes = first and self.telling.story.style == "quoted"
        return self.telling.fill(old[self.customer.language]) if quotes else ""


def made_files(kinds: Sequence[str], language: str, chance: random.Random) -> list[InboundAttachment]:
    return [files.made(kind, language, chance) for kind in kinds]


class Casting:
    """Ever new threads: other people, other stories, in three languages."""

    def __init__(self, chance: random.Random, first: int = 1) -> None:
        self.chance = chance
        self._people: dict[str, Iterator[Customer]] = {
            name: people.customers(name, chance, first) for name in LANGUAGES
        }
        self._left: dict[tuple[str, str], list[Story]] = {}

    def customer(self, language: str) -> Customer:
        return next(self._people[language])

    def thread(self, way: str, *, language: str = "", story: Story | None = None) -> Thread:
        """A new customer who will write that way. Each story is told once before one is told again."""
        chance = self.chance
        language = language or (story.language if story else chance.choices(LANGUAGES, (5, 4, 2))[0])
        story = story or self._next_story(language, way)
        brand = BRANDS[1] if language == "th" or (language == "en" and chance.random() < 0.5) else BRANDS[0]
        inbox = {"chat": brand.chat, "form": brand.form}.get(way) or chance.choice(list(brand.mailboxes))
        told = tell(story, self.customer(language), chance)
        return Thread(told, brand, way, inbox, subject=told.subject)

    def _next_story(self, language: str, way: str) -> Story:
        left = self._left.setdefault((language, way), [])
        if not left:
            left.extend(story for story in stories(language) if way in story.ways)
            self.chance.shuffle(left)
        return left.pop()
