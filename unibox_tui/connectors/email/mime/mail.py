"""What a mail is once it has been read. All dataclasses are frozen; times are UTC epoch milliseconds."""

from __future__ import annotations

from dataclasses import dataclass, field


class UnreadableMail(ValueError):
    """There is nothing to read: no bytes, or neither a header nor a body. `reason` is for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox. `address` is as written except for a lower-case domain; empty where only a name was given."""

    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class MailPart:
    """An attachment. `name` is safe as a file name and never empty; `content` is decoded, `size` its bytes.

    `inline` says that the mail's own HTML shows it. `text` is readable text for a forwarded mail, else None.
    """

    name: str
    media_type: str
    content: bytes = field(repr=False)
    size: int
    content_id: str | None = None
    inline: bool = False
    disposition: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report that a mail of ours was not delivered, or is late.

    `recipient` is the first failed address ("" if none is named), `recipients` all of them; `status` is an enhanced
    code as "5.1.1" or None; `hard` means that trying again is of no use; `original_message_id` is without brackets.
    """

    recipient: str
    status: str | None
    reason: str
    hard: bool
    original_message_id: str | None
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """An invitation or its change. `start` and `end` are ISO 8601 as written (a date alone when `all_day`);
    the `_ms` fields are None for floating times. `text` says it all in readable lines."""

    method: str
    summary: str
    start: str | None = None
    end: str | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    all_day: bool = False
    organizer: Address = Address()
    attendees: tuple[Address, ...] = ()
    location: str = ""
    description: str = ""
    status: str = ""
    uid: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Authentication:
    """The topmost Authentication-Results: each of pass, fail, none, softfail, neutral, policy, temperror, permerror.

    Only as trustworthy as `server`, the name that wrote it; a sender can write this header too.
    """

    server: str = ""
    dmarc: str = "none"
    spf: str = "none"
    dkim: str = "none"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. `message_id`, `in_reply_to` and `references` are without angle brackets.

    `message_id` is `digest:<sha256>` of the canonical message where the header is missing or invalid. `text` is what
    a reader sees, `hidden_text` quoted history and signatures in order. `is_auto` means: never answer automatically.
    `headers` are decoded, in order, at most 1,000. `problems` names what was odd, in stable words for health and tests.
    """

    message_id: str
    subject: str
    from_: Address
    date_ms: int | None
    text: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    hidden_text: str = ""
    html_present: bool = False
    attachments: tuple[MailPart, ...] = ()
    auto_submitted: str | None = None
    list_id: str | None = None
    precedence: str | None = None
    is_auto: bool = False
    is_bulk: bool = False
    bounce: Bounce | None = None
    calendar: Calendar | None = None
    delivered_to: tuple[str, ...] = ()
    authentication: Authentication = Authentication()
    headers: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()
