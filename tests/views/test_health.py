from __future__ import annotations

from collections.abc import Callable

from tests.support.rows import HOUR, NOW, Rows
from unibox_tui.store.database import Database
from unibox_tui.views.health import health, kind, service_down, summary
from unibox_tui.views.outbox import as_json, outbox
from unibox_tui.views.quarantine import kept, quarantine


def fill(rows: Rows) -> dict[str, int]:
    ids = {name: rows.inbox(name, "email", title=name.title()) for name in ("alpha", "beta", "delta")}
    ids["gamma"] = rows.inbox("gamma", "zalo", state="paused")
    rows.inbox("zeta", "zalo", state="removed")
    rows.insert(
        "inbox_health",
        inbox_id=ids["alpha"],
        phase="idle",
        last_inbound_at=NOW - HOUR,
        last_ok_at=NOW,
        progress_done=10,
        progress_total=100,
        forged=2,
        updated_at=NOW,
    )
    rows.insert(
        "inbox_health",
        inbox_id=ids["delta"],
        error="The password was refused.\x1b[2J",
        hint="`unibox inbox reconnect delta`",
        progress_done=5,
        progress_total=5,
        updated_at=NOW,
    )
    who = rows.contact("Hà")
    identity = rows.identity(ids["beta"], who, "ha@khach.example")
    talk = rows.conversation(who)
    states = ("held", "queued", "sending", "unknown", "failed", "failed", "sent", "cancelled")
    for minute, state in enumerate(states):
        n = rows.message(
            talk,
            f"{state}\nzwei",
            direction="out",
            author="an",
            inbox=ids["beta"],
            identity=identity,
            state=state,
        )
        rows.outbox(n, ids["beta"], identity, state, at=NOW + minute)
    for state in ("quarantined", "quarantined", "new", "done", "dismissed"):
        rows.raw(ids["beta"], state, error="no sender", place="INBOX/7")
    return ids


def test_a_line_an_inbox_those_in_trouble_first(db: Database) -> None:
    db.write_now(lambda tx: fill(Rows(tx)))
    lines = db.read_now(lambda read: health(read, now=NOW))
    assert [line.name for line in lines] == ["delta", "alpha", "beta", "gamma"]
    delta, alpha, beta, gamma = lines
    assert (delta.error, delta.hint) == ("The password was refused.�[2J", "`unibox inbox reconnect delta`")
    assert delta.progress is None
    assert (alpha.title, alpha.phase, alpha.progress, alpha.forged) == ("Alpha", "idle", (10, 100), 2)
    assert (alpha.last_inbound_at, alpha.last_ok_at) == (NOW - HOUR, NOW)
    assert (beta.queued, beta.unknown, beta.failed, beta.quarantined) == (3, 1, 2, 2)
    assert (gamma.state, gamma.mark, gamma.queued) == ("paused", "ZA", 0)


def test_all_inboxes_in_a_few_words(db: Database) -> None:
    assert summary(db.read_now(lambda read: health(read, now=NOW))) == ""
    db.write_now(lambda tx: fill(Rows(tx)))
    lines = db.read_now(lambda read: health(read, now=NOW))
    assert summary(lines) == "2 inboxes ok · 1 paused · 1 failing · 2 in quarantine · 1 answer of unknown fate"
    assert summary([line for line in lines if line.name == "alpha"]) == "1 inbox ok"


def test_counting_what_failed_does_not_walk_through_what_was_sent(db: Database, plan: Callable[[str], str]) -> None:
    counted = plan("SELECT inbox_id, state, count(*) FROM outbox WHERE state = 'failed' GROUP BY 1, 2")
    assert "outbox_failed" in counted


def test_the_outbox_shows_what_is_not_settled_oldest_first(db: Database) -> None:
    ids = db.write_now(lambda tx: fill(Rows(tx)))
    lines = db.read_now(lambda read: outbox(read))
    assert [line.state for line in lines] == ["held", "queued", "sending", "unknown", "failed", "failed"]
    assert (lines[0].inbox, lines[0].title, lines[0].contact, lines[0].to) == ("beta", "Beta", "Hà", "customer")
    assert (lines[0].text, lines[0].author) == ("held zwei", "an")
    assert as_json(lines[0])["conversation_id"] == lines[0].conversation_id
    assert [line.state for line in db.read_now(lambda read: outbox(read, states=("sent",)))] == ["sent"]
    assert db.read_now(lambda read: outbox(read, inbox=ids["alpha"])) == ()


def test_quarantine_lists_and_gives_back_the_bytes_as_received(db: Database) -> None:
    def one(rows: Rows) -> str:
        inbox = rows.inbox("alpha", "email")
        return rows.raw(
            inbox,
            "quarantined",
            body=b"\x00\xffraw",
            headers='{"x": "1"}',
            error="bad\x07 header",
            attempts=2,
            place="INBOX/7",
        )

    id = db.write_now(lambda tx: one(Rows(tx)))
    (line,) = db.read_now(lambda read: quarantine(read))
    assert (line.id, line.inbox, line.error, line.attempts, line.size, line.place) == (
        id,
        "alpha",
        "bad� header",
        2,
        5,
        "INBOX/7",
    )
    found = db.read_now(lambda read: kept(read, id[:13]))
    assert (found.body, found.headers, found.segment) == (b"\x00\xffraw", {"x": "1"}, None)


def test_a_service_that_is_down_stands_above_all_inboxes() -> None:
    line = service_down()
    assert kind(line) == "broken"
    assert "nothing" in line.error
