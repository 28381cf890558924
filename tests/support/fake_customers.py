"""Customers in memory for the screens: some contacts, suggestions and a story that the test fills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from unibox_tui.domain.errors import NotFound
from unibox_tui.domain.words import CHANNEL_MARKS
from unibox_tui.text.fold import fold
from unibox_tui.views import story
from unibox_tui.views.contact import Card
from unibox_tui.views.contacts import Comparison, Conflict, ContactLine, ContactPage
from unibox_tui.views.models import Entry, StoryPart, Thread
from unibox_tui.views.suggested import Reason, SideLine, Suggestion

if TYPE_CHECKING:
    from tests.support.fake_workspace import FakeWorkspace

DAY = 86_400_000


def line(id: int, name: str, channel: str, address: str, **more: Any) -> ContactLine:
    values: dict[str, Any] = {
        "id": id, "name": name, "title": "", "language": "vi", "note": "", "addresses": ((CHANNEL_MARKS[channel], channel, address),),
        "more": 0, "conversations": 1, "last_conversation": None, "last_seen_at": None,
    }  # fmt: skip
    return ContactLine(**(values | more))


def side(contact: int, name: str, channel: str, text: str, at: int, **more: Any) -> SideLine:
    values: dict[str, Any] = {
        "contact_id": contact, "name": name, "level": "written", "n": at, "message_id": f"m{at}", "conversation_id": contact // 10,
        "at": at, "mark": CHANNEL_MARKS[channel], "inbox": channel.capitalize(), "author": "contact", "text": text,
    }  # fmt: skip
    return SideLine(**(values | more))


def order_suggestion(at: int, contact: int = 104_820, other: int = 104_750) -> Suggestion:
    """The first customer may be Phạm Thu Trang: the same order code on both sides."""
    return Suggestion(
        contact, "Nguyễn Thị Hà", other, "Phạm Thu Trang", 130, at,
        (
            Reason("order", "DH20381", side(contact, "Nguyễn Thị Hà", "zalo", "Shop ơi em nhận thiếu 1 áo sơ mi trắng, mã đơn DH20381", at),
                   side(other, "Phạm Thu Trang", "instagram", "Đơn DH20381 bao giờ giao vậy shop?", at - 7 * DAY)),
        ),
    )  # fmt: skip


class FakeCustomers:
    def __init__(self, workspace: FakeWorkspace) -> None:
        self.workspace = workspace
        self.suggestions: list[Suggestion] = []
        self.conflicts: tuple[Conflict, ...] = (
            Conflict("name", "Nguyễn Thị Hà", "Phạm Thu Trang"),
            Conflict("title", "chị", "em"),
        )
        self.joins: tuple[tuple[int, int, str], ...] = ((10_475, 10_482, "Hỏi size"),)
        self.merges: tuple[dict[str, Any], ...] = ()
        self.parts: dict[int, list[Entry]] = {}  # other conversations of the story of the open one
        self.asked: list[str] = []
        self.labels: tuple[str, ...] = ()

    @property
    def contacts(self) -> list[ContactLine]:
        return [
            line(
                row.id * 10, row.name, row.channel, f"a{row.id}", last_conversation=row.id, last_seen_at=row.last_at,
                note="thích màu trắng" if row.id == 10_482 else "",
            )
            for row in self.workspace.rows_
        ]  # fmt: skip

    async def page(self, said: str = "", *, after: int | None = None, limit: int = 50) -> ContactPage:
        self.asked.append(said)
        found = [one for one in self.contacts if fold(said) in fold(f"{one.name} {one.addresses[0][2]} {one.id}")]
        start = 0 if after is None else next(n for n, one in enumerate(found) if one.id == after) + 1
        return ContactPage(tuple(found[start : start + limit]), len(found) > start + limit)

    async def named(self, said: str) -> int:
        found = next(
            (
                one.id
                for one in self.contacts
                if said in (str(one.id), one.addresses[0][2], f"#{one.last_conversation}")
            ),
            None,
        )
        if found is None:
            raise NotFound("There is no such contact.")
        return found

    async def card(self, id: int) -> Card:
        one = next(one for one in self.contacts if one.id == id)
        identity = {
            "id": 7, "inbox": "zalo", "channel": "zalo", "address": one.addresses[0][2], "name": one.name, "verified": True,
            "first_seen_at": one.last_seen_at, "last_seen_at": one.last_seen_at,
        }  # fmt: skip
        return Card(
            one.id, "u", one.name, one.title, one.language, one.note, self.labels, {"size": "M"}, (identity,), (), self.merges, (), 1,
            one.last_seen_at, one.last_seen_at, None,
        )  # fmt: skip

    async def compare(self, a: int, b: int) -> Comparison:
        by_id = {one.id: one for one in self.contacts}
        return Comparison(by_id[a], by_id[b], self.conflicts, self.joins)

    async def suggested(self, conversation: int) -> Sequence[Suggestion]:
        return [one for one in self.suggestions if one.contact_id == conversation * 10]

    async def queue(self) -> Sequence[Suggestion]:
        return self.suggestions

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
        own = await self.workspace.thread(conversation, limit=1_000)
        parts = {conversation: list(own.entries), **self.parts}
        entries = sorted((entry for part in parts.values() for entry in part), key=lambda entry: entry.n)
        if channel:
            entries = [entry for entry in entries if entry.channel == channel]
        ns = [entry.n for entry in entries]
        if before_n is not None:
            end = sum(n < before_n for n in ns)
            start = max(end - limit, 0)
        elif after_n is not None:
            start = sum(n <= after_n for n in ns)
            end = min(start + limit, len(ns))
        else:
            middle = len(ns) if around_n is None else sum(n < around_n for n in ns)
            start = max(min(middle - limit // 3, len(ns) - limit), 0)
            end = min(start + limit, len(ns))
        shown = tuple(StoryPart(id, (id,), f"about {id}", "open", "ZA") for id in parts)
        return replace(
            own,
            entries=tuple(entries[start:end]),
            older=start > 0,
            newer=end < len(ns),
            first_unread_n=None,
            story=shown,
        )

    async def find(self, id: int, text: str, n: int, *, older: bool, channel: str = "") -> int | None:
        thread = await self.story(id // 10, channel=channel, limit=100_000)
        ns = [entry.n for entry in thread.entries if fold(text) in fold(entry.text)]
        fitting = [one for one in ns if (one < n if older else one > n)]
        return (max(fitting) if older else min(fitting)) if fitting else None

    async def channels(self, id: int) -> Sequence[str]:
        thread = await self.story(id // 10, limit=100_000)
        return list(dict.fromkeys(entry.channel for entry in thread.entries if entry.channel))

    def place(self, text: str) -> int:
        return story.place(text, self.workspace.now())
