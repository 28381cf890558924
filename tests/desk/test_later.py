"""Sending later: shown with its time, taken back by undo, refused when the channel would not take it by then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.world import CHAT, World
from unibox_tui.desk import actions, reading, undo
from unibox_tui.desk.actions import Call
from unibox_tui.domain.errors import Refused
from unibox_tui.views import outbox, thread

HOUR = 3_600_000


def reply(world: World, actor: object, top: int, **args: object):
    return world.db.write_now(lambda tx: actions.perform(tx, actor, Call("reply", {"text": "Dạ em báo lại ạ", **args}), [top]))  # fmt: skip


def test_it_waits_with_its_time_in_thread_and_outbox_until_undo_takes_it_back(world: World) -> None:
    an = world.agent("an")
    top = int(world.mail(world.inbox("a")).conversation or 0)
    at = world.now + 20 * HOUR
    done = reply(world, an, top, send_at=at, then="resolve")
    assert ", leaves 20" in done.summary
    (waiting,) = world.db.read_now(outbox.outbox)
    assert (waiting.state, waiting.not_before) == ("held", at)
    shown = world.db.read_now(lambda db: thread.thread(db, top, me="an", now=world.now))
    (written,) = [entry for entry in shown.entries if entry.direction == "out"]
    assert (written.state, written.leaves_at) == ("held", at)
    assert world.conversation(top)["status"] == "resolved"
    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert world.db.read_now(outbox.outbox) == ()
    assert world.conversation(top)["status"] == "open"
    assert world.row("SELECT text FROM draft WHERE agent = 'an'")["text"] == "Dạ em báo lại ạ"


def test_a_window_that_would_be_closed_by_then_refuses(world: World) -> None:
    an = world.agent("an")
    top = int(world.chat(world.inbox("z", CHAT, channel="livechat")).conversation or 0)
    reply(world, an, top, send_at=world.now + 23 * HOUR)
    with pytest.raises(Refused, match="will be over by then"):
        reply(world, an, top, send_at=world.now + 25 * HOUR)
    world.later(25 * HOUR)
    with pytest.raises(Refused, match="is over"):
        reply(world, an, top, send_at=world.now - HOUR)


@pytest.mark.parametrize(("left", "held"), [(60_000, 5_000), (6_000, 4_000), (1_000, 0)])
def test_what_can_be_taken_back_leaves_before_the_window_closes_over_it(world: World, left: int, held: int) -> None:
    an = world.agent("an")
    top = int(world.chat(world.inbox("z", replace(CHAT, undo_send_ms=5_000), channel="livechat")).conversation or 0)
    (way,) = world.db.read_now(lambda db: thread.thread(db, top, me="an", now=world.now)).ways
    assert way.closes_at is not None
    world.later(way.closes_at - world.now - left)
    done = reply(world, an, top)
    assert done.data["held_until"] - world.now == held


def test_read_on_scrolling_clears_only_at_the_end(world: World) -> None:
    an = world.agent("an")
    inbox = world.inbox("z", CHAT, channel="livechat")
    first = world.chat(inbox, text="một")
    second = world.later(5_000).chat(inbox, text="hai")
    top = int(second.conversation or 0)
    world.db.write_now(lambda tx: reading.seen(tx, an, top, first.n or 0, clears=True))
    assert world.conversation(top)["unread"] == 2
    world.db.write_now(lambda tx: reading.seen(tx, an, top, second.n or 0, clears=True))
    assert world.conversation(top)["unread"] == 0
