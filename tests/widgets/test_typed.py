"""What a plain terminal sends for Alt and a key, and for Esc with a key right after it."""

from __future__ import annotations

import time

import pytest
from textual import events

from unibox_tui.widgets.typed import KeyParser


def keys(sent: str) -> list[tuple[str, str | None]]:
    parser = KeyParser(False)
    found = list(parser.feed(sent))
    time.sleep(0.15)  # longer than the parser waits for the rest of a sequence
    found += list(parser.tick())
    return [(event.key, event.character) for event in found if isinstance(event, events.Key)]


@pytest.mark.parametrize(
    ("sent", "key", "character"),
    [
        ("\x1b1", "alt+1", "1"), ("\x1b6", "alt+6", "6"), ("\x1b\r", "alt+enter", "\r"), ("\x1ba", "alt+a", "a"),
        ("\x1b:", "alt+:", ":"), ("\x1b\\", "alt+\\", "\\"), ("\x1b/", "alt+/", "/"), ("\x1b[", "alt+[", "["),
        ("\x1b=", "alt+=", "="), ("\x1b-", "alt+-", "-"), ("\x1b ", "alt+space", " "), ("\x1bb", "alt+b", "b"),
        ("\x1bf", "alt+f", "f"), ("\x1b", "escape", "\x1b"), ("\x1b[D", "left", None), ("\x1b[1;5D", "ctrl+left", None),
        ("1", "1", "1"), ("\r", "enter", "\r"), ("đ", "đ", "đ"),
    ],
)  # fmt: skip
def test_a_key_is_what_was_pressed(sent: str, key: str, character: str | None) -> None:
    assert keys(sent) == [(key, character)]


def test_esc_and_more_in_one_packet_keep_their_order() -> None:
    assert [key for key, _ in keys("\x1b:map\r")] == ["alt+:", "m", "a", "p", "enter"]
