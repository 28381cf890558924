from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.connectors.conformance import Case
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.connectors.zalo.settings import ZaloSettings
from unibox_tui.sandbox.providers.base import Guest, Simulator
from unibox_tui.sandbox.providers.zalo import ZaloSim
from unibox_tui.sandbox.providers.zalo_parts import zalo_id

THAO = Guest(zalo_id("thao"), "Trần Thu Thảo", "vi")


class ZaloCase(Case):
    quoted_at = ("message", "quote_message_id")
    name = channel = "zalo"
    payloads = "zalo"
    destination = THAO.id
    guest = THAO
    nobody = zalo_id("nobody")
    send_path = "/message/cs"
    pulls = True
    cannot: ClassVar[Mapping[str, str]] = {
        "test_too_fast_says_how_long_to_wait": "Zalo names no time; the connector's own tests look at it"
    }

    def simulator(self, **kinds: Any) -> ZaloSim:
        return ZaloSim(**kinds)

    def settings(self, sim: Simulator) -> InboxSettings:
        assert isinstance(sim, ZaloSim)
        return ZaloSettings(
            api=sim.base_url, oa_id=sim.default.id, app="shop-app", app_id=sim.app_id, redirect=sim.callback
        )

    def secrets(self, sim: Simulator) -> dict[str, str]:
        assert isinstance(sim, ZaloSim)
        return {
            "access_token": sim.default.access,
            "refresh_token": sim.default.refresh,
            "app_secret": sim.app_secret,
            "oa_secret": sim.oa_secret,
        }

    async def prepare(self, sim: Simulator) -> None:
        await sim.says(THAO, "Shop ơi")


CASES = [ZaloCase()]
