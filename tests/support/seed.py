"""A workspace full of invented customers, written straight into the tables: for tests of lists and for benchmarks.

The same arguments give the same workspace. Some conversations are joined into others, some messages were moved by a
split, some contacts were merged.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from unibox_tui.domain.ids import n_floor
from unibox_tui.store import people
from unibox_tui.store.database import Database, Tx
from unibox_tui.store.search import indexed_text
from unibox_tui.text.fold import FOLD_VERSION, fold
from unibox_tui.text.search import index_text

NOW = 1_795_000_000_000  # 18 November 2026
HOUR = 3_600_000
DAY = 24 * HOUR

AGENTS = (("an", "Phạm Thúy An"), ("binh", "Lê Bình"), ("somchai", "สมชาย ใจดี"), ("emma", "Emma Reed"))
INBOXES = (
    ("shop-a", "messenger", "Áo Xinh", "Shop A"),
    ("shop-b", "messenger", "Áo Xinh", "Shop B"),
    ("oa", "zalo", "Áo Xinh", "Zalo OA"),
    ("line-th", "line", "Baan Suay", "LINE ร้านบ้านสวย"),
    ("mail", "email", "Áo Xinh", "Support mail"),
    ("widget", "livechat", "Baan Suay", "Chat"),
)
LABELS = ("chốt đơn", "giao thiếu", "vip", "spam?", "ขอใบกำกับ", "refund", "đổi size", "คืนเงิน")
NAMES = (
    ("vi", ("Nguyễn Thị Hà", "Trần Minh", "Lê Quốc Đạt", "Phạm Thu Hằng", "Đỗ Văn Sơn", "Vũ Ngọc Ánh")),
    ("th", ("สมหญิง รักดี", "ศิริพร แก้วใส", "อนันต์ บุญมา", "กานดา สุขใจ")),
    ("en", ("Mary Jones", "Tom Baker", "Ada Smith", "Siriporn K.")),
)
SENTENCES = {
    "vi": (
        "Shop ơi em nhận thiếu 1 áo sơ mi trắng",
        "cho mình hỏi đơn hàng khi nào giao",
        "mình muốn hoàn tiền ạ",
        "còn size L màu đen không shop",
        "đặt hàng xong rồi, cảm ơn shop nhé",
        "giao nhầm địa chỉ rồi, kiểm tra giúp em",
    ),
    "th": (
        "พัสดุยังไม่ถึงเลยครับ",
        "ขอใบกำกับภาษีด้วยค่ะ",
        "สินค้าชำรุด ขอคืนเงิน",
        "มีสีดำไหมคะ",
        "สั่งซื้อสินค้าแล้วค่ะ",
    ),
    "en": (
        "Where is my parcel please",
        "I would like a refund for the order",
        "Do you have this shirt in black",
        "Thank you, it arrived today",
        "The invoice has a wrong address",
    ),
}
ANSWERS = ("Dạ em kiểm tra ngay ạ", "รับเรื่องแล้วค่ะ", "We are looking into it", "Shop gửi lại đơn hàng mai nhé")


@dataclass(frozen=True, slots=True)
class Seeded:
    conversations: int
    messages: int


def seed(
    database: Database,
    *,
    conversations: int = 200,
    per_conversation: int = 5,
    seed: int = 1,
    now: int = NOW,
    chunk: int = 5_000,
) -> Seeded:
    """Fill an empty store; `per_conversation` is the mean number of messages."""
    rng = random.Random(seed)
    database.write_now(_frame)
    total = 0
    numbers = _Numbers()
    for first in range(0, conversations, chunk):
        batch = _Batch(rng, now, conversations, numbers)
        for position in range(first, min(first + chunk, conversations)):
            batch.conversation(position, per_conversation)
        database.write_now(batch.write)
        total += len(batch.messages)
    while database.write_now(lambda tx: people.refresh(tx, chunk)):
        pass
    return Seeded(conversations, total)


def _frame(tx: Tx) -> None:
    tx.many(
        "INSERT INTO agent (name, display, created_at, seen_at) VALUES (:n, :d, 0, 0)",
        [{"n": name, "d": display} for name, display in AGENTS],
    )
    tx.many(
        "INSERT INTO inbox (id, name, channel, group_name, title, address, created_at, updated_at) "
        "VALUES (:id, :n, :c, :g, :t, :a, 0, 0)",
        [
            {"id": at + 1, "n": name, "c": channel, "g": brand, "t": title, "a": f"{name}@ours.example"}
            for at, (name, channel, brand, title) in enumerate(INBOXES)
        ],
    )
    tx.many(
        "INSERT INTO label (id, name, folded, colour) VALUES (:id, :n, :f, '')",
        [{"id": at + 1, "n": name, "f": fold(name)} for at, name in enumerate(LABELS)],
    )


class _Numbers:
    """Message numbers, ever new within their second."""

    def __init__(self) -> None:
        self.taken: dict[int, int] = {}

    def next(self, at: int) -> int:
        floor = n_floor(at)
        while True:
            used = self.taken.get(floor, 0)
            if used < 1024:
                self.taken[floor] = used + 1
                return floor + used
            floor += 1024


class _Batch:
    def __init__(self, rng: random.Random, now: int, size: int, numbers: _Numbers) -> None:
        self.rng, self.now, self.size, self.numbers = rng, now, size, numbers
        self.contacts: list[dict[str, Any]] = []
        self.identities: list[dict[str, Any]] = []
        self.talks: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.labels: list[dict[str, Any]] = []
        self.contact_labels: list[dict[str, Any]] = []
        self.inboxes: list[dict[str, Any]] = []
        self.found: list[dict[str, Any]] = []
        self.files: list[dict[str, Any]] = []
        self.drafts: list[dict[str, Any]] = []
        self.windows: list[dict[str, Any]] = []

    def uid(self) -> str:
        return str(uuid.UUID(int=self.rng.getrandbits(128)))

    def conversation(self, position: int, mean: int) -> None:
        rng, id = self.rng, 10_001 + position
        language, names = rng.choices(NAMES, (50, 20, 30))[0]
        inbox = rng.randrange(len(INBOXES)) + 1
        contact = self.contact(id, language, rng.choice(names), inbox)
        # Older ones are resolved, the newest part is alive.
        last = self.now - int(rng.random() ** 2 * 400 * DAY) - rng.randrange(HOUR)
        alive = rng.random() < (0.9 if self.now - last < 10 * DAY else 0.05)
        status = rng.choices(("open", "pending", "snoozed"), (6, 2, 1))[0] if alive else "resolved"
        count = max(1, min(int(rng.expovariate(1 / mean)), mean * 6))
        times = [*sorted(last - int(rng.random() * 5 * DAY) for _ in range(count - 1)), last]
        directions = [self.message(id, contact, inbox, language, at, first=at == times[0]) for at in times]
        spoken = [one for one in directions if one in ("in", "out")]
        waiting = alive and bool(spoken) and spoken[-1] == "in"
        label_ids = rng.sample(range(1, len(LABELS) + 1), rng.choices((0, 1, 2), (6, 3, 1))[0])
        self.labels += [{"l": label, "c": id} for label in label_ids]
        self.inboxes.append({"c": id, "i": inbox, "a": last})
        joined = rng.randrange(1, position + 1) + 10_000 if position > 10 and rng.random() < 0.03 else None
        self.talks.append(
            {
                "id": id, "uid": self.uid(), "brand": INBOXES[inbox - 1][2], "contact": contact,
                "kind": "group" if rng.random() < 0.02 else "direct",
                "subject": rng.choice(SENTENCES[language])[:40] if inbox == 5 else "", "status": status,
                "assignee": rng.choice([*(name for name, _ in AGENTS), None]),
                "priority": rng.choices((0, 1, 2, -1), (88, 7, 3, 2))[0], "spam": int(rng.random() < 0.03),
                "snoozed": self.now + rng.randrange(5 * DAY) if status == "snoozed" else None,
                "unread": rng.randrange(1, 4) if waiting and rng.random() < 0.6 else 0,
                "waiting": times[-1] if waiting else None, "answered": int("out" in directions),
                "failed": int(rng.random() < 0.01),
                "closes": self.now + rng.randrange(-30 * HOUR, 48 * HOUR) if inbox in (1, 2, 3) and alive else None, "last": last,
                "direction": spoken[-1] if spoken else None, "inbox": inbox, "identity": contact,
                "snippet": rng.choice(SENTENCES[language]), "count": count, "joined": joined, "created": times[0],
                "resolved": last if status == "resolved" else None,
            }
        )  # fmt: skip
        if rng.random() < 0.02:
            self.drafts.append({"a": rng.choice(AGENTS)[0], "c": id})

    def contact(self, id: int, language: str, name: str, inbox: int) -> int:
        rng = self.rng
        address = f"{fold(name).split()[0]}{id}@{rng.choice(('gmail', 'mail', 'firma'))}.example"
        self.contacts.append(
            {
                "id": id, "uid": self.uid(), "name": name, "language": language if rng.random() < 0.8 else None,
                "into": rng.randrange(10_001, id) if id > 10_050 and rng.random() < 0.01 else None,
            }
        )  # fmt: skip
        self.identities.append({"id": id, "i": inbox, "c": id, "a": address, "n": name})
        if rng.random() < 0.8:
            self.windows.append({"i": id, "a": self.now - rng.randrange(20 * DAY)})
        if rng.random() < 0.05:
            self.contact_labels.append({"l": rng.randrange(1, len(LABELS) + 1), "c": id})
        return id

    def message(self, id: int, contact: int, inbox: int, language: str, at: int, *, first: bool) -> str:
        rng, n = self.rng, self.numbers.next(at)
        direction = "in" if first else rng.choices(("in", "out", "note"), (50, 42, 8))[0]
        text = rng.choice(SENTENCES[language]) if direction == "in" else rng.choice(ANSWERS)
        code = rng.random()
        if code < 0.03:
            number = f"DH{rng.randrange(10_000, 99_999)}"
            text += f" mã {number}"
            self.found.append({"k": "order", "v": number, "n": n, "c": id})
        elif code < 0.06:
            text += f" 0900 000 {n % 1000:03d}"
            self.found.append({"k": "phone", "v": f"+84900000{n % 1000:03d}", "n": n, "c": id})
        has_files = rng.random() < 0.05
        if has_files:
            self.files.append({"id": self.uid(), "n": n})
        born_in = rng.randrange(10_001, id) if id > 10_020 and rng.random() < 0.005 else id
        self.messages.append(
            {
                "n": n, "id": self.uid(), "c": id, "b": born_in, "i": None if direction == "note" else inbox,
                "p": None if direction == "note" else contact, "d": direction,
                "ak": "contact" if direction == "in" else "agent",
                "a": None if direction == "in" else rng.choice(AGENTS)[0], "at": at, "f": int(has_files), "t": text,
                "s": "received" if direction == "in" else "sent", "v": FOLD_VERSION,
                "words": index_text(indexed_text(text, "")), "k": _tokens(n, inbox, contact, direction, born_in),
            }
        )  # fmt: skip
        return direction

    def write(self, tx: Tx) -> None:
        tx.many(
            "INSERT INTO contact (id, uid, name, language, merged_into, created_at, updated_at) "
            "VALUES (:id, :uid, :name, :language, :into, 0, 0)",
            self.contacts,
        )
        tx.many(
            "INSERT INTO identity (id, inbox_id, contact_id, kind, address, name) VALUES (:id, :i, :c, 'x', :a, :n)",
            self.identities,
        )
        tx.many("INSERT INTO reply_window (identity_id, what, at) VALUES (:i, 'message', :a)", self.windows)
        tx.many(
            "INSERT INTO conversation (id, uid, group_name, kind, contact_id, subject, status, assignee, priority, spam, "
            "snoozed_until, unread, waiting_since, answered, failed, closes_at, last_at, last_direction, last_inbox_id, "
            "last_identity_id, snippet, message_count, joined_into, created_at, resolved_at, updated_at) VALUES (:id, :uid, "
            ":brand, :kind, :contact, :subject, :status, :assignee, :priority, :spam, :snoozed, :unread, :waiting, "
            ":answered, :failed, :closes, :last, :direction, :inbox, :identity, :snippet, :count, :joined, :created, "
            ":resolved, 0)",
            self.talks,
        )
        tx.many("INSERT INTO conversation_label (label_id, conversation_id) VALUES (:l, :c)", self.labels)
        tx.many("INSERT INTO contact_label (label_id, contact_id) VALUES (:l, :c)", self.contact_labels)
        tx.many("INSERT INTO conversation_inbox (conversation_id, inbox_id, last_at) VALUES (:c, :i, :a)", self.inboxes)
        tx.many(
            "INSERT INTO draft (agent, conversation_id, mode, text, updated_at) VALUES (:a, :c, 'reply', 'nháp', 0)",
            self.drafts,
        )
        tx.many(
            "INSERT INTO found (kind, value, n, raw, confidence, conversation_id) VALUES (:k, :v, :n, :v, 'high', :c)",
            self.found,
        )
        tx.many(
            "INSERT INTO attachment (id, n, position, name, media_type, size, state) "
            "VALUES (:id, :n, 0, 'x.jpg', 'image/jpeg', 1, 'failed')",
            self.files,
        )
        for some in _chunks(sorted(self.messages, key=lambda row: row["n"]), 10_000):
            tx.many(
                "INSERT INTO message (n, id, conversation_id, born_in, inbox_id, identity_id, direction, author_kind, author, "
                "sent_at, received_at, state, has_files) VALUES (:n, :id, :c, :b, :i, :p, :d, :ak, :a, :at, :at, :s, :f)",
                some,
            )
            tx.many("INSERT INTO message_body (n, text, fold_version) VALUES (:n, :t, :v)", some)
            tx.many("INSERT INTO search (rowid, text, k) VALUES (:n, :words, :k)", some)
        tx.many(
            "INSERT INTO search_code (rowid, text) VALUES (:n, :v)",
            [{"n": row["n"], "v": fold(row["v"])} for row in self.found],
        )


def _tokens(n: int, inbox: int, identity: int, direction: str, born_in: int) -> str:
    anywhere = "" if direction == "note" else f" i{inbox} p{identity}"
    return f"v{born_in} d{direction}{anywhere}"


def _chunks(rows: list[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    pending = iter(rows)
    while some := list(islice(pending, size)):
        yield some
