"""Full-width pages of lines to read: health, history, outbox, quarantine. The drawing is pure; one widget shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from textual.message import Message
from textual.strip import Strip

from unibox_tui.locale import _, term, translated
from unibox_tui.text.width import wrap
from unibox_tui.views.models import HealthLine, HistoryLine
from unibox_tui.widgets.draw import Drawn, Line, blank
from unibox_tui.widgets.palette import Palette
from unibox_tui.widgets.when import age, clock, day, moment, number, span


@dataclass(frozen=True, slots=True)
class Item:
    """Lines that belong together; `value` is what Enter on them answers (None: nothing), `n` the message they tell of."""

    lines: tuple[Strip, ...]
    value: Any = None
    n: int | None = None


def health_items(lines: Sequence[HealthLine], cells: int, now: int, palette: Palette) -> list[Item]:
    """One inbox after the other: how it is, when it last heard something, what waits, what to do."""
    return [Item(tuple(_health(line, cells, now, palette)), line.name) for line in lines]


def _health(inbox: HealthLine, cells: int, now: int, palette: Palette) -> list[Strip]:
    bad = bool(inbox.error) or inbox.state == "broken"
    style = palette["danger"] if bad else palette["warn"] if inbox.state == "paused" else palette["ok"]
    word = _("trouble") if bad and inbox.state != "broken" else term("inbox", inbox.state)
    head = Line(cells).add(inbox.mark, palette.channel(inbox.channel)).to(4).add(inbox.title, palette["bold"])
    state = word + (f" {palette.glyph('dot')} {term('phase', inbox.phase)}" if inbox.phase else "")
    out = [head.right([(state, style), (" ", palette["text"])]).strip()]
    facts = [
        _("last message {age}").format(age=age(inbox.last_inbound_at, now))
        if inbox.last_inbound_at
        else _("no message yet")
    ]
    if inbox.last_check_at:
        facts.append(_("checked {age}").format(age=age(inbox.last_check_at, now)))
    for count, text in (
        (inbox.queued, _("{n} to send")),
        (inbox.unknown, _("{n} of unknown fate")),
        (inbox.failed, _("{n} failed")),
        (inbox.quarantined, _("{n} in quarantine")),
        (inbox.forged, _("{n} forged refused")),
        (inbox.errors_1h, _("{n} errors in an hour")),
    ):
        if count:
            facts.append(text.format(n=count))
    facts += _standing(inbox, now)
    if inbox.progress:
        done, total = inbox.progress
        facts.append(_("history {done} of {total}").format(done=number(done), total=number(total)))
    out += [
        Line(cells).to(4).add(text, palette["dim"]).strip()
        for text in wrap(f" {palette.glyph('dot')} ".join(facts), cells - 5)
    ]
    if inbox.quiet_since is not None:
        quiet = _("Quieter than its rhythm: nothing since {age}. Is it still connected?")
        text = quiet.format(age=age(inbox.quiet_since, now))
        out += [Line(cells).to(4).add(line, palette["warn"]).strip() for line in wrap(text, cells - 5)]
    for note in inbox.notes:
        out += [Line(cells).to(4).add(text, palette["dim"]).strip() for text in wrap(note, cells - 5)]
    if inbox.error:
        out += [
            Line(cells).to(4).add(text, palette["danger"]).strip() for text in wrap(translated(inbox.error), cells - 5)
        ]
    if inbox.hint:
        out += [Line(cells).to(4).add(text).strip() for text in wrap(translated(inbox.hint), cells - 5)]
    return [*out, blank(cells)]


def _standing(inbox: HealthLine, now: int) -> list[str]:
    """What the provider says of it."""
    facts = []
    if inbox.last_webhook_at:
        facts.append(_("last webhook {age}").format(age=age(inbox.last_webhook_at, now)))
    if inbox.token_expires_at:
        left = inbox.token_expires_at - now
        facts.append(_("token for {left}").format(left=span(left)) if left > 0 else _("token expired"))
    if inbox.quota_left is not None:
        of = "" if inbox.quota_total is None else f"/{number(inbox.quota_total)}"
        facts.append(_("quota left {n}").format(n=f"{number(inbox.quota_left)}{of}"))
    if inbox.package:
        facts.append(inbox.package)
    return facts


def history_items(lines: Sequence[HistoryLine], cells: int, now: int, palette: Palette) -> list[Item]:
    """Who did what and why, by day."""
    items: list[Item] = []
    shown = None
    who_cells = min(16, max(8, cells // 5))
    for line in lines:
        drawn: list[Strip] = []
        today = moment(line.at).date()
        if today != shown:
            drawn.append(Line(cells).add(day(line.at, now), palette["bold"]).strip())
            shown = today
        texts = wrap(line.what, max(cells - who_cells - 9, 10)) or [""]
        for n, text in enumerate(texts):
            row = Line(cells).add(" " + clock(line.at) if n == 0 else "", palette["dim"]).to(8)
            row.join(Line(who_cells - 1).add(line.who if n == 0 else "", palette["accent"])).to(8 + who_cells).add(text)
            drawn.append(
                (
                    row.right([(line.why, palette["dim"]), (" ", palette["text"])]) if n == 0 and line.why else row
                ).strip()
            )
        items.append(Item(tuple(drawn)))
    return items


class Report(Drawn):
    """Items one below the other, with a cursor over those that answer to Enter."""

    @dataclass
    class Chosen(Message):
        value: Any

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.title = ""
        self.empty = ""
        self._items: list[Item] = []
        self._lines: list[tuple[int, Strip]] = []
        self._top = 0
        self.at = 0

    def show(self, title: str, items: list[Item], empty: str, *, keep: bool = False) -> None:
        self.title, self.empty, self._items = title, empty, items
        self._lines = [(place, strip) for place, item in enumerate(items) for strip in item.lines]
        if not keep:
            self._top = self.at = 0
        self.at = min(self.at, max(len(items) - 1, 0))
        self.repaint()

    @property
    def value(self) -> Any:
        return self._items[self.at].value if self._items else None

    @property
    def n(self) -> int | None:
        """The message that the item under the cursor tells of."""
        return self._items[self.at].n if self._items else None

    def move(self, by: int) -> None:
        if not self._items:
            return
        self.at = min(max(self.at + by, 0), len(self._items) - 1)
        rows = [row for row, (place, _strip) in enumerate(self._lines) if place == self.at]
        height = max(self.size.height - 2, 1)
        self._top = max(0, min(self._top, rows[0]), min(rows[-1] - height + 1, rows[0]))
        self.repaint()

    def page(self, pages: float) -> None:
        self.move(int(pages * max(self.size.height - 2, 1) / 2) or (1 if pages > 0 else -1))

    def line(self, y: int) -> Strip:
        cells = self.size.width
        if y == 0:
            return Line(cells).add(" ").add(self.title, self.palette["bold"]).strip()
        if y == 1:
            return blank(cells)
        row = self._top + y - 2
        if not self._items and y == 2:
            return Line(cells).add("  ").add(self.empty, self.palette["dim"]).strip()
        if row >= len(self._lines):
            return blank(cells)
        place, strip = self._lines[row]
        gutter = Line(2)
        if place == self.at:
            gutter.add(self.palette.glyph("cursor"), self.palette["cursor"])
        return Strip.join([gutter.strip(), strip]).crop(0, cells)
