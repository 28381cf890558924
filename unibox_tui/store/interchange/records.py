"""The lines of unibox JSON Lines; docs/interchange.md explains them. One object per line, told apart by `type`.

What has its default is left out when written. Times are UTC epoch milliseconds; reading also takes ISO 8601 with an offset.
Conversations, contacts and messages go by their uid, inboxes, labels and agents by their name.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from unibox_tui.domain.words import DeliveryState

VERSION = 1
Time = int | str


class Line(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="type"):
    pass


class Part(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    pass


class Header(Line, tag="unibox"):
    version: int


class Inbox(Line, tag="inbox"):
    name: str
    channel: str
    group: str
    title: str = ""
    address: str = ""
    region: str = "VN"
    language: str = "vi"


class Agent(Line, tag="agent"):
    name: str
    display: str = ""
    language: str | None = None


class Label(Line, tag="label"):
    name: str
    colour: str = ""
    description: str = ""
    set: str | None = None  # labels of one set exclude each other
    sticks: bool = False  # to the contact


class Key(Part):
    """Something that may tell who somebody is: an e-mail address, a telephone number."""

    kind: str
    value: str
    verified: bool = False
    at: Time | None = None


class Given(Part):
    """What a customer handed over in a form or by a button of the channel."""

    name: str
    value: str
    source: str
    at: Time


class Standing(Part):
    """What the provider said of a customer last; `facts` as in `store.standing`."""

    facts: dict[str, Any]
    at: Time


class Identity(Part):
    inbox: str
    address: str
    kind: str = "email"
    name: str = ""
    verified: bool = False
    attributes: dict[str, Any] = {}
    first_seen_at: Time | None = None
    last_seen_at: Time | None = None
    windows: dict[str, Time] = {}  # what the provider counts -> when it last happened
    keys: list[Key] = []
    given: list[Given] = []
    standing: Standing | None = None


class OutsideId(Part):
    """The number another system gives the contact."""

    system: str
    id: str
    at: Time


class Contact(Line, tag="contact"):
    """`identities`: those that are at home with this contact, whatever it is merged into."""

    id: str
    name: str = ""
    title: str | None = None
    language: str | None = None
    note: str = ""
    attributes: dict[str, Any] = {}
    first_seen_at: Time | None = None
    last_seen_at: Time | None = None
    created_at: Time | None = None
    merged_into: str | None = None
    labels: list[str] = []
    blocked_at: Time | None = None
    blocked_by: str | None = None
    forgotten_at: Time | None = None
    identities: list[Identity] = []
    keys: list[Key] = []  # told by another system, of no identity
    outside: list[OutsideId] = []


class Conversation(Line, tag="conversation"):
    id: str
    contact: str
    home: str | None = None  # whose it is when every merge is taken back, where that is another
    number: int | None = None
    group: str | None = None
    kind: str = "direct"
    subject: str = ""
    status: str = "open"
    assignee: str | None = None
    priority: str = "normal"
    spam: bool = False
    snoozed_until: Time | None = None
    wakes_on_reply: bool = True
    labels: list[str] = []
    created_at: Time | None = None
    resolved_at: Time | None = None


class Join(Line, tag="join"):
    child: str
    parent: str
    id: str | None = None
    at: Time | None = None
    by: str | None = None
    undone_at: Time | None = None


class Place(Part):
    """Where a mail was seen."""

    inbox: str
    folder: str
    uidvalidity: int
    uid: str


class Attachment(Part):
    """`sha256` names bytes that lie in `media/ab/cdef…` beside the file, or stand in `base64`."""

    name: str
    media_type: str = "application/octet-stream"
    size: int = 0
    sha256: str | None = None
    remote: dict[str, Any] | None = None
    content_id: str = ""
    inline: bool = False
    base64: str | None = None


class Reaction(Part):
    who: str
    emoji: str
    at: Time


class Call(Part):
    """What a message of the kind `call` is the card of; `facts` as in `domain.calls`."""

    via: str
    direction: str
    facts: dict[str, Any]
    agent: str | None = None
    counts_at: Time | None = None
    reason: str = ""


class Message(Line, tag="message"):
    """A message, note or activity line. Without `conversation` it finds its place as one that arrives does."""

    sent_at: Time
    id: str | None = None
    conversation: str | None = None
    n: int | None = None  # order: seconds << 10 | counter
    born_in: str | None = None  # the conversation it was born in, where that is another one
    inbox: str | None = None
    address: str | None = None  # the customer's, in that inbox
    address_kind: str | None = None
    contact_name: str = ""  # for a new contact
    direction: str = "in"
    kind: str = "chat"
    author_kind: str | None = None
    author: str | None = None
    author_unsure: bool = False
    received_at: Time | None = None
    state: str | None = None
    state_at: Time | None = None
    reason: str | None = None
    client_ref: str | None = None
    automatic: bool = False
    answers: str | None = None  # id of a message
    edited_at: Time | None = None
    unsent_at: Time | None = None
    text: str = ""
    hidden_text: str = ""
    subject: str = ""
    email: dict[str, Any] | None = None
    extra: dict[str, Any] | None = None
    provider_id: str | None = None  # the same as one entry of `keys` in the inbox's own scope
    keys: list[tuple[str, str]] = []  # (scope, provider id)
    places: list[Place] = []
    attachments: list[Attachment] = []
    reactions: list[Reaction] = []
    tells: list[tuple[str, str]] = []  # (kind, value): keys of its writer that are known since this message
    call: Call | None = None


class Note(Line, tag="note"):
    """Short for a message with direction `note`."""

    conversation: str
    text: str
    at: Time
    author: str | None = None
    id: str | None = None


class Assignment(Line, tag="assignment"):
    """Somebody was given a conversation: sets its owner and leaves a line in the thread. `to` null: nobody."""

    conversation: str
    at: Time
    to: str | None = None
    by: str | None = None
    id: str | None = None


class Merge(Line, tag="merge"):
    """Two contacts that became one. Keys of `choices`, `before` and `after`: a column, `attributes.KEY` or `label.NAME`."""

    id: str
    winner: str
    loser: str
    at: Time
    by_kind: str = "agent"
    by: str | None = None
    why: list[dict[str, Any]] = []
    choices: dict[str, Any] = {}
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    moved_identities: list[tuple[str, str]] = []  # (inbox, address)
    moved_conversations: list[str] = []
    moved_keys: int = 0
    joins: list[tuple[str, str]] = []  # (child, parent): conversations joined along with it
    undone_at: Time | None = None


class Order(Line, tag="order"):
    """Money in the smallest unit of its currency."""

    id: str
    state: str
    currency: str
    code: str = ""
    shop: str = ""
    external_id: str | None = None
    conversation: str | None = None
    contact: str | None = None
    agent: str | None = None
    items: list[dict[str, Any]] = []
    amount: int | None = None
    deposit: int = 0
    received: int = 0
    phone: str = ""
    address: str = ""
    note: str = ""
    carrier: str = ""
    tracking: str = ""
    closed_by: str | None = None
    confirmed_at: Time | None = None
    packed_at: Time | None = None
    shipped_at: Time | None = None
    delivered_at: Time | None = None
    returned_at: Time | None = None
    cancelled_at: Time | None = None
    removed_at: Time | None = None
    created_at: Time | None = None
    updated_at: Time | None = None
    typed: list[str] = []  # fields a person set last


class Deal(Line, tag="deal"):
    """How far a sale is of which there is no order."""

    conversation: str
    state: str
    at: Time
    agent: str | None = None


class Risk(Line, tag="risk"):
    """A mark by phone (E.164), by contact, or by both."""

    id: str
    reason: str
    author: str
    at: Time
    phone: str = ""
    contact: str | None = None
    source: str = ""
    removed_at: Time | None = None


class Pair(Line, tag="pair"):
    """Two contacts of whom something says that they are one, and what a person decided about it.

    `evidence`: kind, value, and of `one` and `other` each level, at, and where it is from: message, or inbox and address."""

    one: str
    other: str
    state: str
    at: Time
    updated_at: Time | None = None
    score: int = 0
    evidence: list[dict[str, Any]] = []


class Difference(Line, tag="conflict"):
    """What another system says otherwise, waiting for a person. `what` is contact or order, `of` its uid."""

    what: str
    of: str
    field: str
    system: str
    value: Any
    at: Time


class Event(Line, tag="event"):
    """What happened, as the log has it; contacts and labels named within `data` by uid and name."""

    at: Time
    kind: str
    by_kind: str
    by: str | None = None
    conversation: str | None = None
    contact: str | None = None
    inbox: str | None = None
    message: str | None = None
    action: str | None = None
    cause: str | None = None
    data: dict[str, Any] = {}


AnyLine = (
    Header
    | Inbox
    | Agent
    | Label
    | Contact
    | Conversation
    | Join
    | Message
    | Note
    | Assignment
    | Merge
    | Order
    | Deal
    | Risk
    | Pair
    | Difference
    | Event
)
_decoder = msgspec.json.Decoder(AnyLine)


# What has not left can never leave from another store, and the fate of what is under way is known only where it is.
_ELSEWHERE = {
    DeliveryState.HELD: DeliveryState.CANCELLED,
    DeliveryState.QUEUED: DeliveryState.CANCELLED,
    DeliveryState.SENDING: DeliveryState.UNKNOWN,
}
NOT_SENT = "It had not left when it was exported."


def settled(state: str, reason: str | None) -> tuple[str, str | None]:
    """State and reason as they hold in another store, where nothing is sent because of an import."""
    elsewhere = _ELSEWHERE.get(DeliveryState(state))
    return (state, reason) if elsewhere is None else (str(elsewhere), NOT_SENT)


class BadLine(ValueError):
    """A line that says nothing we can keep; the text is for people."""


def decode(raw: bytes) -> AnyLine:
    """One line. Raises BadLine naming the field."""
    try:
        line: AnyLine = _decoder.decode(raw.strip().removeprefix(b"\xef\xbb\xbf"))
        return line
    except msgspec.DecodeError as error:
        raise BadLine(str(error)) from None
    except UnicodeDecodeError:
        raise BadLine("The line is not UTF-8.") from None
    except RecursionError:
        raise BadLine("The line is nested too deeply.") from None


def encode(line: Line) -> dict[str, Any]:
    """As plain values, `type` first, without what has its default."""
    found: dict[str, Any] = msgspec.to_builtins(line)
    return found


def ms(time: Time, field: str = "time") -> int:
    """Epoch ms of a time as written. Raises BadLine."""
    if isinstance(time, int):
        if not -(1 << 52) < time < 1 << 52:
            raise BadLine(f"{field}: {time} is no time in milliseconds.")
        return time
    try:
        at = datetime.fromisoformat(time)
    except ValueError:
        raise BadLine(f"{field}: {time[:40]!r} is neither epoch milliseconds nor ISO 8601.") from None
    if at.tzinfo is None:
        raise BadLine(f"{field}: {time[:40]!r} has no offset; write +07:00 or Z behind it.")
    return int(at.timestamp() * 1000)


def ms_or_none(time: Time | None, field: str = "time") -> int | None:
    return None if time is None else ms(time, field)
