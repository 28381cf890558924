"""Claims, statuses, labels; and undo that never touches what somebody else changed."""

from __future__ import annotations

import threading

import pytest

from tests.support.world import CHAT, World
from unibox_tui.desk import actions, answer, triage, undo
from unibox_tui.desk.actions import Call
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.errors import Conflict, NotFound, WrongUse
from unibox_tui.domain.words import Priority, Status
from unibox_tui.store import labels
from unibox_tui.store.database import Database
from unibox_tui.views.phrases import moment


def do(world: World, actor: object, name: str, *targets: int, **args: object):
    return world.db.write_now(lambda tx: actions.perform(tx, actor, Call(name, args), list(targets)))


def test_a_claim_is_atomic_and_the_loser_is_told_who_has_it(world: World) -> None:
    an, binh = world.agent("an"), world.agent("binh")
    top = world.mail(world.inbox("a")).conversation
    do(world, an, "assign", top, agent="me", seen_owner=None)
    with pytest.raises(Conflict, match="An has"):
        do(world, binh, "assign", top, agent="me", seen_owner=None)
    with pytest.raises(Conflict, match="An has"):  # painted in the same moment is not yet seen
        do(world, binh, "assign", top, agent="me", seen_owner="an")
    world.later(2_000)
    do(world, binh, "assign", top, agent="me", seen_owner="an")
    assert world.conversation(top)["assignee"] == "binh"


def test_of_ten_processes_that_claim_at_once_one_has_it(world: World) -> None:
    top = world.mail(world.inbox("a")).conversation
    agents = [world.agent(f"agent{i}") for i in range(10)]
    won: list[str] = []

    def claim(name: str, actor: object) -> None:
        with Database(world.db.path) as own:
            try:
                own.write_now(lambda tx: triage.assign(tx, actor, [top], name, seen=None))
                won.append(name)
            except Conflict:
                pass

    threads = [threading.Thread(target=claim, args=(actor.name, actor)) for actor in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [world.conversation(top)["assignee"]]


def test_two_who_answer_at_once(world: World) -> None:
    an, binh = world.agent("an"), world.agent("binh")
    came = world.mail(world.inbox("a"))
    letter = Letter(text="Dạ em kiểm tra ngay ạ", seen_owner=None, seen_n=came.n)
    world.db.write_now(lambda tx: answer.reply(tx, an, came.conversation, letter))
    with pytest.raises(Conflict):
        world.db.write_now(lambda tx: answer.reply(tx, binh, came.conversation, letter))
    assert len(world.rows("SELECT * FROM outbox")) == 1


def test_sending_past_an_unseen_message_is_stopped_once(world: World) -> None:
    an = world.agent("an")
    inbox = world.inbox("a")
    came = world.mail(inbox, id="q@y")
    world.later(1000).mail(inbox, answers=("q@y",), text="À thôi khỏi đổi")
    letter = Letter(text="Em đổi cho chị nhé", seen_n=came.n)
    with pytest.raises(Conflict) as stopped:
        world.db.write_now(lambda tx: answer.reply(tx, an, came.conversation, letter))
    assert stopped.value.code == "newer"
    world.db.write_now(
        lambda tx: answer.reply(tx, an, came.conversation, Letter(text="Dạ vâng", seen_n=came.n, force=True))
    )


def test_statuses_and_snooze(world: World) -> None:
    an = world.agent("an")
    top = world.mail(world.inbox("a")).conversation
    with pytest.raises(WrongUse):
        do(world, an, "snooze", top, until=world.now - 1)
    done = do(world, an, "snooze", top, until=world.now + 1000)
    assert moment(world.now + 1000) in done.summary
    assert world.conversation(top)["status"] == "snoozed"
    world.later(2000)
    assert world.db.write_now(triage.wake_due) == [top]
    row = world.conversation(top)
    assert (row["status"], row["unread"]) == ("open", 1)


def test_labels_in_any_script_fold_and_sets_exclude(world: World) -> None:
    an = world.agent("an")
    top = world.mail(world.inbox("a")).conversation
    do(world, an, "label", top, labels=["giao thiếu", "จัดส่งแล้ว"])
    do(world, an, "label", top, labels=["GIAO THIEU"])
    names = [row["name"] for row in world.db.read_now(lambda db: labels.of_conversation(db, top))]
    assert sorted(names) == ["giao thiếu", "จัดส่งแล้ว"]
    world.db.write_now(lambda tx: [labels.ensure(tx, name, label_set="deal") for name in ("chốt", "hủy")])
    do(world, an, "label", top, labels=["chốt"])
    do(world, an, "label", top, labels=["hủy"])
    names = [row["name"] for row in world.db.read_now(lambda db: labels.of_conversation(db, top))]
    assert "hủy" in names
    assert "chốt" not in names


def test_undo_takes_back_a_bulk_and_leaves_what_others_changed(world: World) -> None:
    an, binh = world.agent("an"), world.agent("binh")
    inbox = world.inbox("page", CHAT, channel="messenger")
    tops = [world.chat(inbox, f"p{i}").conversation for i in range(20)]
    do(world, an, "priority", *tops, priority="urgent")
    do(world, binh, "priority", tops[0], priority="high")
    done = world.db.write_now(lambda tx: undo.undo(tx, an))
    assert done.changed == 19
    assert done.data["kept"] == 1
    assert world.conversation(tops[0])["priority"] == 1
    assert {world.conversation(top)["priority"] for top in tops[1:]} == {0}
    again = world.db.write_now(lambda tx: undo.redo(tx, an))
    assert again.changed == 19


def test_undo_of_a_held_reply_gives_the_text_back(world: World) -> None:
    an = world.agent("an")
    came = world.mail(world.inbox("a"))
    world.db.write_now(lambda tx: answer.reply(tx, an, came.conversation, Letter(text="Dạ sai rồi", hold_ms=5000)))
    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert world.row("SELECT state FROM outbox")["state"] == "cancelled"
    assert world.row("SELECT text FROM draft")["text"] == "Dạ sai rồi"
    row = world.conversation(came.conversation)
    assert (row["assignee"], row["waiting_since"]) == (None, world.now)


def test_nothing_to_undo_says_so(world: World) -> None:
    an = world.agent("an")
    with pytest.raises(NotFound, match="Nothing to undo"):
        world.db.write_now(lambda tx: undo.undo(tx, an))


def test_resolve_and_undo_restore_unread_and_waiting(world: World) -> None:
    an = world.agent("an")
    top = world.mail(world.inbox("a")).conversation
    before = world.conversation(top)
    do(world, an, "resolve", top)
    assert world.conversation(top)["waiting_since"] is None
    world.db.write_now(lambda tx: undo.undo(tx, an))
    after = world.conversation(top)
    for column in ("status", "unread", "waiting_since", "assignee", "priority"):
        assert after[column] == before[column], column


def test_spam_leaves_and_comes_back(world: World) -> None:
    an = world.agent("an")
    inbox = world.inbox("a")
    top = world.mail(inbox, id="q@y").conversation
    do(world, an, "spam", top)
    world.mail(inbox, answers=("q@y",))
    assert world.conversation(top)["waiting_since"] is None
    do(world, an, "spam", top)
    assert world.conversation(top)["waiting_since"] is not None


def test_unknown_agent_and_label_name_the_way_out(world: World) -> None:
    an = world.agent("an")
    top = world.mail(world.inbox("a")).conversation
    with pytest.raises(NotFound, match="Known: an"):
        do(world, an, "assign", top, agent="nobody-known")
    with pytest.raises(NotFound, match="no label"):
        do(world, an, "unlabel", top, labels=["không có"])


def test_priority_words() -> None:
    assert [str(p) for p in Priority] == ["low", "normal", "high", "urgent"]
    assert Status("snoozed") is Status.SNOOZED


def test_what_was_resolved_by_mistake_waits_again(world: World) -> None:
    an = world.agent("an")
    top = world.mail(world.inbox("a")).conversation
    since = world.conversation(top)["waiting_since"]
    do(world, an, "resolve", top)
    world.later(60_000)
    do(world, an, "reopen", top)
    assert world.conversation(top)["waiting_since"] == since
