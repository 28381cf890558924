"""What an inbox of a Page is told."""

from __future__ import annotations

from dataclasses import dataclass

from unibox_tui.connectors.meta.settings import MetaSettings
from unibox_tui.connectors.settings import setting


@dataclass(frozen=True, kw_only=True)
class MessengerSettings(MetaSettings):
    channel: str = setting("the kind of network", default="messenger")
    page_id: str = setting("the Page's id", default="", example="100200300400500", ask=True)

    @property
    def address(self) -> str:
        return self.page_id
