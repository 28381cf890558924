from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.connectors.conformance import Case
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.connectors.whatsapp.settings import WhatsAppSettings
from unibox_tui.sandbox.providers.base import Guest, Simulator
from unibox_tui.sandbox.providers.whatsapp import WhatsAppSim

HA = Guest("84900000001", "Nguyễn Thị Hà", "vi", phone="+84900000001")
PHONE = "106540352242922"


class WhatsAppCase(Case):
    quoted_at = ("context", "message_id")
    name = channel = "whatsapp"
    payloads = "whatsapp"
    destination = HA.id
    guest = HA
    nobody = "12"
    send_path = "/messages"
    cannot: ClassVar[Mapping[str, str]] = {
        "test_too_fast_says_how_long_to_wait": "WhatsApp names no time; six seconds to the same person is the rule"
    }

    def simulator(self, **kinds: Any) -> WhatsAppSim:
        sim = WhatsAppSim(**kinds)
        sim.number(PHONE, "84280000001", "Shop A")
        return sim

    def settings(self, sim: Simulator) -> InboxSettings:
        assert isinstance(sim, WhatsAppSim)
        return WhatsAppSettings(api=sim.base_url, phone_id=PHONE, waba_id=sim.waba, app="shop-app")

    def secrets(self, sim: Simulator) -> dict[str, str]:
        assert isinstance(sim, WhatsAppSim)
        return {"access_token": sim.token, "app_secret": sim.app_secret, "verify_token": "a word of ours"}

    async def prepare(self, sim: Simulator) -> None:
        assert isinstance(sim, WhatsAppSim)
        sim.subscribed = True
        await sim.says(HA, "Shop ơi")


CASES = [WhatsAppCase()]
