"""A small workspace on a real store, for tests: inboxes, arrivals, agents, and a clock that the test moves."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unibox_tui.domain.inbound import InboundEvent, MessageReceived, Person
from unibox_tui.domain.joining import MailJoin
from unibox_tui.domain.policy import Capabilities, SendRule
from unibox_tui.domain.words import Author, Direction, MessageKind
from unibox_tui.store import agents, inboxes
from unibox_tui.store.database import Database, Row
from unibox_tui.store.events import Actor
from unibox_tui.sync.facts import Outcome, Rules, prepare
from unibox_tui.sync.ingest import ingest

MAIL = Capabilities(
    attachments=True,
    attachment_limit=20_000_000,
    subject=True,
    cc=True,
    quotes=True,
    starts=True,
    receipts=("sent",),
    undo_send_ms=0,
    address_kind="email",
)
CHAT = Capabilities(text_limit=2_000, undo_send_ms=0, rules=(SendRule("day", 24 * 3_600_000, ("text",)),))
STORE_CHAT = Capabilities(undo_send_ms=0, extra={"transport": "store"})


@dataclass
class World:
    db: Database
    now: int = 1_790_000_000_000
    rules: Rules = field(default_factory=Rules)
    media: dict[str, bytes] = field(default_factory=dict)
    _ids: Any = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def at(cls, folder: Path, **settings: Any) -> World:
        db = Database(folder / "unibox.db")
        world = cls(db, **settings)
        db.now = lambda: world.now
        return world

    def later(self, ms: int) -> World:
        self.now += ms
        return self

    def inbox(
        self, name: str, capabilities: Capabilities = MAIL, *, channel: str = "email", group: str = "Shop A"
    ) -> int:
        address = f"{name}@shop-a.example" if channel == "email" else name
        return self.db.write_now(
            lambda tx: inboxes.ensure(tx, name, channel, group, f"Shop {name}", address, capabilities)
        )

    def agent(self, name: str) -> Actor:
        self.db.write_now(lambda tx: agents.ensure(tx, name, name.capitalize()))
        return Actor(Author.AGENT, name, "test")

    def put(self, data: bytes) -> tuple[str, int]:
        import hashlib

        sha = hashlib.sha256(data).hexdigest()
        self.media[sha] = data
        return sha, len(data)

    def take(self, inbox_id: int, *facts: InboundEvent, inert: bool = False) -> list[Outcome]:
        """Ingest facts as the service does."""
        inbox = self.db.read_now(lambda db: inboxes.by_id(db, inbox_id))
        ready = [prepare(fact, inbox, self.rules, self.put) for fact in facts]
        return self.db.write_now(lambda tx: ingest(tx, inbox_id, ready, self.rules, inert=inert, cause="test"))

    def mail(
        self,
        inbox_id: int,
        address: str = "ha@khach.example",
        text: str = "Shop ơi em nhận thiếu 1 áo",
        *,
        subject: str = "Đơn giao thiếu áo",
        id: str = "",
        answers: tuple[str, ...] = (),
        inert: bool = False,
        sent_at: int | None = None,
        **more: Any,
    ) -> Outcome:
        id = id or f"m{next(self._ids)}@khach.example"
        at = self.now if sent_at is None else sent_at
        name = more.pop("name", "Nguyễn Thị Hà")
        email = {
            "subject": subject,
            "from": {"name": name, "address": address},
            "to": [{"name": "", "address": "a@shop-a.example"}],
            "cc": [],
            "message_id": id,
            "in_reply_to": answers[0] if answers else None,
            "references": list(reversed(answers)),
        }
        fact = MessageReceived(
            id,
            Person(address, "email", name),
            at,
            text,
            kind=MessageKind.MAIL,
            subject=subject,
            answers=answers,
            email=email,
            **more,
        )
        return self.take(inbox_id, fact, inert=inert)[0]

    def chat(self, inbox_id: int, address: str = "v1", text: str = "Shop ơi", *, id: str = "", **more: Any) -> Outcome:
        fact = MessageReceived(
            id or f"c{next(self._ids)}", Person(address, "visitor", more.pop("name", "")), self.now, text, **more
        )
        return self.take(inbox_id, fact)[0]

    def row(self, sql: str, **params: Any) -> Row:
        row = self.db.read_now(lambda db: db.execute(sql, params).fetchone())
        assert row is not None, "no such row"
        return row

    def rows(self, sql: str, **params: Any) -> list[Row]:
        return self.db.read_now(lambda db: db.execute(sql, params).fetchall())

    def conversation(self, id: int | None) -> Row:
        return self.row("SELECT * FROM conversation WHERE id = :id", id=id)


ASK = Rules(mail_join=MailJoin.ASK)
__all__ = ["CHAT", "MAIL", "STORE_CHAT", "Direction", "World"]
