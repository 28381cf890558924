"""Unsent text: answer, note and first message side by side, and what sending, taking back and sending again do to it."""

from __future__ import annotations

from tests.support.world import MAIL, World
from unibox_tui.desk import answer, drafts, undo
from unibox_tui.desk.drafts import NOWHERE, Draft
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.policy import Capabilities
from unibox_tui.store import schema

HELD = Capabilities(subject=True, starts=True, undo_send_ms=5_000, address_kind="email")


def text_of(world: World, conversation: int, mode: str | None = None) -> str | None:
    found = world.db.read_now(lambda db: drafts.load(db, "an", conversation, mode))
    return found.text if found else None


def begun(world: World, inbox: int) -> int:
    conversation = world.mail(inbox).conversation
    assert conversation is not None
    return conversation


def keep(world: World, conversation: int, mode: str, text: str) -> None:
    world.later(1_000)
    world.db.write_now(lambda tx: drafts.save(tx, "an", Draft(conversation, mode, text)))


def test_an_answer_and_a_note_are_two_drafts_and_each_ends_with_its_own_sending(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a", MAIL)
    one = begun(world, inbox)
    keep(world, one, "reply", "Dạ vâng")
    keep(world, one, "note", "kho báo hết")
    assert (text_of(world, one), text_of(world, one, "reply")) == ("kho báo hết", "Dạ vâng")
    world.db.write_now(lambda tx: answer.note(tx, an, one, "kho báo hết"))
    assert (text_of(world, one, "note"), text_of(world, one)) == (None, "Dạ vâng")
    world.db.write_now(lambda tx: answer.reply(tx, an, one, Letter(text="Dạ vâng")))
    assert text_of(world, one) is None


def test_a_first_message_is_kept_until_it_is_sent(world: World) -> None:
    an = world.agent("an")
    world.inbox("a", MAIL)
    keep(world, NOWHERE, "new", "Dạ chào chị Lan")
    assert text_of(world, NOWHERE, "new") == "Dạ chào chị Lan"
    letter = Letter(text="Dạ chào chị Lan", subject="Báo giá")
    world.db.write_now(lambda tx: answer.new(tx, an, "a", "lan@khach.example", letter))
    assert text_of(world, NOWHERE, "new") is None


def test_an_answer_taken_back_is_the_draft_again_and_sent_again_it_is_none(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a", HELD)
    one = begun(world, inbox)
    world.db.write_now(lambda tx: answer.reply(tx, an, one, Letter(text="Dạ vâng")))
    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert text_of(world, one) == "Dạ vâng"
    world.db.write_now(lambda tx: undo.redo(tx, an))
    assert text_of(world, one) is None


def test_what_has_left_is_not_said_to_be_undone(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a", HELD)
    one = begun(world, inbox)
    world.db.write_now(lambda tx: answer.reply(tx, an, one, Letter(text="Dạ vâng")))
    world.db.write_now(lambda tx: tx.run("UPDATE outbox SET state = 'sent'"))
    done = world.db.write_now(lambda tx: undo.undo(tx, an))
    assert "too late" in done.summary
    assert world.conversation(one)["unread"] == 0
    assert world.conversation(one)["assignee"] == "an"


def test_drafts_of_an_older_store_are_kept(world: World) -> None:
    newest = [number for number, name, _sql in schema.migrations() if name == "drafts_by_kind"]
    before = schema.expected_fingerprint(newest[0] - 1)
    now = schema.expected_fingerprint()
    assert before["table draft"] != now["table draft"]
    assert "agent, conversation_id, mode" in now["table draft"]
