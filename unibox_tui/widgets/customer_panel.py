"""Who the customer is. The first eight lines keep their places, so the panel may fill without anything shifting."""

from __future__ import annotations

from collections.abc import Iterator

from textual.strip import Strip

from unibox_tui.locale import _, ngettext, term
from unibox_tui.text.width import width, wrap
from unibox_tui.views.models import IdentityLine, Panel
from unibox_tui.widgets.draw import Drawn, Line, blank
from unibox_tui.widgets.palette import Palette
from unibox_tui.widgets.when import age, date

FIXED = 8
IDENTITIES_FIXED = 4


def panel_lines(panel: Panel, cells: int, now: int, palette: Palette) -> list[Strip]:
    """Line 1 who, 2 how to address, 3 blank, 4–7 identities, 8 blank; then what flows."""
    lines = list(_fixed(panel, cells, now, palette))
    lines.extend(_flowing(panel, cells, now, palette))
    return lines


def _line(cells: int) -> Line:
    return Line(cells).to(1)


def _fixed(panel: Panel, cells: int, now: int, palette: Palette) -> Iterator[Strip]:
    way = f" {palette.glyph('dot')} ".join(part for part in (panel.title, panel.language) if part)
    line = _line(cells)
    name = Line(cells - width(way) - 4).add(panel.name or _("no name yet"), palette["bold"])
    yield line.join(name).right([(way, palette["dim"]), (" ", palette["text"])]).strip()
    known = []
    if panel.conversations:
        known.append(ngettext("{n} conversation", "{n} conversations", panel.conversations))
    if panel.first_seen_at:
        known.append(_("since {when}").format(when=date(panel.first_seen_at, now)))
    yield _line(cells).add(f" {palette.glyph('dot')} ".join(known), palette["dim"]).strip()
    yield blank(cells)
    for n in range(IDENTITIES_FIXED):
        more = len(panel.identities) - IDENTITIES_FIXED
        if n < len(panel.identities):
            tail = f"+{more}" if more > 0 and n == IDENTITIES_FIXED - 1 else ""
            yield _identity(panel.identities[n], cells, now, palette, tail)
        else:
            yield blank(cells)
    yield blank(cells)


def _identity(identity: IdentityLine, cells: int, now: int, palette: Palette, tail: str = "") -> Strip:
    seen = age(identity.last_seen_at, now) if identity.last_seen_at else ""
    sure = palette.glyph("ok") if identity.verified else _("stated")
    right = f"{sure} {seen}".strip() + (f" {tail}" if tail else "")
    line = _line(cells).add(identity.mark, palette.channel(identity.channel)).to(5)
    shown = Line(cells - 5 - width(right) - 2).add(identity.address or identity.name)
    return line.join(shown).right([(right, palette["dim"]), (" ", palette["text"])]).strip()


def _flowing(panel: Panel, cells: int, now: int, palette: Palette) -> Iterator[Strip]:
    for text in [_("{who} is looking here").format(who=who) for who in panel.looking]:
        yield _line(cells).add(text, palette["note"]).strip()
    if panel.labels:
        yield from _section(
            _("Labels"), [f" {palette.glyph('dot')} ".join(name for name, _colour in panel.labels)], cells, palette
        )
    if panel.note:
        yield from _section(_("Note"), wrap(panel.note, max(cells - 10, 8)), cells, palette)
    for name, value in panel.attributes:
        yield from _section(name, wrap(value, max(cells - 10, 8)), cells, palette)
    if panel.found:
        yield blank(cells)
        for found in panel.found:
            kind, value, confidence = found.kind, found.value, found.confidence
            line = _line(cells).add(f"{term('found', kind)} ", palette["dim"]).add(value)
            yield line.right(
                [(term("sure", confidence) if confidence != "high" else "", palette["dim"]), (" ", palette["text"])]
            ).strip()
    if len(panel.identities) > IDENTITIES_FIXED:
        yield blank(cells)
        for identity in panel.identities[IDENTITIES_FIXED:]:
            yield _identity(identity, cells, now, palette)
    if panel.others:
        yield blank(cells)
        yield _line(cells).add(_("Before"), palette["dim"]).strip()
        for other in panel.others:
            line = _line(cells).add(f"  #{other.id}", palette["accent"]).to(11)
            when = date(other.last_at, now)
            subject = Line(cells - line.used - width(when) - 2).add(
                other.subject or _("(no text)"), palette["dim"] if other.status == "resolved" else palette["text"]
            )
            yield line.join(subject).right([(when, palette["dim"]), (" ", palette["text"])]).strip()


def _section(name: str, values: list[str], cells: int, palette: Palette) -> Iterator[Strip]:
    for n, value in enumerate(values):
        line = _line(cells).add(name if n == 0 else "", palette["dim"])
        yield line.to(min(max(9, line.used + 1), cells // 2)).add(value).strip()


class CustomerPanel(Drawn):
    """The panel of one conversation. `cursor` stands on one of the customer's other conversations while `here`."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.panel: Panel | None = None
        self._now = 0
        self._lines: list[Strip] = []
        self._top = 0
        self.at = 0
        self.here = False

    def show(self, panel: Panel | None, now: int) -> None:
        if panel is None or self.panel is None or panel.contact_id != self.panel.contact_id:
            self._top = self.at = 0
        self.panel, self._now = panel, now
        self._lay_out()
        self.repaint()

    @property
    def other(self) -> int | None:
        """The conversation under the panel's cursor."""
        others = self.panel.others if self.panel else ()
        return others[self.at].id if self.at < len(others) else None

    def move(self, by: int) -> None:
        others = self.panel.others if self.panel else ()
        if others:
            self.at = min(max(self.at + by, 0), len(others) - 1)
        line = len(self._lines) - len(others) + self.at
        if others and self.here and self.size.height:
            self._top = max(0, min(self._top, line), line - self.size.height + 1)
        elif not others:
            self._top = max(0, min(self._top + by, len(self._lines) - self.size.height))
        self.repaint()

    def set_here(self, here: bool) -> None:
        if here != self.here:
            self.here = here
            self.repaint()

    def on_resize(self) -> None:
        self._lay_out()
        self.repaint()

    def line(self, y: int) -> Strip:
        row = self._top + y
        if row >= len(self._lines):
            return blank(self.size.width)
        strip = self._lines[row]
        others = len(self.panel.others) if self.panel else 0
        if self.here and others and row == len(self._lines) - others + self.at:
            gutter = Line(1).add(self.palette.glyph("cursor"), self.palette["cursor"]).strip()
            return Strip.join([gutter, strip.crop(1)])
        return strip

    def _lay_out(self) -> None:
        self._lines = (
            panel_lines(self.panel, self.size.width, self._now, self.palette) if self.panel and self.size.width else []
        )
