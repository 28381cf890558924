"""What becomes of a message of ours after Enter: send again, keep, take back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from unibox_tui.desk.done import Done
from unibox_tui.domain import mail
from unibox_tui.domain.errors import NotFound
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import Author
from unibox_tui.locale import N_
from unibox_tui.store import conversations, drafts, events, inboxes, messages, outbox
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor
from unibox_tui.text.filling import bubbles


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
    said = json.loads(row["payload"]).get("kind") != "sticker"
    if mine and said and drafts.get(tx.db, actor.agent, top, "reply") is None:
        drafts.save(
            tx,
            actor.agent,
            top,
            mode="reply",
            text=text,
            caret=len(text),
            inbox_id=row["inbox_id"],
            identity_id=row["identity_id"],
            options={**_as_written(tx, top, row), **_answered(message)},
        )
    return _settled(tx, actor, row, "cancelled", N_("message in #{top} taken back"))


def _as_written(tx: Tx, top: int, item: Row) -> dict[str, Any]:
    """What the draft of an answer taken back keeps besides its text: its files, and what its envelope had of its own."""
    payload = json.loads(item["payload"])
    files = [file for part in (item, *outbox.followers(tx.db, item["id"])) for file in _files(part)]
    found: dict[str, Any] = {"held": files} if files else {}
    options = payload.get("options") or {}
    if item["parts"] > 1 and len(bubbles(outbox.text_of(tx.db, item))) > 1:
        found["apart"] = True
    inbox = inboxes.by_id(tx.db, item["inbox_id"])
    if not inbox.capabilities.subject or "to" not in options:
        return found
    to = [person["address"] for person in options["to"]]
    named = {"to_people": options["to"] if to != [item["destination"]] else [], **options}
    found |= {
        name: [formatted(person) for person in named[name]] for name in ("to_people", "cc", "bcc") if named.get(name)
    }
    usual = mail.reply_subject(conversations.get(tx.db, top)["subject"] or inbox.title)
    if usual not in options.get("subject", usual):
        found["subject"] = options["subject"]
    if ("quote" in options) != bool(inbox.capabilities.extra.get("quote_original")):
        found["quote"] = "quote" in options
    return found


def _answered(message: Row) -> dict[str, Any]:
    return {} if message["answers_n"] is None else {"answers": message["answers_n"]}


def _files(item: Row) -> list[dict[str, Any]]:
    return list(json.loads(item["payload"]).get("files") or ())


def formatted(person: Mapping[str, str]) -> str:
    """As a person types it: `Name <name@example.com>`."""
    return f"{person['name']} <{person['address']}>" if person.get("name") else person["address"]


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
