"""Who wrote, and what is quoted: pieces that thread, history and outbox share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from unibox_tui.domain.words import CHANNEL_MARKS, Author
from unibox_tui.locale import _
from unibox_tui.store.database import Row
from unibox_tui.text.safe import safe_line
from unibox_tui.text.width import cut

_VISITOR = re.compile(r"v-[\w-]{16,}", re.ASCII)


def mark(channel: str | None) -> str:
    """The channel's two letters; "" for no channel."""
    return CHANNEL_MARKS.get(channel or "", (channel or "")[:2].upper())


def inbox_name(row: Row) -> str:
    """The shown name of the row's inbox; "" without one."""
    return safe_line(row["inbox_title"] or row["inbox_name"] or "")


def shown_address(address: str, inbox: str = "") -> str:
    """An address as a person reads it: what only tells machines who somebody is, is shortened or said in words.

    `inbox`: its shown name. Addresses that people write to are left as they are.
    """
    if address.startswith("post:"):  # one posting that named nobody
        return _("Visitor of {inbox}").format(inbox=inbox) if inbox else _("visitor")
    if _VISITOR.fullmatch(address):
        return f"{address[:2]}…{address[-4:]}"
    return address.partition(":")[2] if address.startswith(("mail:", "tel:")) else address


def author_name(row: Row) -> str:
    """Who wrote a message: the contact as we know them, the agent's or rule's shown name, "unibox" for the system.

    Needs author_kind, author, author_unsure, contact_name, identity_name, identity_address, agent_display and the inbox.
    """
    kind = row["author_kind"]
    if kind == Author.CONTACT:
        name = row["contact_name"] or row["identity_name"]
        return safe_line(name or shown_address(row["identity_address"] or "", inbox_name(row)) or _("unknown"))
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
