"""The fields a query may name: the grammar's vocabulary, its errors, its completion and its documentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from unibox_tui.domain.words import CHANNEL_MARKS, Priority, Status

Kind = Literal["choice", "name", "words", "duration", "moment", "count", "amount", "sort"]
Names = Literal["", "label", "inbox", "page", "brand", "agent", "language"]


@dataclass(frozen=True, slots=True)
class Field:
    """`values`: all there are (choice), or extra ones beside the names of `names`. `part`: what unibox must have first."""

    name: str
    kind: Kind
    help: str
    values: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    value_aliases: Mapping[str, str] = field(default_factory=dict)
    names: Names = ""
    part: str = ""


_YES = {"y": "yes", "true": "yes", "1": "yes", "co": "yes", "có": "yes", "ใช่": "yes"}
_NO = {"n": "no", "false": "no", "0": "no", "khong": "no", "không": "no", "ไม่": "no"}
_ORDERS = "orders"
_TEAMS = "teams"
_PRICES = "prices of replies"

_ALL = (
    Field(
        "is",
        "choice",
        "state: unread, unanswered, new, spam …",
        (
            "unread",
            "read",
            "unanswered",
            "new",
            "answered",
            *(status.value for status in Status),
            "mine",
            "assigned",
            "unassigned",
            "spam",
            "failed",
            "urgent",
            "high",
        ),
        value_aliases={"waiting": "unanswered", "closed": "resolved", "done": "resolved", "unowned": "unassigned"},
    ),
    Field(
        "has",
        "choice",
        "what it holds: phone, attachment, note …",
        ("phone", "email", "order", "amount", "url", "bank", "attachment", "note", "draft", "label", "owner", "subject"),
        value_aliases={"file": "attachment", "files": "attachment", "mail": "email", "code": "order", "link": "url"},
    ),
    Field("status", "choice", "open, pending, snoozed, resolved", tuple(status.value for status in Status)),
    Field(
        "channel",
        "choice",
        "zalo, messenger, email …",
        tuple(CHANNEL_MARKS),
        value_aliases={"fb": "messenger", "facebook": "messenger", "ig": "instagram", "wa": "whatsapp", "mail": "email",
                       "chat": "livechat", "phone": "voice", "call": "voice", "tg": "telegram"},
    ),
    Field("priority", "choice", "urgent, high, normal", tuple(priority.value for priority in Priority)),
    Field("inbox", "name", "an inbox it has travelled over", names="inbox"),
    Field("page", "name", "a Messenger Page", names="page"),
    Field("brand", "name", "an inbox group", names="brand"),
    Field("label", "name", "a label", names="label"),
    Field("contact-label", "name", "a label of the customer", names="label"),
    Field("assignee", "name", "who owns it: me, none, any, a name", ("me", "none", "any"), ("owner",),
          {"nobody": "none", "anyone": "any"}, names="agent"),
    Field("answered-by", "name", "who of us has answered in it", ("me", "any"), names="agent"),
    Field("last-answer-by", "name", "who of us answered last", ("me", "any"), names="agent"),
    Field("from", "name", "part of the customer's name or address", aliases=("customer", "contact")),
    Field("language", "name", "the customer's language", ("vi", "th", "en"), ("lang",), names="language"),
    Field("group", "choice", "a group chat: yes or no", ("yes", "no"), value_aliases={**_YES, **_NO}),
    Field("text", "words", "words of one message"),
    Field("number", "count", "the conversation's number", aliases=("id",)),
    Field("unread", "count", "unread messages"),
    Field("messages", "count", "messages in all"),
    Field("failed", "count", "answers that did not arrive"),
    Field("wait", "duration", "how long the customer has been waiting", aliases=("waiting",)),
    Field("closes", "duration", "how long answering stays possible", aliases=("window",)),
    Field("returns", "duration", "how soon a snoozed one returns", aliases=("snooze",)),
    Field("interaction", "duration", "how long ago the customer last did something"),
    Field("idle", "duration", "how long nothing has happened"),
    Field("age", "duration", "how long ago it began"),
    Field("active", "moment", "when something last happened", aliases=("last", "date")),
    Field("after", "moment", "active on that day or later"),
    Field("before", "moment", "last active before that day"),
    Field("on", "moment", "last active on that day"),
    Field("created", "moment", "when it began"),
    Field("resolved", "moment", "when it was resolved"),
    Field("sort", "sort", "order: active, wait, closes, returns, priority, created, number"),
    Field("sla", "duration", "time left by the promise", part="service levels (SLA)"),
    Field("mentions", "name", "who is mentioned", aliases=("mention",), part=_TEAMS),
    Field("team", "name", "the team it belongs to", part=_TEAMS),
    Field("csat", "count", "the customer's rating", part="customer ratings"),
    Field("cost", "amount", "what answering costs now", part=_PRICES),
    Field("free-left", "count", "free answers left", part=_PRICES),
    Field("order", "name", "state of the order", aliases=("deal",), part=_ORDERS),
    Field("amount", "amount", "money of the order", part=_ORDERS),
    Field("follows", "choice", "follows us: yes or no", ("yes", "no"), value_aliases={**_YES, **_NO}, part="followers"),
    Field("agreed", "name", "what the customer has agreed to", part="consents"),
    Field("reason", "name", "why it was resolved", part="reasons of resolving"),
)  # fmt: skip

FIELDS: dict[str, Field] = {known.name: known for known in _ALL}
BY_ANY_NAME: dict[str, Field] = {name: known for known in _ALL for name in (known.name, *known.aliases)}
PARTS: frozenset[str] = frozenset(known.part for known in _ALL if known.part)

SORTS = ("active", "wait", "closes", "returns", "priority", "created", "number")
SORT_ALIASES = {"last": "active", "waiting": "wait", "closing": "closes", "window": "closes", "snooze": "returns"}
SORT_PARTS = {"sla": "service levels (SLA)"}


def nearest(name: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    """The one that was probably meant, or ""."""
    from difflib import get_close_matches

    found = get_close_matches(name.casefold(), list(known), 1, 0.6)
    if found:
        return found[0]
    return next((candidate for candidate in known if len(name) > 1 and candidate.startswith(name.casefold())), "")
