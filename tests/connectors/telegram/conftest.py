"""A bot, its simulated provider, and a connector between them."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from unibox_tui.connectors.contract import SendFile, SendRequest
from unibox_tui.connectors.http import HttpClient
from unibox_tui.connectors.offline import offline_tools
from unibox_tui.connectors.pace import Pace
from unibox_tui.connectors.telegram.connector import TelegramConnector
from unibox_tui.connectors.telegram.settings import TelegramSettings
from unibox_tui.sandbox.providers.base import Guest
from unibox_tui.sandbox.providers.server import ProviderServer
from unibox_tui.sandbox.providers.telegram import TelegramSim

HA = Guest("700100200", "Hà Nguyễn", "vi")
SOMCHAI = Guest("700100300", "สมชาย ใจดี", "th")
DOOR = "https://inbox.shop.example/h/bot"


@dataclass
class House:
    sim: TelegramSim
    server: ProviderServer
    connector: TelegramConnector
    secrets: dict[str, str]
    build: Callable[..., TelegramConnector]


async def nothing() -> None:
    return None


def request(
    text: str = "Dạ em chào chị ạ.",
    to: str = HA.id,
    *,
    files: tuple[SendFile, ...] = (),
    answers: str | None = None,
    leaving: Callable[[], Awaitable[None]] = nothing,
) -> SendRequest:
    return SendRequest("ref-1", to, text, files, answers, before_first_byte=leaving)


def picture(content: bytes = b"\x89PNG....", media_type: str = "image/png", name: str = "bảng size.png") -> SendFile:
    async def read() -> bytes:
        return content

    return SendFile(name, media_type, len(content), read)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with ProviderServer() as server:
        sim = server.mount(TelegramSim())
        http = HttpClient()
        secrets = {"token": sim.token, "webhook_secret": "s3cret_word"}
        tools = dataclasses.replace(offline_tools(), http=http, pace=lambda key, limits: Pace(limits), public_url=DOOR)

        def build(**given: Any) -> TelegramConnector:
            settings = TelegramSettings(**{"bot": sim.bot, "api": sim.base_url, "poll_seconds": 2, **given})
            return TelegramConnector("bot", settings, secrets.get, tools)

        yield House(sim, server, build(), secrets, build)
        await http.aclose()
