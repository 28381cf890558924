"""What every connector is: a small core and optional one-method abilities.

A connector is handed its settings, its secrets and (when it speaks HTTP) a client; it builds none. It knows no database:
`pull` yields batches and may assume that a batch is durable when it is asked for the next one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from unibox_tui.domain.inbound import InboundEvent
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.words import DeliveryState

Cursor = Mapping[str, Any]
SecretOf = Callable[[str], str | None]
"""Gives this inbox's secret by its name (password, token …) at the moment it is needed."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a provider's stream: the facts it holds, or `error` and the `raw` bytes to quarantine.

    `place` says in words where a person finds it again (folder and UID, path).
    """

    events: tuple[InboundEvent, ...] = ()
    raw: bytes | None = None
    place: str = ""
    error: str = ""


CAUGHT_UP = ("listening", "polling")


@dataclass(frozen=True, slots=True)
class Batch:
    """Items of one stream, and the cursor to keep with them. `inert`: history, never notifies or answers.

    `phase` and `progress` (done, total) are shown in the health line; a batch without items may carry only these. A phase
    of CAUGHT_UP says that all there was has been handed out.
    """

    stream: str
    items: tuple[Item, ...] = ()
    cursor: Cursor | None = None
    inert: bool = False
    phase: str = ""
    progress: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class SendFile:
    name: str
    media_type: str
    size: int
    read: Callable[[], Awaitable[bytes]]


async def _nothing_to_ask() -> None:
    return None


@dataclass(frozen=True, slots=True)
class SendRequest:
    """One outbox item. `options` is the channel's part of the payload, as desk wrote it (mail: subject, to, cc, message_id …)."""

    client_ref: str
    destination: str
    text: str
    files: tuple[SendFile, ...] = ()
    answers: str | None = None  # provider id of the message it quotes
    options: Mapping[str, Any] = field(default_factory=dict)
    before_first_byte: Callable[[], Awaitable[None]] = _nothing_to_ask
    """Awaited right before the first byte that could make a message: records durably that it is leaving; raises Transient
    when the deadline has passed, and then nothing may be sent."""


@dataclass(frozen=True, slots=True)
class SendResult:
    provider_id: str
    state: DeliveryState = DeliveryState.SENT
    at: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `unibox inbox check` found. `notes` are lines for a person."""

    ok: bool
    address: str = ""
    notes: tuple[str, ...] = ()


@runtime_checkable
class Connector(Protocol):
    channel: str

    def capabilities(self) -> Capabilities: ...

    async def check(self) -> CheckReport: ...

    async def send(self, request: SendRequest) -> SendResult: ...

    async def aclose(self) -> None: ...


@runtime_checkable
class PullsEvents(Protocol):
    def pull(self, cursors: Mapping[str, Cursor]) -> AsyncIterator[Batch]:
        """Runs until closed; `cursors` by stream. Errors of the tree end it; the puller starts it again with back-off."""
        ...


@runtime_checkable
class ParsesRaw(Protocol):
    def parse(self, body: bytes, headers: Mapping[str, str]) -> Sequence[InboundEvent]:
        """Pure. Raises Unparseable. Serves webhook, pull, import and replay alike."""
        ...


@runtime_checkable
class VerifiesWebhooks(Protocol):
    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Raises WebhookForged."""
        ...


@runtime_checkable
class Reconciles(Protocol):
    async def reconcile(self, request: SendRequest, started_at: int) -> SendResult | None:
        """Look an unknown outcome up. None: looked everywhere and it is not there (yet). Raises Transient when it cannot tell."""
        ...


@runtime_checkable
class FetchesMedia(Protocol):
    async def fetch(self, remote: Mapping[str, Any], limit: int) -> bytes:
        """The bytes behind a MediaRef. Raises SendRejected-free errors of the tree; Unparseable when over `limit` bytes."""
        ...


@runtime_checkable
class ShowsTyping(Protocol):
    async def typing(self, destination: str, on: bool) -> None: ...


@runtime_checkable
class MarksRead(Protocol):
    async def mark_read(self, destination: str, provider_id: str) -> None: ...
