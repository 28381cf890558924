"""What inboxes of Meta's networks have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unibox_tui.connectors.settings import InboxSettings, setting

GRAPH = "https://graph.facebook.com/v25.0"
CONSENTED = "https://www.facebook.com/connect/login_success.html"


@dataclass(frozen=True, kw_only=True)
class MetaSettings(InboxSettings):
    """`address` is the endpoint's id at Meta."""

    SECRETS = ("access_token",)
    APP_SECRETS = ("app_secret", "verify_token", "user_token")
    DEFAULT_API: ClassVar[str] = GRAPH

    app: str = setting("the Meta app: [apps.NAME], whose secret signs the webhooks", default="", example="shop-a-app")
    ways: str = setting(
        "how messages come: webhook needs [web] public_url; poll asks Meta every quarter of a minute",
        default="webhook",
        choices=("webhook", "poll"),
    )
    history_days: int = setting("days of earlier conversations to take in once; 0: none", default=30)
    api: str = setting("address of the Graph API, with its version; empty: the app's, or the usual one", default="")
    appsecret_proof: bool = setting("prove the app's secret with every call, if the app demands it", default=False)
    redirect: str = setting("where Meta sends the browser after consent; as entered at the app", default=CONSENTED)

    @property
    def address(self) -> str:
        raise NotImplementedError
