"""A workspace in memory for the screens: invented customers in three languages, a desk that does simple things."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.support.fake_answers import FakeAnswers
from tests.support.fake_customers import FakeCustomers
from tests.support.fake_hands import FakeHands
from tests.support.fake_selling import FakeSelling, sold
from tests.support.fake_telephone import FakeTelephone
from unibox_tui.domain.errors import Conflict, NotFound, Refused, UniboxError
from unibox_tui.domain.ids import n_floor
from unibox_tui.domain.words import CHANNEL_MARKS
from unibox_tui.screens.ports import Draft, Option, UiSettings
from unibox_tui.text.fold import fold
from unibox_tui.views.models import (
    Entry,
    FileLine,
    HealthLine,
    HistoryLine,
    IdentityLine,
    Other,
    OutboxLine,
    Page,
    Panel,
    QuarantineLine,
    Quoted,
    Row,
    Tab,
    Thread,
    Way,
)
from unibox_tui.views.order_models import Contacted, PanelNews, Running

NOW = 1_763_634_720_000  # 2025-11-20 10:32 UTC
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

# name, channel, snippet, ours, unread, minutes ago, owner, labels, subject
PEOPLE: list[tuple[str, str, str, bool, int, int, str | None, tuple[tuple[str, str], ...], str]] = [
    ("Nguyễn Thị Hà", "zalo", "Shop ơi em nhận thiếu 1 áo sơ mi trắng", False, 1, 2, "an", (("giao thiếu", "orange"),), "Đơn giao thiếu áo"),
    ("สมชาย ใจดี", "line", "พัสดุยังไม่ถึงเลยครับ สั่งไปตั้งแต่วันจันทร์แล้ว", False, 2, 5, None, (), "พัสดุยังไม่ถึง"),
    ("Trần Minh", "messenger", "ok shop, mai giao giúp mình nhé", False, 0, 18, "binh", (("chốt", "green"), ("có SĐT", "blue")), "Giao hàng ngày mai"),
    ("Siriporn K.", "email", "Re: ขอใบกำกับภาษี", False, 0, 60, None, (), "ขอใบกำกับภาษี"),
    ("Alice Hartley", "email", "Could you tell me when the second parcel leaves?", False, 1, 75, "an", (), "Second parcel"),
    ("Lê Quốc Bảo", "livechat", "Dạ em kiểm tra ngay ạ", True, 0, 130, "an", (), "Chuyển khoản hai lần"),
    ("นภา วงศ์ดี", "whatsapp", "ขอบคุณมากค่ะ ได้รับของแล้ว", False, 0, 200, None, (("vip", "purple"),), "ขอบคุณ"),
    ("Phạm Thu Trang", "instagram", "Áo này còn size M không ạ?", False, 1, 340, None, (), "Hỏi size"),
    ("George Okafor", "sms", "pls call me back zero nine hundred, thanks", False, 0, 800, "binh", (), "Call back"),
    ("Đỗ Văn Hùng", "voice", "Cuộc gọi nhỡ", False, 0, 1500, None, (), "Cuộc gọi nhỡ"),
]  # fmt: skip
AGENTS = {"an": "An", "binh": "Bình"}


@dataclass
class FakeDone:
    summary: str
    conversations: tuple[int, ...] = ()
    action_id: str | None = "a1"
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class FakeChanged:
    reload: bool = False
    rows: Mapping[str, set[str]] = field(default_factory=dict)


class FakeHost:
    def __init__(self) -> None:
        self.copied: list[str] = []
        self.links: list[str] = []
        self.saved: list[tuple[str, str]] = []
        self.opened: list[str] = []
        self.rung: list[str] = []
        self.sizes: dict[str, tuple[int, str]] = {}
        self.edited = ""

    def copy(self, text: str) -> None:
        self.copied.append(text)

    def edit(self, text: str) -> str:
        return self.edited or text

    def open_link(self, url: str) -> None:
        self.links.append(url)

    def save_file(self, file_id: str, folder_or_name: str) -> str:
        self.saved.append((file_id, folder_or_name))
        return folder_or_name

    def open_file(self, file_id: str) -> None:
        self.opened.append(file_id)

    def complete_path(self, typed: str) -> Sequence[str]:
        return [path for path in ("/home/an/hop-hang.jpg", "/home/an/hoa-don.pdf") if path.startswith(typed)]

    def measure_file(self, path: str) -> tuple[int, str]:
        return self.sizes.get(path, (1_200_000, "image/jpeg"))

    def notify(self, title: str, text: str) -> None:
        self.rung.append(title)


def row(id: int, person: int, **more: Any) -> Row:
    name, channel, snippet, ours, unread, minutes, owner, labels, subject = PEOPLE[person % len(PEOPLE)]
    values: dict[str, Any] = {
        "id": id, "name": name, "mark": CHANNEL_MARKS[channel], "channel": channel, "snippet": snippet, "ours": ours, "subject": subject,
        "status": "open", "assignee": owner, "assignee_display": AGENTS.get(owner or "", ""), "labels": labels, "unread": unread,
        "waiting_since": None if ours else NOW - minutes * MINUTE, "last_at": NOW - minutes * MINUTE, "priority": "normal",
        "closes_at": NOW + 100 * MINUTE if person == 1 else None, "snoozed_until": None, "failed": 0, "draft": False, "spam": False, "message_count": 5,
    }  # fmt: skip
    return Row(**(values | more))


def entry(conversation: int, at: int, text: str, **more: Any) -> Entry:
    values: dict[str, Any] = {
        "n": n_floor(at), "id": f"m{at}", "conversation_id": conversation, "direction": "in", "kind": "chat", "author_kind": "contact",
        "author": "Hà", "mine": False, "inbox": "Zalo Shop A", "channel": "zalo", "mark": "ZA", "to": "", "sent_at": at, "received_at": at,
        "state": "received", "reason": "", "text": text, "hidden_text": "", "subject": "", "files": (), "reactions": (), "automatic": False,
        "unsent": False, "edited": False, "quoted": "",
    }  # fmt: skip
    return Entry(**(values | more))


def way(channel: str, title: str, address: str, identity: int, **more: Any) -> Way:
    values: dict[str, Any] = {
        "inbox_id": identity, "inbox": title.lower().replace(" ", "-"), "title": title, "channel": channel, "mark": CHANNEL_MARKS[channel],
        "identity_id": identity, "address": address, "allowed": True, "reason": "", "closes_at": None, "text_limit": None, "attachments": True,
        "attachment_limit": 10_000_000, "subject": channel == "email",
    }  # fmt: skip
    return Way(**(values | more))


def long_story(id: int) -> list[Entry]:
    """The first customer's conversation: two channels, a note, an activity line, every state, a quote, a file."""
    start = NOW - 5 * HOUR
    return [
        entry(id, start - DAY, "Chào shop, đơn DH20381 bao giờ giao ạ?"),
        entry(id, start - DAY + 6 * MINUTE, "Dạ mai giao chị nhé.", direction="out", author_kind="agent", author="An", mine=True, state="read"),
        entry(id, start, "Shop ơi em nhận thiếu 1 áo sơ mi trắng, mã đơn DH20381"),
        entry(id, start + MINUTE, "Trong hộp chỉ có hai cái thôi ạ"),
        entry(id, start + 3 * MINUTE, "Dạ em xin lỗi chị, em kiểm tra ngay ạ.", direction="out", author_kind="agent", author="An", mine=True, state="delivered"),
        entry(id, start + 4 * MINUTE, "An took it", direction="activity", author_kind="system", author=""),
        entry(id, start + 8 * MINUTE, "Kho báo thiếu 1, đang đóng gói bù.", direction="note", author_kind="agent", author="Bình"),
        entry(
            id, start + 5 * HOUR - 2 * MINUTE, "Em gửi ảnh hộp hàng, shop xem giúp.\nLink đơn: https://shop-a.example/don/DH20381",
            inbox="Email", channel="email", mark="EM", kind="mail", hidden_text="Vào 20/11, An đã viết:\n> Dạ em xin lỗi chị\n> em kiểm tra ngay ạ.",
            files=(FileLine("f1", "hop-hang.jpg", "image/jpeg", 1_200_000, "stored", "00"),),
        ),
    ]  # fmt: skip


class FakeWorkspace:
    """`rows` in list order; `threads` by conversation. `perform` keeps what it was asked in `performed`."""

    def __init__(self, count: int = 10, **ui: Any) -> None:
        self.me = "an"
        self.ui = UiSettings(**ui)
        self.host = FakeHost()
        self.hands = FakeHands(self)
        self.customers = FakeCustomers(self)
        self.answers = FakeAnswers()
        self.selling = FakeSelling()
        self.telephone = FakeTelephone()
        self.rows_: list[Row] = [row(10_482 - place, place) for place in range(count)]
        self.entries: dict[int, list[Entry]] = {}
        self.performed: list[tuple[str, dict[str, Any], tuple[int, ...]]] = []
        self.drafts: dict[tuple[int, str], Draft] = {}
        self.attention: list[tuple[str, Any]] = []
        self.refuse: UniboxError | None = None
        self.feed: asyncio.Queue[FakeChanged] = asyncio.Queue()
        self.asked_pages = 0
        self.first_unread: dict[int, int] = {}
        self.clock = NOW
        self.suggest: dict[int, int] = {}
        self.undone: tuple[int, ...] = ()  # what an undo says to have touched
        self.health_: list[HealthLine] = [
            HealthLine(1, "zalo-shop-a", "Zalo Shop A", "zalo", "ZA", "on", "idle", NOW - 2 * MINUTE, NOW - MINUTE, NOW - MINUTE, "", "", None, 0, 0, 0, 0),
            HealthLine(2, "mail", "Email", "email", "EM", "on", "idle", NOW - 60 * MINUTE, NOW, NOW, "", "", (1200, 5000), 2, 1, 0, 1),
        ]  # fmt: skip

    def now(self) -> int:
        return self.clock

    def _story(self, id: int) -> list[Entry]:
        if id not in self.entries:
            if not any(row.id == id for row in self.rows_):
                raise NotFound(f"There is no conversation #{id}.", hint="`unibox ls` lists them.")
            if id == 10_482:
                self.entries[id] = long_story(id)
                self.first_unread.setdefault(id, self.entries[id][-1].n)
            else:
                found = next(row for row in self.rows_ if row.id == id)
                inbox = {"inbox": "Inbox", "channel": found.channel, "mark": found.mark}
                self.entries[id] = [entry(id, found.last_at, found.snippet, author=found.name, **inbox)]
        return self.entries[id]

    def _found(self, query: str) -> list[Row]:
        rows = self.rows_
        for word in query.split():
            if word.startswith(("owner:", "assignee:")):
                rows = [r for r in rows if (r.assignee or "nobody") == word.partition(":")[2]]
            elif word in ("is:unread", "is:read"):
                rows = [r for r in rows if bool(r.unread) == (word == "is:unread")]
            elif word.startswith("is:"):
                rows = [r for r in rows if r.status == word[3:]]
            else:
                rows = [r for r in rows if fold(word) in fold(f"{r.name} {r.snippet} {r.subject}")]
        return rows

    async def tabs(self) -> Sequence[Tab]:
        views = [("mine", "Mine", "owner:an is:open"), ("unassigned", "Unassigned", "owner:nobody is:open"), ("waiting", "Waiting", "is:open"), ("closing", "Closing", "is:open"), ("snoozed", "Snoozed", "is:snoozed"), ("all", "All", "")]  # fmt: skip
        tabs = [
            Tab(key, name, query, min(len(self._found(query)), 100), key == "closing") for key, name, query in views
        ]
        own = [
            Tab(one.name, one.title, one.query, min(len(self._found(one.query)), 100))
            for one in self.hands.saved.values()
        ]
        return [tabs[2], tabs[0], tabs[1], *tabs[3:], *own]

    async def page(self, query: str, *, limit: int, before: str | None = None, after: str | None = None, around: int | None = None) -> Page:  # fmt: skip
        self.asked_pages += 1
        rows = self._found(query)
        start = 0
        if before is not None:
            start = int(before)
        elif after is not None:
            start = max(int(after) - limit, 0)
            limit = int(after) - start
        elif around is not None:
            place = next((n for n, row in enumerate(rows) if row.id == around), 0)
            start = max(place - limit // 2, 0)
        end = start + limit
        return Page(tuple(rows[start:end]), str(end) if end < len(rows) else None, str(start) if start else None)

    async def rows(self, ids: Sequence[int]) -> Sequence[Row]:
        return [row for row in self.rows_ if row.id in ids]

    async def matching(self, query: str, ids: Sequence[int]) -> set[int]:
        return {row.id for row in self._found(query) if row.id in ids}

    async def thread(self, conversation: int, *, around_n: int | None = None, before_n: int | None = None, after_n: int | None = None, limit: int = 60) -> Thread:  # fmt: skip
        entries = self._story(conversation)
        found = next(row for row in self.rows_ if row.id == conversation)
        ns = [e.n for e in entries]
        end = len(entries)
        start = max(end - limit, 0)
        if before_n is not None:
            end = sum(n < before_n for n in ns)
            start = max(end - limit, 0)
        elif after_n is not None:
            start = sum(n <= after_n for n in ns)
            end = min(start + limit, len(entries))
        elif around_n is not None or conversation in self.first_unread:
            middle = sum(n < (around_n or self.first_unread[conversation]) for n in ns)
            start = max(min(middle - limit // 3, len(entries) - limit), 0)
            end = min(start + limit, len(entries))
        way_of = [way("zalo", "Zalo Shop A", "…889", 1, closes_at=NOW + 46 * HOUR, text_limit=2000, attachments=False), way("email", "Email", "ha@khach.example", 2)]  # fmt: skip
        inboxes = tuple(dict.fromkeys(e.inbox for e in entries if e.inbox))
        return Thread(
            conversation, found.subject, found.status, found.assignee, found.assignee_display, found.priority, found.spam, found.snoozed_until,
            found.waiting_since and NOW - 2 * HOUR, conversation * 10, found.name, "chị", "vi", inboxes, found.labels, tuple(entries[start:end]),
            start > 0, end < len(entries), self.first_unread.get(conversation), ns[-1], self.suggest.get(conversation), (), tuple(way_of), 0, len(entries),
        )  # fmt: skip

    async def panel(self, conversation: int) -> Panel:
        found = next(row for row in self.rows_ if row.id == conversation)
        identities = (
            IdentityLine(1, "zalo-shop-a", "zalo", "ZA", "…889", found.name, True, found.last_at),
            IdentityLine(2, "mail", "email", "EM", "ha@khach.example", "", False, None),
            IdentityLine(3, "phone", "voice", "☎", "0912 000 678", "", True, NOW - 3 * DAY),
        )
        others = (
            Other(10_102, "đổi size", "resolved", NOW - 39 * DAY, "ZA"),
            Other(9_877, "hỏi giá", "resolved", NOW - 79 * DAY, "FB"),
        )
        return Panel(conversation * 10, found.name, "chị", "vi", "thích màu trắng", identities, found.labels, (("Size", "M"),), (), others, NOW - 100 * DAY, found.last_at, 3, found.looking, self.news(conversation))  # fmt: skip

    def news(self, conversation: int) -> PanelNews:
        """What the panel says first, of the first conversation alone; of others which request it is."""
        found = next(row for row in self.rows_ if row.id == conversation)
        running = Running(
            found.id, found.subject or found.snippet, found.status, found.assignee_display, found.waiting_since
        )
        if conversation != 10_482:
            return PanelNews(running)
        elsewhere = (Contacted("messenger", "FB", 9_877, "in", NOW - 79 * DAY, "áo này còn size M không shop"),)
        return PanelNews(running, (sold(),), elsewhere, (), False, 12 * MINUTE)

    async def health(self) -> Sequence[HealthLine]:
        return self.health_

    async def history(self, conversation: int) -> Sequence[HistoryLine]:
        return [
            HistoryLine(NOW - 5 * HOUR, "Hà", "wrote through Zalo Shop A", "", "message"),
            HistoryLine(NOW - 4 * HOUR, "An", "took it", "key", "assigned"),
            HistoryLine(NOW - HOUR, "Bình", "label “giao thiếu”", "rule:thieu", "label"),
        ]

    async def outbox(self) -> Sequence[OutboxLine]:
        return [OutboxLine("o1", 1, "m1", 10_482, "mail", "Email", "email", "EM", "ha@khach.example", "Nguyễn Thị Hà", "an", "An", "Dạ em gửi bù", "failed", "mailbox full", 2, NOW - HOUR, NOW, None, None)]  # fmt: skip

    async def quarantine(self) -> Sequence[QuarantineLine]:
        return []

    async def options(self, kind: str, conversation: int | None = None) -> Sequence[Option]:
        if kind == "agent":
            return [Option(name, shown) for name, shown in AGENTS.items()]
        if kind == "label":
            return [Option(name, name, colour=colour) for name, colour in (("giao thiếu", "orange"), ("chốt", "green"), ("vip", "purple"), ("hẹn gọi lại", "blue"))]  # fmt: skip
        if kind == "inbox":
            return [Option("mail", "Email", "shop@shop-a.example", channel="email")]
        return []

    async def complete_query(self, text: str, caret: int) -> Sequence[Option]:
        return [Option(f"{text[:caret].rpartition(' ')[0]} {word}".strip(), word) for word in ("owner:an", "is:open", "is:snoozed", "assignee:an", "assignee:binh", "inbox:mail") if word.startswith(text.split(" ")[-1])]  # fmt: skip

    def check_query(self, text: str) -> str:
        return "column 5: there is no field “colour:”" if "colour:" in text else ""

    async def perform(self, call: str, args: Mapping[str, Any], targets: Sequence[int]) -> FakeDone:
        if self.refuse is not None:
            error, self.refuse = self.refuse, None
            raise error
        self.performed.append((call, dict(args), tuple(targets)))
        for id in targets or (0,):
            self.drafts.pop((id, call), None)
        for id in targets:
            self._do(call, args, id)
        summary = {"resolve": "resolved", "assign": "taken", "label": "labelled"}.get(call, call)
        touched = self.undone if call == "undo" else tuple(targets)
        return FakeDone(f"{summary} #{targets[0]}" if targets else call, touched)

    def _do(self, call: str, args: Mapping[str, Any], id: int) -> None:
        if call == "resolve":
            self.change(id, status="resolved")
        elif call == "snooze":
            self.change(id, status="snoozed", snoozed_until=args["until"])
        elif call == "assign":
            agent = self.me if args["agent"] == "me" else args["agent"]
            found = next(row for row in self.rows_ if row.id == id)
            if args.get("seen_owner", found.assignee) != found.assignee:
                raise Conflict(
                    f"{AGENTS[found.assignee or '']} has #{id} already.", hint="Your draft is kept.", code="claimed"
                )
            self.change(id, assignee=agent, assignee_display=AGENTS.get(agent or "", ""))
        elif call == "label":
            found = next(row for row in self.rows_ if row.id == id)
            self.change(id, labels=(*found.labels, *((name, "blue") for name in args["labels"])))
        elif call in ("reply", "note"):
            direction = "out" if call == "reply" else "note"
            at = max(e.sent_at for e in self._story(id)) + MINUTE
            self.entries[id].append(entry(id, at, args["text"], direction=direction, author_kind="agent", author="An", mine=True, state="queued"))  # fmt: skip

    def change(self, id: int, **values: Any) -> None:
        self.rows_ = [replace(row, **values) if row.id == id else row for row in self.rows_]

    async def quoted(self, conversation: int, n: int) -> Quoted:
        found = next(one for one in self._story(conversation) if one.n == n)
        if found.direction == "note":
            raise Refused("A note is for colleagues: an answer does not quote it.")
        return Quoted(n, " ".join(found.text.split()), 1 if found.channel == "zalo" else 2, True)

    async def load_draft(self, conversation: int, mode: str | None = None) -> Draft | None:
        found = [draft for (id, _), draft in self.drafts.items() if id == conversation and mode in (None, draft.mode)]
        return found[-1] if found else None

    async def save_draft(self, conversation: int, mode: str, draft: Draft | None) -> None:
        self.drafts.pop((conversation, mode), None)
        if draft is not None:
            self.drafts[conversation, mode] = draft

    async def opened(self, conversation: int, *, peek: bool = False) -> None:
        self.attention.append(("peeked" if peek else "opened", conversation))

    async def left(self, conversation: int, **spent: Any) -> None:
        self.attention.append(("left", conversation))

    async def doing(self, conversation: int | None, what: str) -> None:
        self.attention.append((what, conversation))

    async def read_to(self, conversation: int, n: int) -> None:
        self.attention.append(("read", (conversation, n)))

    async def changes(self) -> AsyncIterator[FakeChanged]:
        while True:
            yield await self.feed.get()

    def ring(self, *ids: int) -> None:
        self.feed.put_nowait(FakeChanged(rows={"conversation": {str(id) for id in ids}}))

    async def drain(self) -> None:
        pass
