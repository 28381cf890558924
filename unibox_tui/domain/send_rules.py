"""The words of sending: what an inbox can do, a row of its channel's policy, what is known of a customer, a decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MINUTE = 60_000
HOUR = 3_600_000
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class SendRule:
    """One row of a channel's reply policy: within `within_ms` after an event of `opened_by`, these kinds may be sent."""

    name: str
    within_ms: int | None = None  # None: no clock
    kinds: tuple[str, ...] = ("text",)  # text, attachment, template, request, call, broadcast …
    opened_by: tuple[str, ...] = ("message",)
    human_only: bool = False
    tag: str = ""
    price: float = 0  # in the currency's main unit
    currency: str = ""
    max_answers: int | None = None  # answers since the last such event
    valid_from: int = 0  # epoch ms
    valid_until: int | None = None
    counts_from: str = ""  # the event since which answers are counted; empty: whatever opened the window last
    chats: tuple[str, ...] = ()  # person, group, audience, or a kind of identity; empty: all
    needs: tuple[str, ...] = ()  # follows, unblocked: unless known to be otherwise; agreed:WHAT: only when known
    quota: str = ""  # what the provider calls the quota this uses; "inbox": that of the whole inbox
    only_reported: bool = False  # holds only while the provider says that some of `quota` is left
    per_month: int | None = None  # messages of the whole inbox by this rule in a calendar month
    hours: tuple[int, int] | None = None  # minutes after midnight [from, until); may go over midnight
    utc_offset: int = 0  # minutes, of `hours`
    barred_packages: tuple[str, ...] = ()  # accounts of these packages may not
    per: str = "message"  # what the price is for: message, part
    charged: bool = False  # it costs something, `price` says only how much where that is known
    variant: str = ""  # rows of different variants exclude each other
    unsure: bool = False
    grade: str = ""  # o, s, c, k as in the reference
    source: str = ""

    @property
    def free(self) -> bool:
        return not self.price and not self.charged


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an inbox can receive and send now."""

    version: int = 1
    text_limit: int | None = None  # in one message, counted as `text_unit` says
    text_unit: str = "characters"  # characters, bytes (UTF-8), sms (characters; parts are shown)
    text_parts: int = 1  # a longer text goes in so many messages
    attachments: bool = False
    attachment_limit: int = 0  # bytes each
    attachment_types: tuple[str, ...] = ()  # empty: any
    attachment_sizes: Mapping[str, int] = field(default_factory=dict)  # image/jpeg, image/*, *: bytes; empty: as above
    subject: bool = False
    cc: bool = False
    quotes: bool = False  # may answer one message by reference
    edit: bool = False
    typing: bool = False
    seen: bool = False
    receipts: tuple[str, ...] = ()  # of sent, delivered, read: which the channel can tell
    idempotent: bool = False  # the provider takes one client_ref once, so a resend is harmless
    starts: bool = False  # we may speak first
    address_kind: str = ""  # what it reaches people by when we do: email, phone
    rules: tuple[SendRule, ...] = (SendRule("always", None, ("text", "attachment")),)
    undo_send_ms: int = 5_000
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_counted(self) -> bool:
        """Whether what may be sent depends on how much was."""
        return any(rule.max_answers is not None or rule.quota or rule.per_month is not None for rule in self.rules)


@dataclass(frozen=True, slots=True)
class Quota:
    """What the provider said is left of a quota at `at`; `after`: how many of ours left since."""

    left: int
    total: int | None = None
    at: int = 0
    after: int = 0

    @property
    def now_left(self) -> int:
        return max(self.left - self.after, 0)


@dataclass(frozen=True, slots=True)
class Said:
    """What the provider said of the last answer it told the cost of; `after`: answers since."""

    free: bool
    at: int
    after: int = 0
    quota: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the customer a message would go to. `answers`: event kind -> answers of ours since its latest."""

    windows: Mapping[str, int] = field(default_factory=dict)
    answers: Mapping[str, int] = field(default_factory=dict)
    follows: bool | None = None
    blocked: bool | None = None
    agreed: frozenset[str] = frozenset()
    last_interaction: tuple[int, int] | None = None  # (what the provider says it is, when it said so)
    quotas: Mapping[str, Quota] = field(default_factory=dict)
    said: Said | None = None
    package: str = ""
    kind: str = ""  # of the identity
    month: Mapping[str, int] = field(default_factory=dict)  # rule -> messages of the inbox in this calendar month


class Verdict(StrEnum):
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Decision:
    """`used` of `total` free answers have left; None where they are not counted. `amount`: millionths of the currency's main
    unit, None when it costs something nobody has named. `unsure`: the row is, or `others` (what other rows that may hold
    say) differ. `offers`: what else may be sent now, one decision for each kind."""

    verdict: Verdict
    rule: SendRule | None = None
    closes_at: int | None = None  # when the rule's window ends
    reason: str = ""  # a message id of the catalogue: window_closed, no_attachments …
    detail: Mapping[str, Any] = field(default_factory=dict)
    kind: str = "text"
    used: int | None = None
    total: int | None = None
    amount: int | None = 0
    opens_at: int | None = None  # outside_hours: when it may be sent
    unsure: bool = False
    others: tuple[Decision, ...] = ()
    offers: tuple[Decision, ...] = ()

    @property
    def allowed(self) -> bool:
        return self.verdict is Verdict.YES

    @property
    def tag(self) -> str:
        return self.rule.tag if self.rule else ""

    @property
    def currency(self) -> str:
        return self.rule.currency if self.rule else ""

    @property
    def free(self) -> bool:
        return self.rule is not None and self.rule.free

    @property
    def free_left(self) -> int | None:
        return None if self.total is None or self.used is None else max(self.total - self.used, 0)


@dataclass(frozen=True, slots=True)
class Term:
    """What holds from `starts_at` until `ends_at` (None: for good) when nothing happens."""

    starts_at: int
    ends_at: int | None
    decision: Decision
