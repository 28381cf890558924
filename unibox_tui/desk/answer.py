"""Reply, note, new conversation, forward: everything an agent writes.

A reply is message + outbox item + changes in one transaction. What may be sent is decided here and again when it leaves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unibox_tui.desk.done import Done, begin
from unibox_tui.desk.triage import UNSEEN, assign, set_status
from unibox_tui.domain import mail
from unibox_tui.domain.errors import Conflict, NotFound, Refused, WrongUse
from unibox_tui.domain.ids import new_id
from unibox_tui.domain.inbound import Person
from unibox_tui.domain.policy import Decision, decide
from unibox_tui.domain.words import Author, DeliveryState, Direction, MessageKind, Status
from unibox_tui.store import contacts, conversations, drafts, events, inboxes, messages, outbox
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.store.messages import NewMessage, StoredFile
from unibox_tui.views.ways import ways

REFUSALS = {
    "window_closed": ("The time in which {title} allows an answer is over.", "Answer through another inbox."),
    "too_long": (
        "The text is longer than {title} takes ({length} of {limit} characters).",
        "Shorten it or send it in parts.",
    ),
    "no_attachments": ("{title} takes no files.", "Send a link, or answer through another inbox."),
    "attachment_too_big": ("A file is larger than {title} takes ({limit} bytes).", "Send a smaller one or a link."),
    "not_allowed": ("{title} does not let us write first.", "Answer through another inbox."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What an agent wrote and how it shall go. `seen_n`: the last message the agent's screen showed; `seen_owner` its owner."""

    text: str
    inbox: str | None = None  # name; None: the way the customer last used
    address: str | None = None  # to another address of this inbox
    everyone: bool = False  # mail: reply to all
    to: tuple[Mapping[str, str], ...] | None = None  # mail: instead of the computed ones
    cc: tuple[Mapping[str, str], ...] | None = None
    bcc: tuple[Mapping[str, str], ...] = ()
    subject: str | None = None
    quote: bool = False
    answers: int | None = None  # n of the message it answers; None: the customer's last
    files: tuple[StoredFile, ...] = ()
    seen_n: int | None = None
    seen_owner: Any = UNSEEN
    force: bool = False  # "send anyway" past newer messages
    hold_ms: int | None = None  # None: as the inbox says
    send_at: int | None = None
    automatic: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


def reply(tx: Tx, actor: Actor, conversation: int, letter: Letter, *, then: Status | None = None) -> Done:
    """Answer the customer; `then` resolves or parks the conversation in the same action."""
    text = letter.text.strip("\n")
    if not text.strip() and not letter.files:
        raise WrongUse("The answer is empty.")
    top = conversations.root(tx.db, conversation)
    row = conversations.get(tx.db, top)
    guard_unseen(tx, actor, top, letter)
    inbox, identity = _way(tx, row, letter)
    _check(tx, inbox, identity, letter, text)
    act = begin(tx, actor, "reply", f"reply in #{top}")
    if actor.kind is Author.AGENT and row["assignee"] != actor.agent:
        _claim_by_answer(tx, act, row, letter)
    n, held_until = _send(tx, act, top, inbox, identity, letter, text)
    if actor.kind is Author.AGENT:
        drafts.drop(tx, actor.agent, top)
        _mark_read(tx, act, top)
    if then is not None:
        set_status(tx, act, [top], then)
    elif row["status"] in (Status.RESOLVED, Status.SNOOZED):
        set_status(tx, act, [top], Status.OPEN)
    conversations.refresh(tx, top)
    wait = f", leaves in {max(held_until - tx.now, 0) // 1000} s" if held_until > tx.now else ""
    return Done(
        f"#{top} answered through {inbox.title}{wait}",
        (top,),
        act.action_id,
        1,
        {"message": messages.get(tx.db, n)["id"], "n": n, "held_until": held_until},
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
            f"{len(newer)} newer in #{top} that you have not seen.",
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


# -- which way -----------------------------------------------------------------------------------------------------


def _way(tx: Tx, conversation: Row, letter: Letter) -> tuple[InboxRow, Row]:
    """The inbox and identity the answer goes to: as chosen, else the first way the composer shows as allowed."""
    known = [
        (inboxes.by_id(tx.db, row["inbox_id"]), row) for row in contacts.identities(tx.db, conversation["contact_id"])
    ]
    known = [(inbox, row) for inbox, row in known if inbox.group_name == conversation["group_name"]]
    if letter.inbox is not None:
        inbox = inboxes.named(tx.db, letter.inbox)
        if inbox.group_name != conversation["group_name"]:
            raise Refused(
                f"{inbox.title} belongs to another brand than #{conversation['id']}.",
                hint="Start a new conversation there.",
            )
        return inbox, _identity_in(tx, inbox, known, conversation, letter.address)
    offered = ways(tx.db, conversation["id"], now=tx.now)
    way = next((way for way in offered if way.allowed), None)
    if way is not None:
        inbox = inboxes.by_id(tx.db, way.inbox_id)
        if way.identity_id:
            return inbox, contacts.identity(tx.db, way.identity_id)
        return inbox, _new_identity(tx, inbox, way.address, int(conversation["contact_id"]))
    if offered:
        inbox = inboxes.by_id(tx.db, offered[0].inbox_id)
        raise _refusal(allowed(tx, inbox, offered[0].identity_id), inbox)
    raise Refused("There is no address this customer can be reached at.", hint="`new` starts a conversation with one.")


def _identity_in(
    tx: Tx, inbox: InboxRow, known: Sequence[tuple[InboxRow, Row]], conversation: Row, address: str | None
) -> Row:
    here = [row for other, row in known if other.id == inbox.id]
    if address is not None:
        match = [row for row in here if row["address"] == address.strip().lower() or row["address"] == address]
        if match:
            return match[0]
        return _new_identity(tx, inbox, address, int(conversation["contact_id"]))
    if here:
        here.sort(key=lambda row: (row["id"] != conversation["last_identity_id"], -(row["last_seen_at"] or 0)))
        return here[0]
    if inbox.capabilities.starts:
        stated = contacts.stated(tx.db, conversation["contact_id"], _key_kind(inbox))
        if stated:
            return _new_identity(tx, inbox, stated[0], int(conversation["contact_id"]))
    raise Refused(
        f"This customer has no address at {inbox.title}.", hint="Name one with --to, or choose another inbox."
    )


def _key_kind(inbox: InboxRow) -> str:
    """What kind of key an inbox reaches people by."""
    return inbox.capabilities.address_kind


def _new_identity(tx: Tx, inbox: InboxRow, address: str, contact: int | None) -> Row:
    if not inbox.capabilities.starts:
        raise Refused(
            f"{inbox.title} does not let us write first.", hint="Wait for the customer, or choose another inbox."
        )
    kind = _key_kind(inbox)
    clean = address.strip()
    if kind == "email":
        clean = clean.lower()
        if "@" not in clean or any(mark in clean for mark in " \r\n,;<>"):
            raise WrongUse(f"{address!r} is not a mail address.", hint="name@example.com")
    id, _, _ = contacts.identity_for(tx, inbox, Person(clean, kind), at=tx.now, contact=contact)
    return contacts.identity(tx.db, id)


def allowed(tx: Tx, inbox: InboxRow, identity_id: int) -> Decision:
    return decide(
        inbox.capabilities, contacts.windows(tx.db, identity_id), kind="text", author=Author.AGENT, now=tx.now
    )


def _check(tx: Tx, inbox: InboxRow, identity: Row, letter: Letter, text: str) -> None:
    verdict = decide(
        inbox.capabilities,
        contacts.windows(tx.db, identity["id"]),
        kind="text",
        author=Author.BOT if letter.automatic else Author.AGENT,
        now=max(letter.send_at or 0, tx.now),
        text=text,
        attachment_sizes=[file.size for file in letter.files],
    )
    if not verdict.allowed:
        raise _refusal(verdict, inbox)


def _refusal(verdict: Decision, inbox: InboxRow) -> Refused:
    message, hint = REFUSALS.get(verdict.reason, ("{title} refuses this message.", ""))
    return Refused(message.format(title=inbox.title, **verdict.detail), hint=hint, code=verdict.reason)


# -- writing it down ---------------------------------------------------------------------------------------------------


def _send(tx: Tx, actor: Actor, top: int, inbox: InboxRow, identity: Row, letter: Letter, text: str) -> tuple[int, int]:
    """Message and outbox item; returns (n, when it may leave)."""
    answered = _answered(tx, top, inbox, identity, letter)
    ref = new_id(tx.now)
    options, email, key = _mail_options(tx, top, inbox, identity, letter, answered, ref)
    by_store = inbox.capabilities.extra.get("transport") == "store"
    hold = inbox.capabilities.undo_send_ms if letter.hold_ms is None else letter.hold_ms
    leaves = letter.send_at if letter.send_at is not None else tx.now + hold
    through_outbox = not by_store or leaves > tx.now
    state = (
        DeliveryState.SENT if not through_outbox else DeliveryState.HELD if leaves > tx.now else DeliveryState.QUEUED
    )
    n = messages.add(
        tx,
        NewMessage(
            conversation=top,
            inbox_id=inbox.id,
            identity_id=identity["id"],
            direction=Direction.OUT,
            kind=MessageKind.MAIL if email else MessageKind.CHAT,
            author_kind=actor.kind,
            author=actor.name,
            text=text,
            subject=options.get("subject", ""),
            sent_at=tx.now,
            received_at=tx.now,
            state=state,
            email=email,
            key=key,
            client_ref=ref,
            automatic=letter.automatic,
            answers_n=letter.answers,
            files=letter.files,
        ),
    )
    if through_outbox:
        outbox.add(
            tx,
            id=ref,
            n=n,
            inbox_id=inbox.id,
            identity_id=identity["id"],
            destination=identity["address"],
            payload={
                "kind": "text",
                "text": text,
                "files": [
                    {"name": file.name, "media_type": file.media_type, "size": file.size, "sha256": file.sha256}
                    for file in letter.files
                ],
                "answers": None if letter.answers is None else messages.provider_id(tx.db, letter.answers),
                "options": options,
            },
            author_kind=actor.kind,
            hold_ms=hold,
            not_before=letter.send_at,
        )
    events.record(
        tx,
        actor,
        "message.written",
        conversation=top,
        inbox=inbox.id,
        message=n,
        data={"outbox": ref} if through_outbox else {},
    )
    return n, leaves


def _answered(tx: Tx, top: int, inbox: InboxRow, identity: Row, letter: Letter) -> Row | None:
    """The message this answers: the one named, else the newest of this identity."""
    if letter.answers is not None:
        return messages.get(tx.db, letter.answers)
    n = messages.last_of_identity(tx.db, conversations.members(tx.db, top), identity["id"])
    return None if n is None else messages.get(tx.db, n)


def _mail_options(
    tx: Tx, top: int, inbox: InboxRow, identity: Row, letter: Letter, answered: Row | None, ref: str
) -> tuple[dict[str, Any], dict[str, Any] | None, tuple[str, str] | None]:
    """(options of the outbox payload, the message's `email` JSON, its key); empty for channels without subjects."""
    if not inbox.capabilities.subject:
        return dict(letter.options), None, None
    email = json.loads(answered["email"]) if answered is not None and answered["email"] else {}
    own = [inbox.address, *inbox.capabilities.extra.get("aliases", ())]
    to, cc = mail.recipients(email, own, everyone=letter.everyone) if email else ([], [])
    if letter.address is not None or not to:
        to = [{"name": identity["name"], "address": identity["address"]}]
    if letter.to is not None:
        to = [dict(entry) for entry in letter.to]
    if letter.cc is not None:
        cc = [dict(entry) for entry in letter.cc]
    subject = letter.subject
    if subject is None:
        subject = mail.reply_subject(email.get("subject") or conversations.get(tx.db, top)["subject"] or inbox.title)
    domain = inbox.address.partition("@")[2] or "localhost"
    message_id = mail.new_message_id(domain, ref)
    options: dict[str, Any] = {
        **letter.options,
        "subject": _with_number(subject, top, inbox),
        "to": to,
        "cc": cc,
        "bcc": [dict(entry) for entry in letter.bcc],
        "message_id": message_id,
        "in_reply_to": email.get("message_id"),
        "references": mail.references(email),
        "auto": letter.automatic,
    }
    if letter.quote and answered is not None:
        options["quote"] = _quoted(answered, email, inbox.language)
    shown = {
        "subject": options["subject"],
        "from": {"name": inbox.title, "address": inbox.address},
        "to": to,
        "cc": cc,
        "message_id": message_id,
        "in_reply_to": options["in_reply_to"],
        "references": options["references"],
        "auto_submitted": "auto-replied" if letter.automatic else None,
        "list_id": None,
        "bounce": None,
    }
    return options, shown, (inbox.key_scope, message_id)


def _quoted(answered: Row, email: Mapping[str, Any], language: str) -> str:
    sender = email.get("from") or {}
    return mail.quote_original(
        name=sender.get("name", ""),
        address=sender.get("address", ""),
        date_ms=answered["sent_at"],
        text="\n".join(part for part in (answered["text"], answered["hidden_text"]) if part),
        language=language,
    )


def _with_number(subject: str, top: int, inbox: InboxRow) -> str:
    """The short number in the subject, once, when the inbox wants it."""
    if not inbox.capabilities.extra.get("number_in_subject") or f"[#{top}]" in subject:
        return subject
    return f"{subject} [#{top}]"


# -- note ----------------------------------------------------------------------------------------------------------


def note(tx: Tx, actor: Actor, conversation: int, text: str, *, files: Sequence[StoredFile] = ()) -> Done:
    """For colleagues only; never leaves."""
    text = text.strip("\n")
    if not text.strip() and not files:
        raise WrongUse("The note is empty.")
    top = conversations.root(tx.db, conversation)
    act = begin(tx, actor, "note", f"note in #{top}")
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
        drafts.drop(tx, actor.agent, top)
    conversations.refresh(tx, top)
    return Done(f"note in #{top}", (top,), act.action_id, 1, {"message": messages.get(tx.db, n)["id"], "n": n})


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
        identity = _new_identity(tx, inbox, address, None)
        if name:
            contacts.update(tx, identity["contact_id"], {"name": name})
    _check(tx, inbox, identity, letter, letter.text)
    top = conversations.create(tx, inbox.group_name, identity["contact_id"], subject=(letter.subject or "").strip())
    act = begin(tx, actor, "new", f"new conversation #{top}")
    events.record(
        tx, act, "conversation.created", conversation=top, contact=identity["contact_id"], data={"why": "we_wrote"}
    )
    if actor.kind is Author.AGENT:
        assign(tx, act, [top], actor.agent)
    n, held_until = _send(tx, act, top, inbox, identity, letter, letter.text.strip("\n"))
    conversations.set_fields(tx, top, last_inbox_id=inbox.id, last_identity_id=identity["id"])
    conversations.refresh(tx, top)
    return Done(
        f"#{top} begun through {inbox.title}",
        (top,),
        act.action_id,
        1,
        {"message": messages.get(tx.db, n)["id"], "n": n, "held_until": held_until},
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
        raise Refused(f"{inbox.title} cannot forward.", hint="Choose a mail inbox with --inbox.")
    files = tuple(
        StoredFile(file["name"], file["media_type"], file["size"], file["sha256"])
        for file in messages.files(tx.db, message_n)
    )
    if any(file.sha256 is None for file in files):
        raise Conflict("A file of this message has not been fetched yet.", hint="Try again when its line shows a size.")
    email = json.loads(row["email"]) if row["email"] else {}
    identities = [_new_identity(tx, inbox, address, None) for address in to]
    if not identities:
        raise WrongUse("Forward to whom?", hint="`forward MESSAGE --to name@example.com`")
    subject = mail.forward_subject(email.get("subject") or conversations.get(tx.db, top)["subject"])
    said = "\n".join(part for part in (row["text"], row["hidden_text"]) if part)
    sender = (
        (email.get("from") or {}).get("address") or contacts.identity(tx.db, row["identity_id"])["address"]
        if row["identity_id"]
        else ""
    )
    body = f"{text.strip()}\n\n---------- Forwarded message ----------\n".lstrip("\n")
    body += f"From: {sender}\nSubject: {email.get('subject', '')}\n\n{said}"
    child = conversations.create(tx, group, identities[0]["contact_id"], subject=subject)
    act = begin(tx, actor, "forward", f"forward from #{top}")
    letter = Letter(
        text=body,
        subject=subject,
        to=tuple({"name": identity["name"], "address": identity["address"]} for identity in identities),
        cc=(),
        files=files,
    )
    _check(tx, inbox, identities[0], letter, body)
    n, held_until = _send(tx, act, child, inbox, identities[0], letter, body)
    if actor.kind is Author.AGENT:
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
        f"forwarded to {who} as #{child}",
        (top, child),
        act.action_id,
        1,
        {"message": messages.get(tx.db, n)["id"], "n": n, "conversation": child, "held_until": held_until},
    )


def _forwarding_inbox(tx: Tx, row: Row, group: str) -> InboxRow:
    """The inbox the message came through if it can forward, else the brand's first that can."""
    brand = [inbox for inbox in inboxes.all_inboxes(tx.db) if inbox.group_name == group]
    able = [inbox for inbox in brand if inbox.capabilities.subject and inbox.capabilities.starts]
    able.sort(key=lambda inbox: inbox.id != row["inbox_id"])
    if not able:
        raise NotFound("No inbox of this brand can forward.", hint="`unibox inbox add` makes a mail inbox.")
    return able[0]
