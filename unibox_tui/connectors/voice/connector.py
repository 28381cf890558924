"""The channel `voice`: gives the connector of the provider that the inbox names."""

from __future__ import annotations

import importlib
from typing import Any

from unibox_tui.connectors.contract import SecretOf, Tools
from unibox_tui.connectors.voice.settings import VoiceSettings

# provider -> module:class
PROVIDERS = {
    "generic": "unibox_tui.connectors.voice.generic:GenericConnector",
    "ari": "unibox_tui.connectors.voice.ari:AriConnector",
}


class VoiceConnector:
    """Calling it builds the provider's connector; it is never an instance itself."""

    NEEDS_TOOLS = True

    def __new__(cls, name: str, settings: VoiceSettings, secret_of: SecretOf, tools: Tools) -> Any:
        module, _, found = PROVIDERS[settings.provider].partition(":")
        return getattr(importlib.import_module(module), found)(name, settings, secret_of, tools)
