"""Labels with keys on a real terminal and store: the latest first, one of a set at a time, sticking to the customer."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from tests.e2e.house import App, until
from tests.screens.test_resize_storm import app, world  # noqa: F401  fixtures
from tests.support.world import World
from unibox_tui.desk import actions
from unibox_tui.desk.actions import Call
from unibox_tui.domain.words import Author
from unibox_tui.store.events import Actor

pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux"),
]
BINH = Actor(Author.AGENT, "binh", "test")


def do(world: World, verb: str, *targets: int, **args: Any) -> None:  # noqa: F811
    world.db.write_now(lambda tx: actions.perform(tx, BINH, Call(verb, args), list(targets)))


@pytest.fixture
def labelled(world: World) -> World:  # noqa: F811
    """Before the app starts: "hỏi giá" was used long ago, "chưa chốt" lately; one set, one label that sticks."""
    world.agent("binh")
    for name, more in (
        ("chốt", {"label_set": "đơn", "colour": "green"}),
        ("chưa chốt", {"label_set": "đơn"}),
        ("khách sỉ", {"sticks": True}),
        ("hỏi giá", {"colour": "grey"}),
    ):
        do(world, "label_edit", label=name, **more)
    oldest, next_one = world.rows("SELECT id FROM conversation ORDER BY last_at LIMIT 2")
    stamp = "UPDATE label SET used_at = :at WHERE name = :name"
    for at, name, id in ((1, "hỏi giá", oldest["id"]), (2, "chưa chốt", next_one["id"])):
        do(world, "label", id, labels=[name])
        world.db.write_now(lambda tx, at=at, name=name: tx.run(stamp, at=at, name=name))  # type: ignore[misc]
    return world


def names(world: World, conversation: int) -> list[str]:  # noqa: F811
    sql = "SELECT l.name FROM conversation_label c JOIN label l ON l.id = c.label_id WHERE c.conversation_id = :id ORDER BY 1"
    return [row["name"] for row in world.rows(sql, id=conversation)]


def test_labels_by_keys(labelled: World, app: App) -> None:  # noqa: F811
    newest = labelled.row("SELECT id, contact_id FROM conversation ORDER BY last_at DESC LIMIT 1")
    here = int(newest["id"])
    app.see("r reply")
    app.keys("g", "g")

    def order() -> list[str]:
        offered = ("chưa chốt", "hỏi giá", "khách sỉ")
        screen = app.keys("l").see(*offered)
        app.keys("Escape").see("r reply")
        sheet = [line for line in screen.split("\n") if any(name in line for name in offered)][-4:]
        return sorted(offered, key=lambda name: next(n for n, line in enumerate(sheet) if name in line))

    assert order() == ["chưa chốt", "hỏi giá", "khách sỉ"]  # never used comes last
    app.typed("lhỏi giá\n")
    until(lambda: names(labelled, here) == ["hỏi giá"], else_=app.screen)
    assert order() == ["hỏi giá", "chưa chốt", "khách sỉ"]

    app.typed("lchốt\n")
    until(lambda: names(labelled, here) == ["chốt", "hỏi giá"], else_=app.screen)
    app.typed("lchưa chốt\n")
    until(lambda: names(labelled, here) == ["chưa chốt", "hỏi giá"], else_=app.screen)
    app.until(lambda screen: "chưa chốt" in "\n".join(screen.split("\n")[2:5]))
    app.keys("u")
    until(lambda: names(labelled, here) == ["chốt", "hỏi giá"], else_=app.screen)

    app.typed("lkhách sỉ\n")
    stuck = "SELECT 1 FROM contact_label c JOIN label l ON l.id = c.label_id WHERE l.name = 'khách sỉ' AND c.contact_id = :id"
    until(lambda: labelled.rows(stuck, id=newest["contact_id"]), else_=app.screen)
    app.see("khách sỉ")
    app.keys("u")
    until(lambda: not labelled.rows(stuck, id=newest["contact_id"]), else_=app.screen)
    app.keys("Q")
    app.see("ENDED 0")
