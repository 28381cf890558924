"""What an inbox of one of the shop's own programs is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from unibox_tui.connectors.settings import InboxSettings, setting

LOCAL = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, kw_only=True)
class ApiSettings(InboxSettings):
    SECRETS: ClassVar[tuple[str, ...]] = ("signing_secret",)

    channel: str = setting("the kind of network", default="api")
    callback: str = setting(
        "where answers are posted to; empty: messages come in and cannot be answered here",
        default="",
        example="https://shop-a.example/unibox",
        ask=True,
    )
    files_from: tuple[str, ...] = setting(
        "sites from which files named by an address are fetched; none: files come inside the message only",
        default=(),
        example=["https://files.shop-a.example"],
    )
    send_files: str = setting(
        "how files of answers are handed over: inside the post, or as an address under [web] public_url",
        default="inside",
        choices=("inside", "link"),
    )
    space: str = setting(
        "name of the system whose customer numbers these are: inboxes that name the same one know each other's customers",
        default="",
        example="shop-a",
    )
    size_limit: int = setting("largest post in bytes, files inside it included", default=12_000_000)
    posts_per_minute: int = setting("how many posts are taken", default=1_200)

    def __post_init__(self) -> None:
        if self.callback:
            _checked("callback", self.callback)
        for place in self.files_from:
            _checked("files_from", place)
        for name in ("size_limit", "posts_per_minute"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: at least 1 is needed")

    @property
    def address(self) -> str:
        return self.space


def origin(address: str) -> str:
    """Scheme, host and port of an address in one spelling; empty when it is none."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        return ""
    usual = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, usual) else "")


def _checked(name: str, address: str) -> None:
    found = origin(address)
    if not found:
        raise ValueError(f"{name}: write a whole address, as https://shop-a.example/unibox")
    if found.startswith("http://") and urlsplit(address).hostname not in LOCAL:
        raise ValueError(f"{name}: https is needed, so that nobody on the way reads along")
