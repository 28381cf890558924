"""The whole trail of a conversation: every reply, note, hand-over and change, by whom, when and why."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from unibox_tui.domain.saying import kept
from unibox_tui.domain.words import Author, DeliveryState, Direction
from unibox_tui.locale import _
from unibox_tui.store import history_reading, reading
from unibox_tui.store.database import Row
from unibox_tui.text.safe import safe_line
from unibox_tui.views import phrases
from unibox_tui.views.models import HistoryLine
from unibox_tui.views.people import author_name, first_words, inbox_name, json_object

# Events that say no more than the message itself; they lend it their reason.
_SAID = frozenset({"message.received", "message.echoed", "message.written"})
_ATTENTION = frozenset({"agent.opened", "agent.left", "conversation.read"})


def history(db: sqlite3.Connection, conversation: int, *, attention: bool = False) -> tuple[HistoryLine, ...]:
    """Oldest first, of all conversations joined into it. `attention`: also who opened, left and typed. Raises NotFound.

    `extra` may hold: n, message (public id), state, undone_at, action (summary of the agent's action), of (the number
    of the joined conversation a line belongs to).
    """
    ids = reading.joined_set(db, conversation)
    customer = safe_line(reading.head(db, ids[0])["person_name"] or "")
    names = reading.agents(db)
    events = history_reading.events(db, ids)
    said: dict[int, list[Row]] = {}
    for event in events:
        if event["kind"] in _SAID and event["message_n"] is not None:
            said.setdefault(event["message_n"], []).append(event)
    rows = history_reading.messages(db, ids)
    shown = {row["n"] for row in rows}
    lines = [(1, _of_message(row, said.get(row["n"], []), names, ids[0])) for row in rows if _is_told(row)]
    for event in events:
        if event["kind"] in _SAID and event["message_n"] in shown:
            continue
        if (event["kind"] in _ATTENTION and not attention) or _is_told_above(event, ids[0]):
            continue
        lines.append((0 if event["kind"].endswith("created") else 2, _of_event(event, names, customer, ids[0])))
    return tuple(line for _rank, line in sorted(lines, key=lambda ranked: (ranked[1].at, ranked[0])))


def _is_told(row: Row) -> bool:
    """An activity line stands for an event, which is told anyway; an imported one has none."""
    return row["direction"] != Direction.ACTIVITY or bool(row["inert"])


def _is_told_above(event: Row, root: int) -> bool:
    """A join is written down on both sides; the side that shows the other tells it."""
    return (
        event["kind"] == "conversation.joined"
        and event["conversation_id"] != root
        and "child" not in json_object(event["data"])
    )


def _of_message(row: Row, said: Sequence[Row], names: Mapping[str, str], root: int) -> HistoryLine:
    extra = {"n": str(row["n"]), "message": row["id"], "state": row["state"]}
    if row["conversation_id"] != root:
        extra["of"] = str(row["conversation_id"])
    reasons = [phrases.why(event["cause"], json_object(event["data"])) for event in said]
    if row["inert"]:
        reasons.append(_("older history"))
    what = _what_was_said(row, names)
    if row["state"] == DeliveryState.CANCELLED:
        what = _("{what} (taken back since)").format(what=what)
    return HistoryLine(
        at=row["sent_at"] if row["inert"] or row["direction"] != Direction.IN else row["received_at"],
        who=author_name(row),
        what=what,
        why=" · ".join(dict.fromkeys(reason for reason in reasons if reason)),
        kind=f"message.{row['direction']}",
        extra=extra,
    )


def _what_was_said(row: Row, names: Mapping[str, str]) -> str:
    words = first_words(row["beginning"], row["subject"], row["file_name"])
    if row["direction"] == Direction.ACTIVITY:
        extra = json_object(row["extra"])
        code = str(extra.pop("code", ""))
        return phrases.sentence(code, extra, names) or words or phrases.generic(code, extra, names)
    if row["direction"] == Direction.NOTE:
        return _("noted: “{words}”").format(words=words)
    text = (
        _("answered through {inbox}: “{words}”")
        if row["direction"] == Direction.OUT
        else _("wrote through {inbox}: “{words}”")
    )
    if row["unsent_at"] is not None:
        words = _("taken back")
    return text.format(inbox=inbox_name(row), words=words)


def _of_event(event: Row, names: Mapping[str, str], customer: str, root: int) -> HistoryLine:
    data: dict[str, Any] = json_object(event["data"])
    what = phrases.sentence(event["kind"], data, names) or phrases.generic(event["kind"], data, names)
    extra: dict[str, str] = {}
    if event["conversation_id"] != root:
        extra["of"] = str(event["conversation_id"])
    if event["message_n"] is not None:
        extra["n"] = str(event["message_n"])
    if event["action_summary"]:
        extra["action"] = safe_line(kept(event["action_summary"]))
    if event["undone_at"] is not None:
        extra["undone_at"] = str(event["undone_at"])
        what = _("{what} (taken back since)").format(what=what)
    return HistoryLine(
        at=event["at"],
        who=_actor(event, customer),
        what=what,
        why=phrases.why(event["cause"], data),
        kind=safe_line(event["kind"]),
        extra=extra,
    )


def _actor(event: Row, customer: str) -> str:
    if event["actor_kind"] == Author.CONTACT:
        return safe_line(event["contact_name"] or customer or _("customer"))
    if event["actor_kind"] == Author.AGENT:
        return safe_line(event["agent_display"] or event["actor"] or "")
    return safe_line(event["actor"] or "unibox")
