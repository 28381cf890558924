"""What may be chosen of what a channel offers: templates for a customer, reactions to a message. Safe to draw."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from unibox_tui.domain.policy import decide
from unibox_tui.domain.words import Author
from unibox_tui.store import conversations, inboxes, messages, reading, standing, templates
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.store.templates import KnownTemplate
from unibox_tui.text.safe import safe_line
from unibox_tui.views.people import json_object
from unibox_tui.views.ways import ways

USUAL_REACTIONS = ("👍", "❤️", "😂", "😮", "😢", "🙏")


@dataclass(frozen=True, slots=True)
class TemplateLine:
    """`value`: inbox name / template id, as the desk takes them."""

    value: str
    name: str
    detail: str
    channel: str
    fields: tuple[str, ...]


def offered(db: sqlite3.Connection, conversation: int, now: int) -> list[tuple[InboxRow, KnownTemplate]]:
    """Templates that may be sent to this customer now, by the ways they are reached, the default way's first."""
    found: dict[int, tuple[InboxRow, list[KnownTemplate]]] = {}
    for way in ways(db, conversation, now=now):
        if way.inbox_id in found or not way.identity_id:
            continue
        inbox = inboxes.by_id(db, way.inbox_id)
        usable = [one for one in templates.of_inbox(db, inbox.id) if one.usable]
        can = inbox.capabilities
        facts = standing.facts_of(db, [way.identity_id], {inbox.id: can}, now=now)[way.identity_id]
        if usable and decide(can, {}, kind="template", author=Author.AGENT, now=now, facts=facts).allowed:
            found[inbox.id] = (inbox, usable)
    return [(inbox, one) for inbox, some in found.values() for one in some]


def template_lines(db: sqlite3.Connection, conversation: int, now: int) -> list[TemplateLine]:
    return [
        TemplateLine(
            f"{inbox.name}/{one.id}",
            safe_line(f"{one.name} · {one.language}"),
            safe_line(one.text),
            inbox.channel,
            one.fields,
        )
        for inbox, one in offered(db, conversation, now)
    ]


def reactions_to(db: sqlite3.Connection, message_n: int) -> tuple[str, ...]:
    """The emojis this message's inbox takes; () for none."""
    inbox_id = messages.get(db, message_n)["inbox_id"]
    return (
        () if inbox_id is None else allowed_reactions(inboxes.by_id(db, inbox_id).capabilities.extra.get("reactions"))
    )


def allowed_reactions(extra: object) -> tuple[str, ...]:
    """What capability `extra.reactions` allows: its list, or the usual ones where anything goes."""
    if isinstance(extra, list | tuple) and extra:
        return tuple(str(one) for one in extra)
    return USUAL_REACTIONS if extra else ()


def stickers_in(db: sqlite3.Connection, conversation: int) -> list[tuple[str, str]]:
    """(id as the desk takes it, how it is shown) of stickers customers sent here through inboxes that send some, newest first."""
    ids = conversations.members(db, conversations.root(db, conversation))
    found: dict[str, str] = {}
    for inbox_id, text, extra in reading.stickers(db, ids):
        named = inboxes.by_id(db, inbox_id).capabilities.extra.get("sticker")
        sticker = json_object(extra).get("sticker")
        if not named or not sticker:
            continue
        parts = [str(sticker.get(name) or "") for name in named] if isinstance(sticker, dict) else [str(sticker)]
        if all(parts) and len(parts) == len(named):
            found.setdefault("/".join(parts), safe_line(text))
    return list(found.items())
