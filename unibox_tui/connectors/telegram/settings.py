"""What an inbox of a Telegram bot is told."""

from __future__ import annotations

from dataclasses import dataclass

from unibox_tui.connectors.settings import InboxSettings, setting

API = "https://api.telegram.org"


@dataclass(frozen=True, kw_only=True)
class TelegramSettings(InboxSettings):
    SECRETS = ("token", "webhook_secret")

    channel: str = setting("the kind of network", default="telegram")
    bot: str = setting("the bot's user name, without @", default="", example="shop_a_bot", ask=True)
    ways: str = setting(
        "how messages come: poll asks Telegram and needs no public address; webhook needs [web] public_url",
        default="poll",
        choices=("poll", "webhook"),
    )
    api: str = setting("address of the Bot API", default=API)
    poll_seconds: int = setting("how long Telegram may hold a question for news", default=50)
    group_chatter_unread: bool = setting(
        "every message of a group is unread, not only those that mention us", default=False
    )

    @property
    def address(self) -> str:
        return self.bot

    @property
    def secrets_asked(self) -> tuple[str, ...]:
        return self.SECRETS if self.ways == "webhook" else self.SECRETS[:1]
