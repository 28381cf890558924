from __future__ import annotations

from typing import Any

from tests.connectors.conformance import Case
from unibox_tui.connectors.line.settings import LineSettings
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.sandbox.providers.base import Guest, Simulator
from unibox_tui.sandbox.providers.line import LineSim
from unibox_tui.sandbox.providers.line_parts import line_id

MALEE = Guest(line_id("U", "malee"), "Malee", "th")


class LineCase(Case):
    quoted_at = ("quoteToken",)
    quotes_by_id = False
    name = channel = "line"
    payloads = "line"
    destination = MALEE.id
    nobody = line_id("U", "nobody")
    guest = MALEE
    send_path = "/v2/bot/message/"
    replies = False

    def simulator(self, **kinds: Any) -> LineSim:
        return LineSim(**kinds)

    def settings(self, sim: Simulator) -> InboxSettings:
        return LineSettings(api=sim.base_url, reply_tokens=self.replies)

    def secrets(self, sim: Simulator) -> dict[str, str]:
        assert isinstance(sim, LineSim)
        return {"access_token": sim.default.token, "channel_secret": sim.default.secret}

    async def prepare(self, sim: Simulator) -> None:
        assert isinstance(sim, LineSim)
        sim.befriend(MALEE)


CASES = [LineCase()]
