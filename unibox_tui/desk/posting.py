"""Message and outbox item in one transaction, with what the channel wants written beside the text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from unibox_tui.desk.deciding import note_cost, of_letter
from unibox_tui.desk.letter import Letter
from unibox_tui.domain import mail
from unibox_tui.domain.ids import new_id
from unibox_tui.domain.words import DeliveryState, Direction, MessageKind
from unibox_tui.store import conversations, events, messages, outbox
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.store.messages import NewMessage

_WAY_OUT_MS = 2_000
"""What a message needs from its leaving until the channel has it, with room."""


@dataclass(slots=True)
class Chain:
    """Which part of an answer this is; `after` is the ref of the one before, `ref` is filled in with its own."""

    after: str | None
    part: int
    parts: int
    whole: str
    ref: str = ""


def post(
    tx: Tx,
    actor: Actor,
    top: int,
    inbox: InboxRow,
    identity: Row,
    letter: Letter,
    text: str,
    *,
    chain: Chain | None = None,
) -> tuple[int, int]:
    """Message and outbox item; returns (n, when it may leave)."""
    answered = _answered(tx, top, inbox, identity, letter)
    ref = new_id(tx.now)
    if chain is not None:
        chain.ref = ref
    options, email, key = _mail_options(tx, top, inbox, identity, letter, answered, ref)
    by_store = inbox.capabilities.extra.get("transport") == "store"
    hold = _hold(tx, inbox, identity, letter, text)
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
                "kind": letter.kind,
                "text": "" if letter.kind == "sticker" else text,
                "files": [
                    {"name": file.name, "media_type": file.media_type, "size": file.size, "sha256": file.sha256}
                    for file in letter.files
                ],
                "answers": None if letter.answers is None else messages.provider_id(tx.db, letter.answers),
                "options": options,
                **({"whole": chain.whole} if chain is not None and chain.part == 1 else {}),
            },
            author_kind=actor.kind,
            hold_ms=hold,
            not_before=letter.send_at,
            after_id=chain.after if chain is not None else None,
            part=chain.part if chain is not None else 1,
            parts=chain.parts if chain is not None else 1,
        )
    note_cost(tx, n, inbox, identity["id"], letter, text)
    events.record(
        tx,
        actor,
        # What is taken back is taken back by its first part.
        "message.written" if chain is None or chain.part == 1 else "message.continued",
        conversation=top,
        inbox=inbox.id,
        message=n,
        data={"outbox": ref} if through_outbox else {},
    )
    return n, leaves


def _hold(tx: Tx, inbox: InboxRow, identity: Row, letter: Letter, text: str) -> int:
    """For how long (ms) it can be taken back: less than usual where the window would close over it meanwhile."""
    hold = inbox.capabilities.undo_send_ms if letter.hold_ms is None else letter.hold_ms
    if not hold or letter.send_at is not None:
        return hold
    closes = of_letter(tx, inbox, identity["id"], letter, text).closes_at
    return hold if closes is None else max(0, min(hold, closes - tx.now - _WAY_OUT_MS))


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
        cc = mail.each_once([*cc, *letter.cc] if letter.everyone else letter.cc, besides=to)
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
        "in_reply_to": mail.in_reply_to(email),
        "references": mail.references(email),
        "auto": letter.automatic,
    }
    wants_quote = _quotes_by_itself(inbox, letter) if letter.quote is None else letter.quote
    if wants_quote and answered is not None:
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


def _quotes_by_itself(inbox: InboxRow, letter: Letter) -> bool:
    return bool(inbox.capabilities.extra.get("quote_original")) and not letter.automatic


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
    mark = f"[{inbox.capabilities.extra.get('subject_prefix', '#')}{top}]"
    if not inbox.capabilities.extra.get("number_in_subject") or mark in subject:
        return subject
    return f"{subject} {mark}"
