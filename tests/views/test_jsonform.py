from __future__ import annotations

import json

import pytest

from tests.support.rows import HOUR, MINUTE, NOW, Rows
from unibox_tui.domain.errors import NotFound
from unibox_tui.store.database import Database
from unibox_tui.views import jsonform

CONVERSATION = [
    "id",
    "contact",
    "status",
    "assignee",
    "labels",
    "inboxes",
    "subject",
    "snippet",
    "unread",
    "last_message_at",
    "waiting_since",
    "number",
    "priority",
    "spam",
    "snoozed_until",
    "group",
]
MESSAGE = [
    "id",
    "conversation_id",
    "inbox",
    "channel",
    "direction",
    "author",
    "sent_at",
    "received_at",
    "state",
    "provider_id",
    "text",
    "hidden_text",
    "attachments",
]
EMAIL = [
    "subject",
    "from",
    "to",
    "cc",
    "message_id",
    "in_reply_to",
    "references",
    "auto_submitted",
    "list_id",
    "bounce",
]


def fill(rows: Rows) -> tuple[int, int, list[int]]:
    zalo = rows.inbox("shop-a", "zalo", title="Zalo Shop A")
    mail = rows.inbox("support", "email")
    who = rows.contact("Nguyễn Thị Hà")
    on_zalo = rows.identity(zalo, who, "889")
    on_mail = rows.identity(mail, who, "ha@khach.example", kind="email")
    talk = rows.conversation(
        who, assignee="an", subject="Đơn", snippet="x", unread=2, waiting_since=NOW, priority=1, last_at=NOW
    )
    child = rows.conversation(who)
    rows.join(child, talk)
    rows.label("vip", conversation=talk)
    rows.label("giao thiếu", conversation=talk)
    first = rows.message(talk, "Chào", at=NOW - HOUR, inbox=zalo, identity=on_zalo, key=("shop-a", "mid.1"))
    rows.file(first, "a.jpg", size=9)
    second = rows.message(
        child,
        "Thư",
        at=NOW,
        inbox=mail,
        identity=on_mail,
        kind="mail",
        subject="Đơn",
        hidden_text="> cũ",
        key=("mail:main", "m1@khach.example"),
        email={
            "from": {"name": "Hà", "address": "ha@khach.example"},
            "to": [{"name": "", "address": "shop@shop.example"}],
            "message_id": "m1@khach.example",
            "references": ["m0@shop.example"],
        },
    )
    answer = rows.message(
        talk, "Dạ", at=NOW + MINUTE, direction="out", author="an", inbox=zalo, identity=on_zalo, answers_n=first
    )
    return talk, child, [first, second, answer]


def test_a_conversation_has_the_promised_fields(db: Database) -> None:
    talk, child, _ = db.write_now(lambda tx: fill(Rows(tx)))
    found = db.read_now(lambda read: jsonform.conversation(read, talk))
    assert set(CONVERSATION) <= found.keys()
    assert (found["id"], found["number"], found["contact"], found["assignee"]) == (talk, talk, "Nguyễn Thị Hà", "an")
    assert found["labels"] == ["giao thiếu", "vip"]
    assert found["inboxes"] == ["support", "shop-a"]
    assert (found["unread"], found["last_message_at"], found["waiting_since"]) == (2, NOW, NOW)
    assert (found["priority"], found["spam"], found["snoozed_until"], found["group"]) == ("high", False, None, "main")
    joined = db.read_now(lambda read: jsonform.conversation(read, child))
    assert (joined["id"], joined["joined_into"], joined["inboxes"]) == (child, talk, ["support"])


def test_a_message_has_the_promised_fields(db: Database) -> None:
    talk, child, (first, second, answer) = db.write_now(lambda tx: fill(Rows(tx)))
    chat, mail, ours = db.read_now(lambda read: jsonform.messages(read, [first, second, answer]))
    for found in (chat, mail, ours):
        assert set(MESSAGE) <= found.keys()
    assert (chat["conversation_id"], chat["inbox"], chat["channel"], chat["direction"]) == (
        talk,
        "shop-a",
        "zalo",
        "in",
    )
    assert (chat["author"], chat["provider_id"], chat["sent_at"], chat["state"]) == (
        "Nguyễn Thị Hà",
        "mid.1",
        NOW - HOUR,
        "received",
    )
    (file,) = chat["attachments"]
    assert (file["name"], file["media_type"], file["size"]) == ("a.jpg", "image/jpeg", 9)
    assert "email" not in chat
    assert (mail["conversation_id"], mail["born_in"], mail["hidden_text"]) == (talk, child, "> cũ")
    assert (ours["author"], ours["direction"], ours["answers"]) == ("an", "out", chat["id"])
    email = mail["email"]
    assert set(EMAIL) <= email.keys()
    assert email["subject"] == "Đơn"
    assert email["from"] == {"name": "Hà", "address": "ha@khach.example"}
    assert email["to"] == [{"name": "", "address": "shop@shop.example"}]
    assert (email["cc"], email["references"], email["bounce"]) == ([], ["m0@shop.example"], None)


def test_order_is_kept_and_unknown_ones_are_left_out(db: Database) -> None:
    talk, child, ns = db.write_now(lambda tx: fill(Rows(tx)))
    found = db.read_now(lambda read: jsonform.conversations(read, [child, 999, talk]))
    assert [row["id"] for row in found] == [child, talk]
    assert [row["n"] for row in db.read_now(lambda read: jsonform.messages(read, [*reversed(ns), 1]))] == ns[::-1]
    assert [row["n"] for row in db.read_now(lambda read: list(jsonform.messages_of(read, child)))] == ns
    with pytest.raises(NotFound):
        db.read_now(lambda read: jsonform.conversation(read, 999))
    with pytest.raises(NotFound):
        db.read_now(lambda read: jsonform.message(read, 1))


def test_a_batch_takes_a_fixed_number_of_queries(db: Database) -> None:
    def many(rows: Rows) -> tuple[list[int], list[int]]:
        inbox, who = rows.inbox("a", "zalo"), rows.contact("x")
        talks = [rows.conversation(who) for _ in range(50)]
        return talks, [rows.message(talk, "x", inbox=inbox) for talk in talks]

    talks, ns = db.write_now(lambda tx: many(Rows(tx)))

    def count(some: int) -> int:
        statements: list[str] = []

        def read(connection):  # type: ignore[no-untyped-def]
            connection.set_trace_callback(statements.append)
            jsonform.conversations(connection, talks[:some])
            jsonform.messages(connection, ns[:some])
            connection.set_trace_callback(None)

        db.read_now(read)
        return len(statements)

    assert count(50) == count(1) == 7


def test_more_than_one_batch_comes_whole(db: Database) -> None:
    def many(rows: Rows) -> int:
        talk = rows.conversation(rows.contact("x"))
        for k in range(jsonform.BATCH + 5):
            rows.message(talk, str(k), at=NOW + k * 1000, direction="note")
        return talk

    talk = db.write_now(lambda tx: many(Rows(tx)))
    found = db.read_now(lambda read: [row["text"] for row in jsonform.messages_of(read, talk)])
    assert found == [str(k) for k in range(jsonform.BATCH + 5)]


def test_text_travels_whole_and_the_line_is_harmless(db: Database) -> None:
    text = "đơn ครับ 👍🏽\x1b]0;x\x07\x9b\u202e\U000e0041\ud800\u200b\n"
    line = jsonform.dumps({"text": text})
    assert json.loads(line) == {"text": text}
    assert "đơn ครับ 👍🏽" in line
    assert not any(character in line for character in "\x1b\x07\x9b\u202e\U000e0041\ud800\u200b\n")
