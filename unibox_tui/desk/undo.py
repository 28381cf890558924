"""Undo and redo: the events of one action hold what changed, so taking it back is reading them backwards.

A field is restored only where it still has the value the action gave it; what somebody has changed since is kept and
counted. What was undone can be done again the same way.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from unibox_tui.desk import label_editing, orders, people, risk
from unibox_tui.desk.done import Done
from unibox_tui.desk.triage import put_label
from unibox_tui.domain.errors import NotFound
from unibox_tui.domain.saying import kept as kept_words
from unibox_tui.domain.saying import say
from unibox_tui.store import bulk, conversations, drafts, events, inboxes, labels, merging, messages, outbox
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor

AT_ONCE = 200
FEW = 3
MOST_NAMED = 500  # conversations that an undo hands back to be shown
Step = Callable[[Tx, Actor, Row, dict[str, Any]], bool]


def undo(tx: Tx, actor: Actor, action_id: str | None = None) -> Done:
    """Take back one action of this agent; the last one not yet undone unless named."""
    return _whole(tx, actor, action_id, backwards=True)


def redo(tx: Tx, actor: Actor, action_id: str | None = None) -> Done:
    """Do again what was undone last."""
    return _whole(tx, actor, action_id, backwards=False)


@dataclass(frozen=True, slots=True)
class Walk:
    """How far an undo or redo has come. `done`: what it answers, once it has ended; `kept`: (conversation, field) that
    somebody has changed since, the first few of them."""

    action_id: str
    total: int
    backwards: bool
    at: int = 0
    restored: int = 0
    left: int = 0
    touched: tuple[int, ...] = ()
    kept: tuple[tuple[int, str], ...] = ()
    done: Done | None = None


def find(tx: Tx, actor: Actor, action_id: str | None, *, backwards: bool) -> Row:
    action = events.find_action(tx, actor.agent, action_id, undone=not backwards)
    if action is None:
        raise NotFound("Nothing to undo." if backwards else "Nothing to redo.")
    return action


def begin(tx: Tx, actor: Actor, action_id: str | None = None, *, backwards: bool) -> Walk:
    """The walk over an action's changes; one that was broken off goes on where it was. Raises NotFound."""
    action = find(tx, actor, action_id, backwards=backwards)
    walk = Walk(action["id"], bulk.size(tx.db, action["id"]), backwards)
    if backwards and _has_left(tx, action):
        # What was written stays answered, read and owned. It counts as undone, so that the next undo reaches what was before.
        events.mark_undone(tx, action["id"], True)
        words = say("{summary}: too late to take back, it has left", summary=kept_words(action["summary"]))
        return replace(walk, done=Done(words, (), None, 0, {"kept": 1}))
    if action["walked"] is None:
        return walk
    at = walk.total - len(bulk.walk(tx.db, action["id"], action["walked"], walk.total + 1, backwards=backwards))
    return replace(walk, at=at, restored=action["restored"], left=action["kept"])


def step(tx: Tx, actor: Actor, walk: Walk, enough: Callable[[], bool] = lambda: False) -> Walk:
    """Walk on until the end or until it is `enough` for one transaction; at least one change is walked."""
    action = bulk.action(tx.db, walk.action_id)
    assert action is not None
    act = Actor(actor.kind, actor.name, "undo" if walk.backwards else "redo")
    place = action["walked"]
    restored, kept, at, left = list(walk.touched), list(walk.kept), walk.at, walk.left
    moved = walk.restored
    refreshed: int | None = None
    ended = False
    while not ended:
        rows = bulk.walk(tx.db, walk.action_id, place, AT_ONCE, backwards=walk.backwards)
        ended = len(rows) < AT_ONCE
        for row in rows:
            place = row["seq"]
            at += 1
            took = (_BACK if walk.backwards else _AGAIN).get(row["kind"])
            if took is None:
                continue
            conversation = row["conversation_id"]
            data = json.loads(row["data"])
            if not _others_did(tx, act, row, data) and took(tx, act, row, data):
                moved += 1
                if refreshed is not None and refreshed != conversation:
                    conversations.refresh(tx, refreshed)
                refreshed = conversation
                if conversation is not None and len(restored) < MOST_NAMED and conversation not in restored[-2:]:
                    restored.append(conversation)
            else:
                left += 1
                if conversation is not None and len(kept) < FEW:
                    kept.append((conversation, row["kind"].partition(".")[2]))
            if enough():
                ended = ended and row is rows[-1]
                break
        else:
            continue
        break
    if refreshed is not None:
        conversations.refresh(tx, refreshed)
    walk = replace(walk, at=at, restored=moved, left=left, touched=tuple(dict.fromkeys(restored)), kept=tuple(kept))
    bulk.walked(tx, walk.action_id, None if ended else place, moved, left)
    if not ended:
        return walk
    events.mark_undone(tx, walk.action_id, walk.backwards)
    return replace(walk, done=_done(action, walk))


def _others_did(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
    """Whether somebody else has decided about the same thing since, be it to the same value."""
    if event["kind"] not in _DECIDED:
        return False
    since = bulk.others_since(tx.db, event, actor.agent)
    return any(json.loads(row["data"]).get("label_id") == data.get("label_id") for row in since)


def broken_off(walk: Walk, tx: Tx) -> Done:
    """What is said of one that was stopped midway: it goes on where it was when undone (or redone) again."""
    action = bulk.action(tx.db, walk.action_id)
    assert action is not None
    words = say("{n} of {total} changes of “{summary}” so far", n=walk.at, total=walk.total, summary=kept_words(action["summary"]))  # fmt: skip
    return Done(words, walk.touched, None, walk.restored, {"kept": walk.left})


def _whole(tx: Tx, actor: Actor, action_id: str | None, *, backwards: bool) -> Done:
    walk = begin(tx, actor, action_id, backwards=backwards)
    while walk.done is None:
        walk = step(tx, actor, walk)
    return walk.done


def _has_left(tx: Tx, action: Row) -> bool:
    """Whether something the action wrote is on its way to the customer already."""
    written = [row for row in events.of_action(tx.db, action["id"]) if row["kind"] == "message.written"]
    refs = [json.loads(row["data"]).get("outbox") for row in written]
    return any(ref is None or outbox.get(tx.db, ref)["state"] not in ("held", "queued", "cancelled") for ref in refs)


def _done(action: Row, walk: Walk) -> Done:
    words = kept_words(action["summary"])
    summary = say("undone: {summary}", summary=words) if walk.backwards else say("done again: {summary}", summary=words)
    if walk.left:
        summary = say(
            "{summary} ({n} of {total} changed since or already gone, kept as they are{which})",
            summary=summary,
            n=walk.left,
            total=walk.left + walk.restored,
            which="".join((": ", ", ".join(f"#{id} {what}" for id, what in walk.kept), " …" * (walk.left > len(walk.kept)))) if walk.kept else "",
        )  # fmt: skip
    return Done(summary, walk.touched, None, walk.restored, {"kept": walk.left, "kept_conversations": [id for id, _ in walk.kept]})  # fmt: skip


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
        if row is None:
            return False
        stuck = data.get("stuck", bool(row["sticks"]))
        return put_label(tx, actor, event["conversation_id"], event["contact_id"], row, on=on, stick=stuck)

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
    item = outbox.get(tx.db, data["outbox"]) if "outbox" in data else None
    if item is None or item["state"] != "cancelled":
        return False
    hold = inboxes.by_id(tx.db, item["inbox_id"]).capabilities.undo_send_ms
    outbox.retry(tx, item["id"], not_before=max(item["not_before"], tx.now + hold))
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


def _order(step: Callable[..., bool], back: bool) -> Step:
    return lambda tx, actor, event, data: step(tx, actor, event, data, back=back)


def _risk(step: Callable[..., bool], on: bool) -> Step:
    return lambda tx, actor, event, data: step(tx, actor, event, data, on=on)


_FIELDS = (
    "conversation.assigned",
    "conversation.priority",
    "conversation.spam",
    "conversation.unread",
    "conversation.kept_apart",
)


def _label_itself(step: Callable[..., bool], back: bool) -> Step:
    return lambda tx, actor, event, data: step(tx, actor, event, data, back=back)


def _call_reason(back: bool) -> Step:
    def step(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
        from unibox_tui.desk import calls

        return calls.reason_step(tx, actor, event, data, back=back)

    return step


def _call_logged(cancelled: bool) -> Step:
    def step(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
        from unibox_tui.desk import calls

        return calls.log_step(tx, event, cancelled=cancelled)

    return step


_DECIDED = frozenset((*_FIELDS, "conversation.status", "conversation.labelled", "conversation.unlabelled"))
_BACK: dict[str, Step] = {
    "call.reason": _call_reason(True),
    "call.logged": _call_logged(True),
    "label.changed": _label_itself(label_editing.changed, True),
    "label.removed": _label_itself(label_editing.removed, True),
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
    "order.created": _order(orders.created, True),
    "order.changed": _order(orders.changed, True),
    "order.state": _order(orders.changed, True),
    "deal.state": _order(orders.deal, True),
    "contact.blocked": _risk(risk.blocking, False),
    "contact.unblocked": _risk(risk.blocking, True),
    "contact.marked": _risk(risk.marking, False),
    "contact.unmarked": _risk(risk.marking, True),
}
_AGAIN: dict[str, Step] = {
    "call.reason": _call_reason(False),
    "call.logged": _call_logged(False),
    "label.changed": _label_itself(label_editing.changed, False),
    "label.removed": _label_itself(label_editing.removed, False),
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
    "order.created": _order(orders.created, False),
    "order.changed": _order(orders.changed, False),
    "order.state": _order(orders.changed, False),
    "deal.state": _order(orders.deal, False),
    "contact.blocked": _risk(risk.blocking, True),
    "contact.unblocked": _risk(risk.blocking, False),
    "contact.marked": _risk(risk.marking, True),
    "contact.unmarked": _risk(risk.marking, False),
}
