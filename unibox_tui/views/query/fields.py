"""The fields a query may name: the grammar's vocabulary, its errors, its completion and its documentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from unibox_tui.domain.orders import STATE_WORDS, STATES
from unibox_tui.domain.words import CHANNEL_MARKS, Priority, Status
from unibox_tui.locale import N_

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
_TEAMS = N_("teams")

_ALL = (
    Field(
        "is",
        "choice",
        N_("state: unread, unanswered, new, spam …"),
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
            "deal",
            "blocked",
        ),
        value_aliases={"waiting": "unanswered", "closed": "resolved", "done": "resolved", "unowned": "unassigned"},
    ),
    Field(
        "has",
        "choice",
        N_("what it holds: phone, attachment, note …"),
        ("phone", "email", "order", "amount", "url", "bank", "attachment", "note", "draft", "label", "owner", "subject"),
        value_aliases={"file": "attachment", "files": "attachment", "mail": "email", "code": "order", "link": "url"},
    ),
    Field("status", "choice", N_("open, pending, snoozed, resolved"), tuple(status.value for status in Status)),
    Field(
        "channel",
        "choice",
        N_("zalo, messenger, email …"),
        tuple(CHANNEL_MARKS),
        value_aliases={"fb": "messenger", "facebook": "messenger", "ig": "instagram", "wa": "whatsapp", "mail": "email",
                       "chat": "livechat", "phone": "voice", "call": "voice", "tg": "telegram"},
    ),
    Field("priority", "choice", N_("urgent, high, normal, low"), tuple(priority.value for priority in Priority)),
    Field("inbox", "name", N_("an inbox it has travelled over"), names="inbox"),
    Field("page", "name", N_("a Messenger Page"), names="page"),
    Field("brand", "name", N_("an inbox group"), names="brand"),
    Field("label", "name", N_("a label"), names="label"),
    Field("contact-label", "name", N_("a label of the customer"), names="label"),
    Field("assignee", "name", N_("who owns it: me, none, any, a name"), ("me", "none", "any"), ("owner",),
          {"nobody": "none", "anyone": "any"}, names="agent"),
    Field("answered-by", "name", N_("who of us has answered in it"), ("me", "any"), names="agent"),
    Field("last-answer-by", "name", N_("who of us answered last"), ("me", "any"), names="agent"),
    Field("from", "name", N_("part of the customer's name or address"), aliases=("customer", "contact")),
    Field("language", "name", N_("the customer's language"), ("vi", "th", "en"), ("lang",), names="language"),
    Field("group", "choice", N_("a group chat: yes or no"), ("yes", "no"), value_aliases={**_YES, **_NO}),
    Field("text", "words", N_("words of one message")),
    Field("number", "count", N_("the conversation's number"), aliases=("id",)),
    Field("unread", "count", N_("unread messages")),
    Field("messages", "count", N_("messages in all")),
    Field("failed", "count", N_("answers that did not arrive")),
    Field("wait", "duration", N_("how long the customer has been waiting"), aliases=("waiting",)),
    Field("closes", "duration", N_("how long answering stays possible"), aliases=("window",)),
    Field("returns", "duration", N_("how soon a snoozed one returns"), aliases=("snooze",)),
    Field("interaction", "duration", N_("how long ago the customer last did something")),
    Field("idle", "duration", N_("how long nothing has happened")),
    Field("age", "duration", N_("how long ago it began")),
    Field("active", "moment", N_("when something last happened"), aliases=("last", "date")),
    Field("after", "moment", N_("active on that day or later")),
    Field("before", "moment", N_("last active before that day")),
    Field("on", "moment", N_("last active on that day")),
    Field("created", "moment", N_("when it began")),
    Field("resolved", "moment", N_("when it was resolved")),
    Field("sort", "sort", N_("order: active, wait, closes, returns, priority, created, number")),
    Field("sla", "duration", N_("time left by the promise"), part=N_("service levels (SLA)")),
    Field("mentions", "name", N_("who is mentioned"), aliases=("mention",), part=_TEAMS),
    Field("team", "name", N_("the team it belongs to"), part=_TEAMS),
    Field("csat", "count", N_("the customer's rating"), part=N_("customer ratings")),
    Field("cost", "amount", N_("what answering costs now")),
    Field("free-left", "count", N_("free answers left")),
    Field("order", "choice", N_("state of the order or deal: confirmed, shipped, none, any …"),
          (*STATES, "any", "none"), ("deal",), STATE_WORDS),
    Field("amount", "amount", N_("money of the order")),
    Field("shop", "name", N_("the shop an order is of")),
    Field("follows", "choice", N_("follows us: yes or no"), ("yes", "no"), value_aliases={**_YES, **_NO}),
    Field("agreed", "name", N_("what the customer has agreed to: call, any, none"), ("any", "none")),
    Field("reason", "name", N_("what a call was about"), ("any", "none")),
)  # fmt: skip

FIELDS: dict[str, Field] = {known.name: known for known in _ALL}
BY_ANY_NAME: dict[str, Field] = {name: known for known in _ALL for name in (known.name, *known.aliases)}
PARTS: frozenset[str] = frozenset(known.part for known in _ALL if known.part)

SORTS = ("active", "wait", "closes", "returns", "priority", "created", "number")
SORT_ALIASES = {"last": "active", "waiting": "wait", "closing": "closes", "window": "closes", "snooze": "returns"}
SORT_PARTS = {"sla": N_("service levels (SLA)")}


def nearest(name: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    """The one that was probably meant, or ""."""
    from difflib import get_close_matches

    found = get_close_matches(name.casefold(), list(known), 1, 0.6)
    if found:
        return found[0]
    return next((candidate for candidate in known if len(name) > 1 and candidate.startswith(name.casefold())), "")
