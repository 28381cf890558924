"""Hooks: each thing that happens once, as JSON on stdin, never for what is inert, and one that fails stops no other."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.world import World
from unibox_tui.automation.hooks import Hooks
from unibox_tui.config.commands import Hook
from unibox_tui.desk import actions
from unibox_tui.desk.actions import Call


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "told.jsonl"


def keeps(log: Path) -> tuple[str, ...]:
    return (sys.executable, "-c", f"import sys; open({str(log)!r}, 'a').write(sys.stdin.read())")


def told(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def hooks(world: World, **wanted: Hook) -> Hooks:
    return Hooks(world.db, 1, lambda: wanted, lambda: None)


async def test_what_was_before_is_not_told_and_what_comes_is_once(world: World, log: Path) -> None:
    inbox = world.inbox("a")
    world.mail(inbox)
    follower = hooks(world, m=Hook(on="on_message", command=keeps(log)), n=Hook(on="on_new", command=keeps(log)))
    await follower.step()
    world.mail(inbox, text="$(touch /nowhere) `id`", subject="Khác")
    world.mail(inbox, "ai@khach.example", inert=True)
    await follower.step()
    await follower.step()
    new, one = told(log)
    assert new["event"]["hook"] == "on_new"
    assert one["event"]["hook"] == "on_message"
    assert one["message"]["text"] == "$(touch /nowhere) `id`"
    assert one["conversation"]["contact"] == "Nguyễn Thị Hà"
    assert await hooks(world, m=Hook(on="on_message", command=keeps(log))).step() == 0  # over a restart too


async def test_each_kind_and_its_query(world: World, log: Path) -> None:
    an = world.agent("an")
    top = int(world.mail(world.inbox("a")).conversation or 0)
    names = ("on_assign", "on_label", "on_note", "on_resolve", "on_snooze")
    wanted = {name: Hook(on=name, command=keeps(log)) for name in names}
    wanted["vip"] = Hook(on="on_resolve", command=keeps(log), query="label:vip")
    wanted["other"] = Hook(on="on_resolve", command=keeps(log), query="label:none-such")
    follower = hooks(world, **wanted)
    await follower.step()
    for call in (
        Call("assign", {"agent": "me"}),
        Call("label", {"labels": ["vip"]}),
        Call("note", {"text": "kho báo hết"}),
        Call("snooze", {"until": world.now + 60_000}),
        Call("resolve"),
    ):
        world.db.write_now(lambda tx, call=call: actions.perform(tx, an, call, [top]))
    await follower.step()
    assert [one["event"]["hook"] for one in told(log)] == [
        "on_assign", "on_label", "on_note", "on_snooze", "on_resolve", "on_resolve",
    ]  # fmt: skip
    assert told(log)[1]["event"]["label"] == "vip"
    assert told(log)[2]["message"]["text"] == "kho báo hết"


async def test_one_that_fails_hangs_or_is_missing_is_logged_without_words_and_the_next_runs(
    world: World, log: Path, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = world.inbox("a")
    fails = (sys.executable, "-c", "import sys; sys.stdin.read(); sys.exit(3)")
    hangs = (sys.executable, "-c", "import time; time.sleep(60)")
    follower = hooks(
        world,
        a=Hook(on="on_message", command=fails),
        b=Hook(on="on_message", command=hangs, seconds=0.2),
        c=Hook(on="on_message", command=("/no/such/program",)),
        d=Hook(on="on_message", command=keeps(log)),
    )
    await follower.step()
    world.mail(inbox, text="chuyện riêng")
    await follower.step()
    assert len(told(log)) == 1
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["hook a", "hook b", "hook c"]
    assert "riêng" not in caplog.text


def test_what_unibox_has_not_yet_is_named() -> None:
    with pytest.raises(ValueError, match="service levels"):
        Hook(on="on_sla", command=("true",))
    with pytest.raises(ValueError, match="nothing is known as"):
        Hook(on="on_message", command=("notify", "{text}"))
