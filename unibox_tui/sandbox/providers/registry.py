"""The simulated networks of the demo: where the `demo()` of each is, which says what there is to know.

A simulator's module has `def demo() -> DemoChannel`; one line in DEMOS lets it take part in `unibox demo`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from unibox_tui.sandbox.people import Customer
from unibox_tui.sandbox.providers.base import Guest, Simulator

DEMOS: tuple[str, ...] = (
    "unibox_tui.sandbox.providers.api:demo",
    "unibox_tui.sandbox.providers.chatwoot:demo",
    "unibox_tui.sandbox.providers.line:demo",
    "unibox_tui.sandbox.providers.twilio:demo",
    "unibox_tui.sandbox.providers.esms:demo",
    "unibox_tui.sandbox.providers.speedsms:demo",
    "unibox_tui.sandbox.providers.meta_demo:demo",
    "unibox_tui.sandbox.providers.meta_demo:instagram_demo",
    "unibox_tui.sandbox.providers.whatsapp:demo",
    "unibox_tui.sandbox.providers.telegram:demo",
    "unibox_tui.sandbox.providers.zalo:demo",
    "unibox_tui.sandbox.providers.asterisk:demo",
    "unibox_tui.sandbox.providers.callposter:demo",
)


@dataclass(frozen=True, slots=True)
class DemoInbox:
    """An inbox of ours on a network. `brand` is the name of one of the demo's shops. `account`: which account of the
    simulator it is (what `says` takes). `settings` without `channel` and `api`; what is the same for all is added."""

    name: str
    brand: str
    title: str
    account: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


def _one_door(simulator: Simulator, inbox: DemoInbox, url: str) -> None:
    simulator.hooks.url = url


def _api(base_url: str) -> Mapping[str, Any]:
    return {"api": base_url}


@dataclass(frozen=True, slots=True)
class DemoChannel:
    """`make` builds the simulator with `clock`-less keywords (http, print …); `door` tells it the address of an inbox's
    webhooks; `addresses` are the settings that follow from where it is reached; `guest` makes a customer of a person;
    `apps`: name -> (table of `[apps.NAME]` without `api`, secrets); `provider`: whose network it is where a channel has
    several."""

    channel: str
    make: Callable[..., Simulator]
    guest: Callable[[Customer], Guest]
    inboxes: tuple[DemoInbox, ...]
    door: Callable[[Simulator, DemoInbox, str], None] = _one_door
    addresses: Callable[[str], Mapping[str, Any]] = _api
    apps: Mapping[str, tuple[Mapping[str, Any], Mapping[str, str]]] = field(default_factory=dict)
    provider: str = ""

    @property
    def way(self) -> str:
        """Its own name among the demo's networks."""
        return f"{self.channel}-{self.provider}" if self.provider else self.channel


def demos() -> list[DemoChannel]:
    found = []
    for place in DEMOS:
        module, _, name = place.partition(":")
        found.append(getattr(importlib.import_module(module), name)())
    return found
