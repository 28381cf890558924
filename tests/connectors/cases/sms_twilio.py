from __future__ import annotations

from typing import Any

from tests.connectors.conformance import Case
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.connectors.sms.settings import SmsSettings
from unibox_tui.sandbox.providers.base import Guest, Simulator
from unibox_tui.sandbox.providers.twilio import TwilioSim

LAN = Guest("lan", "Lan", "vi", phone="+15005550010")


class TwilioCase(Case):
    name = "sms-twilio"
    channel = "sms"
    payloads = "twilio"
    destination = LAN.phone
    nobody = "12"
    guest = LAN
    send_path = "/Messages.json"

    def simulator(self, **kinds: Any) -> TwilioSim:
        return TwilioSim(**kinds)

    def settings(self, sim: Simulator) -> InboxSettings:
        assert isinstance(sim, TwilioSim)
        return SmsSettings(api=sim.base_url, account=sim.account, number=sim.number, provider="twilio")

    def secrets(self, sim: Simulator) -> dict[str, str]:
        assert isinstance(sim, TwilioSim)
        return {"auth_token": sim.token}


CASES = [TwilioCase()]
