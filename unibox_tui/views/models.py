"""View models: what widgets draw. Every string here has been through `safe()`; widgets draw them with rich.text.Text only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from unibox_tui.views.listed import Page, Row, Tab
from unibox_tui.views.order_models import PanelNews

__all__ = [
    "Entry",
    "FileLine",
    "FoundLine",
    "HealthLine",
    "HistoryLine",
    "IdentityLine",
    "Other",
    "OutboxLine",
    "Page",
    "Panel",
    "QuarantineLine",
    "Quoted",
    "Row",
    "Source",
    "StoryPart",
    "Tab",
    "Thread",
    "Way",
]


@dataclass(frozen=True, slots=True)
class FileLine:
    id: str
    name: str
    media_type: str
    size: int
    state: str
    sha256: str | None
    reason: str = ""  # why it could not be fetched


@dataclass(frozen=True, slots=True)
class Entry:
    """One message, note or activity line of a thread."""

    n: int
    id: str
    conversation_id: int
    direction: str
    kind: str
    author_kind: str
    author: str  # shown name
    mine: bool
    inbox: str
    channel: str
    mark: str
    to: str
    sent_at: int
    received_at: int
    state: str
    reason: str
    text: str
    hidden_text: str
    subject: str
    files: tuple[FileLine, ...]
    reactions: tuple[str, ...]
    automatic: bool
    unsent: bool
    edited: bool
    quoted: str  # first words of the message it answers
    people: tuple[tuple[str, str], ...] = ()  # mail: ("from"|"to"|"cc", address)
    extra: tuple[tuple[str, str], ...] = ()  # form fields, problems … shown dim
    leaves_at: int | None = None  # of an answer that is held: when it goes
    unsure: bool = False  # who wrote it elsewhere the provider does not tell


@dataclass(frozen=True, slots=True)
class Source:
    """The message something is known from."""

    n: int
    conversation_id: int
    at: int
    mark: str
    text: str  # first words


@dataclass(frozen=True, slots=True)
class IdentityLine:
    """`source`: the message it is known from; `last`: the newest one through it."""

    id: int
    inbox: str
    channel: str
    mark: str
    address: str
    name: str
    verified: bool
    last_seen_at: int | None
    first_seen_at: int | None = None
    source: Source | None = None
    last: Source | None = None


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A phone, address, e-mail, code … `confidence`: high, low …; what is kept already is "stated" or "verified"."""

    kind: str
    value: str
    confidence: str
    source: Source | None = None
    since: int | None = None  # of what is kept

    @property
    def kept(self) -> bool:
        return self.confidence in ("stated", "verified")


@dataclass(frozen=True, slots=True)
class Other:
    """Another conversation of the same customer."""

    id: int
    subject: str
    status: str
    last_at: int
    mark: str


@dataclass(frozen=True, slots=True)
class Panel:
    contact_id: int
    name: str
    title: str
    language: str
    note: str
    identities: tuple[IdentityLine, ...]
    labels: tuple[tuple[str, str], ...]
    attributes: tuple[tuple[str, str], ...]
    found: tuple[FoundLine, ...]
    others: tuple[Other, ...]
    first_seen_at: int | None
    last_seen_at: int | None
    conversations: int
    looking: tuple[str, ...] = ()
    news: PanelNews = field(default_factory=PanelNews)
    given: tuple[tuple[str, str, str, int], ...] = ()  # (name, value, source, at): what the customer handed over


@dataclass(frozen=True, slots=True)
class Way:
    """One way to answer: an inbox and the identity behind it, with what would happen.

    `address`: where it goes, which for a mail may be the Reply-To of what is answered. `copies`: whom else an answer to all
    goes to.
    """

    inbox_id: int
    inbox: str
    title: str
    channel: str
    mark: str
    identity_id: int
    address: str
    allowed: bool
    reason: str
    closes_at: int | None
    text_limit: int | None
    attachments: bool
    attachment_limit: int
    subject: bool
    price: float = 0  # in the currency's main unit
    currency: str = ""
    copies: tuple[str, ...] = ()
    quick_replies: bool = False  # has real buttons
    charged: bool = False  # it costs something that nobody has named
    per_part: bool = False  # the price is for each part of a text message
    text_unit: str = "characters"  # of `text_limit`: characters, bytes, sms
    text_parts: int = 1  # a longer text goes in so many messages
    tag: str = ""  # what the channel is told it is
    used: int | None = None  # of `total` free answers, or of what else `counted` says: answers, month, quota
    total: int | None = None
    counted: str = ""
    unsure: bool = False  # the policy is not sure of this
    others: tuple[tuple[float | None, str], ...] = ()  # (price, currency) by the rows that may hold as well
    offers: tuple[str, ...] = ()  # what may be sent though this may not: template, call, person …
    opens_at: int | None = None  # outside its hours: when they begin
    quotes: bool = False  # an answer can point at the message it is about
    files_each: int = 0  # files in one message; 0: any number
    text_with_files: bool = True  # in one message
    caption_limit: int | None = None  # of a text in one message with a file
    files_alone: tuple[str, ...] = ()  # media types that take no text with them
    attachment_types: tuple[str, ...] = ()  # empty: any
    attachment_sizes: Mapping[str, int] = field(
        default_factory=dict
    )  # image/jpeg, image/*, *: bytes; else `attachment_limit`


@dataclass(frozen=True, slots=True)
class Quoted:
    """The one message that an answer quotes. `words`: safe, one line. `identity_id`: through whose address it came or went. `known`: the provider has a name for it."""

    n: int
    words: str
    identity_id: int | None
    known: bool

    def by_reference(self, can_quote: bool, identity_id: int | None) -> bool:
        """Whether an answer to `identity_id` points at it; else its words go as a line of the text."""
        return can_quote and self.known and self.identity_id is not None and self.identity_id == identity_id


@dataclass(frozen=True, slots=True)
class StoryPart:
    """One conversation of a customer's story; `ids`: itself and what is joined into it."""

    id: int
    ids: tuple[int, ...]
    subject: str
    status: str
    mark: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A way to the same customer of another brand; an answer goes into that brand's conversation."""

    conversation_id: int
    brand: str
    way: Way


@dataclass(frozen=True, slots=True)
class Thread:
    """A window of a conversation's entries, oldest first; with `story`, of all conversations of its customer."""

    id: int
    subject: str
    status: str
    assignee: str | None
    assignee_display: str
    priority: str
    spam: bool
    snoozed_until: int | None
    waiting_since: int | None
    contact_id: int
    contact_name: str
    contact_title: str
    language: str | None
    inboxes: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    entries: tuple[Entry, ...]
    older: bool
    newer: bool
    first_unread_n: int | None
    last_n: int
    suggest_join: int | None
    joined: tuple[int, ...]
    ways: tuple[Way, ...] = ()
    chosen_way: int = 0
    total: int = 0
    story: tuple[StoryPart, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()  # only with `story`


@dataclass(frozen=True, slots=True)
class HealthLine:
    inbox_id: int
    name: str
    title: str
    channel: str
    mark: str
    state: str
    phase: str
    last_inbound_at: int | None
    last_check_at: int | None
    last_ok_at: int | None
    error: str
    hint: str
    progress: tuple[int, int] | None
    queued: int
    unknown: int
    failed: int
    quarantined: int
    forged: int = 0
    last_webhook_at: int | None = None
    token_expires_at: int | None = None
    quota_left: int | None = None
    quota_total: int | None = None
    package: str = ""
    package_until: int | None = None
    notes: tuple[str, ...] = ()
    errors_1h: int = 0  # in this hour and the one before
    errors_24h: int = 0
    quiet_since: int | None = None  # it is quieter than its rhythm allows: when the last message came


@dataclass(frozen=True, slots=True)
class HistoryLine:
    at: int
    who: str
    what: str
    why: str
    kind: str
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutboxLine:
    """One answer we owe a provider. `inbox` is the name to type, `title` the shown one."""

    id: str
    n: int
    message_id: str
    conversation_id: int | None
    inbox: str
    title: str
    channel: str
    mark: str
    to: str
    contact: str
    author: str
    author_display: str
    text: str  # first words
    state: str
    reason: str
    attempts: int
    created_at: int
    not_before: int
    retry_at: int | None
    deadline: int | None


@dataclass(frozen=True, slots=True)
class QuarantineLine:
    """One payload that could not be read. `size` None once its bytes lie in a segment."""

    id: str
    inbox: str
    channel: str
    mark: str
    received_at: int
    source: str
    place: str
    state: str
    error: str
    attempts: int
    size: int | None
