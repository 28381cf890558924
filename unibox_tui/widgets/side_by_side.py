"""Two columns: two customers before they become one, and two messages that speak for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest

from rich.style import Style
from textual.strip import Strip

from unibox_tui.locale import _, ngettext, term
from unibox_tui.text.width import wrap
from unibox_tui.views.contacts import Comparison, ContactLine
from unibox_tui.views.suggested import Reason, SideLine, Suggestion
from unibox_tui.widgets.draw import Line, blank
from unibox_tui.widgets.palette import Palette
from unibox_tui.widgets.when import age, stamp

Merge = Callable[[Mapping[str, str], bool], None]
_MINE, _THEIRS = 0, 1
QUOTED_LINES = 4
LABEL_CELLS = 14


def columns(left: Sequence[Line], right: Sequence[Line], cells: int, palette: Palette) -> Iterator[Strip]:
    """Lines of half the width beside each other."""
    half = half_of(cells)
    for one, other in zip_longest(left, right):
        line = Line(cells).join(one or Line(half)).to(half).add(f" {palette.glyph('along')} ", palette["rule"])
        yield line.join(other or Line(half)).strip()


def half_of(cells: int) -> int:
    return max((cells - 3) // 2, 8)


class Compared:
    """Two customers side by side. A field on which they differ is chosen with Tab or the arrows; Enter makes them one."""

    def __init__(self, found: Comparison, merge: Merge) -> None:
        self.found = found
        self._merge = merge
        self._chosen = [_MINE] * len(found.conflicts)
        self._join = False
        self._row = 0
        self.at = 0

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        choose = [("Tab", _("chooses"))] if self._rows else []
        return [(_("Enter"), _("makes them one")), *choose, ("Esc", _("leaves"))]

    @property
    def _rows(self) -> int:
        return len(self._chosen) + bool(self.found.joins)

    @property
    def choices(self) -> dict[str, str]:
        sides = zip(self.found.conflicts, self._chosen, strict=True)
        return {one.key: (one.mine, one.theirs)[side] for one, side in sides}

    def press(self, key: str) -> bool:
        if key == "enter":
            self._merge(self.choices, self._join)
            return True
        if not self._rows:
            return False
        if key in ("down", "j", "ctrl+n"):
            self._row = min(self._row + 1, self._rows - 1)
        elif key in ("up", "k", "ctrl+p"):
            self._row = max(self._row - 1, 0)
        elif key in ("tab", "space", "left", "right", "h", "l", "shift+tab"):
            self._choose({"left": _MINE, "h": _MINE, "right": _THEIRS, "l": _THEIRS}.get(key))
        else:
            return False
        return True

    def _choose(self, side: int | None) -> None:
        if self._row == len(self._chosen):
            self._join = not self._join
        else:
            self._chosen[self._row] = 1 - self._chosen[self._row] if side is None else side

    def lines(self, cells: int, now: int, palette: Palette) -> list[Strip]:
        found, half = self.found, half_of(cells)
        drawn = list(
            columns(_who(found.mine, half, now, palette), _who(found.theirs, half, now, palette), cells, palette)
        )
        drawn.append(blank(cells))
        if not found.conflicts:
            drawn.append(Line(cells).add("  ").add(_("They differ in nothing."), palette["dim"]).strip())
        for place, (one, side) in enumerate(zip(found.conflicts, self._chosen, strict=True)):
            if place == self._row:
                self.at = len(drawn)
            left, right = Line(half).add(self._gutter(place, palette), palette["cursor"]), Line(half)
            left.add(f"{field_name(one.key)}  ", palette["dim"]).to(min(LABEL_CELLS, half // 2))
            mine, theirs = one.masked or (one.mine, one.theirs)
            _value(left, mine, side == _MINE, palette)
            _value(right, theirs, side == _THEIRS, palette)
            drawn += columns([left], [right], cells, palette)
        if found.joins:
            if self._row == len(found.conflicts):
                self.at = len(drawn)
            drawn += self._joins(cells, palette)
        text = _("What is not chosen here adds up; `split` gives both back as they were.")
        drawn += [blank(cells), Line(cells).add("  ").add(text, palette["dim"]).strip()]
        return drawn

    def _gutter(self, place: int, palette: Palette) -> str:
        return (palette.glyph("cursor") if place == self._row else " ") + " "

    def _joins(self, cells: int, palette: Palette) -> Iterator[Strip]:
        line = Line(cells).add(self._gutter(len(self._chosen), palette), palette["cursor"])
        line.add(_("Their open conversations become one too:") + " ", palette["dim"])
        yield line.add(_("yes") if self._join else _("no"), palette["bold"]).strip()
        for child, parent, about in self.found.joins:
            line = Line(cells).add(f"    #{child} {palette.glyph('arrow')} #{parent}  ", palette["accent"])
            yield line.add(about, palette["text"] if self._join else palette["dim"]).strip()


def _value(line: Line, text: str, chosen: bool, palette: Palette) -> None:
    """A mark and a style: the choice does not rest on looks alone."""
    line.add(f"{palette.glyph('ok')} " if chosen else "  ", palette["ok"])
    line.add(text, palette["bold"] if chosen else palette["dim"])


def _who(one: ContactLine, half: int, now: int, palette: Palette) -> list[Line]:
    head = Line(half).add("  ").add(one.name or _("no name yet"), palette["bold"]).add(f"  {one.title}", palette["dim"])
    drawn = [head]
    for mark, channel, address in one.addresses:
        drawn.append(Line(half).add("  ").add(f"{mark} ", palette.channel(channel)).add(address))
    known = [ngettext("{n} conversation", "{n} conversations", one.conversations).format(n=one.conversations)]
    if one.more:
        known.append(ngettext("{n} more address", "{n} more addresses", one.more).format(n=one.more))
    if one.last_seen_at:
        known.append(age(one.last_seen_at, now))
    drawn.append(Line(half).add("  ").add(f" {palette.glyph('dot')} ".join(known), palette["dim"]))
    if one.note:
        drawn.append(Line(half).add("  ").add(one.note, palette["dim"]))
    return drawn


def field_name(key: str) -> str:
    """What a field of a contact is called on the screen."""
    names = {
        "name": _("Name"),
        "title": _("Address as"),
        "language": _("Language"),
        "note": _("Note"),
        "labels": _("Labels"),
    }
    return names.get(key, key.partition(".")[2] or key)


class Spoken:
    """What speaks for two customers being one: both messages side by side, the strongest reason first."""

    def __init__(
        self, found: Suggestion, keys: Sequence[tuple[str, str]], answers: Mapping[str, Callable[[], None]]
    ) -> None:
        """`answers`: key -> what it does."""
        self.found = found
        self._keys = keys
        self._answers = answers
        self.at = 0

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        return [*self._keys, ("Esc", _("leaves"))]

    def press(self, key: str) -> bool:
        answer = self._answers.get(key)
        if answer is None:
            return False
        answer()
        return True

    def lines(self, cells: int, now: int, palette: Palette) -> list[Strip]:
        drawn = [Line(cells).add("  ").add(said(self.found), palette["bold"]).strip(), blank(cells)]
        half = half_of(cells)
        for reason in self.found.reasons:
            head = Line(cells).add(f"  {kind_words(reason.kind)} ", palette["dim"]).add(reason.value, palette["accent"])
            drawn.append(head.strip())
            drawn += columns(
                _quoted(reason.mine, reason.value, half, now, palette),
                _quoted(reason.theirs, reason.value, half, now, palette),
                cells,
                palette,
            )
            drawn.append(blank(cells))
        return drawn


def _quoted(side: SideLine, value: str, half: int, now: int, palette: Palette) -> list[Line]:
    head = Line(half).add("  ").add(side.name or "?", palette["bold"]).add(f"  {side.mark}", palette["dim"])
    if side.conversation_id is not None:
        head.add(f" #{side.conversation_id}", palette["accent"])
    when = stamp(side.at, now) if side.at is not None else ""
    head.right([(f" {term('sure', side.level)} {when} ", palette["dim"])])
    if not side.text:
        return [head, Line(half).add("  ").add(_("no message of theirs says so; the channel does"), palette["dim"])]
    drawn = [head]
    for text in wrap(side.text, max(half - 4, 4))[:QUOTED_LINES]:
        line = Line(half).add("  ")
        before, found, after = text.partition(value)
        hit: Style = palette["hit"] if found else palette["text"]
        drawn.append(line.add(before).add(found, hit).add(after))
    return drawn


def said(found: Suggestion) -> str:
    """"Probably the same as Trang: order code DH20381 on both sides"."""  # fmt: skip
    reasons = ", ".join(reason_words(reason) for reason in found.reasons)
    name = found.other_name or _("no name yet")
    return _("Probably the same as {name}: {reasons} on both sides").format(name=name, reasons=reasons)


def said_shortly(found: Suggestion) -> str:
    reasons = ", ".join(reason_words(reason) for reason in found.reasons)
    return _("Same as {name}? {reasons}").format(name=found.other_name or _("no name yet"), reasons=reasons)


def reason_words(reason: Reason) -> str:
    return f"{kind_words(reason.kind)} {reason.value}"


def kind_words(kind: str) -> str:
    """What kind of evidence this is."""
    words = {
        "order": _("order code"),
        "phone": _("phone"),
        "email": _("email"),
        "platform": _("account"),
        "bank": _("bank transfer"),
    }
    return words.get(kind, kind)
