"""What every connector is: a small core and optional one-method abilities.

A connector is handed its settings, its secrets and (when it speaks HTTP) a client; it builds none. It knows no database:
`pull` yields batches and may assume that a batch is durable when it is asked for the next one.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from unibox_tui.connectors.errors import ConnectorError, NoConsent, Unparseable
from unibox_tui.domain.inbound import InboundEvent, Person, Receipt
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
OUTAGE = "outage"


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
    sha256: str = ""  # of the bytes, by which the media store has them


async def _nothing_to_ask() -> None:
    return None


@dataclass(frozen=True, slots=True)
class SendRequest:
    """One outbox item. `options` is the channel's part of the payload, as desk wrote it (mail: subject, to, cc, message_id …);
    `options["tag"]` is what the policy says this message must be marked as (HUMAN_AGENT), decided as it leaves."""

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
    """`extra` (also of a Receipt) may say, each optional:

    cost      {"amount": number or text in the currency's main unit, "currency": "VND", "free": bool, "charged": bool,
              "quota": what it was taken from, in the provider's word}
    standing  facts of this customer: {"follows": bool, "blocked": bool, "agreed": ["call", …], "last_interaction": ms,
              "quota": {NAME: {"left": int, "total": int}}}. NAME is the `quota` of a rule of the policy file; what is
              reported here wins over our own count. None takes a fact back.
    ids       more ids by which the provider knows the message
    """

    provider_id: str
    state: DeliveryState = DeliveryState.SENT
    at: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `unibox inbox check` found. `notes` are lines for a person. `unagreed`: what is left is a person's consent."""

    ok: bool
    address: str = ""
    notes: tuple[str, ...] = ()
    unagreed: bool = False


def failed_check(error: ConnectorError) -> CheckReport:
    """A check that ended with what the provider refuses."""
    notes = (error.message, *((error.hint,) if error.hint else ()))
    return CheckReport(False, notes=notes, unagreed=isinstance(error, NoConsent))


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
        """Runs until closed; `cursors` by stream. Errors of the tree end it; the puller starts it again with back-off.

        The stream OUTAGE, where it is among them, is no cursor but a time ({"from", "to"}, epoch ms) whose events may have been
        lost: what history has of it is asked for anew."""
        ...


@runtime_checkable
class ParsesRaw(Protocol):
    def parse(self, body: bytes, headers: Mapping[str, str]) -> Sequence[InboundEvent]:
        """Pure. Raises Unparseable. Serves webhook, pull, import and replay alike."""
        ...


@runtime_checkable
class VerifiesWebhooks(Protocol):
    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Raises WebhookForged, WebhookTried."""
        ...


@runtime_checkable
class Reconciles(Protocol):
    async def reconcile(self, request: SendRequest, started_at: int) -> SendResult | None:
        """Look an unknown outcome up. None: looked everywhere and it is not there (yet). Raises Transient when it cannot tell."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of which nothing more is known than that it was sent. `ids`: all by which the provider knows it."""

    client_ref: str
    ids: tuple[str, ...]
    at: int


@runtime_checkable
class AsksStates(Protocol):
    """Of a provider that does not report by itself what became of a message, or whose reports may be lost."""

    def asks_states(self) -> tuple[float, float]:
        """Seconds after sending before which, and after which, it is of no use."""
        ...

    async def states(self, sent: Sequence[Sent]) -> Sequence[Receipt]:
        """Of those that the provider tells something of."""
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


# -- abilities of networks with web APIs ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """A provider's HTTP answer, whatever its status. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Raises Unparseable. Integers above 2^53 stay exact."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Unparseable(f"The provider answered HTTP {self.status} with something that is not JSON.") from None


class Http(Protocol):
    """The one way out. Never raises for a status; what a status means is the connector's knowledge."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        content: bytes | None = None,
        auth: tuple[str, str] | None = None,
        timeout_s: float = 20.0,
        limit: int = 8_000_000,
        redirects: bool = False,
        before_first_byte: Callable[[], Awaitable[None]] | None = None,
    ) -> Answer:
        """One request. `files`: field -> (name, bytes, media type). With `before_first_byte` the request may make a
        message: it is awaited first, and a lost answer is OutcomeUnknown; without it every network error is Transient.
        A failure to connect is always Transient. A body over `limit` bytes: Unparseable. `redirects` are followed, without
        credentials to another host. No message names the URL."""
        ...


@dataclass(frozen=True, slots=True)
class App:
    """`[apps.NAME]` of the configuration: what several inboxes of one provider share. Its secrets (`APP_SECRETS` of the
    settings class) are asked for through the inbox's own `secret_of` by name."""

    name: str
    channel: str
    id: str = ""
    api: str = ""  # base address of the provider's API; empty: the connector's own


class Paced(Protocol):
    """See `connectors.pace.Pace`."""

    async def turn(self) -> None: ...

    def hold(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What a connector of a web API is handed besides settings and secrets."""

    http: Http
    keep_secret: Callable[[str, str], None]
    """(name, value): durable when it returns; raises when it cannot be kept."""
    lock: Callable[[str], AbstractAsyncContextManager[None]]
    """One holder over all processes of this home, by a name of the connector's choosing."""
    now: Callable[[], int]
    """UTC epoch milliseconds."""
    pace: Callable[[str, Sequence[tuple[float, float]]], Paced]
    """(key, limits): one pace for all who ask by the same key in this process."""
    publish: Callable[[SendFile], str]
    """An https address under which the provider may fetch the file for a day, for those that take files by address only.
    Raises Misconfigured without a public address."""
    app: App | None = None
    public_url: str = ""  # of this inbox's webhook door; empty: there is none


@runtime_checkable
class Splits(Protocol):
    """A webhook address that several inboxes share (one app, many Pages)."""

    def split(self, body: bytes) -> Sequence[tuple[str | tuple[str, ...], bytes]]:
        """Pure: (our address, the part for it); of several addresses the first that an inbox of the app has is ours. The
        parts hold everything; an empty address is for any inbox of the app. Raises Unparseable."""
        ...


@runtime_checkable
class Handshakes(Protocol):
    def handshake(self, query: Mapping[str, str]) -> bytes:
        """The body that answers a provider's GET to the webhook address. Raises WebhookForged."""
        ...


@runtime_checkable
class TakesPosts(Protocol):
    """Programs of the shop post to it (`/c/<inbox>`): unlike a provider they are told at once what is wrong."""

    def accept(self, body: bytes, headers: Mapping[str, str]) -> str:
        """Pure: the id by which the sender knows what it posted. Raises Unparseable naming the field."""
        ...


@runtime_checkable
class AnswersWebhooks(Protocol):
    """What a provider wants as the body of our 200; most want none."""

    webhook_answer: tuple[bytes, str]  # (body, media type)


@runtime_checkable
class FetchesProfile(Protocol):
    async def profile(self, address: str) -> Person | None:
        """Who is behind an address; None when the provider does not say."""
        ...


@dataclass(frozen=True, slots=True)
class Template:
    """A text that the provider has approved for use outside the window. `fields` are the names of its blanks in order."""

    id: str
    name: str
    language: str
    text: str  # with {{name}} at each blank
    fields: tuple[str, ...] = ()
    status: str = "approved"
    price: int = 0
    currency: str = ""
    by: tuple[str, ...] = ()  # Zalo: user, phone
    extra: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class ListsTemplates(Protocol):
    async def templates(self) -> Sequence[Template]: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """What the provider itself says about an inbox, or about what one customer may still be sent. None: not said."""

    token_expires_at: int | None = None
    quota_left: int | None = None
    quota_total: int | None = None
    package: str = ""
    package_until: int | None = None
    notes: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class TellsStanding(Protocol):
    async def standing(self) -> Standing:
        """Asked now and then by the service; also the time at which a token that is renewed in time is renewed."""
        ...


@runtime_checkable
class TellsQuota(Protocol):
    async def quota(self, destination: str) -> Mapping[str, Any]:
        """What may be sent to this customer now: {"last_interaction": ms, "free_left": int, "free_total": int, "kind": str}
        and the facts of a standing (see SendResult); what is not said is absent. `kind`: which quota, "reply" when absent."""
        ...


@runtime_checkable
class Consents(Protocol):
    """A person gives consent in a browser when the token is dead or was never there."""

    def consent_url(self, state: str) -> str: ...

    async def take_code(self, code: str, state: str) -> CheckReport: ...


@dataclass(frozen=True, slots=True)
class Discovered:
    """An endpoint that a token can see; `settings` and `secrets` are what its inbox needs besides the channel and app."""

    address: str
    title: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""  # why it cannot be used, when it cannot


@runtime_checkable
class Discovers(Protocol):
    async def discover(self) -> Sequence[Discovered]: ...


@runtime_checkable
class SubscribesWebhooks(Protocol):
    async def subscribe(self) -> None:
        """Ask the provider to send its events to us (idempotent); done when an inbox starts and after an unsubscription."""
        ...


@runtime_checkable
class Reacts(Protocol):
    async def react(self, destination: str, provider_id: str, emoji: str) -> None:
        """An empty emoji takes the reaction back."""
        ...


@runtime_checkable
class Originates(Protocol):
    async def call(self, request: SendRequest) -> SendResult:
        """Ring the phone of `options["call"]["agent"]` (an account; the inbox knows the phone), then the destination, not
        after `options["call"]["until"]` (epoch ms). `provider_id` is the call's id. `send` does it for requests whose
        options have `call`; the capability `extra.calls` names the agents who have a phone there."""
        ...


@runtime_checkable
class LinksCalls(Protocol):
    """Calls that are carried by the network's own app. `send` does either for requests whose options have `call` with a
    `how`; the capability `extra.call_links` says that it can: {"consent": whether numbers must agree before}."""

    async def call_link(self, request: SendRequest) -> SendResult:
        """A link that begins a call: of ours to the customer (`options["call"]["how"]` is "link"), or of theirs to us
        ("invite"). Nobody is rung by this. `extra["call"]` is laid over the card: {"link": URL, "link_until": epoch ms}."""
        ...

    async def ask_consent(self, request: SendRequest) -> SendResult:
        """Ask the number to let us call it ("consent"). `extra["standing"]` has {"consent": …}, see `store.standing`."""
        ...


@runtime_checkable
class Broadcasts(Protocol):
    async def broadcast(self, request: SendRequest) -> SendResult:
        """Send `options["broadcast"]` ({"content": id, "target": {name: value}}) to all whom it fits; a lost answer is
        OutcomeUnknown and nothing is repeated. `send` does it for requests whose options have `broadcast`. The capability
        `extra.broadcast` is {"what": the kind of content, "targets": the names by which an audience is chosen}."""
        ...


@runtime_checkable
class MirrorsTags(Protocol):
    """A network that has tags on its customers. Theirs come with the profile (`Person.tags`); ours go there where the
    inbox wants it (capability `extra.tags`). Putting one on twice, or taking off what is not on, does nothing."""

    def tag_there(self, name: str) -> str:
        """How a label of ours is spelt there; "" when it cannot be."""
        ...

    async def tag(self, address: str, name: str) -> None: ...

    async def untag(self, address: str, name: str) -> None: ...
