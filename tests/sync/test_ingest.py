"""From facts to rows: once, in the right conversation, inert where it must be."""

from __future__ import annotations

import random

import pytest

from tests.support.world import CHAT, STORE_CHAT, World
from unibox_tui.desk import answer, triage
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.inbound import (
    InboundAttachment,
    MailPlace,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    Person,
    Reaction,
    Receipt,
    VisitorLeft,
)
from unibox_tui.domain.joining import MailJoin
from unibox_tui.domain.words import Author, DeliveryState, Direction, MessageKind, Status
from unibox_tui.store import messages
from unibox_tui.sync.facts import Rules

HOUR = 3_600_000
DAY = 24 * HOUR


def test_a_mail_becomes_one_conversation_with_a_number_and_waits(world: World) -> None:
    inbox = world.inbox("a")
    outcome = world.mail(inbox)
    row = world.conversation(outcome.conversation)
    assert outcome.what == "new"
    assert row["id"] == 10_001
    assert (row["status"], row["unread"], row["waiting_since"]) == ("open", 1, world.now)
    assert row["snippet"] == "Shop ơi em nhận thiếu 1 áo"
    assert world.row("SELECT name FROM contact")["name"] == "Nguyễn Thị Hà"


def test_the_same_mail_again_is_a_duplicate_with_a_new_place(world: World) -> None:
    inbox = world.inbox("a")
    first = world.mail(inbox, id="x@y", place=MailPlace("INBOX", 1, "7"))
    again = world.mail(inbox, id="x@y", place=MailPlace("INBOX", 2, "1"))
    assert (again.what, again.n) == ("duplicate", first.n)
    assert len(world.rows("SELECT * FROM message WHERE direction = 'in'")) == 1
    assert len(world.rows("SELECT * FROM mail_place")) == 2


def test_a_copy_to_another_mailbox_of_the_brand_is_one_message_with_both_inboxes(world: World) -> None:
    a, b = world.inbox("a"), world.inbox("b")
    first = world.mail(a, id="x@y", place=MailPlace("INBOX", 1, "7"))
    world.mail(b, id="x@y", place=MailPlace("INBOX", 1, "3"))
    seen = world.rows("SELECT inbox_id FROM conversation_inbox WHERE conversation_id = :id", id=first.conversation)
    assert {row["inbox_id"] for row in seen} == {a, b}
    assert world.conversation(first.conversation)["message_count"] == 1


def test_two_brands_never_mix(world: World) -> None:
    a, b = world.inbox("a", group="Shop A"), world.inbox("b", group="Shop B")
    first = world.mail(a, id="x@y")
    copy = world.mail(b, id="x@y")
    answer_there = world.mail(b, id="z@y", answers=("x@y",))
    assert first.conversation != copy.conversation
    assert answer_there.conversation == copy.conversation


def test_an_answer_by_reference_joins_and_reopens_within_the_limit(world: World) -> None:
    inbox, an = world.inbox("a"), world.agent("an")
    first = world.mail(inbox, id="q@y")
    world.db.write_now(lambda tx: triage.set_status(tx, an, [first.conversation], Status.RESOLVED))
    world.later(2 * DAY)
    again = world.mail(inbox, answers=("q@y",))
    assert again.conversation == first.conversation
    assert world.conversation(first.conversation)["status"] == "open"
    world.db.write_now(lambda tx: triage.set_status(tx, an, [first.conversation], Status.RESOLVED))
    world.later(15 * DAY)
    assert world.mail(inbox, answers=("q@y",)).conversation != first.conversation


def test_a_mail_on_monday_and_a_chat_on_tuesday_are_one_thread(world: World) -> None:
    mail, chat = world.inbox("a"), world.inbox("zalo-a", CHAT, channel="zalo")
    monday = world.mail(mail)
    contact = world.conversation(monday.conversation)["contact_id"]
    world.db.write_now(
        lambda tx: tx.run(
            "INSERT INTO identity (id, inbox_id, contact_id, kind, address) VALUES (99, :inbox, :contact, 'zalo_user', 'z1')",
            inbox=chat,
            contact=contact,
        )
    )
    world.later(DAY)
    tuesday = world.chat(chat, "z1", "em gọi hỏi đơn hôm qua", kind=MessageKind.CALL)
    assert tuesday.conversation == monday.conversation
    inboxes = world.rows("SELECT inbox_id FROM conversation_inbox WHERE conversation_id = :id", id=monday.conversation)
    assert {row["inbox_id"] for row in inboxes} == {mail, chat}


@pytest.mark.parametrize(
    ("choice", "together", "suggested"),
    [(MailJoin.JOIN, True, False), (MailJoin.ASK, False, True), (MailJoin.NEW, False, False)],
)
def test_a_mail_with_its_own_subject_follows_the_choice(
    world: World, choice: MailJoin, together: bool, suggested: bool
) -> None:
    world.rules = Rules(mail_join=choice)
    inbox = world.inbox("a")
    first = world.mail(inbox, subject="Đơn giao thiếu")
    second = world.later(HOUR).mail(inbox, subject="Hỏi thêm về size")
    assert (second.conversation == first.conversation) is together
    row = world.conversation(second.conversation)
    assert (row["suggest_join"] == first.conversation) is suggested


def test_an_order_code_finds_the_right_one_of_two(world: World) -> None:
    inbox = world.inbox("a")
    world.rules = Rules(mail_join=MailJoin.JOIN, order_patterns=(r"DH\d{5}",))
    first = world.mail(inbox, subject="Đơn DH20381", text="đơn DH20381 giao thiếu")
    world.rules = Rules(mail_join=MailJoin.NEW, order_patterns=(r"DH\d{5}",))
    world.mail(inbox, subject="chuyện khác", text="shop có bán mũ không")
    world.rules = Rules(mail_join=MailJoin.JOIN, order_patterns=(r"DH\d{5}",))
    third = world.mail(inbox, subject="Hỏi lại", text="DH20381 sao rồi ạ")
    assert third.conversation == first.conversation


def test_back_fill_newest_first_still_makes_one_thread(world: World) -> None:
    inbox = world.inbox("a")
    chain = ["a@x", "b@x", "c@x", "d@x"]
    order = list(range(4))
    random.Random(7).shuffle(order)
    for position in order:
        answers = tuple(reversed(chain[:position]))
        world.mail(inbox, id=chain[position], answers=answers, inert=True, sent_at=world.now - (10 - position) * DAY)
    assert len(world.rows("SELECT DISTINCT conversation_id FROM message WHERE direction = 'in'")) == 1


def test_import_is_inert(world: World) -> None:
    inbox = world.inbox("a")
    outcome = world.mail(inbox, inert=True, sent_at=world.now - 30 * DAY)
    row = world.conversation(outcome.conversation)
    assert (row["status"], row["unread"], row["waiting_since"]) == ("resolved", 0, None)
    assert row["last_at"] == world.now - 30 * DAY
    assert not world.rows("SELECT * FROM event")


def test_four_pictures_at_once_are_one_conversation(world: World) -> None:
    chat = world.inbox("page", CHAT, channel="messenger")
    facts = [
        MessageReceived(
            f"p{i}",
            Person("psid-1", "psid"),
            world.now,
            "",
            attachments=(InboundAttachment(f"{i}.jpg", "image/jpeg", content=b"jpeg" + bytes([i])),),
        )
        for i in range(4)
    ]
    outcomes = world.take(chat, *facts)
    assert len({outcome.conversation for outcome in outcomes}) == 1
    assert len(world.rows("SELECT * FROM attachment WHERE state = 'held'")) == 4
    assert world.conversation(outcomes[0].conversation)["snippet"] == "3.jpg"


def test_whoever_answers_our_mail_from_that_address_is_the_same_customer(world: World) -> None:
    form, mail = world.inbox("form", STORE_CHAT, channel="form"), world.inbox("a")
    an = world.agent("an")
    posted = world.take(
        form,
        MessageReceived(
            "f1",
            Person("f1", "form", "Siriporn", email="siri@customer.example"),
            world.now,
            "ขอใบกำกับภาษี",
            kind=MessageKind.FORM,
        ),
    )[0]
    done = world.db.write_now(
        lambda tx: answer.reply(tx, an, posted.conversation, Letter(text="ส่งให้ทางอีเมลค่ะ", inbox="a"))
    )
    ours = world.row("SELECT provider_id FROM message_key WHERE n = :n", n=done.data["n"])["provider_id"]
    back = world.later(HOUR).mail(mail, "siri@customer.example", "ได้รับแล้วค่ะ", answers=(ours,), name="Siriporn K.")
    assert back.conversation == posted.conversation
    assert len(world.rows("SELECT * FROM contact")) == 1


def test_receipts_only_move_forward_in_any_order(world: World) -> None:
    chat, an = world.inbox("page", CHAT, channel="messenger"), world.agent("an")
    came = world.chat(chat)
    done = world.db.write_now(lambda tx: answer.reply(tx, an, came.conversation, Letter(text="Dạ")))
    n = done.data["n"]
    ref = world.row("SELECT client_ref FROM message WHERE n = :n", n=n)["client_ref"]
    for state in (DeliveryState.READ, DeliveryState.DELIVERED, DeliveryState.SENT, DeliveryState.READ):
        world.take(chat, Receipt(state, world.now, client_ref=ref))
    assert world.row("SELECT state FROM message WHERE n = :n", n=n)["state"] == "read"


def test_a_bounce_fails_the_message_and_shows_in_the_list(world: World) -> None:
    inbox, an = world.inbox("a"), world.agent("an")
    came = world.mail(inbox)
    done = world.db.write_now(lambda tx: answer.reply(tx, an, came.conversation, Letter(text="Dạ em gửi bù ạ")))
    key = world.row("SELECT provider_id FROM message_key WHERE n = :n", n=done.data["n"])["provider_id"]
    world.db.write_now(lambda tx: messages.move_state(tx, done.data["n"], DeliveryState.SENT, forced=True))
    world.take(inbox, Receipt(DeliveryState.FAILED, world.now, provider_id=key, reason="mailbox full"))
    assert world.row("SELECT state, reason FROM message WHERE n = :n", n=done.data["n"])["reason"] == "mailbox full"
    assert world.conversation(came.conversation)["failed"] == 1


def test_an_echo_of_a_colleague_ends_the_waiting_and_one_of_a_robot_does_not(world: World) -> None:
    chat = world.inbox("page", CHAT, channel="messenger")
    came = world.chat(chat, "p1", "còn hàng không shop")
    world.later(1000)
    echo = {"direction": Direction.OUT, "author_name": "menu"}
    world.chat(chat, "p1", "Cảm ơn bạn đã nhắn tin", author=Author.BOT, **echo)
    assert world.conversation(came.conversation)["waiting_since"] is not None
    world.chat(chat, "p1", "Còn ạ", author=Author.AGENT, **echo)
    assert world.conversation(came.conversation)["waiting_since"] is None


def test_an_automatic_answer_neither_wakes_nor_waits(world: World) -> None:
    inbox, an = world.inbox("a"), world.agent("an")
    came = world.mail(inbox, id="q@y")
    world.db.write_now(lambda tx: triage.set_status(tx, an, [came.conversation], Status.RESOLVED))
    world.later(HOUR).mail(inbox, answers=("q@y",), text="Tôi đang nghỉ phép", automatic=True)
    row = world.conversation(came.conversation)
    assert (row["status"], row["waiting_since"], row["unread"]) == ("resolved", None, 1)


def test_edit_unsend_and_reaction_change_the_one_message(world: World) -> None:
    chat = world.inbox("page", CHAT, channel="messenger")
    came = world.chat(chat, id="x1", text="giá bao nhiêu")
    world.take(chat, MessageEdited("x1", "giá sỉ bao nhiêu", world.now), Reaction("x1", "v1", "👍", world.now))
    body = world.row("SELECT text FROM message_body WHERE n = :n", n=came.n)
    assert body["text"] == "giá sỉ bao nhiêu"
    assert world.row("SELECT emoji FROM reaction")["emoji"] == "👍"
    world.take(chat, MessageUnsent("x1", world.now))
    assert world.row("SELECT text FROM message_body WHERE n = :n", n=came.n)["text"] == ""
    assert not world.rows("SELECT rowid FROM search WHERE search MATCH 'si'")


def test_a_visitor_who_leaves_is_written_down_with_the_waiting_time(world: World) -> None:
    chat = world.inbox("web", STORE_CHAT, channel="livechat")
    world.chat(chat, "v1")
    world.later(90_000).take(chat, VisitorLeft("v1", world.now))
    data = world.row("SELECT data FROM event WHERE kind = 'visitor.left'")["data"]
    assert '"waited_ms":90000' in data


def test_facts_shuffled_and_repeated_give_the_same_store(world: World) -> None:
    chat = world.inbox("page", CHAT, channel="messenger")
    facts = [MessageReceived(f"m{i}", Person(f"p{i % 3}", "psid"), world.now + i * 1000, f"tin {i}") for i in range(30)]
    for seed in range(20):
        shuffled = facts * 2
        random.Random(seed).shuffle(shuffled)
        world.take(chat, *shuffled)
    assert len(world.rows("SELECT * FROM message WHERE direction = 'in'")) == 30
    assert len(world.rows("SELECT * FROM conversation")) == 3
    texts = [
        row["text"] for row in world.rows("SELECT b.text FROM message m JOIN message_body b ON b.n = m.n ORDER BY m.n")
    ]
    assert sorted(texts) == sorted(f"tin {i}" for i in range(30))
