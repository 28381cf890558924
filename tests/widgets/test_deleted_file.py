"""A file whose keeping time is over still has its line, which says so."""

from __future__ import annotations

from tests.support.fake_workspace import NOW, entry
from unibox_tui.domain.saying import say
from unibox_tui.views.models import FileLine
from unibox_tui.widgets.entries import EntryLook, draw_entry
from unibox_tui.widgets.palette import Palette


def test_its_line_says_how_long_it_was_kept_and_offers_no_fetching() -> None:
    file = FileLine("f1", "call-77.wav", "audio/wav", 2_100_000, "deleted", None, say("kept for {days} days", days=30))
    drawn = draw_entry(
        entry(1, NOW, "Call, 2:05", files=(file,)),
        None,
        EntryLook(70, NOW, "", True),
        Palette(),
        unfolded=False,
    )
    (line,) = [strip.text.rstrip() for strip in drawn if "call-77.wav" in strip.text]
    assert line.endswith("deleted · kept for 30 days")
    assert not any("fetches" in strip.text for strip in drawn)
