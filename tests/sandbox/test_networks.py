"""The demo's networks: their inboxes are configured, and what is registered can take part."""

from __future__ import annotations

from pathlib import Path

import pytest

from unibox_tui.connectors import registry
from unibox_tui.host.paths import Home
from unibox_tui.host.secrets import Secrets
from unibox_tui.sandbox import workspace
from unibox_tui.sandbox.networks import Networks
from unibox_tui.sandbox.people import Customer
from unibox_tui.sandbox.providers.registry import demos
from unibox_tui.sandbox.workspace import BRANDS

LAN = Customer("Trần Thị Lan", "Lan", "vi", True, "lan@thu.example", "0900 000 123", "Cần Thơ", "0000123")
MINH = Customer("Lê Minh", "Minh", "vi", False, "minh@thu.example", "0900 000 124", "Cần Thơ", "0000124")


@pytest.mark.parametrize("channel", demos(), ids=lambda channel: channel.way)
def test_a_demo_channel_says_what_is_needed(channel) -> None:  # type: ignore[no-untyped-def]
    assert channel.channel in registry.CHANNELS
    assert channel.inboxes
    assert {inbox.brand for inbox in channel.inboxes} <= {brand.name for brand in BRANDS}
    assert channel.guest(LAN) == channel.guest(LAN)
    assert channel.guest(LAN).id != channel.guest(MINH).id


def test_every_network_that_there_is_takes_part() -> None:
    """Those of the demo's own shops (mail, chat, forms) run without a simulated provider."""
    from unibox_tui.connectors.sms.connector import PROVIDERS as CARRIERS
    from unibox_tui.connectors.voice.settings import SECRETS_OF as EXCHANGES

    wanted = {(channel, "") for channel in registry.CHANNELS} - {(own, "") for own in ("email", "livechat", "form")}
    wanted = {one for one in wanted if one[0] not in ("sms", "voice")}
    wanted |= {("sms", name) for name in CARRIERS} | {("voice", name) for name in EXCHANGES}
    found = {
        (channel.channel, str(inbox.settings.get("provider", ""))) for channel in demos() for inbox in channel.inboxes
    }
    assert found == wanted
    assert len({channel.way for channel in demos()}) == len(demos())


async def test_inboxes_get_their_addresses_and_secrets_again_each_time(tmp_path: Path) -> None:
    home = Home.find(tmp_path)
    for web in (8700, 8701):
        place = workspace.make(home, web=web, smtp=2500)
        async with Networks(place) as networks:
            networks.furnish()
            config = place.config()
            assert config.web.public_url == f"http://127.0.0.1:{web}"
            for channel in networks.channels:
                _, sim = networks.of(channel.way)
                for inbox in channel.inboxes:
                    settings = config.inboxes[inbox.name]
                    assert settings.channel == channel.channel
                    for key, value in channel.addresses(sim.base_url).items():
                        assert getattr(settings, key, value) == value
                    for name, word in inbox.secrets.items():
                        assert Secrets(home.config_folder, use_keyring=False).secret_of(inbox.name, name) == word
                        assert word not in home.config.read_text("utf-8")
