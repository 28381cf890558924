"""The words of the house as enums. Their values are what the database, JSON and the configuration carry."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    OPEN = "open"
    PENDING = "pending"  # we wait for the customer
    SNOOZED = "snoozed"  # until a time or a reply
    RESOLVED = "resolved"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    NOTE = "note"  # agents only
    ACTIVITY = "activity"  # a system line


class Author(StrEnum):
    CONTACT = "contact"
    AGENT = "agent"
    BOT = "bot"
    SYSTEM = "system"


class DeliveryState(StrEnum):
    """Of an outbound message. Inbound ones carry RECEIVED."""

    RECEIVED = "received"
    HELD = "held"  # the undo-send delay runs
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"  # the bytes left and no answer came
    CANCELLED = "cancelled"


# Receipts move a message forward only along this line.
RECEIPT_ORDER: dict[DeliveryState, int] = {
    DeliveryState.HELD: 0,
    DeliveryState.QUEUED: 1,
    DeliveryState.SENDING: 2,
    DeliveryState.UNKNOWN: 3,
    DeliveryState.SENT: 4,
    DeliveryState.DELIVERED: 5,
    DeliveryState.READ: 6,
}


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


PRIORITY_RANK: dict[Priority, int] = {Priority.LOW: -1, Priority.NORMAL: 0, Priority.HIGH: 1, Priority.URGENT: 2}
PRIORITY_OF_RANK: dict[int, Priority] = {rank: priority for priority, rank in PRIORITY_RANK.items()}


class MessageKind(StrEnum):
    """What arrived; decides how it may join a conversation."""

    CHAT = "chat"
    MAIL = "mail"
    FORM = "form"
    CALL = "call"
    COMMENT = "comment"


class InboxState(StrEnum):
    ON = "on"
    PAUSED = "paused"  # by a person
    BROKEN = "broken"  # credentials refused or the like: needs a person
    REMOVED = "removed"


# Two letters shown in lists, and the channel's own name; ☎ is the telephone's mark.
CHANNEL_MARKS: dict[str, str] = {
    "messenger": "FB",
    "instagram": "IG",
    "whatsapp": "WA",
    "zalo": "ZA",
    "line": "LI",
    "telegram": "TG",
    "email": "EM",
    "livechat": "CH",
    "form": "FO",
    "sms": "SM",
    "voice": "☎",
    "api": "AP",
    "chatwoot": "CW",
    "inperson": "IP",
}
