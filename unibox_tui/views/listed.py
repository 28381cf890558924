"""View models of the list: its rows, its pages, the tabs above. Apart from the others, because they are painted first."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation in the list. Times are epoch ms."""

    id: int
    name: str
    mark: str  # channel mark of the last inbox: ZA, EM …
    channel: str
    snippet: str
    ours: bool  # the last message is ours
    subject: str
    status: str
    assignee: str | None
    assignee_display: str
    labels: tuple[tuple[str, str], ...]  # (name, colour)
    unread: int
    waiting_since: int | None
    last_at: int
    priority: str
    closes_at: int | None
    snoozed_until: int | None
    failed: int
    draft: bool
    spam: bool
    message_count: int
    looking: tuple[str, ...] = ()  # colleagues here now
    typing: tuple[str, ...] = ()
    rule: tuple[str, str] = ("", "")  # (mark, colour) that a rule of the view gives it


@dataclass(frozen=True, slots=True)
class Page:
    rows: tuple[Row, ...]
    before: str | None  # keyset token of the next page towards older rows
    after: str | None


@dataclass(frozen=True, slots=True)
class Tab:
    """A view on top of the list. `count` caps at 100 (shown 99+); `urgent` adds the mark for time running out."""

    key: str
    name: str
    query: str
    count: int
    urgent: bool = False
    columns: tuple[str, ...] = ()  # what a row says of itself; none: everything
