"""Join and split are recorded and taken back, whatever came in between; brands never mix."""

from __future__ import annotations

import pytest

from tests.support.world import World
from unibox_tui.desk import threads, undo
from unibox_tui.domain.errors import Refused, WrongUse
from unibox_tui.store import conversations


def members(world: World, top: int) -> list[int]:
    return world.db.read_now(lambda db: conversations.members(db, top))


def test_join_shows_both_and_rewrites_no_message(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a")
    one = world.mail(inbox, "ha@khach.example", subject="một").conversation
    two = world.mail(inbox, "minh@khach.example", subject="hai").conversation
    world.db.write_now(lambda tx: threads.join(tx, an, two, one))
    assert members(world, one) == [one, two]
    assert world.conversation(one)["unread"] == 2
    assert world.row("SELECT conversation_id FROM message WHERE born_in = :id", id=two)["conversation_id"] == two
    world.db.write_now(lambda tx: threads.split(tx, an, one))
    assert members(world, one) == [one]
    assert world.conversation(two)["joined_into"] is None


def test_undo_of_a_join_gives_back_exactly_what_was(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a")
    one = world.mail(inbox, "ha@khach.example").conversation
    two = world.mail(inbox, "minh@khach.example").conversation
    before = [dict(world.conversation(id)) for id in (one, two)]
    world.db.write_now(lambda tx: threads.join(tx, an, two, one))
    world.db.write_now(lambda tx: undo.undo(tx, an))
    for id, old in zip((one, two), before, strict=True):
        now = dict(world.conversation(id))
        for column in ("status", "unread", "assignee", "waiting_since", "joined_into", "message_count", "snippet"):
            assert now[column] == old[column], (id, column)


def test_two_brands_are_never_joined(world: World) -> None:
    an = world.agent("an")
    one = world.mail(world.inbox("a", group="Shop A")).conversation
    two = world.mail(world.inbox("b", group="Shop B")).conversation
    with pytest.raises(Refused, match="brands"):
        world.db.write_now(lambda tx: threads.join(tx, an, two, one))


def test_a_new_message_of_a_joined_one_goes_to_the_thread_that_shows_it(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a")
    one = world.mail(inbox, "ha@khach.example", id="a@x").conversation
    two = world.mail(inbox, "minh@khach.example", id="b@x").conversation
    world.db.write_now(lambda tx: threads.join(tx, an, two, one))
    came = world.mail(inbox, "minh@khach.example", answers=("b@x",))
    assert came.conversation == one
    assert world.conversation(one)["unread"] == 3


def test_split_off_from_a_message_and_undo(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a")
    first = world.mail(inbox, id="a@x")
    second = world.later(1000).mail(inbox, answers=("a@x",), text="chuyện khác hẳn")
    done = world.db.write_now(lambda tx: threads.split(tx, an, first.conversation, from_n=second.n))
    new = done.data["conversation"]
    assert world.row("SELECT conversation_id, born_in FROM message WHERE n = :n", n=second.n)["conversation_id"] == new
    assert world.conversation(first.conversation)["message_count"] == 1
    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert (
        world.row("SELECT conversation_id FROM message WHERE n = :n", n=second.n)["conversation_id"]
        == first.conversation
    )
    assert world.conversation(first.conversation)["message_count"] == 2
    with pytest.raises(WrongUse):
        world.db.write_now(lambda tx: threads.split(tx, an, first.conversation, from_n=first.n))


def test_the_suggestion_is_accepted_or_put_away(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a")
    first = world.mail(inbox, subject="một")
    second = world.later(1000).mail(inbox, subject="hai")
    world.db.write_now(lambda tx: threads.keep_apart(tx, an, second.conversation))
    assert world.conversation(second.conversation)["suggest_join"] is None
    world.db.write_now(lambda tx: undo.undo(tx, an))
    world.db.write_now(lambda tx: threads.accept_suggestion(tx, an, second.conversation))
    assert members(world, first.conversation) == [first.conversation, second.conversation]
