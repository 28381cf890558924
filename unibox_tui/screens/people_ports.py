"""What the screens need to know of customers, beside the open conversation. Tests hand in their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from unibox_tui.views.contact import Card
from unibox_tui.views.contacts import Comparison, ContactPage
from unibox_tui.views.models import Thread
from unibox_tui.views.suggested import Suggestion


class Customers(Protocol):
    """All strings in view models are safe to draw. Errors are UniboxErrors."""

    async def page(self, said: str = "", *, after: int | None = None, limit: int = 50) -> ContactPage:
        """Contacts that `said` finds, else all; last seen first. `after`: the last one of the page before."""
        ...

    async def named(self, said: str) -> int:
        """The one contact with this number or address, `#10482` for a conversation's. Raises NotFound, WrongUse."""
        ...

    async def card(self, id: int) -> Card: ...
    async def compare(self, a: int, b: int) -> Comparison: ...
    async def suggested(self, conversation: int) -> Sequence[Suggestion]:
        """Who else the customer of this conversation may be, the best first."""
        ...

    async def queue(self) -> Sequence[Suggestion]:
        """Of the whole store, the best first."""
        ...

    async def story(
        self,
        conversation: int,
        *,
        channel: str = "",
        around_n: int | None = None,
        before_n: int | None = None,
        after_n: int | None = None,
        limit: int = 60,
    ) -> Thread:
        """The open conversation's thread with its customer's whole life for entries."""
        ...

    async def find(self, id: int, text: str, n: int, *, older: bool, channel: str = "") -> int | None:
        """The next message of the story that holds these words."""
        ...

    async def channels(self, id: int) -> Sequence[str]: ...
    def place(self, text: str) -> int:
        """Where a day that was typed begins, as a message number. Raises WrongUse."""
        ...
