"""One visitor's connection, whatever carries it: what it says (frames in) and what it is shown (frames out).

Frames are JSON objects with a kind `t`. From the browser:
    hello {token?, user? {id, hash}, person? {name, email, phone}, lang, page {url, title, referrer}, after?}
    msg {id, text, files [reference]}    ack {n}    read {n}    typing {on}    profile {person}    older {before}    pong
To the browser:
    welcome {token, lines, more, online, seen, known}    line {…}    older {lines, more}    got {id}    no {code, id?, wait?}
    typing {on, name}    online {on}    seen {n}    ping
"""

from __future__ import annotations

import asyncio
import json
import re
import unicodedata
from collections import deque
from collections.abc import Mapping
from typing import Any

from unibox_tui.connectors.form import looks_like_email
from unibox_tui.connectors.livechat import LivechatSettings
from unibox_tui.store.livechat import ChatLine, Spot, visitor_types
from unibox_tui.web.edge import RETRY_SECONDS, Edge, RecentKeys
from unibox_tui.web.inboxes import WebInbox
from unibox_tui.web.spool import SpoolFull
from unibox_tui.web.tokens import Visitor, new_visitor, vouched

MOST_WAITING = 1_000
MOST_FILES = 5
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_PERSON_LIMITS = {"name": 120, "email": 254, "phone": 40}
_PAGE_LIMITS = {"url": 1_000, "title": 200, "referrer": 1_000}


class TurnedAway(Exception):
    """The visitor may not come in; `code` is what the widget is told."""

    def __init__(self, code: str, wait: float = 0) -> None:
        super().__init__(code)
        self.code = code
        self.wait = wait

    @property
    def frame(self) -> dict[str, Any]:
        return {"t": "no", "code": self.code} | ({"wait": round(self.wait, 1)} if self.wait else {})


def admit(
    edge: Edge, inbox: WebInbox, settings: LivechatSettings, hello: Mapping[str, Any], address: str
) -> tuple[Visitor, str]:
    """(who this is, the token to keep). Raises TurnedAway."""
    now = edge.clock()
    user = hello.get("user")
    if isinstance(user, Mapping) and user.get("id"):
        secret = inbox.secret_of("identity_secret")
        name = str(user["id"])[:200]
        # What cannot be printed (lone surrogates, control characters) is nobody's name.
        right = secret and name.isprintable()
        visitor = vouched(secret, name, str(user.get("hash", ""))) if secret and right else None
        if visitor is None:
            raise TurnedAway("identity")
        return visitor, edge.tokens.visitor(inbox.name, visitor, now)
    if settings.identity_required:
        raise TurnedAway("identity_required")
    token = hello.get("token")
    if isinstance(token, str) and token:
        known = edge.tokens.read_visitor(inbox.name, token, now)
        # A customer the site vouched for once is vouched for again on each page, or is a stranger.
        if known is not None and not known[0].verified:
            return known[0], edge.tokens.visitor(inbox.name, known[0], now) if known[1] else token
    wait = edge.buckets.take(("new", address), per_minute=edge.limits.new_visitors_per_minute, burst=60)
    if wait:
        raise TurnedAway("slow", wait)
    visitor = new_visitor()
    return visitor, edge.tokens.visitor(inbox.name, visitor, now)


class Visit:
    """`spot` is None until the visitor's first message is in the store."""

    def __init__(
        self,
        edge: Edge,
        inbox: WebInbox,
        settings: LivechatSettings,
        visitor: Visitor,
        address: str,
        hello: Mapping[str, Any],
        recent: RecentKeys,
    ) -> None:
        self.edge = edge
        self.inbox = inbox
        self.settings = settings
        self.visitor = visitor
        self.address = address
        self.spot: Spot | None = None
        self.wrote = bool(recent.get(("wrote", inbox.id, visitor.id)))
        self.closed = False
        self.cursor = 0
        self.lines: dict[int, ChatLine] = {}
        self.shown: dict[str, Any] = {}
        self.waiting: deque[dict[str, Any]] = deque()
        self.news = asyncio.Event()
        self._recent = recent
        self._typing_at = 0
        self._telling: asyncio.Future[None] | None = None
        self._person = _person(hello.get("person"))
        self._language = hello["lang"] if hello.get("lang") in ("vi", "th", "en") else None
        self._page = _clipped(hello.get("page"), _PAGE_LIMITS)

    # -- out -----------------------------------------------------------------------------------------------------

    def push(self, frame: dict[str, Any]) -> None:
        if len(self.waiting) >= MOST_WAITING:
            self.close()
        self.waiting.append(frame)
        self.news.set()

    def close(self) -> None:
        self.closed = True
        self.news.set()

    def take_waiting(self) -> list[dict[str, Any]]:
        frames = list(self.waiting)
        self.waiting.clear()
        if not self.closed:
            self.news.clear()
        return frames

    def show(self, lines: list[ChatLine]) -> None:
        """Push what is new or different since it was pushed last."""
        for line in lines:
            old = self.lines.get(line.n)
            if old is None or old.version != line.version:
                self.push({"t": "line", **self.frame_of(line)})
        self.remember(lines)

    def remember(self, lines: list[ChatLine]) -> None:
        for line in lines:
            self.lines[line.n] = line
            self.cursor = max(self.cursor, line.n)
        for n in sorted(self.lines)[:-500]:
            del self.lines[n]

    def frame_of(self, line: ChatLine) -> dict[str, Any]:
        frame: dict[str, Any] = {"n": line.n, "mine": line.mine, "text": line.text, "at": line.at}
        if line.mine:
            frame["id"] = line.client_id
        else:
            frame["name"] = line.author or self.inbox.title
        if line.unsent:
            frame["unsent"] = True
        if line.files:
            frame["files"] = [
                {"id": file.id, "name": file.name, "type": file.media_type, "size": file.size} for file in line.files
            ]
        return frame

    def tell(self, key: str, value: Any, frame: dict[str, Any]) -> None:
        """Push `frame` only when `value` of this key differs from what was told last."""
        if self.shown.get(key) != value:
            self.shown[key] = value
            self.push(frame)

    # -- in ------------------------------------------------------------------------------------------------------

    async def hear(self, frame: Mapping[str, Any]) -> None:
        """One frame of the browser. What makes no sense is answered with `no`, never raised."""
        kind = frame.get("t")
        if kind == "msg":
            await self._message(frame)
        elif kind in ("ack", "read"):
            await self._receipt(str(kind), frame.get("n"))
        elif kind == "typing":
            self._typing(bool(frame.get("on")))
        elif kind == "profile":
            await self._profile(_person(frame.get("person")))
        elif kind not in ("pong", "older"):  # `older` is the hub's: it reads
            self.push({"t": "no", "code": "bad"})

    async def _message(self, frame: Mapping[str, Any]) -> None:
        id, text, references = frame.get("id"), frame.get("text"), frame.get("files") or []
        if not isinstance(id, str) or not _CLIENT_ID.fullmatch(id):
            return self.push({"t": "no", "code": "bad"})
        key = (self.inbox.id, self.visitor.id, id)
        if self._recent.get(key):
            return self.push({"t": "got", "id": id})
        if not isinstance(text, str) or not isinstance(references, list) or len(references) > MOST_FILES:
            return self.push({"t": "no", "code": "bad", "id": id})
        text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\0", "")).strip()
        if len(text) > self.settings.text_limit:
            return self.push({"t": "no", "code": "long", "id": id})
        now = self.edge.clock()
        files = [
            self.edge.tokens.read_upload(self.inbox.name, self.visitor, reference, now)
            for reference in references
            if isinstance(reference, str)
        ]
        if None in files:
            return self.push({"t": "no", "code": "file", "id": id})
        if not text and not files:
            return self.push({"t": "no", "code": "empty", "id": id})
        wait = self._too_fast()
        if wait:
            return self.push({"t": "no", "code": "slow", "id": id, "wait": round(wait, 1)})
        event = {
            "type": "message",
            "id": id,
            "text": text,
            "files": files,
            "person": self._stated(),
            "page": self._page,
        }
        if await self._take(event, id):
            self._recent.put(key, 1)
            self._recent.put(("wrote", self.inbox.id, self.visitor.id), 1)
            self.wrote = True
            self.push({"t": "got", "id": id})
        return None

    def _too_fast(self) -> float:
        take, settings = self.edge.buckets.take, self.settings
        own, shared = settings.messages_per_minute, settings.address_messages_per_minute
        return take(("msg", self.inbox.name, self.visitor.id), per_minute=own, burst=max(10, own * 2 / 3)) or take(
            ("msgs", self.inbox.name, self.address), per_minute=shared, burst=max(20, shared / 2)
        )

    async def _profile(self, person: dict[str, str]) -> None:
        """Every message carries it too, so one too many may be passed over."""
        if person and person != self._person:
            self._person = person
            if not self.edge.buckets.take(("profile", self.inbox.name, self.address), per_minute=30):
                await self._take({"type": "profile", "person": self._stated()})

    async def _receipt(self, kind: str, n: object) -> None:
        line = self.lines.get(n) if isinstance(n, int) else None
        if line is None or line.mine:
            return
        key = (kind, self.inbox.id, self.visitor.id)
        # Until the service was restarted this is enough; afterwards a repeat only confirms what is known.
        if line.n <= self._recent.get(key) or line.state == "read" or (kind == "ack" and line.state == "delivered"):
            return
        self._recent.put(key, line.n)
        await self._take({"type": kind, "n": line.n, "until": line.at})

    def _typing(self, on: bool) -> None:
        """Kept on the side: nothing a visitor says waits behind it, and a lost one matters to nobody."""
        now, spot = self.edge.clock(), self.spot
        if spot is None or (on and now - self._typing_at < 1_000) or (self._telling and not self._telling.done()):
            return
        self._typing_at = now if on else 0
        ring = now - self._recent.get(("typing rang",)) >= 1_000
        if ring:
            self._recent.put(("typing rang",), now)
        self._telling = asyncio.ensure_future(self.edge.db.write(lambda tx: visitor_types(tx, spot, on, ring=ring)))
        self._telling.add_done_callback(lambda done: None if done.cancelled() else done.exception() and None)

    async def left(self, at: int) -> None:
        """The visitor has gone, as far as we can tell, at that time."""
        await self._take({"type": "left", "at": at})

    async def _take(self, event: dict[str, Any], id: str = "") -> bool:
        event = {"visitor": self.visitor.id, "at": self.edge.clock(), **event}
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        try:
            await self.edge.intake.take(self.inbox.id, "socket", body)
        except (SpoolFull, OSError):
            self.push({"t": "no", "code": "later", "wait": RETRY_SECONDS} | ({"id": id} if id else {}))
            return False
        return True

    def _stated(self) -> dict[str, Any]:
        stated: dict[str, Any] = dict(self._person)
        if self._language:
            stated["language"] = self._language
        if self.visitor.verified:
            stated |= {"verified": True, "user": self.visitor.user}
        return stated

    @property
    def known(self) -> list[str]:
        """What they have told about themselves."""
        return sorted(self._person)


def _clipped(given: object, limits: Mapping[str, int]) -> dict[str, str]:
    """The known texts of a frame's object, cut to size, NFC, one line each."""
    if not isinstance(given, Mapping):
        return {}
    found = {}
    for key, limit in limits.items():
        value = given.get(key)
        if isinstance(value, str) and (text := " ".join(unicodedata.normalize("NFC", value[: limit * 2]).split())):
            found[key] = text[:limit]
    return found


def _person(given: object) -> dict[str, str]:
    person = _clipped(given, _PERSON_LIMITS)
    if not looks_like_email(person.get("email", "")):
        person.pop("email", None)
    if sum(character.isdigit() for character in person.get("phone", "")) < 6:
        person.pop("phone", None)
    return person
