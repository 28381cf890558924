"""Owner, status, labels, priority, spam, unread: what an agent decides about conversations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from unibox_tui.desk.done import Done, begin, name_many
from unibox_tui.domain.errors import Conflict, NotFound, WrongUse
from unibox_tui.domain.saying import say, say_term
from unibox_tui.domain.words import PRIORITY_OF_RANK, PRIORITY_RANK, Author, Priority, Status
from unibox_tui.store import agents, conversations, events, labels, messages
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor

_ACTIVITY = {
    Status.OPEN: "Reopened",
    Status.PENDING: "Waiting for the customer",
    Status.SNOOZED: "Snoozed",
    Status.RESOLVED: "Resolved",
}

JUST_MS = 2_000
UNSEEN = object()
"""No screen was looked at: the default of `seen` arguments."""


def _tops(tx: Tx, targets: Sequence[int]) -> list[int]:
    if not targets:
        raise WrongUse("No conversation is chosen.")
    return list(dict.fromkeys(conversations.root(tx.db, target) for target in targets))


def set_field(tx: Tx, actor: Actor, row: Row, column: str, value: Any, kind: str, **data: Any) -> bool:
    """Write one column with its event; False when it had that value."""
    if row[column] == value:
        return False
    conversations.set_fields(tx, row["id"], **{column: value})
    events.record(
        tx,
        actor,
        kind,
        conversation=row["id"],
        contact=row["contact_id"],
        data={"field": column, "from": row[column], "to": value, **data},
    )
    return True


# -- owner ---------------------------------------------------------------------------------------------------------


def assign(
    tx: Tx, actor: Actor, targets: Sequence[int], to: str | None, *, seen: Any = UNSEEN, take: bool = False
) -> Done:
    """Give conversations to `to` (None: to nobody).

    Taking an unowned one is a claim: when somebody else was quicker, Conflict says who. `seen` is the owner the agent's
    screen showed; without it, taking from another needs `take`. A colleague's claim of the last moment counts as not seen:
    the screen shows it sooner than an eye does.
    """
    tops = _tops(tx, targets)
    if to is not None and agents.get(tx.db, to) is None:
        known = ", ".join(agents.names(tx.db))
        raise NotFound(
            say("No agent is called {to!r}.", to=to),
            hint=say("Known: {known}. Whoever opens unibox once is known.", known=known)
            if known
            else say("Nobody is known yet. Whoever opens unibox once is known."),
        )
    me = actor.name if actor.kind is Author.AGENT else None
    act = begin(tx, actor, "assign", say("{what} → {who}", what=name_many(tops), who=to or say("nobody")))
    changed = 0
    lost: list[tuple[int, str]] = []
    for top in tops:
        row = conversations.get(tx.db, top)
        owner = row["assignee"]
        claiming = to is not None and to == me and owner is not None and owner != me
        if claiming and not take and (seen is UNSEEN or seen != owner or _just_taken(tx, top, owner)):
            lost.append((top, owner))
            continue
        if set_field(tx, act, row, "assignee", to, "conversation.assigned"):
            changed += 1
            messages.activity(
                tx, top, "assigned", f"Assigned to {to}" if to else "Taken back to nobody", actor.name, to=to, was=owner
            )
    if lost and not changed:
        top, owner = lost[0]
        raise Conflict(
            say("{who} has #{top} already.", who=agents.display(tx.db, owner), top=top),
            hint="Nothing was changed; your draft is kept.",
            code="claimed",
        )
    summary = say("{what} → {who}", what=name_many(tops), who=agents.display(tx.db, to) if to else say("nobody"))
    if lost:
        summary = say("{summary} ({n} belong to others)", summary=summary, n=len(lost))
    return Done(summary, tuple(tops), act.action_id if changed else None, changed)


def _just_taken(tx: Tx, top: int, owner: str) -> bool:
    """Whether the owner claimed it themselves a moment ago."""
    last = events.last_of(tx.db, top, "conversation.assigned")
    return last is not None and last["actor"] == owner and tx.now - last["at"] < JUST_MS


# -- status --------------------------------------------------------------------------------------------------------


def set_status(
    tx: Tx,
    actor: Actor,
    targets: Sequence[int],
    status: Status,
    *,
    until: int | None = None,
    wake_on_reply: bool = True,
    reason: str = "",
) -> Done:
    """Open, pending, resolved, or snoozed `until` a time (epoch ms, in the future)."""
    if status is Status.SNOOZED:
        if until is None:
            raise WrongUse("Until when?", hint="Name a time: `snooze 2h`, `snooze tomorrow 9`.")
        if until <= tx.now:
            raise WrongUse("That time is past.", hint="Name a time to come.")
    tops = _tops(tx, targets)
    what = name_many(tops)
    summary = {
        Status.OPEN: say("{what} reopened", what=what),
        Status.PENDING: say("{what} waiting for the customer", what=what),
        Status.SNOOZED: say("{what} snoozed until {when}", what=what, when=_when(until)),
        Status.RESOLVED: say("{what} resolved", what=what),
    }[status]
    act = begin(tx, actor, str(status), summary)
    changed = 0
    for top in tops:
        row = conversations.get(tx.db, top)
        same_snooze = status is not Status.SNOOZED or row["snoozed_until"] == until
        if row["status"] == status and same_snooze:
            continue
        fields: dict[str, Any] = {
            "status": str(status),
            "snoozed_until": until if status is Status.SNOOZED else None,
            "snooze_wake_on_reply": int(wake_on_reply),
        }
        if status is Status.RESOLVED:
            fields["resolved_at"] = tx.now
            fields["unread"] = 0
        elif row["status"] == Status.RESOLVED:
            fields["resolved_at"] = None  # it was not done: what waited then waits again
        before = {name: row[name] for name in fields}
        conversations.set_fields(tx, top, **fields)
        events.record(
            tx,
            act,
            "conversation.status",
            conversation=top,
            contact=row["contact_id"],
            data={"from": row["status"], "to": str(status), "before": before, "after": fields}
            | ({"reason": reason} if reason else {}),
        )
        messages.activity(tx, top, f"status_{status}", _ACTIVITY[status], actor.name, until=until)
        conversations.refresh(tx, top)
        changed += 1
    return Done(
        summary,
        tuple(tops),
        act.action_id if changed else None,
        changed,
    )


def wake_due(tx: Tx) -> list[int]:
    """Open the conversations whose snooze has ended; the service calls it."""
    woken = conversations.snoozes_over(tx.db, tx.now)
    for id in woken:
        row = conversations.get(tx.db, id)
        conversations.set_fields(tx, id, status=str(Status.OPEN), snoozed_until=None, unread=max(row["unread"], 1))
        events.record(
            tx,
            events.SYSTEM,
            "conversation.status",
            conversation=id,
            contact=row["contact_id"],
            data={"from": "snoozed", "to": "open", "why": "snooze_over"},
        )
        messages.activity(tx, id, "snooze_over", "The snooze is over", None)
    return woken


# -- labels --------------------------------------------------------------------------------------------------------


def label(tx: Tx, actor: Actor, targets: Sequence[int], names: Sequence[str]) -> Done:
    """Put labels on; new names are made. Labels of one set exclude each other; a sticking one also goes to the contact."""
    return _labels(tx, actor, targets, names, on=True)


def unlabel(tx: Tx, actor: Actor, targets: Sequence[int], names: Sequence[str]) -> Done:
    return _labels(tx, actor, targets, names, on=False)


def _labels(tx: Tx, actor: Actor, targets: Sequence[int], names: Sequence[str], *, on: bool) -> Done:
    clean = [name for name in (" ".join(name.split()) for name in names) if name]
    if not clean:
        raise WrongUse("Which label?", hint="`label giao thiếu`")
    tops = _tops(tx, targets)
    rows = [labels.ensure(tx, name) if on else labels.named(tx.db, name) for name in clean]
    shown = ", ".join(f"“{row['name']}”" for row in rows)
    what = name_many(tops)
    summary = (
        say("{what} labelled {labels}", what=what, labels=shown)
        if on
        else say("{what} label off: {labels}", what=what, labels=shown)
    )
    act = begin(tx, actor, "label" if on else "unlabel", summary)
    changed = 0
    for top in tops:
        contact = conversations.get(tx.db, top)["contact_id"]
        for row in rows:
            changed += put_on(tx, act, top, contact, row) if on else put_label(tx, act, top, contact, row, on=False)
    return Done(
        summary,
        tuple(tops),
        act.action_id if changed else None,
        changed,
    )


def put_on(tx: Tx, actor: Actor, conversation: int, contact: int, row: Row) -> bool:
    """One label on, and the others of its set off; False when it was on already."""
    if row["label_set"]:
        for other in labels.of_conversation(tx.db, conversation):
            if other["label_set"] == row["label_set"] and other["id"] != row["id"]:
                put_label(tx, actor, conversation, contact, other, on=False)
    return put_label(tx, actor, conversation, contact, row, on=True)


def put_label(
    tx: Tx, actor: Actor, conversation: int, contact: int, row: Row, *, on: bool, stick: bool | None = None
) -> bool:
    """One label on or off one conversation, with its event; False when nothing changed. `stick`: on or off the contact
    too (None: as the label says). The event remembers whether that changed the contact, so that undo does no more."""
    changed = labels.put(tx, conversation, row["id"]) if on else labels.take(tx, conversation, row["id"])
    if changed:
        wanted = bool(row["sticks"]) if stick is None else stick
        stuck = wanted and labels.stick(tx, contact, row["id"], on)
        events.record(
            tx,
            actor,
            "conversation.labelled" if on else "conversation.unlabelled",
            conversation=conversation,
            contact=contact,
            data={"label": row["name"], "label_id": row["id"], "stuck": stuck},
        )
    return changed


# -- priority, spam, unread -----------------------------------------------------------------------------------------


def set_priority(tx: Tx, actor: Actor, targets: Sequence[int], priority: Priority) -> Done:
    tops = _tops(tx, targets)
    summary = say("{what} priority {level}", what=name_many(tops), level=say_term("priority", str(priority)))
    act = begin(tx, actor, "priority", summary)
    changed = 0
    for top in tops:
        row = conversations.get(tx.db, top)
        was = PRIORITY_OF_RANK[row["priority"]]
        if set_field(tx, act, row, "priority", PRIORITY_RANK[priority], "conversation.priority", word=str(priority)):
            messages.activity(tx, top, "priority", f"Priority {priority}", actor.name, to=str(priority), was=str(was))
            changed += 1
    return Done(
        summary,
        tuple(tops),
        act.action_id if changed else None,
        changed,
    )


def set_spam(tx: Tx, actor: Actor, targets: Sequence[int], spam: bool) -> Done:
    """Spam leaves every list but its own, waits for nobody and is never woken by a message."""
    tops = _tops(tx, targets)
    word = "spam" if spam else "not spam"
    what = name_many(tops)
    summary = say("{what} spam", what=what) if spam else say("{what} not spam", what=what)
    act = begin(tx, actor, "spam", summary)
    changed = 0
    for top in tops:
        if set_field(tx, act, conversations.get(tx.db, top), "spam", int(spam), "conversation.spam"):
            messages.activity(tx, top, "spam" if spam else "not_spam", f"Marked as {word}", actor.name)
            conversations.refresh(tx, top)
            changed += 1
    return Done(summary, tuple(tops), act.action_id if changed else None, changed)


def mark_unread(tx: Tx, actor: Actor, targets: Sequence[int], unread: bool = True) -> Done:
    """For the whole team."""
    tops = _tops(tx, targets)
    what = name_many(tops)
    summary = say("{what} unread", what=what) if unread else say("{what} read", what=what)
    act = begin(tx, actor, "unread" if unread else "read", summary)
    changed = 0
    for top in tops:
        row = conversations.get(tx.db, top)
        value = max(row["unread"], 1) if unread else 0
        changed += set_field(tx, act, row, "unread", value, "conversation.unread")
    return Done(summary, tuple(tops), act.action_id if changed else None, changed)


def toggle_spam(tx: Tx, actor: Actor, targets: Sequence[int]) -> Done:
    """All become spam unless all are."""
    tops = _tops(tx, targets)
    every = all(conversations.get(tx.db, top)["spam"] for top in tops)
    return set_spam(tx, actor, tops, not every)


def _when(until: int | None) -> str:
    from unibox_tui.views.phrases import moment  # seldom needed

    return moment(until) if until is not None else ""
