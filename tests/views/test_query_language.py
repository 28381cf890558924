"""The language of queries: reading, writing, errors, completion."""

from __future__ import annotations

import string
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unibox_tui.domain.query import (
    Ago,
    Amount,
    And,
    Compare,
    Date,
    DayFromToday,
    Duration,
    LastWeekday,
    Node,
    Not,
    Number,
    OneOf,
    Or,
    Query,
    Range,
    SortKey,
    Word,
    Words,
    all_of,
    any_of,
)
from unibox_tui.views.query import Completion, Known, QueryError, complete, parse, to_text, values
from unibox_tui.views.query.fields import FIELDS, PARTS, SORTS

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


# -- reading -------------------------------------------------------------------------------------------------------


def test_the_long_example_of_the_language() -> None:
    query = parse(
        'is:unread wait>30m channel:zalo,messenger inbox:"Shop A" label:"chốt đơn" -label:spam assignee:me has:phone '
        'has:attachment status:open from:"@gmail.com" text:"hoàn tiền" closes<2h after:2026-11-01 sort:closes'
    )
    assert query.sort == (SortKey("closes"),)
    assert isinstance(query.where, And)
    assert query.where.parts == (
        OneOf("is", ("unread",)),
        Compare("wait", ">", Duration(30 * MINUTE)),
        OneOf("channel", ("zalo", "messenger")),
        OneOf("inbox", ("Shop A",)),
        OneOf("label", ("chốt đơn",)),
        Not(OneOf("label", ("spam",))),
        OneOf("assignee", ("me",)),
        OneOf("has", ("phone",)),
        OneOf("has", ("attachment",)),
        OneOf("status", ("open",)),
        OneOf("from", ("@gmail.com",)),
        Words((Word("hoàn tiền", exact=True),)),
        Compare("closes", "<", Duration(2 * HOUR)),
        Compare("active", ">=", Date(2026, 11, 1)),
    )


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", And()),
        ("owner:an", OneOf("assignee", ("an",))),
        ("answered-by:an last-answer-by:me", And((OneOf("answered-by", ("an",)), OneOf("last-answer-by", ("me",))))),
        ("is:waiting", OneOf("is", ("unanswered",))),
        ("channel:fb,facebook", OneOf("channel", ("messenger",))),
        ("#10482", OneOf("number", ("10482",))),
        ("number:10482,#10483", OneOf("number", ("10482", "10483"))),
        ("number:10482..10490", Range("number", Number(10482), Number(10490))),
        ("wait:30m..2h", Range("wait", Duration(30 * MINUTE), Duration(2 * HOUR))),
        ("wait:>30m", Compare("wait", ">", Duration(30 * MINUTE))),
        ("unread:2..", Range("unread", Number(2), None)),
        ("on:today", Range("active", DayFromToday(0), DayFromToday(0))),
        ('after:"hôm qua 9h30"', Compare("active", ">=", DayFromToday(-1, 570))),
        ("before:2d", Compare("active", "<", Ago(2 * DAY))),
        ("interaction<48h", Compare("interaction", "<", Duration(48 * HOUR))),
        ("group:yes", OneOf("group", ("yes",))),
        ("group:có", OneOf("group", ("yes",))),
        ("hoàn tiền is:open gấp", And((Words((Word("hoàn"), Word("tiền"), Word("gấp"))), OneOf("is", ("open",))))),
        (
            "is:open or is:new is:spam",
            Or((OneOf("is", ("open",)), And((OneOf("is", ("new",)), OneOf("is", ("spam",)))))),
        ),
        ("is:open | is:new", Or((OneOf("is", ("open",)), OneOf("is", ("new",))))),
        ("-(a or b)", Not(Or((Words((Word("a"),)), Words((Word("b"),)))))),
        ("-a b", And((Not(Words((Word("a"),))), Words((Word("b"),))))),
        ("text:a,b", Or((Words((Word("a"),)), Words((Word("b"),))))),
        ('"or" \\or', Words((Word("or", exact=True), Word("or")))),
        ("orange 12:30 http://x.example/a", Words((Word("orange"), Word("12:30"), Word("http://x.example/a")))),
        ("“đơn hàng”", Words((Word("đơn hàng", exact=True),))),
        ('label:"a,b",c', OneOf("label", ("a,b", "c"))),
    ],
)
def test_what_a_text_means(text: str, where: Node) -> None:
    assert parse(text).where == where


def test_an_open_quotation_is_no_error_while_typing() -> None:
    assert parse('label:"chốt', typing=True).where == OneOf("label", ("chốt",))
    with pytest.raises(QueryError):
        parse('label:"chốt')


# -- times and amounts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "ms"),
    [
        (("30m", "30p", "30 phút", "30 phut", "30 นาที", "30 minutes", "๓๐นาที"), 30 * MINUTE),
        (("2h", "2 giờ", "2g", "2 tiếng", "2 ชม.", "2ชั่วโมง", "2 hours"), 2 * HOUR),
        (("1h30m", "1 giờ 30 phút", "1.5h", "1,5 giờ", "1 ชม. 30 นาที"), 90 * MINUTE),
        (("3d", "3 ngày", "3 วัน"), 3 * DAY),
        (("1w", "1 tuần", "1 สัปดาห์", "1 อาทิตย์"), 7 * DAY),
        (("2mo", "2 tháng", "2 เดือน"), 60 * DAY),
        (("45s", "45 giây", "45 วินาที"), 45_000),
    ],
)
def test_lengths_of_time(texts: tuple[str, ...], ms: int) -> None:
    assert {text: values.duration(text) for text in texts} == dict.fromkeys(texts, Duration(ms))


@pytest.mark.parametrize("text", ["", "m", "30", "30x", "-3m", "1h x", "99999999d", "h2"])
def test_no_length_of_time(text: str) -> None:
    assert values.duration(text) is None


@pytest.mark.parametrize(
    ("texts", "moment"),
    [
        (("today", "hôm nay", "วันนี้"), DayFromToday(0)),
        (("yesterday", "hôm qua", "เมื่อวาน", "เมื่อวานนี้"), DayFromToday(-1)),
        (("tomorrow", "mai", "ngày mai", "พรุ่งนี้"), DayFromToday(1)),
        (("mon", "thứ hai", "thứ 2", "T2", "จันทร์", "วันจันทร์"), LastWeekday(0)),
        (("sunday", "chủ nhật", "CN", "วันอาทิตย์"), LastWeekday(6)),
        (("2026-11-01", "1/11/2026", "01-11-2026", "1.11.2026", "1/11/2569", "2569-11-01", "๑/๑๑/๒๕๖๙"), Date(2026, 11, 1)),
        (("1/11", "01/11"), Date(None, 11, 1)),
        (("yesterday 9", "hôm qua 9h", "hôm qua 9 giờ sáng", "เมื่อวาน 9 โมง", "yesterday 9:00", "yesterday 9am"), DayFromToday(-1, 540)),
        (("mai 8h tối", "พรุ่งนี้ 2 ทุ่ม", "tomorrow 8pm", "tomorrow 20:00"), DayFromToday(1, 20 * 60)),
        (("2026-11-01 14:30", "2026-11-01T14:30", "1/11/2026 2h30 chiều"), Date(2026, 11, 1, 870)),
        (("วันนี้ บ่าย 2",), DayFromToday(0, 14 * 60)),
        (("2h", "2 giờ"), Ago(2 * HOUR)),
    ],
)  # fmt: skip
def test_moments(texts: tuple[str, ...], moment: object) -> None:
    assert {text: values.moment(text) for text in texts} == dict.fromkeys(texts, moment)


@pytest.mark.parametrize(
    "text", ["", "30/2/2026", "2026-13-01", "someday", "today 25:00", "hôm qua hôm nay", "1/11/1400"]
)
def test_no_moment(text: str) -> None:
    assert values.moment(text) is None


@pytest.mark.parametrize(
    ("texts", "amount"),
    [
        (
            ("500k", "500 nghìn", "500 ngàn", "500.000", "500,000", "500.000đ", "500 000"[:3] + "k", "500.000 ₫"),
            "500000",
        ),
        (("2tr5", "2,5 triệu", "2.5tr", "2.500.000", "2 ล้าน 5"), "2500000"),
        (("1 tỷ", "1 bn", "1.000.000.000"), "1000000000"),
        (("2 แสน", "200 พัน", "200,000 บาท", "฿200,000", "๒๐๐,๐๐๐"), "200000"),
        (("$12.50", "12,50", "12.5 usd"), "12.50"),
        (("1,200.50", "1.200,50"), "1200.50"),
    ],
)
def test_amounts(texts: tuple[str, ...], amount: str) -> None:
    assert {text: values.amount(text) for text in texts} == dict.fromkeys(texts, Amount(Decimal(amount)))


@pytest.mark.parametrize("text", ["", "k", "5x", "1.2.3", "1,2,3", "12 34", "five"])
def test_no_amount(text: str) -> None:
    assert values.amount(text) is None


# -- errors --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "column", "proposal"),
    [
        ("is:open statsu:open", 9, "status"),
        ("lable:x", 1, "label"),
        ("is:unraed", 4, "unread"),
        ("is:open,resolvd", 9, "resolved"),
        ("sort:prioritty", 6, "priority"),
        ("wait:30m", 6, "wait>30m"),
        ("status>open", 7, "status:"),
        ("wait>soon", 6, ""),
        ("after:someday", 7, ""),
        ("number:x", 8, ""),
        ("is:", 4, ""),
        ("(is:open", 1, ""),
        ("is:open)", 8, ""),
        ("is:open or", 9, ""),
        ("or is:open", 1, ""),
        ("()", 1, ""),
        ("is:open - x", 9, ""),
        ("--x", 2, ""),
        ('label:"x', 7, ""),
        ("-(sort:wait is:open)", 3, ""),
        ("... is:open", 1, ""),
        ("wait:..", 6, ""),
        ("after>2d", 7, "active>2d"),
    ],
)
def test_an_error_names_its_column_and_what_was_meant(text: str, column: int, proposal: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert (caught.value.column, caught.value.proposal) == (column, proposal)
    assert f"(column {column})" in caught.value.message
    assert caught.value.end > column
    if proposal:
        assert proposal in caught.value.hint


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("wait>2 giờ", "wait>2h"),
        ("wait>3 ngày is:open", "wait>3d is:open"),
        ("(wait>2 ชั่วโมง) or is:new", "wait>2h or is:new"),
        ("wait>2 ชม. giao hàng", "wait>2h giao hàng"),
        ("wait>1 giờ 30 phút", "wait>90m"),
        ("wait:1h..2 giờ", "wait:1h..2h"),
        ("after:3 ngày", "after:3d"),
        ("amount>500 nghìn", "amount>500k"),
        ("-amount>1,5 triệu đồng", "-amount>1500k"),
        ("amount>2 แสน บาท ส่ง", "amount>200k ส่ง"),
        ("amount:100k..500 nghìn", "amount:100k..500k"),
        ("wait>2h giờ", "wait>2h \\giờ"),
        ('amount>500 "nghìn"', 'amount>500.00 "nghìn"'),
        ("amount>500 \\nghìn", "amount>500 \\nghìn"),
        ("amount>500 nghìn5", "amount>500 \\nghìn5"),
        ("number:5 giờ", "number:5 \\giờ"),
    ],
)
def test_a_unit_after_a_blank_belongs_to_the_number(text: str, same: str) -> None:
    query = parse(text, parts=PARTS)
    assert query == parse(same, parts=PARTS)
    assert parse(to_text(query), parts=PARTS) == query


@pytest.mark.parametrize("text", ["wait>2 giao", 'wait>"2" giờ', "wait>2"])
def test_no_other_word_is_a_unit(text: str) -> None:
    with pytest.raises(QueryError, match="“2” is not a length of time"):
        parse(text)


def test_an_error_is_a_sentence() -> None:
    with pytest.raises(QueryError) as caught:
        parse("is:xyzzy")
    assert caught.value.message.endswith("(column 4).")
    assert caught.value.hint.startswith("It is one of")


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if field.part])
def test_a_field_of_a_missing_part_names_the_part(name: str) -> None:
    part = FIELDS[name].part
    with pytest.raises(QueryError, match="needs") as caught:
        parse(f"is:open {name}:1")
    assert part in caught.value.message
    assert (caught.value.code, caught.value.column) == ("missing_part", 9)


def test_a_part_that_is_there_opens_its_fields() -> None:
    assert parse("amount>2tr5", parts=PARTS).where == Compare("amount", ">", Amount(Decimal("2500000.00")))
    assert parse("sla<10m cost>0", parts=PARTS).where == And(
        (Compare("sla", "<", Duration(10 * MINUTE)), Compare("cost", ">", Amount(Decimal("0.00"))))
    )
    with pytest.raises(QueryError, match="SLA"):
        parse("sort:sla")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=string.printable + 'đơnก่"“\\()|-,.:<>=#', max_size=40))
def test_any_text_is_read_or_refused_within_itself(text: str) -> None:
    try:
        query = parse(text)
    except QueryError as error:
        column = error.column
    else:
        column = 1
        assert parse(to_text(query)) == query
    assert 1 <= column <= len(text) + 1


# -- writing -------------------------------------------------------------------------------------------------------

_durations = st.integers(0, 10_000_000).map(lambda seconds: Duration(seconds * 1000))
_clocks = st.none() | st.integers(0, 24 * 60 - 1)
_moments = st.one_of(
    st.integers(0, 10_000_000).map(lambda seconds: Ago(seconds * 1000)),
    st.builds(DayFromToday, st.integers(-400, 400), _clocks),
    st.builds(LastWeekday, st.integers(0, 6), _clocks),
    st.builds(Date, st.none() | st.integers(1970, 2399), st.integers(1, 12), st.integers(1, 28), _clocks),
)
_numbers = st.integers(0, 10**12).map(Number)
_amounts = st.integers(0, 10**12).map(lambda cents: Amount(Decimal(cents).scaleb(-2)))
_VALUES = {"duration": _durations, "moment": _moments, "count": _numbers, "amount": _amounts}
_text = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)
_names = _text.map(lambda text: " ".join(text.split())).filter(bool)


def _leaf(name: str) -> st.SearchStrategy[Node]:
    field = FIELDS[name]
    if field.kind == "choice":
        return st.lists(st.sampled_from(field.values), min_size=1, max_size=3, unique=True).map(
            lambda found: OneOf(name, tuple(found))
        )
    if field.kind == "name":
        known = {*field.values, *field.value_aliases}
        free = _names.filter(lambda said: said.casefold() not in known)
        either = free | st.sampled_from(field.values) if field.values else free
        return st.lists(either, min_size=1, max_size=3, unique=True).map(lambda found: OneOf(name, tuple(found)))
    value = _VALUES[field.kind]
    ranges = st.tuples(value, value).filter(lambda ends: ends[0] != ends[1]) | st.tuples(st.none(), value)
    options: list[st.SearchStrategy[Node]] = [
        st.builds(Compare, st.just(name), st.sampled_from(["<", "<=", ">", ">="]), value),
        ranges.map(lambda ends: Range(name, *ends)),
        ranges.map(lambda ends: Range(name, ends[1], None)),
    ]
    if name == "number":
        several = st.lists(st.integers(0, 10**9).map(str), min_size=1, max_size=3, unique=True)
        options.append(several.map(lambda found: OneOf(name, tuple(found))))
    elif field.kind != "duration":
        options.append(value.map(lambda at: Range(name, at, at)))
    return st.one_of(options)


_searchable = _text.filter(lambda text: any(character.isascii() and character.isalnum() for character in text))
_words = st.lists(st.builds(Word, _searchable, st.booleans()), min_size=1, max_size=3).map(lambda w: Words(tuple(w)))
_leaves = st.one_of(
    _words,
    *(
        _leaf(name)
        for name, field in FIELDS.items()
        if field.kind not in ("sort", "words") and name not in ("after", "before", "on")
    ),
)
_trees = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(all_of),
        st.lists(inner, min_size=2, max_size=4).map(any_of),
        inner.map(Not),
    ),
    max_leaves=12,
)
_sorts = st.lists(st.builds(SortKey, st.sampled_from(SORTS), st.booleans()), max_size=3).map(tuple)


@settings(max_examples=400, deadline=None)
@given(st.builds(Query, _trees | st.just(And()), _sorts))
def test_what_is_written_reads_back_the_same(query: Query) -> None:
    text = to_text(query)
    assert parse(text, parts=PARTS) == query
    assert to_text(parse(text, parts=PARTS)) == text


# -- completion ----------------------------------------------------------------------------------------------------

KNOWN = Known(
    labels=("chốt đơn", "vip", "giao thiếu"), agents=("an", "binh"), inboxes=("shop-a", "oa"), pages=("shop-a",)
)


def _inserts(text: str) -> list[str]:
    return [found.insert for found in complete(text, len(text), KNOWN)]


def test_field_names_complete() -> None:
    assert _inserts("is:open la") == ["label:", "last-answer-by:", "language:", "active:"]  # active is `last` too
    assert _inserts("-has") == ["has:"]
    assert _inserts("wai") == ["wait>"]
    assert complete("(la", 3, KNOWN)[0].start == 1
    assert "sla>" not in _inserts("s")
    assert "sla>" in [found.insert for found in complete("s", 1, KNOWN, parts=PARTS)]


def test_values_and_names_complete_without_accents() -> None:
    assert _inserts("label:chot") == ['"chốt đơn"']
    assert _inserts('label:vip,"gi') == ['"giao thiếu"']
    assert _inserts("label:đơn") == ['"chốt đơn"']
    assert _inserts("assignee:") == ["me", "none", "any", "an", "binh"]
    assert _inserts("page:") == ["shop-a"]
    assert _inserts("is:unr") == ["unread"]
    assert _inserts("sort:-pri") == ["-priority"]


def test_a_completion_replaces_what_was_typed_and_parses() -> None:
    text = "is:open label:chot and more"
    found = complete(text, len("is:open label:chot"), KNOWN)[0]
    assert found == Completion(14, 18, '"chốt đơn"', FIELDS["label"].help)
    assert parse(text[: found.start] + found.insert).where == And(
        (OneOf("is", ("open",)), OneOf("label", ("chốt đơn",)))
    )
