from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.connectors.conformance import Case
from unibox_tui.connectors.instagram.settings import InstagramSettings
from unibox_tui.connectors.messenger.settings import MessengerSettings
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.sandbox.providers.base import Guest, Simulator
from unibox_tui.sandbox.providers.meta import MetaSim

HA = Guest("7001002003004001", "Nguyễn Thị Hà", "vi")
PAGE, LINKED, OWN = "100200300400500", "17841400000000001", "17841400000000002"


class MessengerCase(Case):
    quoted_at = ("reply_to", "mid")
    name = channel = "messenger"
    payloads = "messenger"
    destination = HA.id
    guest = HA
    nobody = "404"
    send_path = "/messages"
    pulls = True
    cannot: ClassVar[Mapping[str, str]] = {
        "test_too_fast_says_how_long_to_wait": "Meta counts in minutes; the connector's own tests look at it"
    }

    def simulator(self, **kinds: Any) -> MetaSim:
        sim = MetaSim(**kinds)
        self.endpoints(sim)
        return sim

    def endpoints(self, sim: MetaSim) -> None:
        sim.page(PAGE, "Shop A")

    def settings(self, sim: Simulator) -> InboxSettings:
        return MessengerSettings(api=sim.base_url, page_id=PAGE, app="shop-app")

    def secrets(self, sim: Simulator) -> dict[str, str]:
        assert isinstance(sim, MetaSim)
        first = next(iter(sim.endpoints.values()))
        return {"access_token": first.token, "app_secret": sim.app_secret, "verify_token": "a word of ours"}

    async def prepare(self, sim: Simulator) -> None:
        await sim.says(HA, "Shop ơi")


class LinkedCase(MessengerCase):
    """An account behind its Page."""

    name = "instagram-facebook"
    channel = payloads = "instagram"

    def endpoints(self, sim: MetaSim) -> None:
        page = sim.page(PAGE, "Shop A")
        sim.instagram(LINKED, "shop.a", page=PAGE)
        # Customers of this case write to the account, which is the first.
        sim.endpoints = {LINKED: sim.endpoints[LINKED], PAGE: page}

    def settings(self, sim: Simulator) -> InboxSettings:
        return InstagramSettings(api=sim.base_url, ig_id=LINKED, page_id=PAGE, app="shop-app")


class OwnLoginCase(MessengerCase):
    """An account with Instagram's own login."""

    name = "instagram-own"
    channel = payloads = "instagram"

    def endpoints(self, sim: MetaSim) -> None:
        sim.instagram(OWN, "shop.own")

    def settings(self, sim: Simulator) -> InboxSettings:
        return InstagramSettings(api=sim.base_url, ig_id=OWN, login="instagram", app="shop-app")


CASES = [MessengerCase(), LinkedCase(), OwnLoginCase()]
