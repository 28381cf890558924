from __future__ import annotations

from typing import Any

from tests.connectors.conformance import Case
from unibox_tui.connectors.api.settings import ApiSettings
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.sandbox.providers.api import ShopAppSim, settings_of
from unibox_tui.sandbox.providers.base import Guest, Simulator

MAI = Guest("cust-1042", "Mai Trần", "vi")


class ApiCase(Case):
    quoted_at = ("answers",)
    name = channel = "api"
    payloads = "api"
    destination = MAI.id
    guest = MAI
    nobody = "cust-0000"
    send_path = "/callback"
    door = "c"

    def simulator(self, **kinds: Any) -> ShopAppSim:
        return ShopAppSim(**kinds)

    def settings(self, sim: Simulator) -> InboxSettings:
        found = settings_of(sim.base_url)
        return ApiSettings(
            callback=found["callback"], files_from=tuple(found["files_from"]), space="shop-a", send_typing=False
        )

    def secrets(self, sim: Simulator) -> dict[str, str]:
        assert isinstance(sim, ShopAppSim)
        return {"signing_secret": sim.secret}

    async def prepare(self, sim: Simulator) -> None:
        assert isinstance(sim, ShopAppSim)
        sim.guests[MAI.id] = MAI


CASES = [ApiCase()]
