"""A call as facts: its steps may come in any order and more than once, and give the same card.

The facts are a JSON object: `started`, `answered`, `ended` (epoch ms), `waited_ms`, `talked_ms`, `voicemail`, `rang`
(name -> when), and `told`: field -> [when, value], of which the latest holds. `unsure`: nobody told of its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unibox_tui.domain.inbound import CallChanged

RINGING, ANSWERED, MISSED, VOICEMAIL, ENDED = "ringing", "answered", "missed", "voicemail", "ended"
STATES = (RINGING, ANSWERED, MISSED, VOICEMAIL, ENDED)
GOING_ON = (RINGING, ANSWERED)
OVER = (MISSED, VOICEMAIL, ENDED)
# How a call is begun: over a line of ours; by a link of the network's app, for us or for the customer; after their consent.
LINE, LINK, INVITE, CONSENT = HOW = ("line", "link", "invite", "consent")
WHY_ASKED = ("consult", "order", "delivery", "flight", "update")
TOLD = ("hotline", "menu", "queue", "branch", "answered_by", "cause", "tag")
MOST_RANG = 20
LINE_LOST, UNTOLD = "line_lost", "untold"
UNSURE = (LINE_LOST, UNTOLD)
"""Causes of an end that nobody told of: how long they talked is not known. The real end, when it comes, holds."""


def merged(facts: Mapping[str, Any], step: CallChanged) -> dict[str, Any]:
    """The facts with one step more."""
    found = dict(facts)
    started = step.started_at if step.started_at is not None else step.at
    found["started"] = min(found.get("started", started), started)
    answered = step.answered_at
    if answered is None and step.state == ANSWERED:
        answered = step.at
    if answered is not None:
        found["answered"] = min(found.get("answered", answered), answered)
    ended = step.ended_at
    if ended is None and step.state in OVER:
        ended = step.at
    cause = step.cause
    if ended is not None:
        unsure, known_unsure = cause in UNSURE, bool(found.get("unsure"))
        if "ended" not in found or (known_unsure and not unsure):
            found["ended"] = ended
        elif unsure == known_unsure:
            found["ended"] = max(found["ended"], ended)
        else:
            cause = ""  # its end is known
        if unsure and cause:
            found["unsure"] = True
        elif found.pop("unsure", False) and found.get("told", {}).get("cause", [0, ""])[1] in UNSURE:
            found["told"] = {name: pair for name, pair in found["told"].items() if name != "cause"}
    if step.state == VOICEMAIL:
        found["voicemail"] = True
    for name, value in (("waited_ms", step.waited_ms), ("talked_ms", step.talked_ms)):
        if value is not None:
            found[name] = max(found.get(name, value), value)
    rang = dict(found.get("rang", {}))
    for who in step.rang:
        if who in rang or len(rang) < MOST_RANG:
            rang[who] = min(rang.get(who, step.at), step.at)
    if rang:
        found["rang"] = rang
    told = dict(found.get("told", {}))
    for name in TOLD:
        said: str = cause if name == "cause" else getattr(step, name)
        if said and [step.at, said] > list(told.get(name, [-1, ""])):
            told[name] = [step.at, said]
    if told:
        found["told"] = told
    return found


def state_of(facts: Mapping[str, Any]) -> str:
    """Over without a sign that anybody talked is missed: it is to be called back."""
    talked = "answered" in facts or bool(facts.get("talked_ms"))
    if "ended" not in facts:
        return ANSWERED if talked else RINGING
    if talked:
        return ENDED
    return VOICEMAIL if facts.get("voicemail") else MISSED


def answered_at(facts: Mapping[str, Any]) -> int | None:
    """When the two began to talk; None: they never did."""
    if "answered" in facts:
        return int(facts["answered"])
    if facts.get("talked_ms") and "ended" in facts:
        return int(facts["ended"] - facts["talked_ms"])
    return None


def waited_ms(facts: Mapping[str, Any]) -> int | None:
    if "waited_ms" in facts:
        return int(facts["waited_ms"])
    answered = answered_at(facts)
    until = answered if answered is not None or facts.get("unsure") else facts.get("ended")
    return None if until is None else max(int(until - facts["started"]), 0)


def talked_ms(facts: Mapping[str, Any]) -> int | None:
    if "talked_ms" in facts:
        return int(facts["talked_ms"])
    begun = answered_at(facts)
    return None if begun is None or "ended" not in facts or facts.get("unsure") else max(int(facts["ended"] - begun), 0)


def card(facts: Mapping[str, Any], *, id: str, direction: str, reason: str = "", via: str = "line") -> dict[str, Any]:
    """What the message carries as `extra["call"]`; empty values are left out. `duration_ms` and `answered` are what calls of
    every channel have."""
    told = {name: pair[1] for name, pair in facts.get("told", {}).items()}
    rang = [who for who, _ in sorted(facts.get("rang", {}).items(), key=lambda one: (one[1], one[0]))]
    state = state_of(facts)
    found = {
        "id": id,
        "direction": direction,
        "state": state,
        "via": via,
        "hotline": told.get("hotline"),
        "menu": told.get("menu"),
        "queue": told.get("queue"),
        "branch": told.get("branch"),
        "rang": rang,
        "answered_by": told.get("answered_by"),
        "waited_ms": waited_ms(facts),
        "talked_ms": talked_ms(facts),
        "cause": told.get("cause"),
        "reason": reason or told.get("tag"),
    }
    kept = {name: value for name, value in found.items() if value not in (None, "", [])}
    return kept | {"answered": state in (ANSWERED, ENDED), "duration_ms": talked_ms(facts) or 0}


def words(call: Mapping[str, Any]) -> str:
    """The card in plain English, for lists and search."""
    state, out = call.get("state"), call.get("direction") == "out"
    if state == RINGING:
        return "[calling …]" if out else "[ringing …]"
    if state == ANSWERED:
        return "[call going on]"
    if state == MISSED:
        return "[call not answered]" if out else "[missed call]"
    if state == VOICEMAIL:
        return "[voicemail]"
    if call.get("cause") in UNSURE:
        return "[call, its end was not heard]"
    return f"[call, {clock(int(call.get('duration_ms') or 0))}]"


def clock(ms: int) -> str:
    """2:05, 1:00:09"""
    seconds = max(ms, 0) // 1000
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"
