"""What a row is asked first, and which index a list of many is walked by: cheap things before dear ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.seed import NOW, seed
from unibox_tui.store import drivers
from unibox_tui.store.database import Database
from unibox_tui.store.filters import Scope, condition
from unibox_tui.store.paging import Result
from unibox_tui.views.query import parse


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("order") / "unibox.db"
    with Database(path) as db:
        seed(db, conversations=40)
    return path


@pytest.mark.parametrize(
    "query",
    ["channel:zalo label:vip status:open", "language:th -channel:zalo label:vip is:open", "(from:nguyen or label:vip) channel:zalo is:open"],
)  # fmt: skip
def test_columns_are_asked_before_tables(db: Path, query: str) -> None:
    with Database(db) as opened:
        sql = opened.read_now(lambda c: condition(parse(query).where, Scope(c, "an", NOW)))
    columns, label, inbox = (sql.index(word) for word in ("c.status", "conversation_label", "conversation_inbox"))
    assert columns < min(label, inbox)
    if "or" not in query:
        assert label < inbox


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("is:spam status:snoozed channel:zalo", "list_status"),
        ("is:spam channel:zalo", "list_spam"),
        ("is:spam status:open,pending", "list_spam"),
        ("is:unread status:open", "list_unread"),
    ],
)
def test_a_long_list_is_walked_by_an_index_that_knows_the_rest(
    db: Path, query: str, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drivers, "best", lambda found, scope: None)  # as when every one of them is over its cap
    with Database(db) as opened:
        sql = opened.read_now(lambda c: Result(Scope(c, "an", NOW), parse(query)).statement(0, None, 50, up=False)[0])
    assert f"INDEXED BY {index} " in sql
