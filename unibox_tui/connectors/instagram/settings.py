"""What an inbox of an Instagram account is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unibox_tui.connectors.meta.settings import MetaSettings
from unibox_tui.connectors.settings import setting

INSTAGRAM = "https://graph.instagram.com/v25.0"


@dataclass(frozen=True, kw_only=True)
class InstagramSettings(MetaSettings):
    OWN_API: ClassVar[str] = INSTAGRAM

    channel: str = setting("the kind of network", default="instagram")
    ig_id: str = setting("the professional account's id", default="", example="17841400000000001", ask=True)
    login: str = setting(
        "facebook: through the linked Page's token; instagram: Instagram's own login",
        default="facebook",
        choices=("facebook", "instagram"),
    )
    page_id: str = setting(
        'the linked Page\'s id, for login = "facebook"', default="", example="100200300400500", ask=True
    )

    @property
    def address(self) -> str:
        return self.ig_id
