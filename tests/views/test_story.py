"""The story of a customer: every message of theirs once, in time order, from any place, whatever they were merged from."""

from __future__ import annotations

import random

import pytest

from tests.support.rows import DAY, HOUR, MINUTE, NOW, Rows
from tests.support.world import CHAT, World
from unibox_tui.desk import people
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.ids import n_floor
from unibox_tui.store.database import Database
from unibox_tui.views import story


def life(rows: Rows) -> tuple[int, int]:
    """A chat, a mail with a note and something joined into it, a call: 30 entries in no order of writing."""
    rows.agent("an", "An")
    zalo, mail, voice = (
        rows.inbox(name, channel, title=title)
        for name, channel, title in (("za", "zalo", "Zalo A"), ("em", "email", "Mail"), ("tel", "voice", "Phone"))
    )
    who = rows.contact("Hà")
    on = {inbox: rows.identity(inbox, who, f"a{inbox}", at=NOW - inbox) for inbox in (zalo, mail, voice)}
    chat, letter, child = (rows.conversation(who, subject=f"s{place}", last_n=place) for place in range(3))
    rows.join(child, letter)
    stranger = rows.conversation(rows.contact("somebody else"))
    times = [NOW - number * HOUR for number in range(30)]
    random.Random(3).shuffle(times)
    for number, at in enumerate(times):
        inbox = (zalo, mail, voice)[number % 3]
        where = {zalo: chat, mail: letter, voice: child}[inbox]
        kind = "call" if inbox == voice else "chat"
        rows.message(where, f"chuyện {number}", at=at, inbox=inbox, identity=on[inbox], kind=kind)
    rows.message(letter, "ghi chú", at=NOW + MINUTE, direction="note", author="an")
    rows.message(chat, "taken back", at=NOW + MINUTE, direction="note", state="cancelled")
    rows.message(stranger, "not theirs", at=NOW + MINUTE, inbox=zalo)
    return who, chat


def all_of(db: Database, who: int) -> list[int]:
    rows = db.read_now(
        lambda read: read.execute(
            "SELECT n FROM message WHERE state <> 'cancelled' AND conversation_id IN "
            "(SELECT id FROM conversation WHERE contact_id = ?) ORDER BY n",
            [who],
        ).fetchall()
    )
    return [row[0] for row in rows]


@pytest.mark.parametrize("limit", [1, 4, 7, 31, 60])
def test_pages_from_either_end_give_every_entry_once_in_order(db: Database, limit: int) -> None:
    who, _chat = db.write_now(lambda tx: life(Rows(tx)))
    wanted = all_of(db, who)
    assert len(wanted) == 31
    back: list[int] = []
    before = None
    while True:
        page = db.read_now(lambda read: story.window(read, who, before_n=before, limit=limit))  # noqa: B023
        assert len(page.ns) <= limit
        assert page.newer == (before is not None)
        back = [*page.ns, *back]
        if not page.older:
            break
        before = page.ns[0]
    assert back == wanted
    forth: list[int] = []
    after = 0
    while True:
        page = db.read_now(lambda read: story.window(read, who, after_n=after, limit=limit))  # noqa: B023
        forth += page.ns
        if not page.newer:
            break
        after = page.ns[-1]
    assert forth == wanted


def test_around_a_place_there_is_more_on_both_sides(db: Database) -> None:
    who, _chat = db.write_now(lambda tx: life(Rows(tx)))
    wanted = all_of(db, who)
    page = db.read_now(lambda read: story.window(read, who, around_n=wanted[15], limit=9))
    assert wanted[15] in page.ns
    assert (page.older, page.newer, len(page.ns)) == (True, True, 9)
    start = wanted.index(page.ns[0])
    assert list(page.ns) == wanted[start : start + 9]


def test_one_channel_alone_by_any_of_its_names(db: Database) -> None:
    who, _chat = db.write_now(lambda tx: life(Rows(tx)))
    for name in ("voice", "tel", "PHONE", "☎"):
        page = db.read_now(lambda read: story.window(read, who, channel=name))  # noqa: B023
        assert len(page.ns) == 10
    with pytest.raises(WrongUse, match="never used"):
        db.read_now(lambda read: story.window(read, who, channel="telegram"))


def test_the_thread_shows_the_life_and_keeps_what_is_of_the_conversation(db: Database) -> None:
    _who, chat = db.write_now(lambda tx: life(Rows(tx)))
    shown = db.read_now(lambda read: story.thread(read, chat, me="an", now=NOW))
    assert shown.id == chat
    assert len(shown.entries) == 31
    assert {entry.mark for entry in shown.entries} == {"ZA", "EM", "☎", ""}
    assert [entry.direction for entry in shown.entries][-1] == "note"
    assert [len(part.ids) for part in sorted(shown.story, key=lambda part: part.id)] == [1, 2]
    assert not shown.older


def test_words_are_found_over_all_channels_in_both_directions(world: World) -> None:
    zalo, mail = world.inbox("z", CHAT, channel="zalo"), world.inbox("a")
    an = world.agent("an")
    first = world.chat(zalo, "z1", "áo sơ mi trắng", name="Hà")
    world.later(DAY)
    second = world.mail(mail, text="Áo sơ mi đỏ thì sao")
    world.later(DAY)
    other = world.chat(zalo, "z9", "áo sơ mi của người khác")
    one, two = (world.conversation(came.conversation)["contact_id"] for came in (first, second))
    world.db.write_now(lambda tx: people.merge(tx, an, one, two))
    end = 1 << 60

    def find(n: int, *, older: bool = True, text: str = "ao so mi", channel: str = "") -> int | None:
        return world.db.read_now(lambda db: story.find(db, two, text, n, older=older, channel=channel))

    assert find(end) == second.n
    assert find(second.n or 0) == first.n
    assert find(first.n or 0) is None
    assert find(first.n or 0, older=False) == second.n
    assert find(second.n or 0, older=False) is None
    assert find(end, channel="zalo") == first.n
    assert find(end, text='"sơ mi trắng"') == first.n
    assert world.db.read_now(lambda db: story.hits(db, one, "áo")) == [second.n, first.n]
    assert other.n not in world.db.read_now(lambda db: story.window(db, one)).ns
    with pytest.raises(WrongUse):
        find(end, text="  ")


def test_dates_are_read_as_people_type_them_and_go_back() -> None:
    from datetime import UTC, datetime

    now = int(datetime(2026, 11, 22, 15, tzinfo=UTC).timestamp() * 1000)

    def at(text: str) -> int:
        return story.place(text, now, UTC)

    def day(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
        return n_floor(int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp() * 1000))

    assert at("12/10") == day(2026, 10, 12)
    assert at("24/12") == day(2025, 12, 24)
    assert at("12/10/2024") == day(2024, 10, 12)
    assert at("hôm qua") == day(2026, 11, 21)
    assert at("2026-10-12 14:30") == day(2026, 10, 12, 14, 30)
    with pytest.raises(WrongUse, match="no date"):
        at("bao giờ")


def test_a_page_looks_at_no_more_rows_than_it_shows(db: Database) -> None:
    """Of a customer with one long conversation and many short ones, whatever the place."""

    def fill(rows: Rows) -> int:
        zalo = rows.inbox("za", "zalo")
        who = rows.contact("Hà")
        on = rows.identity(zalo, who, "z")
        long = rows.conversation(who)
        for number in range(3_000):
            rows.message(long, "", at=NOW - number * MINUTE, inbox=zalo, identity=on)
        for number in range(50):
            rows.message(rows.conversation(who), "", at=NOW - number * DAY, inbox=zalo, identity=on)
        return who

    who = db.write_now(lambda tx: fill(Rows(tx)))
    steps = 0

    def counted(read: object) -> story.Window:
        nonlocal steps

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        read.set_progress_handler(step, 100)  # type: ignore[attr-defined]
        try:
            return story.window(read, who, around_n=n_floor(NOW - 1_500 * MINUTE), limit=60)  # type: ignore[arg-type]
        finally:
            read.set_progress_handler(None, 0)  # type: ignore[attr-defined]

    assert len(db.read_now(counted).ns) == 60
    assert steps * 100 < 20_000, "3 050 messages would cost several times as many steps of the engine"
