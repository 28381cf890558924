"""One action on many conversations: short transactions, one undo, honest counts; and undo that gives back what was."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.world import World
from unibox_tui.desk import actions, bulk, undo
from unibox_tui.desk.actions import Call
from unibox_tui.desk.bulk import Budget, Bulk
from unibox_tui.domain.errors import NotFound, WrongUse
from unibox_tui.store import labels
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor


@dataclass
class SlowClock:
    """Each look at it takes `cost` seconds, as if each change did."""

    cost: float
    now: float = 0.0

    def __call__(self) -> float:
        self.now += self.cost
        return self.now


QUICK = Budget()


def on(world: World, actor: Actor, work: Bulk, budget: Budget) -> Bulk:
    return world.db.write_now(lambda tx: bulk.step(tx, actor, work, budget))


def many(world: World, count: int) -> list[int]:
    inbox = world.inbox("a")
    return [int(world.mail(inbox, f"k{n}@khach.example", subject=f"Đơn {n}").conversation or 0) for n in range(count)]


def run(world: World, actor: Actor, work: Bulk, budget: Budget = QUICK, *, most: int = 10_000) -> Bulk:
    for _ in range(most):
        if work.ended:
            break
        work = on(world, actor, work, budget)
    return work


def one(tx: Tx, *, actor: Actor, going: undo.Walk, budget: Budget | None) -> undo.Walk:
    if budget is None:
        return undo.step(tx, actor, going)
    with budget.spend() as enough:
        return undo.step(tx, actor, going, enough)


def walk(
    world: World, actor: Actor, budget: Budget | None = None, *, back: bool = True, most: int = 10_000
) -> undo.Walk:
    going = world.db.write_now(lambda tx: undo.begin(tx, actor, backwards=back))
    for _ in range(most):
        if going.done is not None:
            break
        going = world.db.write_now(functools.partial(one, actor=actor, going=going, budget=budget))
    return going


def state(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """All that an agent's sorting may change."""
    columns = "id, status, snoozed_until, snooze_wake_on_reply, assignee, priority, spam, unread, resolved_at, waiting_since, joined_into"
    return {
        "conversations": [tuple(row) for row in world.rows(f"SELECT {columns} FROM conversation ORDER BY id")],
        "labels": sorted(tuple(row) for row in world.rows("SELECT conversation_id, label_id FROM conversation_label")),
        "sticking": sorted(tuple(row) for row in world.rows("SELECT contact_id, label_id FROM contact_label")),
    }


def test_a_chunk_ends_before_its_time_is_over_and_a_slow_machine_does_fewer_at_once(world: World) -> None:
    an = world.agent("an")
    ids = many(world, 12)
    sizes: dict[float, list[int]] = {}
    for cost in (0.004, 0.010, 1.0):
        work = bulk.of(Call("label", {"labels": [f"vip {cost}"]}), ids)
        came: list[int] = []
        while not work.ended:
            before = work
            work = on(world, an, before, Budget(SlowClock(cost), 0.035))
            came.append(work.at - before.at)
        sizes[cost] = came
    assert sizes[0.004] == [8, 4]  # the ninth would have ended at 36 ms
    assert sizes[0.010] == [3, 3, 3, 3]
    assert sizes[1.0] == [1] * 12  # it always goes on


def test_it_is_one_action_one_undo_and_one_redo(world: World) -> None:
    an = world.agent("an")
    ids = many(world, 9)
    before = state(world)
    slow = Budget(SlowClock(0.01), 0.035)
    work = run(world, an, bulk.of(Call("label", {"labels": ["vip"]}), ids), slow)
    assert str(bulk.done(work).summary) == "9 conversations labelled “vip”"
    after = state(world)
    row = world.row("SELECT * FROM action")
    assert (row["wanted"], row["done"], row["changed"]) == (9, 9, 9)
    done = walk(world, an, slow).done
    assert done is not None
    assert str(done.summary) == "undone: 9 conversations labelled “vip”"
    assert state(world) == before
    assert walk(world, an, slow, back=False).done is not None
    assert state(world) == after


def test_broken_off_it_says_how_many_of_how_many_and_undo_takes_back_what_was_done(world: World) -> None:
    an = world.agent("an")
    ids = many(world, 9)
    before = state(world)
    work = run(world, an, bulk.of(Call("resolve"), ids), Budget(SlowClock(0.01), 0.035), most=1)
    world.db.write_now(lambda tx: bulk.stop(tx, work))
    assert (work.at, str(bulk.done(work).summary)) == (3, "3 conversations resolved (of 9)")
    assert [world.conversation(id)["status"] for id in ids] == ["resolved"] * 3 + ["open"] * 6
    done = walk(world, an).done
    assert done is not None
    assert done.changed == 3
    assert state(world) == before


def test_an_undo_that_is_killed_midway_goes_on_where_it_was(world: World) -> None:
    an = world.agent("an")
    before_all = state(world)
    ids = many(world, 9)
    before = state(world)
    run(world, an, bulk.of(Call("priority", {"priority": "urgent"}), ids))
    going = walk(world, an, Budget(SlowClock(0.01), 0.035), most=1)
    assert going.done is None
    assert going.restored == 3
    done = walk(world, an).done  # nothing of the first walk but the store
    assert done is not None
    assert (done.changed, done.data["kept"]) == (9, 0)
    assert state(world) == before != before_all
    with pytest.raises(NotFound):
        walk(world, an)


def test_undo_names_what_somebody_has_changed_since_and_keeps_it(world: World) -> None:
    an, binh = world.agent("an"), world.agent("binh")
    ids = many(world, 4)
    run(world, an, bulk.of(Call("priority", {"priority": "urgent"}), ids))
    world.db.write_now(lambda tx: actions.perform(tx, binh, Call("priority", {"priority": "high"}), ids[1:2]))
    done = walk(world, an).done
    assert done is not None
    assert f"(1 of 4 changed since or already gone, kept as they are: #{ids[1]} priority)" in done.summary
    assert done.data["kept_conversations"] == [ids[1]]
    ranks = [world.conversation(id)["priority"] for id in ids]
    assert ranks[1] == 1
    assert {ranks[0], ranks[2], ranks[3]} == {0}


def test_what_is_gone_or_held_by_another_is_counted_and_left(world: World) -> None:
    an, binh = world.agent("an"), world.agent("binh")
    ids = many(world, 3)
    world.db.write_now(lambda tx: actions.perform(tx, binh, Call("assign", {"agent": "me"}), ids[:1]))
    work = run(world, an, bulk.of(Call("assign", {"agent": "me"}), [*ids, 999_999]))
    done = bulk.done(work)
    assert (done.changed, done.data["refused"]) == (2, 2)
    assert f"#{ids[0]}: Binh has #{ids[0]} already." in done.summary
    assert world.conversation(ids[0])["assignee"] == "binh"


def test_what_is_wrong_with_the_call_is_said_before_anything_is_done(world: World) -> None:
    an = world.agent("an")
    ids = many(world, 3)
    with pytest.raises(WrongUse, match="one conversation at a time"):
        bulk.of(Call("reply", {"text": "Dạ"}), ids)
    with pytest.raises(WrongUse, match="past"):
        run(world, an, bulk.of(Call("snooze", {"until": world.now - 1}), ids))
    assert world.rows("SELECT * FROM action") == []
    nothing = run(world, an, bulk.of(Call("reopen"), ids))
    assert bulk.done(nothing).action_id is None
    assert world.rows("SELECT * FROM action") == []  # it changed nothing: undo reaches what was before


def test_spam_the_other_way_round_is_decided_once_for_all(world: World) -> None:
    an = world.agent("an")
    ids = many(world, 3)
    run(world, an, bulk.of(Call("spam", {"spam": True}), ids[:1]))
    run(world, an, bulk.of(Call("spam"), ids), Budget(SlowClock(1), 0.01))
    assert [world.conversation(id)["spam"] for id in ids] == [1, 1, 1]


@pytest.mark.slow
def test_ten_thousand_are_done_in_many_short_transactions_and_one_undo(world: World) -> None:
    an = world.agent("an")
    some = many(world, 40)
    ids = _cloned(world, some[0], 10_000)
    clock = SlowClock(0.001)
    steps = 0
    work = bulk.of(Call("label", {"labels": ["vip"]}), ids)
    while not work.ended:
        before = work
        work = on(world, an, before, Budget(clock, 0.035))
        assert 30 <= work.at - before.at <= 35 or work.ended
        steps += 1
    assert 10_000 // 35 <= steps <= 10_000 // 30
    assert work.changed == 10_000
    done = walk(world, an).done
    assert done is not None
    assert done.changed == 10_000
    assert world.rows("SELECT * FROM conversation_label") == []


def _cloned(world: World, id: int, count: int) -> list[int]:
    """That many conversations like one."""
    first = 2_000_000

    def write(tx: Any) -> None:
        names = [
            row[1]
            for row in tx.db.execute("PRAGMA table_xinfo(conversation)")
            if row[6] == 0 and row[1] not in ("id", "uid")
        ]
        tx.run(
            f"WITH RECURSIVE k(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM k WHERE n + 1 < :count) "
            f"INSERT INTO conversation (id, uid, {', '.join(names)}) SELECT :first + n, 'clone-' || n, {', '.join(names)} "
            "FROM k, conversation WHERE conversation.id = :id",
            first=first,
            count=count,
            id=id,
        )

    world.db.write_now(write)
    return list(range(first, first + count))


# -- whatever one agent does, undone, was never done ----------------------------------------------------------------

LABELS = ("vip", "giao thiếu", "ด่วน", "chốt", "huỷ")
one_call = st.one_of(
    st.builds(lambda name: Call("label", {"labels": [name]}), st.sampled_from(LABELS)),
    st.builds(lambda name: Call("unlabel", {"labels": [name]}), st.sampled_from(LABELS)),
    st.builds(lambda to: Call("assign", {"agent": to, "take": True}), st.sampled_from(["me", "binh", None])),
    st.builds(lambda level: Call("priority", {"priority": level}), st.sampled_from(["urgent", "high", "normal"])),
    st.builds(lambda on: Call("spam", {"spam": on}), st.booleans()),
    st.builds(lambda on: Call("unread", {"unread": on}), st.booleans()),
    st.builds(lambda hours, wake: Call("snooze", {"until": hours, "wake_on_reply": wake}), st.integers(1, 3), st.booleans()),
    st.sampled_from([Call("resolve"), Call("reopen"), Call("pending")]),
)  # fmt: skip
places = st.lists(st.integers(0, 4), min_size=1, max_size=5, unique=True)
deeds = st.lists(st.tuples(one_call, places, st.booleans()), min_size=1, max_size=8)


def _ready(world: World) -> tuple[Actor, Actor, list[int]]:
    """Five conversations of three customers, labels that exclude each other and one that sticks."""
    an, binh = world.agent("an"), world.agent("binh")
    inbox = world.inbox("a")
    ids = [int(world.mail(inbox, f"k{n % 3}@khach.example", subject=f"Đơn số {n}").conversation or 0) for n in range(5)]

    def write(tx: Any) -> None:
        for name in LABELS:
            labels.ensure(tx, name)
        labels.ensure(tx, "vip", sticks=1)
        labels.ensure(tx, "chốt", label_set="deal")
        labels.ensure(tx, "huỷ", label_set="deal")

    world.db.write_now(write)
    return an, binh, ids


def _do(world: World, actor: Actor, call: Call, targets: list[int], in_bulk: bool) -> bool:
    """Whether there is something to undo."""
    args = dict(call.args)
    if call.name == "snooze":
        args["until"] = world.now + args["until"] * 3_600_000
    call = replace(call, args=args)
    if in_bulk:
        return (
            bulk.done(run(world, actor, bulk.of(call, targets), Budget(SlowClock(0.02), 0.035))).action_id is not None
        )
    return world.db.write_now(lambda tx: actions.perform(tx, actor, call, targets)).action_id is not None


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(deeds=deeds)
def test_undoing_all_one_agent_did_gives_exactly_the_former_state(deeds: list[Any], tmp_path_factory: Any) -> None:
    world = World.at(tmp_path_factory.mktemp("undo"))
    try:
        an, _binh, ids = _ready(world)
        before = state(world)
        done = 0
        for call, which, in_bulk in deeds:
            world.later(1_000)
            done += _do(world, an, call, [ids[place] for place in which], in_bulk)
        after = state(world)
        for _ in range(done):
            world.later(1_000)
            walked = walk(world, an, Budget(SlowClock(0.02), 0.035)).done
            assert walked is not None
            assert walked.data["kept"] == 0
        assert state(world) == before
        for _ in range(done):
            world.later(1_000)
            walk(world, an, back=False)
        assert state(world) == after
    finally:
        world.db.close()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(deeds=deeds, others=st.dictionaries(st.integers(0, 7), st.tuples(one_call, places), max_size=3))
def test_undo_never_touches_what_a_second_agent_changed_in_between(deeds: list[Any], others: dict[int, Any], tmp_path_factory: Any) -> None:  # fmt: skip
    """What the colleague's changes made of a field stands after all undos."""
    world = World.at(tmp_path_factory.mktemp("undo"))
    try:
        an, binh, ids = _ready(world)
        done = 0
        for call, which, in_bulk in deeds:
            world.later(1_000)
            done += _do(world, an, call, [ids[n] for n in which], in_bulk)
        last: dict[tuple[int, str], Any] = {}
        for call, which in others.values():
            world.later(1_000)
            targets = [ids[n] for n in which]
            before = _fields(world)
            _do(world, binh, call, targets, False)
            after = _fields(world)
            last |= {key: after.get(key) for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        ours = _fields(world)
        for _ in range(done):
            world.later(1_000)
            walk(world, an)
        now = _fields(world)
        for key, value in last.items():
            assert now.get(key) == value == ours.get(key), key
    finally:
        world.db.close()


def _fields(world: World) -> dict[tuple[int, str], Any]:
    found: dict[tuple[int, str], Any] = {}
    for row in world.rows("SELECT id, status, snoozed_until, assignee, priority, spam FROM conversation"):
        found |= {(row["id"], name): row[name] for name in ("assignee", "priority", "spam")}
        found[row["id"], "status"] = (row["status"], row["snoozed_until"])
    for row in world.rows("SELECT conversation_id, label_id FROM conversation_label"):
        found[row["conversation_id"], f"label {row['label_id']}"] = True
    return found
