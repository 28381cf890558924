"""Who the customer is. The first eight lines keep their places, so the panel may fill without anything shifting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.strip import Strip

from unibox_tui.locale import _, term
from unibox_tui.text.width import width, wrap
from unibox_tui.views.models import FoundLine, IdentityLine, Other, Panel, Source
from unibox_tui.views.order_models import OutsidePanel, OutsideRow
from unibox_tui.views.suggested import Suggestion
from unibox_tui.widgets.draw import Drawn, Line, blank
from unibox_tui.widgets.palette import Palette
from unibox_tui.widgets.panel_news import first_lines, order_lines, outside_lines
from unibox_tui.widgets.side_by_side import reason_words
from unibox_tui.widgets.when import age, date, stamp

IDENTITIES_FIRST = 4
DETAIL_LINES = 4
Subject = IdentityLine | FoundLine | Other | Suggestion | OutsideRow
Drawing = Iterator[tuple[Subject | None, Strip]]


@dataclass(frozen=True, slots=True)
class PanelKeys:
    """What the panel's own keys are called, for the lines that explain a row."""

    keep: str = "+"
    copy: str = "y y"
    call: str = "C"


def panel_lines(
    panel: Panel,
    cells: int,
    now: int,
    palette: Palette,
    suggestions: Sequence[Suggestion] = (),
    outside: Sequence[OutsidePanel] = (),
) -> list[tuple[Subject | None, Strip]]:
    """Eight fixed lines, as many as each external panel has reserved, then what flows. Each with what it is about, where the
    cursor may stand on it."""
    lines: list[tuple[Subject | None, Strip]] = [(None, strip) for strip in first_lines(panel, cells, now, palette)]
    lines.extend(outside_lines(outside, cells, palette))
    lines.extend(_flowing(panel, suggestions, cells, now, palette))
    return lines


def _line(cells: int) -> Line:
    return Line(cells).to(1)


def _identity(identity: IdentityLine, cells: int, now: int, palette: Palette, tail: str = "") -> Strip:
    seen = age(identity.last_seen_at, now) if identity.last_seen_at else ""
    sure = palette.glyph("ok") if identity.verified else _("stated")
    right = f"{sure} {seen}".strip() + (f" {tail}" if tail else "")
    line = _line(cells).add(identity.mark, palette.channel(identity.channel)).to(5)
    shown = Line(cells - 5 - width(right) - 2).add(identity.address or identity.name)
    return line.join(shown).right([(right, palette["dim"]), (" ", palette["text"])]).strip()


def _flowing(panel: Panel, suggestions: Sequence[Suggestion], cells: int, now: int, palette: Palette) -> Drawing:
    for place, identity in enumerate(panel.identities):
        if place < IDENTITIES_FIRST:
            yield identity, _identity(identity, cells, now, palette)
    for strip in order_lines(panel, cells, now, palette):
        yield None, strip
    for text in [_("{who} is looking here").format(who=who) for who in panel.looking]:
        yield None, _line(cells).add(text, palette["note"]).strip()
    if panel.labels:
        names = [f" {palette.glyph('dot')} ".join(name for name, _colour in panel.labels)]
        yield from _section(_("Labels"), names, cells, palette)
    if panel.note:
        yield from _section(_("Note"), wrap(panel.note, max(cells - 10, 8)), cells, palette)
    for name, value in panel.attributes:
        yield from _section(name, wrap(value, max(cells - 10, 8)), cells, palette)
    for name, value, source, at in panel.given:
        yield from _section(name, [value] if "@" in value else wrap(value, max(cells - 10, 8)), cells, palette)
        where = f"{source} {palette.glyph('dot')} {date(at, now)}"
        yield None, _line(cells).to(min(9, cells // 2)).add(where, palette["dim"]).strip()
    if panel.found:
        yield None, blank(cells)
        for found in panel.found:
            line = _line(cells).add(f"{term('found', found.kind)} ", palette["dim"])
            sure = f" {term('sure', found.confidence)}" if found.confidence != "high" else ""
            line.join(Line(cells - line.used - width(sure) - 1).add(found.value))
            yield found, line.right([(sure, palette["dim"]), (" ", palette["text"])]).strip()
    if len(panel.identities) > IDENTITIES_FIRST:
        yield None, blank(cells)
        for identity in panel.identities[IDENTITIES_FIRST:]:
            yield identity, _identity(identity, cells, now, palette)
    if panel.others:
        yield None, blank(cells)
        yield None, _line(cells).add(_("Before"), palette["dim"]).strip()
        for other in panel.others:
            yield other, _other(other, cells, now, palette)
    if suggestions:
        yield None, blank(cells)
        yield None, _line(cells).add(_("Probably the same"), palette["warn"]).strip()
        for one in suggestions:
            yield one, _line(cells).to(3).add(one.other_name or _("no name yet"), palette["bold"]).strip()
            why = ", ".join(reason_words(reason) for reason in one.reasons)
            yield None, _line(cells).to(3).add(why, palette["dim"]).strip()


def _other(other: Other, cells: int, now: int, palette: Palette) -> Strip:
    line = _line(cells).add(f"  #{other.id}", palette["accent"]).to(11)
    when = date(other.last_at, now)
    subject = Line(cells - line.used - width(when) - 2).add(
        other.subject or _("(no text)"), palette["dim"] if other.status == "resolved" else palette["text"]
    )
    return line.join(subject).right([(when, palette["dim"]), (" ", palette["text"])]).strip()


def detail(subject: Subject, cells: int, now: int, palette: Palette, keys: PanelKeys) -> list[Strip]:
    """What is known of the row under the cursor: since when, by which message, and what can be done with it."""
    lines = [_line(cells).add(palette.glyph("across") * (cells - 2), palette["rule"]).strip()]
    if isinstance(subject, IdentityLine):
        sure = _("the channel vouches for it") if subject.verified else term("sure", "stated")
        when = _("since {when}").format(when=date(subject.first_seen_at, now)) if subject.first_seen_at else ""
        lines.append(_line(cells).add(f"{sure}  {when}".strip(), palette["dim"]).strip())
        lines += _quote(subject.source, cells, palette)
        lines.append(_does([(_("Enter"), _("last message")), (keys.copy, _("copies"))], cells, palette))
    elif isinstance(subject, FoundLine):
        if subject.source is not None:
            head = f"{stamp(subject.source.at, now)} {subject.source.mark}"
            lines.append(_line(cells).add(head, palette["dim"]).strip())
        lines += _quote(subject.source, cells, palette)
        acts = [(keys.keep, _("keeps"))] if subject.kind in ("phone", "email") and not subject.kept else []
        acts.append((keys.copy, _("copies")))
        if subject.kind == "phone":
            acts.append((keys.call, _("calls")))
        lines.append(_does(acts, cells, palette))
    elif isinstance(subject, Suggestion):
        lines.append(_does([(_("Enter"), _("both side by side"))], cells, palette))
    elif isinstance(subject, OutsideRow) and subject.action is not None:
        what, value = subject.action
        lines.append(_line(cells).add(value, palette["dim"]).strip())
        lines.append(_does([(_("Enter"), _("opens") if what == "open" else _("copies"))], cells, palette))
    else:
        return []
    return lines[:DETAIL_LINES]


def _quote(source: Source | None, cells: int, palette: Palette) -> list[Strip]:
    return [] if source is None else [_line(cells).add(f"“{source.text}”").strip()]


def _does(acts: Sequence[tuple[str, str]], cells: int, palette: Palette) -> Strip:
    line = _line(cells)
    for key, what in acts:
        line.add(key, palette["key"]).add(f" {what}  ", palette["dim"])
    return line.strip()


def _section(name: str, values: list[str], cells: int, palette: Palette) -> Drawing:
    for n, value in enumerate(values):
        line = _line(cells).add(name if n == 0 else "", palette["dim"])
        yield None, line.to(min(max(9, line.used + 1), cells // 2)).add(value).strip()


class CustomerPanel(Drawn):
    """The panel of one conversation. While `here`, the cursor stands on what is known of the customer."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.panel: Panel | None = None
        self.suggestions: Sequence[Suggestion] = ()
        self.outside: Sequence[OutsidePanel] = ()
        self.keys = PanelKeys()
        self._now = 0
        self._lines: list[tuple[Subject | None, Strip]] = []
        self._rows: list[int] = []  # lines the cursor may stand on
        self._top = 0
        self._at = 0
        self.here = False

    def show(self, panel: Panel | None, now: int, suggestions: Sequence[Suggestion] = ()) -> None:
        """What stands under the cursor stays there as long as it is the same customer."""
        same = panel is not None and self.panel is not None and panel.contact_id == self.panel.contact_id
        before = self.subject if same else None
        if not same:
            self._top = self._at = 0
        self.panel, self._now, self.suggestions = panel, now, suggestions
        self._lay_out()
        if before is not None:
            places = [place for place, row in enumerate(self._rows) if _same(self._lines[row][0], before)]
            self._at = places[0] if places else self._at
        self._at = min(self._at, max(len(self._rows) - 1, 0))
        self.repaint()

    def show_outside(self, panels: Sequence[OutsidePanel]) -> None:
        """What other systems say; their lines were reserved, so nothing else moves."""
        self.outside = panels
        self._lay_out()
        self.repaint()

    @property
    def subject(self) -> Subject | None:
        """What the cursor stands on."""
        return self._lines[self._rows[self._at]][0] if self._at < len(self._rows) else None

    def move(self, by: int) -> None:
        if not self._rows:
            self._top = max(0, min(self._top + by, len(self._lines) - self.size.height))
        else:
            self._at = min(max(self._at + by, 0), len(self._rows) - 1)
            self._to_sight()
        self.repaint()

    def _to_sight(self) -> None:
        room = max(self.size.height - len(self._detail()), 1)
        row = self._rows[self._at]
        self._top = 0 if row < room else max(min(self._top, row), row - room + 1)

    def set_here(self, here: bool) -> None:
        if here != self.here:
            self.here = here
            self.repaint()

    def on_resize(self) -> None:
        self._lay_out()
        self.repaint()

    def _detail(self) -> list[Strip]:
        subject = self.subject
        if subject is None or not self.here:
            return []
        return detail(subject, self.size.width, self._now, self.palette, self.keys)

    def line(self, y: int) -> Strip:
        explained = self._detail()
        place = y - (self.size.height - len(explained))
        if place >= 0:
            return explained[place]
        row = self._top + y
        if row >= len(self._lines):
            return blank(self.size.width)
        strip = self._lines[row][1]
        if self.here and self._rows and row == self._rows[self._at]:
            gutter = Line(1).add(self.palette.glyph("cursor"), self.palette["cursor"]).strip()
            return Strip.join([gutter, strip.crop(1)])
        return strip

    def _lay_out(self) -> None:
        self._lines = []
        if self.panel is not None and self.size.width:
            self._lines = panel_lines(
                self.panel, self.size.width, self._now, self.palette, self.suggestions, self.outside
            )
        self._rows = [place for place, (subject, _strip) in enumerate(self._lines) if subject is not None]


def _same(one: Subject | None, other: Subject) -> bool:
    """The same thing, though more may be known of it by now."""
    return type(one) is type(other) and _key(one) == _key(other)


def _key(subject: Subject | None) -> tuple[object, ...]:
    match subject:
        case FoundLine():
            return subject.kind, subject.value
        case Suggestion():
            return (subject.other_id,)
        case OutsideRow():
            return subject.label, subject.action
        case None:
            return ()
        case _:
            return (subject.id,)
