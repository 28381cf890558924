"""The channel `sms`: gives the connector of the provider that the inbox names."""

from __future__ import annotations

import importlib
from typing import Any

from unibox_tui.connectors.contract import SecretOf, Tools
from unibox_tui.connectors.sms.settings import SmsSettings

# provider -> module:class
PROVIDERS = {
    "twilio": "unibox_tui.connectors.sms.twilio:TwilioConnector",
    "esms": "unibox_tui.connectors.sms.esms:EsmsConnector",
    "speedsms": "unibox_tui.connectors.sms.speedsms:SpeedSmsConnector",
}


class SmsConnector:
    """Calling it builds the provider's connector; it is never an instance itself."""

    NEEDS_TOOLS = True

    def __new__(cls, name: str, settings: SmsSettings, secret_of: SecretOf, tools: Tools) -> Any:
        module, _, found = PROVIDERS[settings.provider].partition(":")
        return getattr(importlib.import_module(module), found)(name, settings, secret_of, tools)
