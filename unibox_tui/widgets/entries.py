"""How the messages, notes and activity lines of a conversation are drawn. Names say who speaks, not sides or colours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.style import Style
from textual.strip import Strip

from unibox_tui.locale import _, ngettext, term, translated
from unibox_tui.text.width import width, wrap
from unibox_tui.views.models import Entry, StoryPart
from unibox_tui.widgets.draw import Line
from unibox_tui.widgets.kinds import said
from unibox_tui.widgets.palette import NULL, STATE_GLYPHS, Palette
from unibox_tui.widgets.rows import hits_in
from unibox_tui.widgets.when import clock, day, moment, size

SAME_HEAD_MS = 5 * 60_000
MOST_LINES = 120  # of one message until it is unfolded
INDENT = 2
LATER = 60_000  # what is held longer than this says when it goes
_ANSWER = re.compile(
    r"^\s*(?:(?:re|aw|sv|fwd?|tr|vs|trả lời|chuyển tiếp|ตอบกลับ|ส่งต่อ)\s*(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE
)
_NUMBER = re.compile(r"\[?#\d+\]?")


@dataclass(frozen=True, slots=True)
class EntryLook:
    """What the drawing depends on besides the entry. `cells` is without the gutter column."""

    cells: int
    now: int
    subject: str  # of the conversation; a mail's own is shown when it differs
    several: bool  # messages of more than one inbox: the head names it
    query: str = ""
    retry_key: str = "R"
    keep_key: str = "g k"
    cancel_key: str = "X"
    fetch_key: str = "g W"
    unfold_key: str = "x"


def shares_head(entry: Entry, before: Entry | None) -> bool:
    """Does `entry` go on under the head of the one before?"""
    return (
        before is not None
        and entry.direction == before.direction != "activity"
        and entry.author == before.author
        and entry.inbox == before.inbox
        and 0 <= entry.sent_at - before.sent_at < SAME_HEAD_MS
        and moment(entry.sent_at).date() == moment(before.sent_at).date()
        and before.state not in ("failed", "unknown")
        and not entry.subject
        and not entry.edited
        and not entry.quoted
    )


def day_line(at: int, look: EntryLook, palette: Palette) -> Strip:
    return _middle(f" {day(at, look.now)} ", look.cells, palette, palette["dim"])


def new_line(count: int, look: EntryLook, palette: Palette) -> Strip:
    """Where this agent stopped reading."""
    text = " " + _("{n} new").format(n=count) + " "
    line = Line(look.cells - 1).add(palette.glyph("across") * 3, palette["accent"]).add(text, palette["accent"])
    line.add(palette.glyph("across") * line.room, palette["accent"])
    return Line(look.cells).join(line).strip()


def part_line(part: StoryPart, look: EntryLook, palette: Palette) -> Strip:
    """Where a customer's story goes on in another conversation."""
    line = (
        Line(look.cells - 1).add(f"{palette.glyph('across')} ", palette["rule"]).add(f"#{part.id}", palette["accent"])
    )
    line.add(f"  {part.subject}", palette["dim"])
    line.right([(f" {part.mark} {term('status', part.status)}", palette["dim"])])
    return Line(look.cells).join(line).strip()


def _middle(text: str, cells: int, palette: Palette, style: Style) -> Strip:
    across = palette.glyph("across")
    side = max((cells - 1 - width(text)) // 2, 1)
    line = Line(cells - 1).add(across * side, palette["rule"]).add(text, style)
    line.add(across * line.room, palette["rule"])
    return Line(cells).join(line).strip()


def draw_entry(entry: Entry, before: Entry | None, look: EntryLook, palette: Palette, *, unfolded: bool) -> list[Strip]:
    """All lines of one entry without the gutter column."""
    if entry.direction == "activity":
        return list(_activity(entry, look, palette))
    lines: list[Strip] = []
    if not shares_head(entry, before):
        lines.append(_head(entry, look, palette))
        lines.extend(_under_head(entry, look, palette))
    lines.extend(_body(entry, look, palette, unfolded))
    lines.extend(_after(entry, look, palette))
    return lines


def _activity(entry: Entry, look: EntryLook, palette: Palette) -> Iterator[Strip]:
    at = clock(entry.sent_at)
    for n, text in enumerate(wrap(entry.text, look.cells - 2 * INDENT - 6)):
        line = (
            Line(look.cells)
            .to(INDENT)
            .add(f"{palette.glyph('dot')} " if n == 0 else "  ", palette["dim"])
            .add(text, palette["dim"])
        )
        yield (line.right([(at, palette["dim"]), (" ", NULL)]) if n == 0 else line).strip()


def _head(entry: Entry, look: EntryLook, palette: Palette) -> Strip:
    line = Line(look.cells)
    right: list[tuple[str, Style]] = []
    if entry.direction == "note":
        line.add(f"{palette.glyph('note')} ", palette["note"]).add(entry.author, palette["bold"]).add(
            "  " + _("note"), palette["note"]
        )
    else:
        line.add(entry.author or "?", palette["bold"])
        if entry.unsure:
            line.add(" ?", palette["warn"])
        line.add("  ")
        if entry.direction == "out":
            line.add(palette.glyph("ours") + " ", palette["dim"])
        line.add(entry.mark, palette.channel(entry.channel)).add(
            f" {entry.inbox}" if look.several or look.cells > 60 else "", palette["dim"]
        )
        if entry.automatic:
            line.add("  " + _("automatic"), palette["dim"])
        if entry.edited:
            line.add("  " + _("edited"), palette["dim"])
        if entry.direction == "out":
            right.append((*_state(entry, palette),))
    right += [(" " + clock(entry.sent_at), palette["dim"]), (" ", NULL)]
    return line.right(right).strip()


def _state(entry: Entry, palette: Palette) -> tuple[str, Style]:
    if entry.state not in STATE_GLYPHS:
        return "", NULL
    style = {"read": "read", "failed": "danger", "unknown": "warn"}.get(entry.state, "dim")
    return palette.glyph(entry.state), palette[style]


def _under_head(entry: Entry, look: EntryLook, palette: Palette) -> Iterator[Strip]:
    if bare_subject(entry.subject) not in ("", bare_subject(look.subject)):
        yield _indented(look).add(entry.subject, palette["bold"]).strip()
    copies = [address for role, address in entry.people if role == "cc"]
    if copies:
        yield _indented(look).add(_("copy to {who}").format(who=", ".join(copies)), palette["dim"]).strip()
    if entry.quoted:
        yield _indented(look).add(f"{palette.glyph('quote')} {entry.quoted}", palette["dim"]).strip()


def _body(entry: Entry, look: EntryLook, palette: Palette, unfolded: bool) -> Iterator[Strip]:
    note = entry.direction == "note"
    style = palette["note.text"] if note else palette["dim"] if entry.unsent else NULL
    if entry.unsent:
        yield _indented(look, palette, note).add(_("taken back by its sender"), palette["dim"]).strip(style)
        return
    lines = text_lines(said(entry.text), look.cells - INDENT - 1, look.query) if entry.text else []
    most = len(lines) if unfolded else MOST_LINES
    for text, hits in lines[:most]:
        yield _indented(look, palette, note).spans(text, style, hits, palette["hit"]).strip(style)
    if len(lines) > most:
        yield _fold_line(ngettext("{n} more line", "{n} more lines", len(lines) - most), False, look, palette)
    if entry.hidden_text:
        hidden = text_lines(entry.hidden_text, look.cells - INDENT - 3, look.query)
        yield _fold_line(ngettext("{n} quoted line", "{n} quoted lines", len(hidden)), unfolded, look, palette)
        if unfolded:
            for text, hits in hidden:
                yield (
                    _indented(look)
                    .add(f"{palette.glyph('quote')} ", palette["rule"])
                    .spans(text, palette["dim"], hits, palette["hit"])
                    .strip()
                )
    for name, value in entry.extra:
        for n, text in enumerate(wrap(value, max(look.cells - INDENT - width(name) - 4, 10))):
            yield (
                _indented(look)
                .add(f"{name}: " if n == 0 else " " * (width(name) + 2), palette["dim"])
                .add(text)
                .strip()
            )


def _fold_line(text: str, unfolded: bool, look: EntryLook, palette: Palette) -> Strip:
    glyph = palette.glyph("open" if unfolded else "folded")
    return _indented(look).add(f"{glyph} {text}", palette["dim"]).strip()


def _after(entry: Entry, look: EntryLook, palette: Palette) -> Iterator[Strip]:
    for file in entry.files:
        line = _indented(look).add(f"{palette.glyph('file')} ").add(file.name or _("file"), palette["link"])
        line.add(f"  {size(file.size)}" if file.size else "", palette["dim"])
        if file.state not in ("", "held", "stored", "ready", "ok"):
            line.add(f"  {term('file', file.state)}", palette["warn" if file.state == "failed" else "dim"])
        if file.state == "deleted" and file.reason:
            line.add(f" {palette.glyph('dot')} {translated(file.reason)}", palette["dim"])
        yield line.strip()
        if file.state == "failed" and file.reason:
            again = _("{key} fetches it again").format(key=look.fetch_key)
            yield from _trouble(f"{translated(file.reason)} — {again}", look, palette["warn"])
    if entry.reactions:
        yield _indented(look).add(" ".join(entry.reactions), palette["dim"]).strip()
    if entry.state == "failed":
        keys = _("{key} sends again").format(key=look.retry_key)
        yield from _trouble(
            f"{palette.glyph('failed')} {translated(entry.reason) or _('not sent')} — {keys}", look, palette["danger"]
        )
    elif entry.state == "unknown":
        text = _("may have been delivered — {retry} send again, {keep} keep").format(
            retry=look.retry_key, keep=look.keep_key
        )
        yield from _trouble(f"{palette.glyph('unknown')} {text}", look, palette["warn"])
    elif entry.state == "held":
        words = _("leaves in a moment — {key} takes it back").format(key=look.cancel_key)
        if entry.leaves_at is not None and entry.leaves_at - look.now > LATER:
            when = f"{day(entry.leaves_at, look.now)} {clock(entry.leaves_at)}"
            words = _("leaves {when} — {key} takes it back").format(when=when, key=look.cancel_key)
        yield from _trouble(words, look, palette["dim"])
    elif entry.state == "cancelled":
        yield from _trouble(_("taken back, not sent"), look, palette["dim"])


def _trouble(text: str, look: EntryLook, style: Style) -> Iterator[Strip]:
    for line in wrap(text, look.cells - INDENT - 1):
        yield _indented(look).add(line, style).strip()


def _indented(look: EntryLook, palette: Palette | None = None, note: bool = False) -> Line:
    line = Line(look.cells)
    if note and palette is not None:
        line.add(palette.glyph("bar"), palette["note"])
    return line.to(INDENT)


def bare_subject(subject: str) -> str:
    """Without "Re:" and the like, and without our number, so that an answer's subject is the same as what it answers."""
    return " ".join(_NUMBER.sub("", _ANSWER.sub("", subject)).split()).casefold()


def text_lines(text: str, cells: int, query: str = "") -> list[tuple[str, list[tuple[int, int]]]]:
    """`text` folded at `cells`, each line with the stretches that `query` finds in it."""
    text = text.replace("\t", "    ").strip("\n")
    lines = wrap(text, cells)
    hits: Sequence[tuple[int, int]] = hits_in(text, query)
    if not hits:
        return [(line, []) for line in lines]
    found: list[tuple[str, list[tuple[int, int]]]] = []
    at = 0
    for line in lines:
        start = text.find(line, at)
        start = at if start < 0 else start
        end = start + len(line)
        found.append((line, [(max(a - start, 0), min(b, end) - start) for a, b in hits if a < end and b > start]))
        at = end
    return found
