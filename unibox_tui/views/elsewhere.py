"""Through which inboxes of other brands a customer can be answered: each brand's answers stay in its own conversations."""

from __future__ import annotations

import sqlite3

from unibox_tui.store import story
from unibox_tui.text.safe import safe_line
from unibox_tui.views.models import Elsewhere
from unibox_tui.views.ways import ways


def elsewhere(db: sqlite3.Connection, contact: int, conversation: int, *, now: int) -> tuple[Elsewhere, ...]:
    """The ways of every brand but that of `conversation`, in its conversation with this customer that was used last; one that
    is not resolved goes before. `contact` is who they are now."""
    found: list[Elsewhere] = []
    for row in story.newest_elsewhere(db, contact, conversation):
        found += [Elsewhere(row["id"], safe_line(row["group_name"]), way) for way in ways(db, row["id"], now=now)]
    return tuple(found)
