from __future__ import annotations

from typing import Any

from tests.connectors.conformance import Case
from unibox_tui.connectors.chatwoot.settings import ChatwootSettings
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.sandbox.providers.base import Guest, Simulator
from unibox_tui.sandbox.providers.chatwoot import ChatwootSim

MAI = Guest("mai", "Mai Trần", "vi")
AGENTS = {"an": "12"}


class ChatwootCase(Case):
    quoted_at = ("content_attributes", "in_reply_to")
    name = channel = "chatwoot"
    payloads = "chatwoot"
    destination = "1"
    guest = MAI
    nobody = "404"
    send_path = "/messages"
    pulls = True
    ways = "socket"
    keeps = True

    def simulator(self, **kinds: Any) -> ChatwootSim:
        return ChatwootSim(keeps_attributes=self.keeps, **kinds)

    def settings(self, sim: Simulator) -> InboxSettings:
        return ChatwootSettings(api=sim.base_url, account="1", agents=AGENTS, ways=self.ways, poll_seconds=1.0)

    def secrets(self, sim: Simulator) -> dict[str, str]:
        assert isinstance(sim, ChatwootSim)
        return {"token": sim.token, "webhook_secret": sim.secret}

    async def prepare(self, sim: Simulator) -> None:
        assert isinstance(sim, ChatwootSim)
        sim.open(MAI)


class OlderChatwootCase(ChatwootCase):
    """One that is asked again and again, and forgets what we put into a message."""

    name = "chatwoot-older"
    ways = "poll"
    keeps = False


CASES = [ChatwootCase(), OlderChatwootCase()]
