from __future__ import annotations

import pytest

from tests.support.rows import DAY, HOUR, MINUTE, NOW, Rows
from unibox_tui.domain.errors import NotFound
from unibox_tui.store.database import Database
from unibox_tui.views.models import Thread
from unibox_tui.views.thread import thread

HOSTILE = "chào\x1b]52;c;YQ==\x07 \u202eevil [@click=app.quit]"


def open_thread(db: Database, conversation: int, **more: int) -> Thread:
    return db.read_now(lambda read: thread(read, conversation, me="an", now=NOW, **more))


def test_shows_everything_of_an_entry(db: Database) -> None:
    def fill(rows: Rows) -> int:
        rows.agent("an", "An")
        rows.agent("binh", "Bình")
        zalo = rows.inbox("shop-a", "zalo", title="Zalo Shop A")
        mail = rows.inbox("mail-a", "email", title="Email")
        ha = rows.contact("Nguyễn Thị Hà", title="chị", language="vi")
        on_zalo = rows.identity(zalo, ha, "889", name="Ha cute")
        on_mail = rows.identity(mail, ha, "ha@khach.example", kind="email")
        talk = rows.conversation(ha, subject="Đơn giao thiếu áo", assignee="binh", priority=2)
        rows.label("giao thiếu", conversation=talk, colour="red")
        first = rows.message(talk, "Shop ơi em nhận thiếu 1 áo", at=NOW - HOUR, inbox=zalo, identity=on_zalo)
        rows.file(first, "hop-hang.jpg", size=1_200_000)
        rows.reaction(first, "agent:an", "👍")
        rows.reaction(first, "889", "👍")
        rows.message(
            talk,
            "Dạ em kiểm tra ngay ạ.",
            at=NOW - 50 * MINUTE,
            direction="out",
            author="an",
            inbox=zalo,
            identity=on_zalo,
            state="read",
            answers_n=first,
        )
        rows.message(talk, "Kho báo thiếu 1", at=NOW - 40 * MINUTE, direction="note", author="binh")
        rows.message(
            talk,
            "Assigned to binh",
            at=NOW - 30 * MINUTE,
            direction="activity",
            extra={"code": "assigned", "to": "binh", "was": None},
        )
        rows.message(
            talk,
            "Em gửi ảnh ạ",
            at=NOW,
            inbox=mail,
            identity=on_mail,
            kind="mail",
            subject="Ảnh",
            hidden_text="> cũ",
            email={
                "from": {"name": "Hà", "address": "ha@khach.example"},
                "to": [{"name": "", "address": "shop@shop.example"}],
                "cc": [{"name": "Mẹ", "address": "me@khach.example"}],
                "bounce": {"recipient": "x@y.example", "status": "5.1.1", "reason": "no such user", "hard": True},
            },
        )
        rows.message(
            talk,
            "Tự động",
            at=NOW + MINUTE,
            direction="out",
            author_kind="bot",
            author="ngoài giờ",
            inbox=zalo,
            identity=on_zalo,
            automatic=1,
        )
        return talk

    talk = db.write_now(lambda tx: fill(Rows(tx)))
    seen = open_thread(db, talk)

    assert (seen.subject, seen.contact_name, seen.contact_title, seen.language) == (
        "Đơn giao thiếu áo",
        "Nguyễn Thị Hà",
        "chị",
        "vi",
    )
    assert (seen.assignee, seen.assignee_display, seen.priority) == ("binh", "Bình", "urgent")
    assert seen.labels == (("giao thiếu", "red"),)
    assert set(seen.inboxes) == {"Zalo Shop A", "Email"}
    assert seen.total == 6
    question, answer, note, activity, mail, robot = seen.entries
    assert (question.author, question.mark, question.inbox, question.mine) == (
        "Nguyễn Thị Hà",
        "ZA",
        "Zalo Shop A",
        False,
    )
    assert [(file.name, file.size) for file in question.files] == [("hop-hang.jpg", 1_200_000)]
    assert question.reactions == ("👍 2",)
    assert (answer.author, answer.mine, answer.state, answer.to) == ("An", True, "read", "889")
    assert answer.quoted == "Shop ơi em nhận thiếu 1 áo"
    assert (note.author, note.mine, note.direction, note.mark) == ("Bình", False, "note", "")
    assert activity.text == "assigned to Bình"
    assert activity.extra == ()
    assert mail.people == (
        ("from", "Hà <ha@khach.example>"),
        ("to", "shop@shop.example"),
        ("cc", "Mẹ <me@khach.example>"),
    )
    assert (mail.subject, mail.hidden_text) == ("Ảnh", "> cũ")
    assert mail.extra == (("not delivered", "x@y.example 5.1.1 no such user"),)
    assert (robot.author, robot.automatic) == ("ngoài giờ", True)


def test_a_form_field_that_the_text_has_is_shown_once(db: Database) -> None:
    def fill(rows: Rows) -> int:
        form = rows.inbox("form", "form")
        who = rows.contact("Hà")
        talk = rows.conversation(who)
        fields = {"fields": [["màu", "trắng"], ["size", "M"]]}
        rows.message(talk, "đổi áo\n\nmàu: trắng", inbox=form, identity=rows.identity(form, who, "mail:h@ex.example"), kind="form", extra=fields)  # fmt: skip
        return talk

    talk = db.write_now(lambda tx: fill(Rows(tx)))
    assert open_thread(db, talk).entries[0].extra == (("size", "M"),)


def test_form_fields_and_channel_facts_are_shown_in_order(db: Database) -> None:
    def fill(rows: Rows) -> int:
        form = rows.inbox("form", "form")
        who = rows.contact("สมชาย ใจดี")
        talk = rows.conversation(who)
        rows.message(
            talk,
            "ขอใบเสนอราคา",
            inbox=form,
            identity=rows.identity(form, who, "mail:s@ex.example"),
            kind="form",
            extra={
                "fields": [["ไซซ์", "L"], ["màu", "trắng"]],
                "page": {"url": "https://shop.example/a"},
                "problems": ["odd"],
            },
        )
        return talk

    talk = db.write_now(lambda tx: fill(Rows(tx)))
    assert open_thread(db, talk).entries[0].extra == (
        ("ไซซ์", "L"),
        ("màu", "trắng"),
        ("page url", "https://shop.example/a"),
        ("problem", "odd"),
    )


def test_joined_conversations_are_one_thread_in_order(db: Database) -> None:
    def fill(rows: Rows) -> tuple[int, int, int, int]:
        inbox = rows.inbox("a", "zalo")
        who = rows.contact("Trần Minh")
        identity = rows.identity(inbox, who, "1")
        root, child, grandchild, apart = (rows.conversation(who) for _ in range(4))
        rows.join(child, root)
        rows.join(grandchild, child)
        for minute, talk in enumerate((root, grandchild, child, apart, root)):
            rows.message(talk, str(minute), at=NOW + minute * MINUTE, inbox=inbox, identity=identity)
        return root, child, grandchild, apart

    root, child, grandchild, apart = db.write_now(lambda tx: fill(Rows(tx)))
    for asked in (root, child, grandchild):
        seen = open_thread(db, asked)
        assert seen.id == root
        assert set(seen.joined) == {child, grandchild}
        assert [entry.text for entry in seen.entries] == ["0", "1", "2", "4"]
        assert [entry.conversation_id for entry in seen.entries] == [root, grandchild, child, root]
    assert [entry.text for entry in open_thread(db, apart).entries] == ["3"]

    def take_back(rows: Rows) -> None:
        rows.tx.run("UPDATE conversation SET joined_into = NULL WHERE id = :id", id=child)

    db.write_now(lambda tx: take_back(Rows(tx)))
    assert [entry.text for entry in open_thread(db, root).entries] == ["0", "4"]
    assert [entry.text for entry in open_thread(db, grandchild).entries] == ["1", "2"]


def long_thread(db: Database, count: int) -> tuple[int, list[int]]:
    def fill(rows: Rows) -> tuple[int, list[int]]:
        inbox = rows.inbox("a", "zalo")
        who = rows.contact("Siriporn K.")
        identity = rows.identity(inbox, who, "1")
        talk = rows.conversation(who)
        return talk, [
            rows.message(talk, str(k), at=NOW + k * MINUTE, inbox=inbox, identity=identity) for k in range(count)
        ]

    return db.write_now(lambda tx: fill(Rows(tx)))


def texts(seen: Thread) -> list[int]:
    return [int(entry.text) for entry in seen.entries]


def test_windows_go_up_and_down_without_gaps(db: Database) -> None:
    talk, ns = long_thread(db, 100)
    end = open_thread(db, talk, limit=30)
    assert texts(end) == list(range(70, 100))
    assert (end.older, end.newer, end.total, end.last_n) == (True, False, 100, ns[-1])
    up = open_thread(db, talk, before_n=end.entries[0].n, limit=30)
    assert texts(up) == list(range(40, 70))
    assert (up.older, up.newer) == (True, True)
    top = open_thread(db, talk, before_n=ns[20], limit=30)
    assert texts(top) == list(range(20))
    assert (top.older, top.newer) == (False, True)
    down = open_thread(db, talk, after_n=ns[79], limit=30)
    assert texts(down) == list(range(80, 100))
    assert (down.older, down.newer) == (True, False)
    assert open_thread(db, talk, after_n=ns[-1]).entries == ()


@pytest.mark.parametrize(
    ("at", "first", "last"), [(50, 40, 69), (0, 0, 29), (99, 70, 99), (5, 0, 29)], ids=["inside", "top", "end", "near"]
)
def test_opens_around_an_entry_and_fills_the_window(db: Database, at: int, first: int, last: int) -> None:
    talk, ns = long_thread(db, 100)
    seen = open_thread(db, talk, around_n=ns[at], limit=30)
    assert texts(seen) == list(range(first, last + 1))
    assert (seen.older, seen.newer) == (first > 0, last < 99)


def test_opens_at_the_first_entry_this_agent_has_not_read(db: Database) -> None:
    talk, ns = long_thread(db, 100)
    db.write_now(lambda tx: Rows(tx).read_until("an", talk, ns[39]))
    seen = open_thread(db, talk, limit=30)
    assert seen.first_unread_n == ns[40]
    assert texts(seen) == list(range(30, 60))
    db.write_now(lambda tx: tx.run("UPDATE read_marker SET n = :n", n=ns[-1]))
    assert open_thread(db, talk).first_unread_n is None


def test_who_never_opened_it_starts_where_the_team_stopped(db: Database) -> None:
    talk, ns = long_thread(db, 20)
    assert open_thread(db, talk).first_unread_n is None
    db.write_now(lambda tx: tx.run("UPDATE conversation SET unread = 3"))
    assert open_thread(db, talk).first_unread_n == ns[17]


def test_own_words_and_activity_are_not_new_and_markers_hold_per_joined_conversation(db: Database) -> None:
    def fill(rows: Rows) -> tuple[int, int]:
        who = rows.contact("Trần Minh")
        root, child = rows.conversation(who), rows.conversation(who)
        rows.join(child, root)
        read = rows.message(root, "read", at=NOW)
        rows.message(root, "mine", at=NOW + MINUTE, direction="note", author="an")
        rows.message(root, "activity", at=NOW + 2 * MINUTE, direction="activity")
        in_child = rows.message(child, "read in the child", at=NOW + 3 * MINUTE)
        new = rows.message(root, "new", at=NOW + 4 * MINUTE)
        rows.read_until("an", root, read)
        rows.read_until("an", child, in_child)
        return root, new

    root, new = db.write_now(lambda tx: fill(Rows(tx)))
    assert open_thread(db, root).first_unread_n == new


def test_strangers_words_cannot_reach_the_terminal(db: Database) -> None:
    def fill(rows: Rows) -> int:
        inbox = rows.inbox("a", "email", title=HOSTILE)
        who = rows.contact(HOSTILE, title=HOSTILE)
        talk = rows.conversation(who, subject=HOSTILE)
        rows.label(HOSTILE, conversation=talk, colour=HOSTILE)
        n = rows.message(
            talk,
            HOSTILE + "\nzwei",
            inbox=inbox,
            identity=rows.identity(inbox, who, HOSTILE, name=HOSTILE),
            subject=HOSTILE,
            hidden_text=HOSTILE,
            reason=HOSTILE,
            email={"from": {"name": HOSTILE, "address": HOSTILE}, "list_id": HOSTILE},
            extra={"fields": [[HOSTILE, HOSTILE]], HOSTILE: HOSTILE},
        )
        rows.file(n, HOSTILE, media_type=HOSTILE)
        rows.reaction(n, "x", HOSTILE)
        rows.message(talk, HOSTILE, answers_n=n, direction="activity", extra={"code": HOSTILE, "to": HOSTILE})
        return talk

    talk = db.write_now(lambda tx: fill(Rows(tx)))
    shown = repr(open_thread(db, talk))
    assert "evil" in shown
    for forbidden in ("\\x1b", "\\x07", "\\u202e"):
        assert forbidden not in shown


def test_a_window_takes_a_fixed_number_of_queries(db: Database) -> None:
    talk, _ns = long_thread(db, 120)

    def count(limit: int) -> int:
        statements: list[str] = []

        def read(connection):  # type: ignore[no-untyped-def]
            connection.set_trace_callback(statements.append)
            try:
                return thread(connection, talk, me="an", now=NOW, limit=limit)
            finally:
                connection.set_trace_callback(None)

        assert len(db.read_now(read).entries) == limit
        return len(statements)

    assert count(60) == count(5)
    assert count(60) <= 25


def test_no_such_conversation(db: Database) -> None:
    with pytest.raises(NotFound, match="#4711"):
        open_thread(db, 4711)


def test_a_merged_customer_is_shown_as_who_they_are_now(db: Database) -> None:
    def fill(rows: Rows) -> tuple[int, int]:
        kept = rows.contact("Hà thật")
        gone = rows.contact("Hà cũ", merged_into=kept)
        talk = rows.conversation(gone)
        rows.message(talk, "?", at=NOW - DAY)
        return talk, kept

    talk, kept = db.write_now(lambda tx: fill(Rows(tx)))
    seen = open_thread(db, talk)
    assert (seen.contact_id, seen.contact_name) == (kept, "Hà thật")


def test_an_offer_to_join_names_the_conversation_that_shows_it(db: Database) -> None:
    def fill(rows: Rows) -> tuple[int, int]:
        who = rows.contact("Hà")
        root, child = rows.conversation(who), rows.conversation(who)
        rows.join(child, root)
        return rows.conversation(who, suggest_join=child), root

    talk, root = db.write_now(lambda tx: fill(Rows(tx)))
    assert open_thread(db, talk).suggest_join == root
    db.write_now(lambda tx: tx.run("UPDATE conversation SET suggest_join = :id WHERE id = :id", id=root))
    assert open_thread(db, root).suggest_join is None


def test_what_was_taken_back_has_left_the_thread(db: Database) -> None:
    talk, ns = long_thread(db, 3)

    def fill(rows: Rows) -> None:
        for direction in ("note", "out"):
            rows.message(
                talk, "no", at=NOW + DAY, direction=direction, author_kind="agent", author="b", state="cancelled"
            )
        rows.read_until("an", talk, ns[-1])

    db.write_now(lambda tx: fill(Rows(tx)))
    seen = open_thread(db, talk)
    assert (texts(seen), seen.total, seen.last_n, seen.first_unread_n) == ([0, 1, 2], 3, ns[-1], None)
    assert not open_thread(db, talk, before_n=ns[-1] + 1).newer
