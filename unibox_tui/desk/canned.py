"""Canned replies: found by `/shortcut`, folded; filled with what is known of the customer.

Variables are written {name}, {given}, {title}, {agent}, {number}, {inbox}; one that cannot be filled stays and is named, so
that it is never sent by mistake.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.store import agents, contacts, conversations, inboxes
from unibox_tui.store import canned as rows
from unibox_tui.store.database import Tx
from unibox_tui.text.fold import fold
from unibox_tui.text.names import given_name

VARIABLE = re.compile(r"\{(\w+)\}")
SHORTCUT = re.compile(r"[^\s/{}]{1,40}")


@dataclass(frozen=True, slots=True)
class Canned:
    """`id` is empty for those of the configuration file."""

    shortcut: str
    text: str
    title: str = ""
    language: str | None = None
    id: str = ""
    scope: str = "team"


def listed(db: sqlite3.Connection, agent: str, from_config: Iterable[Canned] = ()) -> list[Canned]:
    """The store's and the file's; one's own wins over the team's of the same shortcut."""
    found: dict[str, Canned] = {}
    stored = [
        Canned(row["shortcut"], row["text"], row["title"], row["language"], row["id"], row["scope"])
        for row in rows.all_for(db, agent)
    ]
    for entry in [*from_config, *sorted(stored, key=lambda canned: canned.scope != "team")]:
        found[entry.shortcut] = entry
    return list(found.values())


def matching(entries: Iterable[Canned], typed: str) -> list[Canned]:
    """Those whose shortcut begins with what was typed, then those that hold it in shortcut, title or text; accents do not matter."""
    needle = fold(typed)
    first = [entry for entry in entries if fold(entry.shortcut).startswith(needle)]
    then = [
        entry
        for entry in entries
        if entry not in first and needle in fold(f"{entry.shortcut} {entry.title} {entry.text}")
    ]
    return sorted(first, key=lambda entry: len(entry.shortcut)) + then


def fill(db: sqlite3.Connection, entry: Canned, conversation: int, agent: str) -> tuple[str, tuple[str, ...]]:
    """(text with the variables filled, names of those that could not be)."""
    known = variables(db, conversation, agent)
    missing: list[str] = []

    def value(match: re.Match[str]) -> str:
        found = known.get(match[1])
        if not found:
            missing.append(match[1])
            return match[0]
        return found

    return VARIABLE.sub(value, entry.text), tuple(dict.fromkeys(missing))


def variables(db: sqlite3.Connection, conversation: int, agent: str) -> Mapping[str, str]:
    top = conversations.root(db, conversation)
    row = conversations.get(db, top)
    contact = contacts.get(db, row["contact_id"])
    inbox = inboxes.by_id(db, row["last_inbox_id"]).title if row["last_inbox_id"] else ""
    name = contact["name"] or ""
    return {
        "name": name,
        "given": given_name(name, contact["language"] or "") if name else "",
        "title": contact["title"] or "",
        "agent": agents.display(db, agent),
        "number": str(top),
        "inbox": inbox,
    }


def add(
    tx: Tx, agent: str, shortcut: str, text: str, *, title: str = "", language: str | None = None, own: bool = False
) -> str:
    """Store one for the team, or for oneself; returns its id."""
    clean = shortcut.strip().lstrip("/")
    if not SHORTCUT.fullmatch(clean):
        raise WrongUse(
            say("{shortcut!r} cannot be a shortcut.", shortcut=shortcut), hint="One word without spaces, as in /ship."
        )
    if not text.strip():
        raise WrongUse("The canned reply is empty.")
    return rows.put(tx, clean, text, title=title, language=language, scope=f"agent:{agent}" if own else "team")


def drop(tx: Tx, agent: str, shortcut: str, *, own: bool = False) -> None:
    rows.drop(tx, shortcut.strip().lstrip("/"), f"agent:{agent}" if own else "team")
