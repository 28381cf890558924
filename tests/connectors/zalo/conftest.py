"""An app with two Official Accounts, its simulated provider, and connectors between them."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from unibox_tui.connectors.contract import App, SendFile, SendRequest
from unibox_tui.connectors.http import HttpClient
from unibox_tui.connectors.offline import offline_tools
from unibox_tui.connectors.pace import Pace
from unibox_tui.connectors.zalo.connector import ZaloConnector
from unibox_tui.connectors.zalo.settings import ZaloSettings
from unibox_tui.sandbox.providers.base import Guest
from unibox_tui.sandbox.providers.clock import SandboxClock
from unibox_tui.sandbox.providers.server import ProviderServer
from unibox_tui.sandbox.providers.zalo import ZaloSim
from unibox_tui.sandbox.providers.zalo_parts import Oa, Template, zalo_id

THAO = Guest(zalo_id("thao"), "Trần Thu Thảo", "vi")
MALI = Guest(zalo_id("mali"), "มะลิ ใจดี", "th")
SHOP, OTHER = "388613280878808645", "388613280878808646"
DOOR = "https://inbox.shop.example/a/zalo-app"


@dataclass
class House:
    sim: ZaloSim
    server: ProviderServer
    connector: ZaloConnector
    build: Callable[..., ZaloConnector]
    secrets: dict[str, dict[str, str]]  # by account

    @property
    def shop(self) -> Oa:
        return self.sim.default


async def nothing() -> None:
    return None


def request(
    text: str = "Dạ em chào chị ạ.",
    to: str = THAO.id,
    *,
    files: tuple[SendFile, ...] = (),
    answers: str | None = None,
    options: dict[str, Any] | None = None,
    leaving: Callable[[], Awaitable[None]] = nothing,
) -> SendRequest:
    return SendRequest("01JREQUEST0000000000000001", to, text, files, answers, options or {}, leaving)


def file(name: str, media_type: str, content: bytes = b"content") -> SendFile:
    async def read() -> bytes:
        return content

    return SendFile(name, media_type, len(content), read)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with ProviderServer() as server:
        sim = server.mount(ZaloSim([Oa(SHOP, "Shop A"), Oa(OTHER, "Shop B")], clock=SandboxClock(1_795_000_000_000)))
        sim.default.templates = {
            "300001": Template("300001", "Đơn hàng đã gửi", ("customer_name", "order_code"), 200, 300),
            "300002": Template("300002", "Xác nhận lịch hẹn", ("customer_name",), 0, 300),
            "300003": Template("300003", "Chờ duyệt", (), 200, 300, "PENDING_REVIEW"),
        }
        http = HttpClient()
        secrets = {
            oa.id: {
                "access_token": oa.access,
                "refresh_token": oa.refresh,
                "app_secret": sim.app_secret,
                "oa_secret": sim.oa_secret,
            }
            for oa in sim.oas.values()
        }
        locks: dict[str, asyncio.Lock] = {}

        def build(account: str = SHOP, **given: Any) -> ZaloConnector:
            own = secrets[account]

            @contextlib.asynccontextmanager
            async def lock(name: str) -> AsyncIterator[None]:
                async with locks.setdefault(f"{account}.{name}", asyncio.Lock()):
                    yield

            tools = dataclasses.replace(
                offline_tools(),
                http=http,
                pace=lambda key, limits: Pace(limits),
                public_url=DOOR,
                app=App("zalo-app", "zalo", sim.app_id, sim.base_url),
                keep_secret=own.__setitem__,
                lock=lock,
                now=sim.clock,
            )
            settings = ZaloSettings(**{"oa_id": account, "app": "zalo-app", "redirect": sim.callback, **given})
            return ZaloConnector("shop-zalo", settings, own.get, tools)

        yield House(sim, server, build(), build, secrets)
        await http.aclose()
