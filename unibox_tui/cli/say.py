"""Output: JSON lines for scripts, short safe lines for people."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from unibox_tui.text.safe import safe, safe_line

if TYPE_CHECKING:
    from unibox_tui.desk.done import Done


def document(value: Any) -> None:
    from unibox_tui.views.jsonform import dumps

    sys.stdout.write(dumps(value) + "\n")


def documents(values: Iterable[Any]) -> None:
    """One per line, each written as soon as it is there."""
    for value in values:
        document(value)


def line(text: str = "") -> None:
    sys.stdout.write(safe_line(text) + "\n")


def text(words: str) -> None:
    """Several lines as they are, made safe for the terminal."""
    sys.stdout.write(safe(words).rstrip("\n") + "\n")


def table(rows: Sequence[Sequence[str]], *, last: bool = True) -> None:
    """Columns as wide as they need; the `last` one gets what is left of the screen."""
    from unibox_tui.text.width import cut, pad, width

    if not rows:
        return
    clean = [[safe_line(cell) for cell in row] for row in rows]
    widths = [min(max(width(cell) for cell in column), 40) for column in zip(*clean, strict=True)]
    room = shutil.get_terminal_size((100, 24)).columns - sum(widths[:-1]) - 2 * (len(widths) - 1)
    if last and (sys.stdout.isatty() or "\n" not in "".join(row[-1] for row in clean)):
        widths[-1] = max(room, 20) if sys.stdout.isatty() else 10_000
    for row in clean:
        cells = [pad(cut(cell, size), size) for cell, size in zip(row[:-1], widths[:-1], strict=True)]
        sys.stdout.write("  ".join([*cells, cut(row[-1], widths[-1])]).rstrip() + "\n")


def time(ms: int | None, zone: tzinfo | None = None) -> str:
    """2026-11-22 09:05 in the workspace's zone; empty without a time."""
    return "" if ms is None else datetime.fromtimestamp(ms / 1000, zone).strftime("%Y-%m-%d %H:%M")


def done(result: Done, *, as_json: bool, more: Mapping[str, Any] | None = None) -> None:
    """What an action did."""
    if not as_json:
        from unibox_tui.locale import translated

        line(translated(result.told))
        return
    said: dict[str, Any] = {
        "summary": result.summary,
        "conversations": list(result.conversations),
        "changed": result.changed,
        "action": result.action_id,
    }
    names = {"message": "message_id", "conversation": "conversation_id"}
    said |= {names.get(key, key): value for key, value in result.data.items() if key != "n"}
    if "message_id" in said and "conversation_id" not in said and result.conversations:
        said["conversation_id"] = result.conversations[0]
    document(said | dict(more or {}))
