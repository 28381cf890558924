"""A Meta app with two Pages and two Instagram accounts, simulated, and connectors for them."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from unibox_tui.connectors.contract import App, SendFile, SendRequest
from unibox_tui.connectors.http import HttpClient
from unibox_tui.connectors.instagram.connector import InstagramConnector
from unibox_tui.connectors.instagram.settings import InstagramSettings
from unibox_tui.connectors.messenger.connector import MessengerConnector
from unibox_tui.connectors.messenger.settings import MessengerSettings
from unibox_tui.connectors.offline import offline_tools
from unibox_tui.connectors.pace import Pace
from unibox_tui.sandbox.providers.base import Guest
from unibox_tui.sandbox.providers.meta import MetaSim
from unibox_tui.sandbox.providers.server import ProviderServer

HA = Guest("7001002003004001", "Nguyễn Thị Hà", "vi")
SIRI = Guest("7001002003004002", "Siriporn Kaew", "th")
PAGE, OTHER, LINKED, OWN = "100200300400500", "100200300400501", "17841400000000001", "17841400000000002"
DOOR = "https://inbox.shop.example/a/shop-app"


@dataclass
class House:
    sim: MetaSim
    server: ProviderServer
    secrets: dict[str, str]
    messenger: Callable[..., MessengerConnector]
    instagram: Callable[..., InstagramConnector]
    kept: dict[str, str]


async def nothing() -> None:
    return None


def request(
    text: str = "Dạ em chào chị ạ.",
    to: str = HA.id,
    *,
    files: tuple[SendFile, ...] = (),
    answers: str | None = None,
    options: dict[str, Any] | None = None,
    leaving: Callable[[], Awaitable[None]] = nothing,
) -> SendRequest:
    return SendRequest("ref-1", to, text, files, answers, options or {}, leaving)


def file(content: bytes = b"\x89PNG....", media_type: str = "image/png", name: str = "bảng size.png") -> SendFile:
    async def read() -> bytes:
        return content

    return SendFile(name, media_type, len(content), read, "a" * 64)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with ProviderServer() as server:
        sim = server.mount(MetaSim(), "meta")
        sim.page(PAGE, "Shop A")
        sim.page(OTHER, "Shop B")
        sim.instagram(LINKED, "shop.a", page=PAGE)
        sim.instagram(OWN, "shop.own")
        http = HttpClient()
        secrets = {"app_secret": sim.app_secret, "verify_token": "our word", "user_token": sim.user_token}
        kept: dict[str, str] = {}
        tools = dataclasses.replace(
            offline_tools(),
            http=http,
            pace=lambda key, limits: Pace(limits),
            public_url=DOOR,
            app=App("shop-app", "messenger", sim.app_id, sim.base_url),
            keep_secret=kept.__setitem__,
            publish=lambda file: f"https://inbox.shop.example/m/x/{file.sha256[:4]}",
            now=sim.clock,
        )

        def messenger(**given: Any) -> MessengerConnector:
            settings = MessengerSettings(**{"page_id": PAGE, "app": "shop-app", **given})
            own = {**secrets, "access_token": sim.endpoints[settings.page_id or PAGE].token}
            return MessengerConnector("page", settings, lambda name: kept.get(name) or own.get(name), tools)

        def instagram(**given: Any) -> InstagramConnector:
            settings = InstagramSettings(**{"ig_id": LINKED, "page_id": PAGE, "app": "shop-app", **given})
            own = {**secrets, "access_token": sim.endpoints[settings.ig_id].token}
            return InstagramConnector("ig", settings, lambda name: kept.get(name) or own.get(name), tools)

        yield House(sim, server, secrets, messenger, instagram, kept)
        await http.aclose()
