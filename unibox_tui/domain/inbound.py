"""What a connector's pure `parse` gives: facts as the provider tells them. Times are UTC epoch milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from unibox_tui.domain.words import Author, DeliveryState, Direction, MessageKind, Priority, Status

ARRIVAL = 0
"""A time that the provider does not tell: that of the event's arrival counts."""


@dataclass(frozen=True, slots=True)
class Person:
    """One address of a customer in one inbox; becomes an Identity. `address` is unique per inbox, never a phone as key
    where the channel has an id of its own."""

    address: str
    kind: str  # email, visitor, form, phone, psid, zalo_user …
    name: str = ""
    verified: bool = False  # the channel vouches for the address
    language: str | None = None  # vi, th, en
    email: str | None = None  # stated by the customer, not vouched for
    phone: str | None = None  # as written
    attributes: Mapping[str, str] = field(default_factory=dict)
    # (kind, value) the channel vouches for besides the address: a phone or email shared through its own button or a signed
    # identity; kind "platform": an id that several inboxes share, with its name space (zalo-app:123/456).
    vouched: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] | None = None  # all that the shop has put on them at the network; None: not told


@dataclass(frozen=True, slots=True)
class InboundAttachment:
    """Bytes in hand (`content`), bytes that are in the media store already (`sha256`), or a provider's pointer to fetch
    later (`remote`, opaque to all but its connector)."""

    name: str
    media_type: str
    size: int = 0
    content: bytes | None = None
    remote: Mapping[str, Any] | None = None
    content_id: str = ""
    inline: bool = False
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class MailPlace:
    """Where a mail was seen. For Maildir, `uidvalidity` is 0 and `uid` the unique part of the file name."""

    folder: str
    uidvalidity: int
    uid: str


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A customer's message, or an echo of ours (`direction` OUT). `answers` are provider ids it refers to, nearest first."""

    provider_id: str
    person: Person
    sent_at: int
    text: str
    kind: MessageKind = MessageKind.CHAT
    direction: Direction = Direction.IN
    author: Author = Author.CONTACT
    author_name: str = ""  # of an echo: the colleague, when the provider says
    author_unsure: bool = False
    hidden_text: str = ""
    subject: str = ""
    answers: tuple[str, ...] = ()
    attachments: tuple[InboundAttachment, ...] = ()
    client_ref: str | None = None  # our own, when the echo carries it
    automatic: bool = False  # auto-reply, bulk, bounce: never answered automatically
    place: MailPlace | None = None
    email: Mapping[str, Any] | None = None  # the JSON form documented in docs/interchange.md
    extra: Mapping[str, Any] = field(default_factory=dict)  # channel facts worth showing
    group: Person | None = None  # a chat of several: where the conversation is; `person` is the member who wrote
    mentions_us: bool = False  # in a group: it is meant for us
    withdraws: bool = False  # the provider passes on that the customer wants all about them erased


@dataclass(frozen=True, slots=True)
class Receipt:
    """The fate of a message of ours, told by provider id, by client_ref, or by a watermark (everything to `person` until then)."""

    state: DeliveryState
    at: int
    provider_id: str | None = None
    client_ref: str | None = None
    person_address: str | None = None
    until: int | None = None
    reason: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)  # price, quota …


@dataclass(frozen=True, slots=True)
class MessageEdited:
    provider_id: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class MessageUnsent:
    provider_id: str
    at: int


@dataclass(frozen=True, slots=True)
class Reaction:
    provider_id: str
    person_address: str
    emoji: str  # empty: taken back
    at: int


@dataclass(frozen=True, slots=True)
class WindowOpened:
    """Something the provider counts as an interaction without being a message. `what` is a word of the policy file's
    `opened_by`: button, menu, start, follow, ad, comment, reaction, call, consent, chat, optin, story, token. unfollow, block,
    unblock and stop open nothing and are remembered of the customer."""

    person: Person
    what: str
    at: int


@dataclass(frozen=True, slots=True)
class ProfileSeen:
    """What a customer handed over, or the provider told. `source` names where, as "Zalo form"; empty: the inbox."""

    person: Person
    at: int
    source: str = ""


@dataclass(frozen=True, slots=True)
class StandingTold:
    """What the provider says of a customer besides messages: `facts` of `store.standing`. Of one who is not known here it
    says nothing."""

    person: Person
    at: int
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TagsChanged:
    """Tags that were put on a customer at the network, or taken off there."""

    person: Person
    at: int
    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VisitorLeft:
    """A visitor left or a caller hung up; `waited_ms` since the oldest message without an answer, if one waited."""

    person_address: str
    at: int


@dataclass(frozen=True, slots=True)
class CallChanged:
    """One step of a call, told by the call's own id. The first that comes makes its card in the thread, those after it add
    to it; they may come in any order and more than once (`domain.calls`).

    `state`: ringing, answered, missed (over, nobody talked), voicemail, ended; "" only adds facts to a call that is here. `person` is the other
    side, `rang` and `answered_by` are ours. `client_ref`: of a call that we began. `cause`: why it ended, a word. `tag`: what
    the exchange says it was about. `files`: recordings.
    """

    provider_id: str
    person: Person
    at: int
    state: str = ""
    direction: Direction = Direction.IN
    hotline: str = ""
    menu: str = ""
    queue: str = ""
    branch: str = ""
    rang: tuple[str, ...] = ()
    answered_by: str = ""
    started_at: int | None = None
    answered_at: int | None = None
    ended_at: int | None = None
    waited_ms: int | None = None
    talked_ms: int | None = None
    cause: str = ""
    tag: str = ""
    client_ref: str | None = None
    files: tuple[InboundAttachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Upstream:
    """How a conversation stands at a helpdesk that others work in too. None: not said. `until` (epoch ms) goes with
    `status` snoozed; `assignee` is an agent of ours, "" nobody; `labels` are all it has, spelt as there. `who` is the
    platform word of the customer and `customer` all fields it has of them, in words; `team` ("" none) and `fields` of the
    conversation have no counterpart here and are shown."""

    status: Status | None = None
    until: int | None = None
    labels: tuple[str, ...] | None = None
    assignee: str | None = None
    priority: Priority | None = None
    who: str = ""
    customer: Mapping[str, str] | None = None
    team: str | None = None
    fields: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ConversationChanged:
    """What a helpdesk says of the conversation with `person_address`, as of `at` by its clock."""

    person_address: str
    at: int
    state: Upstream


@dataclass(frozen=True, slots=True)
class CustomerChanged:
    """A helpdesk now has these `fields` (all, in words) of the customer it knows by the platform word `key`."""

    key: str
    at: int
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NoteReceived:
    """A note of a colleague at a helpdesk, in the conversation with `person`. `ref`: ours, when it is one of our own."""

    provider_id: str
    person: Person
    sent_at: int
    text: str
    author_name: str = ""
    ref: str = ""

    @property
    def at(self) -> int:
        return self.sent_at


InboundEvent = (
    MessageReceived
    | Receipt
    | MessageEdited
    | MessageUnsent
    | Reaction
    | WindowOpened
    | ProfileSeen
    | StandingTold
    | TagsChanged
    | VisitorLeft
    | CallChanged
    | ConversationChanged
    | CustomerChanged
    | NoteReceived
)
