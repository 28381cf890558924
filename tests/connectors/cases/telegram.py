from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.connectors.conformance import Case
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.connectors.telegram.settings import TelegramSettings
from unibox_tui.sandbox.providers.base import Guest, Simulator
from unibox_tui.sandbox.providers.telegram import TelegramSim

HA = Guest("700100200", "Hà Nguyễn", "vi")
WORD = "a-word-of-ours"


class TelegramCase(Case):
    """Asking for updates."""

    quoted_at = ("reply_parameters", "message_id")
    name = channel = "telegram"
    payloads = "telegram"
    destination = HA.id
    guest = HA
    nobody = "404"
    send_path = "/send"
    ways = "poll"
    pulls = True
    cannot: ClassVar[Mapping[str, str]] = dict.fromkeys(
        (
            "test_a_signature_fits_one_body_only",
            "test_what_a_customer_writes_arrives_once_however_it_is_delivered",
            "test_files_are_fetched_and_capped",
        ),
        "a bot that asks for its updates gets no webhooks",
    )

    def simulator(self, **kinds: Any) -> TelegramSim:
        return TelegramSim(**kinds)

    def settings(self, sim: Simulator) -> InboxSettings:
        assert isinstance(sim, TelegramSim)
        return TelegramSettings(api=sim.base_url, bot=sim.bot, ways=self.ways, poll_seconds=1)

    def secrets(self, sim: Simulator) -> dict[str, str]:
        assert isinstance(sim, TelegramSim)
        return {"token": sim.token, "webhook_secret": WORD}

    async def prepare(self, sim: Simulator) -> None:
        assert isinstance(sim, TelegramSim)
        await sim.says(HA, "/start")


class TelegramHookCase(TelegramCase):
    """Being called."""

    name = "telegram-webhook"
    ways = "webhook"
    pulls = False
    cannot: ClassVar[Mapping[str, str]] = {
        "test_what_a_customer_writes_is_found_by_pulling": "Telegram keeps nothing for those it calls",
        "a changed body is refused": "Telegram signs with a word, not over the body",
    }

    async def prepare(self, sim: Simulator) -> None:
        assert isinstance(sim, TelegramSim)
        sim.webhook = {"url": sim.hooks.url, "secret_token": WORD}
        await super().prepare(sim)


CASES = [TelegramCase(), TelegramHookCase()]
