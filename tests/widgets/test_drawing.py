"""What the pure drawing functions give: lines of the right width, meaning without colour, quiet repetition."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fake_workspace import DAY, HOUR, MINUTE, NOW, entry, row, way
from unibox_tui.locale import set_language
from unibox_tui.widgets.composer import HeadLook, Writing, head_line
from unibox_tui.widgets.draw import Line, wall
from unibox_tui.widgets.entries import EntryLook, bare_subject, draw_entry, shares_head
from unibox_tui.widgets.palette import GLYPHS, STATE_GLYPHS, THEMES, Palette
from unibox_tui.widgets.rows import Look, draw_row
from unibox_tui.widgets.sheet import Choice, narrowed
from unibox_tui.widgets.when import age, span

WORDS = st.text(st.sampled_from("ab ệđ น้ำใจดี👍🏽\t…"), max_size=60)


@settings(max_examples=60, deadline=None)
@given(name=WORDS, snippet=WORDS, cells=st.integers(12, 60), lines=st.sampled_from([1, 2, 3]), plain=st.booleans())
def test_a_row_is_exactly_as_wide_as_its_pane(name: str, snippet: str, cells: int, lines: int, plain: bool) -> None:
    made = draw_row(row(1, 0, name=name, snippet=snippet), Look(cells, lines, NOW, "an"), Palette(plain=plain))
    drawn = [line.strip() for line in made]
    assert len(drawn) == lines
    assert {strip.cell_length for strip in drawn} == {cells}


@settings(max_examples=60, deadline=None)
@given(text=st.lists(WORDS, max_size=6), hidden=WORDS, cells=st.integers(16, 90), unfolded=st.booleans())
def test_an_entry_is_exactly_as_wide_as_its_pane(text: list[str], hidden: str, cells: int, unfolded: bool) -> None:
    look = EntryLook(cells, NOW, "", True, query="a")
    drawn = draw_entry(entry(1, NOW, "\n".join(text), hidden_text=hidden), None, look, Palette(), unfolded=unfolded)
    assert {strip.cell_length for strip in drawn} == {cells}


@pytest.mark.parametrize("theme", THEMES)
def test_a_note_and_an_answer_differ_without_any_colour(theme: str) -> None:
    look = EntryLook(50, NOW, "", False)
    note = draw_entry(entry(1, NOW, "x", direction="note", author="An"), None, look, Palette(theme), unfolded=False)
    answer = draw_entry(entry(1, NOW, "x", direction="out", author="An"), None, look, Palette(theme), unfolded=False)
    assert [strip.text for strip in note] != [strip.text for strip in answer]
    assert "note" in note[0].text


@pytest.mark.parametrize("lines", [1, 2, 3])
@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(
    "news",
    [
        {"unread": 2}, {"failed": 1}, {"closes_at": NOW + 20 * MINUTE}, {"spam": True}, {"draft": True}, {"ours": True},
        {"priority": "urgent"}, {"priority": "low"}, {"status": "snoozed", "snoozed_until": NOW + DAY}, {"labels": (("vip", "red"),)},
        {"looking": ("Bình",)}, {"assignee": "binh", "assignee_display": "Bình"}, {"rule": ("☆", "red")},
    ],
    ids=lambda news: next(iter(news)),
)  # fmt: skip
def test_what_matters_about_a_row_is_told_by_signs_and_words(news: dict[str, Any], lines: int, plain: bool) -> None:
    if lines == 1 and next(iter(news)) not in ("unread", "draft", "ours", "assignee"):
        return  # one line has no room for the rest, in colour neither
    usual: dict[str, Any] = {"unread": 0, "closes_at": None, "assignee": None, "labels": (), "ours": False}
    look = Look(60, lines, NOW, "an")
    drawn = [
        [line.strip().text for line in draw_row(row(1, 0, **(usual | more)), look, Palette(plain=plain))]
        for more in ({}, news)
    ]
    assert drawn[0] != drawn[1]


def test_every_state_of_an_answer_has_a_sign_of_its_own() -> None:
    for plain in (False, True):
        signs = [Palette(plain=plain).glyph(state) for state in STATE_GLYPHS]
        assert len(set(signs)) == len(signs)


def test_without_colour_no_style_has_one() -> None:
    palette = Palette("mono")
    styles = [palette[name] for name in ("accent", "warn", "danger", "note", "read", "hit")] + [
        palette.channel("zalo"),
        palette.label("red"),
    ]
    assert all(style.color is None and style.bgcolor is None for style in styles)


def test_plain_glyphs_are_ascii() -> None:
    assert all(plain.isascii() for _fancy, plain in GLYPHS.values())


def test_one_author_within_five_minutes_shares_the_head() -> None:
    first = entry(1, NOW, "a")
    assert shares_head(entry(1, NOW + 4 * MINUTE, "b"), first)
    assert not shares_head(entry(1, NOW + 6 * MINUTE, "b"), first)
    assert not shares_head(entry(1, NOW + MINUTE, "b", author="An", direction="out"), first)
    assert not shares_head(entry(1, NOW + MINUTE, "b", inbox="Email"), first)


@pytest.mark.parametrize("subject", ["Re: Đơn giao thiếu", "RE: Fwd: Đơn giao thiếu [#10482]", "Trả lời: đơn giao thiếu", "ตอบกลับ: Đơn giao thiếu"])  # fmt: skip
def test_an_answers_subject_is_the_subject_it_answers(subject: str) -> None:
    assert bare_subject(subject) == bare_subject("Đơn giao thiếu")


@pytest.mark.parametrize(
    ("look", "says"),
    [
        (HeadLook(Writing(), (way("zalo", "Zalo A", "…889", 1, closes_at=NOW + 46 * HOUR),), NOW), "Reply via Zalo A · free · 46 h left · …889"),
        (HeadLook(Writing(), (way("sms", "SMS", "+84", 1, price=350, currency="VND"),), NOW), "350 ₫"),
        (HeadLook(Writing(), (way("whatsapp", "WhatsApp", "+84", 1, allowed=False, reason="window_closed"),), NOW), "WhatsApp · window closed"),
        (HeadLook(Writing(mode="note"), (), NOW), "NOTE — only colleagues see this"),
        (HeadLook(Writing(), (), NOW, newer=2), "2 new above — Enter again to send anyway"),
        (HeadLook(Writing(), (way("sms", "SMS", "+84", 1, text_limit=160),), NOW, count=170), "170/160"),
        (HeadLook(Writing(), (), NOW), "No way to answer"),
    ],
)  # fmt: skip
def test_the_composers_head_says_what_enter_will_do(look: HeadLook, says: str) -> None:
    strip = head_line(look, 90, Palette())
    assert says in strip.text
    assert strip.cell_length == 90


def test_the_wall_lets_no_control_character_through() -> None:
    assert wall("a\x1b[31m\u202eb\x9b\n") == "a\ufffd[31m\ufffdb\ufffd\ufffd"
    assert wall("น้ำ ❤️ 👨‍👩‍👧") == "น้ำ ❤️ 👨‍👩‍👧"


def test_a_line_never_grows_past_its_cells() -> None:
    line = Line(10).add("สวัสดีค่ะ ยินดีต้อนรับ").right([("long right part", Palette()["dim"])])
    assert line.strip().cell_length == 10


def test_choices_are_narrowed_without_accents_and_best_first() -> None:
    choices = [Choice(text, text) for text in ("Nguyễn Đức", "chốt đơn", "giao thiếu", "đơn chốt")]
    assert [choice.text for choice in narrowed(choices, "chot")] == ["chốt đơn", "đơn chốt"]
    assert [choice.text for choice in narrowed(choices, "duc")] == ["Nguyễn Đức"]
    assert [choice.text for choice in narrowed(choices, "thieuu")] == ["giao thiếu"]


def test_times_are_short() -> None:
    assert [age(NOW - passed, NOW) for passed in (5_000, 2 * MINUTE, 5 * HOUR, 3 * DAY)] == ["now", "2m", "5h", "3d"]
    assert [span(length) for length in (90_000, 100 * MINUTE, 46 * HOUR, 6 * DAY)] == ["1 min", "1 h 40", "46 h", "6 d"]


def test_a_doubt_is_said_whole_before_the_key_that_goes_past_it() -> None:
    doubt = "“Sđt của anh là bao …”? Đã có rồi: xem khách"
    narrow = head_line(HeadLook(Writing(), doubts=(doubt,)), 51, Palette()).text
    assert doubt in narrow
    assert "again" not in narrow
    wide = head_line(HeadLook(Writing(), doubts=(doubt,)), 90, Palette()).text
    assert doubt in wide
    assert "Enter again to send anyway" in wide


@pytest.mark.parametrize("cells", [20, 24, 27])
def test_a_long_name_leaves_the_age_its_place(cells: int) -> None:
    set_language("th")
    try:
        look = Look(cells, 2, NOW, "an")
        long = row(
            1, 0, name="กิตติศักดิ์ แสงจันทร์เพ็ญศรีสุวรรณ", last_at=NOW - 12 * 3_600_000, assignee="an", assignee_display="An"
        )
        (first, *_) = (line.strip().text for line in draw_row(long, look, Palette()))
    finally:
        set_language("en")
    assert "12" in first
