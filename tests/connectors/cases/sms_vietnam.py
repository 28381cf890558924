from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.connectors.conformance import Case
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.connectors.sms.settings import SmsSettings
from unibox_tui.sandbox.providers.base import Guest, Simulator
from unibox_tui.sandbox.providers.esms import EsmsSim
from unibox_tui.sandbox.providers.speedsms import SpeedSmsSim

LAN = Guest("lan", "Lan", "vi", phone="+84901000010")


class EsmsCase(Case):
    name = "sms-esms"
    channel = "sms"
    payloads = "esms"
    destination = LAN.phone
    nobody = "12"
    guest = LAN
    send_path = "/SendMultipleMessage"
    cannot: ClassVar[Mapping[str, str]] = {
        "test_a_signature_fits_one_body_only": "the sign is a parameter; test_vietnam.py looks at it"
    }

    def simulator(self, **kinds: Any) -> EsmsSim:
        return EsmsSim(**kinds)

    def settings(self, sim: Simulator) -> InboxSettings:
        assert isinstance(sim, EsmsSim)
        return SmsSettings(provider="esms", api=sim.base_url, number=sim.brand)

    def secrets(self, sim: Simulator) -> dict[str, str]:
        assert isinstance(sim, EsmsSim)
        return {"esms_key": sim.key, "secret_key": sim.secret, "mo_key": sim.mo_key}


class SpeedSmsCase(Case):
    name = "sms-speedsms"
    channel = "sms"
    payloads = "speedsms"
    destination = LAN.phone
    nobody = "12"
    guest = LAN
    send_path = "/sms/send"
    cannot: ClassVar[Mapping[str, str]] = {
        "test_a_signature_fits_one_body_only": "only the address has a key; test_vietnam.py looks at it"
    }

    def simulator(self, **kinds: Any) -> SpeedSmsSim:
        return SpeedSmsSim(**kinds)

    def settings(self, sim: Simulator) -> InboxSettings:
        assert isinstance(sim, SpeedSmsSim)
        return SmsSettings(provider="speedsms", api=sim.base_url, number=sim.sender)

    def secrets(self, sim: Simulator) -> dict[str, str]:
        assert isinstance(sim, SpeedSmsSim)
        return {"access_token": sim.token}

    def webhook(self, sim: Simulator, url: str, inbox: str) -> str:
        assert isinstance(sim, SpeedSmsSim)
        key = hmac.new(sim.token.encode(), f"door:{inbox}".encode(), hashlib.sha256).hexdigest()[:32]
        return f"{url}?key={key}"


CASES = [EsmsCase(), SpeedSmsCase()]
