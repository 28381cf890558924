"""Stored answers, suggestions and an assistant in memory, for the screens."""

from __future__ import annotations

from collections.abc import Sequence

from unibox_tui.domain.errors import UniboxError
from unibox_tui.views.offers import Offered, Stored

THANKS = Stored("canned:1", "camon", "Cảm ơn", "", "Dạ shop cảm ơn chị Hà ạ.")
SHIP = Stored("canned:2", "ship", "Phí ship", "Giao hàng", "Phí ship 30.000 ₫ toàn quốc.")
SIZE = Stored("canned:3", "size", "Bảng size", "Giao hàng", "Dạ size ‹size› còn màu ‹màu› ạ.")


class FakeAnswers:
    """`doubted` is said of every text; `said` is what the assistant answers, or raises."""

    def __init__(self) -> None:
        self.assists = False
        self.entries: list[Stored] = [THANKS, SHIP, SIZE]
        self.offers: list[Offered] = []
        self.doubted: list[str] = []
        self.said: str | UniboxError = ""
        self.asked: list[tuple[str, int | None, str, str]] = []
        self.inboxes: list[str] = []
        self.kept: list[tuple[str, str]] = []

    async def stored(self, conversation: int, inbox: str) -> Sequence[Stored]:
        self.inboxes.append(inbox)
        return self.entries

    async def offered(self, conversation: int, inbox: str) -> Sequence[Offered]:
        return self.offers

    async def doubts(self, conversation: int, mode: str, text: str, files: int) -> Sequence[str]:
        return self.doubted

    async def every(self) -> Sequence[Stored]:
        return self.entries

    async def source(self, key: str, text: str = "") -> str:
        return f'[[canned]]\nshortcut = "shortcut"\ntext = "{text or key}"\n'

    async def keep(self, key: str, source: str) -> str:
        self.kept.append((key, source))
        return "ship"

    async def assist(self, task: str, conversation: int | None, text: str = "", language: str = "") -> str:
        self.asked.append((task, conversation, text, language))
        if isinstance(self.said, UniboxError):
            raise self.said
        return self.said
