"""What the doors know of the inboxes: their settings, their secrets at hand, and where bytes are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from unibox_tui.connectors.contract import SecretOf
from unibox_tui.connectors.deletions import Deletion
from unibox_tui.connectors.settings import InboxSettings


@dataclass(frozen=True, slots=True)
class WebInbox:
    """One inbox with a door. The functions are the connector's: `verify` raises WebhookForged, `handshake` answers a
    provider's GET, `split` parts what comes for several inboxes of one `app` by `address`, `accept` reads what programs of
    the shop post, `deletion` a request that somebody be erased."""

    id: int
    name: str
    channel: str
    settings: InboxSettings
    secret_of: SecretOf
    verify: Callable[[bytes, Mapping[str, str]], None] | None = None
    handshake: Callable[[Mapping[str, str]], bytes] | None = None
    split: Callable[[bytes], Sequence[tuple[str | tuple[str, ...], bytes]]] | None = None
    answer: tuple[bytes, str] = (b"", "text/plain")  # body and media type of our 200
    app: str = ""
    address: str = ""
    accept: Callable[[bytes, Mapping[str, str]], str] | None = None
    deletion: Callable[[bytes], Deletion] | None = None

    @property
    def title(self) -> str:
        return self.settings.title or self.name


class WebInboxes:
    """The inboxes by name. The service replaces them when the configuration changes; doors look up on every request."""

    def __init__(self, inboxes: Iterable[WebInbox] = ()) -> None:
        self._by_name: dict[str, WebInbox] = {}
        self._by_app: dict[str, dict[str, WebInbox]] = {}
        self.replace(inboxes)

    def replace(self, inboxes: Iterable[WebInbox]) -> None:
        self._by_name = {inbox.name: inbox for inbox in inboxes}
        self._by_app = {}
        for inbox in self._by_name.values():
            if inbox.app:
                self._by_app.setdefault(inbox.app, {})[inbox.address] = inbox

    def get(self, name: str) -> WebInbox | None:
        return self._by_name.get(name)

    def of_app(self, app: str) -> Mapping[str, WebInbox]:
        """Its inboxes by our address at the provider."""
        return self._by_app.get(app, {})

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
