"""Small makers of rows for tests of what is read: they write the columns named and nothing else.

`Rows(tx)` numbers what it makes; times are epoch ms, messages take their place in the thread from `at`.
"""

from __future__ import annotations

import json
from typing import Any

from unibox_tui.domain.ids import n_floor, new_id
from unibox_tui.domain.policy import Capabilities
from unibox_tui.store import capabilities as capabilities_json
from unibox_tui.store.database import Tx

NOW = 1_795_000_000_000
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Rows:
    def __init__(self, tx: Tx) -> None:
        self.tx = tx

    def insert(self, table: str, **values: Any) -> None:
        names = ", ".join(values)
        slots = ", ".join(f":{name}" for name in values)
        self.tx.run(f"INSERT INTO {table} ({names}) VALUES ({slots})", values)

    def agent(self, name: str, display: str) -> str:
        self.insert("agent", name=name, display=display, created_at=NOW, seen_at=NOW)
        return name

    def inbox(
        self,
        name: str,
        channel: str,
        *,
        group: str = "main",
        title: str = "",
        can: Capabilities | None = None,
        state: str = "on",
    ) -> int:
        id = self.tx.next_number("inbox")
        self.insert(
            "inbox",
            id=id,
            name=name,
            channel=channel,
            group_name=group,
            title=title or name,
            state=state,
            capabilities=capabilities_json.dumps(can or Capabilities()),
            created_at=NOW,
            updated_at=NOW,
        )
        return id

    def contact(self, name: str = "", **more: Any) -> int:
        id = self.tx.next_number("contact")
        self.insert("contact", id=id, uid=new_id(NOW), name=name, created_at=NOW, updated_at=NOW, **more)
        return id

    def identity(self, inbox: int, contact: int, address: str, *, kind: str = "id", at: int = NOW, **more: Any) -> int:
        id = self.tx.next_number("identity")
        self.insert(
            "identity",
            id=id,
            inbox_id=inbox,
            contact_id=contact,
            kind=kind,
            address=address,
            first_seen_at=at,
            last_seen_at=at,
            **more,
        )
        return id

    def key(self, contact: int, identity: int, kind: str, value: str, *, verified: bool = False) -> None:
        self.insert(
            "contact_key",
            kind=kind,
            value=value,
            contact_id=contact,
            identity_id=identity,
            verified=int(verified),
            at=NOW,
        )

    def window(self, identity: int, at: int, what: str = "message") -> None:
        self.insert("reply_window", identity_id=identity, what=what, at=at)

    def conversation(self, contact: int, *, group: str = "main", at: int = NOW, **more: Any) -> int:
        id = self.tx.next_number("conversation")
        self.insert(
            "conversation",
            id=id,
            uid=new_id(NOW),
            group_name=group,
            contact_id=contact,
            created_at=at,
            updated_at=at,
            **{"last_at": at, **more},
        )
        return id

    def join(self, child: int, parent: int) -> None:
        self.tx.run("UPDATE conversation SET joined_into = :parent WHERE id = :child", parent=parent, child=child)
        self.insert("conversation_join", id=new_id(NOW), child=child, parent=parent, at=NOW)

    def message(
        self,
        conversation: int,
        text: str,
        *,
        at: int = NOW,
        direction: str = "in",
        inbox: int | None = None,
        identity: int | None = None,
        author_kind: str | None = None,
        author: str | None = None,
        subject: str = "",
        hidden_text: str = "",
        email: dict[str, Any] | None = None,
        extra: dict[str, Any] | None = None,
        key: tuple[str, str] | None = None,
        **more: Any,
    ) -> int:
        """Returns `n`. Whoever wrote it follows from the direction unless said."""
        floor = n_floor(at)
        top = self.tx.value("SELECT max(n) FROM message WHERE n BETWEEN :low AND :high", low=floor, high=floor + 1023)
        n = floor if top is None else int(top) + 1
        self.insert(
            "message",
            n=n,
            id=new_id(at),
            conversation_id=conversation,
            born_in=conversation,
            inbox_id=inbox,
            identity_id=identity,
            direction=direction,
            author_kind=author_kind or {"in": "contact", "activity": "system"}.get(direction, "agent"),
            author=author,
            sent_at=at,
            **{"received_at": at, "state": "sent" if direction == "out" else "received", **more},
        )
        self.insert(
            "message_body",
            n=n,
            text=text,
            hidden_text=hidden_text,
            subject=subject,
            email=None if email is None else json.dumps(email, ensure_ascii=False),
            extra=None if extra is None else json.dumps(extra, ensure_ascii=False),
            fold_version=1,
        )
        if key is not None:
            self.insert("message_key", scope=key[0], provider_id=key[1], n=n)
        if inbox is not None:
            self.tx.run(
                "INSERT INTO conversation_inbox (conversation_id, inbox_id, last_at) VALUES (:id, :inbox, :at) "
                "ON CONFLICT (conversation_id, inbox_id) DO UPDATE SET last_at = max(last_at, excluded.last_at)",
                id=conversation,
                inbox=inbox,
                at=at,
            )
        return n

    def file(self, n: int, name: str, *, position: int = 0, media_type: str = "image/jpeg", size: int = 1_000) -> None:
        self.insert(
            "attachment",
            id=new_id(NOW),
            n=n,
            position=position,
            name=name,
            media_type=media_type,
            size=size,
            state="held",
            sha256="0" * 64,
        )

    def reaction(self, n: int, who: str, emoji: str) -> None:
        self.insert("reaction", n=n, who=who, emoji=emoji, at=NOW)

    def label(self, name: str, *, conversation: int | None = None, contact: int | None = None, colour: str = "") -> int:
        id = self.tx.next_number("label")
        self.insert("label", id=id, name=name, folded=name.casefold(), colour=colour)
        if conversation is not None:
            self.insert("conversation_label", label_id=id, conversation_id=conversation)
        if contact is not None:
            self.insert("contact_label", label_id=id, contact_id=contact)
        return id

    def read_until(self, agent: str, conversation: int, n: int) -> None:
        self.insert("read_marker", agent=agent, conversation_id=conversation, n=n, at=NOW)

    def presence(self, agent: str, conversation: int, *, at: int, doing: str = "viewing", session: str = "1") -> None:
        self.insert("presence", agent=agent, session=session, conversation_id=conversation, doing=doing, at=at)

    def event(
        self, kind: str, *, conversation: int | None = None, at: int = NOW, actor_kind: str = "system", **more: Any
    ) -> None:
        data = json.dumps(more.pop("data", {}), ensure_ascii=False)
        self.insert("event", kind=kind, at=at, actor_kind=actor_kind, conversation_id=conversation, data=data, **more)

    def outbox(self, n: int, inbox: int, identity: int, state: str, *, at: int = NOW, **more: Any) -> str:
        id = new_id(at)
        self.insert(
            "outbox",
            id=id,
            n=n,
            inbox_id=inbox,
            identity_id=identity,
            destination="customer",
            payload="{}",
            author_kind="agent",
            state=state,
            not_before=at,
            created_at=at,
            updated_at=at,
            **more,
        )
        return id

    def raw(self, inbox: int, state: str, *, at: int = NOW, body: bytes = b"{}", **more: Any) -> str:
        id = new_id(at)
        self.insert(
            "raw_event",
            id=id,
            inbox_id=inbox,
            received_at=at,
            source="webhook",
            body=body,
            state=state,
            **more,
        )
        return id
