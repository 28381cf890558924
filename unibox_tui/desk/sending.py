"""What becomes of a message of ours after Enter: send again, keep, take back."""

from __future__ import annotations

from unibox_tui.desk.done import Done
from unibox_tui.domain.errors import NotFound
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import Author
from unibox_tui.locale import N_
from unibox_tui.store import conversations, drafts, events, messages, outbox
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor


def item_of(tx: Tx, message_n: int) -> Row:
    item = outbox.of_message(tx.db, message_n)
    if item is None:
        raise NotFound("That message never went through the outbox.")
    return item


def retry(tx: Tx, actor: Actor, outbox_id: str) -> Done:
    """A person says "send again"."""
    return _settled(
        tx,
        actor,
        outbox.retry(tx, outbox.get(tx.db, outbox_id)["id"]),
        "retried",
        N_("message in #{top} sending again"),
    )


def keep(tx: Tx, actor: Actor, outbox_id: str) -> Done:
    """A person decides that an unknown one has arrived."""
    return _settled(
        tx,
        actor,
        outbox.keep_unknown(tx, outbox.get(tx.db, outbox_id)["id"]),
        "kept",
        N_("message in #{top} kept as sent"),
    )


def cancel(tx: Tx, actor: Actor, outbox_id: str) -> Done:
    """Take back what has not left; its text becomes the agent's draft again unless another one is there."""
    row = outbox.cancel(tx, outbox.get(tx.db, outbox_id)["id"])
    message = messages.get(tx.db, row["n"])
    top = conversations.root(tx.db, message["conversation_id"])
    text = outbox.text_of(tx.db, row) if row["parts"] > 1 else message["text"]
    mine = actor.kind is Author.AGENT and message["author"] == actor.name
    if mine and drafts.get(tx.db, actor.agent, top, "reply") is None:
        drafts.save(
            tx,
            actor.agent,
            top,
            mode="reply",
            text=text,
            caret=len(text),
            inbox_id=row["inbox_id"],
            identity_id=row["identity_id"],
            options={},
        )
    return _settled(tx, actor, row, "cancelled", N_("message in #{top} taken back"))


def _settled(tx: Tx, actor: Actor, row: Row, kind: str, summary: str) -> Done:
    message = messages.get(tx.db, row["n"])
    top = conversations.root(tx.db, message["conversation_id"])
    events.record(
        tx,
        actor,
        f"message.{kind}",
        conversation=top,
        inbox=row["inbox_id"],
        message=row["n"],
        data={"outbox": row["id"]},
    )
    conversations.refresh(tx, top)
    return Done(
        say(summary, top=top),
        (top,),
        None,
        1,
        {"message": message["id"], "outbox": row["id"]},
    )
