"""The conversation list: pages of rows, counts, and the tabs above it.

All functions read on one connection, within one snapshot. `me` is the agent's account, `now` epoch ms, `query` a parsed
Query or its text; a text that cannot be read raises QueryError.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, NamedTuple

from unibox_tui.domain.query import Query
from unibox_tui.domain.words import CHANNEL_MARKS, PRIORITY_OF_RANK, Direction
from unibox_tui.store import listing, paging
from unibox_tui.store.database import Row as Record
from unibox_tui.store.filters import Scope
from unibox_tui.text.safe import safe_line
from unibox_tui.views.people import shown_address
from unibox_tui.views.query import parse

if TYPE_CHECKING:  # the command line counts and lists without them
    from unibox_tui.views.listed import Page, Row, Tab
    from unibox_tui.views.query import Known

PRESENT_MS = 60_000


class View(NamedTuple):
    """A saved query. `name`: a message id of the catalogue for the built-in ones. `urgent`: a query whose hits mark the tab."""

    key: str
    name: str
    query: str
    urgent: str = ""
    hide_empty: bool = False
    columns: tuple[str, ...] = ()


DEFAULT_VIEWS: tuple[View, ...] = (
    View("mine", "view.mine", "assignee:me status:open,pending -is:spam"),
    View("unassigned", "view.unassigned", "assignee:none status:open -is:spam"),
    View("waiting", "view.waiting", "is:unanswered status:open,pending -is:spam sort:wait"),
    View(
        "closing",
        "view.closing",
        "closes<2h is:unanswered status:open,pending -is:spam sort:closes",
        urgent="closes<2h is:unanswered status:open,pending -is:spam",
    ),
    View("snoozed", "view.snoozed", "status:snoozed sort:returns"),
    View("all", "view.all", "-is:spam"),
)


def page(
    db: sqlite3.Connection,
    query: Query | str,
    *,
    me: str,
    now: int,
    limit: int = 50,
    before: str | None = None,
    after: str | None = None,
    around_id: int | None = None,
    zone: tzinfo | None = None,
) -> Page:
    """One page from the top; or the rows following `before`, or preceding `after` (tokens of a Page); or around a row.

    The page's own tokens are None where nothing follows or precedes. When `around_id` is not in the result the page
    is the first one.
    """
    result = paging.Result(Scope(db, me, now, zone), _query(query))
    centre = result.place_of(around_id) if around_id is not None else None
    if before is not None:
        start = paging.place(before, result)
        found, more_up = result.down(start, limit + 1), True
    elif after is not None:
        found = result.up(paging.place(after, result), limit + 1)
        more_up, found = len(found) > limit, found[-limit:]
        return _page(db, found, me, now, up=more_up, down=True)
    elif centre is not None:
        above = result.up(centre, limit // 2 + 1)
        more_up, above = len(above) > limit // 2, above[-(limit // 2) :] if limit > 1 else []
        found = [*above, centre, *result.down(centre, limit - len(above))]
    else:
        found, more_up = result.down(None, limit + 1), False
    return _page(db, found[:limit], me, now, up=more_up, down=len(found) > limit)


def rows(db: sqlite3.Connection, ids: Sequence[int], *, me: str, now: int) -> list[Row]:
    """The rows of these conversations in the order given; ids that are gone are left out."""
    found: list[Row] = []
    for start in range(0, len(ids), 500):
        chunk = list(ids[start : start + 500])
        records = listing.wide(db, chunk, me)
        hung = listing.around(db, chunk, me, now - PRESENT_MS)
        found.extend(_row(records[id], hung) for id in chunk if id in records)
    return found


def count(
    db: sqlite3.Connection, query: Query | str, *, me: str, now: int, cap: int = 100, zone: tzinfo | None = None
) -> int:
    """How many conversations fit, counted up to `cap`."""
    return paging.Result(Scope(db, me, now, zone), _query(query)).count(cap)


def ids(db: sqlite3.Connection, query: Query | str, *, me: str, now: int, zone: tzinfo | None = None) -> Iterator[int]:
    """All conversations that fit, in the order of the list: for marking, bulk and export."""
    return paging.Result(Scope(db, me, now, zone), _query(query)).ids()


def matching(
    db: sqlite3.Connection, query: Query | str, ids: Sequence[int], *, me: str, now: int, zone: tzinfo | None = None
) -> set[int]:
    """Those of `ids` that fit."""
    result = paging.Result(Scope(db, me, now, zone), _query(query))
    return {id for id in ids if result.place_of(id) is not None}


def tabs(
    db: sqlite3.Connection, views: Sequence[View], *, me: str, now: int, zone: tzinfo | None = None
) -> tuple[Tab, ...]:
    """The views with their counts; those that hide when empty are left out when they are."""
    from unibox_tui.views.listed import Tab

    found = []
    for view in views:
        number = count(db, view.query, me=me, now=now, zone=zone)
        if number == 0 and view.hide_empty:
            continue
        urgent = bool(view.urgent and number and count(db, view.urgent, me=me, now=now, cap=1, zone=zone))
        found.append(Tab(view.key, safe_line(view.name), view.query, number, urgent, view.columns))
    return tuple(found)


def known(db: sqlite3.Connection) -> Known:
    """What completion may propose in this workspace."""
    from unibox_tui.views.query import Known

    return Known(**{name: tuple(map(safe_line, found)) for name, found in listing.known_names(db).items()})


def _query(query: Query | str) -> Query:
    return parse(query) if isinstance(query, str) else query


def _page(db: sqlite3.Connection, found: list[paging.Place], me: str, now: int, *, up: bool, down: bool) -> Page:
    from unibox_tui.views.listed import Page

    return Page(
        tuple(rows(db, [place[-1] for place in found], me=me, now=now)),
        before=paging.token(found[-1]) if found and down else None,
        after=paging.token(found[0]) if found and up else None,
    )


def _row(record: Record, hung: listing.Around) -> Row:
    from unibox_tui.views.listed import Row

    id, channel = record["id"], record["channel"] or ""
    return Row(
        id=id,
        name=safe_line(
            record["person_name"]
            or record["identity_name"]
            or shown_address(record["identity_address"] or "", record["inbox_title"] or "")
        ),
        mark=CHANNEL_MARKS.get(channel, safe_line(channel[:2].upper())),
        channel=safe_line(channel),
        snippet=safe_line(record["snippet"]),
        ours=record["last_direction"] == Direction.OUT,
        subject=safe_line(record["subject"]),
        status=record["status"],
        assignee=None if record["assignee"] is None else safe_line(record["assignee"]),
        assignee_display=safe_line(record["owner"] or ""),
        labels=tuple((safe_line(name), safe_line(colour)) for name, colour in hung.labels.get(id, ())),
        unread=record["unread"],
        waiting_since=record["waiting_since"],
        last_at=record["last_at"],
        priority=PRIORITY_OF_RANK[record["priority"]].value,
        closes_at=record["closes_at"],
        snoozed_until=record["snoozed_until"],
        failed=record["failed"],
        draft=bool(record["draft"]),
        spam=bool(record["spam"]),
        message_count=record["message_count"],
        looking=tuple(map(safe_line, hung.looking.get(id, ()))),
        typing=tuple(map(safe_line, hung.typing.get(id, ()))),
    )
