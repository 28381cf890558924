"""Every key comes through here, one after the other, and is worked on before the next one is looked at.

Keys typed ahead while a conversation is being opened for writing wait their turn, so none lands in the wrong place.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from textual.timer import Timer

from unibox_tui.actions import READING, Context
from unibox_tui.keymap import Keymap, Pending, Run, Unknown, shown_chord

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen

VIEW_DIGIT_S = 0.3  # a lone digit waits this long for a key it may count for
_ALT_EDITS = "bdfur"  # what the text boxes take with Alt
_NEWLINES = ("ctrl+j", "alt+enter", "ctrl+enter", "shift+enter")
_NAMED = {" ": "space", "\t": "tab", "\r": "enter", "\x1b": "escape"}


class Keyboard:
    def __init__(self, screen: InboxScreen, keymap: Keymap) -> None:
        self.screen = screen
        self.keymap = keymap
        self.typed: tuple[str, ...] = ()
        self._timer: Timer | None = None
        self._holds = 0
        self._held: deque[Callable[[], None]] = deque()
        self._letter: Callable[[str], None] | None = None

    # Typing ahead

    def hold(self) -> None:
        """Keys wait until `release`."""
        self._holds += 1

    def release(self) -> None:
        self._holds -= 1
        while not self._holds and self._held:
            self._held.popleft()()

    def forget_held(self) -> None:
        """What was typed ahead was meant for something that did not happen."""
        self._held.clear()

    def after_hold(self, act: Callable[[], None]) -> None:
        """`act` before any key that was typed meanwhile."""
        if self._holds:
            self._held.appendleft(act)
        else:
            act()

    def press(self, key: str, character: str | None) -> None:
        self.screen.talk.key()
        if self._holds and key != "ctrl+c":
            self._held.append(lambda: self._press(key, character))
        else:
            self._press(key, character)

    def paste(self, text: str) -> None:
        if self._holds:
            self._held.append(lambda: self._paste(text))
        else:
            self._paste(text)

    def take_letter(self, take: Callable[[str], None]) -> None:
        """The next key is no action but a name. Esc leaves."""
        self._letter = take

    # One key

    def _press(self, key: str, character: str | None) -> None:
        screen = self.screen
        screen.foot.clear_error()
        if self._is_escape_and_key(key, character):
            self._press("escape", None)
            self.after_hold(
                lambda: self._press(key.removeprefix("alt+") if character == "\r" else str(character), character)
            )
            return
        key = _plain(key, character)
        if screen.overlay.is_open:
            screen.guard(lambda: screen.overlay.press(key))
        elif screen.sheet.is_open:
            screen.sheet.press(key, character)
        elif screen.lists.searching:
            screen.lists.search_key(key, character)
        elif screen.pane == "compose":
            self._compose(key, character)
        elif self._letter is not None:
            take, self._letter = self._letter, None
            if len(key) == 1:
                screen.guard(lambda: take(key))
            else:
                screen.news("")
        elif key == "escape" and not self.typed and screen.commands.hands.many.cancel():
            return
        else:
            self._read(key)

    def _is_escape_and_key(self, key: str, character: str | None) -> bool:
        """Esc and a key that came in one packet look like Alt and that key; only what is bound with Alt is taken as such."""
        if key == "alt+enter" and character and self.screen.pane != "compose":
            return True
        if not key.startswith("alt+") or character is None or not character.isprintable():
            return False
        if self.screen.pane == "compose" and self._bound(key):
            return False
        if self.screen.sheet.is_open or self.screen.lists.searching or self.screen.pane == "compose":
            return character not in _ALT_EDITS
        return isinstance(self.keymap.feed(self.typed, key, self.contexts()), Unknown)

    def _bound(self, key: str) -> bool:
        """Alt and a key that does something in the text."""
        return key.startswith("alt+") and isinstance(self.keymap.feed((), key, ("compose",)), Run)

    def _paste(self, text: str) -> None:
        screen = self.screen
        if screen.sheet.is_open:
            screen.sheet.paste(text)
        elif screen.lists.searching:
            screen.lists.search_paste(text)
        elif screen.pane == "compose":
            screen.pen.paste(text)

    def _compose(self, key: str, character: str | None) -> None:
        pen = self.screen.pen
        sends = pen.enter_sends
        if key == "enter":
            pen.send() if sends else pen.newline()
        elif key in _NEWLINES:
            pen.newline() if sends or key in ("ctrl+j", "shift+enter") else pen.send()
        elif character is not None and character.isprintable() and not self._bound(key):
            pen.type(key, character)
        else:
            found = self.keymap.feed((), key, ("compose",))
            if isinstance(found, Run):
                self.screen.commands.run(found.action, found.count)
            else:
                pen.type(key, character)

    def _read(self, key: str) -> None:
        contexts = self.contexts()
        self._stop_timer()
        if key == "escape" and self.typed:
            self._forget()
            return
        found = self.keymap.feed(self.typed, key, contexts)
        if isinstance(found, Run):
            self._forget()
            self.screen.commands.run(found.action, found.count)
        elif isinstance(found, Pending):
            self.typed = found.typed
            self.screen.show_keys()
            if found.timed:
                self._timer = self.screen.set_timer(VIEW_DIGIT_S, self._flush)
        else:
            known = bool(self.typed)
            self._forget()
            if known:
                self.screen.say_unknown(shown_chord(found.typed))

    def contexts(self) -> tuple[Context, ...]:
        screen = self.screen
        if screen.pane == "report":
            return ("contacts", "report") if screen.contacts.here else ("report",)
        if screen.pane == "compose":
            return ("compose",)
        own: Context = screen.pane if screen.pane in READING else "list"
        hits: tuple[Context, ...] = ("hits",) if screen.lists.has_hits or screen.story.search else ()
        return (*hits, *self._places(), own)

    def _places(self) -> tuple[Context, ...]:
        """The view on show and the channel under the hand: keys of one's own may be for these alone."""
        screen = self.screen
        here = screen.list.cursor
        if screen.pane != "list" and screen.talk.conversation is not None:
            here = next((row for row in screen.list.rows if row.id == screen.talk.conversation), None)
        names = [f"view:{screen.lists.asked.view}", *([f"channel:{here.channel}"] if here is not None else [])]
        return tuple(cast("Context", name) for name in names)

    def _flush(self) -> None:
        found = self.keymap.flush(self.typed, self.contexts())
        self._forget()
        if isinstance(found, Run):
            self.screen.commands.run(found.action, found.count)

    def _forget(self) -> None:
        self._stop_timer()
        if self.typed:
            self.typed = ()
            self.screen.show_keys()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None


def _plain(key: str, character: str | None) -> str:
    """The key by the character it gives: "/" and not "slash"."""
    if character is None or len(character) != 1 or key.startswith(("ctrl+", "alt+")):
        return key
    return _NAMED.get(character, character if character.isprintable() else key)
