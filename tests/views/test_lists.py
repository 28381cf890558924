"""Rows, pages, counts and tabs of the conversation list, and the hits of a search."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta, timezone
from itertools import pairwise

import pytest

from tests.support.evaluate import World
from tests.support.seed import NOW, seed
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.query import without_words
from unibox_tui.store.database import Database, Tx
from unibox_tui.text.search import highlights
from unibox_tui.views import lists, search
from unibox_tui.views.models import Page
from unibox_tui.views.query import QueryError, parse

ZONE = timezone(timedelta(hours=7))
ME = "an"


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with Database(tmp_path_factory.mktemp("lists") / "unibox.db") as database:
        seed(database, conversations=400, per_conversation=4, seed=11)
        yield database


@pytest.fixture(scope="module")
def world(seeded: Database) -> World:
    return seeded.read_now(lambda db: World(db, ME, NOW, ZONE))


def page(database: Database, query: str, **where: object) -> Page:
    return database.read_now(lambda db: lists.page(db, query, me=ME, now=NOW, zone=ZONE, **where))  # type: ignore[arg-type]


def ids(page: Page) -> list[int]:
    return [row.id for row in page.rows]


# -- pages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", "is:open sort:wait", "label:vip", "tiền"])
def test_pages_follow_each_other_and_lead_back(seeded: Database, world: World, query: str) -> None:
    expected = world.in_order(parse(query))
    pages = [page(seeded, query, limit=20)]
    while pages[-1].before is not None:
        pages.append(page(seeded, query, limit=20, before=pages[-1].before))
    assert [id for found in pages for id in ids(found)] == expected
    assert pages[0].after is None
    assert all(found.after is not None for found in pages[1:])
    for earlier, later in pairwise(pages):
        back = page(seeded, query, limit=20, after=later.after)
        assert ids(back) == ids(earlier)
        assert (back.after is None) == (earlier is pages[0])


def test_a_page_around_a_row_holds_it_with_what_stands_about(seeded: Database, world: World) -> None:
    expected = world.in_order(parse("is:resolved"))
    for at in (0, 3, 40, len(expected) - 1):
        found = page(seeded, "is:resolved", limit=21, around_id=expected[at])
        shown = ids(found)
        assert expected[at] in shown
        first = expected.index(shown[0])
        assert shown == expected[first : first + len(shown)]
        assert (found.after is None) == (first == 0)
        assert (found.before is None) == (shown[-1] == expected[-1])
        assert len(shown) <= 21
    assert ids(page(seeded, "is:resolved", limit=5, around_id=99)) == expected[:5]


def test_joined_conversations_are_never_listed(seeded: Database) -> None:
    joined = {
        row[0]
        for row in seeded.read_now(
            lambda db: db.execute("SELECT id FROM conversation WHERE joined_into NOT NULL").fetchall()
        )
    }
    assert joined
    everything = set(seeded.read_now(lambda db: list(lists.ids(db, "", me=ME, now=NOW))))
    assert not joined & everything
    assert len(everything) == 400 - len(joined)


def test_a_count_stops_at_its_cap(seeded: Database, world: World) -> None:
    for query in ("", "is:open", "tiền", "label:nowhere", "-tiền"):
        whole = len(world.fitting(parse(query).where))
        for cap in (1, 100, 1_000):
            counted = seeded.read_now(lambda db, q=query, c=cap: lists.count(db, q, me=ME, now=NOW, cap=c))  # type: ignore[misc]
            assert counted == min(whole, cap)


def test_a_text_that_cannot_be_read_says_where(seeded: Database) -> None:
    with pytest.raises(QueryError) as caught:
        page(seeded, "is:open lable:vip")
    assert caught.value.column == 9


# -- rows ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with Database(tmp_path_factory.mktemp("rows") / "unibox.db") as database:
        seed(database, conversations=3, per_conversation=3)
        yield database


def test_a_row_shows_what_hangs_on_the_conversation(plain: Database) -> None:
    def dress(tx: Tx) -> None:
        tx.run("DELETE FROM conversation_label")
        tx.run("DELETE FROM draft")
        tx.run("INSERT INTO conversation_label VALUES (3, 10001), (1, 10001)")
        tx.run("UPDATE label SET colour = 'red' WHERE id = 3")
        tx.run(
            "UPDATE conversation SET assignee = 'somchai', priority = 2, last_direction = 'out', last_inbox_id = 3, "
            "failed = 1, spam = 1, unread = 4 WHERE id = 10001"
        )
        tx.run(
            "INSERT INTO draft (agent, conversation_id, mode, text, updated_at) VALUES ('an', 10001, 'reply', 'x', 0)"
        )
        for agent, doing, at in (
            ("binh", "viewing", NOW),
            ("emma", "typing", NOW),
            ("an", "typing", NOW),
            ("somchai", "viewing", NOW - 90_000),
        ):
            tx.run("INSERT INTO presence VALUES (:a, 's', 10001, :d, :at)", a=agent, d=doing, at=at)

    plain.write_now(dress)
    row = plain.read_now(lambda db: lists.rows(db, [10_001], me=ME, now=NOW))[0]
    assert (row.mark, row.channel, row.priority, row.ours, row.spam) == ("ZA", "zalo", "urgent", True, True)
    assert (row.assignee, row.assignee_display) == ("somchai", "สมชาย ใจดี")
    assert row.labels == (("chốt đơn", ""), ("vip", "red"))
    assert (row.draft, row.failed, row.unread) == (True, 1, 4)
    assert (row.looking, row.typing) == (("Lê Bình",), ("Emma Reed",))
    other = plain.read_now(lambda db: lists.rows(db, [10_001], me="binh", now=NOW))[0]
    assert not other.draft


def test_rows_keep_the_order_asked_for_and_leave_out_what_is_gone(plain: Database) -> None:
    asked = [10_003, 99, 10_001]
    found = plain.read_now(lambda db: lists.rows(db, asked, me=ME, now=NOW))
    assert [row.id for row in found] == [10_003, 10_001]


def test_nothing_hostile_reaches_a_row(plain: Database) -> None:
    hostile = "a\x1b[31m\nb\u202e\x9b"

    def poison(tx: Tx) -> None:
        tx.run("UPDATE contact SET name = :h", h=hostile)
        tx.run("UPDATE conversation SET subject = :h, snippet = :h, assignee = :h", h=hostile)
        tx.run("UPDATE label SET name = :h || id, colour = :h", h=hostile)
        tx.run("UPDATE inbox SET channel = :h", h=hostile)
        tx.run("INSERT INTO conversation_label VALUES (8, 10001) ON CONFLICT DO NOTHING")
        tx.run("INSERT INTO presence VALUES (:h, 's', 10001, 'typing', :at)", h=hostile, at=NOW)

    plain.write_now(poison)
    row = plain.read_now(lambda db: lists.rows(db, [10_001], me=ME, now=NOW))[0]
    drawn = [row.name, row.snippet, row.subject, row.assignee or "", row.assignee_display, row.channel, row.mark]
    drawn += [part for label in row.labels for part in label] + list(row.typing)
    assert row.typing
    for text in drawn:
        assert not set(text) & set("\x1b\n\u202e\x9b"), text


def test_a_merged_customer_shows_the_name_known_now(plain: Database) -> None:
    plain.write_now(lambda tx: tx.run("UPDATE contact SET merged_into = 10002 WHERE id = 10001"))
    plain.write_now(lambda tx: tx.run("UPDATE contact SET name = 'Now Known' WHERE id = 10002"))
    row = plain.read_now(lambda db: lists.rows(db, [10_001], me=ME, now=NOW))[0]
    assert row.name == "Now Known"
    assert 10_001 in ids(page(plain, 'from:"now known"'))


# -- tabs ----------------------------------------------------------------------------------------------------------


def test_the_tabs_count_their_views(seeded: Database, world: World) -> None:
    tabs = seeded.read_now(lambda db: lists.tabs(db, lists.DEFAULT_VIEWS, me=ME, now=NOW, zone=ZONE))
    assert [tab.key for tab in tabs] == ["mine", "unassigned", "waiting", "closing", "snoozed", "all"]
    for tab in tabs:
        assert tab.count == min(len(world.fitting(parse(tab.query).where)), 100)
    closing = next(tab for tab in tabs if tab.key == "closing")
    assert closing.urgent == (closing.count > 0)


def test_an_empty_view_hides_when_it_should(seeded: Database) -> None:
    views = (lists.View("a", "A", "label:nowhere", hide_empty=True), lists.View("b", "B", "label:nowhere"))
    tabs = seeded.read_now(lambda db: lists.tabs(db, views, me=ME, now=NOW))
    assert [(tab.key, tab.count) for tab in tabs] == [("b", 0)]


def test_completion_knows_the_names_of_the_workspace(seeded: Database) -> None:
    known = seeded.read_now(lists.known)
    assert "chốt đơn" in known.labels
    assert known.pages == ("shop-a", "shop-b")
    assert known.agents == ("an", "binh", "emma", "somchai")


# -- search --------------------------------------------------------------------------------------------------------


def hits(database: Database, query: str, **options: object) -> search.Hits:
    return database.read_now(lambda db: search.search(db, query, me=ME, now=NOW, zone=ZONE, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "query",
    ["tiền", "refund", "สินค", "DH1", "tiền is:open", "refund label:vip", "tiền -is:spam channel:zalo", "áo #10100", "tiền -refund", "shop is:open is:resolved", "nguyen", "dat is:open", "ศิริพร", "mary jones -is:spam", "@gmail"],
)  # fmt: skip
def test_hits_are_what_a_plain_reading_finds(seeded: Database, world: World, query: str) -> None:
    words, rest = without_words(parse(query).where)
    assert words is not None
    fitting = world.fitting(rest)
    expected = [
        (message["n"], top)
        for top, said in world.messages.items()
        if top in fitting
        for message in said
        if message["direction"] != "activity" and world.says(message, words)
    ]
    for top in fitting:
        spoken = [message["n"] for message in world.messages[top] if message["direction"] != "activity"]
        if spoken and world.is_of(words, world.talks[top]):
            expected.append((max(spoken), top))
    expected = sorted(set(expected), reverse=True)
    found: list[tuple[int, int]] = []
    before: int | None = None
    while True:
        some = hits(seeded, query, limit=7, before=before)
        found += [(hit.n, hit.conversation) for hit in some.hits]
        before = some.more
        if before is None:
            break
    assert found == expected


def test_a_hit_in_a_joined_or_split_conversation_is_where_the_message_is_shown(seeded: Database, world: World) -> None:
    moved = seeded.read_now(
        lambda db: db.execute(
            "SELECT m.n, m.conversation_id FROM message m WHERE m.born_in <> m.conversation_id AND direction = 'in' LIMIT 1"
        ).fetchone()
    )
    joined = seeded.read_now(
        lambda db: db.execute(
            "SELECT m.n, m.conversation_id FROM message m JOIN conversation c ON c.id = m.conversation_id "
            "WHERE c.joined_into NOT NULL AND direction = 'in' LIMIT 1"
        ).fetchone()
    )
    for n, conversation in (moved, joined):
        top = world.top[conversation]
        text = next(message["text"] for message in world.messages[top] if message["n"] == n)
        found = hits(seeded, f'"{text}" #{top}', limit=1_000).hits
        assert (n, top) in {(hit.n, hit.conversation) for hit in found}
    assert joined[1] != world.top[joined[1]]


def test_relevance_finds_within_the_filter(seeded: Database, world: World) -> None:
    found = hits(seeded, "tiền is:resolved", order="relevance", limit=10)
    assert len(found.hits) == 10
    assert found.more is None
    assert all(world.talks[hit.conversation]["status"] == "resolved" for hit in found.hits)


def test_a_snippet_shows_and_marks_the_place() -> None:
    long = "một hai ba bốn năm sáu bảy tám chín mười " * 10 + "Shop ĐẶT HÀNG\nrồi nhé " + "x " * 100
    line, spans = search.snippet(long, "", "dat hang")
    assert [line[start:end] for start, end in spans] == ["ĐẶT", "HÀNG"]
    assert line.startswith("… ")
    assert line.endswith(" …")
    assert len(line) <= search.SNIPPET + 4
    assert "\n" not in line
    line, spans = search.snippet("bốn năm", "Hóa đơn", "don")
    assert (line, [line[start:end] for start, end in spans]) == ("Hóa đơn — bốn năm", ["đơn"])
    line, spans = search.snippet("mã DH20381", "", "0381")
    assert (line, spans) == ("mã DH20381", ())
    assert highlights(line, "dh20381")


def test_a_search_without_words_is_refused(seeded: Database) -> None:
    with pytest.raises(WrongUse, match="no words"):
        hits(seeded, "is:open")


def test_nothing_is_written_by_reading(seeded: Database) -> None:
    def read(db: sqlite3.Connection) -> None:
        with pytest.raises(sqlite3.OperationalError):
            db.execute("DELETE FROM search_code")

    seeded.read_now(read)
