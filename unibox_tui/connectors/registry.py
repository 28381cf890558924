"""channel -> where its connector lives. Imported only when an inbox of that channel is used."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from unibox_tui.domain.errors import WrongUse

if TYPE_CHECKING:
    from unibox_tui.connectors.contract import Tools
    from unibox_tui.connectors.settings import InboxSettings

# channel: (module, settings class, factory). factory(name, settings, secret_of) -> Connector. The settings class may be
# "module:class", so that reading a configuration does not load a large connector.
CHANNELS: dict[str, tuple[str, str, str]] = {
    "email": (
        "unibox_tui.connectors.email.connector",
        "unibox_tui.connectors.email.settings:EmailSettings",
        "EmailConnector",
    ),
    "livechat": ("unibox_tui.connectors.livechat", "LivechatSettings", "LivechatConnector"),
    "form": ("unibox_tui.connectors.form", "FormSettings", "FormConnector"),
    "line": (
        "unibox_tui.connectors.line.connector",
        "unibox_tui.connectors.line.settings:LineSettings",
        "LineConnector",
    ),
    "api": (
        "unibox_tui.connectors.api.connector",
        "unibox_tui.connectors.api.settings:ApiSettings",
        "ApiConnector",
    ),
    "chatwoot": (
        "unibox_tui.connectors.chatwoot.connector",
        "unibox_tui.connectors.chatwoot.settings:ChatwootSettings",
        "ChatwootConnector",
    ),
    "sms": ("unibox_tui.connectors.sms.connector", "unibox_tui.connectors.sms.settings:SmsSettings", "SmsConnector"),
    "voice": (
        "unibox_tui.connectors.voice.connector",
        "unibox_tui.connectors.voice.settings:VoiceSettings",
        "VoiceConnector",
    ),
    "telegram": (
        "unibox_tui.connectors.telegram.connector",
        "unibox_tui.connectors.telegram.settings:TelegramSettings",
        "TelegramConnector",
    ),
    "messenger": (
        "unibox_tui.connectors.messenger.connector",
        "unibox_tui.connectors.messenger.settings:MessengerSettings",
        "MessengerConnector",
    ),
    "instagram": (
        "unibox_tui.connectors.instagram.connector",
        "unibox_tui.connectors.instagram.settings:InstagramSettings",
        "InstagramConnector",
    ),
    "whatsapp": (
        "unibox_tui.connectors.whatsapp.connector",
        "unibox_tui.connectors.whatsapp.settings:WhatsAppSettings",
        "WhatsAppConnector",
    ),
    "zalo": (
        "unibox_tui.connectors.zalo.connector",
        "unibox_tui.connectors.zalo.settings:ZaloSettings",
        "ZaloConnector",
    ),
}


def settings_class(channel: str) -> type[InboxSettings]:
    module, settings, _ = _entry(channel)
    own_module, _, name = settings.rpartition(":")
    found: type[InboxSettings] = getattr(importlib.import_module(own_module or module), name)
    return found


def build(
    name: str,
    settings: InboxSettings,
    secret_of: Any,
    keep_secret: Callable[[str, str], None] | None = None,
    tools: Callable[[], Tools] | None = None,
) -> Any:
    """The connector of one inbox. `keep_secret(name, value)` stores what a provider gave instead of a secret of ours.
    `tools` makes what connectors of web APIs work with; without it they can parse, and nothing leaves the machine."""
    module, _, factory = _entry(settings.channel)
    found = getattr(importlib.import_module(module), factory)
    if getattr(found, "NEEDS_TOOLS", False):
        from unibox_tui.connectors.offline import offline_tools

        return found(name, settings, secret_of, (tools or offline_tools)())
    keeps = {"keep_secret": keep_secret} if getattr(found, "KEEPS_SECRETS", False) else {}
    if getattr(found, "SAYS_ADDRESS", False) and tools is not None:
        return found(name, settings, secret_of, public_url=lambda: tools().public_url.rpartition("/h/")[0])
    return found(name, settings, secret_of, **keeps)


def _entry(channel: str) -> tuple[str, str, str]:
    try:
        return CHANNELS[channel]
    except KeyError:
        raise WrongUse(f"Unknown channel {channel!r}.", hint=f"Known: {', '.join(sorted(CHANNELS))}.") from None
