"""What stands beside the conversations, as lines: orders, deals, marks of risk, merges, pairs, what systems say otherwise, events."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from itertools import islice
from typing import Any

from unibox_tui.store.database import Row
from unibox_tui.store.interchange import pairs, records
from unibox_tui.store.interchange.evidence import Names
from unibox_tui.store.interchange.seen import Seen
from unibox_tui.store.interchange.snapshot import Snapshot
from unibox_tui.store.reading import marks

PAGE = 200
_PEOPLE = ("winner", "loser", "into", "from", "other", "low", "high")


def people_in(kind: str) -> tuple[str, ...]:
    """In the data of an event of this kind: the keys that hold a contact's number."""
    return _PEOPLE if kind.startswith("contact.") and kind != "contact.changed" else ()


_AS_IT_IS = (
    "state", "currency", "code", "shop", "external_id", "agent", "amount", "deposit", "received", "phone", "address", "note",
    "carrier", "tracking", "closed_by", "confirmed_at", "packed_at", "shipped_at", "delivered_at", "returned_at",
    "cancelled_at", "removed_at", "created_at", "updated_at",
)  # fmt: skip


class Beside:
    """`chosen`, `contacts`: what has its line already; nothing else is spoken of. `whole`: the export is of everything."""

    def __init__(self, db: Snapshot, chosen: Seen, contacts: Seen, *, whole: bool, events: bool) -> None:
        self.db = db
        self.chosen = chosen
        self.contacts = contacts
        self.whole = whole
        self.events = events
        self._labels: dict[int, str] = {}
        self._sold = Seen()

    async def lines(self) -> AsyncGenerator[records.Line, None]:
        self._labels = {row["id"]: row["name"] for row in await self.db.all("SELECT id, name FROM label")}
        parts = [self._orders, self._deals, self._risks, self._merges, self._pairs, self._differences]
        for part in (*parts, self._events) if self.events else parts:
            async with aclosing(part()) as lines:
                async for line in lines:
                    yield line

    async def _orders(self) -> AsyncGenerator[records.Line, None]:
        rows = self.db.stream(
            "SELECT o.*, c.uid AS conversation, t.uid AS contact FROM customer_order o "
            "LEFT JOIN conversation c ON c.id = o.conversation_id LEFT JOIN contact t ON t.id = o.contact_id ORDER BY o.id"
        )
        async with aclosing(rows):
            async for row in rows:
                talk, contact = row["conversation_id"], row["contact_id"]
                there = talk in self.chosen if talk is not None else contact is not None and contact in self.contacts
                if not (there or self.whole):
                    continue
                self._sold.add(row["id"])
                yield records.Order(
                    id=row["uid"],
                    conversation=row["conversation"],
                    contact=row["contact"] if contact is not None and contact in self.contacts else None,
                    items=json.loads(row["items"]),
                    typed=json.loads(row["typed"]),
                    **{name: row[name] for name in _AS_IT_IS},
                )

    async def _deals(self) -> AsyncGenerator[records.Line, None]:
        rows = self.db.stream(
            "SELECT d.*, c.uid AS conversation FROM deal d JOIN conversation c ON c.id = d.conversation_id "
            "ORDER BY d.conversation_id"
        )
        async with aclosing(rows):
            async for row in rows:
                if row["conversation_id"] in self.chosen:
                    yield records.Deal(
                        conversation=row["conversation"], state=row["state"], at=row["at"], agent=row["agent"]
                    )

    async def _risks(self) -> AsyncGenerator[records.Line, None]:
        rows = self.db.stream(
            "SELECT r.*, t.uid AS contact FROM risk_mark r LEFT JOIN contact t ON t.id = r.contact_id ORDER BY r.at, r.id"
        )
        async with aclosing(rows):
            async for row in rows:
                contact = row["contact_id"]
                if self.whole if contact is None else contact in self.contacts:
                    yield records.Risk(
                        id=row["id"],
                        reason=row["reason"],
                        author=row["author"],
                        at=row["at"],
                        phone=row["phone"],
                        contact=row["contact"],
                        source=row["source"],
                        removed_at=row["removed_at"],
                    )

    # -- merges ----------------------------------------------------------------------------------------------------------

    async def _merges(self) -> AsyncGenerator[records.Line, None]:
        page: list[Row] = []
        rows = self.db.stream(
            "SELECT m.*, w.uid AS winner_uid, l.uid AS loser_uid FROM contact_merge m JOIN contact w ON w.id = m.winner "
            "JOIN contact l ON l.id = m.loser ORDER BY m.seq"
        )
        async with aclosing(rows):
            async for row in rows:
                if row["winner"] in self.contacts and row["loser"] in self.contacts:
                    page.append(row)
                if len(page) == PAGE:
                    for line in await self._merges_of(page):
                        yield line
                    page = []
        for line in await self._merges_of(page):
            yield line

    async def _merges_of(self, rows: Sequence[Row]) -> list[records.Line]:
        moved = [json.loads(row["moved"]) for row in rows]
        joins = [json.loads(row["joins"]) for row in rows]
        identities = await self._by_id(
            "SELECT d.id, i.name, d.address FROM identity d JOIN inbox i ON i.id = d.inbox_id WHERE d.id IN ({})",
            {id for one in moved for id in one.get("identities", ())},
        )
        why = [json.loads(row["why"]) for row in rows]
        names = await Names.of(self.db, (one for some in why for one in some))
        talks = {id for one in moved for id in one.get("conversations", ())}
        talks |= {id for one in joins for join in one for id in (join["child"], join["parent"])}
        talks = {id for id in talks if id in self.chosen}
        uids = await self._by_id("SELECT id, uid FROM conversation WHERE id IN ({})", talks)
        found: list[records.Line] = []
        for row, reasons, went, joined in zip(rows, why, moved, joins, strict=True):
            addresses = (identities[id] for id in went.get("identities", ()) if id in identities)
            found.append(
                records.Merge(
                    id=row["id"],
                    winner=row["winner_uid"],
                    loser=row["loser_uid"],
                    at=row["at"],
                    by_kind=row["actor_kind"],
                    by=row["actor"],
                    why=names.told(reasons),
                    choices=self._named(row["choices"]),
                    before=self._named(row["before"]),
                    after=self._named(row["after"]),
                    moved_identities=sorted((one["name"], one["address"]) for one in addresses),
                    moved_conversations=[uids[id]["uid"] for id in went.get("conversations", ()) if id in uids],
                    moved_keys=went.get("keys", 0),
                    joins=[
                        (uids[join["child"]]["uid"], uids[join["parent"]]["uid"])
                        for join in joined
                        if join["child"] in uids and join["parent"] in uids
                    ],
                    undone_at=row["undone_at"],
                )
            )
        return found

    def _named(self, values: str) -> dict[str, Any]:
        """Values of a contact with labels by their names."""
        found: dict[str, Any] = {}
        for key, value in json.loads(values).items():
            what, _, label = key.partition(".")
            if what != "label":
                found[key] = value
            elif (name := self._labels.get(int(label))) is not None:
                found[f"label.{name}"] = value
        return dict(sorted(found.items()))

    # -- what waits for a person -----------------------------------------------------------------------------------------

    def _pairs(self) -> AsyncGenerator[records.Line, None]:
        return pairs.pairs(self.db, self.contacts)

    def _differences(self) -> AsyncGenerator[records.Line, None]:
        return pairs.differences(self.db, self.contacts, self._sold)

    # -- events ----------------------------------------------------------------------------------------------------------

    async def _events(self) -> AsyncGenerator[records.Line, None]:
        page: list[Row] = []
        rows = self.db.stream(
            "SELECT e.*, c.uid AS conversation, t.uid AS contact, i.name AS inbox, m.id AS message FROM event e "
            "LEFT JOIN conversation c ON c.id = e.conversation_id LEFT JOIN contact t ON t.id = e.contact_id "
            "LEFT JOIN inbox i ON i.id = e.inbox_id LEFT JOIN message m ON m.n = e.message_n "
            "WHERE e.conversation_id IS NOT NULL OR e.contact_id IS NOT NULL ORDER BY e.seq"
        )
        async with aclosing(rows):
            async for row in rows:
                about = (
                    (row["conversation_id"], self.chosen)
                    if row["conversation_id"]
                    else (row["contact_id"], self.contacts)
                )
                if about[0] in about[1]:
                    page.append(row)
                if len(page) == PAGE:
                    for line in await self._events_of(page):
                        yield line
                    page = []
        for line in await self._events_of(page):
            yield line

    async def _events_of(self, rows: Sequence[Row]) -> list[records.Line]:
        data = [json.loads(row["data"]) for row in rows]
        people = {
            one[key]
            for row, one in zip(rows, data, strict=True)
            for key in people_in(row["kind"])
            if type(one.get(key)) is int
        }
        uids = await self._by_id("SELECT id, uid FROM contact WHERE id IN ({})", people)
        about = [one for row, one in zip(rows, data, strict=True) if row["kind"].startswith("order.")]
        sold = {one["order"] for one in about if type(one.get("order")) is int}
        codes = await self._by_id("SELECT id, uid FROM customer_order WHERE id IN ({})", sold)
        found: list[records.Line] = []
        for row, one in zip(rows, data, strict=True):
            found.append(
                records.Event(
                    at=row["at"],
                    kind=row["kind"],
                    by_kind=row["actor_kind"],
                    by=row["actor"],
                    conversation=row["conversation"],
                    contact=row["contact"]
                    if row["contact_id"] is not None and row["contact_id"] in self.contacts
                    else None,
                    inbox=row["inbox"],
                    message=row["message"],
                    action=row["action_id"],
                    cause=row["cause"],
                    data=_told(row["kind"], one, uids, codes),
                )
            )
        return found

    async def _by_id(self, sql: str, ids: Iterable[int]) -> dict[int, Row]:
        found: dict[int, Row] = {}
        rest = iter(sorted(ids))
        while some := list(islice(rest, PAGE)):
            found.update({row["id"]: row for row in await self.db.all(sql.format(marks(some)), some)})
        return found


LOCAL = ("label_id", "pair", "imported", "identity", "moved", "strays")
"""In the data of an event: keys that mean something only in the store that wrote them."""


def _told(kind: str, data: Mapping[str, Any], uids: Mapping[int, Row], codes: Mapping[int, Row]) -> dict[str, Any]:
    """Data of an event as another store understands it: no number that only this one knows."""
    found = {key: value for key, value in data.items() if key not in LOCAL}
    for key in people_in(kind):
        if type(found.get(key)) is int and found[key] in uids:
            found[key] = uids[found[key]]["uid"]
    if str(found.get("field", "")).startswith("label.") and "label" in found:
        found["field"] = f"label.{found['label']}"
    if kind.startswith("order.") and type(found.get("order")) is int and found["order"] in codes:
        found["order"] = codes[found["order"]]["uid"]
    return found
