"""The story: one customer's whole life over all channels, in time order, a window of it at a time."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from itertools import islice

from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.ids import n_floor
from unibox_tui.domain.query import Word, Words, span
from unibox_tui.domain.saying import say
from unibox_tui.store import contact_reading, merging
from unibox_tui.store import story as lives
from unibox_tui.store.database import Row
from unibox_tui.text.fold import fold
from unibox_tui.text.safe import safe_line
from unibox_tui.views import thread as threads
from unibox_tui.views.elsewhere import elsewhere
from unibox_tui.views.models import StoryPart, Thread
from unibox_tui.views.people import first_words, mark
from unibox_tui.views.query import values

LIMIT = 60
_QUOTED = re.compile(r'"([^"]*)"|(\S+)')


@dataclass(frozen=True, slots=True)
class Window:
    """Message numbers, ascending, and whether there is more on either side."""

    ns: tuple[int, ...]
    older: bool
    newer: bool


def window(
    db: sqlite3.Connection,
    contact: int,
    *,
    channel: str = "",
    around_n: int | None = None,
    before_n: int | None = None,
    after_n: int | None = None,
    limit: int = LIMIT,
) -> Window:
    """At most `limit` entries of this contact's story: before `before_n`, after `after_n`, around `around_n`, else the last.

    `channel`: a channel, its two letters, or the name of an inbox. Raises NotFound, and WrongUse for a channel they never
    used.
    """
    ids = [row["id"] for row in lives.parts(db, merging.root(db, contact))]
    return _window(db, ids, _through(db, ids, channel), around_n, before_n, after_n, limit)


def _window(
    db: sqlite3.Connection,
    ids: Sequence[int],
    through: Sequence[int] | None,
    around_n: int | None,
    before_n: int | None,
    after_n: int | None,
    limit: int,
) -> Window:
    if after_n is not None:
        ns = lives.from_(db, ids, after_n + 1, limit + 1, through)
        return Window(tuple(ns[:limit]), bool(lives.before(db, ids, after_n + 1, 1, through)), len(ns) > limit)
    if before_n is not None or around_n is None:
        ns = lives.before(db, ids, before_n, limit + 1, through)
        newer = before_n is not None and bool(lives.from_(db, ids, before_n, 1, through))
        return Window(tuple(ns[-limit:]), len(ns) > limit, newer)
    above = lives.before(db, ids, around_n, limit + 1, through)
    below = lives.from_(db, ids, around_n, limit + 1, through)
    kept_above = min(len(above), max(limit // 3, limit - len(below)))
    kept_below = min(len(below), limit - kept_above)
    ns = above[len(above) - kept_above :] + below[:kept_below]
    return Window(tuple(ns), len(above) > kept_above, len(below) > kept_below)


def thread(
    db: sqlite3.Connection,
    conversation: int,
    *,
    me: str,
    now: int,
    channel: str = "",
    around_n: int | None = None,
    before_n: int | None = None,
    after_n: int | None = None,
    limit: int = LIMIT,
) -> Thread:
    """The open conversation's thread with the entries of its customer's story in place of its own. Its default way to answer
    is the channel the customer used last. Raises NotFound, WrongUse."""
    own = threads.thread(db, conversation, me=me, now=now, limit=1)
    contact = merging.root(db, own.contact_id)
    rows = lives.parts(db, contact)
    here = {own.id, *own.joined}
    rows += lives.guests(db, sorted(here - {row["id"] for row in rows}), own.id)
    ids = [row["id"] for row in rows]
    found = _window(db, ids, _through(db, ids, channel), around_n, before_n, after_n, limit)
    return replace(
        own,
        inboxes=tuple(safe_line(row["title"] or row["name"]) for row in lives.inboxes(db, ids)),
        entries=threads.entries(db, found.ns, me=me),
        older=found.older,
        newer=found.newer,
        first_unread_n=None,
        chosen_way=_last_used(db, contact, own),
        story=_parts(rows),
        elsewhere=elsewhere(db, contact, own.id, now=now),
    )


def _parts(rows: Sequence[Row]) -> tuple[StoryPart, ...]:
    members: dict[int, list[int]] = {}
    for row in rows:
        members.setdefault(row["top"], []).append(row["id"])
    return tuple(
        StoryPart(
            row["id"],
            tuple(members[row["id"]]),
            first_words(row["subject"], row["snippet"]),
            row["status"],
            mark(row["channel"]),
        )
        for row in rows
        if row["id"] == row["top"]
    )


def _last_used(db: sqlite3.Connection, contact: int, own: Thread) -> int:
    identities = contact_reading.identities(db, [contact])
    last = identities[0]["id"] if identities else None
    return next((n for n, way in enumerate(own.ways) if way.identity_id == last and way.allowed), 0)


def _through(db: sqlite3.Connection, ids: Sequence[int], channel: str) -> list[int] | None:
    wanted = fold(channel).strip()
    if not wanted:
        return None
    used = lives.inboxes(db, ids)
    found = [
        row["id"]
        for row in used
        if wanted in (fold(row["channel"]), fold(mark(row["channel"])), fold(row["name"]), fold(row["title"]))
    ]
    if not found:
        names = ", ".join(dict.fromkeys(row["channel"] for row in used))
        raise WrongUse(
            say("This customer never used “{channel}”.", channel=safe_line(channel)),
            hint=say("They used: {names}.", names=names),
            code="channel",
        )
    return found


def channels(db: sqlite3.Connection, contact: int) -> tuple[str, ...]:
    """What this customer has written over, last used first."""
    ids = [row["id"] for row in lives.parts(db, merging.root(db, contact))]
    return tuple(dict.fromkeys(row["channel"] for row in reversed(lives.inboxes(db, ids))))


# -- searching and jumping -------------------------------------------------------------------------------------------


def find(
    db: sqlite3.Connection, contact: int, text: str, n: int, *, older: bool = True, channel: str = ""
) -> int | None:
    """The next message of the story that holds these words, before or after `n`. Raises WrongUse."""
    nearest = None
    for one in _hits(db, contact, text, n if older else None, channel):
        if older:
            return one
        if one <= n:
            break
        nearest = one
    return nearest


def hits(
    db: sqlite3.Connection,
    contact: int,
    text: str,
    *,
    before_n: int | None = None,
    channel: str = "",
    limit: int = LIMIT,
) -> list[int]:
    """The messages of the story that hold these words, newest first. Raises WrongUse."""
    return list(islice(_hits(db, contact, text, before_n, channel), limit))


def _hits(db: sqlite3.Connection, contact: int, text: str, before_n: int | None, channel: str) -> Iterator[int]:
    ids = [row["id"] for row in lives.parts(db, merging.root(db, contact))]
    terms = [Word(quoted or plain, bool(quoted)) for quoted, plain in _QUOTED.findall(text)]
    return lives.hits(db, ids, Words(tuple(terms)), before=before_n, through=_through(db, ids, channel))


def place(text: str, now: int, zone: tzinfo | None = None) -> int:
    """Where the day (or time) that was typed begins, as a message number: 12/10, 2026-10-12, mon, hôm qua, 3d.

    A day without a year, and a weekday, is the latest one. Raises WrongUse.
    """
    moment = values.moment(" ".join(text.split()))
    if moment is None:
        raise WrongUse(
            say("“{said}” is no date.", said=safe_line(text)), hint="As in 12/10, 12/10/2025, mon, yesterday, 3d."
        )
    return n_floor(span(moment, now, zone)[0])
