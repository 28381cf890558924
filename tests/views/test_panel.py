from __future__ import annotations

import json

from tests.support.rows import DAY, HOUR, NOW, Rows
from unibox_tui.store.database import Database
from unibox_tui.views.panel import panel
from unibox_tui.views.ways import ways


def test_the_customer_with_everything_known(db: Database) -> None:
    def fill(rows: Rows) -> tuple[int, int, int]:
        rows.agent("an", "An")
        rows.agent("binh", "Bình")
        zalo = rows.inbox("zalo", "zalo", title="Zalo Shop A")
        mail = rows.inbox("mail", "email")
        who = rows.contact(
            "Nguyễn Thị Hà",
            title="chị",
            language="vi",
            note="thích màu trắng\x1b[31m",
            attributes='{"CSAT": "4.6", "empty": ""}',
            first_seen_at=NOW - 100 * DAY,
            last_seen_at=NOW,
        )
        on_zalo = rows.identity(zalo, who, "889", at=NOW, verified=1)
        rows.identity(mail, who, "ha@khach.example", kind="email", at=NOW - DAY)
        rows.key(who, on_zalo, "email", "ha@khach.example")
        rows.key(who, on_zalo, "phone", "0912 345 678")
        rows.label("vip", contact=who, colour="blue")
        talk = rows.conversation(who, last_at=NOW)
        child = rows.conversation(who)
        rows.join(child, talk)
        before = rows.conversation(
            who, subject="đổi size", status="resolved", last_at=NOW - 40 * DAY, last_inbox_id=zalo
        )
        rows.conversation(rows.contact("somebody else"))
        n = rows.message(child, "DH20381", inbox=zalo, identity=on_zalo)
        for kind, value, confidence in (("order", "DH20381", "high"), ("phone", "0912 345 678", "high")):
            rows.insert("found", kind=kind, value=value, n=n, raw=value, confidence=confidence, conversation_id=child)
        return talk, who, before

    talk, who, before = db.write_now(lambda tx: fill(Rows(tx)))
    seen = db.read_now(lambda read: panel(read, talk, me="an", now=NOW))
    assert (seen.contact_id, seen.name, seen.title, seen.language) == (who, "Nguyễn Thị Hà", "chị", "vi")
    assert seen.note == "thích màu trắng�[31m"
    assert [(line.mark, line.inbox, line.address, line.verified) for line in seen.identities] == [
        ("ZA", "Zalo Shop A", "889", True),
        ("EM", "mail", "ha@khach.example", False),
    ]
    assert seen.labels == (("vip", "blue"),)
    assert seen.attributes == (("CSAT", "4.6"),)
    assert [(line.kind, line.value, line.confidence) for line in seen.found] == [
        ("phone", "0912 345 678", "stated"),
        ("order", "DH20381", "high"),
    ]
    source = seen.found[1].source
    assert source is not None
    assert (source.text, source.mark) == ("DH20381", "ZA")
    assert seen.identities[0].source == seen.identities[0].last == source
    assert seen.identities[1].source is None
    assert [(other.id, other.subject, other.status, other.mark) for other in seen.others] == [
        (before, "đổi size", "resolved", "ZA")
    ]
    assert (seen.first_seen_at, seen.last_seen_at, seen.conversations) == (NOW - 100 * DAY, NOW, 2)


def test_looking_are_colleagues_here_within_the_last_minute(db: Database) -> None:
    def fill(rows: Rows) -> int:
        rows.agent("binh", "Bình")
        who = rows.contact("x")
        talk, elsewhere, child = (rows.conversation(who) for _ in range(3))
        rows.join(child, talk)
        rows.presence("binh", talk, at=NOW - 59_000)
        rows.presence("binh", talk, at=NOW, session="2")
        rows.presence("chi", child, at=NOW, doing="typing")
        rows.presence("an", talk, at=NOW)
        rows.presence("gone", talk, at=NOW - 60_000)
        rows.presence("away", talk, at=NOW, doing="idle")
        rows.presence("busy", elsewhere, at=NOW)
        rows.presence("visitor", talk, at=NOW, doing="typing", session="visitor:1")
        return talk

    talk = db.write_now(lambda tx: fill(Rows(tx)))
    assert db.read_now(lambda read: panel(read, talk, me="an", now=NOW)).looking == ("Bình", "chi")


def test_a_customer_of_whom_nothing_is_known(db: Database) -> None:
    def fill(rows: Rows) -> int:
        return rows.conversation(rows.contact(), at=NOW - HOUR)

    talk = db.write_now(lambda tx: fill(Rows(tx)))
    seen = db.read_now(lambda read: panel(read, talk, me="an", now=NOW))
    assert (seen.name, seen.identities, seen.others, seen.found, seen.conversations) == ("", (), (), (), 1)


def test_a_customer_without_a_name_goes_by_their_address_and_hostile_words_stay_words(db: Database) -> None:
    hostile = "\x1b]52;c;YQ==\x07\u202eevil"

    def fill(rows: Rows) -> tuple[int, int]:
        inbox = rows.inbox("chat", "livechat", title=hostile)
        who = rows.contact()
        plain = rows.identity(inbox, who, "v-17")
        odd = rows.contact(hostile, title=hostile, note=hostile, attributes=json.dumps({hostile: hostile}))
        identity = rows.identity(inbox, odd, hostile, name=hostile)
        rows.key(odd, identity, "email", hostile + "@x")
        rows.conversation(odd, subject=hostile)
        talk = rows.conversation(odd)
        rows.label(hostile, contact=odd)
        rows.presence(hostile, talk, at=NOW)
        return rows.conversation(who, last_identity_id=plain), talk

    nameless, odd = db.write_now(lambda tx: fill(Rows(tx)))
    assert db.read_now(lambda read: panel(read, nameless, me="an", now=NOW)).name == "v-17"
    shown = repr(db.read_now(lambda read: (panel(read, odd, me="an", now=NOW), ways(read, odd, now=NOW))))
    assert shown.count("evil") >= 12
    for forbidden in ("\\x1b", "\\x07", "\\u202e"):
        assert forbidden not in shown
