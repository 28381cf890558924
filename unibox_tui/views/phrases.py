"""What happened, as a sentence: for the dim lines of a thread and for the history."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from unibox_tui.locale import N_, _, ngettext, term
from unibox_tui.text.safe import safe_line
from unibox_tui.text.width import cut

Data = Mapping[str, Any]
Names = Mapping[str, str]  # account -> shown name

# Event kinds and activity codes whose sentence is one text; `{…}` are keys of the event's data.
_PLAIN = {
    "conversation.created": N_("began the conversation"),
    "created": N_("began the conversation"),
    "imported": N_("was imported"),
    "message.edited": N_("changed a message"),
    "message.unsent": N_("took a message back"),
    "message.failed": N_("the answer could not be delivered"),
    "message.unknown": N_("nobody can tell whether the answer arrived"),
    "message.queued": N_("the answer waits for another try"),
    "message.sending": N_("the answer is on its way"),
    "message.sent": N_("the answer was sent"),
    "message.delivered": N_("the answer was delivered"),
    "message.read": N_("the answer was read"),
    "message.cancelled": N_("stopped the answer before it left"),
    "message.retried": N_("sent the answer once more"),
    "message.kept": N_("took the answer as delivered"),
    "message.forwarded": N_("forwarded a message, see #{conversation}"),
    "forwarded": N_("forwarded a message to {to}"),
    "message.reacted": N_("reacted to a message with {emoji}"),
    "message.files_deleted": N_("deleted the files of a message, as they were {days} days old"),
    "message.fetched_again": N_("asked for the files of a message once more"),
    "visitor.left": N_("the visitor left"),
    "resolved": N_("resolved"),
    "reopened": N_("reopened"),
    "pending": N_("waits for the customer"),
    "woke": N_("came back from snooze"),
    "snooze_over": N_("came back from snooze"),
    "spam": N_("marked as spam"),
    "not_spam": N_("marked as not spam"),
    "split": N_("split off #{child}"),
    "split_undone": N_("took the split with #{of} back"),
    "kept_apart": N_("kept apart from #{from}"),
    "contact.merged": N_("merged the customer with {other}"),
    "contact.split": N_("took the merge with {other} back"),
    "order.created": N_("made order {order}"),
    "order.changed": N_("changed order {order}"),
    "order.removed": N_("took order {order} back"),
    "order.restored": N_("made order {order} again"),
    "order.conflict": N_("order {order}: {system} says otherwise"),
    "contact.tagged": N_("put the tag {label} on the customer, at the network"),
    "contact.untagged": N_("took the tag {label} off the customer, at the network"),
    "broadcast.begun": N_("sent {content} to everybody it fits"),
    "call.link": N_("wanted a link to call the customer"),
    "call.invite": N_("wanted a link for the customer to call us"),
    "call.consent": N_("asked whether we may call the customer"),
    "contact.blocked": N_("blocked the customer"),
    "contact.unblocked": N_("unblocked the customer"),
    "contact.marked": N_("put a mark of risk on"),
    "contact.unmarked": N_("took a mark of risk off"),
    "conversation.subject": N_("changed the subject from “{from}” to “{to}”"),
    "unread": N_("marked as unread"),
    "read": N_("marked as read"),
    "agent.opened": N_("opened the conversation"),
    "agent.left": N_("left the conversation"),
    "play.opened": N_("opened it in play mode"),
    "play.skipped": N_("skipped it in play mode"),
    "undone": N_("took back: {summary}"),
    "redone": N_("did again: {summary}"),
}

_WHY = {
    "key": N_("key"),
    "command": N_("command"),
    "cli": N_("command line"),
    "import": N_("import"),
    "backfill": N_("older history"),
    "replay": N_("replay"),
    "reply": N_("the customer wrote"),
    "snooze_over": N_("the time was over"),
    "answers": N_("it answers a message of this conversation"),
    "open_chat": N_("the customer's request was still open"),
    "reopened": N_("the request was resolved a short while ago"),
    "mail_joined": N_("a mail of the same customer or order"),
    "new": N_("a new request"),
    "we_wrote": N_("we wrote first"),
    "split": N_("split from another conversation"),
    "undo": N_("undo"),
    "retention": N_("files are kept for a time"),
    "redo": N_("redo"),
}

# Keys of an event's data that serve undo and rules and say nothing to a reader.
_SILENT = frozenset(
    {
        "after",
        "before",
        "field",
        "imported",
        "join",
        "label_id",
        "moved",
        "outbox",
        "session",
        "stuck",
        "suggested",
        "why",
    }
)

_PRIORITIES = {"urgent": N_("urgent"), "high": N_("high"), "normal": N_("normal"), "low": N_("low")}


def moment(ms: int) -> str:
    """Epoch ms as date and time of this machine's zone."""
    return datetime.fromtimestamp(ms / 1000).strftime("%Y-%m-%d %H:%M")


def sentence(kind: str, data: Data, names: Names) -> str | None:
    """What an event kind or activity code says with this data, in the reader's language; None for one not known here."""
    made = _MADE.get(kind) or _MADE.get(kind.rpartition(".")[2])
    if made is not None and (text := made(data, names)) is not None:
        return text
    template = _PLAIN.get(kind) or _PLAIN.get(kind.rpartition(".")[2])
    if template is None:
        return None
    try:
        if kind.startswith("message.") and data.get("reason"):
            return _("{what}: {reason}").format(what=_(template), reason=shown(data["reason"], {}))
        return _(template).format_map({key: shown(value, names) for key, value in data.items()})
    except KeyError:
        return None


def generic(kind: str, data: Data, names: Names) -> str:
    """Names the kind and its data, for kinds that have no sentence."""
    rest = {key: value for key, value in data.items() if key not in _SILENT and value not in (None, "", [], {})}
    parts = []
    if "to" in data and ("from" in data or len(data) == 1):
        parts.append(_("from {old} to {new}").format(old=shown(data.get("from"), names), new=shown(data["to"], names)))
        rest = {key: value for key, value in rest.items() if key not in ("from", "to")}
    parts += [f"{safe_line(str(key))} {shown(value, names)}" for key, value in rest.items()]
    name = safe_line(kind).replace(".", " ").replace("_", " ")
    return f"{name}: {', '.join(parts)}" if parts else name


def why(cause: str | None, data: Data) -> str:
    """Through what and for what reason, "" when nothing tells."""
    parts = []
    for code in (cause, data.get("why")):
        if not isinstance(code, str) or not code:
            continue
        head, _colon, name = code.partition(":")
        if name and head == "rule":
            parts.append(_("rule {name}").format(name=safe_line(name)))
        else:
            parts.append(_(_WHY[code]) if code in _WHY else safe_line(code))
    return " · ".join(dict.fromkeys(parts))


def shown(value: Any, names: Names) -> str:
    """One value of an event's data for reading."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str):
        return cut(safe_line(names.get(value, value)), 80)
    if isinstance(value, list | tuple):
        return ", ".join(shown(item, names) for item in value)
    if isinstance(value, Mapping):
        return cut(safe_line(json.dumps(value, ensure_ascii=False)), 80)
    return str(value)


def _assigned(data: Data, names: Names) -> str | None:
    if "to" not in data:
        return None
    if data["to"] is None:
        return _("gave the conversation back")
    if before := data.get("from", data.get("was")):
        return _("handed over from {old} to {new}").format(old=shown(before, names), new=shown(data["to"], names))
    return _("assigned to {new}").format(new=shown(data["to"], names))


def _snoozed(data: Data, names: Names) -> str | None:
    after = data.get("after")
    until = data.get("until", after.get("snoozed_until") if isinstance(after, Mapping) else data.get("to"))
    if not isinstance(until, int):
        return _("snoozed")
    return _("snoozed until {when}").format(when=moment(until))


def _status(data: Data, names: Names) -> str | None:
    before, after = data.get("from"), data.get("to")
    if after == "snoozed":
        return _snoozed(data, names)
    if after == "open":
        return _(_PLAIN["woke"]) if before == "snoozed" else _(_PLAIN["reopened"])
    return _(_PLAIN[after]) if after in ("resolved", "pending") else None


def _priority(data: Data, names: Names) -> str | None:
    level = str(data.get("word", data.get("to", data.get("priority", ""))))
    return _("set the priority to {level}").format(level=_(_PRIORITIES[level])) if level in _PRIORITIES else None


def _labels(data: Data, *, taken: bool) -> str | None:
    given = data.get("labels", data.get("label", data.get("removed" if taken else "added", data.get("name"))))
    if not given:
        return None
    text = _("took the label {labels} off") if taken else _("labelled {labels}")
    return text.format(labels=shown(given, {}))


def _label_change(data: Data, names: Names) -> str | None:
    """Both ways in one event: {"added": […], "removed": […]} or {"from": […], "to": […]}."""
    before, after = data.get("from"), data.get("to")
    if isinstance(before, list) and isinstance(after, list):
        data = {"added": [x for x in after if x not in before], "removed": [x for x in before if x not in after]}
    parts = [
        _labels({"added": data.get("added")}, taken=False),
        _labels({"removed": data.get("removed")}, taken=True),
    ]
    return ", ".join(part for part in parts if part) or None


def _order_state(data: Data, names: Names) -> str | None:
    if "order" not in data:
        return _("deal: {state}").format(state=term("order", data["to"])) if data.get("to") else _("no deal")
    return _("order {order}: {state}").format(order=data["order"], state=term("order", data["to"]))


def _spam(data: Data, names: Names) -> str | None:
    return _(_PLAIN["spam" if data.get("to", data.get("spam", True)) else "not_spam"])


def _unread(data: Data, names: Names) -> str | None:
    return _(_PLAIN["unread" if data.get("to", 1) else "read"])


def _visitor_left(data: Data, names: Names) -> str | None:
    waited = data.get("waited_ms")
    if not isinstance(waited, int):
        return None
    return _("the visitor left after waiting {seconds} s").format(seconds=waited // 1000)


def _joined(data: Data, names: Names) -> str | None:
    """Both sides are told: the one that shows the other, and the one that is shown."""
    if "child" in data:
        return _("joined #{other}").format(other=data["child"])
    return _("joined into #{other}").format(other=data["parent"]) if "parent" in data else None


def _split_off(data: Data, names: Names) -> str | None:
    """As an event {"to", "moved"}, as an activity {"child", "count"}."""
    moved = data.get("moved")
    count = len(moved) if isinstance(moved, list) else data.get("count")
    if not isinstance(count, int) or not (other := data.get("to", data.get("child"))):
        return None
    text = ngettext("moved {n} message to #{{other}}", "moved {n} messages to #{{other}}", count)
    return text.format(other=other)


def _gap_filled(data: Data, names: Names) -> str | None:
    since, until = data.get("since"), data.get("until")
    if not isinstance(since, int) or not isinstance(until, int):
        return None
    return _("filled after an outage: from {since} to {until}").format(since=moment(since), until=moment(until))


_MADE: dict[str, Callable[[Data, Names], str | None]] = {
    "assigned": _assigned,
    "assignee": _assigned,
    "unassigned": lambda data, names: _("gave the conversation back"),
    "claimed": lambda data, names: _("took the conversation"),
    "snoozed": _snoozed,
    "status": _status,
    "priority": _priority,
    "labelled": lambda data, names: _labels(data, taken=False),
    "label.added": lambda data, names: _labels(data, taken=False),
    "unlabelled": lambda data, names: _labels(data, taken=True),
    "label.removed": lambda data, names: _labels(data, taken=True),
    "label": _label_change,
    "labels": _label_change,
    "status_open": lambda data, names: _status({"to": "open"}, names),
    "status_pending": lambda data, names: _status({"to": "pending"}, names),
    "status_resolved": lambda data, names: _status({"to": "resolved"}, names),
    "status_snoozed": _snoozed,
    "spam": _spam,
    "unread": _unread,
    "order.state": _order_state,
    "deal.state": _order_state,
    "visitor.left": _visitor_left,
    "joined": _joined,
    "split_off": _split_off,
    "gap_filled": _gap_filled,
}
