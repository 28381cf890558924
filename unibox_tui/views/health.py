"""How each inbox is doing, and all of them in a few words."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Any

from unibox_tui.domain.words import InboxState
from unibox_tui.locale import _, ngettext
from unibox_tui.store import health_reading, tallies
from unibox_tui.store.database import Row
from unibox_tui.text.safe import safe_line
from unibox_tui.views.models import HealthLine
from unibox_tui.views.people import mark
from unibox_tui.views.reasons import why

_WAITING = ("held", "queued", "sending")


def health(db: sqlite3.Connection, *, now: int) -> tuple[HealthLine, ...]:
    """One line an inbox, by name; those that need a person first. `progress` only while there is something left."""
    outbox = health_reading.outbox_counts(db)
    quarantined = health_reading.quarantine_counts(db)
    hour = now // tallies.HOUR
    errors = tallies.since(db, tallies.ERROR, hour - 1)
    errors_of_day = tallies.since(db, tallies.ERROR, hour - 23)
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
            error=why(row["error"]),
            hint=why(row["hint"]),
            progress=_progress(row["progress_done"], row["progress_total"]),
            queued=sum(outbox.get((row["id"], state), 0) for state in _WAITING),
            unknown=outbox.get((row["id"], "unknown"), 0),
            failed=outbox.get((row["id"], "failed"), 0),
            quarantined=quarantined.get(row["id"], 0),
            forged=row["forged"] or 0,
            last_webhook_at=row["last_webhook_at"],
            token_expires_at=row["token_expires_at"],
            quota_left=row["quota_left"],
            quota_total=row["quota_total"],
            package=safe_line(row["package"] or ""),
            package_until=row["package_until"],
            notes=tuple(safe_line(str(note)) for note in json.loads(row["notes"] or "[]")),
            errors_1h=errors.get(row["id"], 0),
            errors_24h=errors_of_day.get(row["id"], 0),
            quiet_since=_quiet_since(row, now),
        )
        for row in health_reading.inboxes(db)
    ]
    return tuple(sorted(lines, key=lambda line: (kind(line) not in ("broken", "failing"), line.quiet_since is None)))


def _quiet_since(row: Row, now: int) -> int | None:
    """When the last message came, if its silence since is not its rhythm any more."""
    known = (
        row["quiet_at"] is not None and row["quiet_from"] == row["last_inbound_at"] and row["state"] == InboxState.ON
    )
    return row["last_inbound_at"] if known and now >= row["quiet_at"] else None


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
    quiet = sum(line.quiet_since is not None for line in lines)
    parts = [
        ngettext("{n} inbox ok", "{n} inboxes ok", count["ok"]) if count["ok"] else "",
        ngettext("{n} paused", "{n} paused", count["paused"]) if count["paused"] else "",
        ngettext("{n} failing", "{n} failing", count["failing"]) if count["failing"] else "",
        ngettext("{n} broken", "{n} broken", count["broken"]) if count["broken"] else "",
        ngettext("{n} in quarantine", "{n} in quarantine", quarantined) if quarantined else "",
        ngettext("{n} unusually quiet", "{n} unusually quiet", quiet) if quiet else "",
        ngettext("{n} answer of unknown fate", "{n} answers of unknown fate", unknown) if unknown else "",
    ]
    return " · ".join(part for part in parts if part)


def _progress(done: int | None, total: int | None) -> tuple[int, int] | None:
    return (done or 0, total) if total and (done or 0) < total else None


def standing(line: HealthLine | None) -> dict[str, Any]:
    """What `inbox list --json` says beyond the settings; nothing is known of an inbox that was removed."""
    names = (
        "last_inbound_at",
        "last_webhook_at",
        "token_expires_at",
        "quota_left",
        "quota_total",
        "package",
        "errors_1h",
        "errors_24h",
        "quiet_since",
        "error",
        "hint",
    )
    return {name: None if line is None else getattr(line, name) for name in names}
