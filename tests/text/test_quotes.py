"""What is folded away in a mail, and what must never be."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unibox_tui.text.quotes import quote_spans, split_quotes

TOP_POSTED = [
    "On Mon, 16 Nov 2026 at 09:12, Shop <shop@brand.example> wrote:\n> Your order is ready.",
    "On Mon, 16 Nov 2026 at 09:12, A Very Long Name Indeed Of Some Shop\n<shop@brand.example> wrote:\n\n> Your order is ready.",
    "Vào Th 2, 16 thg 11, 2026 vào lúc 09:12 Shop <shop@brand.example> đã viết:\n> Đơn đã xong.",
    "Vào lúc 09:12 16/11/2026, Shop\n<shop@brand.example> đã viết:\n> Đơn đã xong.",
    "เมื่อ จ. 16 พ.ย. 2026 เวลา 09:12 Shop <shop@brand.example> เขียนว่า:\n> สินค้าพร้อมแล้ว",
    "From: Shop <shop@brand.example>\nSent: Monday, 16 November 2026 09:12\nTo: Lan\nSubject: Order\n\nReady.",
    "________________________________\nFrom: Shop\nSent: Monday\nTo: Lan\nSubject: Order\n\nReady.",
    "Từ: Shop <shop@brand.example>\nĐã gửi: 16 Tháng Mười Một 2026 09:12\nĐến: Lan\nChủ đề: Đơn hàng\n\nXong.",
    "จาก: Shop <shop@brand.example>\nส่ง: 16 พฤศจิกายน 2026 09:12\nถึง: Somchai\nเรื่อง: สินค้า\n\nพร้อมแล้ว",
    "-----Original Message-----\nFrom: Shop\n\nReady.",
    "-----Thư gốc-----\nTừ: Shop\n\nXong.",
    "-- \nLan Nguyễn\nHà Nội",
    "Sent from my iPhone",
    "Gửi từ iPhone của tôi",
    "ส่งจาก iPhone ของฉัน",
    "Get Outlook for Android",
    "> only quoted\n> lines",
]


@pytest.mark.parametrize("tail", TOP_POSTED)
def test_history_and_signatures_under_an_answer_are_hidden(tail: str) -> None:
    assert split_quotes(f"Thank you!\n\n{tail}\n") == ("Thank you!", tail)


def test_answers_between_quoted_lines_stay_visible() -> None:
    text = "On 16 Nov 2026, Shop <s@brand.example> wrote:\n> Which colour?\n\nBlue.\n\n> Which size?\n> S or M?\nM, please.\n"
    visible, hidden = split_quotes(text)
    assert visible == "Blue.\n\nM, please."
    assert hidden == ("On 16 Nov 2026, Shop <s@brand.example> wrote:\n> Which colour?\n> Which size?\n> S or M?")


def test_an_answer_below_the_quotation_is_visible() -> None:
    assert split_quotes("Vào 16/11, A <a@b.example> đã viết:\n> cũ\n\nMới đây\n").visible == "Mới đây"


@pytest.mark.parametrize(
    "mark",
    [
        "---------- Forwarded message ---------",
        "Begin forwarded message:",
        "---------- Tin nhắn chuyển tiếp ---------",
        "---------- ข้อความที่ส่งต่อ ----------",
    ],
)
def test_what_is_forwarded_stays_visible(mark: str) -> None:
    text = f"Please look.\n\n{mark}\nFrom: Bank <b@bank.example>\nDate: 16 Nov 2026\nTo: Lan\nSubject: Slip\n\n> Paid."
    assert split_quotes(text) == (text, "")


def test_a_forward_without_a_mark_needs_the_subject() -> None:
    text = "FYI\n\nFrom: Bank\nSent: Monday\nTo: Lan\nSubject: Slip\n\nPaid."
    assert split_quotes(text).visible == "FYI"
    assert split_quotes(text, forwarded=True) == (text, "")


@pytest.mark.parametrize("text", ["> all\n> quoted", "-- \nLan", "Sent from my iPhone", "From: a\nSent: b\nTo: c\n\nd"])
def test_where_nothing_would_remain_nothing_is_hidden(text: str) -> None:
    assert split_quotes(text) == (text, "")


@pytest.mark.parametrize(
    "text",
    [
        "On the page somebody wrote:\nhello",
        "From: where do you ship?\nThanks",
        "Sent from my account: 200k.\nPlease check.",
        "Options:\n--\n" + "\n".join(f"line {n}" for n in range(30)),
        "Vào cửa hàng thì nhân viên viết:\nhết hàng",
    ],
)
def test_words_that_only_look_like_headers_stay(text: str) -> None:
    assert split_quotes(text) == (text, "")


LINES = st.sampled_from(
    ["hello", "", "> old", ">> older", "-- ", "--", "On 1 Jan A <a@b.example> wrote:", "From: A", "Sent: B", "To: C",
     "-----Original Message-----", "Sent from my iPhone", "เมื่อ 1/1 A เขียนว่า:", "xin chào", "________________"]
)  # fmt: skip


@given(st.lists(LINES, max_size=40))
def test_every_line_is_in_one_of_the_two(lines: list[str]) -> None:
    visible, hidden = split_quotes("\n".join(lines))
    kept = [line for line in f"{visible}\n{hidden}".split("\n") if line.strip()]
    assert sorted(kept) == sorted(line for line in lines if line.strip())
    assert visible.strip() or not any(line.strip() for line in lines)


@given(st.text(alphabet="a>-\n\r \u2028", max_size=200))
def test_spans_cover_the_text(text: str) -> None:
    spans = quote_spans(text)
    assert "".join(text[span.start : span.end] for span in spans) == text
    assert all(one.kind != two.kind for one, two in pairwise(spans))


@pytest.mark.parametrize(
    "unit",
    ["> a\n\n", "On 1 Jan x wrote\n", "--\na\n", "-- \n\n", "From: a\n", "Sent from my iPhone\n\n\n\n\n\n\n", ">" * 80],
)
def test_hostile_sizes_end(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    assert sum(map(len, split_quotes(text))) <= len(text)
