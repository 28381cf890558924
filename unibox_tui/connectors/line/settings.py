"""What an inbox of a LINE Official Account is told."""

from __future__ import annotations

from dataclasses import dataclass

from unibox_tui.connectors.settings import InboxSettings, setting

API = "https://api.line.me"
API_DATA = "https://api-data.line.me"


@dataclass(frozen=True, kw_only=True)
class LineSettings(InboxSettings):
    SECRETS = ("access_token", "channel_secret")

    channel: str = setting("the kind of network", default="line")
    region: str = setting("country whose telephone numbers are meant when none is named", default="TH", example="TH")
    account: str = setting("the account's basic ID, for a person to read", default="", example="@shop-a", ask=True)
    api: str = setting("address of the Messaging API", default=API)
    api_data: str = setting("address for pictures and files; empty: the usual one, or that of `api`", default="")
    reply_tokens: bool = setting(
        "answer with the reply token while it lives: free, but when no answer comes nobody can look up what became of it",
        default=True,
    )
    group_chatter_unread: bool = setting(
        "every message of a group is unread, not only those that mention us", default=False
    )
    monthly_quota: int = setting("messages a month that may cost quota; 0: what LINE says", default=0)

    @property
    def address(self) -> str:
        return self.account

    @property
    def secrets_asked(self) -> tuple[str, ...]:
        return self.SECRETS

    @property
    def data_host(self) -> str:
        if self.api_data:
            return self.api_data.rstrip("/")
        return API_DATA if self.api == API else self.api.rstrip("/")
