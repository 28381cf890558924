"""Meta's networks in the demo: two Pages of one app, and an Instagram account with a login of its own."""

from __future__ import annotations

import hashlib
from typing import Any

from unibox_tui.sandbox.people import BAAN_MALI, SHOP_A, Customer
from unibox_tui.sandbox.providers.base import Guest
from unibox_tui.sandbox.providers.meta import MetaSim
from unibox_tui.sandbox.providers.registry import DemoChannel, DemoInbox

# Of an app that does not exist.
_DEMO_SECRET = "demo-app-secret-of-the-shops"  # noqa: S105
_PAGES = {
    "100200300400500": ("shop-a-page", SHOP_A, "Shop A"),
    "100200300400501": ("baan-mali-page", BAAN_MALI, "Baan Mali"),
}
_ACCOUNT = ("17841400000000001", "shop-a-instagram", SHOP_A, "Shop A Instagram")


def _made(**kinds: Any) -> MetaSim:
    return MetaSim(app_secret=_DEMO_SECRET, **kinds)


def _token(id: str) -> str:
    return f"EAAdemo-token-of-{id}"


def _guest(customer: Customer) -> Guest:
    number = int(hashlib.sha256(customer.email.encode()).hexdigest()[:12], 16)
    return Guest(str(7_000_000_000_000_000 + number % 900_000_000_000_000), customer.name, customer.language)


def demo() -> DemoChannel:
    """Two Pages of one app."""

    def make(**kinds: Any) -> MetaSim:
        sim = _made(**kinds)
        for id, (_, _, title) in _PAGES.items():
            sim.page(id, title).token = _token(id)
            sim.received.hide(_token(id))
        return sim

    inboxes = tuple(
        DemoInbox(
            name,
            brand,
            title,
            account=id,
            settings={"page_id": id, "app": "shops"},
            secrets={"access_token": _token(id)},
        )
        for id, (name, brand, title) in _PAGES.items()
    )
    app = ({"id": "424200"}, {"app_secret": _DEMO_SECRET, "verify_token": "demo"})
    return DemoChannel("messenger", make, _guest, inboxes, apps={"shops": app})


def instagram_demo() -> DemoChannel:
    """One account with Instagram's own login, of an app of its own."""
    id, name, brand, title = _ACCOUNT

    def make(**kinds: Any) -> MetaSim:
        sim = _made(**kinds)
        sim.channel = "instagram"  # type: ignore[misc]  # the journal's word for it
        sim.instagram(id, title).token = _token(id)
        sim.received.hide(_token(id))
        return sim

    inbox = DemoInbox(
        name, brand, title, account=id, settings={"ig_id": id, "login": "instagram", "app": "shops-instagram"},
        secrets={"access_token": _token(id)},
    )  # fmt: skip
    app = ({"id": "424200"}, {"app_secret": _DEMO_SECRET, "verify_token": "demo"})
    return DemoChannel("instagram", make, _guest, (inbox,), apps={"shops-instagram": app})
