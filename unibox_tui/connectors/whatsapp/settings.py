"""What an inbox of a WhatsApp number is told."""

from __future__ import annotations

from dataclasses import dataclass

from unibox_tui.connectors.meta.settings import GRAPH
from unibox_tui.connectors.settings import InboxSettings, setting


@dataclass(frozen=True, kw_only=True)
class WhatsAppSettings(InboxSettings):
    SECRETS = ("access_token",)
    APP_SECRETS = ("app_secret", "verify_token")

    channel: str = setting("the kind of network", default="whatsapp")
    app: str = setting("the Meta app: [apps.NAME], whose secret signs the webhooks", default="", example="shop-a-app")
    phone_id: str = setting("the number's id at Meta (not the number)", default="", example="106540352242922", ask=True)
    waba_id: str = setting("the WhatsApp Business account's id", default="", example="102290129340398", ask=True)
    api: str = setting("address of the Graph API, with its version; empty: the app's, or the usual one", default="")
    appsecret_proof: bool = setting("prove the app's secret with every call, if the app demands it", default=False)
    shared_with_phone: bool = setting("the number is also used in WhatsApp's own telephone app", default=False)

    @property
    def address(self) -> str:
        return self.phone_id

    @property
    def default_api(self) -> str:
        return GRAPH
