from __future__ import annotations

from typing import Any

from tests.support.rows import DAY, MINUTE, NOW, Rows
from unibox_tui.store.database import Database
from unibox_tui.views.history import history
from unibox_tui.views.models import HistoryLine


def of(db: Database, conversation: int, *, attention: bool = False) -> tuple[HistoryLine, ...]:
    return db.read_now(lambda read: history(read, conversation, attention=attention))


def told(lines: tuple[HistoryLine, ...]) -> list[tuple[str, str, str]]:
    return [(line.who, line.what, line.why) for line in lines]


def test_who_did_what_and_why_each_told_once(db: Database) -> None:
    def fill(rows: Rows) -> int:
        rows.agent("an", "An")
        rows.agent("binh", "Bình")
        zalo = rows.inbox("zalo", "zalo", title="Zalo Shop A")
        who = rows.contact("Nguyễn Thị Hà")
        identity = rows.identity(zalo, who, "889")
        talk = rows.conversation(who)
        common: dict[str, Any] = {"conversation": talk, "contact_id": who}
        rows.event("conversation.created", **common, at=NOW, data={"why": "new"})
        first = rows.message(talk, "Shop ơi", at=NOW, inbox=zalo, identity=identity)
        rows.event(
            "message.received", **common, at=NOW, actor_kind="contact", message_n=first, data={"why": "open_chat"}
        )
        by_an: dict[str, Any] = {**common, "actor_kind": "agent", "actor": "an"}
        rows.event("agent.opened", **by_an, at=NOW + MINUTE)
        rows.insert("action", id="A1", agent="an", at=NOW, name="assign", summary="#1 → binh", undone_at=NOW + DAY)
        rows.event(
            "conversation.assigned",
            **by_an,
            at=NOW + 2 * MINUTE,
            cause="key",
            action_id="A1",
            data={"field": "assignee", "from": None, "to": "binh"},
        )
        rows.message(
            talk,
            "Assigned to binh",
            at=NOW + 2 * MINUTE,
            direction="activity",
            author_kind="agent",
            author="an",
            extra={"code": "assigned", "to": "binh"},
        )
        rows.message(talk, "Kho báo thiếu", at=NOW + 3 * MINUTE, direction="note", author="binh")
        rows.message(
            talk,
            "Dạ em xin lỗi chị",
            at=NOW + 4 * MINUTE,
            direction="out",
            author="binh",
            inbox=zalo,
            identity=identity,
        )
        rows.event(
            "conversation.labelled",
            **common,
            actor_kind="bot",
            actor="giao hàng",
            at=NOW + 5 * MINUTE,
            cause="rule:giao hàng",
            data={"label": "giao thiếu", "label_id": 3},
        )
        rows.event(
            "conversation.status",
            **by_an,
            at=NOW + 6 * MINUTE,
            cause="cli",
            data={"from": "open", "to": "resolved", "before": {"unread": 1}, "after": {"unread": 0}},
        )
        rows.event(
            "conversation.status",
            **common,
            actor_kind="contact",
            at=NOW + 7 * MINUTE,
            data={"from": "resolved", "to": "open", "why": "reply"},
        )
        return talk

    talk = db.write_now(lambda tx: fill(Rows(tx)))
    lines = of(db, talk)
    assert told(lines) == [
        ("unibox", "began the conversation", "a new request"),
        ("Nguyễn Thị Hà", "wrote through Zalo Shop A: “Shop ơi”", "the customer's request was still open"),
        ("An", "assigned to Bình (taken back since)", "key"),
        ("Bình", "noted: “Kho báo thiếu”", ""),
        ("Bình", "answered through Zalo Shop A: “Dạ em xin lỗi chị”", ""),
        ("giao hàng", "labelled giao thiếu", "rule giao hàng"),
        ("An", "resolved", "command line"),
        ("Nguyễn Thị Hà", "reopened", "the customer wrote"),
    ]
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert lines[2].extra["action"] == "#1 → binh"
    assert ("An", "opened the conversation", "") in told(of(db, talk, attention=True))


def test_every_known_change_has_a_sentence_and_an_unknown_one_names_itself(db: Database) -> None:
    cases: list[tuple[str, dict[str, object], str]] = [
        ("conversation.assigned", {"from": "an", "to": "binh"}, "handed over from An to binh"),
        ("conversation.assigned", {"from": "an", "to": None}, "gave the conversation back"),
        ("conversation.status", {"from": "snoozed", "to": "open"}, "came back from snooze"),
        ("conversation.status", {"from": "open", "to": "pending"}, "waits for the customer"),
        ("conversation.priority", {"from": 0, "to": 2, "word": "urgent"}, "set the priority to urgent"),
        ("conversation.spam", {"from": 1, "to": 0}, "marked as not spam"),
        ("conversation.unread", {"from": 0, "to": 1}, "marked as unread"),
        ("conversation.unlabelled", {"label": "vip"}, "took the label vip off"),
        ("message.failed", {"reason": "mailbox full"}, "the answer could not be delivered: mailbox full"),
        ("message.failed", {}, "the answer could not be delivered"),
        ("message.unknown", {}, "nobody can tell whether the answer arrived"),
        ("conversation.joined", {"child": 7, "parent": 5, "join": "x", "before": {}}, "joined #7"),
        ("conversation.split_off", {"to": 9, "moved": [[1, 5], [2, 5]]}, "moved 2 messages to #9"),
        ("conversation.kept_apart", {"field": "suggest_join", "from": 8, "to": None}, "kept apart from #8"),
        ("visitor.left", {"waited_ms": 61_000}, "the visitor left after waiting 61 s"),
        ("visitor.left", {}, "the visitor left"),
        ("conversation.moon_phase", {"from": "new", "to": "full", "by": [1, 2]}, "conversation moon phase: from new to full, by 1, 2"),
        ("message.forwarded", {}, "message forwarded"),
        ("odd\x1b[2J", {"a": "\x07"}, "odd�[2J: a �"),
    ]  # fmt: skip

    def fill(rows: Rows) -> int:
        rows.agent("an", "An")
        talk = rows.conversation(rows.contact("x"))
        for kind, data, _ in cases:
            rows.event(kind, conversation=talk, data=data)
        return talk

    lines = of(db, db.write_now(lambda tx: fill(Rows(tx))))
    assert [line.what for line in lines] == [expected for _kind, _data, expected in cases]


def test_a_snooze_says_until_when(db: Database) -> None:
    def fill(rows: Rows) -> int:
        talk = rows.conversation(rows.contact("x"))
        rows.event(
            "conversation.status",
            conversation=talk,
            data={"from": "open", "to": "snoozed", "after": {"snoozed_until": NOW}},
        )
        rows.message(talk, "Snoozed", direction="activity", inert=1, extra={"code": "status_snoozed", "until": NOW})
        return talk

    first, second = of(db, db.write_now(lambda tx: fill(Rows(tx))))
    assert first.what == second.what
    assert first.what.startswith("snoozed until 20")


def test_imported_history_and_joined_conversations_are_part_of_the_trail(db: Database) -> None:
    def fill(rows: Rows) -> tuple[int, int]:
        mail = rows.inbox("mail", "email")
        who = rows.contact("Trần Minh")
        identity = rows.identity(mail, who, "minh@khach.example")
        root, child = rows.conversation(who), rows.conversation(who)
        rows.join(child, root)
        rows.message(child, "", at=NOW - DAY, received_at=NOW, inert=1, inbox=mail, identity=identity, subject="Đơn cũ")
        rows.event("conversation.joined", conversation=root, at=NOW, data={"child": child, "parent": root})
        rows.event("conversation.joined", conversation=child, at=NOW, data={"parent": root})
        return root, child

    root, child = db.write_now(lambda tx: fill(Rows(tx)))
    old, joined = of(db, root)
    assert (old.at, old.what, old.why) == (NOW - DAY, "wrote through mail: “Đơn cũ”", "older history")
    assert old.extra["of"] == str(child)
    assert joined.what == f"joined #{child}"
    assert of(db, child) == (old, joined)


def test_what_was_taken_back_is_told_without_its_words(db: Database) -> None:
    def fill(rows: Rows) -> int:
        talk = rows.conversation(rows.contact("x"))
        rows.message(talk, "", unsent_at=NOW, inbox=rows.inbox("chat", "livechat"))
        return talk

    (line,) = of(db, db.write_now(lambda tx: fill(Rows(tx))))
    assert line.what == "wrote through chat: “taken back”"


def test_a_note_taken_back_stays_in_the_trail(db: Database) -> None:
    def fill(rows: Rows) -> int:
        talk = rows.conversation(rows.contact("x"))
        rows.message(talk, "nhầm", direction="note", author="an", state="cancelled")
        return talk

    (line,) = of(db, db.write_now(lambda tx: fill(Rows(tx))))
    assert line.what == "noted: “nhầm” (taken back since)"
