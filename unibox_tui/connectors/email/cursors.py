"""Our places in one IMAP folder, as they are kept in the store: plain JSON values.

live     {"uidvalidity", "uidnext", "modseq", "at", "hard", "since", "until"}: everything below `uidnext` is done. `at`: when we
         last looked (epoch s). `since`/`until` stand only after a new UIDVALIDITY: below UID `until`, mails older than
         `since` are known history.
history  {"uidvalidity", "top", "low", "done", "total", "days", "finished", "hard"}: of the mails below `top` those from
         `low` on are done, newest first.
`hard`: UID -> how often it could not be fetched; tried again, then given up with a line in the quarantine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DAY = 86_400.0
# A mail put into a folder this long after it arrived was moved there, or copied from another account: history.
OLD = 30 * DAY


def live_stream(folder: str) -> str:
    return f"live:{folder}"


def history_stream(folder: str) -> str:
    return f"history:{folder}"


@dataclass(slots=True)
class Live:
    uidvalidity: int
    uidnext: int
    at: float
    modseq: int | None = None
    since: float | None = None
    until: int = 0
    hard: dict[int, int] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = {"uidvalidity": self.uidvalidity, "uidnext": self.uidnext, "at": int(self.at)}
        if self.modseq is not None:
            value["modseq"] = self.modseq
        if self.since is not None:
            value |= {"since": int(self.since), "until": self.until}
        if self.hard:
            value["hard"] = {str(uid): tries for uid, tries in self.hard.items()}
        return value

    def is_history(self, uid: int, arrived: float, sent: float | None) -> bool:
        """Whether a mail that is new in the folder is old all the same."""
        if self.since is not None and uid < self.until:
            return arrived < self.since or (sent is not None and sent < self.since - 7 * DAY)
        return 0 < arrived < self.at - OLD


@dataclass(slots=True)
class History:
    uidvalidity: int
    top: int
    low: int
    days: int | None
    done: int = 0
    total: int = 0
    finished: bool = False
    hard: dict[int, int] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = {
            "uidvalidity": self.uidvalidity,
            "top": self.top,
            "low": self.low,
            "days": self.days,
            "done": self.done,
            "total": self.total,
            "finished": self.finished,
        }
        if self.hard:
            value["hard"] = {str(uid): tries for uid, tries in self.hard.items()}
        return value

    def reaches(self, days: int | None) -> bool:
        """Whether this history covers `days` (None: everything)."""
        return self.days is None or (days is not None and days <= self.days)


def live_of(value: Mapping[str, Any] | None) -> Live | None:
    """None for a missing or foreign value: the folder is then met for the first time."""
    try:
        return (
            Live(
                int(value["uidvalidity"]),
                int(value["uidnext"]),
                float(value["at"]),
                value.get("modseq"),
                value.get("since"),
                int(value.get("until", 0)),
                _hard(value),
            )
            if value
            else None
        )
    except (KeyError, TypeError, ValueError):
        return None


def history_of(value: Mapping[str, Any] | None) -> History | None:
    try:
        return (
            History(
                int(value["uidvalidity"]),
                int(value["top"]),
                int(value["low"]),
                value["days"],
                int(value["done"]),
                int(value["total"]),
                bool(value["finished"]),
                _hard(value),
            )
            if value
            else None
        )
    except (KeyError, TypeError, ValueError):
        return None


def _hard(value: Mapping[str, Any]) -> dict[int, int]:
    return {int(uid): int(tries) for uid, tries in (value.get("hard") or {}).items()}
