"""What the doors know of the inboxes: their settings, their secrets at hand, and where bytes are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from unibox_tui.connectors.contract import SecretOf
from unibox_tui.connectors.settings import InboxSettings


@dataclass(frozen=True, slots=True)
class WebInbox:
    """One inbox with a door. `verify` is the connector's, for webhooks: raises WebhookForged."""

    id: int
    name: str
    channel: str
    settings: InboxSettings
    secret_of: SecretOf
    verify: Callable[[bytes, Mapping[str, str]], None] | None = None

    @property
    def title(self) -> str:
        return self.settings.title or self.name


class WebInboxes:
    """The inboxes by name. The service replaces them when the configuration changes; doors look up on every request."""

    def __init__(self, inboxes: Iterable[WebInbox] = ()) -> None:
        self._by_name: dict[str, WebInbox] = {}
        self.replace(inboxes)

    def replace(self, inboxes: Iterable[WebInbox]) -> None:
        self._by_name = {inbox.name: inbox for inbox in inboxes}

    def get(self, name: str) -> WebInbox | None:
        return self._by_name.get(name)

    def __iter__(self) -> Iterator[WebInbox]:
        return iter(tuple(self._by_name.values()))


class Media(Protocol):
    """Where bytes are kept by their SHA-256 (hex). Called in worker threads."""

    def put(self, data: bytes) -> tuple[str, int]:
        """Durable when it returns: (hash, size)."""
        ...

    def path(self, sha: str) -> Path:
        """Where the bytes are or would be."""
        ...
