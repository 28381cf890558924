"""Join, split, keep apart. Joining rewrites no message; splitting restores by the recorded operation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unibox_tui.desk.done import Done, begin
from unibox_tui.domain.errors import Conflict, Refused, WrongUse
from unibox_tui.domain.ids import new_id
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import Status
from unibox_tui.store import conversations, events, messages
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor


def join(tx: Tx, actor: Actor, child: int, parent: int) -> Done:
    """Show `child` inside `parent`. Within one brand only."""
    below, above = conversations.root(tx.db, child), conversations.root(tx.db, parent)
    if below == above:
        raise Conflict(say("#{child} and #{parent} are one already.", child=child, parent=parent), code="joined")
    lower, upper = conversations.get(tx.db, below), conversations.get(tx.db, above)
    if lower["group_name"] != upper["group_name"]:
        raise Refused(
            say(
                "#{below} belongs to {brand}, #{above} to {other_brand}: two brands never mix.",
                below=below,
                brand=lower["group_name"],
                above=above,
                other_brand=upper["group_name"],
            ),
            hint="Forward the message instead.",
        )
    act = begin(tx, actor, "join", say("#{below} joined into #{above}", below=below, above=above))
    join_id = new_id(tx.now)
    conversations.join(tx, join_id, below, above, actor.name)
    status = Status.OPEN if Status.OPEN in (lower["status"], upper["status"]) else upper["status"]
    conversations.set_fields(
        tx,
        above,
        unread=upper["unread"] + lower["unread"],
        status=str(status),
        snoozed_until=upper["snoozed_until"] if status == Status.SNOOZED else None,
        assignee=upper["assignee"] or lower["assignee"],
    )
    data = {
        "child": below,
        "parent": above,
        "join": join_id,
        "before": {key: upper[key] for key in ("unread", "status", "snoozed_until", "assignee")},
        "suggested": upper["suggest_join"],
    }
    events.record(tx, act, "conversation.joined", conversation=above, contact=upper["contact_id"], data=data)
    events.record(
        tx, act, "conversation.joined", conversation=below, contact=lower["contact_id"], data={"parent": above}
    )
    messages.activity(tx, above, "joined", f"#{below} joined", actor.name, child=below)
    conversations.refresh(tx, above)
    return Done(say("#{below} joined into #{above}", below=below, above=above), (above, below), act.action_id, 1)


def accept_suggestion(tx: Tx, actor: Actor, conversation: int) -> Done:
    """Join the conversation that the line in the thread offers."""
    top = conversations.root(tx.db, conversation)
    other = conversations.get(tx.db, top)["suggest_join"]
    if other is None:
        raise WrongUse(say("Nothing is suggested for #{top}.", top=top), hint="`join 10482` names the other one.")
    return join(tx, actor, top, int(other))


def keep_apart(tx: Tx, actor: Actor, conversation: int) -> Done:
    """Take the suggestion away."""
    top = conversations.root(tx.db, conversation)
    row = conversations.get(tx.db, top)
    if row["suggest_join"] is None:
        return Done(say("#{top} stands alone", top=top), (top,))
    act = begin(tx, actor, "keep-apart", say("#{top} kept apart from #{other}", top=top, other=row["suggest_join"]))
    conversations.set_fields(tx, top, suggest_join=None)
    events.record(
        tx,
        act,
        "conversation.kept_apart",
        conversation=top,
        data={"field": "suggest_join", "from": row["suggest_join"], "to": None},
    )
    return Done(say("#{top} kept apart", top=top), (top,), act.action_id, 1)


def split(tx: Tx, actor: Actor, conversation: int, *, child: int | None = None, from_n: int | None = None) -> Done:
    """Take a join back (`child`, or the last one), or give the messages from `from_n` on a conversation of their own."""
    top = conversations.root(tx.db, conversation)
    if from_n is not None:
        return _split_off(tx, actor, top, from_n)
    row = conversations.get(tx.db, top)
    joined = conversations.joined_children(tx.db, top)
    if child is None and conversation != top:
        child = conversation
    if child is None:
        if not joined:
            raise WrongUse(
                say("Nothing is joined into #{top}.", top=top),
                hint="Name a message to split from: `split --from MESSAGE`.",
            )
        child = joined[0]
    act = begin(tx, actor, "split", say("#{child} split from #{top}", child=child, top=top))
    parent = conversations.unjoin(tx, child)
    if parent is None:
        raise Conflict(say("#{child} is not joined into another.", child=child), code="not_joined")
    events.record(
        tx,
        act,
        "conversation.split",
        conversation=top,
        contact=row["contact_id"],
        data={"child": child, "parent": parent},
    )
    messages.activity(tx, top, "split", f"#{child} split off", actor.name, child=child)
    conversations.refresh(tx, top)
    conversations.refresh(tx, child)
    return Done(say("#{child} split from #{top}", child=child, top=top), (top, child), act.action_id, 1)


def _split_off(tx: Tx, actor: Actor, top: int, from_n: int) -> Done:
    members = conversations.members(tx.db, top)
    moved = conversations.messages_from(tx.db, members, from_n)
    before = [row for row in conversations.messages_from(tx.db, members, 0) if row["n"] < from_n]
    if not moved or moved[0]["n"] != from_n:
        raise WrongUse(say("That message is not in #{top}.", top=top))
    if not before:
        raise WrongUse("That is the first message: there is nothing to split it from.")
    row = conversations.get(tx.db, top)
    act = begin(tx, actor, "split", say("#{top} split in two", top=top))
    first = messages.get(tx.db, from_n)
    new = conversations.create(
        tx, row["group_name"], row["contact_id"], subject=first["subject"] or row["subject"], home=row["home"]
    )
    conversations.set_fields(tx, new, assignee=row["assignee"])
    conversations.move_messages(tx, [moved_row["n"] for moved_row in moved], new)
    events.record(
        tx,
        act,
        "conversation.split_off",
        conversation=top,
        contact=row["contact_id"],
        data={"to": new, "moved": [[moved_row["n"], moved_row["conversation_id"]] for moved_row in moved]},
    )
    events.record(
        tx, act, "conversation.created", conversation=new, contact=row["contact_id"], data={"why": "split", "of": top}
    )
    messages.activity(
        tx, top, "split_off", f"{len(moved)} messages went to #{new}", actor.name, child=new, count=len(moved)
    )
    conversations.refresh(tx, top)
    conversations.refresh(tx, new)
    return Done(say("#{new} split from #{top}", new=new, top=top), (top, new), act.action_id, 1, {"conversation": new})


def part(tx: Tx, one: int, other: int, since: int) -> list[tuple[int, int, int]]:
    """Two requests that were one from `since` on (epoch ms), and whose customers are two again: what either wrote into the
    other's meanwhile, and our answers to it, goes home. Returns (message, where it was, where it is) for `put_back`."""
    moved: list[tuple[int, int, int]] = []
    for here, home in ((one, other), (other, one)):
        owner = int(conversations.get(tx.db, home)["contact_id"])
        if owner == int(conversations.get(tx.db, here)["contact_id"]):
            return []
        strays = conversations.written_by(tx.db, conversations.members(tx.db, here), owner, since)
        conversations.move_messages(tx, [row["n"] for row in strays], home)
        moved += [(row["n"], row["conversation_id"], home) for row in strays]
    if moved:
        conversations.refresh(tx, one)
        conversations.refresh(tx, other)
    return moved


def put_back(tx: Tx, moved: Iterable[Sequence[int]]) -> None:
    """What `part` moved, as far as it is still there."""
    for n, was, home in moved:
        if messages.get(tx.db, n)["conversation_id"] == home:
            conversations.move_messages(tx, [n], was)
            conversations.refresh(tx, conversations.root(tx.db, was))
            conversations.refresh(tx, conversations.root(tx.db, home))
