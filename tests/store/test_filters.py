"""The compiled SQL means what the tree says, pages join without seams, and every kind of query uses an index."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.evaluate import World
from tests.support.seed import LABELS, NAMES, NOW, seed
from tests.support.seed_selling import seed_selling
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.query import Query, SortKey, Word, Words
from unibox_tui.store import drivers, paging
from unibox_tui.store.database import Database
from unibox_tui.store.filters import Scope, condition
from unibox_tui.store.people import glob
from unibox_tui.views.query import parse, to_text

ZONE = timezone(timedelta(hours=7))
ME = "an"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with Database(tmp_path_factory.mktemp("filters") / "unibox.db") as database:
        seed(database, conversations=900, per_conversation=3, seed=7)
        seed_selling(database)
        yield database


@pytest.fixture(scope="module")
def world(database: Database) -> World:
    return database.read_now(lambda db: World(db, ME, NOW, ZONE))


def result(db: sqlite3.Connection, text: str) -> paging.Result:
    return paging.Result(Scope(db, ME, NOW, ZONE), parse(text))


# Each leaf of the language over what the seeded workspace holds.
LEAVES = [
    *(f"is:{value}" for value in ("unread", "read", "unanswered", "new", "answered", "open", "pending", "snoozed", "resolved", "mine", "assigned", "unassigned", "spam", "failed", "urgent", "high", "unread,failed", "open,snoozed")),
    *(f"has:{value}" for value in ("phone", "order", "attachment", "note", "draft", "label", "owner", "subject", "email", "phone,note")),
    "status:open", "status:open,pending", "priority:urgent", "priority:normal,high", "priority:low", "priority:low,urgent", "channel:zalo", "channel:messenger,email",
    'inbox:"Shop A"', "inbox:oa,mail", "page:shop-b", 'brand:"áo xinh"', "brand:\"Baan Suay\"",
    *(f'label:"{name}"' for name in LABELS), "label:vip,refund", "label:nowhere", "contact-label:vip", 'contact-label:"chot don",refund',
    "assignee:me", "assignee:none", "assignee:any", "assignee:binh,none", 'assignee:"Lê Bình"', "assignee:nobody-here",
    "answered-by:me", "answered-by:binh,emma", "answered-by:any", "last-answer-by:me", "last-answer-by:somchai,an", "last-answer-by:any",
    'from:"@gmail"', "from:nguyen", 'from:"Đạt"', "from:สมหญิง", "from:zzz", "from:10123", "language:th", "language:vi,en", "group:yes", "group:no",
    "number:10100", "#10200", "number:10100,10150,10300", "number:10100..10200", "number>10500", "unread>1", "unread:2..3", "messages>5", "messages:..2", "failed>0",
    "wait>30m", "wait<2d", "wait:1h..10d", "closes<2h", "closes>1d", "closes:1h..20h", "returns<1d", "returns>2d", "interaction<48h", "interaction>10d",
    "idle<3d", "idle>100d", "age>30d", "age:1d..20d", "after:2026-11-01", "before:2026-06-01", "on:yesterday", "active:2026-10-01..2026-10-31", "active>=mon",
    "created:2026-11-01..", "created<2026-03-01", "created:today", "resolved>2026-10-01", "resolved:2026-09-01..2026-09-30",
    'after:"yesterday 9:00"', "after:3d",
    "order:confirmed", "order:shipped,delivered", "order:none", "order:any", "deal:chốt", "is:deal", "is:blocked", "shop:shop-a", "shop:shop-a,shop-b",
    "amount>500k", "amount<=300000", "amount:200k..2tr", "amount>1.250,25", "amount:90", "cost>0", "cost:0", "cost<500", "free-left<2", "free-left>=1", "free-left:3..6",
    "follows:yes", "follows:no", "follows:yes,no", "agreed:call", "agreed:any", "agreed:none", "agreed:none,offers", "reason:any", "reason:none", 'reason:"doi hang"', "reason:พัสดุ,giá",
    "tiền", '"đơn hàng"', "refund", "พัสดุ", "ขอใ", "shirt black", "text:parcel,invoice", "DH", "DH1", "0900", "nothere", "nguyễn thị", "สมหญิง", "mary", "@firma",
]  # fmt: skip


@pytest.mark.parametrize("text", LEAVES)
def test_each_field_means_what_a_plain_reading_says(database: Database, world: World, text: str) -> None:
    query = parse(text)
    expected = world.in_order(query)
    assert database.read_now(lambda db: list(result(db, text).ids())) == expected
    opposite = parse(f"-({text})")
    assert set(database.read_now(lambda db: list(paging.Result(Scope(db, ME, NOW, ZONE), opposite).ids()))) == (
        world.fitting(parse("").where) - set(expected)
    )


def test_most_fields_find_something_and_leave_something(world: World) -> None:
    everything = len(world.fitting(parse("").where))
    telling = [text for text in LEAVES if 0 < len(world.fitting(parse(text).where)) < everything]
    assert len(telling) > len(LEAVES) * 0.85


_SORTS = ["", "sort:wait", "sort:closes", "sort:returns", "sort:priority", "sort:created", "sort:number", "sort:-active", "sort:-wait",
          "sort:priority,wait", "sort:wait,closes", "sort:closes,-priority,created", "sort:-priority,-number", "sort:returns,wait,priority"]  # fmt: skip


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_compiled_sql_equals_a_plain_reading(database: Database, world: World, data: st.DataObject) -> None:
    terms = data.draw(st.lists(st.sampled_from(LEAVES), min_size=1, max_size=4))
    shape = data.draw(st.sampled_from(["all", "any", "mixed", "not"]))
    if shape == "all":
        text = " ".join(data.draw(st.sampled_from(["", "-"])) + f"({term})" for term in terms)
    elif shape == "any":
        text = " or ".join(terms)
    elif shape == "mixed":
        text = f"({' or '.join(terms)}) -({terms[0]} {terms[-1]}) {data.draw(st.sampled_from(LEAVES))}"
    else:
        text = f"-({' '.join(terms)})"
    text = f"({text}) {data.draw(st.sampled_from(_SORTS))}"
    query = parse(text)
    expected = world.in_order(query)
    found = database.read_now(lambda db: list(paging.Result(Scope(db, ME, NOW, ZONE), query).ids()))
    assert found == expected, to_text(query)
    assert database.read_now(lambda db: paging.Result(Scope(db, ME, NOW, ZONE), query).count(40)) == min(
        len(expected), 40
    )


@pytest.mark.parametrize("sort", _SORTS)
@pytest.mark.parametrize("filter", ["", "is:open", "tiền", "label:vip"])
def test_pages_meet_without_a_seam_both_ways(database: Database, world: World, filter: str, sort: str) -> None:
    text = f"{filter} {sort}"
    expected = world.in_order(parse(text))

    def walk(db: sqlite3.Connection) -> None:
        whole = result(db, text)
        down: list[paging.Place] = []
        while page := whole.down(down[-1] if down else None, 17):
            down += page
        assert [place[-1] for place in down] == expected
        up: list[paging.Place] = []
        while page := whole.up(up[0] if up else down[-1], 13):
            up = page + up
        assert up == down[:-1]
        for place in down[:: max(len(down) // 5, 1)]:
            assert whole.place_of(place[-1]) == place
            assert paging.place(paging.token(place), whole) == place

    database.read_now(walk)


def test_a_place_of_another_order_is_refused(database: Database) -> None:
    def read(db: sqlite3.Connection) -> None:
        for bad in ("", "x", "0", "9.1.2", "0.1.2.3.4", "0.1"):
            with pytest.raises(WrongUse, match="place"):
                paging.place(bad, result(db, ""))
        assert result(db, "is:open").place_of(1) is None
        assert result(db, "is:resolved -is:resolved").place_of(10_100) is None

    database.read_now(read)


def test_unknown_inboxes_and_brands_are_named_with_what_was_meant(database: Database) -> None:
    with pytest.raises(WrongUse, match="shop-aa") as caught:
        database.read_now(lambda db: result(db, "inbox:shop-aa"))
    assert "shop-a" in caught.value.hint
    with pytest.raises(WrongUse, match=r"shop-zz.*column 23"):
        database.read_now(lambda db: result(db, "is:open (inbox:shop-a,shop-zz)"))
    with pytest.raises(WrongUse, match="oa"):
        database.read_now(lambda db: result(db, "page:oa"))
    with pytest.raises(WrongUse, match="Suey"):
        database.read_now(lambda db: result(db, 'brand:"Baan Suey"'))


def test_words_common_and_rare_give_the_same_by_every_way(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("tiền", "tiền is:open", "order label:vip", "tiền sort:wait", "DH1 -is:spam"):
        expected = world.in_order(parse(text))
        for cap, few in ((4_000, 200), (4_000, 0), (10, 200), (10, 0), (0, 10_000)):
            monkeypatch.setattr(paging, "CAP", cap)
            monkeypatch.setattr(paging, "FEW", max(few, 1))
            found = database.read_now(lambda db, text=text: list(result(db, text).ids()))  # type: ignore[misc]
            assert found == expected, (text, cap, few)


def test_the_driver_is_the_smallest_conjunct(database: Database) -> None:
    def chosen(db: sqlite3.Connection, text: str) -> drivers.Driver:
        scope = Scope(db, ME, NOW, ZONE)
        best = drivers.best(drivers.candidates(parse(text).where, scope), scope)
        assert best is not None
        return best[0]

    def read(db: sqlite3.Connection) -> None:
        assert chosen(db, "is:read is:resolved is:failed").index == "list_failed"
        assert chosen(db, "status:resolved #10200").ids
        assert chosen(db, "is:open assignee:me").index == "list_assignee"
        assert len(chosen(db, "is:open assignee:me").terms) == 2

    database.read_now(read)


def test_a_driver_over_its_cap_does_not_drive(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(db: sqlite3.Connection) -> None:
        scope = Scope(db, ME, NOW, ZONE)
        found = drivers.candidates(parse("status:open").where, scope)
        small = [drivers.Driver(driver.index, driver.terms, cap=5) for driver in found]
        assert drivers.best(found, scope) is not None
        assert drivers.best(small, scope) is None
        assert small[0].size(scope) == 6

    database.read_now(read)


# -- plans ---------------------------------------------------------------------------------------------------------

KINDS = [
    "", "is:open", "status:open,pending", "assignee:me", "assignee:me status:open", "assignee:none status:open -is:spam", "is:unread",
    "is:unanswered sort:wait", "wait>30m sort:wait", "closes<2h sort:closes", "status:snoozed sort:returns", "is:failed", "is:spam",
    "priority:urgent", "sort:priority,wait", "sort:created", "created:today", "resolved>mon", "after:today", "label:vip", "-label:vip", "contact-label:vip",
    "inbox:oa", "channel:zalo is:open", "from:nguyen", "answered-by:me", "last-answer-by:me", "has:phone", "has:attachment", "has:note", "has:draft",
    "language:th", "group:yes", "number:10100", "is:unread or label:vip", "tiền", "tiền is:open", "interaction<48h", "brand:\"Áo Xinh\"",
]  # fmt: skip


def plan(db: sqlite3.Connection, sql: str, params: dict[str, object], *, top: bool = False) -> list[str]:
    """The steps; `top`: without those of subqueries."""
    return [row[3] for row in db.execute("EXPLAIN QUERY PLAN " + sql, params) if not (top and row[1])]


def scans(lines: list[str]) -> list[str]:
    """Steps that read a whole table by itself: not by an index, not by a key, no list of our own."""
    bare = (
        "SCAN c",
        "SCAN m",
        "SCAN f",
        "SCAN b",
        "SCAN l",
        "SCAN t",
        "SCAN i",
        "SCAN j",
        "SCAN p",
        "SCAN a",
        "SCAN conversation",
        "SCAN message",
    )
    return [line for line in lines if line in bare]


@pytest.mark.parametrize("driven", [True, False], ids=["driver", "walk"])
@pytest.mark.parametrize("text", KINDS)
def test_every_kind_of_query_is_read_by_an_index(
    database: Database, text: str, driven: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not driven:
        monkeypatch.setattr(drivers, "best", lambda found, scope: None)

    def read(db: sqlite3.Connection) -> None:
        whole = result(db, text)
        first = whole.down(None, 5)
        for number, segment in enumerate(whole.segments):
            for start in (None, next((place for place in first if place[0] == number), None)):
                sql, params = whole.statement(number, start, 51, up=False)
                lines = plan(db, sql, params)
                assert not scans(lines), lines
                assert any("USING" in line and ("INDEX" in line or "PRIMARY KEY" in line) for line in lines), lines
                if not driven and segment.index and "tiền" not in text:
                    # The page comes from an index in the order of the list: nothing is sorted as a whole.
                    assert "USE TEMP B-TREE FOR ORDER BY" not in plan(db, sql, params, top=True), lines

    database.read_now(read)


@pytest.mark.parametrize("text", KINDS)
def test_every_driver_is_counted_by_an_index(database: Database, text: str) -> None:
    def read(db: sqlite3.Connection) -> None:
        scope = Scope(db, ME, NOW, ZONE)
        for driver in drivers.candidates(parse(text).where, scope):
            sql = f"SELECT count(*) FROM ({driver.counted or driver.ids or 'SELECT 1 ' + driver.source()} LIMIT 10)"
            lines = plan(db, sql, scope.params)
            assert not [line for line in scans(lines) if line != "SCAN a"], lines  # attachments are few beside messages

    database.read_now(read)


def test_a_deep_page_begins_where_the_index_says(database: Database) -> None:
    def read(db: sqlite3.Connection) -> None:
        whole = result(db, "sort:wait")
        place = whole.down(None, 10)[-1]
        sql, params = whole.statement(0, place, 51, up=False)
        assert any("list_waiting" in line and ">" in line for line in plan(db, sql, params))

    database.read_now(read)


# -- parts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for _, names in NAMES for name in names] + ["a*b?[c]", "ĐẶNG Ưu"])
def test_a_pattern_finds_a_name_without_its_accents(name: str) -> None:
    from unibox_tui.text.fold import fold

    rng = random.Random(name)
    with sqlite3.connect(":memory:") as db:
        start = rng.randrange(len(name) - 1)
        for piece in (name, fold(name), name.upper(), name[start:]):
            assert db.execute("SELECT ? GLOB ?", (name, glob(piece))).fetchone() == (1,), piece
        assert db.execute("SELECT ? GLOB ?", (name, glob(name + "x"))).fetchone() == (0,)


def test_conditions_are_never_null(database: Database) -> None:
    def read(db: sqlite3.Connection) -> None:
        for text in LEAVES:
            scope = Scope(db, ME, NOW, ZONE)
            sql = condition(parse(text).where, scope)
            row = db.execute(f"SELECT count(*) FROM conversation c WHERE ({sql}) IS NULL", scope.params).fetchone()
            assert row[0] == 0, text

    database.read_now(read)


def test_a_tree_made_by_hand_needs_words_to_look_up(database: Database) -> None:
    with pytest.raises(WrongUse, match="nothing to search"):
        database.read_now(
            lambda db: paging.Result(Scope(db, ME, NOW), Query(Words((Word("…"),)), (SortKey("wait"),))).count(1)
        )


def test_the_path_of_the_store_is_not_needed_to_compile(tmp_path: Path) -> None:
    with Database(tmp_path / "empty.db") as empty:
        for text in ("", "label:vip", "tiền", "from:x", "sort:priority,wait", "answered-by:me"):
            assert empty.read_now(lambda db, text=text: list(result(db, text).ids())) == []


def test_a_name_is_found_through_its_index_and_the_customer_s_conversations_through_theirs(database: Database) -> None:
    def plan(db: sqlite3.Connection) -> list[str]:
        scope = Scope(db, ME, NOW, ZONE)
        asked: list[str] = []
        db.set_trace_callback(asked.append)
        found = paging.of_people(scope, Words((Word("đạt"),)), 50)
        db.set_trace_callback(None)
        assert found
        return [
            str(row[3]) for sql in asked if sql.startswith("SELECT") for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")
        ]

    steps = database.read_now(plan)
    assert any("people VIRTUAL TABLE INDEX" in step and ":M" in step for step in steps), steps
    assert any("conversation_contact (contact_id=?)" in step for step in steps), steps
    assert not [step for step in steps if step.startswith(("SCAN contact", "SCAN c", "SCAN t", "SCAN identity"))], steps


def test_two_letters_are_not_looked_for_among_all_names(database: Database) -> None:
    def found(db: sqlite3.Connection) -> list[int] | None:
        return paging.of_people(Scope(db, ME, NOW, ZONE), Words((Word("mi"),)), 50)

    assert database.read_now(found) == []
