"""A provider's events on their way to our door: signed, retried as the provider does, doubled or out of order when told so.

sim.hooks.url = "http://127.0.0.1:PORT/h/shop-line"
sim.hooks.post(body)            # in order, in the background
await sim.hooks.settle()        # until all is taken or given up
sim.hooks.log                   # every attempt with its status
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from unibox_tui.connectors.contract import Http
from unibox_tui.connectors.errors import ConnectorError

Sign = Callable[[bytes, str, int], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Schedule:
    """`retries`: seconds before each repeat. `within_s`: an answer later than that is none. `unsubscribes`: after the last
    failed repeat the provider sends nothing more until it is asked to again."""

    retries: tuple[float, ...] = ()
    within_s: float = 10.0
    unsubscribes: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """`status` 0: no answer. `answer` is what the door said."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    attempt: int
    at: int
    status: int
    answer: bytes = b""


@dataclass(frozen=True, slots=True)
class _Event:
    url: str
    body: bytes
    method: str
    headers: Mapping[str, str]


class Deliverer:
    """`factor` stretches the schedule: 0.001 makes seconds of minutes. `on_unsubscribed` is called when it gives up on us."""

    def __init__(
        self,
        sign: Sign,
        again: Callable[[bytes, int], bytes],
        schedule: Schedule,
        *,
        http: Http | None = None,
        clock: Callable[[], int],
        factor: float = 1.0,
    ) -> None:
        self.url = ""
        self.subscribed = True
        self.log: list[Attempt] = []
        self.given_up: list[bytes] = []
        self.factor = factor
        self.on_unsubscribed: Callable[[], None] | None = None
        self._sign = sign
        self._again = again
        self._schedule = schedule
        self._http = http
        self._clock = clock
        self._waiting: asyncio.Queue[_Event] = asyncio.Queue()
        self._worker: asyncio.Task[None] | None = None
        self._repeats: set[asyncio.Task[None]] = set()
        self._doubled = 0
        self._held: list[_Event] = []
        self._hold = 0

    def hurry(self, retries: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)) -> None:
        """Repeat after so many seconds instead of the provider's minutes: a demo may last for seconds only."""
        self._schedule = replace(self._schedule, retries=retries)

    # -- misbehaving ---------------------------------------------------------------------------------------------------

    def duplicate(self, times: int = 1) -> None:
        """The next events are delivered twice."""
        self._doubled += times

    def disorder(self, number: int = 2) -> None:
        """The next `number` events are held and then delivered in reverse."""
        self._hold = number

    def release(self) -> None:
        """What is still held for `disorder` leaves, in reverse."""
        held, self._hold = self._held[::-1], 0
        self._held.clear()
        for event in held:
            self._put(event)

    # -- delivering ----------------------------------------------------------------------------------------------------

    def post(
        self, body: bytes, *, url: str = "", method: str = "POST", headers: Mapping[str, str] | None = None
    ) -> None:
        """An event for `url` (our door when none is given), signed when it leaves. Nothing happens without a door, or after
        an unsubscription. `headers` come on top of those of the signature."""
        target = url or self.url
        if not target or not self.subscribed:
            return
        times = 1
        if self._doubled:
            self._doubled -= 1
            times = 2
        for _ in range(times):
            self._put(_Event(target, body, method, headers or {}))

    def _put(self, event: _Event) -> None:
        if self._hold:
            self._held.append(event)
            self._hold -= 1
            if self._hold:
                return
            for held in reversed(self._held):
                self._waiting.put_nowait(held)
            self._held.clear()
        else:
            self._waiting.put_nowait(event)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work(), name="webhooks")

    async def settle(self, seconds: float = 10.0) -> None:
        """Until everything is taken or given up. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while self._repeats or self._waiting.qsize() or (self._worker is not None and not self._worker.done()):
                if self._worker is not None:
                    await asyncio.shield(self._worker)
                if self._repeats:
                    await asyncio.wait(set(self._repeats))

    async def aclose(self) -> None:
        tasks = [task for task in (self._worker, *self._repeats) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        close = getattr(self._http, "aclose", None)
        if close is not None:
            await close()

    async def _work(self) -> None:
        """First attempts, one after the other."""
        while not self._waiting.empty():
            event = self._waiting.get_nowait()
            if not await self._try(event, 0):
                task = asyncio.create_task(self._repeat(event))
                self._repeats.add(task)
                task.add_done_callback(self._repeats.discard)

    async def _repeat(self, event: _Event) -> None:
        for attempt, wait in enumerate(self._schedule.retries, 1):
            await asyncio.sleep(wait * self.factor)
            if not self.subscribed or await self._try(event, attempt):
                return
        self.given_up.append(event.body)
        if self._schedule.unsubscribes and self.subscribed:
            self.subscribed = False
            if self.on_unsubscribed is not None:
                self.on_unsubscribed()

    async def _try(self, event: _Event, attempt: int) -> bool:
        body = self._again(event.body, attempt) if attempt else event.body
        headers = {**self._sign(body, event.url, attempt), **event.headers}
        status, said = 0, b""
        try:
            answer = await self._client().request(
                event.method, event.url, headers=headers, content=body or None, timeout_s=self._schedule.within_s
            )
            status, said = answer.status, answer.body
        except ConnectorError:
            pass  # no answer: `status` says so, and the schedule goes on
        self.log.append(Attempt(event.url, body, headers, attempt, self._clock(), status, said))
        return 200 <= status < 300

    def _client(self) -> Http:
        if self._http is None:
            from unibox_tui.connectors.http import HttpClient

            self._http = HttpClient()
        return self._http
