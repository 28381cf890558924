"""The card of a call or visit, in the reader's language."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from unibox_tui.domain.calls import ANSWERED, MISSED, RINGING, UNSURE, VOICEMAIL, clock
from unibox_tui.locale import _
from unibox_tui.store.database import Row
from unibox_tui.text.safe import safe_line


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call as the foot of the screen tells of it."""

    n: int
    conversation: int
    direction: str
    state: str
    who: str  # the customer's name, else the number
    hotline: str
    agent: str  # who of us talked
    reason: str
    concerns: frozenset[str] = (
        frozenset()
    )  # colleagues whose phones ring, and who has the conversation; none: nobody knows


def words(call: Mapping[str, Any]) -> str:
    """One line: what became of it. Calls of every channel have at least `answered` and `duration_ms`."""
    state, out, via = call.get("state"), call.get("direction") == "out", call.get("via")
    length = clock(_number(call.get("duration_ms")))
    if via == "visit":
        return _("Visit")
    if via == "phone":
        return _("Call on a private phone, from us") if out else _("Call on a private phone")
    if call.get("failed"):
        return _("Call from us, not made")
    if state == "link":
        return _("Link to call them")
    if state == "invite":
        return _("Link for them to call us")
    if state == "consent":
        return _("Asked whether we may call them")
    if state == RINGING:
        return _("Calling …") if out else _("Ringing …")
    if state == ANSWERED:
        return _("Call going on")
    if state == VOICEMAIL:
        return _("Voicemail")
    if state == MISSED or (state is None and not call.get("answered")):
        return _("Call not answered") if out else _("Missed call")
    if call.get("cause") in UNSURE:
        return _("Call from us, its end was not heard") if out else _("Call, its end was not heard")
    return _("Call from us, {length}").format(length=length) if out else _("Call, {length}").format(length=length)


def lines(call: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(label, value) of what the card tells besides."""
    rang = call.get("rang")
    causes = {
        "no_answer": _("nobody answered"),
        "busy": _("busy"),
        "rejected": _("declined"),
        "bad_number": _("no such number"),
        "unreachable": _("not reachable"),
        "congestion": _("the network was overloaded"),
        "agent_no_answer": _("our own phone was not picked up"),
        "line_lost": _("the line to the exchange was down: what became of the call is not known"),
        "untold": _("the exchange never said that it was over: what became of the call is not known"),
    }
    pairs = (
        (_("reason"), call.get("reason")),
        (_("with"), call.get("who")),
        (_("hotline"), call.get("hotline")),
        (_("menu"), call.get("menu")),
        (_("queue"), call.get("queue")),
        (_("branch"), call.get("branch")),
        (_("rang"), ", ".join(str(one) for one in rang) if isinstance(rang, list) else None),
        (_("answered by"), call.get("answered_by")),
        (_("waited"), clock(_number(call["waited_ms"])) if call.get("waited_ms") else None),
        (_("why"), causes.get(str(call.get("cause", "")), call.get("cause"))),
    )
    for name, value in pairs:
        if value not in (None, ""):
            yield name, safe_line(str(value))


def live(row: Row, colleagues: Collection[str]) -> LiveCall:
    """Of a row of `store.calls.of_conversations`; `colleagues` are the accounts by which a phone is known as somebody's."""
    import json

    facts = json.loads(row["facts"])
    told = facts.get("told", {})
    concerned = {one for one in facts.get("rang", {}) if one in colleagues} | ({row["assignee"]} - {None})
    return LiveCall(
        row["n"],
        row["conversation_id"],
        row["direction"],
        row["state"],
        safe_line(row["contact"] or row["identity_name"] or row["address"] or ""),
        safe_line(told.get("hotline", [0, ""])[1] or row["inbox"] or ""),
        row["agent"] or "",
        row["reason"],
        frozenset(concerned),
    )


def _number(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0
