"""Who wrote, and what is quoted: pieces that thread, history and outbox share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from unibox_tui.domain.words import CHANNEL_MARKS, Author
from unibox_tui.locale import _
from unibox_tui.store.database import Row
from unibox_tui.text.safe import safe_line
from unibox_tui.text.width import cut


def mark(channel: str | None) -> str:
    """The channel's two letters; "" for no channel."""
    return CHANNEL_MARKS.get(channel or "", (channel or "")[:2].upper())


def inbox_name(row: Row) -> str:
    """The shown name of the row's inbox; "" without one."""
    return safe_line(row["inbox_title"] or row["inbox_name"] or "")


def author_name(row: Row) -> str:
    """Who wrote a message: the contact as we know them, the agent's or rule's shown name, "unibox" for the system.

    Needs author_kind, author, author_unsure, contact_name, identity_name, identity_address, agent_display and the inbox.
    """
    kind = row["author_kind"]
    if kind == Author.CONTACT:
        return safe_line(row["contact_name"] or row["identity_name"] or row["identity_address"] or _("unknown"))
    if kind == Author.SYSTEM:
        return safe_line(row["author"] or "unibox")
    name = row["agent_display"] or row["author"] or (_("robot") if kind == Author.BOT else inbox_name(row))
    return safe_line(f"{name} ?" if row["author_unsure"] else name)


def first_words(text: str | None, *fallbacks: str | None, cells: int = 80) -> str:
    """The beginning of the first of these that says something, on one line."""
    for candidate in (text, *fallbacks):
        if candidate and (line := safe_line(candidate)):
            return cut(line, cells)
    return ""


def json_object(text: str | None) -> dict[str, Any]:
    """A JSON column as an object; {} for none. Raises ValueError for what is no JSON."""
    value = json.loads(text) if text else {}
    return value if isinstance(value, dict) else {}


def addresses(value: Any) -> Iterator[tuple[str, str]]:
    """(name, address) of a mail field: one or several of {"name", "address"} or plain strings."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            name, address = str(item.get("name") or ""), str(item.get("address") or "")
            if name or address:
                yield name, address
        elif item:
            yield "", str(item)


def address_line(name: str, address: str) -> str:
    return safe_line(f"{name} <{address}>" if name and address else name or address)
