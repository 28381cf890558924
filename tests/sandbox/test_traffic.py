"""Customers answer what we say, the way they wrote, and what they say is where it belongs."""

from __future__ import annotations

import itertools
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from unibox_tui.sandbox import demo, people
from unibox_tui.store.database import Database, Row

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which a demo has run for some seconds."""
    home = tmp_path_factory.mktemp("kept") / "home"
    assert demo.main(headless=True, seconds=9, json=True, home=home) == 0
    return home


@pytest.fixture
def db(played: Path) -> Iterator[Database]:
    opened = Database(played / "unibox.db")
    yield opened
    opened.close()


def rows(db: Database, sql: str) -> list[Row]:
    since = int((time.time() - 3600) * 1000)
    return db.read_now(lambda c: c.execute(sql, {"since": since}).fetchall())


def test_a_mail_of_ours_is_answered_in_its_thread(db: Database, played: Path) -> None:
    ours = rows(
        db,
        "SELECT m.conversation_id, b.email FROM message m JOIN message_body b ON b.n = m.n JOIN outbox o ON o.n = m.n "
        "WHERE m.direction = 'out' AND m.state = 'sent' AND m.author IN ('an', 'binh', 'mali', 'somchai') AND o.fence > 0 "
        "AND b.email IS NOT NULL",
    )
    sent = {json.loads(row["email"])["message_id"]: row["conversation_id"] for row in ours}
    answers = rows(
        db,
        "SELECT m.conversation_id, b.email FROM message m JOIN message_body b ON b.n = m.n WHERE m.direction = 'in' "
        "AND m.kind = 'mail' AND m.inert = 0",
    )
    joined = [
        (sent[told["in_reply_to"]], row["conversation_id"])
        for row in answers
        if (told := json.loads(row["email"]))["in_reply_to"] in sent
    ]
    assert sent
    assert joined
    assert all(first == second for first, second in joined)
    lying = [path.read_bytes() for path in (played / "sent-mails").glob("*.eml")]
    assert all(any(id.encode() in mail for mail in lying) for id in sent)


def test_a_visitor_reads_what_we_say_and_goes_on(db: Database) -> None:
    found = rows(
        db,
        "SELECT o.state, (SELECT count(*) FROM message i WHERE i.identity_id = o.identity_id AND i.direction = 'in' "
        "AND i.n > o.n) AS more FROM message o JOIN inbox x ON x.id = o.inbox_id WHERE x.channel = 'livechat' "
        "AND o.direction = 'out' AND o.received_at > :since AND o.author IN ('an', 'binh', 'mali', 'somchai')",
    )
    assert {row["state"] for row in found} & {"delivered", "read"}
    assert any(row["more"] for row in found)


def test_nobody_of_the_traffic_is_somebody_of_the_past() -> None:
    """Else a new customer's request would join an old one's."""
    for language in ("vi", "th", "en"):
        past = itertools.islice(people.customers(language, random.Random(1)), 400)
        later = itertools.islice(people.customers(language, random.Random(2), 500), 400)
        assert not {one.email for one in past} & {one.email for one in later}


def test_a_kept_home_is_opened_again(played: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.main(headless=True, seconds=2, json=True, home=played) == 0
    counts = json.loads(capsys.readouterr().out)
    assert counts["conversations"] >= 100
    assert counts["missing"] == 0
    assert (played / "unibox.db").exists()
