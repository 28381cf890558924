"""A provider with every ability, which does as told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.support.world import CHAT, World
from unibox_tui.connectors.contract import SendRequest, SendResult, Standing, Template
from unibox_tui.connectors.errors import ConnectorError
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.domain.inbound import InboundEvent, MessageReceived, Person, Receipt
from unibox_tui.domain.words import Author, DeliveryState, Direction
from unibox_tui.store import inboxes
from unibox_tui.sync.wanted import Wanted


class Fake:
    """`trouble`: errors to raise next, by ability. `asked`: what was asked of it."""

    channel = "fake"

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.trouble: dict[str, list[Exception]] = {}
        self.files: dict[str, bytes] = {}
        self.people: dict[str, Person] = {}
        self.told = Standing()
        self.listed: Sequence[Template] = ()
        self.on_send: Callable[[SendRequest], Any] | None = None
        self.at_once = self.most_at_once = 0

    def _do(self, what: str, detail: Any) -> None:
        self.asked.append((what, detail))
        if self.trouble.get(what):
            raise self.trouble[what].pop(0)

    def count(self, what: str) -> int:
        return sum(1 for one, _ in self.asked if one == what)

    def capabilities(self):
        return CHAT

    async def check(self):
        raise NotImplementedError

    async def aclose(self) -> None:
        return None

    async def send(self, request: SendRequest) -> SendResult:
        await request.before_first_byte()
        self._do("send", request)
        if self.on_send is not None:
            await self.on_send(request)
        return SendResult(f"p-{request.client_ref}")

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Sequence[InboundEvent]:
        event = json.loads(body)
        if event["type"] == "receipt":
            return [Receipt(DeliveryState.DELIVERED, event["at"], provider_id=event["id"])]
        return [
            MessageReceived(
                event["id"],
                Person(event["who"], "visitor"),
                event["at"],
                event["text"],
                direction=Direction(event["type"]),
                author=Author(event.get("author", "contact")),
            )
        ]

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        return None

    async def fetch(self, remote: Mapping[str, Any], limit: int) -> bytes:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0)
            self._do("fetch", remote["id"])
            return self.files[remote["id"]]
        finally:
            self.at_once -= 1

    async def profile(self, address: str) -> Person | None:
        self._do("profile", address)
        return self.people.get(address)

    async def typing(self, destination: str, on: bool) -> None:
        self._do("typing", (destination, on))

    async def mark_read(self, destination: str, provider_id: str) -> None:
        self._do("seen", (destination, provider_id))

    async def react(self, destination: str, provider_id: str, emoji: str) -> None:
        self._do("react", (destination, provider_id, emoji))

    async def templates(self) -> Sequence[Template]:
        self._do("templates", None)
        return self.listed

    async def standing(self) -> Standing:
        self._do("standing", None)
        return self.told

    async def subscribe(self) -> None:
        self._do("subscribe", None)


class Around:
    """What the engine hands to its workers: the inboxes that are on, and who needs a person."""

    def __init__(self, world: World, *fakes: Fake, **settings: Any) -> None:
        self.world = world
        self.fakes = fakes
        self.broken_ids: list[int] = []
        self.well_ids: list[int] = []
        chosen = {"send_seen": True, **settings}
        self.ids = [world.inbox(f"kênh {n}", CHAT, channel="fake") for n, _ in enumerate(fakes)]
        rows = [world.db.read_now(lambda db, id=id: inboxes.by_id(db, id)) for id in self.ids]
        self.wanted = {
            row.id: Wanted(row, InboxSettings(channel="fake", **chosen), fake)
            for row, fake in zip(rows, fakes, strict=True)
        }

    def able(self) -> Mapping[int, Wanted]:
        return self.wanted

    async def broken(self, id: int, error: ConnectorError) -> None:
        self.broken_ids.append(id)

    async def well(self, id: int) -> None:
        self.well_ids.append(id)


async def work(worker: Any, rounds: int = 4) -> None:
    """Let a worker do what is due now."""
    for _ in range(rounds):
        await worker.step()
        await asyncio.gather(*worker._flying.values(), return_exceptions=True)
