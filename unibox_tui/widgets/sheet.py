"""The one overlay: a sheet from the bottom with a prompt, a list and a hint. Typing narrows, without accents and fuzzily."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.strip import Strip

from unibox_tui.locale import _
from unibox_tui.text.fold import fold
from unibox_tui.text.width import width
from unibox_tui.widgets.chrome import Rule
from unibox_tui.widgets.draw import Drawn, Line, blank
from unibox_tui.widgets.textbox import TextBox

MOST_SHOWN = 200
GOOD_ENOUGH = 60.0


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a sheet. `value` is what the sheet answers with; `words` are searched besides the text."""

    text: str
    value: Any
    detail: str = ""
    key: str = ""
    words: str = ""
    colour: str = ""  # of a label
    channel: str = ""
    heading: bool = False


def narrowed(choices: Sequence[Choice], typed: str) -> list[Choice]:
    """The choices that `typed` means, best first: beginnings, then words inside, then fuzzy ones. Accents do not matter."""
    wanted = fold(typed).strip()
    if not wanted:
        return list(choices)[:MOST_SHOWN]
    ranked: list[tuple[float, int, Choice]] = []
    rest: list[tuple[int, Choice, str]] = []
    for place, choice in enumerate(choices):
        if choice.heading:
            continue
        text = fold(f"{choice.text} {choice.words} {choice.key}")
        if text.startswith(wanted):
            ranked.append((3, place, choice))
        elif f" {wanted}" in text:
            ranked.append((2, place, choice))
        elif wanted in text or all(word in text for word in wanted.split()):
            ranked.append((1, place, choice))
        else:
            rest.append((place, choice, text))
    if len(wanted) > 2 and len(ranked) < 3:
        from rapidfuzz.fuzz import partial_ratio

        for place, choice, text in rest:
            score = partial_ratio(wanted, text)
            if score >= max(GOOD_ENOUGH, 100 - 100 / len(wanted)):
                ranked.append((score / 200, place, choice))
    ranked.sort(key=lambda found: (-found[0], found[1]))
    return [choice for _score, _place, choice in ranked[:MOST_SHOWN]]


@dataclass(frozen=True, slots=True)
class Taken:
    """`values`: of the marked choices, else of the one under the cursor; `text` as typed."""

    values: tuple[Any, ...]
    text: str


class SheetOwner(Protocol):
    def taken(self, taken: Taken) -> None: ...
    def typed(self, text: str, caret: int) -> None: ...
    def left(self, text: str) -> None:
        """Closed without an answer; `text` as it was typed."""
        ...


class SheetList(Drawn):
    DEFAULT_CSS = "SheetList { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.choices: list[Choice] = []
        self.at = 0
        self._top = 0
        self.marked: dict[int, Choice] = {}
        self.empty = ""

    def show(self, choices: list[Choice]) -> None:
        self.choices = choices
        self.at = next((place for place, choice in enumerate(choices) if not choice.heading), 0)
        self._top = 0
        self.repaint()

    def move(self, by: int) -> None:
        if not self.choices:
            return
        at = self.at + by
        step = 1 if by > 0 else -1
        at = min(max(at, 0), len(self.choices) - 1)
        while 0 <= at < len(self.choices) and self.choices[at].heading:
            at += step
        if 0 <= at < len(self.choices):
            self.at = at
        self._top = max(
            0,
            min(self._top, self.at - (1 if self.at and self.choices[self.at - 1].heading else 0)),
            self.at - self.size.height + 1,
        )
        self.repaint()

    def line(self, y: int) -> Strip:
        cells = self.size.width
        palette = self.palette
        row = self._top + y
        if not self.choices and y == 0:
            return Line(cells).add("   ").add(self.empty or _("nothing fits"), palette["dim"]).strip()
        if row >= len(self.choices):
            return blank(cells)
        choice = self.choices[row]
        if choice.heading:
            return Line(cells).add(" ").add(choice.text, palette["dim"]).strip()
        here = row == self.at
        line = Line(cells).add(palette.glyph("cursor") if here else " ", palette["cursor"])
        line.add(palette.glyph("marked") if id(choice) in self.marked else " ", palette["accent"]).add(" ")
        style = palette["bold"] if here else palette["text"]
        if choice.colour:
            style = style + palette.label(choice.colour)
        if choice.channel:
            style = style + palette.channel(choice.channel)
        keys = 0
        if any(other.key for other in self.choices[:MOST_SHOWN]):
            keys = 14 if cells > 50 else 9
            line.add(choice.key, palette["key"]).to(3 + keys)
        names = min(max((width(other.text) for other in self.choices if other.detail), default=0), max(cells // 3, 12))
        if choice.detail and cells - keys - names > 14:
            name = Line(names).add(choice.text, style)
            line.join(name).to(3 + keys + names + 2).add(choice.detail, palette["dim"])
        else:
            line.add(choice.text, style)
        return line.strip()

    def on_resize(self) -> None:
        self.move(0)


class SheetHint(Drawn):
    DEFAULT_CSS = "SheetHint { height: 1; }"
    text = ""
    error = ""

    def show(self, text: str, error: str = "") -> None:
        self.text, self.error = text, error
        self.repaint()

    def line(self, y: int) -> Strip:
        style = self.palette["error" if self.error else "dim"]
        return Line(self.size.width).add(" ").add(self.error or self.text, style).strip()


class Sheet(Vertical):
    """Open with `ask`. It tells its `owner` at once, not by message: the next key may already be on its way elsewhere."""

    DEFAULT_CSS = """
    Sheet { layer: sheet; dock: bottom; height: 10; display: none; background: ansi_default; }
    """
    can_focus = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rule = Rule()
        self.prompt = TextBox(single=True)
        self.list = SheetList()
        self.hint = SheetHint()
        self.owner: SheetOwner | None = None
        self.is_open = False
        self.several = False
        self.free = False
        self.leave_on_space = False
        self._choices: Sequence[Choice] = ()

    def compose(self) -> ComposeResult:
        yield self.rule
        yield self.prompt
        yield self.list
        yield self.hint

    def ask(
        self,
        prompt: str,
        choices: Sequence[Choice] = (),
        *,
        text: str = "",
        hint: str = "",
        several: bool = False,
        free: bool = False,
        marked: Sequence[Any] = (),
        empty: str = "",
        leave_on_space: bool = False,
    ) -> None:
        """`several`: Tab marks. `free`: what is typed counts even when no choice fits; the owner gives the choices as one types."""
        self.several, self.free, self.leave_on_space = several, free, leave_on_space
        self.prompt.prompt = f" {prompt} "
        self.prompt.load(text)
        self.prompt.active = True
        self.list.empty = empty
        self.list.marked = {id(choice): choice for choice in choices if choice.value in marked}
        self._hint = hint or self._usual_hint()
        self.hint.show(self._hint)
        self.is_open = True
        self.display = True
        self.offer(choices)

    def offer(self, choices: Sequence[Choice], *, narrow: bool = True) -> None:
        """These are the choices now."""
        self._choices = choices
        self._narrow = narrow
        self._narrowed()

    def complain(self, error: str) -> None:
        self.hint.show(self._hint, error)

    def close(self) -> None:
        self.is_open = False
        self.display = False
        self.prompt.active = False

    def press(self, key: str, character: str | None) -> bool:
        """Every key belongs to an open sheet."""
        if key in ("escape", "ctrl+c", "ctrl+g"):
            text = self.prompt.text
            self.close()
            self._tell_left(text)
        elif key == "enter":
            self._take()
        elif key in ("up", "ctrl+p", "shift+tab"):
            self.list.move(-1)
        elif key in ("down", "ctrl+n"):
            self.list.move(1)
        elif key == "pagedown":
            self.list.move(max(self.list.size.height, 1))
        elif key == "pageup":
            self.list.move(-max(self.list.size.height, 1))
        elif key == "tab":
            self._tab()
        elif key == "space" and self.leave_on_space:
            text = self.prompt.text + " "
            self.close()
            self._tell_left(text)
        else:
            before = self.prompt.text
            if key in ("backspace", "ctrl+h") and not before and self.leave_on_space:
                self.close()
                self._tell_left("")
            elif self.prompt.press(key, character) and before != self.prompt.text:
                self._changed()
        return True

    def paste(self, text: str) -> None:
        self.prompt.paste(text)
        self._changed()

    def _changed(self) -> None:
        self.hint.show(self._hint)
        if self.owner is not None:
            self.owner.typed(self.prompt.text, self.prompt.caret)
        self._narrowed()

    def _narrowed(self) -> None:
        self.list.show(narrowed(self._choices, self.prompt.text) if self._narrow else list(self._choices))

    def _tab(self) -> None:
        choices = self.list.choices
        if not choices:
            return
        choice = choices[self.list.at]
        if self.several:
            if id(choice) in self.list.marked:
                del self.list.marked[id(choice)]
            else:
                self.list.marked[id(choice)] = choice
            if self.prompt.text:
                self.prompt.load("")
                self._changed()
            else:
                self.list.move(1)
        else:
            self.prompt.load(choice.text if not isinstance(choice.value, str) or not self.free else choice.value)
            self._changed()

    def _take(self) -> None:
        choices = self.list.choices
        values = tuple(choice.value for choice in self.list.marked.values())
        if not values and choices and not (self.free and self.prompt.text and not self._narrow):
            values = (choices[self.list.at].value,)
        if not values and not self.free:
            self.complain(_("Nothing fits; Esc leaves everything as it was."))
            return
        text = self.prompt.text
        self.close()
        if self.owner is not None:
            self.owner.taken(Taken(values, text))

    def _tell_left(self, text: str) -> None:
        if self.owner is not None:
            self.owner.left(text)

    def _usual_hint(self) -> str:
        parts = [_("Enter takes"), _("Tab marks several") if self.several else "", _("Esc leaves")]
        return "   ".join(part for part in parts if part)
