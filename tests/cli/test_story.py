"""`unibox story`: a customer's life in time order, from any place of it."""

from __future__ import annotations

from tests.cli.conftest import Unibox


def test_the_story_in_pages_by_day_and_by_words(shop: Unibox, numbers: list[str]) -> None:
    shop.ok("note", f"#{numbers[0]}", "khách quen")
    rows = shop.ok("story", "ha@khach.example", "--json").lines
    assert [row["direction"] for row in rows] == ["in", "note"]
    assert {row["conversation_id"] for row in rows} == {int(numbers[0])}
    older = shop.ok("story", f"#{numbers[0]}", "--before", rows[1]["id"], "--json").lines
    assert [row["id"] for row in older] == [rows[0]["id"]]
    newer = shop.ok("story", f"#{numbers[0]}", "--after", rows[0]["id"], "--json").lines
    assert [row["id"] for row in newer] == [rows[1]["id"]]
    assert shop.ok("story", "ha@khach.example", "--search", "nhan thieu", "--json").lines == [rows[0]]
    assert len(shop.ok("story", "ha@khach.example", "--channel", "EM", "--json").lines) == 1
    assert len(shop.ok("story", "ha@khach.example", "--date", "6/1/2026", "--json").lines) == 1
    assert len(shop.ok("story", "ha@khach.example", "--date", "5/1/2026", "--json").lines) == 2
    plain = shop.ok("story", "ha@khach.example").out
    assert plain.index("nhận thiếu") < plain.index("khách quen")


def test_what_cannot_be_shown_is_said(shop: Unibox) -> None:
    assert shop("story", "ha@khach.example", "--channel", "zalo", "--json").error["code"] == "channel"
    assert shop("story", "ha@khach.example", "--date", "bao giờ").status == 2
    assert shop("story", "ha@khach.example", "--date", "mon", "--before", "x").status == 2
    assert shop("story", "ai@khach.example").status == 1
