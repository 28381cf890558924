"""An answer to one message: by reference, as a line of the text, or refused; and what it is when it is taken back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.support.world import CHAT, MAIL, World
from unibox_tui.desk import answer, undo
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.errors import NotFound, Refused
from unibox_tui.store import messages
from unibox_tui.store.database import Row
from unibox_tui.store.messages import StoredFile
from unibox_tui.views.ways import ways

QUOTING = replace(CHAT, quotes=True)


def n_of(world: World, text: str) -> int:
    return int(world.row("SELECT n FROM message_body WHERE text = :text", text=text)["n"])


def leaves(world: World) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(world.row("SELECT payload FROM outbox ORDER BY id DESC LIMIT 1")["payload"])
    return payload


def last(world: World) -> Row:
    return world.row("SELECT m.n, m.answers_n, b.text FROM message m JOIN message_body b USING (n) ORDER BY n DESC LIMIT 1")  # fmt: skip


def two_questions(world: World, inbox: int) -> int:
    top = world.chat(inbox, text="Áo này còn size M không ạ?", id="q1").conversation or 0
    world.later(1_000).chat(inbox, text="Ship về Huế mấy ngày shop?", id="q2")
    return top


def test_the_channel_points_at_the_message_where_it_can(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a", QUOTING, channel="zalo")
    top = two_questions(world, inbox)
    first = n_of(world, "Áo này còn size M không ạ?")
    world.db.write_now(lambda tx: answer.reply(tx, an, top, Letter(text="Dạ còn ạ", answers=first)))
    assert leaves(world)["answers"] == "q1"
    assert leaves(world)["text"] == "Dạ còn ạ"
    assert (last(world)["answers_n"], last(world)["text"]) == (first, "Dạ còn ạ")


def test_elsewhere_its_words_are_a_line_and_what_is_shown_is_what_left(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a", CHAT, channel="zalo")
    top = two_questions(world, inbox)
    first = n_of(world, "Áo này còn size M không ạ?")
    world.db.write_now(lambda tx: answer.reply(tx, an, top, Letter(text="Dạ còn ạ", answers=first)))
    assert leaves(world)["answers"] is None
    assert leaves(world)["text"] == last(world)["text"] == "> Áo này còn size M không ạ?\nDạ còn ạ"


def test_the_line_counts_where_the_channel_is_short(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a", replace(CHAT, text_limit=40, text_parts=10), channel="zalo")
    top = two_questions(world, inbox)
    first = n_of(world, "Áo này còn size M không ạ?")
    done = world.db.write_now(
        lambda tx: answer.reply(tx, an, top, Letter(text="Dạ còn, chị lấy màu nào ạ?", answers=first))
    )
    assert done.data["parts"] == 2
    texts = [row["text"] for row in world.rows("SELECT b.text FROM outbox o JOIN message_body b USING (n) ORDER BY n")]
    assert texts == ["> Áo này còn size M không ạ?", "Dạ còn, chị lấy màu nào ạ?"]


def test_a_message_that_came_another_way_is_no_reference_there(world: World) -> None:
    """Its id means nothing to the other channel, or somebody else's message."""
    an, chat, mail = world.agent("an"), world.inbox("a", QUOTING, channel="zalo"), world.inbox("m", MAIL)
    top = two_questions(world, chat)
    contact = world.conversation(top)["contact_id"]
    world.mail(mail)
    world.db.write_now(lambda tx: tx.run("UPDATE identity SET contact_id = :c", c=contact))
    first = n_of(world, "Áo này còn size M không ạ?")
    letter = Letter(text="Dạ còn ạ", answers=first, inbox="m", address="ha@khach.example")
    world.db.write_now(lambda tx: answer.reply(tx, an, top, letter))
    assert leaves(world)["answers"] is None
    assert leaves(world)["text"].startswith("> Áo này còn size M")


def test_a_note_is_never_quoted_to_the_customer(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a", QUOTING, channel="zalo")
    top = two_questions(world, inbox)
    world.db.write_now(lambda tx: answer.note(tx, an, top, "khách khó tính"))
    note = n_of(world, "khách khó tính")
    with pytest.raises(Refused, match="for colleagues"):
        world.db.write_now(lambda tx: answer.reply(tx, an, top, Letter(text="Dạ", answers=note)))
    assert world.rows("SELECT 1 FROM outbox") == []


def test_what_its_sender_took_back_is_not_quoted(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a", QUOTING, channel="zalo")
    top = two_questions(world, inbox)
    first = n_of(world, "Áo này còn size M không ạ?")
    world.db.write_now(lambda tx: tx.run("UPDATE message SET unsent_at = 1 WHERE n = :n", n=first))
    with pytest.raises(Refused, match="taken back"):
        world.db.write_now(lambda tx: answer.reply(tx, an, top, Letter(text="Dạ", answers=first)))


def test_nobody_is_quoted_to_somebody_else(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a", QUOTING, channel="zalo")
    top = two_questions(world, inbox)
    world.chat(inbox, "v2", "số em là 0900 000 111", id="other")
    other = n_of(world, "số em là 0900 000 111")
    with pytest.raises(NotFound, match="not of the customer"):
        world.db.write_now(lambda tx: answer.reply(tx, an, top, Letter(text="Dạ", answers=other)))


def test_taken_back_it_quotes_again(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a", replace(QUOTING, undo_send_ms=5_000), channel="zalo")
    top = two_questions(world, inbox)
    first = n_of(world, "Áo này còn size M không ạ?")
    world.db.write_now(lambda tx: answer.reply(tx, an, top, Letter(text="Dạ còn ạ", answers=first)))
    world.db.write_now(lambda tx: undo.undo(tx, an))
    draft = world.row("SELECT text, options FROM draft")
    assert draft["text"] == "Dạ còn ạ"
    assert json.loads(draft["options"]) == {"answers": first}


def test_our_own_words_are_quoted_once_the_provider_has_them(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a", QUOTING, channel="zalo")
    top = two_questions(world, inbox)
    world.db.write_now(lambda tx: answer.reply(tx, an, top, Letter(text="Dạ còn size M")))
    ours = n_of(world, "Dạ còn size M")
    assert world.db.read_now(lambda db: messages.provider_id(db, ours)) is None
    world.db.write_now(lambda tx: answer.reply(tx, an, top, Letter(text="Màu trắng ạ", answers=ours)))
    assert leaves(world)["text"] == "> Dạ còn size M\nMàu trắng ạ"


def test_a_file_too_large_is_named_in_megabytes(world: World) -> None:
    an = world.agent("an")
    inbox = world.inbox("a", replace(QUOTING, attachments=True, attachment_limit=5_000_000), channel="zalo")
    top = two_questions(world, inbox)
    letter = Letter(
        text="Dạ",
        files=(
            StoredFile("nho.jpg", "image/jpeg", 1_000, "00"),
            StoredFile("to.mp4", "video/mp4", 7_340_032, "01"),
        ),
    )
    with pytest.raises(Refused, match=r"to\.mp4 has 7\.4 MB; Shop a takes at most 5 MB\."):
        world.db.write_now(lambda tx: answer.reply(tx, an, top, letter))


def test_in_a_group_the_words_are_a_line_where_the_channel_quotes_people_only(world: World) -> None:
    an = world.agent("an")
    inbox = world.inbox("a", replace(QUOTING, extra={"quotes_not_to": ["group"]}), channel="zalo")
    top = two_questions(world, inbox)
    assert world.db.read_now(lambda db: ways(db, top, now=world.now))[0].quotes
    world.db.write_now(lambda tx: tx.run("UPDATE identity SET kind = 'group'"))
    assert not world.db.read_now(lambda db: ways(db, top, now=world.now))[0].quotes
    first = n_of(world, "Áo này còn size M không ạ?")
    world.db.write_now(lambda tx: answer.reply(tx, an, top, Letter(text="Dạ còn ạ", answers=first)))
    assert leaves(world)["text"].startswith("> Áo này")


def test_a_mail_without_an_id_of_its_own_is_answered_without_naming_ours(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a", MAIL)
    top = world.mail(inbox, id="digest:ab12").conversation or 0
    world.db.write_now(lambda tx: answer.reply(tx, an, top, Letter(text="Dạ chị")))
    assert (leaves(world)["options"]["in_reply_to"], leaves(world)["options"]["references"]) == (None, [])
