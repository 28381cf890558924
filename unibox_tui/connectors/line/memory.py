"""What LINE hands out once and briefly: reply tokens, tokens that quote or mark as read, and in which group a member was
seen. Held by the running service alone: after a restart an answer is pushed and quotes nothing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from unibox_tui.connectors import reading
from unibox_tui.connectors.errors import ConnectorError
from unibox_tui.connectors.line.parse import source_of

MOST = 20_000
Value = TypeVar("Value")


class _Newest(Generic[Value]):
    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._held: OrderedDict[str, Value] = OrderedDict()

    def put(self, key: str, value: Value) -> None:
        self._held[key] = value
        self._held.move_to_end(key)
        while len(self._held) > self._most:
            self._held.popitem(last=False)

    def get(self, key: str) -> Value | None:
        return self._held.get(key)

    def take(self, key: str) -> Value | None:
        return self._held.pop(key, None)


@dataclass(frozen=True, slots=True)
class ReplyToken:
    """`given_at`: when LINE gave it, by its clock."""

    word: str
    came_at: int
    given_at: int


class Memory:
    """`now`: epoch ms; `lives_ms`: how long a reply token is believed to live after it came."""

    def __init__(self, now: Callable[[], int], lives_ms: int) -> None:
        self._now = now
        self._lives_ms = lives_ms
        self._born_at = now()
        self._replies: _Newest[ReplyToken] = _Newest()
        self._used: _Newest[bool] = _Newest()  # an event may come again without saying so
        self._quotes: _Newest[str] = _Newest()
        self._reads: _Newest[str] = _Newest()
        self._groups: _Newest[str] = _Newest()

    def hear(self, body: bytes) -> None:
        """A webhook whose signature fits. What cannot be read here is told by whoever parses it."""
        try:
            events = reading.some(reading.load(body, "The body from LINE"), "events")
        except ConnectorError:
            return
        for event in events:
            try:
                self._event(event)
            except ConnectorError:
                continue

    def _event(self, event: Mapping[str, Any]) -> None:
        source = source_of(event)
        fresh = reading.maybe(event, "deliveryContext").get("isRedelivery") is not True
        token = reading.word(event, "replyToken")
        if fresh and token and self._used.get(token) is None:
            now = self._now()
            self._replies.put(source.chat, ReplyToken(token, now, reading.count(event, "timestamp") or now))
        if source.member is not None and source.group is not None:
            path = f"{source.group.attributes['line']}/{source.group.address}"
            self._groups.put(source.member.address, path)
        message = reading.maybe(event, "message")
        if id := reading.word(message, "id"):
            if quote := reading.word(message, "quoteToken"):
                self._quotes.put(id, quote)
            if read := reading.word(message, "markAsReadToken"):
                self._reads.put(id, read)

    def reply_token(self, chat: str) -> ReplyToken | None:
        """One that still lives; it is not given again unless it is given back."""
        held = self._replies.take(chat)
        if held is None or not self.lives(held):
            return None
        self._used.put(held.word, True)
        return held

    def give_back(self, chat: str, token: ReplyToken) -> None:
        """It was not used after all."""
        self._used.take(token.word)
        if self._replies.get(chat) is None:
            self._replies.put(chat, token)

    def lives(self, token: ReplyToken) -> bool:
        return self._now() - token.came_at < self._lives_ms

    def used_by_this_attempt(self, token: ReplyToken) -> bool:
        """Whether a token that LINE calls invalid after our one attempt must have been used by it: it has not had the time to
        end by LINE's clock either, and nobody before us, as a service that was killed, can have had it."""
        age = self._now() - min(token.came_at, token.given_at)
        return age < self._lives_ms and token.came_at - self._born_at >= self._lives_ms

    def wrote(self, id: str, quote_token: str) -> None:
        """A message of ours can be quoted too."""
        self._quotes.put(id, quote_token)

    def quote_token(self, id: str) -> str | None:
        return self._quotes.get(id)

    def read_token(self, id: str) -> str | None:
        return self._reads.get(id)

    def group_of(self, member: str) -> str | None:
        """`group/C…` or `room/R…`: where a member was seen last."""
        return self._groups.get(member)
