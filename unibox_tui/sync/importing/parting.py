"""Whose a kept webhook body is: the inboxes of an app share one address, so a body may be for another of them, or for several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unibox_tui.config import Config
from unibox_tui.connectors.contract import Connector, Splits

NOBODY = "It is for an address that no inbox of this app has."


@dataclass(frozen=True, slots=True)
class Part:
    """`inbox`: its name; empty when `address`, ours at the provider, is no inbox's."""

    inbox: str
    address: str
    body: bytes


def parted(connector: Connector, body: bytes, name: str, config: Config) -> Sequence[Part]:
    """What of `body`, which came by the inbox `name`, is for which inbox. Raises Unparseable."""
    if not isinstance(connector, Splits):
        return [Part(name, "", body)]
    owners = _owners(name, config)
    found = []
    for address, part in connector.split(body):
        named = [one for one in ((address,) if isinstance(address, str) else address) if one]
        inbox = next((owners[one] for one in named if one in owners), "") if named else name
        found.append(Part(inbox, named[0] if named else "", part))
    return found


def _owners(name: str, config: Config) -> dict[str, str]:
    """Address -> inbox of those that share an app with it; without an app, of those of its channel."""
    own = config.inboxes[name]
    app = getattr(own, "app", "")
    return {
        str(getattr(settings, "address", "")): other
        for other, settings in config.inboxes.items()
        if (getattr(settings, "app", "") == app if app else settings.channel == own.channel)
    }
