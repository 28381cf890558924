"""Reply, note, new conversation, forward: everything an agent writes.

A reply is message + outbox item + changes in one transaction. What may be sent is decided here and again when it leaves.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from unibox_tui.desk import quoting
from unibox_tui.desk.done import Done, begin
from unibox_tui.desk.drafts import NOWHERE
from unibox_tui.desk.letter import Letter
from unibox_tui.desk.parts import post_all, texts_of
from unibox_tui.desk.posting import post
from unibox_tui.desk.routes import check, new_identity, way_of
from unibox_tui.desk.triage import UNSEEN, assign, set_status
from unibox_tui.domain import mail
from unibox_tui.domain.errors import Conflict, NotFound, Refused, WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import Author, DeliveryState, Direction, Status
from unibox_tui.store import contacts, conversations, drafts, events, inboxes, media, messages
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.store.messages import NewMessage, StoredFile
from unibox_tui.views.phrases import moment


def reply(tx: Tx, actor: Actor, conversation: int, letter: Letter, *, then: Status | None = None) -> Done:
    """Answer the customer; `then` resolves or parks the conversation in the same action."""
    text = letter.text.strip("\n")
    if not text.strip() and not letter.files:
        raise WrongUse("The answer is empty.")
    top = conversations.root(tx.db, conversation)
    row = conversations.get(tx.db, top)
    guard_unseen(tx, actor, top, letter)
    inbox, identity = way_of(tx, row, letter)
    letter = quoting.put(tx, top, inbox, identity, letter)
    text = letter.text.strip("\n")
    check(tx, inbox, identity, letter, max(texts_of(letter, text), key=len))
    act = begin(tx, actor, "reply", say("reply in #{top}", top=top))
    if actor.kind is Author.AGENT and row["assignee"] != actor.agent:
        _claim_by_answer(tx, act, row, letter)
    posted = post_all(tx, act, top, inbox, identity, letter, text)
    n, held_until = posted.n, posted.leaves
    if actor.kind is Author.AGENT:
        if letter.kind == "text":  # a form or a sticker leaves what is being written alone
            drafts.drop(tx, actor.agent, top, "reply")
        _mark_read(tx, act, top)
    if then is not None:
        set_status(tx, act, [top], then)
    elif row["status"] in (Status.RESOLVED, Status.SNOOZED):
        set_status(tx, act, [top], Status.OPEN)
    conversations.refresh(tx, top)
    summary = say("#{top} answered through {inbox}", top=top, inbox=inbox.title)
    if posted.parts > 1:
        summary = say("{summary} in {n} parts", summary=summary, n=posted.parts)
    if letter.send_at is not None and held_until > tx.now:
        summary = say("{summary}, leaves {when}", summary=summary, when=moment(held_until))
    elif held_until > tx.now:
        summary = say("{summary}, leaves in {n} s", summary=summary, n=(held_until - tx.now) // 1000)
    return Done(
        summary,
        (top,),
        act.action_id,
        1,
        {"message": messages.get(tx.db, n)["id"], "n": n, "held_until": held_until, "parts": posted.parts},
    )


def _claim_by_answer(tx: Tx, actor: Actor, row: Row, letter: Letter) -> None:
    """Whoever answers an unowned one has it. Another's is answered without taking it, if the screen showed whose it is."""
    if row["assignee"] is None or (letter.seen_owner is not UNSEEN and letter.seen_owner != row["assignee"]):
        assign(tx, actor, [row["id"]], actor.agent, seen=letter.seen_owner)


def guard_unseen(tx: Tx, actor: Actor, top: int, letter: Letter) -> None:
    """A message or answer landed that this agent's screen has not shown: do not answer past it."""
    if letter.force or letter.seen_n is None:
        return
    ids = conversations.members(tx.db, top)
    newer = [
        row
        for row in conversations.messages_from(tx.db, ids, letter.seen_n + 1)
        if _speaks(messages.get(tx.db, row["n"]), actor)
    ]
    if newer:
        raise Conflict(
            say("{n} newer in #{top} that you have not seen.", n=len(newer), top=top),
            hint="Read it, then Enter again to send anyway.",
            code="newer",
        )


def _speaks(message: Row, actor: Actor) -> bool:
    if message["direction"] not in (Direction.IN, Direction.OUT, Direction.NOTE):
        return False
    return not (message["author_kind"] == Author.AGENT and message["author"] == actor.name)


def _mark_read(tx: Tx, actor: Actor, top: int) -> None:
    row = conversations.get(tx.db, top)
    if row["unread"]:
        conversations.set_fields(tx, top, unread=0)
        events.record(
            tx, actor, "conversation.unread", conversation=top, data={"field": "unread", "from": row["unread"], "to": 0}
        )


# -- note ----------------------------------------------------------------------------------------------------------


def note(tx: Tx, actor: Actor, conversation: int, text: str, *, files: Sequence[StoredFile] = ()) -> Done:
    """For colleagues only: it leaves to nobody but a helpdesk that they share."""
    text = text.strip("\n")
    if not text.strip() and not files:
        raise WrongUse("The note is empty.")
    top = conversations.root(tx.db, conversation)
    act = begin(tx, actor, "note", say("note in #{top}", top=top))
    n = messages.add(
        tx,
        NewMessage(
            conversation=top,
            direction=Direction.NOTE,
            author_kind=actor.kind,
            author=actor.name,
            text=text,
            sent_at=tx.now,
            received_at=tx.now,
            state=DeliveryState.RECEIVED,
            files=tuple(files),
        ),
    )
    events.record(tx, act, "note.written", conversation=top, message=n)
    if actor.kind is Author.AGENT:
        drafts.drop(tx, actor.agent, top, "note")
    conversations.refresh(tx, top)
    return Done(
        say("note in #{top}", top=top), (top,), act.action_id, 1, {"message": messages.get(tx.db, n)["id"], "n": n}
    )


# -- new, forward ----------------------------------------------------------------------------------------------------


def new(tx: Tx, actor: Actor, inbox_name: str, address: str, letter: Letter, *, name: str = "") -> Done:
    """Start a conversation where the channel lets us speak first."""
    inbox = inboxes.named(tx.db, inbox_name)
    if not letter.text.strip() and not letter.files:
        raise WrongUse("The message is empty.")
    if inbox.capabilities.subject and not (letter.subject or "").strip():
        raise WrongUse("A new mail needs a subject.", hint="--subject, or the line above the text.")
    identity = contacts.find_identity(tx.db, inbox.id, address.strip().lower())
    if identity is None:
        identity = new_identity(tx, inbox, address, None)
        if name:
            contacts.update(tx, identity["contact_id"], {"name": name})
    check(tx, inbox, identity, letter, letter.text)
    top = conversations.create(
        tx,
        inbox.group_name,
        identity["contact_id"],
        subject=(letter.subject or "").strip(),
        home=identity["home"],
    )
    act = begin(tx, actor, "new", say("new conversation #{top}", top=top))
    events.record(
        tx, act, "conversation.created", conversation=top, contact=identity["contact_id"], data={"why": "we_wrote"}
    )
    if actor.kind is Author.AGENT:
        drafts.drop(tx, actor.agent, NOWHERE, "new")
        assign(tx, act, [top], actor.agent)
    posted = post_all(tx, act, top, inbox, identity, letter, letter.text.strip("\n"))
    n, held_until = posted.n, posted.leaves
    conversations.set_fields(tx, top, last_inbox_id=inbox.id, last_identity_id=identity["id"])
    conversations.refresh(tx, top)
    return Done(
        say("#{top} begun through {inbox}", top=top, inbox=inbox.title),
        (top,),
        act.action_id,
        1,
        {"message": messages.get(tx.db, n)["id"], "n": n, "held_until": held_until, "parts": posted.parts},
    )


def forward(
    tx: Tx, actor: Actor, message_n: int, to: Sequence[str], *, inbox_name: str | None = None, text: str = ""
) -> Done:
    """Send a message with its files to any address, out of the conversation it is in; a line in the thread says so."""
    row = messages.get(tx.db, message_n)
    top = conversations.root(tx.db, row["conversation_id"])
    group = conversations.get(tx.db, top)["group_name"]
    inbox = inboxes.named(tx.db, inbox_name) if inbox_name else _forwarding_inbox(tx, row, group)
    if not inbox.capabilities.subject or not inbox.capabilities.starts:
        raise Refused(say("{inbox} cannot forward.", inbox=inbox.title), hint="Choose a mail inbox with --inbox.")
    files = tuple(
        StoredFile(file["name"], file["media_type"], file["size"], file["sha256"])
        for file in messages.files(tx.db, message_n)
        if file["state"] != media.DELETED
    )
    if any(file.sha256 is None for file in files):
        raise Conflict("A file of this message has not been fetched yet.", hint="Try again when its line shows a size.")
    email = json.loads(row["email"]) if row["email"] else {}
    identities = [new_identity(tx, inbox, address, None) for address in to]
    if not identities:
        raise WrongUse("Forward to whom?", hint="`forward MESSAGE --to name@example.com`")
    subject = mail.forward_subject(email.get("subject") or conversations.get(tx.db, top)["subject"])
    said = "\n".join(part for part in (row["text"], row["hidden_text"]) if part)
    body = f"{text.strip()}\n\n{mail.forward_head(email or _sender(tx, row), row['sent_at'])}\n\n{said}".lstrip("\n")
    child = conversations.create(tx, group, identities[0]["contact_id"], subject=subject, home=identities[0]["home"])
    act = begin(tx, actor, "forward", say("forward from #{top}", top=top))
    letter = Letter(
        text=body,
        subject=subject,
        to=tuple({"name": identity["name"], "address": identity["address"]} for identity in identities),
        cc=(),
        files=files,
    )
    check(tx, inbox, identities[0], letter, body)
    n, held_until = post(tx, act, child, inbox, identities[0], letter, body)
    if actor.kind is Author.AGENT:
        drafts.drop(tx, actor.agent, top, "forward")
        assign(tx, act, [child], actor.agent)
    conversations.set_fields(
        tx, child, status=str(Status.PENDING), last_inbox_id=inbox.id, last_identity_id=identities[0]["id"]
    )
    conversations.refresh(tx, child)
    who = ", ".join(identity["address"] for identity in identities)
    messages.activity(tx, top, "forwarded", f"Forwarded to {who} (#{child})", actor.name, to=who, child=child)
    events.record(tx, act, "message.forwarded", conversation=top, message=message_n, data={"conversation": child})
    conversations.refresh(tx, top)
    return Done(
        say("forwarded to {who} as #{child}", who=who, child=child),
        (top, child),
        act.action_id,
        1,
        {"message": messages.get(tx.db, n)["id"], "n": n, "conversation": child, "held_until": held_until},
    )


def _sender(tx: Tx, row: Row) -> dict[str, Any]:
    """What a mail would say of itself, for a message that is none."""
    if not row["identity_id"]:
        return {}
    identity = contacts.identity(tx.db, row["identity_id"])
    return {"from": {"name": identity["name"] or "", "address": identity["address"]}}


def _forwarding_inbox(tx: Tx, row: Row, group: str) -> InboxRow:
    """The inbox the message came through if it can forward, else the brand's first that can."""
    brand = [inbox for inbox in inboxes.all_inboxes(tx.db) if inbox.group_name == group]
    able = [inbox for inbox in brand if inbox.capabilities.subject and inbox.capabilities.starts]
    able.sort(key=lambda inbox: inbox.id != row["inbox_id"])
    if not able:
        raise NotFound("No inbox of this brand can forward.", hint="`unibox inbox add` makes a mail inbox.")
    return able[0]
