"""What an inbox of a Chatwoot account is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from unibox_tui.connectors.api.settings import origin
from unibox_tui.connectors.settings import InboxSettings, setting


@dataclass(frozen=True, kw_only=True)
class ChatwootSettings(InboxSettings):
    SECRETS: ClassVar[tuple[str, ...]] = ("token", "webhook_secret")

    channel: str = setting("the kind of network", default="chatwoot")
    api: str = setting("address of the Chatwoot", default="https://app.chatwoot.com", ask=True)
    account: str = setting("number of the account, as in /app/accounts/1", default="1", example="1", ask=True)
    inboxes: tuple[str, ...] = setting(
        "numbers of the Chatwoot inboxes that are shown here; none: all of the account", default=(), example=["3"]
    )
    agents: Mapping[str, str] = setting(
        "our agents and their numbers at Chatwoot, which `unibox inbox check` lists",
        default={},
        example={"an": "12"},
    )
    ways: str = setting(
        "how news come: socket keeps a connection open; poll asks again and again",
        default="socket",
        choices=("socket", "poll"),
    )
    poll_seconds: float = setting("how often is asked with ways = poll", default=20.0)
    history_days: int = setting("how far back conversations are taken when the inbox is new", default=30)
    online: bool = setting(
        "the token's user counts as online at Chatwoot while the service runs, so it is given conversations",
        default=False,
    )
    files_from: tuple[str, ...] = setting(
        "further sites that Chatwoot's files lie on", default=(), example=["https://files.shop-a.example"]
    )

    def __post_init__(self) -> None:
        if not origin(self.api):
            raise ValueError("api: write a whole address, as https://chat.shop-a.example")
        for name, values in (("account", (self.account,)), ("inboxes", self.inboxes), ("agents", self.agents.values())):
            if not all(str(value).isascii() and str(value).isdigit() for value in values):
                raise ValueError(f"{name}: Chatwoot's numbers are meant")
        if self.poll_seconds < 1:
            raise ValueError("poll_seconds: at least 1 is needed")

    @property
    def address(self) -> str:
        return f"{self.account}/{','.join(self.inboxes)}" if self.inboxes else self.account
