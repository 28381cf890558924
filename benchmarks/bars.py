"""The bars that unibox is held to, and how a run met them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """`unit`: "" for a ratio. Smaller is better everywhere."""

    key: str
    what: str
    must: float
    aim: float
    unit: str = ""

    def form(self, value: float) -> str:
        text = f"{value:.3f}" if value < 0.1 else f"{value:.2f}" if value < 10 else f"{value:.0f}"
        return f"{text} {self.unit}".strip()

    def mark(self, value: float | None) -> str:
        if value is None:
            return "not measured"
        return "aim met" if value <= self.aim else "met" if value <= self.must else "**missed**"


BARS = (
    Bar("start/neomutt", "first list painted vs neomutt with warm cache", 0.15, 0.03),
    Bar("start/alot", "first list painted vs alot", 0.5, 0.1),
    Bar("start/size", "start at 1M messages / start at 20k", 1.15, 1.03),
    Bar("j/neomutt", "`j` p50 vs neomutt", 3, 1.5),
    Bar("j bytes/neomutt", "`j` bytes vs neomutt", 1, 0.2),
    Bar("page bytes/alot", "PgDn bytes vs alot", 0.9, 0.4),
    Bar("open bytes/alot", "open a thread, bytes vs alot", 0.9, 0.3),
    Bar("memory/neomutt", "RSS of one app vs neomutt", 0.35, 0.2),
    Bar("search/notmuch", "`unibox search` newest 50 vs `notmuch search --limit=50`, less each one's floor", 0.5, 0.05),
    Bar("filter+text", "filter + text search, p95, in process, 1M messages", 30, 12, "ms"),
    Bar("filter p95", "any filter's first page, p95, 200k conversations", 10, 5, "ms"),
    Bar("filter max", "any filter's first page, max, 200k conversations", 30, 15, "ms"),
    Bar("import/notmuch", "import CPU vs `notmuch new`", 0.5, 0.15),
    Bar("store/notmuch", "whole store vs notmuch's index", 0.5, 0.25),
    Bar("commit to paint", "commit in one process → painted in another, p95", 100, 30, "ms"),
    Bar("key under load", "key → paint p95 while 500 messages/s arrive / idle", 2, 1),
    Bar("idle", "idle CPU of one app", 2, 0.2, "ms/s"),
)


LARGE = ("start/size", "filter+text", "filter p95", "filter max")  # what is asked of a store of a million messages


def table(values: Mapping[str, float], *, full_store: bool = True) -> str:
    """Markdown. On a smaller store a large one's bar can be missed, but not met."""
    lines = ["| bar | must | aim | measured | |", "|---|---|---|---|---|"]
    for bar in BARS:
        value = values.get(bar.key)
        shown = "–" if value is None else bar.form(value)
        mark = bar.mark(value)
        if value is not None and bar.key in LARGE and not full_store and value <= bar.must:
            mark = "smaller store, no verdict"
        lines.append(f"| {bar.what} | ≤ {bar.form(bar.must)} | ≤ {bar.form(bar.aim)} | {shown} | {mark} |")
    return "\n".join(lines)
