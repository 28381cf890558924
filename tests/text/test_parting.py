"""In which messages an answer with files leaves."""

from __future__ import annotations

import pytest

from unibox_tui.text.parting import takes_no_text, with_files


@pytest.mark.parametrize(
    ("text", "files", "leaves"),
    [
        ("dạ đây ạ", ["a.jpg"], [("dạ đây ạ", ("a.jpg",))]),
        ("x" * 11, ["a.jpg"], [("x" * 11, ()), ("", ("a.jpg",))]),
        ("🙂" * 6, ["a.jpg"], [("🙂" * 6, ()), ("", ("a.jpg",))]),
        ("dạ đây ạ", ["a.mp3", "a.jpg"], [("dạ đây ạ", ()), ("", ("a.mp3",)), ("", ("a.jpg",))]),
        ("dạ đây ạ", ["a.jpg", "a.mp3"], [("dạ đây ạ", ("a.jpg",)), ("", ("a.mp3",))]),
        ("", ["a.mp3"], [("", ("a.mp3",))]),
    ],
)
def test_a_text_goes_before_what_does_not_take_it(
    text: str, files: list[str], leaves: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert with_files([text], files, each=1, caption=10, alone=lambda name: name.endswith(".mp3")) == leaves


def test_types_that_take_no_text() -> None:
    assert takes_no_text("audio/ogg", ["audio/*"])
    assert takes_no_text("image/webp", ["image/webp"])
    assert not takes_no_text("image/png", ["image/webp", "audio/*"])
