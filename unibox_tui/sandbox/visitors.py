"""A visitor at the real chat socket, speaking what the widget speaks."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from unibox_tui.sandbox.cast import Thread
from unibox_tui.sandbox.stories import thanks

_AGAIN_S = 2.0


@dataclass(slots=True)
class Visitor:
    """One open page. `sent(client id)` is called right before a message leaves; `address` is what a proxy says they have."""

    thread: Thread
    url: str
    address: str
    chance: random.Random
    sent: Callable[[Thread, str], None]
    token: str = ""
    patience: float = 1.0  # stretches the pauses
    heard: int = 0
    _unsaid: dict[str, str] = field(default_factory=dict)
    _answering: asyncio.Task[None] | None = None
    _thanked: bool = False

    async def stay(self, first: bool = False) -> None:
        """Be there until cancelled or the story is over; a lost line is taken up again. `first`: begin to speak."""
        from websockets.exceptions import WebSocketException

        try:
            while not self._over:
                try:
                    await self._visit(first and not self.heard)
                    first = False
                except (OSError, WebSocketException, TimeoutError):
                    await asyncio.sleep(_AGAIN_S)
        finally:
            if self._answering is not None:
                self._answering.cancel()

    @property
    def _over(self) -> bool:
        return self._thanked and not self._unsaid

    async def _visit(self, first: bool) -> None:
        from websockets.asyncio.client import connect

        headers = {"X-Forwarded-For": self.address}
        async with connect(self.url, additional_headers=headers, open_timeout=5, proxy=None) as socket:

            async def say(**frame: Any) -> None:
                await socket.send(json.dumps(frame, ensure_ascii=False))

            person = {"name": self.thread.customer.name}
            if self.thread.customer.digits[-1] in "0369":
                person |= {"email": self.thread.customer.email, "phone": self.thread.customer.phone}
            page = {"url": self.thread.page, "title": self.thread.telling.facts["item"]}
            await say(t="hello", token=self.token, person=person, lang=self.thread.customer.language, page=page)
            async for raw in socket:
                await self._frame(json.loads(raw), say)
                if first and self.token:
                    first = False
                    self._begin(self._next(say))

    async def _frame(self, frame: dict[str, Any], say: Callable[..., Any]) -> None:
        match frame["t"]:
            case "welcome":
                self.token = frame["token"]
                self.heard = max([self.heard, *(line["n"] for line in frame["lines"])])
                for id, text in list(self._unsaid.items()):
                    await say(t="msg", id=id, text=text, files=[])
            case "line" if not frame["mine"] and frame["n"] > self.heard:
                self.heard = frame["n"]
                await say(t="ack", n=frame["n"])
                self._begin(self._read_and_answer(frame["n"], say))
            case "got":
                self._unsaid.pop(frame["id"], None)
            case "no" if frame.get("id") in self._unsaid:
                await asyncio.sleep(float(frame.get("wait") or _AGAIN_S))
                await say(t="msg", id=frame["id"], text=self._unsaid[frame["id"]], files=[])
            case "ping":
                await say(t="pong")

    def _begin(self, work: Any) -> None:
        if self._answering is not None:
            self._answering.cancel()
        self._answering = asyncio.create_task(work)

    async def _read_and_answer(self, n: int, say: Callable[..., Any]) -> None:
        await asyncio.sleep(self.patience * self.chance.uniform(0.3, 1.5))
        await say(t="read", n=n)
        await self._next(say)

    async def _next(self, say: Callable[..., Any]) -> None:
        """Think, type, and say the next thing of the story; at its end thank once."""
        if self._thanked:
            return
        said = self.thread.telling.next_of_customer()
        self._thanked = said is None
        text = said[0] if said else thanks(self.thread.telling, self.chance)
        await asyncio.sleep(self.patience * self.chance.uniform(0.2, 1.0))
        await say(t="typing", on=True)
        await asyncio.sleep(self.patience * min(len(text) / 25, 4.0))
        id = f"{self.chance.getrandbits(64):016x}"
        self._unsaid[id] = text
        self.sent(self.thread, id)
        await say(t="msg", id=id, text=text, files=[])
