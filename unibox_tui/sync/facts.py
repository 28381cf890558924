"""Facts on their way into the store: what the workspace wants of them, made ready without a lock, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from unibox_tui.domain.inbound import (
    ARRIVAL,
    CallChanged,
    ConversationChanged,
    InboundAttachment,
    InboundEvent,
    MessageReceived,
    NoteReceived,
)
from unibox_tui.domain.joining import MAIL_JOIN_MS, REOPEN_LIMIT_MS, MailJoin
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.store.messages import StoredFile
from unibox_tui.text.found import find_codes
from unibox_tui.text.keys import transfer_codes
from unibox_tui.text.language import guess_language

PROFILE = "profile"
"""The cause of facts that we asked the provider for."""
PutMedia = Callable[[bytes], tuple[str, int]]
"""Keeps bytes by their hash, durably, before any row names them; returns (sha256, size)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The workspace's choices for joining, and what an order code looks like there."""

    reopen_limit_ms: int = REOPEN_LIMIT_MS
    mail_join: MailJoin = MailJoin.ASK
    mail_join_ms: int = MAIL_JOIN_MS
    order_patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one fact: new, duplicate, applied, ignored."""

    what: str
    n: int | None = None
    conversation: int | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A fact whose attachments are already on disk."""

    event: InboundEvent
    files: tuple[StoredFile, ...] = ()
    language: str | None = None
    found: tuple[tuple[str, str, str, str], ...] = ()


def arrived(event: InboundEvent, at: int) -> InboundEvent:
    """Where the provider tells no time, that of the arrival."""
    if isinstance(event, MessageReceived):
        return replace(event, sent_at=at) if event.sent_at == ARRIVAL else event
    if isinstance(event, ConversationChanged | NoteReceived):
        return event
    return replace(event, at=at) if event.at == ARRIVAL else event


def prepare(event: InboundEvent, inbox: InboxRow, rules: Rules, put: PutMedia) -> Prepared:
    """The work that needs no lock: keep the files, read the text. Safe to do twice."""
    if isinstance(event, CallChanged):
        return Prepared(event, _kept(event.files, put))
    if not isinstance(event, MessageReceived):
        return Prepared(event)
    found = found_in(event.subject, event.text, inbox.region, rules)
    return Prepared(event, _kept(event.attachments, put), guess_language(event.text), found)


def _kept(attachments: Sequence[InboundAttachment], put: PutMedia) -> tuple[StoredFile, ...]:
    files = []
    for attachment in attachments:
        sha256, size = (
            put(attachment.content) if attachment.content is not None else (attachment.sha256, attachment.size)
        )
        files.append(
            StoredFile(
                name=attachment.name,
                media_type=attachment.media_type,
                size=size,
                sha256=sha256,
                remote=attachment.remote,
                inline=attachment.inline,
                content_id=attachment.content_id,
            )
        )
    return tuple(files)


def found_in(subject: str, text: str, region: str, rules: Rules) -> tuple[tuple[str, str, str, str], ...]:
    """(kind, value, raw, confidence) of the phones, addresses, order codes and codes of transfers in a message, each once."""
    words = f"{subject}\n{text}"
    hits = [*find_codes(words, region, rules.order_patterns), *transfer_codes(words)]
    found = {(hit.kind, hit.value): (hit.kind, hit.value, hit.raw, hit.confidence) for hit in hits}
    return tuple(found.values())
