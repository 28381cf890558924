"""Undo and redo: the events of one action hold what changed, so taking it back is reading them backwards.

A field is restored only where it still has the value the action gave it; what somebody has changed since is kept and
counted. What was undone can be done again the same way.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from unibox_tui.desk import people
from unibox_tui.desk.done import Done
from unibox_tui.desk.triage import put_label
from unibox_tui.domain.errors import NotFound
from unibox_tui.domain.saying import Said, say
from unibox_tui.domain.saying import kept as kept_words
from unibox_tui.store import conversations, drafts, events, labels, merging, messages, outbox
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor

Step = Callable[[Tx, Actor, Row, dict[str, Any]], bool]


def undo(tx: Tx, actor: Actor, action_id: str | None = None) -> Done:
    """Take back one action of this agent; the last one not yet undone unless named."""
    action = events.find_action(tx, actor.agent, action_id, undone=False)
    if action is None:
        raise NotFound("Nothing to undo.")
    words = kept_words(action["summary"])
    if _has_left(tx, action):
        # What was written stays answered, read and owned. It counts as undone, so that the next undo reaches what was before.
        events.mark_undone(tx, action["id"], True)
        return Done(say("{summary}: too late to take back, it has left", summary=words), (), None, 0, {"kept": 1})
    restored, kept = _walk(tx, actor, action, backwards=True)
    events.mark_undone(tx, action["id"], True)
    return _done(say("undone: {summary}", summary=words), restored, kept)


def redo(tx: Tx, actor: Actor, action_id: str | None = None) -> Done:
    """Do again what was undone last."""
    action = events.find_action(tx, actor.agent, action_id, undone=True)
    if action is None:
        raise NotFound("Nothing to redo.")
    restored, kept = _walk(tx, actor, action, backwards=False)
    events.mark_undone(tx, action["id"], False)
    return _done(say("done again: {summary}", summary=kept_words(action["summary"])), restored, kept)


def _has_left(tx: Tx, action: Row) -> bool:
    """Whether something the action wrote is on its way to the customer already."""
    written = [row for row in events.of_action(tx.db, action["id"]) if row["kind"] == "message.written"]
    refs = [json.loads(row["data"]).get("outbox") for row in written]
    return any(ref is None or outbox.get(tx.db, ref)["state"] not in ("held", "queued", "cancelled") for ref in refs)


def _done(summary: Said, restored: list[int | None], kept: int) -> Done:
    if kept:
        summary = say("{summary} ({n} changed since or already gone, kept as they are)", summary=summary, n=kept)
    touched = tuple(dict.fromkeys(id for id in restored if id is not None))
    return Done(summary, touched, None, len(restored), {"kept": kept})


def _walk(tx: Tx, actor: Actor, action: Row, *, backwards: bool) -> tuple[list[int | None], int]:
    """The conversation of each event that was walked (None: it is about a contact), and how many were kept."""
    rows = events.of_action(tx.db, action["id"])
    restored: list[int | None] = []
    kept = 0
    act = Actor(actor.kind, actor.name, "undo" if backwards else "redo")
    for row in reversed(rows) if backwards else rows:
        step = (_BACK if backwards else _AGAIN).get(row["kind"])
        if step is None:
            continue
        if step(tx, act, row, json.loads(row["data"])):
            restored.append(row["conversation_id"])
        else:
            kept += 1
    for conversation in dict.fromkeys(restored):
        if conversation is not None:
            conversations.refresh(tx, conversation)
    return restored, kept


def _swap(tx: Tx, actor: Actor, event: Row, field: str, expect: Any, value: Any) -> bool:
    row = conversations.get(tx.db, event["conversation_id"])
    if row[field] != expect:
        return False
    conversations.set_fields(tx, row["id"], **{field: value})
    events.record(
        tx,
        actor,
        event["kind"],
        conversation=row["id"],
        contact=row["contact_id"],
        data={"field": field, "from": expect, "to": value},
    )
    return True


def _field_back(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
    return _swap(tx, actor, event, data["field"], data["to"], data["from"])


def _field_again(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
    return _swap(tx, actor, event, data["field"], data["from"], data["to"])


def _status(tx: Tx, actor: Actor, event: Row, expect: dict[str, Any], values: dict[str, Any]) -> bool:
    row = conversations.get(tx.db, event["conversation_id"])
    if row["status"] != expect["status"] or row["snoozed_until"] != expect["snoozed_until"]:
        return False
    values = {key: value for key, value in values.items() if key != "unread" or row["unread"] == expect.get("unread")}
    conversations.set_fields(tx, row["id"], **values)
    events.record(
        tx,
        actor,
        "conversation.status",
        conversation=row["id"],
        contact=row["contact_id"],
        data={"from": expect["status"], "to": values["status"]},
    )
    messages.activity(tx, row["id"], f"status_{values['status']}", f"Back to {values['status']}", actor.name)
    return True


def _status_back(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
    return "before" in data and _status(tx, actor, event, data["after"], data["before"])


def _status_again(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
    return "before" in data and _status(tx, actor, event, data["before"], data["after"])


def _label(on: bool) -> Step:
    def step(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
        row = labels.by_id(tx.db, data["label_id"])
        return row is not None and put_label(tx, actor, event["conversation_id"], event["contact_id"], row, on=on)

    return step


def _unjoin(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
    if "child" not in data:
        return False
    child = data["child"]
    if not conversations.unjoin_by_id(tx, data["join"]):
        return False
    parent = conversations.get(tx.db, data["parent"])
    before = data["before"]
    given = {key: before[key] for key in ("unread", "status", "snoozed_until", "assignee")}
    conversations.set_fields(tx, parent["id"], **given, suggest_join=data.get("suggested"))
    events.record(
        tx, actor, "conversation.split", conversation=parent["id"], data={"child": child, "parent": parent["id"]}
    )
    conversations.refresh(tx, child)
    return True


def _rejoin(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
    from unibox_tui.desk.threads import join

    if "child" not in data or conversations.root(tx.db, data["child"]) == conversations.root(tx.db, data["parent"]):
        return False
    join(tx, Actor(actor.kind, actor.name, actor.cause, event["action_id"]), data["child"], data["parent"])
    return True


def _split_back(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
    """A join that was taken back is joined again."""
    return _rejoin(tx, actor, event, data)


def _split_off_back(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
    """Messages that went to the new conversation come back, and the new ones written there stay there."""
    there = {row["n"] for row in conversations.messages_from(tx.db, [data["to"]], 0)}
    homes: dict[int, list[int]] = {}
    for n, home in data["moved"]:
        if n in there:
            homes.setdefault(home, []).append(n)
    for home, ns in homes.items():
        conversations.move_messages(tx, ns, home)
    if not conversations.messages_from(tx.db, [data["to"]], 0):
        conversations.join(tx, f"undo-{event['seq']}", data["to"], event["conversation_id"], actor.name)
    else:
        conversations.refresh(tx, data["to"])
    events.record(
        tx, actor, "conversation.split_undone", conversation=event["conversation_id"], data={"of": data["to"]}
    )
    return bool(homes)


def _unsend(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
    """A reply that is still held is taken back; its text becomes the draft again."""
    from unibox_tui.desk.sending import cancel

    if "outbox" not in data or outbox.get(tx.db, data["outbox"])["state"] not in ("held", "queued"):
        return False
    cancel(tx, actor, data["outbox"])
    return True


def _resend(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
    if "outbox" not in data or outbox.get(tx.db, data["outbox"])["state"] != "cancelled":
        return False
    outbox.retry(tx, data["outbox"])
    _drop_draft_of(tx, actor, event)
    events.record(
        tx, actor, "message.retried", conversation=event["conversation_id"], message=event["message_n"], data=data
    )
    return True


def _drop_draft_of(tx: Tx, actor: Actor, event: Row) -> None:
    """The text came back as a draft when the answer was taken back; sent again it is none any more."""
    top = conversations.root(tx.db, event["conversation_id"])
    draft = drafts.get(tx.db, actor.agent, top, "reply")
    if draft is not None and draft["text"] == messages.get(tx.db, event["message_n"])["text"]:
        drafts.drop(tx, actor.agent, top, "reply")


def _unnote(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
    """A note taken back leaves the thread; the trail keeps that it was there."""
    return messages.cancel_note(tx, event["message_n"], True)


def _renote(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
    return messages.cancel_note(tx, event["message_n"], False)


def _contact_field(back: bool) -> Step:
    return lambda tx, actor, event, data: people.field(tx, actor, event, data, back=back)


def _suggestion(back: bool) -> Step:
    return lambda tx, actor, event, data: people.suggestion(tx, data, back=back)


def _key(on: bool) -> Step:
    def step(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
        owner = merging.root(tx.db, event["contact_id"])
        people.put_key(tx, actor, owner, event["message_n"], data, on=on)
        return True

    return step


_FIELDS = (
    "conversation.assigned",
    "conversation.priority",
    "conversation.spam",
    "conversation.unread",
    "conversation.kept_apart",
)
_BACK: dict[str, Step] = {
    **dict.fromkeys(_FIELDS, _field_back),
    "conversation.status": _status_back,
    "conversation.labelled": _label(False),
    "conversation.unlabelled": _label(True),
    "conversation.joined": _unjoin,
    "conversation.split": _split_back,
    "conversation.split_off": _split_off_back,
    "message.written": _unsend,
    "note.written": _unnote,
    "contact.merged": people.unmerge,
    "contact.split": people.remerge,
    "contact.changed": _contact_field(True),
    "contact.suggestion": _suggestion(True),
    "contact.key_kept": _key(False),
}
_AGAIN: dict[str, Step] = {
    **dict.fromkeys(_FIELDS, _field_again),
    "conversation.status": _status_again,
    "conversation.labelled": _label(True),
    "conversation.unlabelled": _label(False),
    "conversation.joined": _rejoin,
    "message.written": _resend,
    "note.written": _renote,
    "contact.merged": people.remerge,
    "contact.split": people.split_again,
    "contact.changed": _contact_field(False),
    "contact.suggestion": _suggestion(False),
    "contact.key_kept": _key(True),
}
