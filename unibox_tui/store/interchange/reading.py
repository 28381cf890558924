"""A store as lines, in an order that can be taken in again: what is referred to comes before what refers to it.

Agents, inboxes, labels and contacts stand right before the first line that names them; all conversations before all
messages; conversations by number, their messages in the order of the thread; then orders, deals, marks of risk, merges and,
when asked for, events. Two stores with the same content give the
same lines, whatever their inner numbers are.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from itertools import islice
from typing import Any

from unibox_tui.domain.saying import kept
from unibox_tui.domain.words import PRIORITY_OF_RANK, Author
from unibox_tui.store.database import Row
from unibox_tui.store.interchange import call_lines, identity_reading, records
from unibox_tui.store.interchange.beside_reading import PAGE, Beside
from unibox_tui.store.interchange.seen import Seen
from unibox_tui.store.interchange.snapshot import Snapshot
from unibox_tui.store.reading import marks


class Export:
    """`ids`: the conversations wanted; what is joined into them comes along. None: all. `events`: the log of them too."""

    def __init__(self, db: Snapshot, ids: Iterable[int] | None = None, *, events: bool = False) -> None:
        self.db = db
        self.events = events
        self._ids = None if ids is None else list(ids)
        self._chosen = Seen()
        self._contacts = Seen()
        self._labels = Seen()
        self._inboxes: dict[int, Row] = {}
        self._inboxes_told: set[int] = set()
        self._agents: dict[str, Row] = {}
        self._agents_told: set[str] = set()

    async def lines(self) -> AsyncGenerator[records.Line, None]:
        self._inboxes = {row["id"]: row for row in await self.db.all("SELECT * FROM inbox")}
        self._agents = {row["name"]: row for row in await self.db.all("SELECT * FROM agent")}
        yield records.Header(version=records.VERSION)
        chosen = await self._choose()
        for part in (self._conversations, self._joins, self._messages):
            async with aclosing(self._pages(chosen)) as pages:
                async for page in pages:
                    async with aclosing(part(page)) as lines:
                        async for line in lines:
                            yield line
        if chosen is None:
            async with aclosing(self._people()) as lines:
                async for line in lines:
                    yield line
        beside = Beside(self.db, self._chosen, self._contacts, whole=chosen is None, events=self.events)
        async with aclosing(beside.lines()) as lines:
            async for line in lines:
                yield line

    # -- which ---------------------------------------------------------------------------------------------------------

    async def _choose(self) -> list[int] | None:
        if self._ids is None:
            return None
        wanted = set(self._ids)
        rest = sorted(wanted)
        while rest:
            found: set[int] = set()
            for some in _pieces(rest, PAGE):
                rows = await self.db.all(f"SELECT id FROM conversation WHERE joined_into IN ({marks(some)})", some)
                found.update(row["id"] for row in rows)
            rest = sorted(found - wanted)
            wanted |= found
        return sorted(wanted)

    async def _pages(self, chosen: list[int] | None) -> AsyncGenerator[list[int], None]:
        if chosen is not None:
            for some in _pieces(chosen, PAGE):
                yield some
            return
        last = -1
        while page := await self.db.all("SELECT id FROM conversation WHERE id > ? ORDER BY id LIMIT ?", (last, PAGE)):
            last = page[-1]["id"]
            yield [row["id"] for row in page]

    # -- conversations ---------------------------------------------------------------------------------------------------

    async def _conversations(self, ids: list[int]) -> AsyncGenerator[records.Line, None]:
        rows = await self.db.all(
            "SELECT c.*, t.uid AS contact_uid, h.uid AS home_uid FROM conversation c "
            "JOIN contact t ON t.id = c.contact_id LEFT JOIN contact h ON h.id = c.home "
            f"WHERE c.id IN ({marks(ids)}) ORDER BY c.id",
            ids,
        )
        labels = await self._labels_of("conversation", ids)
        contacts = await self._contact_lines([row["contact_id"] for row in rows])
        for row in rows:
            self._chosen.add(row["id"])
            for line in (*contacts.pop(row["contact_id"], ()), *self._agent(row["assignee"])):
                yield line
            for label in labels.get(row["id"], ()):
                for line in self._label(label):
                    yield line
            yield records.Conversation(
                id=row["uid"],
                number=row["id"],
                group=row["group_name"],
                kind=row["kind"],
                contact=row["contact_uid"],
                home=row["home_uid"],
                subject=row["subject"],
                status=row["status"],
                assignee=row["assignee"],
                priority=str(PRIORITY_OF_RANK[row["priority"]]),
                spam=bool(row["spam"]),
                snoozed_until=row["snoozed_until"],
                wakes_on_reply=bool(row["snooze_wake_on_reply"]),
                labels=[label["name"] for label in labels.get(row["id"], ())],
                created_at=row["created_at"],
                resolved_at=row["resolved_at"],
            )

    async def _joins(self, ids: list[int]) -> AsyncGenerator[records.Line, None]:
        rows = await self.db.all(
            "SELECT j.*, c.uid AS child_uid, p.uid AS parent_uid FROM conversation_join j "
            "JOIN conversation c ON c.id = j.child JOIN conversation p ON p.id = j.parent "
            f"WHERE j.child IN ({marks(ids)}) ORDER BY j.child, j.at, j.id",
            ids,
        )
        for row in rows:
            if row["parent"] not in self._chosen:
                continue
            for line in self._agent(row["actor"]):
                yield line
            yield records.Join(
                id=row["id"],
                child=row["child_uid"],
                parent=row["parent_uid"],
                at=row["at"],
                by=row["actor"],
                undone_at=row["undone_at"],
            )

    # -- contacts --------------------------------------------------------------------------------------------------------

    async def _people(self) -> AsyncGenerator[records.Line, None]:
        """Those with whom there was no conversation."""
        last = -1
        while page := await self.db.all(
            "SELECT id FROM contact WHERE id > ? AND merged_into IS NULL AND forgotten_at IS NULL ORDER BY id LIMIT ?",
            (last, PAGE),
        ):
            last = page[-1]["id"]
            for lines in (await self._contact_lines([row["id"] for row in page])).values():
                for line in lines:
                    yield line

    async def _contact_lines(self, ids: Sequence[int]) -> dict[int, list[records.Line]]:
        """Contact -> its lines, for those not told yet, and after it what was merged into it."""
        fresh = [id for id in dict.fromkeys(ids) if self._contacts.add(id)]
        if not fresh:
            return {}
        rows = await self.db.all(
            "SELECT t.*, m.uid AS merged_uid FROM contact t LEFT JOIN contact m ON m.id = t.merged_into "
            f"WHERE t.id IN ({marks(fresh)})",
            fresh,
        )
        into = {row["id"]: row["merged_into"] for row in rows if row["merged_into"] is not None}
        above = await self._contact_lines([into[id] for id in fresh if id in into])
        labels = await self._labels_of("contact", fresh)
        identities = await identity_reading.identities(self.db, fresh)
        told = await identity_reading.told_of(self.db, fresh)
        parts = await self.db.all(
            f"SELECT id, merged_into FROM contact WHERE merged_into IN ({marks(fresh)}) ORDER BY id", fresh
        )
        found: dict[int, list[records.Line]] = {}
        by_id = {row["id"]: row for row in rows}
        for row in (by_id[id] for id in fresh if id in by_id):
            lines: list[records.Line] = list(above.pop(row["merged_into"], ()))
            for label in labels.get(row["id"], ()):
                lines += self._label(label)
            own = identities.get(row["id"], [])
            for inbox_id, _ in own:
                lines += self._inbox(inbox_id)
            lines.append(
                records.Contact(
                    id=row["uid"],
                    name=row["name"],
                    title=row["title"],
                    language=row["language"],
                    note=row["note"],
                    attributes=_object(row["attributes"]) or {},
                    first_seen_at=row["first_seen_at"],
                    last_seen_at=row["last_seen_at"],
                    created_at=row["created_at"],
                    merged_into=row["merged_uid"],
                    labels=[label["name"] for label in labels.get(row["id"], ())],
                    blocked_at=row["blocked_at"],
                    blocked_by=row["blocked_by"],
                    forgotten_at=row["forgotten_at"],
                    identities=[identity for _, identity in own],
                    keys=[one for one in told.get(row["id"], ()) if isinstance(one, records.Key)],
                    outside=[one for one in told.get(row["id"], ()) if isinstance(one, records.OutsideId)],
                )
            )
            below = await self._contact_lines([part["id"] for part in parts if part["merged_into"] == row["id"]])
            for those in below.values():
                lines += those
            found[row["id"]] = lines
        return found

    # -- messages --------------------------------------------------------------------------------------------------------

    async def _messages(self, ids: list[int]) -> AsyncGenerator[records.Line, None]:
        page: list[Row] = []
        rows = self.db.stream(
            "SELECT m.*, b.text, b.hidden_text, b.subject, b.email, b.extra, c.uid AS conversation_uid, h.uid AS home_uid, "
            "d.address, d.kind AS address_kind, d.contact_id, q.id AS answers_id FROM message m "
            "JOIN conversation c ON c.id = m.conversation_id LEFT JOIN conversation h ON h.id = m.born_in "
            "LEFT JOIN message_body b ON b.n = m.n LEFT JOIN identity d ON d.id = m.identity_id "
            f"LEFT JOIN message q ON q.n = m.answers_n WHERE m.conversation_id IN ({marks(ids)}) "
            "ORDER BY m.conversation_id, m.n",
            ids,
        )
        async with aclosing(rows):
            async for row in rows:
                page.append(row)
                if len(page) == PAGE:
                    for line in await self._page(page):
                        yield line
                    page = []
        for line in await self._page(page):
            yield line

    async def _page(self, rows: list[Row]) -> list[records.Line]:
        ns = [row["n"] for row in rows]
        keys = await self._by_n(
            "SELECT n, scope, provider_id FROM message_key WHERE n IN ({}) ORDER BY scope, provider_id", ns
        )
        files = await self._by_n("SELECT * FROM attachment WHERE n IN ({}) ORDER BY n, position, id", ns)
        reactions = await self._by_n("SELECT * FROM reaction WHERE n IN ({}) ORDER BY n, at, who", ns)
        places = await self._by_n(
            "SELECT p.*, i.name AS inbox FROM mail_place p JOIN inbox i ON i.id = p.inbox_id WHERE p.n IN ({}) "
            "ORDER BY i.name, p.folder, p.uidvalidity, p.uid",
            ns,
        )
        calls = await self._by_n("SELECT * FROM call WHERE n IN ({})", ns)
        writers = [row["contact_id"] for row in rows if row["contact_id"] is not None]
        contacts = await self._contact_lines(writers)
        tells = await self._tells(rows, sorted(set(writers)))
        lines: list[records.Line] = []
        for row in rows:
            lines += contacts.pop(row["contact_id"], ())
            if row["inbox_id"] is not None:
                lines += self._inbox(row["inbox_id"])
            for place in places.get(row["n"], ()):
                lines += self._inbox(place["inbox_id"])
            if row["author_kind"] == Author.AGENT:
                lines += self._agent(row["author"])
            message = self._message(row, keys, files, reactions, places)
            message.tells = tells.get(row["n"], [])
            message.call = call_lines.told(calls[row["n"]][0]) if row["n"] in calls else None
            lines.append(message)
        return lines

    async def _tells(self, rows: Sequence[Row], writers: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
        """Message -> the keys of its writer that are known since it."""
        through = {row["n"]: row["identity_id"] for row in rows}
        found: dict[int, list[tuple[str, str]]] = {}
        for key in await identity_reading.keys_of(self.db, writers):
            if key["message_n"] is not None and through.get(key["message_n"]) == key["identity_id"]:
                found.setdefault(key["message_n"], []).append((key["kind"], key["value"]))
        return found

    def _message(
        self,
        row: Row,
        keys: dict[int, list[Row]],
        files: dict[int, list[Row]],
        reactions: dict[int, list[Row]],
        places: dict[int, list[Row]],
    ) -> records.Message:
        n = row["n"]
        state, reason = records.settled(row["state"], kept(row["reason"]) if row["reason"] else None)
        inbox = self._inboxes.get(row["inbox_id"])
        moved = row["born_in"] != row["conversation_id"] and row["born_in"] in self._chosen
        return records.Message(
            id=row["id"],
            conversation=row["conversation_uid"],
            n=n,
            born_in=row["home_uid"] if moved else None,
            inbox=None if inbox is None else inbox["name"],
            address=row["address"],
            direction=row["direction"],
            kind=row["kind"],
            author_kind=row["author_kind"],
            author=row["author"],
            author_unsure=bool(row["author_unsure"]),
            sent_at=row["sent_at"],
            received_at=row["received_at"],
            state=state,
            state_at=row["state_at"],
            reason=reason,
            client_ref=row["client_ref"],
            automatic=bool(row["automatic"]),
            answers=row["answers_id"],
            edited_at=row["edited_at"],
            unsent_at=row["unsent_at"],
            text=row["text"] or "",
            hidden_text=row["hidden_text"] or "",
            subject=row["subject"] or "",
            email=_object(row["email"]),
            extra=_object(row["extra"]),
            keys=[(key["scope"], key["provider_id"]) for key in keys.get(n, ())],
            places=[
                records.Place(
                    inbox=place["inbox"], folder=place["folder"], uidvalidity=place["uidvalidity"], uid=place["uid"]
                )
                for place in places.get(n, ())
            ],
            attachments=[
                records.Attachment(
                    name=file["name"],
                    media_type=file["media_type"],
                    size=file["size"],
                    sha256=file["sha256"],
                    remote=_object(file["remote"]),
                    content_id=file["content_id"],
                    inline=bool(file["inline"]),
                )
                for file in files.get(n, ())
            ],
            reactions=[
                records.Reaction(who=one["who"], emoji=one["emoji"], at=one["at"]) for one in reactions.get(n, ())
            ],
        )

    async def _by_n(self, sql: str, ns: list[int]) -> dict[int, list[Row]]:
        found: dict[int, list[Row]] = {}
        for row in await self.db.all(sql.format(marks(ns)), ns):
            found.setdefault(row["n"], []).append(row)
        return found

    # -- what is named -----------------------------------------------------------------------------------------------------

    async def _labels_of(self, what: str, ids: list[int]) -> dict[int, list[Row]]:
        found: dict[int, list[Row]] = {}
        for row in await self.db.all(
            f"SELECT o.{what}_id AS owner, l.* FROM {what}_label o JOIN label l ON l.id = o.label_id "
            f"WHERE o.{what}_id IN ({marks(ids)}) ORDER BY l.folded",
            ids,
        ):
            found.setdefault(row["owner"], []).append(row)
        return found

    def _label(self, row: Row) -> list[records.Line]:
        if not self._labels.add(row["id"]):
            return []
        return [
            records.Label(
                name=row["name"],
                colour=row["colour"],
                description=row["description"],
                set=row["label_set"],
                sticks=bool(row["sticks"]),
            )
        ]

    def _inbox(self, id: int) -> list[records.Line]:
        row = self._inboxes.get(id)
        if row is None or id in self._inboxes_told:
            return []
        self._inboxes_told.add(id)
        return [
            records.Inbox(
                name=row["name"],
                channel=row["channel"],
                group=row["group_name"],
                title=row["title"],
                address=row["address"],
                region=row["region"],
                language=row["language"],
            )
        ]

    def _agent(self, name: str | None) -> list[records.Line]:
        row = self._agents.get(name) if name is not None else None
        if row is None or name in self._agents_told:
            return []
        self._agents_told.add(row["name"])
        return [records.Agent(name=row["name"], display=row["display"], language=row["language"])]


def _object(text: str | None) -> dict[str, Any] | None:
    found: Any = json.loads(text) if text else None
    return found if isinstance(found, dict) and found else None


def _pieces(ids: Sequence[int], size: int) -> Iterable[list[int]]:
    rest = iter(ids)
    while some := list(islice(rest, size)):
        yield some
