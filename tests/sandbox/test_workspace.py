"""The workspace a demo opens on: believable, and made by the real ingest and the real desk."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from unibox_tui.automation.learner import Learner
from unibox_tui.domain.ids import now_ms
from unibox_tui.host.paths import Home
from unibox_tui.sandbox import history, workspace
from unibox_tui.sandbox.workspace import Workspace
from unibox_tui.store import agents, canned, contacts, conversations, counting, raw_events
from unibox_tui.store.database import Database
from unibox_tui.views import history as trail
from unibox_tui.views import lists, suggest
from unibox_tui.views.suggest import Offer

ME = "huong"
NOW = now_ms()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("demo")
    made = workspace.make(Home.find(folder), web=8700, smtp=2500)
    history.seed(made, ME, now=NOW)
    return made


@pytest.fixture(scope="module")
def db(place: Workspace) -> Iterator[Database]:
    opened = Database(place.home.database)
    yield opened
    opened.close()


def number(db: Database, query: str) -> int:
    return db.read_now(lambda c: lists.count(c, query, me=ME, now=NOW, cap=1000))


def test_every_view_has_something_in_it(db: Database) -> None:
    counts = {view.key: number(db, view.query) for view in lists.DEFAULT_VIEWS if view.key != "closing"}
    assert all(counts.values()), counts
    assert 100 <= counts["all"] <= 200
    assert counts["mine"] >= 12
    assert counts["unassigned"] >= 15


def test_some_wait_for_minutes_and_some_for_hours(db: Database) -> None:
    page = db.read_now(lambda c: lists.page(c, "is:unanswered status:open", me=ME, now=NOW, limit=200))
    waits = sorted((NOW - row.waiting_since) / 60_000 for row in page.rows if row.waiting_since)
    assert 1 <= waits[0] <= 5
    assert waits[-1] > 300


def test_customers_write_in_three_languages_and_on_three_channels(db: Database) -> None:
    spoken = db.read_now(
        lambda c: {
            contacts.get(c, conversations.get(c, id)["contact_id"])["language"]
            for id in lists.ids(c, "-is:spam", me=ME, now=NOW)
        }
    )
    assert {"vi", "th", "en"} <= spoken
    counted = db.read_now(counting.messages_by_channel)
    assert set(counted) == {"email", "livechat", "form"}
    assert counted["email"]["out"] > 20
    assert counted["livechat"]["out"] > 10


def test_the_mess_of_life_is_there(db: Database) -> None:
    assert number(db, "is:spam") == 3
    assert number(db, "is:failed") >= 2  # a bounce and a refusal
    assert number(db, "label:thanh") + number(db, "label:ชำระเงิน") + number(db, "label:payment") > 0
    assert len(db.read_now(raw_events.quarantined)) == 1
    assert len(db.read_now(agents.all_agents)) == 5
    assert len(db.read_now(lambda c: canned.all_for(c, ME))) >= 9


def test_no_slot_of_a_story_is_left_open(db: Database) -> None:
    page = db.read_now(lambda c: lists.page(c, "", me=ME, now=NOW, limit=500))
    assert not [row.snippet for row in page.rows if "{" in row.snippet or "||" in row.snippet]


def test_the_past_has_a_trail(db: Database) -> None:
    """What the desk did is in the event log with its author and its time, none of it today's seeding."""
    some = next(iter(db.read_now(lambda c: list(lists.ids(c, "status:resolved", me=ME, now=NOW)))))
    lines = db.read_now(lambda c: trail.history(c, some))
    assert len(lines) >= 4
    assert all(line.at <= NOW for line in lines)
    assert lines[0].at < NOW - 30 * 60_000


def test_the_same_seed_makes_the_same_customers(place: Workspace, db: Database, tmp_path: Path) -> None:
    again = workspace.make(Home.find(tmp_path), web=8701, smtp=2501)
    history.seed(again, ME, now=NOW)
    with Database(again.home.database) as other:
        first, second = (
            each.read_now(lambda c: lists.page(c, "", me=ME, now=NOW, limit=500)).rows for each in (db, other)
        )
    assert [(row.name, row.snippet, row.status) for row in first] == [
        (row.name, row.snippet, row.status) for row in second
    ]


def test_mails_of_the_past_lie_in_the_mailboxes(place: Workspace) -> None:
    for brand in workspace.BRANDS:
        for name in brand.mailboxes:
            assert len(list((place.maildir(name) / "cur").iterdir())) > 10
            assert list((place.maildir(name) / ".Sent" / "cur").iterdir())


def test_seeding_is_quick(tmp_path: Path) -> None:
    """Three times what it takes alone on a slow machine."""
    made = workspace.make(Home.find(tmp_path), web=8702, smtp=2502)
    began = time.process_time()
    history.seed(made, ME, now=NOW)
    assert time.process_time() - began < 9


ASKED = {
    "phí ship đi Huế bao nhiêu shop": "ship",
    "Shop ơi cho em đổi size được không": "doi",
    "khi nào em nhận được tiền hoàn?": "hoan",
    "ขอเปลี่ยนไซซ์ได้ไหมคะ": "เปลี่ยน",
    "ค่าส่งไปภูเก็ตเท่าไหร่คะ": "ส่ง",
    "can I exchange it for a bigger size?": "exchange",
    "hôm nay trời đẹp quá": None,
    "asdf qwer zxcv": None,
    "วันนี้ฝนตกหนักมาก": None,
    "what is the meaning of life": None,
}


async def test_suggestions_have_learned_what_the_team_answers(db: Database) -> None:
    learner = Learner(db, 1)
    while await learner.step():
        pass
    await learner.settle()
    entries = db.read_now(lambda c: canned.all_for(c, ME))
    offers = [Offer(f"canned:{row['id']}", row["shortcut"], row["text"], language=row["language"]) for row in entries]
    learned = suggest.Learned()
    found = {text: db.read_now(lambda c, t=text: suggest.for_text(c, learned, t, offers)).fitting for text in ASKED}  # type: ignore[misc]
    assert {text: fitting[0].shortcut if fitting else None for text, fitting in found.items()} == ASKED
