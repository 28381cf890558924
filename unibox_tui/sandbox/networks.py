"""The networks of the demo: a simulator of each, the inboxes that speak to them, and customers who write there."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from unibox_tui.config.editing import add_inbox, set_value
from unibox_tui.connectors.http import HttpClient
from unibox_tui.host.secrets import Secrets
from unibox_tui.sandbox.arrivals import Arrivals
from unibox_tui.sandbox.cast import Casting, Thread, made_files
from unibox_tui.sandbox.providers.base import Delivered, File, Guest, Simulator
from unibox_tui.sandbox.providers.registry import DemoChannel, DemoInbox, demos
from unibox_tui.sandbox.providers.server import ProviderServer
from unibox_tui.sandbox.stories import thanks
from unibox_tui.sandbox.workspace import BRANDS, Workspace

LOG = "networks.log"
log = logging.getLogger(__name__)


class Networks:
    """`async with` runs the simulators; `furnish` writes their inboxes into the demo's configuration. What they receive is
    printed into `networks.log` beside the mails, as it would go out."""

    def __init__(self, place: Workspace) -> None:
        self.place = place
        self.channels = demos()
        self.ways = tuple(channel.way for channel in self.channels)
        self._http = HttpClient()
        self._server = ProviderServer()
        self._sims: dict[str, Simulator] = {}
        self._path = place.outgoing / LOG
        for channel in self.channels:
            sim = channel.make(http=self._http, print=self._print)
            sim.hooks.hurry()
            self._sims[channel.way] = self._server.mount(sim, channel.way)
            for inbox in channel.inboxes:
                app = inbox.settings.get("app")
                door = f"a/{app}" if app else f"h/{inbox.name}"
                channel.door(sim, inbox, f"http://127.0.0.1:{place.web}/{door}")

    async def __aenter__(self) -> Networks:
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.aclose()
        await self._http.aclose()

    def furnish(self) -> None:
        """Inboxes, apps and secrets; in a home of an earlier demo they get the new addresses."""
        path = self.place.home.config
        secrets = Secrets(self.place.home.config_folder, use_keyring=False)
        known = set(self.place.config().inboxes)
        set_value(path, ("web", "public_url"), f"http://127.0.0.1:{self.place.web}")
        for channel in self.channels:
            addresses = channel.addresses(self._sims[channel.way].base_url)
            for app, (table, words) in channel.apps.items():
                set_value(path, ("apps", app), {"channel": channel.channel, **table, **addresses})
                for name, word in words.items():
                    secrets.store(f"app.{app}", name, word)
            for inbox in channel.inboxes:
                if inbox.name in known:
                    for key, value in addresses.items():
                        set_value(path, ("inbox", inbox.name, key), value)
                else:
                    add_inbox(path, inbox.name, _table(channel, inbox, addresses))
                for name, word in inbox.secrets.items():
                    secrets.store(inbox.name, name, word)

    def open(self, arrivals: Arrivals, casting: Casting, *, patience: float, chance: random.Random) -> Customers:
        return Customers(self, arrivals, casting, patience=patience, chance=chance)

    def of(self, way: str) -> tuple[DemoChannel, Simulator]:
        return next(channel for channel in self.channels if channel.way == way), self._sims[way]

    def heard(self, take: Callable[[str, Delivered], None]) -> None:
        """`take(way, message)` whenever a customer gets something from us."""
        for way, sim in self._sims.items():
            sim.on_delivered = lambda message, way=way: take(way, message)

    def _print(self, said: str) -> None:
        with Path(self._path).open("a", encoding="utf-8") as file:
            file.write(said + "\n")


class Customers:
    """People who write over the networks and answer what they get."""

    def __init__(
        self, networks: Networks, arrivals: Arrivals, casting: Casting, *, patience: float, chance: random.Random
    ) -> None:
        self.networks, self.arrivals, self.casting = networks, arrivals, casting
        self.patience, self.chance = patience, chance
        self._threads: dict[tuple[str, str], tuple[Thread, Guest, DemoInbox]] = {}
        self._quiet: set[tuple[str, str]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        networks.heard(self._taken)

    def begin(self, way: str) -> Thread:
        """A new customer writes on that network."""
        channel, _ = self.networks.of(way)
        thread = self.casting.thread("chat")
        inbox = next((one for one in channel.inboxes if one.brand == thread.brand.name), channel.inboxes[0])
        thread.way, thread.inbox = way, inbox.name
        thread.brand = next(brand for brand in BRANDS if brand.name == inbox.brand)
        guest = channel.guest(thread.customer)
        self._threads[(way, guest.phone or guest.id)] = self._threads[(way, guest.id)] = (thread, guest, inbox)
        self._start(self._says(thread, guest, inbox))
        return thread

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _taken(self, way: str, message: Delivered) -> None:
        found = self._threads.get((way, message.to))
        if found is not None:
            self._start(self._answer(*found))

    async def _answer(self, thread: Thread, guest: Guest, inbox: DemoInbox) -> None:
        await asyncio.sleep(self.patience * self.chance.uniform(0.8, 2.5))
        await self._says(thread, guest, inbox)

    async def _says(self, thread: Thread, guest: Guest, inbox: DemoInbox) -> None:
        key = (thread.way, guest.id)
        said = thread.telling.next_of_customer()
        if said is None:
            if key in self._quiet:
                return
            self._quiet.add(key)
        text, kinds = said or (thanks(thread.telling, self.chance), ())
        files = [
            File(file.name, file.content or b"", file.media_type)
            for file in made_files(kinds, thread.customer.language, self.chance)
        ]
        _, sim = self.networks.of(thread.way)
        id = await sim.says(guest, text, files, account=inbox.account)
        self.arrivals.given(thread.way, inbox.name, id, thread)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a customer on a network fell silent: %s: %s", type(error).__name__, error)


def _table(channel: DemoChannel, inbox: DemoInbox, addresses: Any) -> dict[str, Any]:
    brand = next(brand for brand in BRANDS if brand.name == inbox.brand)
    shared = {"group": brand.name, "title": inbox.title, "region": brand.region, "language": brand.language}
    return {"channel": channel.channel, **addresses, **inbox.settings, **shared}
