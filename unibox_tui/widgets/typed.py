"""Keys as a terminal without the newer keyboard protocols sends them: Alt and a key is Esc and that key."""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual._xterm_parser import XTermParser

_ESC = "\x1b"


class KeyParser(XTermParser):
    """The library reads Esc with a digit as a letter of its own, and loses the Esc before Enter and signs: Alt-Enter
    would send what it should break. Here each is `alt+` and its key, with the character; letters are so already."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        last = sequence[-1:]
        if len(sequence) == 2 and sequence[0] == _ESC and (last.isdigit() or last in "bf-="):
            return [_alt(last)]
        if alt and last == "\r":
            return [events.Key("alt+enter", "\r")]
        if alt and last.isprintable() and not last.isalnum():
            return [_alt(last)]
        return super()._sequence_to_key_events(sequence, alt)


def _alt(character: str) -> events.Key:
    return events.Key("alt+space" if character == " " else f"alt+{character}", character)
