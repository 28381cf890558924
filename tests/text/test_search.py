from __future__ import annotations

import contextlib
import itertools
import random
import sqlite3
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unibox_tui.text.fold import fold
from unibox_tui.text.search import SearchTooShort, highlights, index_text, match_query, matches

CREATE = (
    "create virtual table s using "
    "fts5(text, k, content='', tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'\")"
)
VIETNAMESE = [
    "chị",
    "ơi",
    "đơn",
    "hàng",
    "của",
    "em",
    "đến",
    "đâu",
    "rồi",
    "ạ",
    "giao",
    "thiếu",
    "áo",
    "sơ",
    "mi",
    "trắng",
    "mã",
    "DH20381",
    "đã",
    "nhận",
    "được",
    "cảm",
    "ơn",
    "shop",
    "Đặt",
    "lại",
]
ENGLISH = [
    "Where",
    "is",
    "my",
    "order,",
    "ORD-12345?",
    "I",
    "haven't",
    "received",
    "the",
    "parcel",
    "yet;",
    "please",
    "check",
    "it:",
    "don't",
    "wait",
    "(again)",
]
THAI = [
    "สวัสดีครับ",
    "พัสดุยังไม่ถึงเลย",
    "ขอดูสินค้า",
    "น้ำปลา",
    "กุ้งสด",
    "เก่งมาก",
    "ราคา",
    "๕๙๐",
    "บาท",
    "ต่างๆ",
    "ณ",
    "คุณสมชาย",
    "abcไทย",
    "รุ่นX2นะ",
    "ก",
    "กข",
    "ขค",
]


class Index:
    """A real FTS5 table beside the texts it was made of."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.connection = sqlite3.connect(":memory:")
        self.connection.execute(CREATE)
        self.connection.executemany(
            "insert into s(rowid, text, k) values (?, ?, 'don hang in')",
            [(n, index_text(t)) for n, t in enumerate(texts)],
        )

    def find(self, query: str) -> set[int]:
        rows = self.connection.execute("select rowid from s where s match ?", (match_query(query),))
        return {row[0] for row in rows}

    def scan(self, query: str) -> set[int]:
        return {n for n, text in enumerate(self.texts) if matches(text, query)}


def make_texts(rng: random.Random) -> list[str]:
    texts = []
    for _ in range(120):
        words = rng.choices(rng.choice([VIETNAMESE, ENGLISH, THAI, VIETNAMESE + ENGLISH + THAI]), k=rng.randint(1, 12))
        texts.append("".join(word + rng.choice([" ", " ", " ", "", ", ", "\n", "-"]) for word in words))
    return texts


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    made = Index(make_texts(random.Random(20381)))
    yield made
    made.connection.close()


def test_a_thousand_random_pieces_are_found_as_a_plain_scan_finds_them(index: Index) -> None:
    rng = random.Random(7)
    hits = asked = 0
    while asked < 1000:
        source = rng.choice(index.texts)
        start = rng.randrange(len(source))
        query = source[start : start + rng.randint(1, 14)]
        query = rng.choice(
            [query, f'"{query}"', query.upper(), f"{query} {rng.choice(VIETNAMESE + THAI)}", f'"{query}']
        )
        try:
            found = index.find(query)
        except SearchTooShort:
            continue
        asked += 1
        assert found == index.scan(query), query
        hits += bool(found)
    assert hits > 500


def test_any_piece_of_a_thai_run_is_found_by_substring(index: Index) -> None:
    rng = random.Random(11)
    for _ in range(300):
        run = fold(rng.choice([word for word in THAI if len(word) > 5 and word[0] >= "ก"]))
        start = rng.randrange(len(run) - 2)
        piece = run[start : start + rng.randint(2, 6)]
        if piece.isascii() or any(c.isascii() for c in piece):
            continue
        expected = {n for n, text in enumerate(index.texts) if piece in fold(text)}
        assert index.find(piece) == expected, piece
        assert expected


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("dat hang", "Đặt hàng nhé", True),
        ("hàng đặt", "Đặt hàng nhé", True),
        ("DA", "đã nhận", True),
        ("nha", "đã nhận", True),
        ("han", "đã nhận", False),
        ('"da nhan"', "đã nhận", True),
        ('"da nha"', "đã nhận", False),
        ('"da nha', "đã nhận", True),
        ("“da nhan”", "đã nhận", True),
        ('"nhan da"', "đã nhận", False),
        ("DH-20381", "mã DH-20381", True),
        ("DH20381", "mã DH-20381", False),
        ("สินค", "ขอดูสินค้า", True),
        ("ินค้", "ขอดูสินค้า", True),
        ("สินคา", "ขอดูสินค้า", False),
        ("กขค", "กข ขค", False),
        ("กขค", "อกขคง", True),
        ('"กข ขค"', "อกข ขคง", True),
        ('"กข ขค"', "กขอ ขค", False),
        ("abcไทย", "abcไทยแลนด์", True),
        ("abcไทย", "abc ไทย", True),
        ("abcไทย", "xabcไทย", False),
        ("ต่าง ๆ", "ต่างๆ นานา", True),
        ("ณ abc", "คุณ abc", True),
        ("don", "in 5", False),
    ],
)
def test_meaning(query: str, text: str, found: bool) -> None:
    assert matches(text, query) is found
    assert (Index([text]).find(query) == {0}) is found


@pytest.mark.parametrize("query", ["", "   ", '""', "***", "👍", "ก", '"ก"', "\u0e49", "ก ข", '"', "-"])
def test_a_query_that_names_nothing_is_refused_with_a_hint(query: str) -> None:
    for ask in (match_query, lambda q: matches("ก ข", q), lambda q: highlights("ก ข", q)):
        with pytest.raises(SearchTooShort) as refusal:
            ask(query)
        assert refusal.value.hint


NASTY = ["AND", "OR", "NOT", "NEAR(a b)", "text:don", "{k}:in", "k : in", "^don", "a*", "a + b", '"a', "a\"b", "(", "a)", "-a", "'; drop", "\\", "a\x00b", "a\ud800b", "NEAR", "don AND"]  # fmt: skip


@pytest.mark.parametrize("query", NASTY)
def test_signs_of_the_query_language_are_words_or_nothing(query: str) -> None:
    index = Index(["don't AND wait", "near a b", "or not", "k in text don", "a\x00b", "plain"])
    try:
        found = index.find(query)
    except SearchTooShort:
        return
    assert found == index.scan(query)


@settings(max_examples=300, deadline=None)
@given(st.text(st.one_of(st.characters(), st.sampled_from('"*^:(){}-+ กขั้ำàđ'))))
def test_no_query_breaks_the_statement(index: Index, query: str) -> None:
    with contextlib.suppress(SearchTooShort):
        index.find(query)


@settings(max_examples=300, deadline=None)
@given(st.text('aàđĐ "-.1กข้ำๆ', max_size=12), st.text('aàđĐ "-.1กข้ำๆ', max_size=5))
def test_index_and_scan_agree_on_small_alphabets(text: str, query: str) -> None:
    try:
        expression = match_query(query)
    except SearchTooShort:
        return
    index = Index([text])
    assert index.connection.execute("select 1 from s where s match ?", (expression,)).fetchone() == (
        (1,) if matches(text, query) else None
    )


def test_a_pasted_essay_is_a_query_too() -> None:
    words = " ".join(f"word{n}" for n in range(3000))
    assert Index([words]).find(words) == {0}


def test_index_text() -> None:
    assert index_text("Đặt สินค้า ก").split() == ["dat", "สิ", "ิน", "นค", "ค้", "้า", "า", "ก"]
    index_text("a\ud800b").encode()


def marked(text: str, query: str) -> list[str]:
    return [text[start:end] for start, end in highlights(text, query)]


@pytest.mark.parametrize(
    ("text", "query", "shown"),
    [
        ("Em muốn Đặt Hàng nhé", "dat hang", ["Đặt", "Hàng"]),
        ("Em muốn đặt hàng nhé", '"dat hang"', ["đặt hàng"]),
        ("Nguye\u0302\u0303n nguyên", "nguyen", ["Nguye\u0302\u0303n", "nguyên"]),
        ("ขอดูสินค้า สินค้าใหม่", "สินค", ["สินค", "สินค"]),
        ("กกกก", "กก", ["กกกก"]),
        ("Straße 5", "strass", ["Straß"]),
        ("order orders reorder", "order", ["order", "order"]),
        ("abcไทยแลนด์", "abcไทย", ["abcไทย"]),
        ("คุณ abc", '"ณ abc"', ["ณ abc"]),
        ("nothing here", "else", []),
    ],
)
def test_highlights_are_spans_of_the_original(text: str, query: str, shown: list[str]) -> None:
    assert marked(text, query) == shown


@settings(deadline=None)
@given(st.text('aàđßĐ "-1กข้ำ\u0301\u200b', max_size=20), st.text("aàđs กข้", max_size=4))
def test_highlights_are_ordered_and_there_if_it_matches(text: str, query: str) -> None:
    try:
        spans = highlights(text, query)
    except SearchTooShort:
        return
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(spans))
    if matches(text, query):
        assert spans
