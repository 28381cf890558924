"""How each inbox is doing, and all of them in a few words."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence

from unibox_tui.domain.words import InboxState
from unibox_tui.locale import _, ngettext
from unibox_tui.store import health_reading
from unibox_tui.text.safe import safe_line
from unibox_tui.views.models import HealthLine
from unibox_tui.views.people import mark

_WAITING = ("held", "queued", "sending")


def health(db: sqlite3.Connection, *, now: int) -> tuple[HealthLine, ...]:
    """One line an inbox, by name; those that need a person first. `progress` only while there is something left."""
    outbox = health_reading.outbox_counts(db)
    quarantined = health_reading.quarantine_counts(db)
    lines = [
        HealthLine(
            inbox_id=row["id"],
            name=safe_line(row["name"]),
            title=safe_line(row["title"] or row["name"]),
            channel=row["channel"],
            mark=mark(row["channel"]),
            state=row["state"],
            phase=safe_line(row["phase"] or ""),
            last_inbound_at=row["last_inbound_at"],
            last_check_at=row["last_check_at"],
            last_ok_at=row["last_ok_at"],
            error=safe_line(row["error"] or ""),
            hint=safe_line(row["hint"] or ""),
            progress=_progress(row["progress_done"], row["progress_total"]),
            queued=sum(outbox.get((row["id"], state), 0) for state in _WAITING),
            unknown=outbox.get((row["id"], "unknown"), 0),
            failed=outbox.get((row["id"], "failed"), 0),
            quarantined=quarantined.get(row["id"], 0),
            forged=row["forged"] or 0,
        )
        for row in health_reading.inboxes(db)
    ]
    return tuple(sorted(lines, key=lambda line: kind(line) not in ("broken", "failing")))


def kind(line: HealthLine) -> str:
    """ok, failing (has an error, tries on), broken (needs a person), paused (by a person)."""
    if line.state in (InboxState.BROKEN, InboxState.PAUSED):
        return line.state
    return "failing" if line.error else "ok"


def service_down() -> HealthLine:
    """The line above all others when nobody fetches and sends."""
    return HealthLine(
        inbox_id=0,
        name="",
        title=_("The service"),
        channel="",
        mark="",
        state="broken",
        phase="",
        last_inbound_at=None,
        last_check_at=None,
        last_ok_at=None,
        error=_("It does not run: nothing comes in and nothing leaves."),
        hint=_("In a team: systemctl start unibox. Alone it is started again by itself; its log is run/service.log."),
        progress=None,
        queued=0,
        unknown=0,
        failed=0,
        quarantined=0,
    )


def summary(lines: Sequence[HealthLine]) -> str:
    """For the status line: "9 inboxes ok · 1 paused · 2 in quarantine"; "" without inboxes."""
    count = Counter(kind(line) for line in lines)
    quarantined = sum(line.quarantined for line in lines)
    unknown = sum(line.unknown for line in lines)
    parts = [
        ngettext("{n} inbox ok", "{n} inboxes ok", count["ok"]) if count["ok"] else "",
        ngettext("{n} paused", "{n} paused", count["paused"]) if count["paused"] else "",
        ngettext("{n} failing", "{n} failing", count["failing"]) if count["failing"] else "",
        ngettext("{n} broken", "{n} broken", count["broken"]) if count["broken"] else "",
        ngettext("{n} in quarantine", "{n} in quarantine", quarantined) if quarantined else "",
        ngettext("{n} answer of unknown fate", "{n} answers of unknown fate", unknown) if unknown else "",
    ]
    return " · ".join(part for part in parts if part)


def _progress(done: int | None, total: int | None) -> tuple[int, int] | None:
    return (done or 0, total) if total and (done or 0) < total else None
