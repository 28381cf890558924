"""How one conversation of the list is drawn, in three, two or one lines. Column 0 belongs to the cursor."""

from __future__ import annotations

from dataclasses import dataclass

from rich.style import Style

from unibox_tui.locale import _, term
from unibox_tui.text.names import initials
from unibox_tui.text.width import width
from unibox_tui.views.listed import Row
from unibox_tui.widgets.kinds import said
from unibox_tui.widgets.lines import Line
from unibox_tui.widgets.palette import NULL, Palette
from unibox_tui.widgets.when import HOUR, age, date, span

SOON = 2 * HOUR  # a window that closes within this time shows in amber …
VERY_SOON = HOUR // 2  # … and within this in red


@dataclass(frozen=True, slots=True)
class Look:
    """What the drawing of rows depends on besides the row."""

    cells: int  # without column 0
    lines: int  # 3, 2 or 1
    now: int
    me: str
    query: str = ""
    columns: tuple[str, ...] = ()  # what is said of a row; none: everything


def draw_row(row: Row, look: Look, palette: Palette, *, marked: bool = False, gone: bool = False) -> list[Line]:
    """The lines of a row without column 0. `gone`: it no longer belongs to this view and stays until the list is read anew."""
    if look.lines == 1:
        return [_dense(row, look, palette, marked, gone)]
    lines = [_first(row, look, palette, marked, gone), _second(row, look, palette, gone)]
    if look.lines == 3:
        lines.append(_third(row, look, palette))
    return lines


def _dot(row: Row, palette: Palette, marked: bool, line: Line) -> None:
    if marked:
        line.add(palette.glyph("marked"), palette["accent"])
    elif row.unread:
        line.add(palette.glyph("unread"), palette["accent"])
    line.to(2)


def _first(row: Row, look: Look, palette: Palette, marked: bool, gone: bool) -> Line:
    line = Line(look.cells)
    _dot(row, palette, marked, line)
    since = age(row.last_at, look.now)
    owner = owner_mark(row, look.me)
    right = [
        (since, palette["dim"]),
        ("  " + owner if owner else "   ", palette["accent"] if row.assignee == look.me else palette["dim"]),
        (" ", NULL),
    ]
    kept = max(8 if look.cells >= 24 else 6, sum(width(text) for text, _ in right) + 1)
    name = Line(max(look.cells - 2 - kept, 4))
    mark, colour = row.rule
    if mark:
        name.add(mark + " ", palette.label(colour))
    name_style = palette["dim"] if gone else palette["bold"] if row.unread else NULL
    name.add(row.name or "?", name_style)
    if row.priority != "normal":
        mark = {"urgent": "!!", "high": "!", "low": palette.glyph("down")}.get(row.priority, "")
        name.add(" ").add(mark, palette["dim" if row.priority == "low" else "danger"])
    return line.join(name).right(right)


def _snippet(row: Row, look: Look, palette: Palette, line: Line, gone: bool) -> None:
    style = palette["dim"] if gone or (not row.unread and row.ours) else NULL
    if row.draft:
        line.add(palette.glyph("draft") + " ", palette["note"])
    if row.ours:
        line.add(palette.glyph("ours") + " ", palette["dim"])
    text = said(row.snippet) or row.subject or _("(no text)")
    line.spans(text, style, hits_in(text, look.query), palette["hit"])


def _second(row: Row, look: Look, palette: Palette, gone: bool) -> Line:
    line = Line(look.cells)
    line.to(2).add(row.mark, palette.channel(row.channel)).to(5)
    if look.lines == 2:
        words = nearest(row, look, palette)
        if words and look.cells > 40:
            body = Line(look.cells - width(words[0][0]) - 7)
            _snippet(row, look, palette, body, gone)
            return line.join(body).right(words[:1])
        for text, style in pressing(row, look, palette)[:1]:
            line.add(text + " ", style)
    _snippet(row, look, palette, line, gone)
    return line


def _third(row: Row, look: Look, palette: Palette) -> Line:
    line = Line(look.cells).to(2)
    first = True
    for text, style in nearest(row, look, palette):
        line.add("" if first else f" {palette.glyph('dot')} ", palette["dim"]).add(text, style)
        first = False
    return line


def _dense(row: Row, look: Look, palette: Palette, marked: bool, gone: bool) -> Line:
    line = Line(look.cells)
    _dot(row, palette, marked, line)
    line.add(row.mark, palette.channel(row.channel)).to(5)
    name_cells = max(min(20, max(8, look.cells // 4), look.cells - 6), 1)
    name = Line(name_cells).add(row.name or "?", palette["dim"] if gone else palette["bold"] if row.unread else NULL)
    line.join(name).to(6 + name_cells)
    body = Line(look.cells - line.used - 8)
    _snippet(row, look, palette, body, gone)
    line.join(body)
    line.right(
        [
            (age(row.last_at, look.now), palette["dim"]),
            ("  " + (owner_mark(row, look.me) or " "), palette["dim"]),
            (" ", NULL),
        ]
    )
    return line


def owner_mark(row: Row, me: str) -> str:
    """The initial of who has it."""
    if row.assignee is None:
        return ""
    return initials(row.assignee_display or row.assignee)[-1]


def pressing(row: Row, look: Look, palette: Palette) -> list[tuple[str, Style]]:
    """What cannot wait: an answer that did not leave, a reply window about to close."""
    words: list[tuple[str, Style]] = []
    if row.failed:
        words.append((f"{palette.glyph('failed')} " + _("not sent"), palette["danger"]))
    left = (row.closes_at or 0) - look.now
    if 0 < left < 6 * HOUR:
        style = palette["danger"] if left < VERY_SOON else palette["warn"] if left < SOON else palette["dim"]
        words.append((f"{palette.glyph('clock')} " + _("window {left}").format(left=span(left)), style))
    return words


def nearest(row: Row, look: Look, palette: Palette) -> list[tuple[str, Style]]:
    """What matters most about a conversation, nearest first: what presses, who is here, labels."""
    asked = look.columns
    words = pressing(row, look, palette) if not asked or "window" in asked else []
    if row.spam:
        words.append((_("spam"), palette["warn"]))
    if asked and "status" not in asked:
        pass
    elif row.status == "snoozed" and row.snoozed_until:
        words.append((_("until {when}").format(when=date(row.snoozed_until, look.now)), palette["dim"]))
    elif row.status in ("pending", "resolved"):
        words.append((term("status", row.status), palette["dim"]))
    if asked and "looking" not in asked:
        pass
    elif row.typing:
        words.append((_("{who} types").format(who=row.typing[0]), palette["note"]))
    elif row.looking:
        words.append((_("{who} looks").format(who=row.looking[0]), palette["dim"]))
    if not asked or "labels" in asked:
        words.extend((name, palette.label(colour)) for name, colour in row.labels)
    if "subject" in asked and row.subject:
        words.append((row.subject, palette["dim"]))
    if (
        (not words if not asked else "waiting" in asked)
        and row.waiting_since is not None
        and look.now - row.waiting_since > HOUR
    ):
        words.append((_("waits {long}").format(long=span(look.now - row.waiting_since)), palette["dim"]))
    return words


def hits_in(text: str, query: str) -> list[tuple[int, int]]:
    """Where `query` stands in `text`; nothing for a query that cannot be looked up yet."""
    if not query:
        return []
    from unibox_tui.text.search import SearchTooShort, highlights

    try:
        return highlights(text, query)
    except SearchTooShort:
        return []
