"""Any merges, splits, joins, labels, messages and undos; then the store goes to another as lines, and both live on the same way."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.world import CHAT, World
from tests.sync.test_import_lines import Shelf, imported
from tests.sync.test_import_merges import exported, splits
from unibox_tui.desk import people, undo
from unibox_tui.domain.errors import Conflict, NotFound, WrongUse
from unibox_tui.store import contacts, merging
from unibox_tui.store.database import Tx

PEOPLE = 4
WHO = st.integers(0, PEOPLE - 1)
STEPS = {
    "merge": st.tuples(st.just("merge"), WHO, WHO, st.booleans()),
    "split": st.tuples(st.just("split"), WHO),
    "identity": st.tuples(st.just("identity"), WHO),
    "message": st.tuples(st.just("message"), WHO),
    "label": st.tuples(st.just("label"), WHO, st.integers(0, 2), st.booleans()),
    "name": st.tuples(st.just("name"), WHO),
}
AFTER = st.one_of(*STEPS.values())
BEFORE = st.one_of(AFTER, st.tuples(st.just("undo")), st.tuples(st.just("redo")))


class Life:
    """Steps on one store; people go by the address they have in their inbox, whatever their numbers are."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lan = world.agent("lan")

    def run(self, steps: list[Any]) -> list[str]:
        """What each step came to: the errors are part of how a store lives."""
        outcomes = []
        for step in steps:
            self.world.now += 1_000
            try:
                getattr(self, step[0])(*step[1:])
            except (Conflict, NotFound, WrongUse) as error:
                outcomes.append(type(error).__name__)
            else:
                outcomes.append("done")
        return outcomes

    def do(self, fn: Callable[[Tx], Any]) -> Any:
        return self.world.db.write_now(fn)

    def row(self, who: int) -> Any:
        return self.world.row("SELECT * FROM identity WHERE address = :address", address=f"z{who}")

    def contact(self, who: int) -> int:
        """Of whom the identity is without any merge."""
        row = self.row(who)
        return int(row["home"] or row["contact_id"])

    def merge(self, a: int, b: int, join: bool) -> None:
        one, other = self.contact(a), self.contact(b)
        self.do(lambda tx: people.merge(tx, self.lan, one, other, join=join))

    def split(self, who: int) -> None:
        contact = self.contact(who)
        self.do(lambda tx: people.split(tx, self.lan, contact))

    def identity(self, who: int) -> None:
        row = self.row(who)
        self.do(lambda tx: people.split(tx, self.lan, row["contact_id"], identity=row["id"]))

    def message(self, who: int) -> None:
        row = self.row(who)
        self.world.chat(row["inbox_id"], row["address"], f"câu {self.world.now}", id=f"m{self.world.now}")

    def label(self, who: int, which: int, on: bool) -> None:
        contact, names = self.contact(who), [f"nhãn {which}"]
        self.do(lambda tx: people.label(tx, self.lan, contact, names if on else (), () if on else names))

    def name(self, who: int) -> None:
        contact = self.contact(who)
        self.do(lambda tx: people.set_fields(tx, self.lan, contact, {"name": f"Tên {self.world.now}"}))

    def undo(self) -> None:
        self.do(lambda tx: undo.undo(tx, self.lan))

    def redo(self) -> None:
        self.do(lambda tx: undo.redo(tx, self.lan))

    def said(self) -> list[tuple[Any, ...]]:
        """Every message: its words, where it lies and was born, and whose it is."""
        return [
            tuple(row)
            for row in self.world.rows(
                "SELECT m.n, b.text, c.uid, o.uid, d.address, t.uid FROM message m JOIN message_body b ON b.n = m.n "
                "JOIN conversation c ON c.id = m.conversation_id JOIN conversation o ON o.id = m.born_in "
                "JOIN identity d ON d.id = m.identity_id JOIN contact t ON t.id = d.contact_id ORDER BY m.n"
            )
        ]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    world = World.at(folder)
    for who in range(PEOPLE):
        inbox = world.inbox(f"c{who % 2}", CHAT, channel="zalo")
        came = world.later(1_000).chat(inbox, f"z{who}", f"chào shop {who}", name=f"Khách {who}")
        contact = int(world.conversation(came.conversation)["contact_id"])
        world.db.write_now(partial(contacts.update, id=contact, fields={"note": f"ghi chú {who}"}))
    world.agent("lan")
    world.db.checkpoint()
    world.db.close()
    return folder / "unibox.db"


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(before=st.lists(BEFORE, max_size=10), after=st.lists(AFTER, max_size=6))
def test_a_store_carried_over_midway_lives_on_the_same(town: Path, before: list[Any], after: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as closing:
        folder = Path(name)
        shutil.copy(town, folder)
        (folder / "there").mkdir()
        here, there = World.at(folder), World.at(folder / "there")
        for world in (here, there):
            closing.callback(world.db.close)
        here.now += 100_000
        Life(here).run(before)
        text = exported(here.db)
        there.now = here.now
        _, items = imported(there.db, text, folder, shelf=Shelf({}))
        assert [item.reason for item in items if item.outcome == "quarantined"] == []
        assert exported(there.db) == text
        for who in range(2):
            there.inbox(f"c{who}", CHAT, channel="zalo")
        lives = Life(here), Life(there)
        assert lives[0].said() == lives[1].said()
        outcomes = [life.run(after) for life in lives]
        assert outcomes[0] == outcomes[1]
        told = [[row[:2] for row in life.said()] for life in lives]
        assert told[0] == told[1]
        assert len({n for n, _ in told[0]}) == len(told[0])
        apart = [[_known(row) for row in splits(world.db, world)] for world in (here, there)]
        assert apart[0] == apart[1]
        for world in (here, there):
            world.db.read_now(_each_on_one)


def _known(row: dict[str, Any]) -> dict[str, Any]:
    """Without what each store calls a contact that was made since."""
    return {key: value for key, value in row.items() if key != "uid"}


def _each_on_one(db: Any) -> None:
    for table in ("identity", "conversation"):
        for row in db.execute(f"SELECT contact_id FROM {table}"):
            assert merging.root(db, row[0]) == row[0]
